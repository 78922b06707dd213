"""Streams that break, stand still or end, and objects of all sizes, while the API server itself is well."""

import json

from cases import case
from gate import Gate
from harness import kubeconfig_with, until
from shortener import Shortener
from table import Table, watched
from things import CRDS, MERGE, Churn, Things, crd, install

CUTS = 8
DEEP = 800
LARGE = 1_500_000  # bytes of text; etcd takes requests of 1.5 MiB


def gated(stage, user=None):
    """(gate, kubeconfig that leads through it)"""
    gate = Gate(stage.plane.api.port)
    return gate, kubeconfig_with(stage, "gated", user=user, server=f"https://127.0.0.1:{gate.port}")


@case(weight=3)
def cut(stage):
    """connections are cut again and again: each watch goes on where the last one ended, without a list"""
    gate, kubeconfig = gated(stage)
    things = Things(stage.plane.api, stage.namespace)
    table = watched(stage, kubeconfig, things)
    before = table.counts()
    with Churn(things) as churn:
        for _ in range(CUTS):
            churn.wait(15)
            until("there is something to cut", 20, gate.cut)
        churn.wait(15)
    table.exactly(churn.done, before)
    gate.finish()


@case(weight=3)
def short(stage):
    """the API server ends each watch after two seconds: the next one goes on at its version, at once, without a list or a trouble"""
    proxy = Shortener(stage.plane, 2)
    things = Things(stage.plane.api, stage.namespace)
    table = watched(stage, kubeconfig_with(stage, "short", server=f"https://127.0.0.1:{proxy.port}"), things)
    before, watches = table.counts(), proxy.watches
    with Churn(things) as churn:
        churn.wait(20)
        until("four more watches", 60, lambda: proxy.watches >= watches + 4)
        churn.wait(20)
    counts = table.exactly(churn.done, before)
    assert counts["troubles"] == before["troubles"], counts
    proxy.finish()


def came(table):
    """How many events of objects it was told."""
    counts = table.counts()
    return counts["objects"] + counts["removed"]


@case(weight=3)
def cut_within_events(stage):
    """streams end in the middle of an event, each time at another byte: the event comes, once. Between two ends some come whole: after
    three in a row that brought nothing a list is taken, as it must be."""
    gate, kubeconfig = gated(stage)
    things = Things(stage.plane.api, stage.namespace)
    table = watched(stage, kubeconfig, things)
    before = table.counts()
    with Churn(things, size=8000) as churn:
        for count in range(1000, 41000, 5003):
            gate.hold_after(count)
            until("so much has passed", 30, gate.held)
            gate.cut()
            known = came(table)
            gate.pass_on()
            churn.wait(10)
            until("events come again", 30, lambda known=known: came(table) > known)
    table.exactly(churn.done, before)
    gate.finish()


@case(weight=3)
def held_back(stage):
    """our program stands still while much happens, then goes on"""
    things = Things(stage.plane.api, stage.namespace)
    table = watched(stage, stage.plane.kubeconfig, things)
    before = table.counts()
    with Churn(things, size=40000) as churn:
        for _ in range(2):
            table.pause()
            churn.wait(150)
            table.go_on()
            churn.wait(20)
    table.exactly(churn.done, before)


@case(weight=2)
def large_objects(stage):
    """objects as large as etcd takes them come between small ones, by a watch and by a list"""
    things = Things(stage.plane.api, stage.namespace)
    table = watched(stage, stage.plane.kubeconfig, things)
    for name, size in (("a", 1), ("b", LARGE), ("c", 1), ("d", LARGE), ("e", 1)):
        things.create(name, text="x" * size)
    assert table.settle()["objects"] == 5
    assert watched(stage, stage.plane.kubeconfig, things).counts()["objects"] == 5
    status, answer = things.api.call("POST", things.path, things.body("f", {"text": "x" * (1 << 21)}))
    assert status >= 400, answer["metadata"]  # else LARGE is not the largest


def nested(levels):
    """An object in an object in an object, as a Go program takes it: to 10,000 levels."""
    return json.loads('{"a":' * levels + "1" + "}" * levels)


@case(weight=2)
def unreadable_objects(stage):
    """an object that nobody can read, for it is nested too deep, comes between others: they go on, by a watch and by a list"""
    things = Things(stage.plane.api, stage.namespace)
    table = watched(stage, stage.plane.kubeconfig, things)
    things.create("a")
    things.create("deep", deep=nested(DEEP))
    things.create("b")
    others = {f"{stage.namespace}/{name}" for name in "ab"}
    for each in (table, Table(stage, stage.plane.kubeconfig, things)):
        until("the others are known", 20, lambda: set(each.ask(table=True)["objects"][things.path]) == others)
        until("the list is complete", 20, lambda: each.ask(table=True)["listed"])
        counts = each.counts()
        assert (counts["unreadable"], counts["lists"]) == (1, 1), counts


@case(weight=3)
def type_changes(stage):
    """the resource type is changed again and again, which ends all of its watches"""
    install(stage.plane, "gadgets")
    things = Things(stage.plane.api, stage.namespace, "gadgets")
    table = watched(stage, stage.plane.kubeconfig, things)
    with Churn(things) as churn:
        for columns in range(1, 4):
            churn.wait(20)
            versions = crd("gadgets", columns)["spec"]["versions"]
            status, answer = stage.plane.api.call("PATCH", f"{CRDS}/gadgets.tests.tflb.dev", {"spec": {"versions": versions}}, MERGE)
            assert status == 200, answer
        churn.wait(20)
    table.settle()
