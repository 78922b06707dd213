"""Where the figures come from: the emulator's request log, the API server's audit log, and /proc."""

import datetime
import json
import os

AGENT = "tflb-controller/"
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived", "ResponseStarted"],
                "rules": [{"level": "Metadata"}]}
WRITES_POLICY = {**AUDIT_POLICY, "rules": [{"level": "Metadata", "verbs": ["create", "update", "patch", "delete"]},
                                           {"level": "None"}]}


def audit_flags(folder, rules=None):
    """kube-apiserver's, for a log of who asked what; makes the policy file."""
    policy = f"{folder}/audit-policy.json"
    with open(policy, "w", encoding="utf-8") as file:
        json.dump(rules or AUDIT_POLICY, file)
    return [f"--audit-policy-file={policy}", f"--audit-log-path={folder}/audit.log", "--audit-log-mode=blocking"]


def audit(folder):
    """What the controllers asked the API server so far, oldest first."""
    with open(f"{folder}/audit.log", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    return [line for line in lines if line.get("userAgent", "").startswith(AGENT)]


def row_of_audit(line):
    """finalizers, status, events, or None for what writes nothing."""
    target, verb = line["objectRef"], line["verb"]
    if verb not in ("create", "update", "patch", "delete"):
        return None
    if target["resource"] == "events":
        return "events"
    return "status" if target.get("subresource") == "status" else "finalizers"


def row_of_call(line):
    """Which row of the table a call to the cloud belongs to."""
    path = line["path"]
    last, before = path.split("/")[-1], path.split("/")[-2]
    if last == "getHealth":
        return "health reads"
    if last in ("listManagedInstances", "listErrors") or (line["method"] == "GET" and before == "instanceGroupManagers"):
        return "group reads"
    if line["method"] == "GET" and (before == "aggregated" or before == "global"):
        return "sweep lists"
    return "own calls"


def counted(lines, row_of):
    rows = {}
    for line in lines:
        row = row_of(line)
        if row:
            rows[row] = rows.get(row, 0) + 1
    return rows


class Count:
    """Everything that is asked of both sides between its making and taken()."""

    def __init__(self, cloud, folder):
        self.cloud, self.folder = cloud, folder
        self.calls, self.writes = len(cloud.requests()), len(audit(folder))

    def taken(self):
        return (counted(self.cloud.requests()[self.calls:], row_of_call),
                counted(audit(self.folder)[self.writes:], row_of_audit))


def memory(pid):
    """(VmRSS, Pss, RssAnon) in MB."""
    def read(file, name):
        with open(f"/proc/{pid}/{file}", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) / 1024
    return read("status", "VmRSS"), read("smaps_rollup", "Pss"), read("status", "RssAnon")


def peak(pid):
    """VmHWM in MB: the most that was ever resident."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def cpu(pid):
    """Seconds on a core so far, all threads."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def first_answer(folder, since):
    """Wall-clock time at which the API server had answered the first request received after `since`; None: none yet."""
    for line in audit(folder):
        if wall(line["requestReceivedTimestamp"]) >= since:
            return wall(line["stageTimestamp"])
    return None


def wall(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
