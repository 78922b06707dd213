"""The manifests on a real API server: accepted, and their pods admitted."""

import copy

from cases import case
from janitor import ROOT
from manifests import OVERLAYS, answer, kustomized, objects

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
