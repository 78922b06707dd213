"""Bad input of every kind. Each gives a condition or a log line that a person understands; what can work later is waited
for; only configuration that can't work ends the controller."""

import os
import subprocess

from cases import case
from harness import EXAMPLES, condition, kubeconfig_with, until
from test_life import CHAIN, nothing_refused

IMAGES = "projects/deeplearning-platform-release/global/images/family"


def ends(stage, code, words, *flags, **environment):
    """The controller ends at once with that exit code and says those words, which are returned; nothing is left of it."""
    command = [*stage.session.command("tflb-controller"), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False,
                          env={**os.environ, **environment})
    assert done.returncode == code and words in done.stderr, (flags, done.returncode, done.stdout, done.stderr)
    assert len(done.stderr) < 2000, f"{len(done.stderr)} bytes of complaint"
    return done.stderr


def write(stage, name, content):
    path = f"{stage.folder}/{name}"
    with open(path, "wb") as file:
        file.write(content)
    return path


@case
def wrong_flags(stage):
    """unknown flags, missing and bad values: exit 2, with the flag's name and the way to --help"""
    for flags, words in [
            (["--kubeconfg", "x"], "unknown flag --kubeconfg, the nearest is --kubeconfig; see tflb-controller --help"),
            (["-x"], "unknown flag -x; see tflb-controller --help"),
            (["--version=1"], "--version takes no value; see tflb-controller --help"),
            (["--context"], "--context needs a value; see tflb-controller --help"),
            (["everything"], "unexpected argument everything; see tflb-controller --help"),
            (["--drift-interval", "4"], "--drift-interval 4: must be 5s to 60m"),
            (["--drift-interval", "61m"], "--drift-interval 61m: must be 5s to 60m"),
            (["--leader-elect=maybe"], "--leader-elect maybe: must be true or false"),
            (["--leader-elect-retry-period", "soon"], "--leader-elect-retry-period soon: must be a time, such as 15s"),
            (["--leader-elect-resource-name", "A_b"], "--leader-elect-resource-name A_b: not a name of a Lease"),
            (["--leader-elect-lease-duration", "10s"], "the lease duration must be longer than the renew deadline"),
            (["--log-level", "loud"], "--log-level loud: must be debug, info, warn or error"),
            (["--log-format", "xml"], "--log-format xml: must be auto, text or json"),
            (["--namespace", "A_b"], "--namespace A_b: not a namespace name"),
            (["--cluster-id", ""], "--cluster-id : must be 1 to 253 letters, digits and -._:/")]:
        ends(stage, 2, words, *flags)
    usable = subprocess.check_output([*stage.session.command("tflb-controller"), "--help"], text=True)
    for flag in ("config", "kubeconfig", "context", "namespace", "compute-endpoint", "access-token-file", "cluster-id",
                 "drift-interval", "log-format", "log-level", "version", "help"):
        assert f"\n  --{flag} " in usable, usable


@case
def bad_config_file(stage):
    """configuration files that can't work: exit 2, with the file's name, the line and the key"""
    head = b"apiVersion: config.tflb.dev/v1alpha1\nkind: ControllerConfiguration\n"
    for name, content, words in [
            ("empty.yaml", b"", "must be a mapping with apiVersion: config.tflb.dev/v1alpha1"),
            ("unknown.yaml", head + b"driftIntervall: 30s\n",
             "line 3: unknown key driftIntervall; the nearest known key is driftInterval"),
            ("twice.yaml", head + b"user: a\nuser: b\n", 'line 4: "user" a second time'),
            ("election.yaml", head + b"leaderElection: {leaseDuration: 5s}\n",
             "leader election: the lease duration must be longer than the renew deadline"),
            ("binary.yaml", bytes(range(256)) * 8, "control characters are not allowed")]:
        path = write(stage, name, content)
        ends(stage, 2, words, "--config", path)
    ends(stage, 2, f"{stage.folder}/none.yaml: No such file", "--config", f"{stage.folder}/none.yaml")


@case
def configured_by_file(stage):
    """the file's settings are used, and a flag wins over it"""
    path = write(stage, "config.yaml", b"apiVersion: config.tflb.dev/v1alpha1\nkind: ControllerConfiguration\n"
                 b"kubeconfig: /no/such/file\ncontext: none\n")
    ends(stage, 1, "/no/such/file", "--config", path)
    ends(stage, 1, 'context "none" is not in contexts', "--config", path, "--kubeconfig", stage.plane.kubeconfig)


@case
def bad_kubeconfig(stage):
    """kubeconfigs that can't work: exit 1, with the file's name, the entry and why"""
    good = open(stage.plane.kubeconfig, "rb").read()
    for name, content, words in [
            ("empty", b"", "not a kubeconfig: it must be a mapping with clusters, users and contexts"),
            ("unclosed", b"clusters: [a\n", "line 2: did not find expected"),
            ("binary", bytes(range(256)) * 8, "control characters are not allowed"),
            ("deep", b"a: " + b"[" * 5000, "nested too deeply"),
            ("huge", b"a" * (8 << 20), "it is too large"),
            ("no-context", good.replace(b"current-context: tests", b"current-context: other"),
             'context "other" is not in contexts'),
            ("no-authority", good.replace(b"certificate-authority-data: ", b"certificate-authority-data: AAAA"),
             'cluster "tests" has certificate-authority-data that is not base64 of a PEM text'),
            ("no-server", good.replace(b"server: https", b"server: ftp"), 'it must look like https://HOST:PORT')]:
        path = write(stage, name, content)
        ends(stage, 1, f"kubeconfig {path}: ", "--kubeconfig", path)
        ends(stage, 1, words, "--kubeconfig", path)
    ends(stage, 1, "No such file", "--kubeconfig", f"{stage.folder}/none")
    ends(stage, 1, 'context "none" is not in contexts', "--kubeconfig", stage.plane.kubeconfig, "--context", "none")


@case
def bad_endpoint(stage):
    """an endpoint or token file that can't work: exit 1; tokens go by https only"""
    config = ["--kubeconfig", stage.plane.kubeconfig]
    ends(stage, 1, "is not an https:// address", *config, "--compute-endpoint", "ftp://example.com/")
    ends(stage, 1, "is plain http, which is allowed for 127.0.0.1, [::1] and localhost only", *config,
         "--compute-endpoint", "http://192.0.2.1/compute/v1/")
    ends(stage, 1, "no credentials: set GOOGLE_APPLICATION_CREDENTIALS to a credentials file", *config)
    ends(stage, 1, "No such file", *config, "--access-token-file", f"{stage.folder}/none")


@case
def bad_credentials(stage):
    """credentials files that can't work: exit 1, with the file's name and why, and nothing of what is in it"""
    for name, content, words in [
            ("none.json", None, "No such file"),
            ("empty.json", b"", "it is no JSON object"),
            ("binary.json", bytes(range(256)) * 8, "it is no JSON object"),
            ("huge.json", b'{"private_key": "canary-' + b"x" * (8 << 20), "it is too large"),
            ("unknown.json", b'{"type": "canary"}', 'its "type" canary is not one of'),
            ("half.json", b'{"type": "service_account", "client_email": "a@b", "private_key": "canary-key"}',
             'its "private_key": not a private RSA key'),
            ("elsewhere.json", b'{"type": "authorized_user", "client_id": "a", "client_secret": "canary-b", '
             b'"refresh_token": "canary-c", "token_uri": "https://example.com/"}', 'its "token_uri" must be an https:// address')]:
        path = f"{stage.folder}/{name}" if content is None else write(stage, name, content)
        for words in (path, words):
            said = ends(stage, 1, words, "--kubeconfig", stage.plane.kubeconfig, GOOGLE_APPLICATION_CREDENTIALS=path)
        assert "canary-" not in said, said


@case
def wrong_authority(stage):
    """a CA that did not sign the API server's certificate: said, and tried again"""
    key, authority = f"{stage.folder}/other.key", f"{stage.folder}/other.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=tflb tests", "-keyout", key, "-out", authority], check=True, capture_output=True)
    stage.start_cloud()
    stage.start_controller(kubeconfig=kubeconfig_with(stage, "wrong", authority=authority))
    stage.until_says(r"WARN +waiting for the API server .*the certificate is not accepted")
    assert stage.controller.popen.poll() is None


@case(weight=7)
def wrong_user(stage):
    """401 and 403 of the API server: who must be allowed what; and it works as soon as the token file holds a good one"""
    stage.start_cloud()
    token = write(stage, "token", b"wrong-token\n")
    stage.start_controller(kubeconfig=kubeconfig_with(stage, "kubeconfig", user={"tokenFile": token}))
    stage.until_says(r"WARN .*Unauthorized; the token or client certificate of the kubeconfig is wrong or has expired")
    stage.controller.stop()
    write(stage, "token", b"nobody-token\n")
    stage.start_controller(kubeconfig=kubeconfig_with(stage, "kubeconfig", user={"tokenFile": token}))
    stage.until_says(r'WARN .*User \\"nobody\\" cannot get resource \\"namespaces\\" .*; or give --cluster-id')
    stage.controller.stop()
    stage.start_controller("--cluster-id", "c", kubeconfig=kubeconfig_with(stage, "kubeconfig", user={"tokenFile": token}))
    stage.until_says(r'WARN .*User \\"nobody\\" cannot list resource \\"tfloadbalancerpolicies\\"')
    stage.create("tf")
    assert stage.cloud.requests() == [], "nothing is asked for who may not read"
    write(stage, "token", b"admin-token\n")
    stage.until_ready("tf", seconds=120)


@case
def cloud_refuses(stage):
    """401 and 403 of the cloud: PermissionDenied, Stalled, with the cloud's words; Ready once it is allowed"""
    stage.start_cloud("--require-token")
    token = write(stage, "token", b"\n")
    write(stage, "token", b"ya29.good\n")
    stage.start_controller("--access-token-file", token, "--project", "my-project")
    stage.cloud.fault(path="*/global/addresses*", method="POST", count=-1, answer={
        "status": 403, "reason": "forbidden", "message": "Required 'compute.addresses.create' permission for 'projects/my-project'"})
    stage.create("tf")
    found = stage.until_condition("tf", "Stalled", "PermissionDenied")
    assert "Required 'compute.addresses.create' permission" in found["message"], found
    assert condition(stage.get("tf"), "Ready")["reason"] == "PermissionDenied"
    stage.cloud.forget_faults()
    stage.until_ready("tf", seconds=90)
    assert all(line["status"] != 401 for line in stage.cloud.requests())


@case
def no_token(stage):
    """a cloud that wants a token and gets none: Stalled, and the message says so"""
    stage.start_cloud("--require-token")
    stage.start_controller()
    stage.create("tf")
    found = stage.until_condition("tf", "Stalled", "PermissionDenied")
    assert "token" in found["message"] or "credential" in found["message"], found
    assert stage.cloud.ours() == {}


@case
def unknown_machine_type(stage):
    """no-such-machine.yaml: the group's machines can't be created; zone, machine and the cloud's words stand in the status"""
    stage.start()
    stage.apply("no-such-machine.yaml")
    found = until("the status says so", 60, lambda: reason(stage, "no-such-machine", "MachinesFailing"))
    for words in ("pool workers", "us-central1-a", "n1-standard-5"):
        assert words in found["message"], found
    pool = stage.get("no-such-machine")["status"]["pools"][0]
    assert pool["errors"][0]["zone"] == "us-central1-a" and pool["errors"][0]["machine"], pool
    stage.edit("no-such-machine", {"template": {"machineType": "n1-standard-4"}})
    stage.until_ready("no-such-machine", seconds=90)


def reason(stage, name, wanted):
    found = condition(stage.get(name), "Ready")
    return found if found and found["reason"] == wanted else None


@case(weight=4)
def withdrawn_image(stage):
    """withdrawn-image.yaml: ImageNotFound with a current one suggested; Ready once the family is back"""
    stage.start()
    stage.apply("withdrawn-image.yaml")
    found = stage.until_condition("withdrawn-image", "Stalled", "ImageNotFound")
    assert f"{IMAGES}/tf-latest-cpu was not found" in found["message"], found
    assert f"such as {IMAGES}/common-cu129-ubuntu-2204-nvidia-580" in found["message"], found
    assert not stage.cloud.collection("instanceTemplates") and not stage.cloud.collection("instanceGroupManagers")
    stage.cloud.world(imageFamily={"project": "deeplearning-platform-release", "family": "tf-latest-cpu", "state": "ACTIVE"})
    stage.until_ready("withdrawn-image", seconds=120)


@case
def missing_network(stage):
    """a network that is not there: Stalled, and the message names it; an edit mends it"""
    stage.start()
    stage.create("tf", template={"image": f"{IMAGES}/common-cu129-ubuntu-2204-nvidia-580", "network": "nowhere"})
    found = stage.until_condition("tf", "Stalled", "ReferenceNotFound")
    assert "nowhere" in found["message"], found
    stage.edit("tf", {"template": {"network": "default"}})
    stage.until_ready("tf", seconds=90)


@case
def foreign_resource(stage):
    """somebody else's resource under our name: Conflict, left alone; built once it is out of the way"""
    stage.start()
    stage.create("tf", suspend=True)
    prefix = until("our prefix", 20, lambda: stage.get("tf")["status"].get("resourcePrefix"))
    name = f"{prefix}tf-health-check"
    path = f"projects/my-project/global/healthChecks/{name}"
    stage.cloud.call("POST", os.path.dirname(path), {"name": name, "type": "TCP", "tcpHealthCheck": {"port": 7}})
    before = stage.cloud.get(path)
    stage.edit("tf", {"suspend": False})
    found = stage.until_condition("tf", "Stalled", "Conflict")
    assert f"{name} exists and does not carry our mark" in found["message"], found
    stage.delete("tf")
    stage.until_gone("tf")
    assert stage.cloud.get(path) == before, "a stranger's resource was touched"
    assert list(stage.cloud.ours()) == [path], sorted(stage.cloud.ours())
    stage.create("tf")
    stage.until_condition("tf", "Stalled", "Conflict")
    stage.cloud.call("DELETE", path)
    stage.until_ready("tf", seconds=120)


@case
def long_name(stage):
    """a name of 63 characters works; one of 64 is refused by the API server"""
    stage.start()
    name = "n" + "o" * 61 + "w"
    stage.create(name)
    stage.until_ready(name)
    assert len(stage.cloud.ours()) == len(CHAIN), sorted(stage.cloud.ours())
    assert all(len(body["name"]) <= 63 for body in stage.cloud.ours().values()), sorted(stage.cloud.ours())
    stage.delete(name)
    stage.until_gone(name)
    nothing_refused(stage)
    text = stage.kubectl("apply", "-f", "-", text=example(name + "x"), fails=True)
    assert "at most 63" in text, text


def example(name):
    with open(f"{EXAMPLES}/minimal.yaml", encoding="utf-8") as file:
        return file.read().replace("name: minimal", f"name: {name}")


@case
def one_address_claimed_twice(stage):
    """two objects that name one address: the older wins, the younger is told who has it, and follows when it goes"""
    stage.start()
    stage.cloud.call("POST", "projects/my-project/global/addresses", {"name": "front"})
    frontend = {"address": {"type": "Named", "name": "front"}}
    stage.create("older", frontend=frontend)
    first = stage.until_ready("older")
    until("another second", 3, lambda: created_later(stage, first))
    stage.create("younger", frontend=frontend)
    found = stage.until_condition("younger", "Stalled", "Conflict")
    assert f"claimed by the older TFLoadBalancer {stage.namespace}/older" in found["message"], found
    assert first["status"]["address"] == stage.cloud.get("projects/my-project/global/addresses/front")["address"]
    stage.delete("older")
    stage.until_gone("older")
    assert stage.until_ready("younger", seconds=90)["status"]["address"] == first["status"]["address"]


def created_later(stage, item):
    """Creation times have whole seconds."""
    status, probe = stage.plane.api.call("POST", f"/api/v1/namespaces/{stage.namespace}/configmaps?dryRun=All",
                                         {"metadata": {"name": "probe"}})
    assert status == 201, probe
    return probe["metadata"]["creationTimestamp"] > item["metadata"]["creationTimestamp"]


# name -> (the answer, what the log says of it)
SPOILT = {
    "empty": ("", "Compute Engine's answer cannot be used: it is empty"),
    "truncated": ('{"kind": "compute#operation", "name": "oper', "a string without end"),
    "not-json": ("<html><body>Welcome to the hotel</body></html>", "not valid JSON: something unexpected"),
    "wrong-shape": ('[{"kind": 7}]', "it is no JSON object"),
    "too-large": ('{"kind": "compute#healthCheckList", "items": [{"name": "' + "x" * (2 << 20) + '"}]}', "larger than"),
}


ONE_LIST = {"path": "*/global/healthChecks", "method": "GET"}


def inserts(name):
    """(requests, how many) whose answers are bad: first calls that only a chain at work makes, so that nobody else uses them up. Then
    reads of its own resources, whose names hold the object's: there are some, unless a list shows first what they would tell."""
    if name == "too-large":
        return [(ONE_LIST, 2)]
    return [({"path": "*/global/*s", "method": "POST"}, 4), ({"path": f"*-{name}-*", "method": "GET"}, 3)]


def deletes(name):
    return [(ONE_LIST, 2) if name == "too-large" else ({"path": f"*-{name}-*", "method": "DELETE"}, 3)]


def spoil(stage, name, bad, act):
    """The next answers to what act brings about are bad."""
    body, words = SPOILT[name]
    for requests, count in bad:
        stage.cloud.fault(**requests, count=count, answer={"status": 200, "body": body, "contentType": "application/json"})
    act(name)
    until("the first of the bad answers are used up", 60, lambda: stage.cloud.control("GET", "faults")["faults"][-len(bad)]["hits"]
          == bad[0][1])
    until(f"the log has: {words}", 30, lambda: words in stage.controller.text())


@case(weight=6)
def spoilt_answers(stage):
    """answers of the cloud that are empty, truncated, not JSON, of the wrong shape or too large: one chain each, made once"""
    stage.start()
    for name in SPOILT:
        spoil(stage, name, inserts(name), stage.create)
    for name in SPOILT:
        stage.until_ready(name, seconds=120)
    assert len(stage.cloud.ours()) == len(SPOILT) * len(CHAIN), sorted(stage.cloud.ours())
    assert stage.cloud.failed_operations() == []


@case(weight=6)
def spoilt_deletes(stage):
    """the same while chains are taken down: nothing lost, nothing left, and the neighbour's chain stays"""
    stage.start()
    names = [*SPOILT, "neighbour"]
    for name in names:
        stage.create(name)
    for name in names:
        stage.until_ready(name)
    neighbours = stage.get("neighbour")["status"]["resourcePrefix"]
    for name in SPOILT:
        spoil(stage, name, deletes(name), stage.delete)
    for name in SPOILT:
        stage.until_gone(name, seconds=120)
    assert set(stage.cloud.ours()) == set(stage.cloud.ours(neighbours)), sorted(stage.cloud.ours())
    assert len(stage.cloud.ours(neighbours)) == len(CHAIN), sorted(stage.cloud.ours())
