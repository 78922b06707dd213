"""The API server comes late, goes, hangs and comes back."""

import os
import signal
import time

from cases import case
from harness import condition, until
from test_life import CHAIN


@case(own_plane=True, weight=8)
def comes_late(stage):
    """no API server, then no resource type: the controller waits, says what to do, and then works"""
    stage.plane.kill()
    stage.start_cloud()
    stage.start_controller(namespaces=[])
    stage.until_says(r"WARN +waiting for the API server .*message=.*127\.0\.0\.1")
    assert stage.controller.popen.poll() is None
    stage.plane.up()
    stage.until_says(r"WARN +the resource type is not installed; tried again .*kubectl apply -f crds/", 60)
    assert stage.controller.popen.poll() is None
    stage.plane.install()
    stage.create("tf", "default")
    stage.until_ready("tf", "default", 90)


@case(own_plane=True, weight=10)
def goes_and_comes_back(stage):
    """ended, killed and stopped for 20 s in the middle of work: the work is done, once"""
    stage.plane.install()
    stage.namespace = "default"
    stage.start_cloud()
    stage.start_controller(namespaces=[])
    for name, harm in (("ended", restart), ("killed", kill), ("hung", hang)):
        stage.create(name)
        until("it is at work", 20, lambda: any(f"-{name}-" in line["body"] for line in stage.cloud.writes()), pause=0.01)
        harm(stage)
        stage.until_ready(name, seconds=90)
        stage.edit(name, {"replicas": 2})
        until("the edit was seen", 60, lambda: stage.get(name)["status"]["readyReplicas"] == 2)
    assert len(stage.cloud.ours()) == 3 * len(CHAIN), sorted(stage.cloud.ours())
    assert stage.controller.popen.poll() is None


def restart(stage):
    stage.plane.down()
    stage.until_says("watch fails; tried again")
    stage.plane.up()


def kill(stage):
    stage.plane.kill()
    stage.plane.up()


def hang(stage):
    """The connection stays, and nothing comes through it."""
    pid = stage.plane.pid()
    os.kill(pid, signal.SIGSTOP)
    time.sleep(20)
    os.kill(pid, signal.SIGCONT)


@case
def compute_endpoint_late(stage):
    """no cloud behind the endpoint: CloudUnavailable, and Ready once it answers"""
    stage.start_cloud()
    stage.cloud.fault(path="*", count=-1, dropBefore=True)
    stage.start_controller()
    stage.create("tf")
    found = until("the status says so", 60, lambda: unavailable(stage))
    assert "tried again" in found["message"], found
    stage.cloud.forget_faults()
    stage.until_ready("tf", seconds=120)


def unavailable(stage):
    found = condition(stage.get("tf"), "Ready")
    return found if found and found["reason"] == "CloudUnavailable" else None
