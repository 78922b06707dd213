"""Who may use what, with policies as an administrator writes them: refused, allowed, tightened while machines serve, and whom the
controller acts as. Policies are the whole cluster's, so each selects its case's namespace by name."""

import json

from cases import case
from harness import condition, until
from test_credentials import credentials, key_file, service, start, token_requests

POLICIES = "/apis/tflb.dev/v1alpha1/tfloadbalancerpolicies"
MERGE = "application/merge-patch+json"


def policy(stage, allow=None, **spec):
    """Makes the case's policy, or changes it: what allow and spec say replaces what was there."""
    body = {"apiVersion": "tflb.dev/v1alpha1", "kind": "TFLoadBalancerPolicy", "metadata": {"name": stage.namespace},
            "spec": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": stage.namespace}},
                     "allow": {"projects": ["my-project"], **(allow or {})}, **spec}}
    status, found = stage.plane.api.call("GET", f"{POLICIES}/{stage.namespace}")
    if status == 404:
        status, answer = stage.plane.api.call("POST", POLICIES, body)
        assert status == 201, answer
        return
    body["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
    status, answer = stage.plane.api.call("PUT", f"{POLICIES}/{stage.namespace}", body)
    assert status == 200, answer


def drop_policy(stage):
    status, answer = stage.plane.api.call("DELETE", f"{POLICIES}/{stage.namespace}")
    assert status == 200, answer


def denied(stage, *words):
    """The refusal, once it holds all the words."""
    def question():
        found = condition(stage.get("tf"), "Stalled")
        return found if found and all(word in found["message"] for word in words) else None
    found = until(f"tf is refused: {words}", 30, question)
    assert (found["status"], found["reason"]) == ("True", "PolicyDenied"), found


@case(weight=2)
def policy_refuses(stage):
    """refused: no call to the cloud, no finalizer, and an event; made when the policy allows it"""
    policy(stage, {"machineTypes": ["n2-*"]})
    stage.start()
    stage.create("tf")
    denied(stage, "spec.template.machineType", f"policy {stage.namespace}", "n1-standard-4", "allow.machineTypes has n2-*")
    assert stage.cloud.requests() == [] and "finalizers" not in stage.get("tf")["metadata"]
    until("an event tells it", 10, lambda: [event for event in stage.events() if event["reason"] == "PolicyDenied"])
    policy(stage, {"machineTypes": ["n1-*"]})
    stage.until_settled("tf")
    assert not condition(stage.get("tf"), "Stalled")
    drop_policy(stage)


@case(weight=2)
def policy_tightens(stage):
    """tightened while it serves: nothing is written or deleted any more, and the object can be deleted all the same"""
    policy(stage)
    stage.start()
    stage.create("tf")
    stage.until_settled("tf")
    policy(stage, {"regions": ["europe-*"]})
    denied(stage, "spec.pools[0].zone", "region us-central1")
    before = stage.cloud.writes()
    rule, = stage.cloud.collection("forwardingRules")
    stage.cloud.remove(rule)
    stage.edit("tf", {"replicas": 2})
    seen = len(stage.cloud.requests())
    until("it has looked again", 30, lambda: len([line for line in stage.cloud.requests()[seen:]
                                                  if line["path"].endswith("/forwardingRules")]) >= 3)
    ours = [line for line in stage.cloud.writes()[len(before):] if line["path"].split("/")[-1] != rule.split("/")[-1]]
    assert not ours, ours
    assert len(stage.cloud.machines()) == 1
    stage.delete("tf")
    stage.until_gone("tf")
    assert not stage.cloud.ours()
    drop_policy(stage)


@case
def policy_by_label(stage):
    """a namespace comes under a policy, and leaves it, by its labels"""
    policy(stage, {"machineTypes": ["e2-*"]}, namespaceSelector={"matchExpressions": [
        {"key": "kubernetes.io/metadata.name", "operator": "In", "values": [stage.namespace]},
        {"key": "team", "operator": "Exists"}]})
    stage.start()
    stage.create("tf")
    stage.until_ready("tf")
    stage.kubectl("label", "namespace", stage.namespace, "team=web")
    denied(stage, "spec.template.machineType")
    stage.kubectl("label", "namespace", stage.namespace, "team-")
    stage.until_ready("tf")
    drop_policy(stage)


@case
def policy_built_in(stage):
    """without a policy: the project of the controller's credentials, and no service account; --project says which"""
    stage.start_cloud("--require-token")
    token = f"{stage.folder}/token"
    with open(token, "w", encoding="ascii") as file:
        file.write("ya29.token\n")
    stage.start_controller("--access-token-file", token)
    stage.create("tf")
    denied(stage, "spec.project", "the built-in policy", "is not known", "--project")
    assert stage.controller.stop() == 0
    stage.start_controller("--access-token-file", token, "--project", "my-project")
    stage.until_ready("tf")
    stage.edit("tf", {"template": {"serviceAccount": "default"}})
    denied(stage, "spec.template.serviceAccount", "the built-in policy allows no service account")
    policy(stage, {"serviceAccounts": ["default"]})
    stage.until_ready("tf")
    drop_policy(stage)


TEAM = "team@other-project.iam.gserviceaccount.com"


def impersonations(stage):
    return [line for line in token_requests(stage) if TEAM in line["path"]]


@case(weight=2)
def policy_identity(stage):
    """impersonateServiceAccount: everything of the namespace is done as that account; who may not be acted as is named"""
    stage.start_cloud("--issued-tokens-only")
    policy(stage, impersonateServiceAccount=TEAM)
    stage.cloud.world(serviceAccount={"email": TEAM, "enabled": False})
    start(stage, key_file(stage))
    stage.create("tf")
    found = stage.until_condition("tf", "Stalled", "PermissionDenied")
    for words in (TEAM, "by way of service account controller@my-project", "roles/iam.serviceAccountTokenCreator"):
        assert words in found["message"], found
    assert stage.cloud.requests() == [], "nothing is asked as somebody else"
    stage.cloud.world(serviceAccount={"email": TEAM, "enabled": True})
    stage.until_ready("tf", seconds=150)
    assert impersonations(stage)
    stage.delete("tf")
    stage.until_gone("tf")
    drop_policy(stage)


@case
def policy_home_of_a_login(stage):
    """a person's login says no project: that which pays counts"""
    stage.start_cloud("--issued-tokens-only")
    path = credentials(stage, "user.json", type="authorized_user", client_id="id.apps", client_secret="canary-secret",
                       refresh_token="1//canary-refresh", token_uri=service(stage, "token"), quota_project_id="other-project")
    start(stage, path)
    stage.create("tf")
    denied(stage, "the built-in policy allows only other-project", "not my-project")


@case
def policy_for_kubectl(stage):
    """kubectl: tflbpolicy, its columns and its manual; the example is taken"""
    policy(stage, impersonateServiceAccount=TEAM)
    said = stage.kubectl("get", "tflbpolicy", stage.namespace)
    assert said.splitlines()[0].split() == ["NAME", "PROJECTS", "IDENTITY", "AGE"], said
    assert json.dumps(["my-project"]) in said and TEAM in said, said
    said = stage.kubectl("explain", "tflbpolicy.spec.allow.startupScripts")
    assert "Default: Deny" in said and "ssh-keys" in said.replace("\n", " "), said
    drop_policy(stage)
