"""HTTPS as a user has it: a certificate that Google obtains, what the status says meanwhile, and one of the user's own choice."""

import base64
import json
import subprocess
import time

from cases import case
from harness import condition, until

DOMAINS = ["ml.example.com"]
TOP = "projects/my-project/global"


def said(stage, reason, *words, name="tf"):
    def question():
        ready = condition(stage.get(name), "Ready")
        return ready if ready and ready["reason"] == reason and all(word in ready["message"] for word in words) else None
    return until(f"{name} says {reason}: {words}", 60, question)


def look_again(stage, name="tf"):
    stage.kubectl("annotate", f"tflb/{name}", f"tflb.dev/reconcile={time.time_ns()}", "--overwrite")


def let_read(stage, secret, name="tf"):
    """The Secret may not be read, and the status says the commands that change that: they are run."""
    refusal = said(stage, "PermissionDenied", f"--resource-name={secret}", name=name)["message"]
    assert not stage.cloud.writes()
    for command in refusal.split("allow it: ")[1].split(" && "):
        stage.kubectl(*command.split()[1:])
    look_again(stage, name)


@case(weight=2)
def https(stage):
    """added to what serves: pending with what DNS must say, plain HTTP goes on; then an existing certificate, then none"""
    stage.start()
    stage.create("tf")
    stage.until_settled("tf")
    stage.cloud.world(domain={"name": DOMAINS[0], "state": "FAILED_NOT_VISIBLE"})
    stage.edit("tf", {"frontend": {"tls": {"certificates": [{"name": "web", "domains": DOMAINS}]}}})
    said(stage, "CertificatePending", DOMAINS[0], stage.get("tf")["status"]["address"])
    certificate, = stage.get("tf")["status"]["certificates"]
    assert (certificate["name"], certificate["domains"][0]["domain"]) == ("web", DOMAINS[0]), certificate
    proxy, = stage.cloud.collection("targetHttpProxies")
    assert stage.cloud.get(proxy)["urlMap"].endswith("-url-map"), "clients are sent to HTTPS before it serves"
    stage.cloud.call("POST", f"{TOP}/sslCertificates", {"name": "mine", "type": "MANAGED", "managed": {"domains": DOMAINS}})
    stage.edit("tf", {"frontend": {"tls": {"certificates": [{"name": "web", "sslCertificate": "mine"}]}}})
    proxy, = stage.cloud.collection("targetHttpsProxies")
    until("the proxy shows it", 60, lambda: stage.cloud.get(proxy)["sslCertificates"][-1].endswith("/mine"))
    stage.edit("tf", {"frontend": {"tls": None}})
    stage.until_settled("tf")
    until("HTTPS is gone", 30, lambda: not stage.cloud.collection("targetHttpsProxies") + stage.cloud.collection("sslCertificates"))
    assert stage.cloud.get(f"{TOP}/sslCertificates/mine")
    refused = stage.cloud.refused()
    assert not refused, refused


def pair(stage, name):
    """Paths of a new chain and key, in the case's folder."""
    chain, key = f"{stage.folder}/{name}.crt", f"{stage.folder}/{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj",
                    f"/CN={name}", "-addext", f"subjectAltName=DNS:{DOMAINS[0]}", "-keyout", key, "-out", chain],
                   check=True, stderr=subprocess.DEVNULL)
    return chain, key


@case(weight=2)
def secret(stage):
    """a Secret of the user's: not readable, then bound with the command that the status says; a wrong pair; the key in no log"""
    chain, key = pair(stage, "first")
    _, other = pair(stage, "second")
    stage.kubectl("create", "secret", "tls", "web-tls", f"--cert={chain}", f"--key={key}")
    stage.start()
    stage.create("tf", frontend={"tls": {"certificates": [{"name": "web", "secretRef": {"name": "web-tls"}}]}})
    let_read(stage, "web-tls")
    stage.until_ready("tf")
    certificate, = stage.cloud.collection("sslCertificates")
    with open(chain, encoding="ascii") as file:
        assert stage.cloud.get(certificate)["certificate"] == file.read()
    with open(other, encoding="ascii") as file:
        wrong = base64.b64encode(file.read().encode()).decode()
    stage.kubectl("patch", "secret", "web-tls", "-p", json.dumps({"data": {"tls.key": wrong}}))
    look_again(stage)
    said(stage, "SecretInvalid", "does not belong")
    assert stage.cloud.collection("sslCertificates") == [certificate]
