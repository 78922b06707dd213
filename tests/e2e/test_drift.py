"""What others do to our resources is undone, with the interval that users have."""

from cases import case
from cloud import collection_of
from harness import condition, until

# The name endings of one chain, front first.
ROLES = ["-http-rule-", "-http-proxy", "-url-map", "-backend-default", "-group-p-", "-template-p-", "-health-check",
         "-healing", "-firewall-", "-address"]


def path_of(stage, name, role):
    """The resource of that role of the object `name`."""
    prefix = stage.get(name)["status"]["resourcePrefix"]
    found = [path for path in stage.cloud.ours(prefix) if role in path]
    assert len(found) == 1, (name, role, found)
    return found[0]


def built(stage, names):
    """A chain for each name, all Ready."""
    stage.start("--drift-interval", "50")
    for name in names:
        stage.create(name)
    for name in names:
        stage.until_ready(name, seconds=120)


def all_back(question):
    """question(): what is still wrong, as a list. That a minute is enough is the simulation's to tell."""
    until("all is back", 60, lambda: not question(), pause=0.5)


@case(weight=9)
def deleted_behind_our_back(stage):
    """one resource of each kind is deleted, with all that uses it: everything comes back"""
    names = [f"d{number}" for number in range(len(ROLES))]
    built(stage, names)
    gone = [path for name, role in zip(names, ROLES) for path in stage.cloud.remove(path_of(stage, name, role))]
    assert {collection_of(path) for path in gone} >= {
        "forwardingRules", "targetHttpProxies", "urlMaps", "backendServices", "instanceGroupManagers",
        "instanceTemplates", "healthChecks", "firewalls", "addresses"}, gone
    all_back(lambda: sorted(set(gone) - set(stage.cloud.ours())))
    for name in names:
        stage.until_ready(name)
    assert len(stage.cloud.ours()) == len(names) * len(ROLES), sorted(stage.cloud.ours())
    told = [event["note"] for event in stage.events() if event["reason"] == "Drifted"]
    assert any("was deleted behind our back; it is created again" in note for note in told), told


def change_firewall(cloud, path):
    cloud.call("PATCH", path, {"sourceRanges": ["10.0.0.0/8"]})


def change_check(cloud, path):
    cloud.call("PATCH", path, {"type": "HTTP", "httpHealthCheck": {"port": 81, "requestPath": "/wrong"}})


def change_backend(cloud, path):
    cloud.call("PATCH", path, {"timeoutSec": 7, "fingerprint": cloud.get(path)["fingerprint"]})


def change_group(cloud, path):
    cloud.call("PATCH", path, {"autoHealingPolicies": []})


def change_size(cloud, path):
    cloud.call("POST", f"{path}/resize?size=3")


def change_ports(cloud, path):
    group = path.replace("instanceGroupManagers", "instanceGroups")
    body = {"namedPorts": [{"name": "http", "port": 8081}], "fingerprint": cloud.get(group).get("fingerprint")}
    cloud.call("POST", f"{group}/setNamedPorts", body)


def strangers(cloud):
    """A backend service, URL map and proxy of somebody else, to point to."""
    top = "projects/my-project/global"
    cloud.call("POST", f"{top}/healthChecks", {"name": "other", "type": "HTTP", "httpHealthCheck": {"port": 80}})
    cloud.call("POST", f"{top}/backendServices", {
        "name": "other", "protocol": "HTTP", "loadBalancingScheme": "EXTERNAL_MANAGED",
        "healthChecks": [f"{top}/healthChecks/other"]})
    cloud.call("POST", f"{top}/urlMaps", {"name": "other", "defaultService": f"{top}/backendServices/other"})
    cloud.call("POST", f"{top}/targetHttpProxies", {"name": "other", "urlMap": f"{top}/urlMaps/other"})
    return top


def change_map(cloud, path):
    service = "projects/my-project/global/backendServices/other"
    cloud.call("PATCH", path, {"defaultService": service, "fingerprint": cloud.get(path)["fingerprint"]})


def change_proxy(cloud, path):
    cloud.call("POST", f"{path}/setUrlMap".replace("/global/", "/"), {"urlMap": "projects/my-project/global/urlMaps/other"})


def change_rule(cloud, path):
    cloud.call("POST", f"{path}/setTarget", {"target": "projects/my-project/global/targetHttpProxies/other"})


CHANGES = [("-firewall-", change_firewall), ("-health-check", change_check), ("-healing", change_check),
           ("-backend-default", change_backend), ("-group-p-", change_group), ("-group-p-", change_size),
           ("-group-p-", change_ports), ("-url-map", change_map), ("-http-proxy", change_proxy), ("-http-rule-", change_rule)]


def without_marks_of_time(body):
    """What a change of ours and back again may leave different."""
    return {name: value for name, value in body.items() if name not in ("fingerprint", "status", "currentActions", "id")}


@case(weight=9)
def changed_by_hand(stage):
    """one of each kind that can be changed is changed: each is put back, strangers stay"""
    names = [f"c{number}" for number in range(len(CHANGES))]
    built(stage, names)
    strangers(stage.cloud)
    paths = [path_of(stage, name, role) for name, (role, _) in zip(names, CHANGES)]
    looked = paths + [path.replace("instanceGroupManagers", "instanceGroups") for path in paths if "-group-" in path]
    before = {path: without_marks_of_time(stage.cloud.get(path)) for path in looked}
    for path, (_, change) in zip(paths, CHANGES):
        change(stage.cloud, path)
    all_back(lambda: [path for path in before if without_marks_of_time(stage.cloud.get(path)) != before[path]])
    for name in names:
        stage.until_ready(name)
    told = [event["note"] for event in stage.events() if event["reason"] == "Drifted"]
    assert any("was changed behind our back" in note for note in told), told
    assert len(stage.cloud.ours("other")) == 4, sorted(stage.cloud.ours("other"))


@case(weight=7)
def machine_breaks(stage):
    """a machine that breaks is the group's to repair; the status shows it, and we write nothing to the cloud"""
    stage.start_cloud(speed=20)
    stage.start_controller()
    stage.create("tf", replicas=2)
    stage.until_settled("tf")
    writes = len(stage.cloud.writes())
    stage.cloud.world(appStartMs=240000)  # 12 s of ours; healing waits 300 s of the cloud's for a new machine
    stage.cloud.world(breakInstance=stage.cloud.machines()[0]["instance"].split("/compute/v1/")[1])
    until("the status shows it", 60, lambda: stage.get("tf")["status"]["readyReplicas"] == 1)
    assert condition(stage.get("tf"), "Ready")["status"] == "True", "half of two machines is enough to serve"
    stage.until_settled("tf", 90)
    assert len(stage.cloud.machines()) == 2, stage.cloud.machines()
    assert stage.cloud.writes()[writes:] == []
