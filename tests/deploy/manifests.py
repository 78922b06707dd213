"""What kustomize and helm make of deploy/, as objects, and the tools themselves."""

import functools
import subprocess

import yaml

from harness import Failure
from janitor import ROOT

CHART = f"{ROOT}/deploy/helm/tflb"

# What each overlay is with the chart: the release's namespace, and values.
OVERLAYS = {
    "deploy": ("tflb-system", []),
    "deploy/overlays/workload-identity":
        ("tflb-system", ["google.serviceAccount=tflb@my-project.iam.gserviceaccount.com"]),
    "deploy/overlays/key-in-secret": ("tflb-system", ["google.secretName=tflb-google"]),
    "deploy/overlays/single-namespace":
        ("ml", ["namespaces={ml}", "clusterId=my-cluster", "crd.install=false", "userRoles.create=false"]),
}


@functools.cache
def tool(name):
    """The path of kustomize, helm or kubeconform."""
    return subprocess.check_output([f"{ROOT}/tests/deploy/tool", name], text=True).strip()


def output(*command, text=None, environment=None):
    """All that a program prints; it must succeed."""
    code, said = answer(*command, text=text, environment=environment)
    if code:
        raise Failure(f"{' '.join(command)}: exit {code}\n{said}")
    return said


def answer(*command, text=None, environment=None):
    """(exit code, all that the program printed)"""
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600,
                          env=environment, check=False)
    return done.returncode, done.stdout


def kustomized(folder):
    return output(tool("kustomize"), "build", f"{ROOT}/{folder}")


def helm_template(namespace, values, release="tflb"):
    """The command."""
    settings = [word for value in values for word in ("--set", value)]
    return [tool("helm"), "template", "--kube-version", "1.36.3", "--namespace", namespace, release, CHART, *settings]


def templated(namespace, values, release="tflb"):
    done = subprocess.run(helm_template(namespace, values, release), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"helm template {values}: {done.stderr}")
    return done.stdout


def objects(text):
    """By (kind, namespace, name)."""
    found = {}
    for item in yaml.load_all(text, yaml.CSafeLoader):
        if item:
            key = (item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"])
            assert key not in found, f"twice: {key}"
            found[key] = item
    return found


def one(found, kind):
    """The only object of a kind."""
    items = [item for key, item in found.items() if key[0] == kind]
    assert len(items) == 1, f"{len(items)} of {kind}"
    return items[0]
