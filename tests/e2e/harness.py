"""What every case stands on: a session with its janitor and control planes, processes with their logs, and a stage for
one case: a namespace, a cloud and controllers of its own."""

import base64
import contextlib
import glob
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

from apiserver import ApiServer, events_path, objects_path
from cloud import Cloud
from janitor import ROOT, Janitor

CRDS = f"{ROOT}/crds"
EXAMPLES = f"{ROOT}/deploy/examples"
SPEED = 60  # emulated seconds per second: a chain is Ready within ten
READY_LIMIT = 60
SECRET = re.compile(r"ya29\.|PRIVATE KEY|canary-|eyJ[\w-]{20}")


class Failure(AssertionError):
    """A case did not go as it must."""


class Skipped(Exception):
    """A case needs what this machine does not have."""


def patience(seconds):
    """Nothing fails for being slow: what a quick machine takes so many seconds for at most may take this long."""
    return max(90, 3 * seconds)


def until(what, seconds, question, pause=0.1):
    """Asks again and again until the answer is true, and returns it. seconds: see patience()."""
    seconds = patience(seconds)
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(pause)


class Process:
    """A program that runs beside the case, with all its output in one file. errors: a descriptor for its standard error."""

    def __init__(self, session, command, log, environment=None, errors=None):
        self.session, self.command, self.log = session, command, log
        with open(log, "ab") as output:
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors or output,
                                          env={**os.environ, **(environment or {})}, start_new_session=True)
        session.janitor.started(self.popen.pid)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def says(self, pattern):
        return re.search(pattern, self.text())

    def signal(self, number):
        self.popen.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait(5)

    def wait(self, seconds):
        """The exit code."""
        code = self.popen.wait(patience(seconds))
        self.session.janitor.ended(self.popen.pid)
        return code

    def stop(self):
        if self.popen.poll() is None:
            self.signal(signal.SIGTERM)
            self.signal(signal.SIGCONT)
        try:
            return self.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"{self.command[0]} does not end on SIGTERM") from None


class Plane:
    """One control plane: etcd and API server."""

    def __init__(self, session, folder, *flags):
        self.session, self.folder, self.flags = session, folder, flags
        self.kubeconfig = f"{folder}/kubeconfig"
        # Whom controllers are to this API server, as a user's entry in a kubeconfig and as a whole one.
        self.user, self.controllers_kubeconfig = {"token": "admin-token"}, self.kubeconfig
        session.janitor.tell("plane", folder)
        self.up()
        self.api = ApiServer(folder)

    def up(self):
        command = [f"{ROOT}/tests/controlplane/up", self.folder]
        subprocess.run(command + ["--", *self.flags] * bool(self.flags), stdout=subprocess.DEVNULL, check=True)

    def pid(self):
        """Of the API server (and its etcd, when that is no process of its own)."""
        with open(f"{self.folder}/pid", encoding="ascii") as file:
            return int(file.read())

    def kill(self):
        pid = self.pid()
        os.kill(pid, signal.SIGKILL)
        until("the API server ends", 20, lambda: not os.path.exists(f"/proc/{pid}"))

    def down(self):
        """SIGTERM, and after 10 s SIGKILL: an API server waits longer than that for those who watch."""
        subprocess.run([f"{ROOT}/tests/controlplane/down", self.folder], check=True)

    def kubectl(self, *arguments, text=None, fails=False, environment=None):
        """What kubectl prints. fails: it must refuse, and its words are returned."""
        command = [self.session.kubectl, "--kubeconfig", self.kubeconfig, *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600, check=False,
                              env={**os.environ, **(environment or {})})
        output = done.stdout + done.stderr
        if (done.returncode != 0) != fails:
            raise Failure(f"kubectl {' '.join(arguments)}: exit {done.returncode}\n{output}")
        return output if fails else done.stdout

    def write_kubeconfig(self, path, user=None, server=None, authority=None):
        """As controllers have it, but for what is given: the user's entry, the URL, the CA's file. Returns the path."""
        with open(f"{self.folder}/ca.crt" if authority is None else authority, "rb") as file:
            authority_data = base64.b64encode(file.read()).decode()
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": server or f"https://127.0.0.1:{self.api.port}",
                                                   "certificate-authority-data": authority_data}}],
            "users": [{"name": "u", "user": user or self.user}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path

    def token(self, account, namespace):
        """A token of a service account, good for an hour."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        status, answer = self.api.call("POST", path, {"spec": {"expirationSeconds": 3600}})
        assert status == 201, answer
        return answer["status"]["token"]

    def install(self):
        """The CRD, served."""
        self.kubectl("apply", "-f", CRDS)
        # No kubectl wait: it fails where it comes before the first condition.
        until("the API server serves the resource", 30, lambda: self.api.send("GET", objects_path("default"))[0] == 200)


def forget_google(folder):
    """No credentials of whoever runs this, neither from the environment, nor of gcloud, nor of the machine."""
    for name in list(os.environ):
        if name.startswith(("GOOGLE_", "GCE_METADATA_")):
            del os.environ[name]
    os.environ.update({"CLOUDSDK_CONFIG": f"{folder}/no-gcloud", "NO_GCE_CHECK": "true"})


class Session:
    """One run: a folder for everything, a janitor, the programs, and a control plane that cases share."""

    shared_flags = ()  # kube-apiserver's

    def __init__(self, build, controller=()):
        """controller: the command of one to take for the build's own."""
        self.build, self.controller = build, list(controller)
        self.janitor = Janitor()
        self.folder = tempfile.mkdtemp(prefix="tflb-e2e-")
        self.janitor.tell("folder", self.folder)
        forget_google(self.folder)
        self.kubectl = subprocess.check_output([f"{ROOT}/tests/controlplane/kubectl"], text=True).strip()
        self.lock, self.shared = threading.Lock(), None

    def program(self, name):
        return os.path.join(self.build, "bin", name)

    def command(self, name):
        """What starts a program: the build's, or the controller that was given."""
        return self.controller if self.controller and name == "tflb-controller" else [self.program(name)]

    def tool(self, name):
        return os.path.join(self.build, "tests", name)

    def make_plane(self, folder, *flags):
        return Plane(self, folder, *flags)

    def prepare(self, plane):
        """What all cases on the shared plane need there."""
        plane.install()

    def furnish(self, plane, namespace):
        """What a case needs in its namespace."""

    def conclusions(self):
        """What is judged when all cases are over: name -> function of whether all have been played, which raises if it is wrong."""
        return {}

    def plane(self):
        """The shared one."""
        with self.lock:
            if not self.shared:
                self.shared = self.make_plane(f"{self.folder}/controlplane", *self.shared_flags)
                self.prepare(self.shared)
            return self.shared

    def own_plane(self, name, *flags):
        """flags: kube-apiserver's."""
        return self.make_plane(f"{self.folder}/controlplane-{name}", *flags)

    def keep(self):
        self.janitor.tell("keep", self.folder)

    def finish(self):
        self.janitor.finish()


class Stage:
    """Where one case plays. Controllers look at its namespaces only, so that cases do not see each other."""

    def __init__(self, session, name):
        self.session, self.name = session, name
        self.namespace = name
        self.folder = f"{session.folder}/{name}"
        os.mkdir(self.folder)
        self.cloud, self.controller, self.processes = None, None, []
        self.plane = None

    # --- setting up ---

    def on_shared_plane(self):
        self.plane = self.session.plane()
        self.make_namespace(self.namespace)

    def on_own_plane(self, *flags):
        self.plane = self.session.own_plane(self.name, *flags)

    def make_namespace(self, name):
        status, answer = self.plane.api.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        assert status == 201, answer
        self.session.furnish(self.plane, name)

    def run(self, program, *flags, environment=None, errors=None):
        """program: one of ours, or a path."""
        log = f"{self.folder}/{os.path.basename(program)}.{len(self.processes)}.log"
        process = Process(self.session, [*self.session.command(program), *flags], log, environment, errors)
        self.processes.append(process)
        return process

    def start_cloud(self, *flags, speed=SPEED, listen=0):
        """An emulator of this case. listen: its port, 0: any."""
        port, requests = f"{self.folder}/port", f"{self.folder}/requests.{len(self.processes)}"
        emulator = self.run("gce-emulator", "--listen", f"127.0.0.1:{listen}", "--port-file", port, "--speed", str(speed),
                            "--request-log", requests, *flags)
        until("the emulator listens", 10, lambda: os.path.exists(port) or emulator.popen.poll() is not None)
        assert emulator.popen.poll() is None, emulator.text()
        with open(port, encoding="ascii") as file:
            self.cloud = Cloud(int(file.read()), requests)
        os.unlink(port)
        return emulator

    def start_controller(self, *flags, namespaces=None, kubeconfig=None, endpoint=None, **surroundings):
        """A controller for the case's namespace; namespaces=[]: for all of them. Lists every 5 s unless told otherwise."""
        for namespace in [self.namespace] if namespaces is None else namespaces:
            flags += ("--namespace", namespace)
        if "--drift-interval" not in flags:
            flags += ("--drift-interval", "5")
        self.controller = self.run("tflb-controller", "--kubeconfig", kubeconfig or self.plane.controllers_kubeconfig,
                                   "--compute-endpoint", endpoint or self.cloud.endpoint, "--log-format", "text", *flags,
                                   **surroundings)
        return self.controller

    def start(self, *flags):
        self.start_cloud()
        self.start_controller(*flags)

    def finish(self):
        """Ends what still runs; a case that ends the controller itself has judged its end."""
        for process in reversed(self.processes):
            if process.popen.poll() is None:
                process.stop()
        self.no_secret_told()

    def no_secret_told(self):
        """Tokens, keys and whatever a case called a canary stand in no log, and in no object or event of the case."""
        if self.plane and self.plane is self.session.shared:
            # As text: a program of cases need not have the resource type.
            told = "".join(self.plane.api.send("GET", path(self.namespace))[1] for path in (objects_path, events_path))
            assert not SECRET.search(told), told
        logs = [path for path in glob.glob(f"{self.folder}/*") if path.endswith(".log") or "/requests." in path]
        for path in logs:
            with open(path, encoding="utf-8", errors="replace") as file:
                for line in file:
                    if SECRET.search(line):
                        raise Failure(f"{os.path.basename(path)} tells a secret: {line}")

    def abandon(self):
        """Ends what still runs, at once."""
        for process in self.processes:
            if process.popen.poll() is None:
                process.kill()

    # --- objects ---

    def kubectl(self, *arguments, **options):
        return self.plane.kubectl("--namespace", self.namespace, *arguments, **options)

    def apply(self, example="tflb.yaml"):
        return self.kubectl("apply", "-f", f"{EXAMPLES}/{example}")

    def create(self, name, namespace=None, **spec):
        """An object of one small pool, with whatever spec says on top."""
        body = {"apiVersion": "tflb.dev/v1alpha1", "kind": "TFLoadBalancer", "metadata": {"name": name},
                "spec": {**small(), **spec}}
        status, answer = self.plane.api.call("POST", objects_path(namespace or self.namespace), body)
        assert status == 201, answer
        return answer

    def edit(self, name, spec):
        """A merge patch of the spec."""
        status, answer = self.plane.api.call("PATCH", objects_path(self.namespace, name), {"spec": spec},
                                             "application/merge-patch+json")
        assert status == 200, answer
        return answer

    def delete(self, name):
        status, answer = self.plane.api.call("DELETE", objects_path(self.namespace, name))
        assert status == 200, answer

    def get(self, name, namespace=None):
        """None when gone."""
        status, answer = self.plane.api.call("GET", objects_path(namespace or self.namespace, name))
        assert status in (200, 404), answer
        return answer if status == 200 else None

    def events(self):
        return self.plane.api.call("GET", events_path(self.namespace))[1]["items"]

    # --- waiting ---

    def until_ready(self, name, namespace=None, seconds=READY_LIMIT):
        return until(f"{name} is Ready", seconds, lambda: ready(self.get(name, namespace)))

    def until_settled(self, name, seconds=READY_LIMIT):
        """Ready, all machines healthy, and nothing on its way."""
        def question():
            item = ready(self.get(name))
            settled = item and not condition(item, "Reconciling")
            return item if settled and item["status"]["readyReplicas"] == item["status"]["replicas"] else None
        return until(f"{name} is Ready and at rest", seconds, question)

    def until_gone(self, name, namespace=None, seconds=READY_LIMIT):
        until(f"{name} is gone", seconds, lambda: self.get(name, namespace) is None)

    def until_condition(self, name, kind, reason, seconds=READY_LIMIT):
        """The condition, once it is True with that reason."""
        def question():
            found = condition(self.get(name), kind)
            return found if found and (found["status"], found["reason"]) == ("True", reason) else None
        return until(f"{name} is {kind} for {reason}", seconds, question)

    def until_says(self, pattern, seconds=20):
        return until(f"the controller's log has: {pattern}", seconds, lambda: self.controller.says(pattern))

    # --- what to print when it failed ---

    def dump(self):
        for process in self.processes:
            yield f"--- {os.path.basename(process.log)}"
            yield from process.text().splitlines()[-40:]
        with contextlib.suppress(Exception):
            yield "--- objects"
            for item in self.plane.api.call("GET", objects_path(self.namespace))[1]["items"]:
                yield json.dumps({"name": item["metadata"]["name"], "generation": item["metadata"]["generation"],
                                  "status": item.get("status")})
        with contextlib.suppress(Exception):
            yield "--- requests to the cloud"
            for line in self.cloud.requests()[-30:]:
                yield f"{line['time']} {line['status']} {line['method']} {line['path']} {line['reason']}"


def small():
    """The smallest spec: one machine in one pool."""
    return {"project": "my-project", "replicas": 1, "pools": [{"name": "p", "zone": "us-central1-a"}],
            "template": {"image": "projects/deeplearning-platform-release/global/images/family/"
                                  "common-cu129-ubuntu-2204-nvidia-580"}}


def go_program(folder):
    """The path of the program of a folder with a Go module. It is built once, ahead of all cases if tests/run starts them."""
    done = subprocess.run([f"{ROOT}/tests/tools/go-program", f"{ROOT}/{folder}"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"{folder} can't be built: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.strip()


def condition(item, kind):
    for found in (item or {}).get("status", {}).get("conditions", []):
        if found["type"] == kind:
            return found
    return None


def ready(item):
    """The object, if it is Ready for its newest generation."""
    found = condition(item, "Ready")
    fresh = found and found["observedGeneration"] == item["metadata"]["generation"]
    return item if fresh and found["status"] == "True" else None


def kubeconfig_with(stage, name, **other):
    """A kubeconfig in the case's folder, as controllers have it, but for what is given: see Plane.write_kubeconfig."""
    return stage.plane.write_kubeconfig(f"{stage.folder}/{name}", **other)
