"""An API server without a watch cache, whose etcd is compacted every second, and that can't begin a watch with the first
state: lists come in pages out of etcd, and history is short."""

import json
import time
import urllib.request

from cases import case
from gate import Gate
from harness import kubeconfig_with, until
from table import Table, watched
from things import Churn, Things, install

FLAGS = ("--watch-cache=false", "--feature-gates=WatchList=false", "--etcd-compaction-interval=1s")
PAGED = 600  # objects; a page holds 500
TEXT = 4000


def version(things):
    return things.ask("GET", things.path + "?limit=1")["metadata"]["resourceVersion"]


def compact(plane, things):
    """etcd forgets all but what is there now."""
    with open(f"{plane.folder}/ports", encoding="ascii") as file:
        etcd = file.read().split()[1]
    body = json.dumps({"revision": version(things)}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{etcd}/v3/kv/compaction", body, timeout=90) as answer:
        assert answer.status == 200


def fill(things):
    for i in range(PAGED):
        things.create(f"p{i:04}", text="x" * TEXT)


def lists_for_one(told):
    """How many lists had begun when the first one was complete. A slow machine's next watch may come too late again, and lists."""
    return told.partition("list ends")[0].count("list begins")


def expired_token(stage, things, gate, kubeconfig):
    """The list is held in the middle of its first page until its token is worth nothing (HTTP 410): it is listed whole."""
    gate.hold_after(PAGED * TEXT // 3)
    table = Table(stage, kubeconfig, things)
    until("the list is held", 30, gate.held)
    things.create("late", text="x")
    compact(stage.plane, things)
    gate.pass_on()
    table.settle()
    assert lists_for_one(table.text()) == 3, table.text()  # refused stream, pages, whole
    return table


def watch_stands(table):
    """Nothing is listed, and nothing was begun for a while."""
    told = table.text()
    time.sleep(3)
    return table.ask(table=True)["listed"] and table.text() == told


def expired_watch(stage, things, gate, table):
    """The watch can't go on for as long as it takes etcd to forget its version (ERROR event, 410): it is listed anew."""
    until("a watch stands", 60, lambda: watch_stands(table))
    known = len(table.text())
    gate.shut()
    gate.cut()
    with Churn(things, prefix="e") as churn:
        churn.wait(30)
    compact(stage.plane, things)
    gate.reopen()
    counts = table.settle()
    assert lists_for_one(table.text()[known:]) in (1, 2), table.text()  # pages; whole, where a page came too late for its token
    assert "Expired" not in counts["troubles"], counts


@case(own_plane=True, flags=FLAGS, weight=9)
def storage_forgets(stage):
    """no watch cache, no WatchList (422), and etcd forgets at once: tokens and versions expire, in lists and in watches"""
    install(stage.plane)
    things = Things(stage.plane.api, "default")
    fill(things)
    gate = Gate(stage.plane.api.port)
    kubeconfig = kubeconfig_with(stage, "gated", server=f"https://127.0.0.1:{gate.port}")
    table = expired_token(stage, things, gate, kubeconfig)
    expired_watch(stage, things, gate, table)
    table = watched(stage, kubeconfig, things)
    with Churn(things, prefix="c") as churn:
        for _ in range(3):
            churn.wait(25)
            table.pause()
            churn.wait(50)
            gate.cut()
            table.go_on()
    table.settle()
    gate.finish()
