"""What kustomize and helm make, without installing it."""

import copy
import glob
import os
import re

import yaml

import schemas
from cases import case
from harness import until
from janitor import ROOT
from manifests import (CHART, OVERLAYS, answer, helm_template, kustomized, objects, one, output, templated, tool)


def deployment(found):
    return one(found, "Deployment")


@case
def kubectl_as_kustomize(stage):
    """kubectl's own kustomize makes the same of deploy/ and its overlays"""
    for folder in OVERLAYS:
        built = objects(kustomized(folder))
        assert built == objects(stage.plane.kubectl("kustomize", f"{ROOT}/{folder}")), folder


def essence(item):
    """What two ways of deploying must agree on. Labels are each tool's own, but for those that are looked for."""
    made = copy.deepcopy(item)
    labels = made["metadata"].pop("labels", {})
    made["metadata"]["aggregated"] = sorted(label for label in labels if label.startswith("rbac."))
    annotations = made["metadata"].pop("annotations", {})
    made["metadata"]["google"] = annotations.get("iam.gke.io/gcp-service-account")
    if made["kind"] == "Deployment":
        for container in made["spec"]["template"]["spec"]["containers"]:
            container.pop("imagePullPolicy", None)
    return made


@case
def chart_as_kustomize(stage):
    """the chart makes the objects that each overlay has, but for the namespace, which helm makes itself"""
    for folder, (namespace, values) in OVERLAYS.items():
        built, made = objects(kustomized(folder)), objects(templated(namespace, values))
        built.pop(("Namespace", None, namespace), None)
        assert sorted(map(str, built)) == sorted(map(str, made)), folder
        for key, item in built.items():
            assert essence(item) == essence(made[key]), f"{folder}: {key}\n{essence(item)}\n{essence(made[key])}"


@case
def only_in_its_namespace(stage):
    """the overlay for one namespace has nothing that is the whole cluster's"""
    built = objects(kustomized("deploy/overlays/single-namespace"))
    assert {namespace for _, namespace, _ in built} == {"ml"}, built.keys()


@case
def one_version(stage):
    """image tag, chart and application have the project's version"""
    with open(f"{ROOT}/CMakeLists.txt", encoding="utf-8") as file:
        version = re.search(r"^project\(tflb VERSION ([0-9.]+)", file.read(), re.M)[1]
    with open(f"{CHART}/Chart.yaml", encoding="utf-8") as file:
        chart = yaml.safe_load(file)
    image = deployment(objects(kustomized("deploy")))["spec"]["template"]["spec"]["containers"][0]["image"]
    assert (chart["version"], chart["appVersion"], image) == (version, version, f"tflb-controller:{version}")
    tagged = re.fullmatch(r"([0-9.]+)(\+dirty)?", output(f"{ROOT}/deploy/lib/version").strip())
    assert not tagged or tagged[1] == version, f"git's tag says {tagged[1]}, CMakeLists.txt {version}"


@case
def lint(stage):
    """helm lint has nothing to say but that there is no icon"""
    code, said = answer(tool("helm"), "lint", "--strict", CHART)
    remarks = [line for line in said.splitlines() if line.startswith("[")]
    assert code == 0 and remarks == ["[INFO] Chart.yaml: icon is recommended"], said


# A value, and how helm refuses it.
WRONG = {
    "replicas=two": "at '/replicas': got string, want integer",
    "image.tagg=x": "at '/image': additional properties 'tagg' not allowed",
    "image.digest=sha256:1": "at '/image/digest'",
    "logging.level=loud": "at '/logging/level': value must be one of 'debug', 'info', 'warn', 'error'",
    "google.serviceAccount=tflb": "at '/google/serviceAccount'",
    "namespaces={a_b}": "at '/namespaces/0'",
    "extraArgs={drift}": "at '/extraArgs/0'",
    "extraVolumeMounts[0].mountPath=/x": "at '/extraVolumeMounts/0': missing property 'name'",
    "networkPolicy.egress=x": "at '/networkPolicy': additional properties 'egress' not allowed",
    "namespaces={ml}": "clusterId is needed with namespaces",
    "metrics.podMonitor.interval=often": "at '/metrics/podMonitor/interval'",
    "metrics.prometheusRules.enabled=true": "at '/metrics': additional properties 'prometheusRules' not allowed",
    "metrics.podMonitor.enabled=true,metrics.serviceMonitor.enabled=true": "enable one of them",
    "metrics.podMonitor.enabled=true,metrics.enabled=false": "a monitor finds nothing without metrics.enabled",
}


@case
def wrong_values(stage):
    """values that can't be right are refused, with their name"""
    for value, words in WRONG.items():
        code, said = answer(*helm_template("tflb-system", [value]))
        assert code != 0 and words in said, f"{value}: {code} {said}"


# Every branch of the templates.
VALUES = [
    ["namespaces={ml,serving}", "clusterId=c"],
    ["clusterId=c", "extraArgs={--drift-interval=30s}", "extraEnv[0].name=A", "extraEnv[0].value=b", "logging.level=debug", "logging.format=text"],
    ["image.digest=sha256:" + "0" * 64, "imagePullSecrets[0].name=pull", "priorityClassName=high", "replicas=1"],
    ["nodeSelector.a=b", "tolerations[0].operator=Exists", "podLabels.a=b", "podAnnotations.a=b",
     "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight=1",
     "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].key=a",
     "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].operator=Exists"],
    ["serviceAccount.name=own", "serviceAccount.annotations.a=b", "google.secretName=s", "google.secretKey=k.json"],
    ["google.secretName=s", "extraVolumes[0].name=ca", "extraVolumes[0].configMap.name=ca", "extraVolumeMounts[0].name=ca",
     "extraVolumeMounts[0].mountPath=/etc/ca", "extraEnv[0].name=SSL_CERT_FILE", "extraEnv[0].value=/etc/ca/ca.crt",
     "networkPolicy.extraEgress[0].ports[0].port=8443"],
    ["extraVolumes[0].name=t", "extraVolumes[0].projected.sources[0].serviceAccountToken.path=token",
     "extraVolumes[0].projected.sources[0].serviceAccountToken.audience=a", "extraVolumeMounts[0].name=t",
     "extraVolumeMounts[0].mountPath=/t"],
    ["podSecurityContext.runAsUser=null", "podSecurityContext.runAsGroup=null", "podSecurityContext.fsGroup=null"],
    ["podDisruptionBudget.enabled=false", "networkPolicy.enabled=false", "metrics.enabled=false", "userRoles.create=false", "crd.install=false"],
]


def renderings():
    """name -> text, of all that the API server shall take."""
    made = {folder: kustomized(folder) for folder in OVERLAYS}
    made |= {f"helm {values}": templated("ns", values, "other") for values in VALUES}
    for path in glob.glob(f"{ROOT}/deploy/examples/**/*.yaml", recursive=True):
        with open(path, encoding="utf-8") as file:
            made[os.path.relpath(path, ROOT)] = file.read()
    return made


def conform(text, location):
    """(exit code, what kubeconform says)"""
    return answer(tool("kubeconform"), "-strict", "-summary", "-schema-location", location, "-", text=text)


@case
def conforming(stage):
    """kubeconform, strictly, with the schemas of this API server, for each overlay, all that the chart can make, the examples"""
    stage.plane.install()
    until("the API server publishes our schema", 30, lambda: schemas.published(stage.plane.api, "apis/tflb.dev/v1alpha1"))
    made = renderings()
    kinds = {(item["apiVersion"], kind) for text in made.values() for (kind, *_), item in objects(text).items()}
    location = schemas.make(stage.plane.api, kinds, stage.folder)
    for name, text in made.items():
        code, said = conform(text, location)
        count = len(objects(text))
        assert code == 0 and f"Summary: {count} resource" in said and f"Valid: {count}," in said, f"{name}:\n{said}"
    # Were the schemas not read, or lax, these would pass.
    for good, bad in (("replicas: 2", "replicass: 2"), ("runAsUser: 65532", "runAsUser: nobody")):
        code, said = conform(made["deploy"].replace(good, bad), location)
        assert code == 1 and "Deployment tflb-controller is invalid" in said, said


@case
def monitored(stage):
    """deploy/monitoring on top: its PodMonitor finds our pods, and the port that they have"""
    folder = f"{stage.folder}/own"
    os.mkdir(folder)
    base, component = (os.path.relpath(f"{ROOT}/{path}", folder) for path in ("deploy", "deploy/monitoring"))
    with open(f"{folder}/kustomization.yaml", "w", encoding="utf-8") as file:
        yaml.safe_dump({"namespace": "tflb-system", "resources": [base], "components": [component]}, file)
    made = objects(output(tool("kustomize"), "build", folder))
    monitor, template = one(made, "PodMonitor"), deployment(made)["spec"]["template"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
    assert {endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]} <= ports


def monitoring(name):
    with open(f"{ROOT}/deploy/monitoring/{name}", encoding="utf-8") as file:
        return yaml.safe_load(file)


@case
def chart_monitored(stage):
    """the chart's monitors and rules are read by the operator's own types, find the chart's pods, and are deploy/monitoring's"""
    for kind, endpoints in (("podMonitor", "podMetricsEndpoints"), ("serviceMonitor", "endpoints")):
        text = templated("ns", [f"metrics.{kind}.enabled=true", f"metrics.{kind}.labels.release=stack",
                                f"metrics.{kind}.interval=30s", "metrics.prometheusRule.enabled=true"], "other")
        path = f"{stage.folder}/{kind}.yaml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        said = output(f"{ROOT}/tests/monitoring/judge", "objects", path)
        assert "2 objects of the Prometheus operator" in said, said
        made = objects(text)
        monitor, template = one(made, kind[0].upper() + kind[1:]), deployment(made)["spec"]["template"]
        looked_for = template["metadata"] if kind == "podMonitor" else one(made, "Service")["metadata"]
        ports = template["spec"]["containers"][0] if kind == "podMonitor" else one(made, "Service")["spec"]
        assert monitor["metadata"]["labels"]["release"] == "stack"
        assert monitor["spec"]["selector"]["matchLabels"].items() <= looked_for["labels"].items()
        assert looked_for["labels"][monitor["spec"]["jobLabel"]] == "tflb", "the job of every series"
        assert monitor["spec"][endpoints] == [{"port": "metrics", "interval": "30s"}]
        assert "metrics" in {port["name"] for port in ports["ports"]}
        assert one(made, "PrometheusRule")["spec"] == monitoring("alerts.yaml")
    ours, theirs = one(objects(templated("ns", ["metrics.podMonitor.enabled=true"])), "PodMonitor"), monitoring("podmonitor.yaml")
    for monitor in (ours, theirs):
        monitor["spec"].pop("selector")
    assert ours["spec"] == theirs["spec"]
