"""Credentials of every kind against the emulator's token services: each works from the file to the last call, a token that ends or
is refused is replaced, and what can't work is told. The stage looks for secrets in all logs when it ends."""

import json
import os
import subprocess

from cases import case
from endpoints import Endpoints
from harness import SECRET, condition, until

EMAIL = "controller@my-project.iam.gserviceaccount.com"


def key_file(stage, email=EMAIL, name="key.json"):
    """A service account's key file whose tokens come from the emulator. Its public key goes to the emulator."""
    private = f"{stage.folder}/{name}.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", private], check=True,
                   capture_output=True)
    public = subprocess.check_output(["openssl", "pkey", "-in", private, "-pubout"], text=True)
    stage.cloud.world(serviceAccount={"email": email, "publicKey": public})
    with open(private, encoding="ascii") as file:
        key = file.read()
    os.unlink(private)
    return credentials(stage, name, type="service_account", project_id="my-project", private_key_id="1", private_key=key,
                       client_email=email, token_uri=service(stage, "token"))


def credentials(stage, name, **members):
    path = f"{stage.folder}/{name}"
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(members, file)
    os.rename(f"{path}.new", path)
    return path


def service(stage, path):
    return f"http://127.0.0.1:{stage.cloud.port}/{path}"


def token_requests(stage):
    """The requests for tokens so far."""
    with open(stage.cloud.request_log, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    return [line for line in lines if line["path"] in ("/token", "/v1/token") or "generateAccessToken" in line["path"]]


def start(stage, path, *flags):
    stage.start_controller("--metrics-bind-address", "127.0.0.1:0", *flags, environment={"GOOGLE_APPLICATION_CREDENTIALS": path})
    stage.until_says(f" credentials .*, from {path}")


def refused(stage):
    return [line for line in stage.cloud.requests() if line["status"] == 401]


@case(weight=2)
def service_account(stage):
    """a key file: one token for everything; replaced when it ends early, ahead of its end, and when the key is another one"""
    stage.start_cloud("--issued-tokens-only")
    path = key_file(stage)
    start(stage, path)
    stage.create("tf")
    stage.until_ready("tf")
    assert len(token_requests(stage)) == 1 and not refused(stage), "one token serves a whole chain"
    stage.cloud.world(tokenLifeS=8)
    stage.cloud.world(expireTokens=True)
    until("a refused token is replaced", 40, lambda: len(token_requests(stage)) >= 2)
    known = len(refused(stage))
    assert known >= 1, "the old token was refused"
    until("short tokens are renewed ahead of their end", 40, lambda: len(token_requests(stage)) >= 4)
    assert len(refused(stage)) == known, "and never used beyond it"
    other = "other@my-project.iam.gserviceaccount.com"
    key_file(stage, other)
    stage.cloud.world(serviceAccount={"email": EMAIL, "enabled": False})
    asked = len(token_requests(stage))
    until("the new key is used", 40, lambda: len(token_requests(stage)) > asked)
    stage.delete("tf")
    stage.until_gone("tf")
    assert token_requests(stage)[-1]["status"] == 200
    told = Endpoints(stage.controller, "metrics").ask("/metrics")[2]
    assert "tflb_" in told and not SECRET.search(told), told


@case
def service_account_disabled(stage):
    """an account that is disabled: PermissionDenied with the service's words and what to do; works once it is enabled"""
    stage.start_cloud("--issued-tokens-only")
    path = key_file(stage)
    stage.cloud.world(serviceAccount={"email": EMAIL, "enabled": False})
    start(stage, path)
    stage.create("tf")
    found = stage.until_condition("tf", "Stalled", "PermissionDenied")
    for words in (EMAIL, path, "account disabled", "Enable the service account"):
        assert words in found["message"], found
    assert stage.cloud.ours() == {}
    stage.cloud.world(serviceAccount={"email": EMAIL, "enabled": True})
    stage.until_ready("tf", seconds=150)
    assert not condition(stage.get("tf"), "Stalled")


@case
def token_service_fails(stage):
    """the token service fails, is slow, talks nonsense and drops connections: work goes on as soon as a token is there"""
    stage.start_cloud("--issued-tokens-only")
    path = key_file(stage)
    for fault in ({"answer": {"status": 503, "reason": "backendError"}}, {"dropBefore": True}, {"dropAfter": True},
                  {"answer": {"status": 400, "body": '{"error": "server_error"}', "contentType": "application/json"}},
                  {"answer": {"status": 200, "body": "<html>", "contentType": "text/html"}}, {"delayMs": 60000}):
        stage.cloud.fault(path="/token", **fault)
    start(stage, path)
    stage.create("tf")
    stage.until_ready("tf", seconds=90)
    assert len(token_requests(stage)) == 6 and not refused(stage)


@case
def login_of_a_person(stage):
    """an authorized_user file: the chain is made with its tokens"""
    stage.start_cloud("--issued-tokens-only")
    start(stage, credentials(stage, "user.json", type="authorized_user", client_id="id.apps", client_secret="canary-secret",
                             refresh_token="1//canary-refresh", token_uri=service(stage, "token")), "--project", "my-project")
    stage.create("tf")
    stage.until_ready("tf")
    body = token_requests(stage)[0]["body"]
    assert body == "grant_type=refresh_token&client_id=id.apps&client_secret=[hidden]&refresh_token=[hidden]", body


def federated(stage, source, **more):
    pool = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider"
    return credentials(stage, "federated.json", type="external_account", audience=pool, credential_source=source,
                       subject_token_type="urn:ietf:params:oauth:token-type:jwt", token_url=service(stage, "v1/token"), **more)


def impersonation(stage):
    return service(stage, f"v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken")


@case
def workload_of_elsewhere(stage):
    """an external_account file: the token of a file is exchanged, and that for a service account's; anew each time"""
    stage.start_cloud("--issued-tokens-only")
    subject = f"{stage.folder}/subject"
    with open(subject, "w", encoding="ascii") as file:
        file.write("canary-subject\n")
    start(stage, federated(stage, {"file": subject}, service_account_impersonation_url=impersonation(stage)))
    stage.create("tf")
    stage.until_ready("tf")
    assert [line["path"] for line in token_requests(stage)] == ["/v1/token", impersonation(stage).split(str(stage.cloud.port))[1]]
    stage.cloud.world(expireTokens=True)
    until("both tokens are new", 20, lambda: len(token_requests(stage)) == 4)
    assert all(line["status"] == 200 for line in token_requests(stage))
    assert "subject_token=[hidden]" in token_requests(stage)[0]["body"]


@case
def program_that_prints_a_token(stage):
    """an executable source: run only where that is allowed; its token is exchanged"""
    stage.start_cloud("--issued-tokens-only")
    program = f"{stage.folder}/print-token"
    with open(program, "w", encoding="ascii") as file:
        file.write("""#!/bin/sh
echo '{"version": 1, "success": true, "token_type": "urn:ietf:params:oauth:token-type:jwt", "id_token": "'canary-'$1"}'
""")
    os.chmod(program, 0o700)
    path = federated(stage, {"executable": {"command": f"{program} me"}})
    said = stage.run("tflb-controller", "--kubeconfig", stage.plane.kubeconfig, "--compute-endpoint", stage.cloud.endpoint,
                     environment={"GOOGLE_APPLICATION_CREDENTIALS": path})
    assert said.wait(10) == 1 and said.says("set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES to 1"), said.text()
    stage.start_controller("--project", "my-project", environment={
        "GOOGLE_APPLICATION_CREDENTIALS": path, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES": "1"})
    stage.create("tf")
    stage.until_ready("tf")


@case
def in_the_name_of_another(stage):
    """an impersonated_service_account file; and when the other account may not be used, the status names it and the role"""
    stage.start_cloud("--issued-tokens-only")
    login = {"type": "authorized_user", "client_id": "id.apps", "client_secret": "canary-secret",
             "refresh_token": "1//canary-refresh", "token_uri": service(stage, "token")}
    path = credentials(stage, "impersonated.json", type="impersonated_service_account", source_credentials=login,
                       service_account_impersonation_url=impersonation(stage))
    stage.cloud.world(serviceAccount={"email": EMAIL, "enabled": False})
    start(stage, path)
    stage.create("tf")
    found = stage.until_condition("tf", "Stalled", "PermissionDenied")
    for words in (EMAIL, "iam.serviceAccounts.getAccessToken", "roles/iam.serviceAccountTokenCreator"):
        assert words in found["message"], found
    stage.cloud.world(serviceAccount={"email": EMAIL, "enabled": True})
    stage.until_ready("tf", seconds=150)


@case
def metadata_server(stage):
    """the metadata server's account: found by GCE_METADATA_HOST, also when it comes late and fails at first"""
    port_file = f"{stage.folder}/metadata-port"
    stage.start_cloud("--issued-tokens-only", "--metadata-listen", "127.0.0.1:0", "--metadata-port-file", port_file)
    with open(port_file, encoding="ascii") as file:
        host = f"127.0.0.1:{file.read().strip()}"
    stage.cloud.fault(path="/computeMetadata/v1/*/email", answer={"status": 503, "body": "", "contentType": "text/html"})
    stage.cloud.fault(path="/computeMetadata/v1/*/token", dropBefore=True)
    stage.start_controller(environment={"GCE_METADATA_HOST": host})
    stage.until_says(" credentials .*the service account of this machine")
    stage.create("tf")
    stage.until_ready("tf")
    assert not refused(stage)
    stage.cloud.world(expireTokens=True)
    until("a refused token is replaced", 30, lambda: refused(stage))
    stage.delete("tf")
    stage.until_gone("tf")
