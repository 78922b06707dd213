"""The controller as in the pods of the manifests: their arguments, environment, mounts and probes, and their service account."""

import http.client
import json
import os
import shutil
import socket
import subprocess

from apiserver import events_path, objects_path
from cases import case
from harness import Process, Skipped, until
from janitor import ROOT
from manifests import output
from test_applied import apply, deployment_of

POD = f"{ROOT}/tests/deploy/pod"
MOUNTS = "/var/run/secrets"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Pod:
    """One of a Deployment's. What the kubelet mounts into it is in a folder of the case."""

    def __init__(self, stage, folder, surroundings=None):
        """surroundings: variables of what is around the pod."""
        self.stage, self.surroundings = stage, surroundings or {}
        self.deployment = deployment_of(stage, folder)
        self.namespace = self.deployment["metadata"]["namespace"]
        self.container, = self.deployment["spec"]["template"]["spec"]["containers"]
        self.ports = {port["name"]: free_port() for port in self.container["ports"]}
        self.secrets = f"{stage.folder}/secrets"
        self.mount_account()

    def mount_account(self):
        account = f"{self.secrets}/kubernetes.io/serviceaccount"
        os.makedirs(account)
        shutil.copy(f"{self.stage.plane.folder}/ca.crt", account)
        token = self.stage.plane.token(self.deployment["spec"]["template"]["spec"]["serviceAccountName"], self.namespace)
        for name, content in (("token", token), ("namespace", self.namespace)):
            with open(f"{account}/{name}", "w", encoding="ascii") as file:
                file.write(content)

    def mounted(self, volume):
        """Where a volume's files are before the container sees them."""
        path, = (mount["mountPath"] for mount in self.container["volumeMounts"] if mount["name"] == volume)
        assert path.startswith(f"{MOUNTS}/"), path
        return path.replace(MOUNTS, self.secrets)

    def environment(self):
        made = {item["name"]: item["value"] for item in self.container.get("env", [])}
        return {**made, "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.stage.plane.api.port),
                **self.surroundings}

    def arguments(self):
        """The Deployment's, and after them the ports of this run, the emulator in place of Google, and more haste."""
        flags = {"metrics": "--metrics-bind-address", "health": "--health-probe-bind-address"}
        for port in self.container["ports"]:
            assert f"{flags[port['name']]}=:{port['containerPort']}" in self.container["args"], port
        ours = [f"{flags[name]}=127.0.0.1:{port}" for name, port in self.ports.items()]
        return [*self.container["args"], *ours, f"--compute-endpoint={self.stage.cloud.endpoint}", "--drift-interval=5s"]

    def start(self):
        if subprocess.run([POD, self.secrets, "/bin/true"], check=False).returncode == 77:
            raise Skipped("nothing can be mounted here")
        environment = [f"{name}={value}" for name, value in self.environment().items()]
        command = [POD, self.secrets, *environment, *self.stage.session.command("tflb-controller"), *self.arguments()]
        process = Process(self.stage.session, command, f"{self.stage.folder}/{self.namespace}.log")
        self.stage.processes.append(process)
        self.stage.controller = process
        until("it is alive", 10, lambda: self.probe("livenessProbe") or process.popen.poll() is not None)
        until("it is ready", 20, lambda: self.probe("readinessProbe") or process.popen.poll() is not None)
        self.stage.until_says("this replica leads")

    def probe(self, name):
        """Whether the kubelet would be content."""
        asked = self.container[name]["httpGet"]
        return self.get(asked["port"], asked["path"]) is not None

    def get(self, port, path):
        """What is answered with 200, or None."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[port], timeout=90)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.read().decode() if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def peak(self):
        """The most memory that it held, in bytes."""
        with open(f"/proc/{self.stage.controller.popen.pid}/status", encoding="ascii") as file:
            line, = (line for line in file if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024


def write_key(pod):
    """What the Secret holds, outside of Google's own universe: there the signed text itself is the token."""
    folder = pod.mounted("google")
    os.makedirs(folder)
    key = f"{pod.stage.folder}/key.pem"
    output("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    with open(key, encoding="ascii") as pem, open(f"{folder}/credentials.json", "w", encoding="utf-8") as file:
        json.dump({"type": "service_account", "client_email": "tflb@my-project.iam.gserviceaccount.com",
                   "private_key": pem.read(), "private_key_id": "1", "universe_domain": "cloud.test"}, file)


def live(stage, namespace):
    stage.create("tf", namespace)
    stage.until_ready("tf", namespace)
    status, found = stage.plane.api.call("DELETE", objects_path(namespace, "tf"))
    assert status == 200, found
    stage.until_gone("tf", namespace)
    assert not stage.cloud.ours()
    assert stage.plane.api.call("GET", events_path(namespace))[1]["items"], "events can be written"


def play_life(stage, folder, prepare=None, surroundings=None):
    apply(stage, folder)
    pod = Pod(stage, folder, surroundings)
    if prepare:
        prepare(pod)
    pod.start()
    live(stage, pod.namespace)
    assert "tflb_reconcile_total" in pod.get("metrics", "/metrics")
    limit = pod.container["resources"]["limits"]["memory"]
    assert limit.endswith("Mi") and pod.peak() < int(limit[:-2]) << 20, pod.peak()
    assert stage.controller.stop() == 0
    assert not stage.controller.says("forbidden"), stage.controller.text()


@case
def for_all_namespaces(stage):
    """deploy/: probes are content, and a chain is made and deleted"""
    stage.start_cloud()
    play_life(stage, "deploy")


@case
def for_one_namespace(stage):
    """the overlay for one namespace: so there"""
    stage.start_cloud()
    play_life(stage, "deploy/overlays/single-namespace")


@case
def key_in_secret(stage):
    """the overlay with credentials in a Secret: so where the cloud asks for a token"""
    stage.start_cloud("--require-token")
    play_life(stage, "deploy/overlays/key-in-secret", write_key)


@case
def workload_identity(stage):
    """the overlay for GKE: so with tokens of the metadata server"""
    port_file = f"{stage.folder}/metadata-port"
    stage.start_cloud("--issued-tokens-only", "--metadata-listen", "127.0.0.1:0", "--metadata-port-file", port_file)
    with open(port_file, encoding="ascii") as file:
        host = f"127.0.0.1:{file.read().strip()}"
    play_life(stage, "deploy/overlays/workload-identity", surroundings={"GCE_METADATA_HOST": host})
