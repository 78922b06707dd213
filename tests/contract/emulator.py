"""A running gce-emulator, and the few ways in which the contract tests talk to it."""

import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse

PROJECT = "my-project"
ZONE = "us-central1-a"
WWW = "https://www.googleapis.com/compute/v1/"
GLOBAL = f"projects/{PROJECT}/global"
IN_ZONE = f"projects/{PROJECT}/zones/{ZONE}"
FAMILY = "projects/debian-cloud/global/images/family/debian-12"


class Answer:
    """One HTTP answer: status, headers, text, and body when the text is JSON."""

    def __init__(self, status, headers, text):
        self.status = status
        self.headers = headers
        self.text = text
        try:
            self.body = json.loads(text)
        except ValueError:
            self.body = None

    @property
    def reason(self):
        """The reason of a refusal, "" when there is none."""
        errors = (self.body or {}).get("error", {}).get("errors", [])
        return errors[0]["reason"] if errors else ""

    @property
    def message(self):
        return (self.body or {}).get("error", {}).get("message", "")


class Emulator:
    """A gce-emulator of its own on a free port of loopback."""

    def __init__(self, *flags, speed=200, metadata=False):
        self.folder = tempfile.mkdtemp(prefix="contract-")
        port_file, metadata_file = os.path.join(self.folder, "port"), os.path.join(self.folder, "metadata-port")
        if metadata:
            flags += ("--metadata-listen", "127.0.0.1:0", "--metadata-port-file", metadata_file)
        self.log_path = os.path.join(self.folder, "emulator.log")
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [os.environ["GCE_EMULATOR"], "--listen", "127.0.0.1:0", "--port-file", port_file,
                 "--speed", str(speed), "--seed", "1", *flags], stdout=log, stderr=log)
        self.port = int(self._wait_for(port_file))
        self.metadata_port = int(self._wait_for(metadata_file)) if metadata else None

    def _wait_for(self, port_file):
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            if os.path.exists(port_file):
                with open(port_file, encoding="utf-8") as file:
                    text = file.read()
                if text.endswith("\n"):
                    return text
            time.sleep(0.02)
        self.process.kill()
        raise RuntimeError("gce-emulator did not start: " + self.log())

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def stop(self):
        """Ends it as a person would; a crash or a sanitizer's complaint is an error."""
        crashed = self.process.poll() is not None
        self.process.terminate()
        status = self.process.wait(timeout=90)
        log = self.log()
        shutil.rmtree(self.folder)
        if crashed or status != 0:
            raise RuntimeError(f"gce-emulator ended with {status}:\n{log}")

    def open(self, timeout=60):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def send(self, method, path, body=None, query=None, headers=None, timeout=60):
        """One request as it is; path is absolute or, without a slash, below /compute/v1/."""
        target = path if path.startswith("/") else "/compute/v1/" + path
        if query:
            target += "?" + urllib.parse.urlencode(query)
        text = json.dumps(body) if body is not None and not isinstance(body, (str, bytes)) else body
        connection = self.open(timeout)
        try:
            connection.request(method, target, text, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode("utf-8"))
        finally:
            connection.close()

    def get(self, path, **query):
        answer = self.send("GET", path, query=query)
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.text}")
        return answer.body

    def finish(self, operation):
        """Waits for an operation and returns it as it is when DONE."""
        path = operation["selfLink"].partition("/compute/v1/")[2]
        while operation["status"] != "DONE":
            answer = self.send("POST", path + "/wait")
            if answer.status != 200:
                raise AssertionError(f"wait: {answer.status} {answer.text}")
            operation = answer.body
        return operation

    def do(self, method, path, body=None, **query):
        """A mutation that must succeed, waited for; returns its operation."""
        answer = self.send(method, path, body, query)
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.text}")
        operation = self.finish(answer.body)
        if "error" in operation:
            raise AssertionError(f"{method} {path}: {operation['error']}")
        return operation

    def make(self, collection, body):
        """Inserts a resource, waits, and returns it as it is read."""
        self.do("POST", collection, body)
        return self.get(f"{collection}/{body['name']}")

    def control(self, method, path, body=None, **query):
        answer = self.send(method, "/emulator/v1/" + path, body, query)
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.text}")
        return answer.body

    def until(self, what, seconds=90):
        """Calls what until it returns something true, and returns that."""
        deadline = time.monotonic() + seconds
        while True:
            value = what()
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing true within {seconds} s, last {value!r}")
            time.sleep(0.05)

    def stable(self, group, zone=ZONE):
        """Waits until a zonal group is stable and returns it."""
        path = f"projects/{PROJECT}/zones/{zone}/instanceGroupManagers/{group}"
        return self.until(lambda: (lambda seen: seen["status"]["isStable"] and seen)(self.get(path)))


class EmulatorTest(unittest.TestCase):
    """Tests that share one emulator, which is reset before each of them."""

    flags = ()
    speed = 200
    metadata = False

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator(*cls.flags, speed=cls.speed, metadata=cls.metadata)
        cls.addClassCleanup(cls.emulator.stop)

    def setUp(self):
        self.emulator.control("POST", "reset", {})

    def assert_refused(self, answer, status, reason, text):
        """A refusal of the recorded form: code, message, and one error with domain, reason and the same message."""
        self.assertEqual((status, reason), (answer.status, answer.reason), answer.text)
        self.assertIn(text, answer.message)
        error = answer.body["error"]
        self.assertEqual(status, error["code"])
        self.assertEqual(error["message"], error["errors"][0]["message"])
        self.assertEqual("application/json; charset=UTF-8", answer.headers["Content-Type"])


def link(path):
    """How the service prints a reference to a path."""
    return WWW + path


def health_check(name, **more):
    return {"name": name, "type": "HTTP", "checkIntervalSec": 5, "timeoutSec": 5, "healthyThreshold": 2,
            "unhealthyThreshold": 2, "httpHealthCheck": {"port": 80, "requestPath": "/", "proxyHeader": "NONE"}, **more}


def template(name, **properties):
    return {"name": name, "properties": {
        "machineType": "n1-standard-4",
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": FAMILY}}],
        "networkInterfaces": [{"network": f"{GLOBAL}/networks/default"}], **properties}}


def group(name, template_name, size, **more):
    return {"name": name, "baseInstanceName": name, "targetSize": size,
            "instanceTemplate": f"{GLOBAL}/instanceTemplates/{template_name}", **more}


def backend_service(name, check, **more):
    return {"name": name, "protocol": "HTTP", "portName": "http", "timeoutSec": 30, "loadBalancingScheme": "EXTERNAL",
            "healthChecks": [f"{GLOBAL}/healthChecks/{check}"], **more}


def url_map(name, service, **more):
    return {"name": name, "defaultService": f"{GLOBAL}/backendServices/{service}", **more}


PROBES = ["130.211.0.0/22", "35.191.0.0/16"]


def probe_firewall(name, **more):
    return {"name": name, "network": f"{GLOBAL}/networks/default", "direction": "INGRESS", "sourceRanges": PROBES,
            "allowed": [{"IPProtocol": "tcp", "ports": ["80"]}], **more}


class Chain:
    """The well-known chain, made over plain HTTP as far as a test asks for it."""

    def __init__(self, emulator):
        self.emulator = emulator

    def machines(self, size=2, ports=({"name": "http", "port": 80},)):
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template"))
        self.emulator.make(f"{IN_ZONE}/instanceGroupManagers",
                           group("tf-group", "tf-template", size, namedPorts=list(ports)))
        return self

    def service(self):
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-check"))
        self.emulator.make(f"{GLOBAL}/backendServices", backend_service("tf-service", "tf-check"))
        return self

    def map(self):
        self.service()
        self.emulator.make(f"{GLOBAL}/urlMaps", url_map("tf-map", "tf-service"))
        return self

    def proxy(self):
        self.map()
        self.emulator.make(f"{GLOBAL}/targetHttpProxies", {"name": "tf-proxy", "urlMap": f"{GLOBAL}/urlMaps/tf-map"})
        return self

    def rule(self):
        self.proxy()
        self.emulator.make(f"{GLOBAL}/forwardingRules",
                           {"name": "tf-rule", "portRange": "80", "loadBalancingScheme": "EXTERNAL",
                            "target": f"{GLOBAL}/targetHttpProxies/tf-proxy"})
        return self


FORMS = {
    "uint64": lambda value: isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,19}", value) is not None
    and int(value) < 1 << 64,
    "time": lambda value: isinstance(value, str)
    and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", value) is not None,
    "fingerprint": lambda value: isinstance(value, str) and len(value) == 12
    and len(base64.urlsafe_b64decode(value)) == 8,
    "address": lambda value: isinstance(value, str) and re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", value) is not None,
}


def has_form(form, value):
    return FORMS[form](value)
