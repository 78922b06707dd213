"""HTTP/2 as it is between us and real servers: many streams on few connections, GOAWAY, resets; from the API server itself,
and from a proxy (nghttpx) in front of it and of the emulator."""

from cases import case
from harness import kubeconfig_with, until
from proxy import Proxy, sockets
from table import watched
from things import Churn, Things

NAMESPACES = 6
GETS = 100


def things_in(stage, count):
    """Things in as many namespaces, each a watch of its own."""
    names = [f"{stage.namespace}-{i}" for i in range(count)]
    for name in names:
        stage.make_namespace(name)
    return [Things(stage.plane.api, name) for name in names]


def all_answered(table, things):
    answer = table.get(things.path, GETS)
    assert answer == {"answered": GETS, "failed": {}}, answer


@case(weight=3)
def goes_away(stage):
    """the API server sends GOAWAY now and then, on connections with many streams: all is answered, nothing is listed again"""
    all_things = things_in(stage, NAMESPACES)
    table = watched(stage, stage.plane.kubeconfig, *all_things)
    before, first = table.counts(), sockets(table.popen.pid)
    assert len(first) <= 3, first  # one carries all, and the server may have said twice already that it must be another
    seen = set(first)
    with Churn(all_things[0]) as churn:
        def another_connection():
            all_answered(table, all_things[0])
            seen.update(sockets(table.popen.pid))
            return len(seen - first) >= 2
        until("the server has sent us away", 60, another_connection)
    table.exactly(churn.done, before)


def api_proxy(stage, *flags):
    """In front of the stage's API server, and a kubeconfig that leads there."""
    proxy = Proxy(stage, f"127.0.0.1,{stage.plane.api.port};;tls;proto=h2", stage.plane.folder, "--insecure", *flags)
    return proxy, kubeconfig_with(stage, "proxied", server=f"https://127.0.0.1:{proxy.port}")


@case(weight=4)
def proxied(stage):
    """a proxy in front of the API server: many streams on three connections, GOAWAY on live watches, connections reset"""
    proxy, kubeconfig = api_proxy(stage)
    all_things = things_in(stage, NAMESPACES)
    table = watched(stage, kubeconfig, *all_things)
    for _ in range(5):
        all_answered(table, all_things[0])
    assert len(sockets(table.popen.pid)) <= 3, sockets(table.popen.pid)
    before = table.counts()
    with Churn(all_things[0]) as churn:
        for harm in (proxy.go_away, proxy.reset, proxy.go_away):
            churn.wait(20)
            harm()
        churn.wait(20)
    table.exactly(churn.done, before)


@case(weight=3)
def streams_reset(stage):
    """a proxy that lets no stream be silent for more than a second resets watches: they go on, without a list"""
    _, kubeconfig = api_proxy(stage, "--backend-read-timeout=1s", "--stream-read-timeout=1s", "--stream-write-timeout=1s")
    things = Things(stage.plane.api, stage.namespace)
    table = watched(stage, kubeconfig, things)
    for round_ in range(4):
        with Churn(things, seed=round_) as churn:
            churn.wait(15)
        table.settle()
