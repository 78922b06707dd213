"""What kstatus, by which Flux and others judge objects, says at every stage; and Flux's own engine at work."""

import json
import subprocess

from cases import case
from harness import EXAMPLES, go_program, ready, small, until


def start_verdicts(stage):
    return stage.run(go_program("tests/kstatus"), stage.plane.kubeconfig, stage.namespace, "verdicts")


def verdicts(process, name):
    """One per event of the object, oldest first."""
    lines = [json.loads(line) for line in process.text().splitlines(keepends=True) if line.endswith("\n")]
    return [line for line in lines if line["name"] == name]


def until_verdict(process, name, verdict):
    return until(f"kstatus says {verdict} of {name}", 60,
                 lambda: [line for line in verdicts(process, name)[-1:] if line["verdict"] == verdict])


def words(lines):
    """The verdicts without repetitions."""
    found = [line["verdict"] for line in lines]
    return [word for i, word in enumerate(found) if i == 0 or found[i - 1] != word]


def of_generation(lines, generation):
    return [line for line in lines if line["generation"] == generation and line["verdict"] != "Terminating"]


def current_means_ready(lines):
    for line in lines:
        truth = line["conditions"].get("Ready"), "Reconciling" in line["conditions"], "Stalled" in line["conditions"]
        assert line["verdict"] != "Current" or truth == ("True", False, False), line


@case
def kstatus_life(stage):
    """kstatus: InProgress until Ready, at once after an edit too, Current at rest and while suspended, then Terminating"""
    judge = start_verdicts(stage)
    stage.create("tf")
    first = until("the first event", 20, lambda: verdicts(judge, "tf"))[0]
    assert (first["verdict"], first["conditions"]) == ("InProgress", {}), "before any controller has seen it"
    stage.start()
    stage.until_settled("tf")
    stage.edit("tf", {"template": {"machineType": "n1-standard-8"}})
    stage.until_settled("tf")
    stage.edit("tf", {"suspend": True})
    stage.until_condition("tf", "Ready", "Suspended")
    until_verdict(judge, "tf", "Current")
    stage.edit("tf", {"suspend": False})
    stage.until_settled("tf")
    stage.delete("tf")
    stage.until_gone("tf")
    until("the last event", 20, lambda: verdicts(judge, "tf")[-1]["event"] == "DELETED")
    lines = verdicts(judge, "tf")
    current_means_ready(lines)
    for generation in (1, 2, 3, 4):
        assert words(of_generation(lines, generation)) == ["InProgress", "Current"], (generation, lines)
    assert words(lines)[-1] == "Terminating" and words(lines).count("Terminating") == 1, words(lines)


@case
def kstatus_failed(stage):
    """kstatus: withdrawn-image.yaml is Failed with the sentence, InProgress at once when it is edited, then Current"""
    judge = start_verdicts(stage)
    stage.start()
    stage.apply("withdrawn-image.yaml")
    found, = until_verdict(judge, "withdrawn-image", "Failed")
    assert "was not found" in found["message"] and "such as projects/" in found["message"], found
    stage.edit("withdrawn-image", {"template": {"image": small()["template"]["image"]}})
    stage.until_settled("withdrawn-image")
    until_verdict(judge, "withdrawn-image", "Current")
    lines = verdicts(judge, "withdrawn-image")
    current_means_ready(lines)
    assert words(of_generation(lines, 1)) == ["InProgress", "Failed"], words(lines)
    assert words(of_generation(lines, 2)) == ["InProgress", "Current"], words(lines)


def flux(stage, verb, path, fails=False):
    done = subprocess.run([go_program("tests/kstatus"), stage.plane.kubeconfig, stage.namespace, verb, path],
                          capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode != 0) == fails, done
    return done.stdout.strip()


@case
def flux_engine(stage):
    """Flux's own engine: created, healthy when Ready, unchanged at rest, a hand edit put back, failed when Stalled, pruned"""
    path = f"{EXAMPLES}/tflb.yaml"
    stage.start()
    assert flux(stage, "apply", path) == "created"
    flux(stage, "wait", path)
    assert ready(stage.get("tf")), stage.get("tf")["status"]
    stage.until_settled("tf")
    assert flux(stage, "apply", path) == "unchanged"
    stage.kubectl("scale", "tflb/tf", "--replicas=5")
    assert flux(stage, "apply", path) == "configured"
    flux(stage, "wait", path)
    assert stage.get("tf")["spec"]["replicas"] == 3 and ready(stage.get("tf")), stage.get("tf")
    flux(stage, "apply", f"{EXAMPLES}/withdrawn-image.yaml")
    said = flux(stage, "wait", f"{EXAMPLES}/withdrawn-image.yaml", fails=True)
    assert "withdrawn-image status: 'Failed'" in said, said
    for name in ("tflb.yaml", "withdrawn-image.yaml"):
        flux(stage, "delete", f"{EXAMPLES}/{name}")
    assert stage.get("tf") is None and stage.cloud.ours() == {}, sorted(stage.cloud.ours())
