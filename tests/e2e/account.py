"""Controllers as the service account of deploy/'s manifests: what these grant must suffice for all cases, and be used by them.

Each API server logs what the account asks for. When all cases are over, that is compared with the rules that are bound to it."""

import json
import subprocess
from collections import namedtuple

from harness import Failure, Session
from janitor import ROOT

ACCOUNT, NAMESPACE = "tflb-controller", "tflb-system"
USER = f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
          "rules": [{"level": "Metadata", "users": [USER]}, {"level": "None"}]}

# What may be done, or was: to resources of a group, with their subresource, to the one of that name or to any (None).
Deed = namedtuple("Deed", "verb group resource name")


class AccountSession(Session):
    def __init__(self, *words):
        super().__init__(*words)
        self.logs, self.policy = [], f"{self.folder}/audit-policy"
        with open(self.policy, "w", encoding="utf-8") as file:
            json.dump(POLICY, file)
        self.rights = rights_of(subprocess.check_output([self.kubectl, "kustomize", f"{ROOT}/deploy"], text=True))

    def make_plane(self, folder, *flags):
        """With all of deploy/ but the resource type, whose coming belongs to the cases."""
        log = f"{folder}.audit"
        plane = super().make_plane(folder, *flags, f"--audit-policy-file={self.policy}", f"--audit-log-path={log}")
        self.logs.append(log)
        plane.kubectl("apply", "-f", "-", text=self.rights)
        plane.user = {"token": plane.token(ACCOUNT, NAMESPACE)}
        plane.controllers_kubeconfig = plane.write_kubeconfig(f"{folder}/controllers-kubeconfig")
        return plane

    def furnish(self, plane, namespace):
        """Cases with several replicas have their Lease in their own namespace: with the same right to it as in ours."""
        for kind in ("roles", "rolebindings"):
            item = read(plane, f"{RBAC}/namespaces/{NAMESPACE}/{kind}/{ACCOUNT}-lease")
            item["metadata"] = {"name": item["metadata"]["name"], "namespace": namespace}
            status, answer = plane.api.call("POST", f"{RBAC}/namespaces/{namespace}/{kind}", item)
            assert status == 201, answer

    def conclusions(self):
        return {"granted-as-used": self.granted_as_used}

    def granted_as_used(self, complete):
        """Nothing is done by other rights than those of the manifests; in all the cases together, all of them are used."""
        granted, used = bound(self.plane()), set().union(*map(done, self.logs))
        idle = granted - {right for right in granted for deed in used if covers(right, deed)}
        beyond = {deed for deed in used if not any(covers(right, deed) for right in granted)}
        if beyond or (complete and idle):
            raise Failure(f"done without a right of deploy/: {words(beyond)}; rights never used: {words(idle)}")


def rights_of(manifests):
    return "\n---\n".join(text for text in manifests.split("\n---\n") if "\nkind: CustomResourceDefinition\n" not in text)


def read(plane, path):
    status, answer = plane.api.call("GET", path)
    assert status == 200, answer
    return answer


def bound(plane):
    """The rights that bindings to the account give."""
    deeds = set()
    for kind in ("clusterrolebindings", "rolebindings"):
        for binding in read(plane, f"{RBAC}/{kind}")["items"]:
            if any(is_account(subject) for subject in binding.get("subjects", [])):
                deeds |= rights(read(plane, role_path(binding))["rules"])
    return deeds


def is_account(subject):
    return (subject["kind"], subject.get("namespace"), subject["name"]) == ("ServiceAccount", NAMESPACE, ACCOUNT)


def role_path(binding):
    role = binding["roleRef"]
    if role["kind"] == "ClusterRole":
        return f"{RBAC}/clusterroles/{role['name']}"
    return f"{RBAC}/namespaces/{binding['metadata']['namespace']}/roles/{role['name']}"


def rights(rules):
    return {Deed(verb, group, resource, name) for rule in rules for verb in rule["verbs"] for group in rule["apiGroups"]
            for resource in rule["resources"] for name in rule.get("resourceNames", [None])}


def words(deeds):
    texts = [f"{deed.verb} {deed.resource} {deed.group} {deed.name or ''}".strip() for deed in deeds]
    return ", ".join(sorted(texts)) or "none"


def covers(right, deed):
    return right[:3] == deed[:3] and right.name in (None, deed.name)


def done(log):
    """What the account did, by an API server's audit log."""
    deeds = set()
    with open(log, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            assert event["user"]["username"] == USER, event
            deeds.add(deed(event))
    return deeds


def deed(event):
    thing = event.get("objectRef")
    if not thing:
        return Deed(event["verb"], None, event["requestURI"], None)
    resource = "/".join(filter(None, (thing["resource"], thing.get("subresource"))))
    return Deed(event["verb"], thing.get("apiGroup", ""), resource, thing.get("name"))
