"""What users may do by the roles that come with the manifests, and what the controller may not."""

from cases import case
from harness import until
from janitor import ROOT
from manifests import kustomized, objects

RBAC = "/apis/rbac.authorization.k8s.io/v1"
CONTROLLER = "system:serviceaccount:tflb-system:tflb-controller"


def allowed(stage, user, verb, resource, name="", group="tflb.dev"):
    """Whether the API server lets the user, in the case's namespace. resource: with its subresource, if any."""
    resource, _, subresource = resource.partition("/")
    groups = ["system:authenticated"]
    if user == CONTROLLER:
        groups += ["system:serviceaccounts", "system:serviceaccounts:tflb-system"]
    asked = {"namespace": stage.namespace, "verb": verb, "group": group, "resource": resource, "subresource": subresource,
             "name": name}
    status, answer = stage.plane.api.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": groups, "resourceAttributes": asked}})
    assert status == 201, answer
    return answer["status"]["allowed"]


def bind(stage, role, user):
    status, answer = stage.plane.api.call("POST", f"{RBAC}/namespaces/{stage.namespace}/rolebindings", {
        "metadata": {"name": f"{user}-{role}"}, "subjects": [{"kind": "User", "name": user}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}})
    assert status == 201, answer


READ, WRITE = ("get", "list", "watch"), ("create", "update", "patch", "delete", "deletecollection")


@case
def user_roles(stage):
    """tflb-view reads; tflb-edit writes the spec and the scale, never the status"""
    stage.plane.kubectl("apply", "-k", f"{ROOT}/deploy")
    bind(stage, "tflb-view", "viewer")
    bind(stage, "tflb-edit", "editor")
    until("the binding holds", 10, lambda: allowed(stage, "viewer", "get", "tfloadbalancers"))
    until("the binding holds", 10, lambda: allowed(stage, "editor", "create", "tfloadbalancers"))
    for verb in READ + WRITE:
        assert allowed(stage, "viewer", verb, "tfloadbalancers") == (verb in READ), verb
        assert allowed(stage, "editor", verb, "tfloadbalancers") == (verb in WRITE), verb
    for verb in ("get", "update", "patch"):
        assert allowed(stage, "viewer", verb, "tfloadbalancers/scale") == (verb == "get"), verb
        assert allowed(stage, "editor", verb, "tfloadbalancers/scale") == (verb != "get"), verb
        assert allowed(stage, "viewer", verb, "tfloadbalancers/status") == (verb == "get"), verb
        assert not allowed(stage, "editor", verb, "tfloadbalancers/status"), verb


def takes_in(stage, role, labels):
    """Whether Kubernetes' own role of that name takes in one with those labels."""
    status, answer = stage.plane.api.call("GET", f"{RBAC}/clusterroles/{role}")
    assert status == 200, answer
    selectors = [selector["matchLabels"] for selector in answer["aggregationRule"]["clusterRoleSelectors"]]
    return any(selector.items() <= labels.items() for selector in selectors)


@case
def taken_in(stage):
    """view, edit and admin of Kubernetes take in the roles that come with the manifests"""
    made = objects(kustomized("deploy"))
    labels = {role: made["ClusterRole", None, f"tflb-{role}"]["metadata"]["labels"] for role in ("view", "edit")}
    assert takes_in(stage, "view", labels["view"]) and not takes_in(stage, "view", labels["edit"])
    assert takes_in(stage, "edit", labels["edit"]) and takes_in(stage, "admin", labels["edit"])
    # edit takes in view, and admin edit: so their holders may read, too.
    for inner, outer in (("view", "edit"), ("edit", "admin")):
        assert takes_in(stage, outer, stage.plane.api.call("GET", f"{RBAC}/clusterroles/{inner}")[1]["metadata"]["labels"])


@case
def no_secrets(stage):
    """the controller may read no Secret and no Lease of others, and of namespaces only what lists show"""
    stage.plane.kubectl("apply", "-k", f"{ROOT}/deploy")
    until("it is bound", 10, lambda: allowed(stage, CONTROLLER, "list", "tfloadbalancers"))
    for verb in READ + WRITE:
        assert not allowed(stage, CONTROLLER, verb, "secrets", group=""), verb
        assert not allowed(stage, CONTROLLER, verb, "leases", "tflb-controller", "coordination.k8s.io"), verb
        assert allowed(stage, CONTROLLER, verb, "namespaces", "kube-system", "") == (verb in READ), verb
        assert allowed(stage, CONTROLLER, verb, "namespaces", "default", "") == (verb in ("list", "watch")), verb
        assert allowed(stage, CONTROLLER, verb, "tfloadbalancerpolicies") == (verb in ("list", "watch")), verb
