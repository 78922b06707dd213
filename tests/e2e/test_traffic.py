"""Traffic as a user steers it: two versions behind one map, and a front of both protocols."""

from cases import case
from harness import condition, until

POOLS = [{"name": "v1", "zone": "us-central1-a", "replicas": 1},
         {"name": "v2", "zone": "us-central1-b", "replicas": 1, "backends": [{"name": "v2"}]}]


def split(first, second, tested="default"):
    """Routes by weight, and a test of them."""
    weights = [{"backend": "default", "weight": first}, {"backend": "v2", "weight": second}]
    canary = {"priority": 1, "matchRules": [{"prefixMatch": "/", "headerMatches": [{"headerName": "x-canary", "exactMatch": "1"}]}],
              "backend": "v2"}
    rest = {"priority": 2, "matchRules": [{"prefixMatch": "/v1/"}], "weightedBackends": weights}
    return {"routes": [{"name": "api", "hosts": ["ml.example.com"], "routeRules": [canary, rest]}],
            "routeTests": [{"name": "plain", "host": "ml.example.com", "path": "/", "backend": tested}]}


def weights(stage):
    """The shares that the map gives now, by the end of the backend service's name."""
    path, = stage.cloud.collection("urlMaps")
    matchers = stage.cloud.get(path).get("pathMatchers")
    shares = matchers and matchers[0]["routeRules"][1]["routeAction"]["weightedBackendServices"]
    return shares and {share["backendService"].rsplit("-", 1)[1]: share.get("weight", 0) for share in shares}


def names(stage):
    return {machine["name"] for machine in stage.cloud.machines()}


@case
def routes(stage):
    """9 of 10 and 1 of 10, then half and half, in place; a route test that fails changes nothing; then everything to one"""
    stage.start()
    stage.create("tf", pools=POOLS, backends=[{"name": "v2", "serving": {"timeoutSec": 120}}], **split(90, 10))
    stage.until_settled("tf")
    assert weights(stage) == {"default": 90, "v2": 10}, weights(stage)
    backends = {entry["name"]: entry["readyReplicas"] for entry in stage.get("tf")["status"]["backends"]}
    assert backends == {"default": 1, "v2": 1}, backends
    machines = names(stage)
    stage.edit("tf", split(50, 50))
    until("half and half", 30, lambda: weights(stage) == {"default": 50, "v2": 50})
    stage.until_settled("tf")
    stage.edit("tf", split(0, 100, tested="v2"))
    stage.until_condition("tf", "Stalled", "InvalidSpec")
    assert "spec.routeTests" in condition(stage.get("tf"), "Ready")["message"], condition(stage.get("tf"), "Ready")
    assert weights(stage) == {"default": 50, "v2": 50}, weights(stage)
    stage.edit("tf", {"routes": None, "routeTests": None, "backends": None, "pools": POOLS[:1]})
    stage.until_settled("tf")
    until("v2 is gone", 60, lambda: len(stage.cloud.collection("backendServices")) == 1)
    assert weights(stage) is None
    until("its machine is gone", 60, lambda: len(names(stage)) == 1)
    assert names(stage) < machines, "a change of routes changed machines"


@case
def dual_stack(stage):
    """the example: an address and a rule of each protocol, labelled; without ipv6 the rule goes and the address is kept"""
    stage.start()
    stage.apply("dual-stack.yaml")
    status = stage.until_settled("dual-stack")["status"]
    assert ":" in status["ipv6Address"] and "." in status["address"], status
    rules = [stage.cloud.get(path) for path in stage.cloud.collection("forwardingRules")]
    assert sorted(rule["IPAddress"] for rule in rules) == sorted([status["ipv6Address"], status["address"]]), rules
    assert all(rule["labels"]["team"] == "ml" and rule["portRange"] == "80-80" for rule in rules), rules
    stage.edit("dual-stack", {"frontend": {"ipv6": None}})
    until("one rule is left", 60, lambda: len(stage.cloud.collection("forwardingRules")) == 1)
    status = stage.until_settled("dual-stack")["status"]
    assert "ipv6Address" not in status, status
    assert len(stage.cloud.collection("addresses")) == 2, "an edit gave an address away"
    stage.delete("dual-stack")
    stage.until_gone("dual-stack")
    until("nothing is left", 30, lambda: not stage.cloud.ours())
    refused = stage.cloud.refused()
    assert not refused, refused
