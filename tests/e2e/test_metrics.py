"""What people and their tools see of a running controller: probes, metrics, and its log."""

import json
import os
import signal

from cases import case
from endpoints import Endpoints, total
from harness import until

ADDRESSES = ("--health-probe-bind-address", "127.0.0.1:0", "--metrics-bind-address", ":0")
WRITES = {"insert", "patch", "delete", "resize", "setNamedPorts"}  # of the Compute API, as far as a chain needs them
ONE_ADDRESS = ("--health-probe-bind-address", "127.0.0.1:0", "--metrics-bind-address", "127.0.0.1:0")


@case(own_plane=True, weight=8)
def is_watched(stage):
    """probes and metrics from before the API server is there until after it is gone, and through a chain's life"""
    stage.plane.kill()
    stage.namespace = "default"
    stage.start_cloud()
    stage.start_controller(*ADDRESSES, namespaces=[])
    probes, metrics = Endpoints(stage.controller, "probes"), Endpoints(stage.controller, "metrics")
    alive_not_ready(probes)
    assert total(metrics.scrape(), "tflb_objects_known") == 0
    stage.plane.up()
    stage.plane.install()
    until("it is ready", 60, lambda: probes.probe("/readyz") == (200, "ok"))
    a_life_is_counted(stage, metrics)
    the_api_server_goes(stage, probes, metrics)
    stops_being_ready(stage, probes)


def alive_not_ready(probes):
    assert probes.probe("/livez") == (200, "ok")
    assert probes.probe("/healthz?verbose") == (200, "[+]ping ok\n[+]loop ok\nhealthz check passed\n")
    status, text = until("it says that the API server is not there", 10,
                         lambda: [answer for answer in [probes.probe("/readyz")] if "127.0.0.1" in answer[1]])[0]
    assert status == 500 and "[+]ping ok\n" in text and text.endswith("readyz check failed\n"), text
    assert "\n[-]cluster failed: " in text and "\n[-]synced failed: nothing is listed yet\n" in text, text
    assert probes.probe("/readyz?exclude=cluster&exclude=synced") == (200, "ok")
    assert probes.probe("/readyz/ping") == (200, "ok")
    assert probes.probe("/readyz/nothing")[0] == 404
    assert probes.probe("/metrics")[0] == 404  # they have an address of their own


def a_life_is_counted(stage, metrics):
    """A chain is made, changed by others, and brought back; each of it moves what it must, and nothing else."""
    stage.create("tf")
    stage.until_settled("tf")
    made = metrics.scrape()
    assert total(made, "tflb_objects", reason="Serving") == total(made, "tflb_objects") == 1, made
    assert total(made, "tflb_object_conditions", condition="Ready", status="True") == 1
    assert total(made, "tflb_object_conditions", condition="Stalled") == 0
    assert total(made, "tflb_programmed_duration_seconds_count") == 1
    assert total(made, "tflb_drift_found_total") == total(made, "tflb_reconcile_errors_total") == 0
    assert total(made, "tflb_watch_lists_total", resource="tfloadbalancers") == 1
    assert total(made, "rest_client_requests_total", code="200", method="PATCH") > 1
    assert total(made, "rest_client_requests_total", code="<error>") > 0  # before it was there
    requests_are_those_of_the_cloud(stage, made)
    stage.cloud.remove(stage.cloud.collection("forwardingRules")[0])
    until("the rule is back, and counted", 60, lambda: total(
        metrics.scrape(), "tflb_drift_corrected_total", kind="ForwardingRule") == 1)
    back = metrics.scrape()
    assert total(back, "tflb_drift_found_total") == 1
    assert total(back, "tflb_cloud_operations_total", kind="forwardingRules", outcome="done") == 2
    at_rest_scrapes_are_free(stage, metrics)


def requests_are_those_of_the_cloud(stage, scraped):
    """As many writes were counted as the emulator was asked for, and each under its own name."""
    counted = {dict(labels)["method"]: 0 for name, labels in scraped if name == "tflb_cloud_requests_total"}
    assert set(counted) >= {"insert", "list", "aggregatedList", "getHealth", "getFromFamily", "wait"}, counted
    writes = sum(total(scraped, "tflb_cloud_requests_total", method=method) for method in set(counted) & WRITES)
    assert writes == len(stage.cloud.writes()), (writes, counted)
    assert total(scraped, "tflb_cloud_requests_total", kind="urlMaps", method="insert", code="200") == 1


def at_rest_scrapes_are_free(stage, metrics):
    """There is a moment in which twenty scrapes make no call to the cloud or the API server, and open nothing."""
    stage.until_settled("tf")

    def question():
        before, asked = metrics.scrape(), len(stage.cloud.requests())
        for _ in range(20):
            after = metrics.scrape()
        same = [total(before, name) == total(after, name) for name in
                ("rest_client_requests_total", "tflb_cloud_requests_total", "tflb_unfolds_total", "tflb_workqueue_adds_total")]
        return len(stage.cloud.requests()) == asked and all(same) and total(after, "tflb_objects_unfolded") == 0
    until("scrapes are free", 30, question)


def the_api_server_goes(stage, probes, metrics):
    """It stays ready: what it knows is still there, and to start anew would help nobody."""
    before = total(metrics.scrape(), "rest_client_requests_total", code="<error>")
    stage.plane.kill()
    until("all three watches are known to be troubled", 30, lambda: total(metrics.scrape(), "tflb_watch_troubled") == 3)
    assert probes.probe("/readyz") == probes.probe("/livez") == (200, "ok")
    after = metrics.scrape()
    assert total(after, "rest_client_requests_total", code="<error>") > before
    assert total(after, "tflb_objects", reason="Serving") == 1
    stage.plane.up()
    until("they work", 60, lambda: total(metrics.scrape(), "tflb_watch_troubled") == 0)


def stops_being_ready(stage, probes):
    """From the signal on it is not ready, but alive, as long as a call keeps it."""
    stage.cloud.fault(method="POST", path="*/addresses", delayMs=180000)
    stage.create("late")
    until("a call hangs", 20, lambda: stage.controller.says("call object=default/late resource=Address/"))
    stage.controller.signal(signal.SIGTERM)
    until("it says so", 5, lambda: "[-]shutdown failed: it is stopping\n" in probes.probe("/readyz")[1], pause=0.02)
    assert probes.probe("/livez") == (200, "ok")
    assert stage.controller.wait(10) == 0


@case
def metrics_of_two(stage):
    """OpenMetrics for who asks for it; of two replicas only the one that leads tells of objects; the level changes at run time"""
    stage.start_cloud()
    flags = ("--leader-elect", "--leader-elect-resource-namespace", stage.namespace, *ONE_ADDRESS)
    first = stage.start_controller(*flags)
    until("it leads", 10, lambda: first.says("this replica leads"))
    second = stage.start_controller(*flags)
    until("the other one follows", 10, lambda: second.says("another replica leads"))
    leader, follower = (Endpoints(process, "probes and metrics") for process in (first, second))
    assert follower.probe("/readyz") == (200, "ok")
    stage.create("tf")
    stage.until_ready("tf")
    lease = {"name": "tflb-controller"}
    assert total(leader.scrape(), "leader_election_master_status", **lease) == 1
    assert total(follower.scrape(), "leader_election_master_status", **lease) == 0
    assert total(leader.scrape(), "tflb_objects") == 1
    assert total(follower.scrape(), "tflb_objects_known") == 1
    assert not [name for name, _ in follower.scrape() if name in ("tflb_objects", "tflb_sweep_age_seconds")]
    speaks_openmetrics(leader)
    level_changes(leader, first)


def speaks_openmetrics(endpoints):
    status, content_type, text = endpoints.ask("/metrics", accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert (status, content_type) == (200, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert text.endswith("\n# EOF\n") and "\n# TYPE tflb_drift_found counter\n" in text
    assert endpoints.ask("/metrics")[1] == "text/plain; version=0.0.4; charset=utf-8"


def level_changes(endpoints, controller):
    path = "/debug/flags/log-level"
    assert endpoints.ask(path)[2] == "info\n"
    assert endpoints.ask(path, "PUT", "loud")[::2] == (400, "the body must be debug, info, warn or error\n")
    assert endpoints.ask(path, "PUT", "error")[::2] == (200, "error\n")
    until("the change is told", 5, lambda: controller.says("the level of this log changes from=info to=error"))
    assert endpoints.ask("/metrics", "POST", "x")[0] == 405


def fill(writer):
    """Nothing more goes into the pipe afterwards. Returns how much did."""
    filled = 0
    again = os.open(f"/proc/self/fd/{writer}", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            filled += os.write(again, b"x" * 4096)
    except BlockingIOError:
        return filled
    finally:
        os.close(again)


def is_nonblocking(process, descriptor):
    with open(f"/proc/{process.popen.pid}/fdinfo/{descriptor}", encoding="ascii") as file:
        flags = next(line.split()[1] for line in file if line.startswith("flags:"))
    return bool(int(flags, 8) & os.O_NONBLOCK)


def take(reader, size):
    """So many bytes of a pipe."""
    taken = b""
    while len(taken) < size:
        taken += os.read(reader, size - len(taken))
    return taken


@case
def log_is_not_read(stage):
    """whoever reads the log stands still: an object is made all the same, the lines come when it goes on, and it ends in time"""
    stage.start_cloud()
    reader, writer = os.pipe()
    filled = fill(writer)
    controller = stage.start_controller("--log-format", "json", errors=writer)
    try:
        stage.create("tf")
        stage.until_ready("tf")
        assert take(reader, filled) == b"x" * filled
        line = json.loads(os.read(reader, 1 << 16).splitlines()[0])  # waits for it
        assert list(line)[:3] == ["ts", "level", "msg"] and line["level"] == "info", line
        assert not is_nonblocking(controller, 2)  # others may share it
        fill(writer)
        assert controller.stop() == 0
    finally:
        os.close(reader)
        os.close(writer)
