"""Argo CD's own application controller and Lua evaluator, syncing from a git folder."""

import json
import subprocess

from argocd import DEPLOY, ArgoCD
from cases import case
from harness import EXAMPLES, condition, go_program, ready, until

TF = "TFLoadBalancer/tf"
TRACKING = "argocd.argoproj.io/tracking-id"
INSTANCE = "app.kubernetes.io/instance"


def example(name="tflb"):
    with open(f"{EXAMPLES}/{name}.yaml", encoding="utf-8") as file:
        return file.read()


def in_wave(text, wave):
    return text.replace("metadata:\n", f'metadata:\n  annotations: {{argocd.argoproj.io/sync-wave: "{wave}"}}\n')


@case
def files(stage):
    """health.lua and the actions judged by Argo CD's evaluator; argocd-cm.yaml holds the same; application.yaml is one"""
    folder = f"{DEPLOY}/resource_customizations/tflb.dev/TFLoadBalancer"
    for words in (["check", folder], ["settings", f"{DEPLOY}/argocd-cm.yaml", folder],
                  ["application", f"{DEPLOY}/application.yaml"]):
        done = subprocess.run([go_program("tests/argocd"), *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def machine_path(machine):
    return machine["instance"].split("/compute/v1/")[-1]


def stays_synced(stage, argo):
    """Compared again and again, while all machines are lost and come back: nothing is ever out of sync."""
    lines, compared, item = len(argo.lines()), argo.comparisons(), stage.get("tf")
    stage.cloud.world(stockout={"zone": "us-central1-a", "on": True})
    for machine in stage.cloud.machines():
        stage.cloud.world(deleteInstance=machine_path(machine))
    argo.until_line("told", lambda line: line["resources"][TF]["message"].startswith("StockOut: pool tf: machine "))
    stage.cloud.world(stockout={"zone": "us-central1-a", "on": False})
    argo.until_healthy(argo.git("rev-parse", "HEAD"))
    stage.until_settled("tf")
    for _ in range(10):
        argo.refresh()
    assert argo.comparisons() >= compared + 12, argo.comparisons() - compared
    said = [(line["sync"], line["problems"]) for line in argo.lines()[lines:]]
    assert said and all(each == ("Synced", None) for each in said), said
    assert stage.get("tf")["metadata"]["generation"] == item["metadata"]["generation"]


def changes(stage, argo):
    """A commit: rolled out, Progressing meanwhile, Healthy at its end."""
    began = len(argo.lines())
    argo.until_healthy(argo.commit(tf=example().replace("n1-standard-4", "n1-standard-8")))
    assert ready(stage.get("tf"))["spec"]["template"]["machineType"] == "n1-standard-8"
    stage.until_settled("tf")
    said = [line["health"] for line in argo.lines()[began:]]
    assert "Progressing" in said and not {"Degraded", "Missing", "Unknown"} & set(said), said


def heals(stage, argo):
    """An edit by hand is put back."""
    stage.kubectl("scale", "tflb/tf", "--replicas=5")
    until("the edit is put back", 60, lambda: stage.get("tf")["spec"]["replicas"] == 3)
    argo.until_healthy(argo.git("rev-parse", "HEAD"))
    stage.until_settled("tf")


def suspends(stage, argo):
    """What the action of Argo CD's page does: no difference, since git says nothing of suspend."""
    stage.edit("tf", {"suspend": True})
    argo.until_line("Suspended", lambda line: (line["health"], line["sync"]) == ("Suspended", "Synced"))
    argo.refresh()
    stage.edit("tf", {"suspend": False})
    argo.until_healthy(argo.git("rev-parse", "HEAD"))


def collect_garbage(stage):
    """What a cluster's garbage collector does, which runs elsewhere: it ends deletions in the foreground."""
    for kind in ("tflb", "configmap"):
        for item in json.loads(stage.kubectl("get", kind, "-o", "json"))["items"]:
            if item["metadata"].get("finalizers") == ["foregroundDeletion"]:
                stage.kubectl("patch", kind, item["metadata"]["name"], "--type=merge", "-p", '{"metadata":{"finalizers":[]}}')


def is_gone(stage):
    until("tf is gone", 90, lambda: collect_garbage(stage) or stage.get("tf") is None)
    assert stage.cloud.ours() == {}, sorted(stage.cloud.ours())


def prunes(stage, argo):
    """A file that goes takes the object along, and with it the machines."""
    argo.commit(tf=None, rest=PLAIN)
    argo.until_line("waiting", lambda line: line["resources"].get(TF, {}).get("message") == "Pending deletion")
    is_gone(stage)
    argo.until_healthy(argo.git("rev-parse", "HEAD"))


PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rest}\n"


def whole_life(stage, argo):
    first = argo.until_healthy(argo.git("rev-parse", "HEAD"))
    item = ready(stage.get("tf"))
    assert item and first["resources"][TF]["message"].startswith("Serving: traffic is served"), first
    stage.until_settled("tf")
    stays_synced(stage, argo)
    changes(stage, argo)
    heals(stage, argo)
    suspends(stage, argo)
    stays_synced(stage, argo)
    prunes(stage, argo)


@case(weight=9)
def life(stage):
    """create, change, hand edit, prune: Synced at rest and Healthy when Ready; an Application's end takes all along"""
    argo = ArgoCD(stage)
    stage.start()
    argo.commit(tf=example())
    argo.start()
    whole_life(stage, argo)
    argo.commit(tf=example())
    argo.until_healthy(argo.git("rev-parse", "HEAD"))
    assert TRACKING in stage.get("tf")["metadata"]["annotations"]
    argo.kubectl("delete", f"application/{argo.name}", "--wait=false")
    until("Argo CD deletes the object", 30, lambda: stage.get("tf")["metadata"].get("deletionTimestamp"))
    while stage.get("tf"):
        assert argo.application(), "the Application is gone before its object"
        collect_garbage(stage)
    assert stage.cloud.ours() == {}, sorted(stage.cloud.ours())
    until("the Application is gone", 30, lambda: collect_garbage(stage) or argo.application() is None)


@case(weight=9)
def server_side(stage):
    """the same with server-side apply, server-side diff, and tracking by label"""
    argo = ArgoCD(stage, tracking="label")
    stage.start()
    argo.commit(tf=example())
    argo.start(annotations="  annotations: {argocd.argoproj.io/compare-options: ServerSideDiff=true}\n",
               options="    syncOptions: [ServerSideApply=true]\n")
    whole_life(stage, argo)
    assert '"dry-run":"server"' in argo.process.text(), "it was not compared by the server"


@case(weight=5)
def waves(stage):
    """the next wave waits until machines serve; a withdrawn image fails the sync with its sentence, and a commit mends it"""
    argo = ArgoCD(stage)
    stage.start()
    argo.commit(tf=in_wave(example(), 0), clients=in_wave("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: clients\n", 1))
    argo.start()
    argo.until_healthy(argo.git("rev-parse", "HEAD"))
    served = condition(stage.get("tf"), "Ready")["lastTransitionTime"]
    clients = stage.kubectl("get", "configmap/clients", "-o", "jsonpath={.metadata.creationTimestamp}")
    assert served <= clients, (served, clients)
    began = len(argo.lines())
    argo.commit(bad=in_wave(example("withdrawn-image"), 0))
    failed = argo.until_line("Degraded, and the sync failed",
                             lambda line: line["health"] == "Degraded" and "completed unsuccessfully" in line["message"])
    told = failed["resources"]["TFLoadBalancer/withdrawn-image"]
    assert told["health"] == "Degraded" and told["message"].startswith("ImageNotFound: image family projects/"), told
    assert failed["resources"][TF]["health"] == "Healthy", failed
    argo.commit(bad=in_wave(example("withdrawn-image"), 0).replace("tf-latest-cpu", "common-cu129-ubuntu-2204-nvidia-580"))
    argo.until_healthy(argo.git("rev-parse", "HEAD"))
    assert all(line["resources"][TF]["sync"] == "Synced" for line in argo.lines()[began:])
