"""HTTPS as a user has it: a certificate that Google obtains, what the status says meanwhile, and one of the user's own choice."""

from cases import case
from harness import condition, until

DOMAINS = ["ml.example.com"]
TOP = "projects/my-project/global"


def said(stage, reason, *words):
    def question():
        ready = condition(stage.get("tf"), "Ready")
        return ready if ready["reason"] == reason and all(word in ready["message"] for word in words) else None
    return until(f"tf says {reason}: {words}", 60, question)


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
