"""What people see with the real kubectl, and what tools that apply again and again rely on."""

import subprocess

from cases import case
from harness import EXAMPLES, ROOT, until


@case
def columns(stage):
    """kubectl get, get -o wide, describe, explain, wait"""
    stage.start()
    stage.apply()
    stage.kubectl("wait", "tflb/tf", "--for=condition=Ready", "--timeout=60s")
    item = stage.until_settled("tf")
    head, row = (line.split() for line in stage.kubectl("get", "tflb").splitlines())
    assert head == ["NAME", "READY", "ADDRESS", "HEALTHY", "REPLICAS", "STATUS", "AGE"], head
    assert row[:6] == ["tf", "True", item["status"]["address"], "3", "3", "Serving"], row
    wide = stage.kubectl("get", "tflb", "-o", "wide")
    assert "tf 3/3" in wide and "my-project" in wide and "traffic is served" in wide, wide
    told = stage.kubectl("describe", "tflb/tf")
    for words in ("Traffic is served", "Forwarding Rule", "Events:", "Created", "forwarding rule tflb-"):
        assert words.lower() in told.lower(), (words, told)
    assert "machineType" in stage.kubectl("explain", "tflb.spec.template")


@case
def applied_again(stage):
    """apply twice is unchanged, diff is clean, --dry-run=server works: also beside the controller's own writes"""
    stage.start()
    stage.apply()
    stage.until_ready("tf")
    generation = stage.get("tf")["metadata"]["generation"]
    assert stage.apply().strip() == "tfloadbalancer.tflb.dev/tf unchanged"
    assert stage.kubectl("diff", "-f", f"{EXAMPLES}/tflb.yaml") == ""
    assert "unchanged (server dry run)" in stage.kubectl("apply", "--dry-run=server", "-f", f"{EXAMPLES}/tflb.yaml")
    stage.kubectl("apply", "--server-side", "--force-conflicts", "-f", f"{EXAMPLES}/tflb.yaml")
    assert stage.kubectl("diff", "--server-side", "--force-conflicts", "-f", f"{EXAMPLES}/tflb.yaml") == ""
    assert stage.get("tf")["metadata"]["generation"] == generation
    assert stage.get("tf")["metadata"]["finalizers"] == ["tflb.dev/cloud-resources"]
    assert len(stage.cloud.collection("instanceTemplates")) == 1


@case
def waits_for_delete(stage):
    """kubectl delete waits until the cloud is empty; deletionPolicy Abandon leaves everything serving"""
    stage.start()
    stage.create("tf")
    stage.create("kept", deletionPolicy="Abandon")
    for name in ("tf", "kept"):
        stage.until_ready(name)
    prefix = stage.get("kept")["status"]["resourcePrefix"]
    kept = set(stage.cloud.ours(prefix))
    stage.kubectl("delete", "tflb/tf", "--timeout=60s")
    assert set(stage.cloud.ours()) == kept, sorted(stage.cloud.ours())
    stage.kubectl("delete", "tflb/kept", "--timeout=60s")
    assert set(stage.cloud.ours()) == kept, sorted(stage.cloud.ours())


@case
def suspended(stage):
    """suspend: edits and a delete wait, and the status says so; everything follows when it is over"""
    stage.start()
    stage.create("tf")
    stage.until_settled("tf")
    writes = len(stage.cloud.writes())
    stage.edit("tf", {"suspend": True, "replicas": 2})
    until("the status says so", 20, lambda: "Suspended" in stage.kubectl("get", "tflb/tf"))
    stage.delete("tf")
    until("the status says so", 20, lambda: "deletion waits" in stage.kubectl("get", "tflb/tf", "-o", "wide"))
    assert stage.cloud.writes()[writes:] == []
    stage.edit("tf", {"suspend": False})
    stage.until_gone("tf")
    assert stage.cloud.ours() == {}, sorted(stage.cloud.ours())


@case
def typo(stage):
    """a misspelt field is refused by kubectl with its path, and nothing is stored"""
    with open(f"{EXAMPLES}/tflb.yaml", encoding="utf-8") as file:
        text = file.read().replace("machineType:", "machinetype:")
    said = stage.kubectl("apply", "-f", "-", text=text, fails=True)
    assert 'unknown field "spec.template.machinetype"' in said, said
    assert stage.get("tf") is None


@case
def crd(stage):
    """crd.sh: rules, defaults, columns, scale and field selectors of the CRD itself"""
    done = subprocess.run([f"{ROOT}/tests/e2e/crd.sh", stage.plane.kubeconfig], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
