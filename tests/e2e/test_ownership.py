"""What is whose: differences that are only told, chains of other tools, resources without an object, restored backups."""

import json
import signal
import time

from cases import case
from cloud import collection_of
from harness import EXAMPLES, condition, until
from test_drift import path_of

TOP = "projects/my-project/global"


def differences(stage, name):
    """(kind, path) -> difference."""
    found = (stage.get(name) or {}).get("status", {}).get("differences", [])
    return {(each["kind"], each["path"]): each for each in found}


def told(stage, reason):
    return [event["note"] for event in stage.events() if event["reason"] == reason]


def message_of(item):
    found = condition(item, "Ready") if item else None
    return found["message"] if found else ""


def strip(stage, name):
    """Takes the finalizer away by hand, as people do who want an object gone."""
    stage.delete(name)
    stage.kubectl("patch", "tflb", name, "--type", "merge", "-p", '{"metadata":{"finalizers":null}}')
    stage.until_gone(name)


@case
def only_reported(stage):
    """driftPolicy Report: a change is shown by kubectl and not put back, until the policy is Correct; deletion works"""
    stage.start()
    stage.create("tf")
    stage.until_settled("tf")
    stage.kubectl("patch", "tflb", "tf", "--type", "merge", "-p", '{"spec":{"driftPolicy":"Report"}}')
    stage.until_settled("tf")
    service = path_of(stage, "tf", "-backend-default")
    writes = len(stage.cloud.writes())
    stage.cloud.call("PATCH", service, {"timeoutSec": 7, "fingerprint": stage.cloud.get(service)["fingerprint"]})
    stage.until_condition("tf", "Stalled", "Drifted")
    shown = differences(stage, "tf")[("BackendService", "timeoutSec")]
    assert (shown["want"], shown["seen"]) == ("30", "7"), shown
    printed = stage.kubectl("get", "tflb", "tf", "-o", "jsonpath={range .status.differences[*]}{.kind} {.path}: {.seen}, not {.want}{end}")
    assert printed == "BackendService timeoutSec: 7, not 30", printed
    assert any("timeoutSec" in note for note in told(stage, "Drifted")), told(stage, "Drifted")
    assert len(stage.cloud.writes()) == writes + 1, "the change by hand is the only one"
    stage.edit("tf", {"driftPolicy": "Correct"})
    stage.until_settled("tf")
    assert stage.cloud.get(service)["timeoutSec"] == 30
    assert "differences" not in stage.get("tf")["status"]
    stage.edit("tf", {"driftPolicy": "Report"})
    stage.delete("tf")
    stage.until_gone("tf")
    assert not stage.cloud.ours()


@case
def looked_at_on_request(stage):
    """the annotation brings a fresh look within seconds, and the status says that it was taken"""
    stage.start_cloud()
    stage.start_controller("--drift-interval", "3600")
    stage.create("tf")
    stage.until_settled("tf")
    service = path_of(stage, "tf", "-backend-default")
    stage.cloud.call("PATCH", service, {"timeoutSec": 7, "fingerprint": stage.cloud.get(service)["fingerprint"]})
    stage.kubectl("annotate", "tflb", "tf", "tflb.dev/reconcile=look-1")
    stage.kubectl("wait", "tflb/tf", "--for=jsonpath={.status.handledReconcile}=look-1", "--timeout=180s")
    until("it is put back", 20, lambda: stage.cloud.get(service)["timeoutSec"] == 30)
    stage.kubectl("annotate", "tflb", "tf", "tflb.dev/reconcile=look-2", "--overwrite")
    stage.kubectl("wait", "tflb/tf", "--for=jsonpath={.status.handledReconcile}=look-2", "--timeout=180s")


CHAIN = [
    ("global/addresses", {"name": "web-ip"}),
    ("global/firewalls", {"name": "web-wall", "network": "global/networks/default", "sourceRanges": ["130.211.0.0/22"],
                          "targetTags": ["web"], "allowed": [{"IPProtocol": "tcp", "ports": ["80"]}]}),
    ("global/healthChecks", {"name": "web-check", "type": "HTTP", "httpHealthCheck": {"port": 80, "requestPath": "/web"}}),
    ("global/instanceTemplates", {"name": "web-template", "properties": {
        "machineType": "n1-standard-1", "networkInterfaces": [{"network": "global/networks/default"}],
        "disks": [{"boot": True, "initializeParams": {
            "sourceImage": "projects/deeplearning-platform-release/global/images/family/common-cu129-ubuntu-2204-nvidia-580"}}]}}),
    ("zones/us-central1-a/instanceGroupManagers", {
        "name": "web-group", "baseInstanceName": "web", "targetSize": 2, "instanceTemplate": f"{TOP}/instanceTemplates/web-template",
        "namedPorts": [{"name": "http", "port": 80}]}),
    ("global/backendServices", {
        "name": "web-service", "loadBalancingScheme": "EXTERNAL_MANAGED", "protocol": "HTTP", "portName": "http",
        "healthChecks": [f"{TOP}/healthChecks/web-check"], "backends": [{
            "group": "https://www.googleapis.com/compute/v1/projects/my-project/zones/us-central1-a/instanceGroups/web-group"}]}),
    ("global/urlMaps", {"name": "web-map", "defaultService": f"{TOP}/backendServices/web-service"}),
    ("global/targetHttpProxies", {"name": "web-proxy", "urlMap": f"{TOP}/urlMaps/web-map"}),
    ("global/forwardingRules", {"name": "web-rule", "IPAddress": f"{TOP}/addresses/web-ip", "IPProtocol": "TCP", "portRange": "80",
                                "loadBalancingScheme": "EXTERNAL_MANAGED", "target": f"{TOP}/targetHttpProxies/web-proxy"}),
]


@case(weight=2)
def taken_over(stage):
    """adopt.yaml: a chain of another tool is shown with its differences, then taken over under its names, then deleted"""
    stage.start_cloud()
    for collection, body in CHAIN:
        stage.cloud.call("POST", f"projects/my-project/{collection}", body)
    address = stage.cloud.get(f"{TOP}/addresses/web-ip")["address"]
    writes = len(stage.cloud.writes())
    stage.start_controller()
    stage.apply("adopt.yaml")
    stage.until_condition("adopt", "Stalled", "Drifted")
    shown = differences(stage, "adopt")
    assert {("BackendService", "description"), ("HealthCheck", "httpHealthCheck.requestPath"), ("Firewall", "targetTags"),
            ("InstanceGroupManager", "versions"), ("InstanceTemplate", "")} <= set(shown), sorted(shown)
    assert len(stage.cloud.writes()) == writes, stage.cloud.writes()[writes:]
    stage.kubectl("patch", "tflb", "adopt", "--type", "merge", "-p", '{"spec":{"driftPolicy":"Correct"}}')
    item = stage.until_settled("adopt")
    assert item["status"]["address"] == address
    names = {each["name"] for each in item["status"]["resources"]}
    assert {body["name"] for _, body in CHAIN} - {"web-template"} <= names, names
    refused = stage.kubectl("patch", "tflb", "adopt", "--type", "merge", "-p", '{"spec":{"resourceNames":{"url-map":"other"}}}', fails=True)
    assert "resourceNames cannot be changed" in refused, refused
    stage.delete("adopt")
    stage.until_gone("adopt")
    left = sorted(path for path in {**stage.cloud.ours("web-"), **stage.cloud.ours()} if collection_of(path) != "instanceGroups")
    assert left == [f"{TOP}/instanceTemplates/web-template"], left


@case(weight=3)
def moved(stage):
    """moved.yaml: a running chain goes to an object of another name and namespace; nothing but descriptions is written"""
    there = f"{stage.namespace}-there"
    stage.make_namespace(there)
    stage.start_cloud()
    stage.start_controller(namespaces=[stage.namespace, there])
    stage.apply("tflb.yaml")
    old = stage.until_settled("tf")["status"]
    with open(f"{EXAMPLES}/moved.yaml", encoding="ascii") as file:
        text = file.read().replace("namespace: default", f"namespace: {stage.namespace}")
    stage.plane.kubectl("--namespace", there, "apply", "-f", "-", text=text)
    until("the new one says whom it waits for", 30, lambda: "agrees by spec.moveTo {namespace: %s, name: serving}" % there in
          message_of(stage.get("serving", there)))
    writes = len(stage.cloud.writes())
    stage.kubectl("patch", "tflb", "tf", "--type", "merge", "-p",
                  json.dumps({"spec": {"moveTo": {"namespace": there, "name": "serving"}}}))
    new = stage.until_ready("serving", there)["status"]
    stage.until_condition("tf", "Stalled", "Moving")
    assert {line["method"] for line in stage.cloud.writes()[writes:]} == {"PATCH"}, stage.cloud.writes()[writes:]
    assert (new["address"], new["resourcePrefix"]) == (old["address"], old["resourcePrefix"]), new
    names = [sorted(each["name"] for each in status["resources"]) for status in (old, new)]
    assert names[0] == names[1], names
    assert told(stage, "Moved") == [f"everything belongs to TFLoadBalancer {there}/serving"], told(stage, "Moved")
    stage.kubectl("delete", "tflb", "tf", "--timeout=180s")
    refused = stage.plane.kubectl("--namespace", there, "patch", "tflb", "serving", "--type", "merge", "-p",
                                  '{"spec":{"moveFrom":null}}', fails=True)
    assert "moveFrom is set when the object is created, and stays" in refused, refused
    stage.plane.kubectl("--namespace", there, "delete", "tflb", "serving", "--timeout=180s")
    assert not stage.cloud.ours()


@case(weight=8)
def orphans(stage):
    """an object vanishes with its finalizer stripped: told by an event and a metric, then deleted on request"""
    stage.start()
    stage.create("tf")
    stage.create("other")
    stage.until_settled("tf")
    stage.until_settled("other")
    prefix = stage.get("tf")["status"]["resourcePrefix"]
    before = set(stage.cloud.ours(prefix))
    stage.controller.signal(signal.SIGSTOP)  # else it may have finished the deletion by then
    strip(stage, "tf")
    stage.controller.signal(signal.SIGCONT)
    until("an event tells of it", 30, lambda: told(stage, "Orphaned"))
    assert "resources in project my-project bear the mark" in told(stage, "Orphaned")[0], told(stage, "Orphaned")
    time.sleep(15)
    assert set(stage.cloud.ours(prefix)) == before, "nothing is deleted before that is asked for"
    stage.controller.stop()
    stage.start_controller("--orphan-policy", "Delete", "--drift-interval", "5")
    until("they are gone", 90, lambda: not stage.cloud.ours(prefix), pause=0.5)
    assert stage.until_settled("other")
    stage.delete("other")
    stage.until_gone("other")


@case(weight=5)
def released_is_no_orphan(stage):
    """what Abandon let go serves on, and is nobody's; an object of the same name may take it over"""
    stage.start("--orphan-policy", "Delete")
    stage.create("tf", deletionPolicy="Abandon")
    stage.create("other")
    stage.until_settled("tf")
    stage.until_settled("other")
    prefix = stage.get("tf")["status"]["resourcePrefix"]
    address = stage.get("tf")["status"]["address"]
    stage.delete("tf")
    stage.until_gone("tf")
    sweeps = stage.controller.text().count("orphan")
    before = set(stage.cloud.ours(prefix))
    count = len(stage.cloud.requests())
    until("five more sweeps", 60, lambda: sum(line["path"].endswith("/global/urlMaps") for line in stage.cloud.requests()[count:]) >= 5)
    assert set(stage.cloud.ours(prefix)) == before and not told(stage, "Orphaned")
    assert stage.controller.text().count("orphan") == sweeps
    stage.create("tf", adoptionPolicy="Adopt")
    assert stage.until_settled("tf")["status"]["address"] == address
    stage.delete("tf")
    stage.until_gone("tf")
    assert not stage.cloud.ours(prefix)


@case(weight=2)
def restored_elsewhere(stage):
    """a backup is restored into another cluster: with the old --cluster-id the object, with a new uid, has its chain again"""
    stage.start("--cluster-id", "the-old-one")
    stage.create("tf")
    backup = stage.until_settled("tf")
    before = {path: body["id"] for path, body in stage.cloud.ours().items() if "id" in body}
    stage.controller.kill()
    strip(stage, "tf")
    for member in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"):
        backup["metadata"].pop(member, None)
    stage.kubectl("create", "-f", "-", text=json.dumps(backup))
    stage.start_controller("--cluster-id", "the-old-one")
    item = stage.until_settled("tf")
    assert item["status"]["address"] == backup["status"]["address"]
    assert {path: body["id"] for path, body in stage.cloud.ours().items() if "id" in body} == before
    marks = [json.loads(body["description"]) for path, body in stage.cloud.ours().items() if collection_of(path) == "urlMaps"]
    assert [mark["uid"] for mark in marks] == [item["metadata"]["uid"]], marks
    stage.delete("tf")
    stage.until_gone("tf", seconds=120)  # what its former controller made last may show a minute later
    assert not stage.cloud.ours()
