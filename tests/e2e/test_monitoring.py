"""What Prometheus would see: /metrics of two replicas, scraped through good and bad times, and judged with Prometheus' own
libraries by tests/monitoring: formats, series, each panel of the dashboard, each alert."""

import json
import os
import subprocess
import time

from cases import case
from endpoints import Endpoints, samples, total
from gate import Gate
from harness import condition, go_program, ready, until
from janitor import ROOT
from test_credentials import key_file
from test_drift import change_backend, path_of
from test_leader import TERMS, leads

FORMATS = [("txt", "text/plain;version=0.0.4"), ("om", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")]
# Seconds of Prometheus between two scrapes, while something happens and while nothing does. Here they follow each other at once.
INTERVAL, CALM_INTERVAL = 15, 30


class Record:
    """A folder with all answers, and record.json, which says what they are."""

    def __init__(self, folder):
        self.folder, self.replicas, self.phases = folder, {}, []
        self.now = int(time.time())  # of Prometheus
        self.last = {}  # replica -> what its samples were
        self.risen = set()  # samples that rose between two scrapes
        os.mkdir(folder)

    def phase(self, name, firing=None, quiet=False):
        """All that is scraped from now on belongs to it. firing: the alerts that fire at its end; None: it has no say in them."""
        self.phases.append({"name": name, "quiet": quiet, "firing": firing, "scrapes": []})

    def scrape(self, after=INTERVAL):
        self.now += after
        for name, endpoints in self.replicas.items():
            self.phases[-1]["scrapes"].append({"instance": name, "time": self.now, "clock": time.time(),
                                               "answers": self.answers(name, endpoints)})

    def answers(self, name, endpoints):
        """In all formats; none when there is nobody."""
        try:
            return [self.answer(name, ending, *endpoints.ask("/metrics", accept=accept)) for ending, accept in FORMATS]
        except ConnectionRefusedError:
            return []

    def answer(self, name, ending, status, content_type, text):
        assert status == 200, text
        file = f"{self.now}-{name}.{ending}"
        with open(f"{self.folder}/{file}", "w", encoding="utf-8") as output:
            output.write(text)
        if ending == "txt":
            before, self.last[name] = self.last.get(name, {}), samples(text)
            self.risen |= {key for key, value in self.last[name].items() if value > before.get(key, value)}
        return {"file": file, "contentType": content_type}

    def scrape_for(self, minutes):
        """Of Prometheus, while nothing happens."""
        for _ in range(minutes * 60 // CALM_INTERVAL):
            self.scrape(CALM_INTERVAL)

    def scrape_until(self, what, question, seconds=180):
        """Scrapes on until the answer is true, and once more, so that rates see what happened meanwhile."""
        until(what, seconds, lambda: (self.scrape(), question())[1], pause=0.3)
        self.scrape()

    def scrape_until_risen(self, *series):
        """Until Prometheus has seen each of them rise, from now on: in a first value it sees no rise. series: (name, labels)"""
        self.risen.clear()
        for name, labels in series:
            self.scrape_until(f"{name} {labels} rises", lambda: any(
                found == name and set(labels.items()) <= set(has) for found, has in self.risen))

    def judge(self):
        with open(f"{self.folder}/record.json", "w", encoding="utf-8") as file:
            json.dump({"phases": self.phases}, file)
        done = subprocess.run([go_program("tests/monitoring"), "scraped", f"{ROOT}/deploy/monitoring", self.folder],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout


class Replica:
    """A controller, with a door of its own to the API server."""

    def __init__(self, stage, record, name, key):
        self.stage, self.record, self.name, self.key = stage, record, name, key
        self.gate, self.process = Gate(stage.plane.api.port), None

    def start(self):
        kubeconfig = self.stage.plane.write_kubeconfig(f"{self.stage.folder}/{self.name}.kubeconfig",
                                                       server=f"https://127.0.0.1:{self.gate.port}")
        flags = [text for flag, value in TERMS.items() for text in (f"--leader-elect-{flag}", value)]
        self.process = self.stage.start_controller(
            "--leader-elect", "--leader-elect-resource-namespace", self.stage.namespace, *flags,
            "--metrics-bind-address", "127.0.0.1:0", kubeconfig=kubeconfig,
            environment={"GOOGLE_APPLICATION_CREDENTIALS": self.key})
        self.record.replicas[self.name] = Endpoints(self.process, "metrics")


def start(stage, record, leader, follower):
    """One leads; the other one can't reach the API server at first."""
    record.phase("start")
    leader.start()
    record.scrape_until("the first one leads", lambda: leads(leader.process))
    follower.gate.shut()
    follower.start()
    record.scrape_until_risen(("rest_client_request_retries_total", {"code": "<error>"}))
    follower.gate.reopen()
    record.scrape_until("the other one follows", lambda: follower.process.says("another replica leads"))


def all_is_well(stage, record):
    """Two load balancers are made, and nothing happens for half an hour."""
    record.phase("made")
    for name in ("tf", "going"):
        stage.create(name)
    record.scrape_until("both serve", lambda: ready(stage.get("tf")) and ready(stage.get("going")))
    record.scrape_until_risen(("tflb_token_fetches_total", {"type": "service_account", "code": "ok"}))
    record.phase("well", firing=[], quiet=True)
    record.scrape_for(31)
    record.scrape_until_risen(("tflb_sweeps_total", {"result": "complete"}))


REFUSED = {"status": 403, "reason": "rateLimitExceeded", "message": "Quota exceeded for quota metric 'Read requests' and limit "
           "'Read requests per minute' of service 'compute.googleapis.com' for consumer 'project_number:1'."}
BROKEN = {"code": "INTERNAL_ERROR", "message": "Internal error. Please try again.", "httpErrorStatusCode": 500}


def trouble_comes(stage, record, leader):
    """Bad specs, machines that can't be had, drift, a cloud that fails, a broken connection; and one object is deleted."""
    record.phase("trouble", firing=["TflbStalled", "TflbUnhealthy"])
    stage.apply("withdrawn-image.yaml")
    stage.apply("no-such-machine.yaml")
    change_backend(stage.cloud, path_of(stage, "tf", "-backend-default"))
    record.scrape_until_risen(("tflb_drift_corrected_total", {"kind": "BackendService"}))
    stage.cloud.fault(method="GET", path="*/global/addresses", dropBefore=True, count=-1)
    stage.cloud.fault(method="PATCH", path="*/healthChecks/*", operation=BROKEN, count=3)
    stage.edit("tf", {"healthCheck": {"requestPath": "/other"}})
    leader.gate.cut()
    record.scrape_until_risen(("tflb_cloud_requests_total", {"code": "<error>"}),
                              ("tflb_cloud_operations_total", {"outcome": "failed"}))
    stage.cloud.forget_faults()
    stage.delete("going")
    record.scrape_until("the deleted one is gone", lambda: stage.get("going") is None)
    record.scrape_until("no machine can be had", lambda: reason(stage, "no-such-machine") == "MachinesFailing")
    record.scrape_until("the edit is carried out", lambda: ready(stage.get("tf")))
    record.scrape_for(21)


def quota_ends(stage, record):
    record.phase("no quota")
    stage.cloud.fault(method="GET", path="*/global/urlMaps", answer=REFUSED)
    record.scrape_until_risen(("tflb_cloud_throttled_total", {}))


def reason(stage, name):
    return (condition(stage.get(name), "Ready") or {}).get("reason")


def leader_dies(stage, record, leader, follower):
    """The other one finds it out once this was looked at for long enough, however long that takes."""
    follower.gate.shut()
    follower.gate.cut()
    leader.process.kill()
    record.phase("no leader", firing=["TflbNoLeader"])
    record.scrape_for(3)
    assert not leads(follower.process)
    follower.gate.reopen()
    record.phase("another leader", firing=["TflbStalled", "TflbUnhealthy"])
    record.scrape_until("the other one knows what is wrong",
                        lambda: total(record.last["two"], "tflb_objects", reason="MachinesFailing"))
    record.scrape_for(21)


@case(weight=8)
def monitoring(stage):
    """/metrics of two replicas through good and bad times: formats, series.md, every panel of the dashboard, the alerts"""
    stage.start_cloud()
    stage.cloud.world(tokenLifeS=8)  # a new one every 4 s
    key = key_file(stage)
    record = Record(f"{stage.folder}/metrics")
    leader, follower = (Replica(stage, record, name, key) for name in ("one", "two"))
    start(stage, record, leader, follower)
    all_is_well(stage, record)
    trouble_comes(stage, record, leader)
    quota_ends(stage, record)
    leader_dies(stage, record, leader, follower)
    follower.process.stop()
    for replica in (leader, follower):
        replica.gate.finish()
    record.judge()
