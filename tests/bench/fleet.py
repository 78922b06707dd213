"""Many load balancers at once: objects of about 8 KB in the API server, and for each its whole chain in the emulated cloud.

In each project one chain is made by the controller itself. The inserts it sent, as the emulator logged them, are then sent again
for every other object of the project with that object's names in them, in batches: so thousands of chains stand in seconds, as
the controller would have made them, and it finds nothing to do there."""

import base64
import hashlib
import http.client
import json
import queue
import threading
import time
import urllib.parse

from apiserver import GROUP, objects_path
from cloud import API
from harness import ready as ready_now
from harness import small, until

PER_PROJECT = 100
SENDERS = 6
BATCH = 100
LONG = 900  # seconds for what takes one on a machine that has nothing else to do: only what never comes is late
FINALIZER = "tflb.dev/cloud-resources"

SCRIPT = """#!/bin/bash
set -euo pipefail
mkdir -p /opt/serving/models
gsutil -m cp -r gs://{bucket}/models/{model} /opt/serving/models/
echo "{digest}  /opt/serving/models/{model}/saved_model.pb" | sha256sum --check
docker run --detach --restart always --publish 80:8501 --name serving \\
  --volume /opt/serving/models/{model}:/models/{model}:ro --env MODEL_NAME={model} \\
  tensorflow/serving:2.19.0 --rest_api_num_threads=16 --enable_batching=true
"""


def progress(text):
    print(f"  ... {text}", flush=True)


class Line:
    """One kept connection to the API server."""

    def __init__(self, api):
        self.api, self.connection = api, None

    def send(self, method, path, body=None, content_type="application/json"):
        """(status, answer as a tree)"""
        if not self.connection:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.api.port, context=self.api.context, timeout=LONG)
        headers = {"Authorization": "Bearer " + self.api.token, "Content-Type": content_type}
        self.connection.request(method, path, None if body is None else json.dumps(body, separators=(",", ":")), headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())


def in_parallel(make_sender, items, what):
    """Each of SENDERS threads makes its sender and calls it with item after item. Tells how far it is now and then."""
    waiting, errors, told = queue.SimpleQueue(), [], time.monotonic()
    items = list(items)
    for item in items:
        waiting.put(item)

    def work():
        try:
            sender = make_sender()
            while not errors:
                sender(waiting.get_nowait())
        except queue.Empty:
            pass
        except Exception as error:  # pylint: disable=broad-except  # raised again below
            errors.append(error)
    threads = [threading.Thread(target=work, daemon=True) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.5)
            if time.monotonic() - told > 5:
                told = time.monotonic()
                progress(f"{what}: {len(items) - waiting.qsize()} of {len(items)}")
    if errors:
        raise errors[0]


class Member:
    """One load balancer. Its names are as long as everybody's, and stand in nothing else."""

    def __init__(self, number, cluster):
        self.number = number
        self.name, self.namespace = f"serving-{number:05}", f"team-{number // PER_PROJECT:03}"
        self.project = f"project-{number // PER_PROJECT:03}"
        identity = f"{cluster}\n{self.namespace}\n{self.name}".encode()
        self.id = base64.b32encode(hashlib.sha256(identity).digest()).decode().lower()[:8]
        self.uid, self.has_status = None, False

    def is_first(self):
        return self.number % PER_PROJECT == 0

    def tokens(self):
        return [self.id, self.name, self.namespace, self.project, self.path(), self.uid]

    def path(self):
        return "/healthz/" + hashlib.sha256(self.name.encode()).hexdigest()[:12]

    def spec(self):
        digest = hashlib.sha256(self.project.encode()).hexdigest()
        model = f"ranker-{digest[:6]}"
        template = {**small()["template"], "machineType": "n1-standard-4",
                    "disk": {"diskSizeGb": 50 + self.number // PER_PROJECT, "diskType": "pd-balanced"},
                    "metadata": {"model": model}, "labels": {"release": digest[12:20]},
                    "startupScript": SCRIPT.format(bucket=f"models-{digest[20:32]}", model=model, digest=digest)}
        return {**small(), "project": self.project, "template": template, "healthCheck": {"requestPath": self.path()}}

    def body(self):
        """As kubectl apply makes it, with the finalizer that stands there since the controller first saw it."""
        body = {"apiVersion": GROUP, "kind": "TFLoadBalancer", "metadata": {"name": self.name, "namespace": self.namespace},
                "spec": self.spec()}
        applied = json.dumps({**body, "metadata": {**body["metadata"], "annotations": {}}}, separators=(",", ":"))
        body["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": applied + "\n"}
        body["metadata"]["finalizers"] = [FINALIZER]
        return body


class Fleet:
    """stage: with its plane and cloud. The cloud must be fast: an operation must be over when the next kind is sent."""

    def __init__(self, stage):
        self.stage, self.members = stage, []
        status, answer = stage.plane.api.call("GET", "/api/v1/namespaces/kube-system")
        assert status == 200, answer
        self.cluster, self.inserts, self.namespaces = answer["metadata"]["uid"], [], set()

    # --- objects ---

    def namespace(self, name):
        if name not in self.namespaces:
            self.namespaces.add(name)
            self.stage.make_namespace(name)

    def poster(self):
        line = Line(self.stage.plane.api)

        def post(member):
            path = objects_path(member.namespace) + "?fieldManager=kubectl-client-side-apply"
            status, answer = line.send("POST", path, member.body())
            assert status == 201, answer
            member.uid = answer["metadata"]["uid"]
        return post

    def toucher(self, value):
        """Changes nothing but an annotation, which is no business of the controller's, each time to something else."""
        line = Line(self.stage.plane.api)

        def touch(member):
            status, answer = line.send("PATCH", objects_path(member.namespace, member.name),
                                       {"metadata": {"annotations": {"bench": f"{value} {time.time_ns()}"}}},
                                       "application/merge-patch+json")
            assert status == 200, answer
        return touch

    def edit(self, member, spec):
        """Wall-clock time of the API server's answer."""
        status, answer = self.stage.plane.api.call("PATCH", objects_path(member.namespace, member.name), {"spec": spec},
                                                   "application/merge-patch+json")
        answered = time.time()
        assert status == 200, answer
        return answered

    def grow(self, size):
        """To so many members, each with its chain."""
        added = [Member(number, self.cluster) for number in range(len(self.members), size)]
        for member in added:
            self.namespace(member.namespace)
        self.members += added
        self.record([member for member in added if member.is_first()])
        added = [member for member in added if not member.is_first()]
        in_parallel(self.poster, added, "objects created")
        for kind, sample in enumerate(self.inserts[0]):
            batches = [added[at:at + BATCH] for at in range(0, len(added), BATCH)]
            in_parallel(lambda chosen=kind: lambda batch: self.replay(chosen, batch), batches,
                        f"batches of {sample['path'].split('/')[-1]}")

    # --- chains ---

    def record(self, members):
        """Their chains are made by a controller."""
        in_parallel(self.poster, members, "objects created")
        self.stage.start_controller("--drift-interval", "60m", namespaces=[])
        for member in members:
            self.stage.until_ready(member.name, member.namespace, LONG)
            member.has_status = True
        self.stage.controller.stop()
        inserts = [line for line in self.stage.cloud.writes() if line["method"] == "POST"]
        self.inserts += [[line for line in inserts if f"tflb-{member.id}-" in line["body"]] for member in members]

    def replay(self, kind, members):
        parts = []
        for member in members:
            model = self.members[member.number // PER_PROJECT * PER_PROJECT]
            insert = self.inserts[member.number // PER_PROJECT][kind]
            path, body = insert["path"], insert["body"]
            for before, after in zip(model.tokens(), member.tokens()):
                path, body = path.replace(before, after), body.replace(before, after)
            parts.append(f"--b\r\nContent-Type: application/http\r\nContent-ID: <{member.number}>\r\n\r\nPOST {path}\r\n"
                         f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}\r\n")
        self.send_batch("".join(parts) + "--b--\r\n")

    def send_batch(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.stage.cloud.port, timeout=LONG)
        try:
            connection.request("POST", "/batch/compute/v1", body.encode(), {"Content-Type": "multipart/mixed; boundary=b"})
            response = connection.getresponse()
            answer = response.read().decode()
            bad = next((line for line in answer.splitlines() if line.startswith("HTTP/1.1 ") and " 200 " not in line), None)
            assert response.status == 200 and not bad, f"{bad}: {answer[:2000]}"
        finally:
            connection.close()

    # --- questions ---

    def ready_ones(self):
        """How many objects are Ready, read in pages; 0 when the pages got too old meanwhile."""
        line, path, ready = Line(self.stage.plane.api), f"/apis/{GROUP}/tfloadbalancers?limit=500", 0
        token = ""
        while token is not None:
            status, page = line.send("GET", path + token)
            if status == 410:
                return 0
            assert status == 200, page
            ready += sum(1 for item in page["items"] if ready_now(item))
            rest = page["metadata"].get("continue")
            token = "&continue=" + urllib.parse.quote(rest) if rest else None
        return ready

    def until_ready(self, written, seconds=LONG * 4):
        """written: the statuses that the controller writes, as the audit log tells them. Objects are looked at when it
        has written one for each, and then writes no more."""
        seen, told = set(), [0, 0.0]

        def question():
            new = [each["objectRef"] for each in written.lines() if each["objectRef"].get("subresource") == "status"]
            seen.update((each["namespace"], each["name"]) for each in new)
            if time.monotonic() - told[1] > 5:
                progress(f"{len(seen)} of {len(self.members)} have a status")
                told[1] = time.monotonic()
            if len(seen) < told[0] or new:
                return False
            ready = self.ready_ones()
            progress(f"{ready} of {len(self.members)} are Ready")
            return ready == len(self.members)
        told[0] = sum(not member.has_status for member in self.members)
        until(f"all {len(self.members)} are Ready", seconds, question, pause=2)
        for member in self.members:
            member.has_status = True

    def object_bytes(self):
        """Size of one object as the API server prints it."""
        member = self.members[-1]
        return len(self.stage.plane.api.send("GET", objects_path(member.namespace, member.name))[1])


def is_of_chain(path):
    """Is a request about one chain, not about a whole project?"""
    return path.startswith(API) and "/tflb-" in path
