"""Who we are changes while we watch, and what we are allowed: tokens, and priority and fairness."""

import contextlib
import json
import os
import shutil
import subprocess
import threading
import time

from apiserver import ApiServer
from cases import case
from gate import Tunnel
from harness import Skipped, kubeconfig_with, until
from proxy import Proxy
from table import Table, watched
from test_streams import gated
from things import Churn, Things

RBAC = "/apis/rbac.authorization.k8s.io/v1"
FLOW = "/apis/flowcontrol.apiserver.k8s.io/v1"


def post(stage, path, body):
    status, answer = stage.plane.api.call("POST", path, body)
    assert status == 201, answer


def bind(stage, name, **subject):
    """The subject may see things."""
    post(stage, f"{RBAC}/namespaces/{stage.namespace}/rolebindings", {
        "metadata": {"name": name}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "watcher"},
        "subjects": [{**subject, "name": name}]})


def account(stage, name):
    """A service account that may see things; its token."""
    post(stage, f"/api/v1/namespaces/{stage.namespace}/serviceaccounts", {"metadata": {"name": name}})
    bind(stage, name, kind="ServiceAccount", namespace=stage.namespace)
    return stage.plane.token(name, stage.namespace)


def role(stage):
    post(stage, f"{RBAC}/namespaces/{stage.namespace}/roles", {
        "metadata": {"name": "watcher"},
        "rules": [{"apiGroups": ["tests.tflb.dev"], "resources": ["things"], "verbs": ["get", "list", "watch"]}]})


def write(path, text):
    """As the kubelet does it: another file under the same name."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text + "\n")
    os.rename(path + ".new", path)


def status_with(stage, token, path):
    return ApiServer(stage.plane.folder, token).send("GET", path)[0]


@case(weight=4)
def token_rotates(stage):
    """the token in the file is replaced, and the old one is refused: the watch goes on, without a list and without trouble"""
    role(stage)
    old, new = account(stage, "old"), account(stage, "new")
    path = f"{stage.folder}/token"
    write(path, old)
    gate, kubeconfig = gated(stage, {"tokenFile": path})
    things = Things(stage.plane.api, stage.namespace)
    until("the role works", 20, lambda: status_with(stage, old, things.path) == 200)
    table = watched(stage, kubeconfig, things)
    before = table.counts()
    with Churn(things) as churn:
        assert stage.plane.api.send("DELETE", f"/api/v1/namespaces/{stage.namespace}/serviceaccounts/old")[0] == 200
        until("the old token is refused", 30, lambda: status_with(stage, old, things.path) == 401, pause=0.5)
        write(path, new)
        churn.wait(20)
        gate.cut()
        churn.wait(20)
    counts = table.exactly(churn.done, before)
    assert "Unauthorized" not in counts["troubles"], counts
    gate.finish()


def gke_entry(stage, token):
    """A user as gcloud container clusters get-credentials writes one; gcloud is logged in with the token of the file."""
    if not shutil.which("gke-gcloud-auth-plugin"):
        raise Skipped("gke-gcloud-auth-plugin is not installed")
    variables = {"HOME": stage.folder, "CLOUDSDK_CONFIG": f"{stage.folder}/gcloud", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": token,
                 "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true", "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false"}
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "gke-gcloud-auth-plugin",
                     "installHint": "Install gke-gcloud-auth-plugin", "provideClusterInfo": True,
                     "env": [{"name": name, "value": value} for name, value in variables.items()]}}


@case(weight=4)
def plugin_of_gke(stage):
    """Google's own gke-gcloud-auth-plugin: its token is used, another one when that is refused; and what it complains of is told"""
    role(stage)
    old, new = account(stage, "old"), account(stage, "new")
    path = f"{stage.folder}/token"
    gate, kubeconfig = gated(stage, gke_entry(stage, path))
    things = Things(stage.plane.api, stage.namespace)
    until("the role works", 20, lambda: status_with(stage, new, things.path) == 200)
    table = Table(stage, kubeconfig, things)
    until("the plugin says what is wrong", 60, lambda: "Unable to read file" in table.text())
    write(path, old)
    table.settle(90)
    before = table.counts()
    with Churn(things) as churn:
        time.sleep(10)  # it is not run again sooner
        assert stage.plane.api.send("DELETE", f"/api/v1/namespaces/{stage.namespace}/serviceaccounts/old")[0] == 200
        until("the old token is refused", 30, lambda: status_with(stage, old, things.path) == 401, pause=0.5)
        write(path, new)
        gate.cut()
        churn.wait(20)
    counts = table.exactly(churn.done, before)
    assert "Unauthorized" not in counts["troubles"], counts
    gate.finish()


def with_cluster(path, **members):
    """The kubeconfig with more in its cluster's entry, or without what is None."""
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    cluster = {**config["clusters"][0]["cluster"], **members}
    config["clusters"][0]["cluster"] = {name: value for name, value in cluster.items() if value is not None}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return path


@case(weight=3)
def as_another_by_proxy(stage):
    """a proxy that alone knows where the API server is, a certificate of another name, and somebody else's rights by impersonation"""
    role(stage)
    tunnel = Tunnel(stage.plane.api.port)
    user = {**stage.plane.user, "as": "somebody", "as-groups": ["watchers"], "as-user-extra": {"scopes": ["view"]}}
    kubeconfig = with_cluster(kubeconfig_with(stage, "proxied", user=user, server="https://apiserver.invalid:6443"), **{
        "proxy-url": f"http://127.0.0.1:{tunnel.port}", "tls-server-name": "localhost"})
    things = Things(stage.plane.api, stage.namespace)
    table = Table(stage, kubeconfig, things)
    until("somebody else may not", 30, lambda: 'User "somebody" cannot list resource "things"' in table.text())
    bind(stage, "watchers", kind="Group", apiGroup="rbac.authorization.k8s.io")
    before = table.settle()
    with Churn(things) as churn:
        churn.wait(15)
        tunnel.cut()
        churn.wait(15)
    table.exactly(churn.done, before)
    assert set(tunnel.asked) == {"CONNECT apiserver.invalid:6443 HTTP/1.1"}, tunnel.asked
    tunnel.finish()


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    """A private one: its certificate is a file, and it signs what the proxy shows."""

    def __init__(self, folder, name):
        self.folder, self.key, self.path = folder, f"{folder}/{name}.key", f"{folder}/{name}.crt"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-keyout", self.key, "-out", self.path)

    def text(self):
        with open(self.path, encoding="ascii") as file:
            return file.read()

    def signs(self):
        """Another key and certificate, where the proxy reads them when it starts."""
        key, request, certificate = (f"{self.folder}/apiserver.{end}" for end in ("key", "csr", "crt"))
        names = f"{self.folder}/names"
        write(names, "subjectAltName=IP:127.0.0.1")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=kube-apiserver", "-keyout", key,
                "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self.key, "-CAcreateserial", "-days", "1", "-extfile", names,
                "-out", certificate)


def trusting(stage, authority, **other):
    """A kubeconfig that names the authority's file."""
    return with_cluster(kubeconfig_with(stage, "trusting", **other), **{
        "certificate-authority-data": None, "certificate-authority": authority})


@case(weight=4)
def certificate_rotates(stage):
    """the server shows another certificate, then one of another authority: once the file has that, the watch goes on, without a list"""
    folder, trusted = f"{stage.folder}/certificates", f"{stage.folder}/trusted.crt"
    os.mkdir(folder)
    first, second = Authority(folder, "first"), Authority(folder, "second")
    write(trusted, first.text())
    first.signs()
    proxy = Proxy(stage, f"127.0.0.1,{stage.plane.api.port};;tls;proto=h2", folder, "--insecure")
    things = Things(stage.plane.api, stage.namespace)
    table = watched(stage, trusting(stage, trusted, server=f"https://127.0.0.1:{proxy.port}"), things)
    before = table.counts()
    with Churn(things) as churn:
        churn.wait(15)
        first.signs()
        proxy.reset()
        churn.wait(15)
        assert "certificate" not in table.text().replace("certificate-rotates", ""), table.text()
        second.signs()
        proxy.reset()
        # Each try that the proxy's starts refused made the next wait longer, up to 30 s.
        until("the new authority is not trusted", 90, lambda: "the certificate is not accepted" in table.text())
        write(trusted, second.text())
        churn.wait(15)
    table.exactly(churn.done, before)


def refuse(stage, user):
    """Priority and fairness have no room for the user from now on. Returns the function that takes it back."""
    name = f"none-for-{stage.namespace}"
    post(stage, f"{FLOW}/prioritylevelconfigurations", {"metadata": {"name": name}, "spec": {
        "type": "Limited", "limited": {"nominalConcurrencyShares": 0, "lendablePercent": 0, "borrowingLimitPercent": 0,
                                       "limitResponse": {"type": "Reject"}}}})
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": True}
    post(stage, f"{FLOW}/flowschemas", {"metadata": {"name": name}, "spec": {
        "matchingPrecedence": 2, "priorityLevelConfiguration": {"name": name},
        "rules": [{"subjects": [{"kind": "User", "user": {"name": user}}], "resourceRules": [everything]}]}})
    return lambda: stage.plane.api.send("DELETE", f"{FLOW}/flowschemas/{name}")


@contextlib.contextmanager
def occupied(stage, token, path):
    """Somebody else under the same name asks without a pause: a level without seats still lets one request run at a time."""
    enough = threading.Event()

    def ask():
        api = ApiServer(stage.plane.folder, token)
        while not enough.is_set():
            with contextlib.suppress(OSError):
                api.send("GET", path)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    yield
    enough.set()
    for thread in threads:
        thread.join(30)


@case(weight=3)
def refused(stage):
    """priority and fairness have no room for us (429, Retry-After): we wait, and go on at the same version"""
    role(stage)
    token = account(stage, "watcher")
    gate, kubeconfig = gated(stage, {"token": token})
    things = Things(stage.plane.api, stage.namespace)
    for i in range(3):
        things.create(f"large-{i}", text="x" * 1_000_000)
    until("the role works", 20, lambda: status_with(stage, token, things.path) == 200)
    table = watched(stage, kubeconfig, things)
    before = table.counts()

    def we_are_refused():
        gate.cut()
        return "TooManyRequests" in table.counts()["troubles"]

    with Churn(things) as churn:
        allow = refuse(stage, f"system:serviceaccount:{stage.namespace}:watcher")
        with occupied(stage, token, things.path):
            until("we are refused", 40, we_are_refused, pause=0.5)
        churn.wait(20)
        allow()
    table.exactly(churn.done, before)
    gate.finish()
