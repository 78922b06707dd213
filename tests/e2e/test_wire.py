"""The API server core of the simulations answers as a real API server does: one script, played to both."""

import json

from apiserver import GROUP, events_path, objects_path
from cases import case
from harness import small
from wire import Core, Real

FINALIZER = "tflb.dev/cloud-resources"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
AS_US = "fieldManager=tflb-controller"


class Script:
    """Plays to one server and keeps what it said, in a form that can be compared."""

    def __init__(self, server, namespace):
        self.server, self.namespace = server, namespace
        self.steps, self.versions = [], {}

    def path(self, name=None):
        return objects_path(self.namespace, name)

    def note(self, step, answer):
        status, content_type, body = answer
        kind = content_type.split(";")[0]
        if kind == "application/json":
            body = [self.plain(json.loads(line)) for line in body.splitlines()] if "watch" in step else self.plain(json.loads(body))
        self.steps.append((step, status, kind, body))

    def send(self, step, method, path, query="", content_type="application/json", body=None):
        """Returns the answer as it came."""
        answer = self.server.send(method, path, query, content_type, body if body is None else json.dumps(body))
        self.note(step, answer)
        return json.loads(answer[2]) if answer[1].startswith("application/json") else None

    def watch(self, step, since, acts=(), enough=1, seconds=1):
        """Until so many events have come. seconds: of the core's time, in which they come."""
        query = f"watch=1&allowWatchBookmarks=true&resourceVersion={since}"
        self.note(step, self.server.watch(self.path(), query, list(acts), enough, seconds))

    # --- what differs between any two servers is given a name ---

    def plain(self, tree, bookmark=False):
        if bookmark:  # its version is the server's newest
            return {**tree, "metadata": {**tree["metadata"], "resourceVersion": "some"}}
        if tree.get("type") in ("ADDED", "MODIFIED", "DELETED", "ERROR", "BOOKMARK"):
            return {"type": tree["type"], "object": self.plain(tree["object"], tree["type"] == "BOOKMARK")}
        if tree.get("kind") == "Status":
            return {name: tree.get(name) for name in ("kind", "apiVersion", "status", "reason", "code")}
        if "items" in tree:
            metadata = {"continue": bool(tree["metadata"].get("continue")), "resourceVersion": "some"}
            return {**tree, "metadata": metadata, "items": [self.plain(item) for item in tree["items"]]}
        return {**tree, "metadata": self.plain_metadata(tree["metadata"])}

    def plain_metadata(self, metadata):
        plain = {name: value for name, value in metadata.items() if name != "managedFields"}
        for name in ("creationTimestamp", "deletionTimestamp"):
            if name in plain:
                plain[name] = f"a time of {len(plain[name])} characters"
        for name in ("uid", "resourceVersion"):
            if name in plain:
                plain[name] = self.versions.setdefault(plain[name], f"{name} {len(self.versions)}")
        return plain


def an_object(script, name):
    return {"apiVersion": GROUP, "kind": "TFLoadBalancer", "metadata": {"name": name, "namespace": script.namespace},
            "spec": small()}


def a_status(item, reason):
    """An apply of the status, as the controller sends it."""
    ready = {"type": "Ready", "status": "False", "reason": reason, "message": "m", "observedGeneration": 1,
             "lastTransitionTime": "2026-01-02T03:04:05Z"}
    return {"apiVersion": GROUP, "kind": "TFLoadBalancer",
            "metadata": {key: item["metadata"][key] for key in ("name", "namespace", "uid")},
            "status": {"observedGeneration": 1, "conditions": [ready]}}


def finalizer_added(uid):
    return [{"op": "test", "path": "/metadata/uid", "value": uid},
            {"op": "test", "path": "/metadata/finalizers", "value": None},
            {"op": "add", "path": "/metadata/finalizers", "value": [FINALIZER]}]


def finalizer_removed(uid):
    return [{"op": "test", "path": "/metadata/uid", "value": uid},
            {"op": "test", "path": "/metadata/finalizers/0", "value": FINALIZER},
            {"op": "remove", "path": "/metadata/finalizers/0"}]


def play_reads(script):
    script.send("an empty list", "GET", script.path(), "limit=500")
    script.send("an object that is not there", "GET", script.path("none"))
    script.server.act({"apply": an_object(script, "a")})
    item = script.send("an object with defaults", "GET", script.path("a"))
    script.server.act({"apply": an_object(script, "b")}, {"apply": an_object(script, "c")})
    page = script.send("the first page", "GET", script.path(), "limit=2")
    script.send("the second page", "GET", script.path(), "limit=2&continue=" + page["metadata"]["continue"])
    script.send("all at once", "GET", script.path())
    return item, page["metadata"]["resourceVersion"]


def play_patches(script, item):
    uid = item["metadata"]["uid"]
    script.send("finalizer added", "PATCH", script.path("a"), AS_US, JSON_PATCH, finalizer_added(uid))
    script.send("finalizer added again", "PATCH", script.path("a"), AS_US, JSON_PATCH, finalizer_added(uid))
    script.send("finalizer, wrong uid", "PATCH", script.path("b"), AS_US, JSON_PATCH, finalizer_added(uid))
    script.send("finalizer that is not there removed", "PATCH", script.path("b"), AS_US, JSON_PATCH,
                [{"op": "test", "path": "/metadata/finalizers/0", "value": FINALIZER},
                 {"op": "remove", "path": "/metadata/finalizers/0"}])
    script.send("patch of what is not there", "PATCH", script.path("none"), AS_US, JSON_PATCH, finalizer_added(uid))
    script.send("patch of an unknown kind", "PATCH", script.path("a"), AS_US, "text/plain", [])


def play_status(script, item):
    force = AS_US + "&force=true"
    script.send("status applied", "PATCH", script.path("a") + "/status", force, APPLY, a_status(item, "Creating"))
    script.send("the same applied again", "PATCH", script.path("a") + "/status", force, APPLY, a_status(item, "Creating"))
    script.send("another status", "PATCH", script.path("a") + "/status", force, APPLY, a_status(item, "Unhealthy"))
    script.send("status of another uid", "PATCH", script.path("b") + "/status", force, APPLY,
                {**a_status(item, "Creating"), "metadata": {"name": "b", "namespace": script.namespace,
                                                            "uid": item["metadata"]["uid"]}})


def play_watches(script, item, since):
    script.watch("watch: what happened since a list", since, enough=4)
    script.server.act({"edit": f"{script.namespace}/b", "spec": {"replicas": 4}})
    now = script.send("an edit raises the generation", "GET", script.path("b"))["metadata"]["resourceVersion"]
    script.watch("watch: edits, additions and deletes", now, enough=4, acts=[
        {"edit": f"{script.namespace}/b", "spec": {"replicas": 5}}, {"apply": an_object(script, "d")},
        {"delete": f"{script.namespace}/c"}, {"delete": f"{script.namespace}/a"}])
    now = script.send("all at the end", "GET", script.path())["metadata"]["resourceVersion"]
    script.watch("watch: a bookmark when nothing happens", now, seconds=60)
    script.send("on its way out", "GET", script.path("a"))
    script.send("finalizer removed", "PATCH", script.path("a"), AS_US, JSON_PATCH, finalizer_removed(item["metadata"]["uid"]))
    script.send("gone", "GET", script.path("a"))
    script.server.act({"compact": True})
    script.watch("watch: from before what is remembered", "1")


def play_the_rest(script):
    script.send("the namespace that names the cluster", "GET", "/api/v1/namespaces/kube-system")
    script.send("an event", "POST", events_path(script.namespace), "", "application/json", {
        "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "e.1", "namespace": script.namespace},
        "eventTime": "2026-01-02T03:04:05.000000Z", "reportingController": "tflb.dev/controller",
        "reportingInstance": "one", "type": "Normal", "reason": "Created", "action": "Create", "note": "n",
        "regarding": {"apiVersion": GROUP, "kind": "TFLoadBalancer", "namespace": script.namespace, "name": "b"}})


def play(server, namespace):
    script = Script(server, namespace)
    item, since = play_reads(script)
    play_patches(script, item)
    play_status(script, item)
    play_watches(script, item, since)
    play_the_rest(script)
    return script.steps


# Of these the core answers only what the controller looks at.
PARTLY = {"the namespace that names the cluster", "an event"}


def within(part, whole):
    """Is every member of part in whole, with the same value?"""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and within(value, whole[name]) for name, value in part.items())
    return part == whole


def where_different(core, real, path):
    """The places at which two answers differ, each with both values."""
    if isinstance(core, dict) and isinstance(real, dict):
        for name in sorted({*core, *real}):
            yield from where_different(core.get(name), real.get(name), f"{path}.{name}")
    elif isinstance(core, list) and isinstance(real, list) and len(core) == len(real):
        for index, (mine, theirs) in enumerate(zip(core, real)):
            yield from where_different(mine, theirs, f"{path}[{index}]")
    elif core != real:
        yield f"{path}: core {json.dumps(core)[:200]}, real {json.dumps(real)[:200]}"


def differences(core, real):
    assert [step[0] for step in core] == [step[0] for step in real]
    for (step, *mine), (_, *theirs) in zip(core, real):
        if step in PARTLY and mine[:2] == theirs[:2] and within(mine[2], theirs[2]):
            continue
        yield from where_different(mine, theirs, step)


@case
def core_answers_as_real(stage):
    """the simulation's API server core and the real one answer one script alike"""
    core = Core(stage.session.tool("tflb-wire-core"))
    found = list(differences(play(core, stage.namespace), play(Real(stage.plane.api), stage.namespace)))
    core.finish()
    assert not found, "\n" + "\n".join(found)


@case
def type_not_installed(stage):
    """a group that the API server does not know: not a Status, but a line of text"""
    core = Core(stage.session.tool("tflb-wire-core"))
    core.act({"install": False})
    mine = core.send("GET", objects_path(stage.namespace))
    core.finish()
    theirs = Real(stage.plane.api).send("GET", objects_path(stage.namespace).replace("tflb.dev", "absent.tflb.dev"))
    assert mine == theirs, (mine, theirs)
