"""The controller dies at any time, and its successor goes on from what it sees."""

import functools
import json
import signal
import time

from apiserver import objects_path
from cases import case
from harness import condition, until
from test_life import CHAIN, NO_HISTORY, count_sweeps, nothing_refused

GIVES_UP_S = 6  # on calls that are under way when it ends


def kill_after(stage, writes, change=None):
    """Makes the change, kills the controller once so many more mutations have reached the cloud, and starts the next one."""
    before = len(stage.cloud.writes())
    if change:
        change()
    until(f"{writes} writes", 30, lambda: len(stage.cloud.writes()) >= before + writes, pause=0.002)
    stage.controller.kill()
    stage.start_controller()


def assert_one_chain(stage):
    assert len(stage.cloud.ours()) == len(CHAIN), sorted(stage.cloud.ours())


def only_met_work_under_way(stage):
    """A successor may meet an operation that it does not know of, and waits then; any other refusal is a mistake."""
    others = [line for line in stage.cloud.refused() if line.get("reason") not in ("resourceNotReady", "alreadyExists")]
    assert not others, others


@case
def killed_while_creating(stage):
    """SIGKILL early and late in a create: one chain, no duplicate"""
    stage.start()
    for name, writes in (("early", 2), ("late", 8)):
        kill_after(stage, writes, functools.partial(stage.create, name))
        stage.until_ready(name)
    assert len(stage.cloud.ours()) == 2 * len(CHAIN), sorted(stage.cloud.ours())
    only_met_work_under_way(stage)


@case
def killed_while_rolling(stage):
    """SIGKILL after the new template, after the group was moved, and while machines are replaced"""
    stage.start()
    stage.create("tf")
    stage.until_ready("tf")
    for machine, writes in (("n1-standard-1", 1), ("n1-standard-2", 2)):
        kill_after(stage, writes, functools.partial(stage.edit, "tf", {
            "rollout": NO_HISTORY, "template": {"machineType": machine}}))
        stage.until_ready("tf")
        until("the old template goes", 30, lambda: len(stage.cloud.collection("instanceTemplates")) == 1)
        assert_one_chain(stage)
    template = stage.cloud.ours()[stage.cloud.collection("instanceTemplates")[0]]
    assert template["properties"]["machineType"] == "n1-standard-2", template
    only_met_work_under_way(stage)


@case
def killed_while_deleting(stage):
    """SIGKILL twice in a delete: nothing is left"""
    stage.start()
    stage.create("tf")
    stage.until_ready("tf")
    kill_after(stage, 1, functools.partial(stage.delete, "tf"))
    kill_after(stage, 3)
    stage.until_gone("tf", seconds=120)  # what was made just before the kill may show a minute later
    assert stage.cloud.ours() == {}, sorted(stage.cloud.ours())
    assert stage.cloud.failed_operations() == [], stage.cloud.failed_operations()


@case
def deleted_while_down(stage):
    """edits and a delete that came while no controller ran are carried out by the next one"""
    stage.start()
    for name in ("edited", "deleted"):
        stage.create(name)
        stage.until_ready(name)
    stage.controller.kill()
    stage.edit("edited", {"replicas": 2, "rollout": NO_HISTORY, "template": {"machineType": "n1-standard-2"}})
    stage.delete("deleted")
    stage.start_controller()
    stage.until_gone("deleted")
    stage.until_ready("edited")
    until("the old template goes", 30, lambda: len(stage.cloud.collection("instanceTemplates")) == 1)
    assert_one_chain(stage)
    assert len(stage.cloud.machines()) == 2, stage.cloud.machines()
    nothing_refused(stage)


@case
def restarted_at_rest(stage):
    """a new controller over chains at rest writes nothing, on neither side: Ready does not even blink"""
    stage.start()
    names = [f"tf-{number}" for number in range(12)]
    for name in names:
        stage.create(name)
    for name in names:
        stage.until_settled(name, 90)
    time.sleep(11)  # what is not urgent is written within ten seconds
    listed = stage.plane.api.call("GET", objects_path(stage.namespace))[1]
    writes = len(stage.cloud.writes())
    stage.controller.stop()
    stage.start_controller()
    sweeps = count_sweeps(stage)
    until("three sweeps", 30, lambda: count_sweeps(stage) >= sweeps + 3)
    assert stage.cloud.writes()[writes:] == []
    changes = changes_since(stage, listed)
    assert not changes, changes


def changes_since(stage, listed):
    """What the objects' Ready said, each time one was written since."""
    query = f"?watch=1&timeoutSeconds=1&resourceVersion={listed['metadata']['resourceVersion']}"
    _, text = stage.plane.api.send("GET", objects_path(stage.namespace) + query)
    return [condition(json.loads(line)["object"], "Ready") for line in text.splitlines()]


@case
def recreated(stage):
    """deleted and created again at once under the same name: one chain, of the new object"""
    stage.start()
    stage.create("tf")
    stage.until_ready("tf")
    old = stage.get("tf")["metadata"]["uid"]
    stage.delete("tf")
    stage.until_gone("tf")
    stage.create("tf")
    item = stage.until_ready("tf")
    assert item["metadata"]["uid"] != old
    marks = {path: body["description"] for path, body in stage.cloud.ours().items() if "description" in body}
    assert marks and all(item["metadata"]["uid"] in mark for mark in marks.values()), marks
    assert_one_chain(stage)
    nothing_refused(stage)


@case
def terminated(stage):
    """SIGTERM and SIGINT end the controller with 0, before it would give up on anything, also in the middle of work"""
    stage.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        stage.create(f"tf-{number.value}")
        until("it is at work", 20, lambda: any(f"tf-{number.value}-" in line["body"] for line in stage.cloud.writes()),
              pause=0.01)
        began = time.monotonic()
        stage.controller.signal(number)
        code = stage.controller.wait(10)
        took = time.monotonic() - began
        assert code == 0, code
        assert took < GIVES_UP_S, f"it took {took:.1f} s"
        assert stage.controller.says(r"INFO +stopped$|INFO +stopped\n"), stage.controller.text()
        stage.start_controller()
        stage.until_ready(f"tf-{number.value}")
