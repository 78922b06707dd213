"""The API server stands still, or is killed and comes back with the data it had, or with older data."""

import os
import shutil
import signal
import time

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


def stands_still(stage, table, things):
    """The API server is stopped for a while: connections stay, and nothing comes through them."""
    before = table.counts()
    with Churn(things, seed=3, prefix="s") as churn:
        churn.wait(20)
        os.kill(stage.plane.pid(), signal.SIGSTOP)
        time.sleep(4)
        os.kill(stage.plane.pid(), signal.SIGCONT)
        churn.wait(20)
    table.exactly(churn.done, before)


@case(own_plane=True, weight=9)
def comes_back(stage):
    """the API server stands still, is killed in the middle of a stream, and comes back: with its data, then with older data"""
    install(stage.plane)
    things = Things(stage.plane.api, "default")
    with Churn(things) as churn:
        churn.wait(100)
    saved(stage.plane)
    table = watched(stage, stage.plane.kubeconfig, things)
    stands_still(stage, table, things)
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
