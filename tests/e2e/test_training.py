"""Training clusters: what each machine makes of its metadata at boot, and what TensorFlow makes of that."""

import http.client
import json
import os
import stat
import subprocess

from cases import case
from harness import until

ZONE = "us-central1-a"
CONTAINER = {"container": {"image": "us-docker.pkg.dev/my-project/training/mnist:1"}}
SCRIPT = {"image": "projects/debian-cloud/global/images/family/debian-12",
          "startupScript": "#!/usr/bin/env python3\nimport os\nprint(os.environ['TF_CONFIG'])\n"}
TENSORFLOW = os.environ.get("TFLB_TENSORFLOW")  # a Python that has it; the group `tensorflow` sets it

# Prints for each TF_CONFIG, one a line, what TensorFlow takes itself for.
ASK = """
import json, os, sys
import tensorflow
for line in sys.stdin:
    os.environ["TF_CONFIG"] = line
    found = tensorflow.distribute.cluster_resolver.TFConfigClusterResolver()
    cluster = found.cluster_spec().as_dict()
    master = found.master() if found.task_type in cluster else None  # an evaluator is nobody's server
    print(json.dumps([cluster, found.task_type, found.task_id, master]))
"""


def pools(workers):
    return [{"name": "chief", "zone": ZONE, "role": "CHIEF", "replicas": 1, "template": CONTAINER},
            {"name": "workers", "zone": ZONE, "role": "WORKER", "replicas": workers, "template": CONTAINER},
            {"name": "more", "zone": "us-central1-b", "role": "WORKER", "replicas": 1, "template": SCRIPT},
            {"name": "ps", "zone": ZONE, "role": "PS", "replicas": 2, "template": SCRIPT},
            {"name": "eval", "zone": ZONE, "role": "EVALUATOR", "replicas": 1, "template": SCRIPT}]


class Machine:
    """One that boots, with the emulator's metadata server as its own."""

    def __init__(self, stage, port, link):
        self.folder, self.port = f"{stage.folder}/boot", port
        self.host = f"127.0.0.1:{port}/{link.split('/compute/v1/')[1]}"
        self.name = link.rsplit("/", 1)[1]
        os.makedirs(self.folder, exist_ok=True)

    def attribute(self, key):
        """None: there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        path = self.host.split("/", 1)[1]
        connection.request("GET", f"/{path}/computeMetadata/v1/instance/attributes/{key}", headers={"Metadata-Flavor": "Google"})
        response = connection.getresponse()
        text = response.read().decode("utf-8")
        connection.close()
        return text if response.status == 200 else None

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{self.folder}/{name}", stat.S_IRWXU)
        return f"{self.folder}/{name}"

    def run(self, *command):
        environment = {"PATH": f"{self.folder}:{os.environ['PATH']}", "GCE_METADATA_HOST": self.host}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def boot(self):
        """TF_CONFIG of what it runs."""
        user_data = self.attribute("user-data")
        if not user_data:
            return self.run(self.write("startup-script", self.attribute("startup-script")))
        for program in ("iptables", "docker-credential-gcr", "mkdir"):  # of the machine that the test runs on nothing is changed
            self.write(program, "#!/bin/sh\n")
        self.write("docker", '#!/bin/sh\ncase "$1 $*" in run*--env=TF_CONFIG*) echo "$TF_CONFIG" ;; esac\n')
        script = user_data.split("- path: /etc/tflb/container\n")[1].split("\n- path: ")[0].split("  content: |\n")[1]
        return self.run("sh", self.write("container", "\n".join(line[4:] for line in script.split("\n"))))


def start(stage):
    port_file = f"{stage.folder}/metadata-port"
    stage.start_cloud("--metadata-listen", "127.0.0.1:0", "--metadata-port-file", port_file)
    stage.start_controller()
    with open(port_file, encoding="ascii") as file:
        return int(file.read())


def tasks_of(cluster, evaluator):
    """name of the machine -> type and index, as the cluster has them."""
    tasks = {address.split(".")[0]: (kind, index) for kind, addresses in cluster.items() for index, address in enumerate(addresses)}
    return {**tasks, evaluator: ("evaluator", 0)}


def ask_tensorflow(configs):
    done = subprocess.run([TENSORFLOW, "-c", ASK], input="\n".join(configs), check=False, capture_output=True, text=True, timeout=600,
                          env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""})
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_tensorflow(configs, cluster):
    for config, (seen, kind, index, master) in zip(configs, ask_tensorflow(configs), strict=True):
        task = json.loads(config)["task"]
        assert seen == cluster, (seen, cluster)
        assert (kind, index) == (task["type"], task["index"]), (kind, index, task)
        assert master == (cluster[kind][index] if kind in cluster else None), master


def check_machines(stage, port):
    """Every machine of the cluster boots with the TF_CONFIG of its own task."""
    cluster = stage.get("tf")["status"]["training"]["cluster"]
    machines = [Machine(stage, port, machine["instance"]) for machine in stage.cloud.machines()]
    evaluator, = [machine.name for machine in machines if machine.name.startswith("tf-eval-")]
    tasks = tasks_of(cluster, evaluator)
    assert {machine.name for machine in machines} == set(tasks), (machines, tasks)
    configs = [machine.boot() for machine in machines]
    for machine, config in zip(machines, configs):
        kind, index = tasks[machine.name]
        assert json.loads(config) == {"cluster": cluster, "task": {"type": kind, "index": index}}, (machine.name, config)
    if TENSORFLOW:
        check_tensorflow(configs, cluster)


@case(weight=2)
def training(stage):
    """a cluster of every role: each machine, by container or startup script, gets its own TF_CONFIG; one more worker, and all do"""
    port = start(stage)
    stage.create("tf", training={"port": 3333}, template={}, pools=pools(2))
    item = stage.until_settled("tf")
    assert [entry["reason"] for entry in item["status"]["conditions"] if entry["type"] == "Ready"] == ["Running"], item["status"]
    assert not [path for path in stage.cloud.ours() if "forwardingRules" in path or "addresses" in path]
    assert all(address.endswith(":3333") for addresses in item["status"]["training"]["cluster"].values() for address in addresses)
    check_machines(stage, port)
    names = {machine["name"] for machine in stage.cloud.machines()}
    stage.edit("tf", {"pools": pools(3)})
    stage.until_settled("tf")
    until("one more machine", 60, lambda: len(stage.cloud.machines()) == len(names) + 1)
    assert names < {machine["name"] for machine in stage.cloud.machines()}
    check_machines(stage, port)
    assert not stage.cloud.refused(), stage.cloud.refused()
    stage.delete("tf")
    stage.until_gone("tf")
    assert not stage.cloud.ours(), sorted(stage.cloud.ours())
