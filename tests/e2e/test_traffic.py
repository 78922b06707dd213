"""Traffic as a user steers it: two versions behind one map, a front of both protocols, files of a bucket beside a model, and who may
have them."""

import hashlib
import json

from cases import case
from harness import condition, until
from test_https import let_read, look_again
from test_policy import drop_policy, policy

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


def leaves_nothing(stage, name):
    stage.delete(name)
    stage.until_gone(name)
    until("nothing is left", 30, lambda: not stage.cloud.ours())
    refused = stage.cloud.refused()
    assert not refused, refused


@case
def routes(stage):
    """9 of 10 and 1 of 10, then half and half, in place; a route test that fails changes nothing; then everything to one"""
    stage.start()
    stage.create("tf", pools=POOLS, serving={"drainingTimeoutSec": 1}, backends=[{"name": "v2", "serving": {"timeoutSec": 120}}],
                 **split(90, 10))
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
    leaves_nothing(stage, "dual-stack")


@case
def static_site(stage):
    """the example: a cached bucket beside a model, whose pages stand in when no machine answers; then it goes, and the model stays"""
    policy(stage, {"serviceAccounts": ["serving@my-project.iam.gserviceaccount.com"], "buckets": ["my-project-site"]})
    stage.start()
    stage.apply("static-site.yaml")
    stage.until_settled("static-site")
    path, = stage.cloud.collection("backendBuckets")
    bucket = stage.cloud.get(path)
    assert (bucket["bucketName"], bucket["enableCdn"], bucket["cdnPolicy"]["defaultTtl"]) == ("my-project-site", True, 300), bucket
    url_map, = stage.cloud.collection("urlMaps")
    site, = stage.cloud.get(url_map)["pathMatchers"]
    assert site["defaultService"].endswith(path), site
    rule, = site["pathRules"]
    assert rule["customErrorResponsePolicy"]["errorService"].endswith(path), rule
    stage.edit("static-site", {"routes": None, "routeTests": None, "backends": None})
    until("the bucket is free again", 60, lambda: not stage.cloud.collection("backendBuckets"))
    stage.until_settled("static-site")
    leaves_nothing(stage, "static-site")
    drop_policy(stage)


def url_key(letter):
    return "canary-" + letter * 14 + "A=="


@case
def signed_urls(stage):
    """the example: a key of signed URLs out of a Secret; one more, and the first goes; no key is told or sent twice"""
    policy(stage, {"buckets": ["my-project-files"]})
    stage.kubectl("create", "secret", "generic", "url-keys", f"--from-literal=june={url_key('x')}", f"--from-literal=july={url_key('y')}")
    stage.start()
    stage.apply("signed-urls.yaml")
    let_read(stage, "url-keys", "signed-urls")
    stage.until_settled("signed-urls")
    path, = stage.cloud.collection("backendBuckets")
    spec = stage.get("signed-urls")["spec"]["backends"]

    def names():
        return stage.cloud.get(path)["cdnPolicy"].get("signedUrlKeyNames", [])
    assert names() == ["june"], names()
    keys = spec[0]["bucket"]["cdnPolicy"]["signedUrlKeys"]
    keys.append({"name": "july", "secretRef": {"name": "url-keys", "key": "july"}})
    stage.edit("signed-urls", {"backends": spec})
    until("both are there", 60, lambda: sorted(names()) == ["july", "june"])
    del keys[0]
    stage.edit("signed-urls", {"backends": spec})
    until("the first is gone", 60, lambda: names() == ["july"])
    stage.until_settled("signed-urls")
    calls = [request["path"] for request in stage.cloud.writes() if "SignedUrlKey" in request["path"]]
    assert len(calls) == 3, calls
    leaves_nothing(stage, "signed-urls")
    drop_policy(stage)


@case
def iap(stage):
    """the example: sign-in with a client of the user's own; a new secret in the Secret reaches the cloud, which never shows either"""
    stage.kubectl("create", "secret", "generic", "web-client", "--from-literal=secret=canary-first")
    stage.start()
    stage.apply("iap.yaml")
    let_read(stage, "web-client", "iap")
    stage.until_settled("iap")
    path, = stage.cloud.collection("backendServices")

    def is_sent(secret):
        return stage.cloud.get(path)["iap"].get("oauth2ClientSecretSha256") == hashlib.sha256(secret.encode()).hexdigest()
    assert is_sent("canary-first"), stage.cloud.get(path)["iap"]
    stage.kubectl("patch", "secret", "web-client", "-p", json.dumps({"stringData": {"secret": "canary-second"}}))
    look_again(stage, "iap")
    until("the new secret is there", 60, lambda: is_sent("canary-second"))
    stage.until_settled("iap")
    leaves_nothing(stage, "iap")
