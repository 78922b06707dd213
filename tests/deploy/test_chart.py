"""The chart's life: installed, upgraded, uninstalled, with the real helm."""

import os

from cases import case
from harness import until
from manifests import CHART, output, tool

NAMESPACE = "tflb-chart"
CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tfloadbalancers.tflb.dev"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/lb-controller"


def helm(stage, *words):
    """What helm prints."""
    folders = {f"HELM_{name}_HOME": f"{stage.folder}/helm" for name in ("CACHE", "CONFIG", "DATA")}
    return output(tool("helm"), "--kubeconfig", stage.plane.kubeconfig, "--namespace", NAMESPACE, *words,
                  environment={**os.environ, **folders})


def found(stage, path):
    status, answer = stage.plane.api.call("GET", path)
    assert status in (200, 404), answer
    return answer if status == 200 else None


@case
def chart_lives(stage):
    """helm install, upgrade, rollback, uninstall and install; the resource type stays when the release goes"""
    said = helm(stage, "install", "lb", CHART, "--create-namespace")
    assert "runs for all namespaces" in said and "Warning" not in said, said
    assert found(stage, DEPLOYMENT)["spec"]["replicas"] == 2
    helm(stage, "upgrade", "lb", CHART, "--set", "replicas=3,namespaces={ml},clusterId=c", "--set", "namespaces={default}")
    changed = found(stage, DEPLOYMENT)
    assert changed["spec"]["replicas"] == 3
    assert "--leader-elect-resource-name=lb-controller" in changed["spec"]["template"]["spec"]["containers"][0]["args"]
    assert not found(stage, "/apis/rbac.authorization.k8s.io/v1/clusterroles/lb-controller"), "no right in other namespaces"
    helm(stage, "rollback", "lb", "1")
    assert found(stage, DEPLOYMENT)["spec"]["replicas"] == 2
    helm(stage, "uninstall", "lb")
    until("the Deployment is gone", 10, lambda: not found(stage, DEPLOYMENT))
    assert found(stage, CRD), "and with it all load balancers"
    helm(stage, "install", "lb", CHART)
    helm(stage, "uninstall", "lb")
    # The other cases begin without.
    stage.plane.kubectl("delete", "crd", "tfloadbalancers.tflb.dev", "tfloadbalancerpolicies.tflb.dev")
    until("the resource type is gone", 30, lambda: not found(stage, CRD))
