"""What people see with the real kubectl, and what tools that apply again and again rely on."""

import glob
import json
import os
import re
import subprocess

from cases import case
from harness import EXAMPLES, ROOT, Failure, ready, until


@case
def columns(stage):
    """kubectl get, get -o wide, describe, explain, wait"""
    stage.start()
    stage.apply()
    stage.kubectl("wait", "tflb/tf", "--for=condition=Ready", "--timeout=180s")
    item = stage.until_settled("tf")
    head, row = (line.split() for line in stage.kubectl("get", "tflb").splitlines())
    assert head == ["NAME", "READY", "ADDRESS", "HEALTHY", "REPLICAS", "STATUS", "AGE"], head
    assert row[:6] == ["tf", "True", item["status"]["address"], "3", "3", "Serving"], row
    wide = stage.kubectl("get", "tflb", "-o", "wide")
    for column in ("POOLS", "TEMPLATE", "PROJECT", "CHANGED", "MESSAGE"):
        assert column in wide.splitlines()[0], wide
    template = item["status"]["pools"][0]["template"].rpartition("-")[2]
    assert re.search(rf" tf 3/3 +tf {template} +my-project +\d+[ms]\d* +traffic is served$", wide.strip()), wide
    told = stage.kubectl("describe", "tflb/tf")
    for words in ("Traffic is served", "Forwarding Rule", "Events:", "Created", "forwarding rule tflb-"):
        assert words.lower() in told.lower(), (words, told)
    assert "forwarding rule tflb-" in stage.kubectl("events", "--for", "tflb/tf")


def knows_fields(stage):
    """What kubectl explain reads follows the CRD by a moment."""
    try:
        return stage.kubectl("explain", "tflb.spec")
    except Failure:
        return None


def objects_in(schema, path, elsewhere=False):
    """(path, whether another one describes its members) of the schema's objects that have members."""
    elsewhere = elsewhere or "See spec." in schema.get("description", "")
    while schema.get("type") == "array":  # a number or text has none
        schema = schema["items"]
    if "properties" in schema:
        yield path, elsewhere
    for name, member in schema.get("properties", {}).items():
        yield from objects_in(member, f"{path}.{name}", elsewhere)


@case
def explained(stage):
    """kubectl explain: every field is there, with a type and a description, or below one that says where it is described"""
    crd = json.loads(stage.kubectl("get", "crd", "tfloadbalancers.tflb.dev", "-o", "json"))
    root = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    until("kubectl explain knows the object", 30, lambda: knows_fields(stage))
    count = 0
    for part in ("spec", "status"):
        for path, elsewhere in objects_in(root["properties"][part], f"tflb.{part}"):
            said = stage.kubectl("explain", path)
            members = re.findall(r"^  ([a-z]\w*)\t<", said.split("FIELDS:\n")[1], re.MULTILINE)
            assert members and (elsewhere or "<no description>" not in said), said
            count += len(members)
    assert count == stage.kubectl("explain", "tflb", "--recursive").split("  spec\t")[1].count("\t<") - 1, count


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
def examples_accepted(stage):
    """all of deploy/examples, policies included, pass the real API server's schema and rules"""
    said = stage.plane.kubectl("apply", "--dry-run=server", "--recursive", "-f", EXAMPLES)
    files = glob.glob(f"{EXAMPLES}/**/*.yaml", recursive=True)
    assert len(files) > 30 and said.count("(server dry run)") >= len(files), said


@case
def waits_for_delete(stage):
    """delete and wait --for=delete take until the cloud is empty; deletionPolicy Abandon leaves everything serving"""
    stage.start()
    stage.create("tf")
    stage.create("kept", deletionPolicy="Abandon")
    for name in ("tf", "kept"):
        stage.until_ready(name)
    prefix = stage.get("kept")["status"]["resourcePrefix"]
    kept = set(stage.cloud.ours(prefix))
    stage.kubectl("delete", "tflb/tf", "--wait=false")
    stage.kubectl("wait", "tflb/tf", "--for=delete", "--timeout=180s")
    assert set(stage.cloud.ours()) == kept, sorted(stage.cloud.ours())
    stage.kubectl("delete", "tflb/kept", "--timeout=180s")
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


def edit(stage, command, fails=False):
    """What kubectl edit prints, and what stands in the file that it opens again. The editor is sed; doing the command twice
    must be as doing it once."""
    folder = f"{stage.folder}/edit"
    os.makedirs(folder, exist_ok=True)
    told = stage.kubectl("edit", "tflb/tf", fails=fails, environment={"KUBE_EDITOR": f"sed -i {command}", "TMPDIR": folder})
    for path in glob.glob(f"{folder}/kubectl-edit-*"):
        with open(path, encoding="utf-8") as file:
            told += file.read()
        os.unlink(path)
    return told


@case
def typo(stage):
    """a misspelt field is refused with its path, a wrong value with a sentence, by apply, create and edit"""
    with open(f"{EXAMPLES}/tflb.yaml", encoding="utf-8") as file:
        text = file.read()
    for verb in (["apply"], ["create"], ["apply", "--server-side"], ["apply", "--dry-run=server"]):
        said = stage.kubectl(*verb, "-f", "-", text=text.replace("machineType:", "machinetype:"), fails=True)
        assert "spec.template.machinetype" in said, said
        said = stage.kubectl(*verb, "-f", "-", text=text.replace("us-central1-a", "us-central1"), fails=True)
        assert "zone is a zone such as us-central1-a" in said and "spec.pools[0].zone" in said, said
    assert stage.get("tf") is None
    stage.kubectl("apply", "-f", "-", text=text)
    stored = stage.get("tf")
    said = edit(stage, "s/machineType:/machinetype:/", fails=True)
    assert 'unknown field "spec.template.machinetype"' in said, said
    said = edit(stage, "/port:.80$/s/80$/80000/", fails=True)
    assert "spec.serving.port" in said and "65535" in said, said
    assert stage.get("tf") == stored
    assert "edited" in edit(stage, "s/n1-standard-4/n1-standard-8/")
    assert stage.get("tf")["spec"]["template"]["machineType"] == "n1-standard-8"


@case
def server_side(stage):
    """apply --server-side: no conflict with us nor with an earlier plain apply; with who scaled, and the field is named"""
    path = f"{EXAMPLES}/tflb.yaml"
    stage.start()
    stage.kubectl("apply", "--server-side", "-f", path)
    stage.until_settled("tf")
    for _ in range(2):
        stage.kubectl("apply", "--server-side", "-f", path)
        assert stage.kubectl("diff", "--server-side", "-f", path) == ""
    managers = {(entry["manager"], entry["operation"], entry.get("subresource"))
                for entry in stage.get("tf")["metadata"]["managedFields"]}
    assert managers == {("kubectl", "Apply", None), ("tflb-controller", "Apply", "status"),
                        ("tflb-controller", "Update", None)}, managers
    stage.kubectl("scale", "tflb/tf", "--replicas=4")
    said = stage.kubectl("apply", "--server-side", "-f", path, fails=True)
    assert "conflict" in said and ".spec.replicas" in said, said
    stage.until_settled("tf")
    stage.kubectl("delete", "tflb/tf")
    stage.apply()
    stage.kubectl("apply", "--server-side", "-f", path)
    assert stage.kubectl("diff", "--server-side", "-f", path) == ""


@case
def touched(stage):
    """labels, annotations, and kubectl replace without our finalizer: it is put back, and nothing written to the cloud"""
    stage.start()
    stage.apply()
    generation = stage.until_settled("tf")["metadata"]["generation"]
    writes = len(stage.cloud.writes())
    stage.kubectl("label", "tflb/tf", "app.kubernetes.io/instance=shop")
    stage.kubectl("annotate", "tflb/tf", "example.com/note=x")
    stage.kubectl("replace", "-f", f"{EXAMPLES}/tflb.yaml")
    item = until("the finalizer is back", 20, lambda: with_finalizer(stage))
    assert item["metadata"]["generation"] == generation and ready(item), item
    assert not item["metadata"].get("labels"), "we add no labels"
    stage.kubectl("wait", "tflb/tf", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=180s")
    assert stage.cloud.writes()[writes:] == []


def with_finalizer(stage):
    item = stage.get("tf")
    return item if item["metadata"].get("finalizers") == ["tflb.dev/cloud-resources"] else None


@case
def crd(stage):
    """crd.sh: rules, defaults, columns, scale and field selectors of the CRD itself"""
    done = subprocess.run([f"{ROOT}/tests/e2e/crd.sh", stage.plane.kubeconfig], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
