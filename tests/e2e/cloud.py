"""The emulated cloud: its program, what stands in it, what was asked of it, and what a colleague does to it by hand."""

import http.client
import json

PROJECT = "my-project"
API = "/compute/v1/"
# The chain from the front backwards. Behind each collection stands what it uses.
FRONT_TO_BACK = ["forwardingRules", "targetHttpProxies", "urlMaps", "backendServices", "instanceGroupManagers",
                 "instanceTemplates"]


class Refused(Exception):
    """The cloud said no."""

    def __init__(self, status, error):
        super().__init__(f"{status}: {error.get('message')}")
        self.message = error.get("message", "")


class Cloud:
    """A client of one emulator. All times are real seconds."""

    def __init__(self, port, request_log):
        self.port, self.request_log = port, request_log
        self.endpoint = f"http://127.0.0.1:{port}{API}"

    def send(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()

    # --- control ---

    def control(self, method, what, body=None):
        status, answer = self.send(method, "/emulator/v1/" + what, body)
        assert status < 300, f"{method} {what}: {answer}"
        return answer

    def state(self):
        return self.control("GET", "state")

    def world(self, **change):
        self.control("POST", "world", change)

    def fault(self, **fault):
        return self.control("POST", "faults", fault)

    def forget_faults(self):
        self.control("DELETE", "faults")

    # --- what stands ---

    def ours(self, prefix="tflb-"):
        """path -> resource, of everything whose name begins so."""
        return {path: body for path, body in self.state()["resources"].items() if body.get("name", "").startswith(prefix)}

    def collection(self, collection, prefix="tflb-"):
        return sorted(path for path in self.ours(prefix) if f"/{collection}/" in path)

    def machines(self):
        return [machine for group in self.state()["instances"].values() for machine in group]

    def failed_operations(self):
        return [operation for operation in self.state()["operations"].values() if "error" in operation]

    # --- what was asked ---

    def requests(self):
        """Every request so far, oldest first; the control surface's own left out."""
        with open(self.request_log, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        return [line for line in lines if line["path"].startswith(API)]

    def writes(self):
        """Mutations, oldest first."""
        return [line for line in self.requests() if line["method"] != "GET" and not is_question(line["path"])]

    def refused(self):
        """What the cloud refused, at once or in an operation. That something is not there is an answer, no refusal."""
        refused = [line for line in self.requests() if line["status"] >= 400]
        return [line for line in refused if (line["method"], line["status"]) != ("GET", 404)] + self.failed_operations()

    # --- a colleague at work ---

    def call(self, method, path, body=None):
        """A call as gcloud makes it: its operation is over when this returns."""
        status, answer = self.send(method, f"{API}{path}", body)
        if status >= 400:
            raise Refused(status, answer["error"])
        while answer.get("kind") == "compute#operation" and answer["status"] != "DONE":
            _, answer = self.send("POST", API + answer["selfLink"].split(API)[1] + "/wait")
        if "error" in answer:
            raise Refused(answer.get("httpErrorStatusCode"), answer["error"]["errors"][0])
        return answer

    def get(self, path):
        return self.call("GET", path)

    def users(self, path):
        """Paths of what refers to a resource."""
        resources = self.state()["resources"]
        marks = [f'/{resources[path]["name"]}"', f'"{resources[path].get("address")}"']
        return [user for user, body in resources.items() if user != path and mentions(body, marks)]

    def remove(self, path):
        """Deletes a resource, and where the cloud refuses, first whatever uses it. Returns the paths that are gone."""
        try:
            self.call("DELETE", path)
            return [path]
        except Refused as refusal:
            if "already being used by" not in refusal.message:
                raise
        gone = []
        while users := self.users(path):
            gone += self.remove(users[0])
        return gone + self.remove(path)


def mentions(body, marks):
    text = json.dumps({name: value for name, value in body.items() if name not in ("usedBy", "description", "selfLink")})
    return any(mark in text for mark in marks)


def is_question(path):
    """Calls that are no GET and change nothing."""
    return path.endswith(("/wait", "/getHealth", "/listManagedInstances"))


def collection_of(path):
    return path.split("/")[-2]
