"""The manifests on a real API server: accepted, admitted, and enough for the controller."""

import copy
import functools
import json

from apiserver import events_path, objects_path
from cases import case
from harness import kubeconfig_with
from janitor import ROOT
from manifests import OVERLAYS, answer, kustomized, objects, output

BASE = "tflb-system"


def kubectl(stage, *words):
    """All that kubectl prints, warnings of the API server included; it must succeed."""
    code, said = answer(stage.session.kubectl, "--kubeconfig", stage.plane.kubeconfig, *words)
    assert code == 0, said
    return said


def apply(stage, folder):
    """kubectl apply -k, once its namespace is there."""
    namespace = OVERLAYS[folder][0]
    if namespace != BASE and stage.plane.api.send("GET", f"/api/v1/namespaces/{namespace}")[0] == 404:
        strict_namespace(stage, namespace)
    return kubectl(stage, "apply", "-k", f"{ROOT}/{folder}")


def strict_namespace(stage, name):
    """As ours is."""
    mode = "pod-security.kubernetes.io"
    stage.make_namespace(name)
    kubectl(stage, "label", "namespace", name, f"{mode}/enforce=restricted", f"{mode}/warn=restricted")


def deployment_of(stage, folder):
    namespace = OVERLAYS[folder][0]
    status, found = stage.plane.api.call("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/tflb-controller")
    assert status == 200, found
    return found


def create_pod(stage, deployment, weaken=None):
    """(status, answer): a pod as the Deployment's would be."""
    template = copy.deepcopy(deployment["spec"]["template"])
    if weaken:
        weaken(template["spec"]["containers"][0]["securityContext"])
    namespace = deployment["metadata"]["namespace"]
    return stage.plane.api.call("POST", f"/api/v1/namespaces/{namespace}/pods", {
        "apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
        "metadata": {"generateName": "tflb-", "labels": template["metadata"]["labels"]}})


def weaker(context):
    context["allowPrivilegeEscalation"] = True


@case
def applied(stage):
    """kubectl apply -k of deploy/ and each overlay: no warning, afterwards no difference, and its pods are admitted"""
    for folder in OVERLAYS:
        said = apply(stage, folder)
        assert "Warning" not in said, f"{folder}:\n{said}"
        assert len(said.splitlines()) == len(objects(kustomized(folder))), said
        kubectl(stage, "diff", "-k", f"{ROOT}/{folder}")
        status, found = create_pod(stage, deployment_of(stage, folder))
        assert status == 201, f"{folder}: {found}"


@case
def weakened(stage):
    """where our pods would be weaker than the strictest pod security, the API server says so, and refuses them"""
    apply(stage, "deploy")
    status, found = create_pod(stage, deployment_of(stage, "deploy"), weaker)
    assert status == 403 and "violates PodSecurity" in found["message"], found
    manifest = kustomized("deploy").replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true")
    path = f"{stage.folder}/weak.yaml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(manifest)
    assert "Warning: would violate PodSecurity" in kubectl(stage, "apply", "-f", path)
    apply(stage, "deploy")


def write_key(stage):
    """What the Secret holds, outside of Google's own universe: there the signed text itself is the token."""
    key = f"{stage.folder}/key.pem"
    output("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    with open(key, encoding="ascii") as pem, open(f"{stage.folder}/credentials.json", "w", encoding="utf-8") as file:
        json.dump({"type": "service_account", "client_email": "tflb@my-project.iam.gserviceaccount.com",
                   "private_key": pem.read(), "private_key_id": "1", "universe_domain": "cloud.test"}, file)


def environment(stage, container):
    """The pod's, with the case's folder in place of what is mounted."""
    mounts = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
    made = {item["name"]: item["value"] for item in container.get("env", [])}
    return {name: functools.reduce(lambda value, mount: value.replace(mount, stage.folder), mounts, value)
            for name, value in made.items()}


def start_as_deployed(stage, folder):
    """The controller with the arguments and the environment of the Deployment, as its service account."""
    namespace = OVERLAYS[folder][0]
    container = deployment_of(stage, folder)["spec"]["template"]["spec"]["containers"][0]
    config = kubeconfig_with(stage, f"kubeconfig-{namespace}", user={"token": stage.plane.token("tflb-controller", namespace)})
    # In a pod the first is told by the environment, the second by a file, and the third is Google's.
    outside = ["--kubeconfig", config, "--leader-elect-resource-namespace", namespace,
               "--compute-endpoint", stage.cloud.endpoint]
    stage.controller = stage.run("tflb-controller", *container["args"], *outside, "--drift-interval", "5",
                                 environment=environment(stage, container))
    stage.until_says("this replica leads")


def live(stage, namespace):
    stage.create("tf", namespace)
    stage.until_ready("tf", namespace)
    status, found = stage.plane.api.call("DELETE", objects_path(namespace, "tf"))
    assert status == 200, found
    stage.until_gone("tf", namespace)
    assert not stage.cloud.ours()
    assert stage.plane.api.call("GET", events_path(namespace))[1]["items"], "events can be written"


def play_life(stage, folder):
    apply(stage, folder)
    start_as_deployed(stage, folder)
    live(stage, OVERLAYS[folder][0])
    assert stage.controller.stop() == 0
    assert not stage.controller.says("forbidden"), stage.controller.text()


@case
def started(stage):
    """with the arguments of the Deployment and the rights of its service account a chain is made and deleted; so for one namespace"""
    stage.start_cloud()
    for folder in ("deploy", "deploy/overlays/single-namespace"):
        play_life(stage, folder)


@case
def key_in_secret(stage):
    """so with credentials in a Secret, where the cloud asks for a token"""
    write_key(stage)
    stage.start_cloud("--require-token")
    play_life(stage, "deploy/overlays/key-in-secret")
