"""The API server comes late, goes, hangs and comes back."""

import os
import signal
import time

from cases import case
from harness import condition, until
from test_life import CHAIN, nothing_refused


@case(own_plane=True, weight=8)
def comes_late(stage):
    """no API server, then no resource type: the controller waits, says what to do, and then works; what the server warns of is told"""
    stage.plane.kill()
    stage.start_cloud()
    stage.start_controller(namespaces=[])
    stage.until_says(r"WARN +waiting for the API server .*error=.*127\.0\.0\.1")
    assert stage.controller.popen.poll() is None
    stage.plane.up()
    stage.until_says(r"WARN +the resource type is not installed; tried again .*kubectl apply -f crds/", 60)
    assert stage.controller.popen.poll() is None
    stage.plane.install()
    stage.create("tf", "default")
    stage.until_ready("tf", "default", 90)
    deprecate(stage)
    stage.namespace = "default"
    stage.edit("tf", {"replicas": 2})
    stage.until_says(r'WARN +the API server warns warning="tflb.dev/v1alpha1 goes away"', 60)
    stage.until_ready("tf", seconds=90)
    assert stage.controller.text().count("goes away") == 1, "told once"


def deprecate(stage):
    """Each answer about an object of ours then warns."""
    plane = stage.plane
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tfloadbalancers.tflb.dev"
    version = [{"op": "add", "path": "/spec/versions/0/deprecated", "value": True},
               {"op": "add", "path": "/spec/versions/0/deprecationWarning", "value": "tflb.dev/v1alpha1 goes away"}]
    status, answer = plane.api.call("PATCH", path, version, "application/json-patch+json")
    assert status == 200, answer


def survives(stage, **harms):
    """Does each harm to the API server in the middle of a create: all is built, once, and later edits are seen."""
    stage.plane.install()
    stage.namespace = "default"
    stage.start_cloud()
    stage.start_controller(namespaces=[])
    for name, harm in harms.items():
        stage.create(name)
        until("it is at work", 20, lambda: any(f"-{name}-" in line["body"] for line in stage.cloud.writes()), pause=0.01)
        harm(stage)
        stage.until_ready(name, seconds=90)
        stage.edit(name, {"replicas": 2})
        until("the edit is carried out", 60, lambda: len(stage.cloud.machines()) == 2 * (1 + list(harms).index(name)))
    assert len(stage.cloud.ours()) == len(harms) * len(CHAIN), sorted(stage.cloud.ours())
    nothing_refused(stage)


@case(own_plane=True, weight=9)
def goes_and_comes_back(stage):
    """the API server is ended and killed in the middle of work: the work is done, once"""
    survives(stage, ended=restart, killed=kill)


@case(own_plane=True, weight=8)
def hangs(stage):
    """the API server is stopped for 20 s in the middle of work: the work is done, once"""
    survives(stage, hung=hang)


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


@case(own_plane=True, flags=("--feature-gates=WatchList=false",), weight=7)
def older(stage):
    """an API server that can't stream a list into a watch: objects from before and from after the start are worked on"""
    stage.plane.install()
    stage.namespace = "default"
    stage.create("before")
    stage.start_cloud()
    stage.start_controller(namespaces=[])
    stage.until_ready("before")
    stage.create("after")
    stage.until_ready("after")


@case
def cloud_comes_late(stage):
    """nothing listens at the compute endpoint: CloudUnavailable, and Ready once something does"""
    stage.start_cloud().stop()
    stage.start_controller()
    stage.create("tf")
    found = until("the status says so", 60, lambda: unavailable(stage))
    assert "cannot connect to 127.0.0.1" in found["message"] and "tried again" in found["message"], found
    stage.start_cloud(listen=stage.cloud.port)
    stage.until_ready("tf", seconds=120)
    nothing_refused(stage)


@case
def cloud_goes(stage):
    """the cloud's front door closes every connection for a while, in the middle of a create: one chain, made once"""
    stage.start()
    stage.create("tf")
    until("it is at work", 20, lambda: len(stage.cloud.writes()) >= 3, pause=0.01)
    stage.cloud.fault(path="/compute/*", count=-1, dropBefore=True)
    until("the status says so", 90, lambda: unavailable(stage))
    stage.cloud.forget_faults()
    stage.until_ready("tf", seconds=120)
    assert len(stage.cloud.ours()) == len(CHAIN), sorted(stage.cloud.ours())


def unavailable(stage):
    found = condition(stage.get("tf"), "Ready")
    return found if found and found["reason"] == "CloudUnavailable" else None
