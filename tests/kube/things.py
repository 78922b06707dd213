"""A resource type of the tests' own, whoever writes its objects, and what the API server says there is."""

import base64
import hashlib
import http.client
import json
import random
import threading

from harness import Failure, until

GROUP = "tests.tflb.dev"
VERSION = "v1"
MERGE = "application/merge-patch+json"


def crd(plural, columns=0):
    """Objects may hold anything. columns: printer columns, so that there is something to change."""
    kind = plural[:-1].capitalize()
    column = {"name": "N", "type": "integer", "jsonPath": ".spec.n"}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{GROUP}"},
            "spec": {"group": GROUP, "scope": "Namespaced",
                     "names": {"plural": plural, "singular": plural[:-1], "kind": kind, "listKind": f"{kind}List"},
                     "versions": [{"name": VERSION, "served": True, "storage": True,
                                   "additionalPrinterColumns": [{**column, "name": f"N{i}"} for i in range(columns)],
                                   "schema": {"openAPIV3Schema": {
                                       "type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def install(plane, plural="things"):
    status, answer = plane.api.call("POST", CRDS, crd(plural))
    assert status == 201, answer
    path = f"/apis/{GROUP}/{VERSION}/{plural}"
    until(f"the API server serves {plural}", 30, lambda: plane.api.send("GET", path)[0] == 200)


def digest(spec):
    """As tflb-table prints it."""
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"))
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:20]


class Things:
    """The objects of one plural in one namespace."""

    def __init__(self, api, namespace, plural="things"):
        self.api, self.namespace, self.plural = api, namespace, plural
        self.path = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{plural}"

    def body(self, name, spec):
        return {"apiVersion": f"{GROUP}/{VERSION}", "kind": self.plural[:-1].capitalize(), "metadata": {"name": name},
                "spec": spec}

    def ask(self, method, path, body=None):
        """The answer; a server that has only just started may say at first that it is not ready for it."""
        def question():
            status, answer = self.api.call(method, path, body)
            return None if status in (429, 503) else (status, answer)
        status, answer = until(f"{method} {path} is answered", 30, question)
        assert status < 300, answer
        return answer

    def create(self, name, **spec):
        return self.ask("POST", self.path, self.body(name, spec))

    def listed(self):
        """key -> (uid, version, digest), as of now."""
        answer = self.ask("GET", self.path)
        return {f"{self.namespace}/{item['metadata']['name']}":
                (item["metadata"]["uid"], item["metadata"]["resourceVersion"], digest(item["spec"]))
                for item in answer["items"]}


class Done:
    """How many writes were carried out."""

    def __init__(self):
        self.upserts = self.deletes = self.unclear = 0

    def add(self, other):
        self.upserts += other.upserts
        self.deletes += other.deletes
        self.unclear += other.unclear

    def total(self):
        return self.upserts + self.deletes


class Writer(threading.Thread):
    """Creates, changes and deletes the objects of its own names, one after the other, over one connection."""

    def __init__(self, things, names, size, seed):
        super().__init__(daemon=True)
        self.things, self.names, self.size = things, names, size
        self.random, self.done = random.Random(seed), Done()
        self.known, self.connection = set(), None
        self.enough, self.failure = threading.Event(), None

    def request(self, method, path, body, content_type):
        if not self.connection:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.things.api.port,
                                                          context=self.things.api.context, timeout=90)
        headers = {"Authorization": "Bearer " + self.things.api.token, "Content-Type": content_type}
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        response = self.connection.getresponse()
        response.read()
        return response.status

    def spec(self):
        return {"n": self.random.randrange(1 << 40), "text": "x" * self.random.randrange(self.size)}

    def choose(self, name):
        """(method, path, body, content type) of the next write to it."""
        path = f"{self.things.path}/{name}"
        if name not in self.known:
            return "POST", self.things.path, self.things.body(name, self.spec()), "application/json"
        if self.random.randrange(4) == 0:
            return "DELETE", path, None, "application/json"
        return "PATCH", path, {"spec": self.spec()}, MERGE

    def step(self):
        name = self.random.choice(self.names)
        method, *rest = self.choose(name)
        status = self.request(method, *rest)
        if status in (404, 409):  # an earlier write whose answer was lost
            (self.known.discard if status == 404 else self.known.add)(name)
        elif status < 300:
            (self.known.discard if method == "DELETE" else self.known.add)(name)
            self.done.deletes += method == "DELETE"
            self.done.upserts += method != "DELETE"
        elif status not in (429, 500, 503, 504):
            raise Failure(f"{method} is answered with {status}")

    def run(self):
        while not self.enough.is_set():
            try:
                self.step()
            except (OSError, http.client.HTTPException):
                self.done.unclear += 1
                self.connection = None
                self.enough.wait(0.1)
            except Exception as failure:
                self.failure = failure
                return


class Churn:
    """Writers at work as long as the block lasts. Afterwards `done` says what they did."""

    def __init__(self, things, names=40, size=2000, writers=2, seed=1, prefix="t"):
        self.done = Done()
        self.writers = [Writer(things, [f"{prefix}{i}" for i in range(names)[w::writers]], size, seed * 100 + w)
                        for w in range(writers)]

    def so_far(self):
        return sum(writer.done.total() for writer in self.writers)

    def wait(self, more, seconds=30):
        """Until so many more writes were carried out."""
        goal = self.so_far() + more
        until(f"{more} more writes", seconds, lambda: self.so_far() >= goal or self.failed())

    def failed(self):
        return any(writer.failure for writer in self.writers)

    def __enter__(self):
        for writer in self.writers:
            writer.start()
        return self

    def __exit__(self, kind, *rest):
        for writer in self.writers:
            writer.enough.set()
        for writer in self.writers:
            writer.join(30)
            self.done.add(writer.done)
        for writer in self.writers:
            if writer.failure and kind is None:
                raise writer.failure
