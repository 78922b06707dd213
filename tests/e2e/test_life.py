"""The main job: a chain is built, edited and taken down, with what a user types."""

import json
import time

from cases import case
from cloud import FRONT_TO_BACK, collection_of
from harness import condition, ready, until

NO_HISTORY = {"failurePolicy": "Hold", "revisionHistoryLimit": 0}  # earlier templates go at once
CHAIN = sorted(["Address", "Firewall", "HealthCheck", "HealthCheck", "InstanceTemplate", "InstanceGroupManager",
                "BackendService", "UrlMap", "TargetHttpProxy", "ForwardingRule"])


def nothing_refused(stage):
    refused = stage.cloud.refused()
    assert not refused, refused


def is_serving(machine):
    health = machine.get("instanceHealth") or [{}]
    return machine.get("instanceStatus") == "RUNNING" and health[0].get("detailedHealthState") == "HEALTHY"


@case
def create(stage):
    """tflb.yaml until it serves; every resource once, nothing refused, nothing written at rest"""
    stage.start()
    stage.apply()
    item = stage.until_settled("tf")
    status = item["status"]
    rule = stage.cloud.ours()[stage.cloud.collection("forwardingRules")[0]]
    assert status["address"] == rule["IPAddress"], (status["address"], rule)
    assert status["url"] == f"http://{status['address']}/", status["url"]
    assert sorted(each["kind"] for each in status["resources"]) == CHAIN, status["resources"]
    assert {each["state"] for each in status["resources"]} == {"Ready"}, status["resources"]
    assert len(stage.cloud.ours()) == len(CHAIN), sorted(stage.cloud.ours())
    assert (status["readyReplicas"], status["replicas"]) == (3, 3), status
    assert all(machine["name"].startswith("tf-instance-") for machine in stage.cloud.machines())
    assert condition(item, "Programmed")["status"] == condition(item, "Healthy")["status"] == "True"
    assert condition(item, "Reconciling") is None and condition(item, "Stalled") is None, status["conditions"]
    nothing_refused(stage)
    told = {event["note"].split(" tflb-")[0] for event in stage.events() if event["reason"] == "Created"}
    assert {"forwarding rule", "URL map", "backend service", "instance group manager"} <= told, told
    stays_at_rest(stage)


def stays_at_rest(stage):
    """Two sweeps and more without a write on either side."""
    def version():
        return stage.get("tf")["metadata"]["resourceVersion"]
    before, writes, sweeps = version(), len(stage.cloud.writes()), count_sweeps(stage)
    until("two more sweeps", 30, lambda: count_sweeps(stage) >= sweeps + 2)
    assert version() == before, stage.get("tf")["metadata"]["managedFields"]
    assert stage.cloud.writes()[writes:] == []


def count_sweeps(stage):
    return sum(line["method"] == "GET" and line["path"].endswith("/global/urlMaps") for line in stage.cloud.requests())


@case
def scale(stage):
    """kubectl scale up and down: a resize each, no new template, nothing else touched"""
    stage.start()
    stage.apply()
    stage.until_ready("tf")
    writes = len(stage.cloud.writes())
    for size in (5, 2):
        stage.kubectl("scale", "tflb/tf", f"--replicas={size}")
        item = stage.until_settled("tf")
        assert item["status"]["readyReplicas"] == len(stage.cloud.machines()) == size, item["status"]
        assert stage.kubectl("get", "tflb/tf", "-o", "jsonpath={.status.replicasPerPool}") == str(size)
    paths = [line["path"] for line in stage.cloud.writes()[writes:]]
    assert len(paths) == 2 and all(path.endswith("/resize") for path in paths), paths
    nothing_refused(stage)


@case(weight=2)
def machine_type(stage):
    """a new template, machines replaced one after the other without a gap, the old template gone, nothing refused"""
    stage.start()
    stage.apply()
    stage.until_ready("tf")
    old = stage.cloud.collection("instanceTemplates")
    machines = {machine["name"] for machine in stage.cloud.machines()}
    stage.kubectl("patch", "tflb/tf", "--type=merge", "-p", json.dumps({"spec": {
        "rollout": NO_HISTORY, "template": {"machineType": "n1-standard-8"}}}))
    fewest = watch_roll(stage, old)
    assert fewest >= 3, f"only {fewest} machines served at some time"
    assert machines.isdisjoint(machine["name"] for machine in stage.cloud.machines())
    template = stage.cloud.ours()[stage.cloud.collection("instanceTemplates")[0]]
    assert template["properties"]["machineType"] == "n1-standard-8", template
    assert len(stage.cloud.ours()) == len(CHAIN), sorted(stage.cloud.ours())
    nothing_refused(stage)


def watch_roll(stage, old):
    """Until the old template is gone and the object Ready; returns the fewest machines that served meanwhile."""
    fewest, deadline = 1000, time.monotonic() + 90
    while True:
        fewest = min(fewest, sum(is_serving(machine) for machine in stage.cloud.machines()))
        templates = stage.cloud.collection("instanceTemplates")
        if set(old).isdisjoint(templates) and len(templates) == 1 and ready(stage.get("tf")):
            return fewest
        assert time.monotonic() < deadline, templates
        time.sleep(0.1)


@case
def health_check_path(stage):
    """an edited request path is one patch of the serving check, and no machine is touched"""
    stage.start()
    stage.apply()
    stage.until_ready("tf")
    machines, writes = {machine["name"] for machine in stage.cloud.machines()}, len(stage.cloud.writes())
    stage.kubectl("patch", "tflb/tf", "--type=merge", "-p", '{"spec":{"healthCheck":{"requestPath":"/healthz"}}}')
    stage.until_ready("tf")
    checks = {path: stage.cloud.ours()[path] for path in stage.cloud.collection("healthChecks")}
    serving = [body for path, body in checks.items() if path.endswith("-health-check")]
    assert [body["httpHealthCheck"]["requestPath"] for body in serving] == ["/healthz"], checks
    written = {line["path"].split("/")[-2] for line in stage.cloud.writes()[writes:]}
    assert written == {"healthChecks"}, stage.cloud.writes()[writes:]
    assert machines == {machine["name"] for machine in stage.cloud.machines()}
    nothing_refused(stage)


@case
def delete(stage):
    """strictly from the front backwards, nothing refused, nothing left, the finalizer gone last"""
    stage.start()
    stage.apply()
    stage.until_ready("tf")
    writes = len(stage.cloud.writes())
    stage.delete("tf")
    last_seen = until_gone_after_everything(stage)
    assert last_seen["metadata"]["finalizers"] == ["tflb.dev/cloud-resources"], last_seen["metadata"]
    deleted = stage.cloud.writes()[writes:]
    assert all(line["method"] == "DELETE" for line in deleted), deleted
    order = [collection_of(line["path"]) for line in deleted]
    assert [each for each in order if each in FRONT_TO_BACK] == FRONT_TO_BACK, order
    assert order.index("addresses") > order.index("forwardingRules"), order
    assert min(i for i, each in enumerate(order) if each == "healthChecks") > order.index("backendServices"), order
    assert len(order) == len(CHAIN), order
    assert stage.cloud.machines() == [], stage.cloud.machines()
    nothing_refused(stage)


def until_gone_after_everything(stage):
    """The object as last seen. It must not be gone while anything of it is there."""
    seen = None
    while True:
        item = stage.get("tf")
        left = sorted(stage.cloud.ours())
        if item is None:
            assert left == [], left
            return seen
        seen = item
        time.sleep(0.05)


@case
def same_name_twice(stage):
    """two objects of one name in two namespaces and one project: two chains, and one goes without the other"""
    other = f"{stage.namespace}-b"
    stage.make_namespace(other)
    stage.start_cloud()
    stage.start_controller(namespaces=[stage.namespace, other])
    for namespace in (stage.namespace, other):
        stage.create("tf", namespace)
    first, second = stage.until_ready("tf"), stage.until_ready("tf", other)
    assert first["status"]["address"] != second["status"]["address"], first["status"]
    prefixes = [item["status"]["resourcePrefix"] for item in (first, second)]
    assert prefixes[0] != prefixes[1], prefixes
    stage.delete("tf")
    stage.until_gone("tf")
    assert not stage.cloud.ours(prefixes[0]), sorted(stage.cloud.ours(prefixes[0]))
    assert len(stage.cloud.ours(prefixes[1])) == len(CHAIN), sorted(stage.cloud.ours(prefixes[1]))
    assert ready(stage.get("tf", other)), stage.get("tf", other)
    nothing_refused(stage)


@case(weight=7)
def thirty(stage):
    """30 objects at once become Ready, and go at once"""
    stage.start()
    names = [f"tf-{number}" for number in range(30)]
    for name in names:
        stage.create(name)
    addresses = {stage.until_ready(name, seconds=120)["status"]["address"] for name in names}
    assert len(addresses) == 30, addresses
    assert len(stage.cloud.ours()) == 30 * len(CHAIN), sorted(stage.cloud.ours())
    nothing_refused(stage)
    for name in names:
        stage.delete(name)
    for name in names:
        stage.until_gone(name, seconds=120)
    assert stage.cloud.ours() == {}, sorted(stage.cloud.ours())
    nothing_refused(stage)
