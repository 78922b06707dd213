"""The two API servers that must answer alike, behind one interface: the real one, and the simulation's core."""

import http.client
import json
import subprocess
import threading
import time

from apiserver import objects_path

MERGE = "application/merge-patch+json"


class Core:
    """tflb-wire-core, asked by lines."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def send(self, method, path, query="", content_type="application/json", body=None):
        answer = self.ask(request={"method": method, "path": path, "query": query, "type": content_type, "body": body})
        return answer["status"], answer["type"], answer["body"]

    def watch(self, path, query, acts, enough, seconds):
        answer = self.ask(watch={"path": path, "query": query}, acts=acts, ms=1000 * seconds)
        return answer["status"], answer["type"], answer["body"]

    def act(self, *acts):
        self.ask(acts=list(acts))

    def finish(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0


class Real:
    """A real API server, with the core's acts carried out as users do them."""

    def __init__(self, api):
        self.api = api

    def connect(self, method, path, query, content_type, body, timeout):
        connection = http.client.HTTPSConnection("127.0.0.1", self.api.port, context=self.api.context, timeout=timeout)
        headers = {"Authorization": "Bearer " + self.api.token, "Content-Type": content_type}
        connection.request(method, f"{path}?{query}", body, headers)
        return connection, connection.getresponse()

    def send(self, method, path, query="", content_type="application/json", body=None):
        connection, response = self.connect(method, path, query, content_type, body, 20)
        with connection.sock or response:
            return response.status, response.headers["Content-Type"], response.read().decode()

    def watch(self, path, query, acts, enough, seconds):
        """Until so many lines have come, or for 5 s: a real server sends a bookmark before it ends a watch."""
        connection, response = self.connect("GET", path, query + "&timeoutSeconds=5", "application/json", None, 20)
        actor = threading.Thread(target=lambda: (time.sleep(0.3), self.act(*acts)))
        actor.start()
        lines = []
        while len(lines) < enough and (line := response.readline()):
            lines.append(line.decode())
        actor.join()
        connection.close()
        return response.status, response.headers["Content-Type"], "".join(lines)

    def act(self, *acts):
        for act in acts:
            if "apply" in act:
                self.must("POST", objects_path(act["apply"]["metadata"]["namespace"]), act["apply"])
            elif "edit" in act:
                self.must("PATCH", objects_path(*act["edit"].split("/")), {"spec": act["spec"]}, MERGE)
            elif "delete" in act:
                self.must("DELETE", objects_path(*act["delete"].split("/")))

    def must(self, method, path, body=None, content_type="application/json"):
        status, answer = self.api.call(method, path, body, content_type)
        assert status in (200, 201), answer

    def finish(self):
        pass
