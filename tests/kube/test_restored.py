"""The API server is killed, and comes back with the data it had, or with older data."""

import shutil

from cases import case
from table import watched
from things import Churn, Things, install


def saved(plane):
    """A copy of etcd's data, as of now; the plane is down for a moment."""
    plane.kill()
    shutil.copytree(f"{plane.folder}/etcd", f"{plane.folder}/etcd.saved")
    plane.up()


def restored(plane):
    """The data of the copy is all there is."""
    plane.kill()
    shutil.rmtree(f"{plane.folder}/etcd")
    shutil.copytree(f"{plane.folder}/etcd.saved", f"{plane.folder}/etcd")
    plane.up()


@case(own_plane=True, weight=9)
def comes_back(stage):
    """the API server is killed in the middle of a stream, and comes back: with its data, then with older data"""
    install(stage.plane)
    things = Things(stage.plane.api, "default")
    with Churn(things) as churn:
        churn.wait(100)
    saved(stage.plane)
    table = watched(stage, stage.plane.kubeconfig, things)
    with Churn(things, seed=2, prefix="u") as churn:
        churn.wait(100)
        stage.plane.kill()
        stage.plane.up()
        churn.wait(100)
    table.settle()
    table = watched(stage, stage.plane.kubeconfig, things)  # one that has not waited for a server yet
    table.pause()
    restored(stage.plane)
    things.create("after")
    table.go_on()
    assert table.settle()["lists"] == 2
