#!/usr/bin/env python3
"""crd_cases.py KUBECONFIG DATA: runs DATA's rule, default and policy cases against a real API server.

The same files run against the C code in tests/unit/model. Creations are dry runs; an update needs its first object, which
is made in a namespace of its own and deleted. Prints one line per case that fails and a summary; exits 1 on failure."""

import base64
import copy
import json
import os
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

NAMESPACE = "crd-cases"
GROUP = "tflb.dev/v1alpha1"


def kubectl():
    """The one that the control plane's scripts choose: it need not be on PATH."""
    finder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "controlplane", "kubectl")
    return subprocess.check_output([finder], text=True).strip()


class Server:
    """The few requests that the cases need, with the client certificate of a kubeconfig."""

    def __init__(self, kubeconfig):
        view = [kubectl(), "--kubeconfig", kubeconfig, "config", "view", "--raw", "--flatten", "--minify", "-o", "json"]
        config = json.loads(subprocess.check_output(view))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.url = cluster["server"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.context = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile("w", delete=False) as pair:
            for name in ("client-certificate-data", "client-key-data"):
                pair.write(base64.b64decode(user[name]).decode() + "\n")
        try:
            self.context.load_cert_chain(pair.name)
        finally:
            os.unlink(pair.name)

    def call(self, method, path, body=None):
        """(status, answer)"""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def merge(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def manifest(name, spec):
    return {"apiVersion": GROUP, "kind": "TFLoadBalancer", "metadata": {"name": name}, "spec": spec}


POLICIES = f"/apis/{GROUP}/tfloadbalancerpolicies"
OBJECTS = f"/apis/{GROUP}/namespaces/{NAMESPACE}/tfloadbalancers"
DRY_RUN = "?dryRun=All&fieldValidation=Ignore"


def try_case(server, base, case):
    """The API server's answer to the case's object."""
    name = case.get("objectName", "tf")
    spec = merge(base, case["spec"])
    if "before" not in case:
        return server.call("POST", OBJECTS + DRY_RUN, manifest(name, spec))
    status, stored = server.call("POST", OBJECTS, manifest(name, merge(base, case["before"])))
    if status != 201:
        return status, {"message": "the object before: " + stored["message"]}
    try:
        return server.call("PUT", f"{OBJECTS}/{name}{DRY_RUN}", {**stored, "spec": spec})
    finally:
        server.call("DELETE", f"{OBJECTS}/{name}")


def failure_of_rule(server, base, case):
    """None, or what is wrong."""
    return failure_of_answer(case, *try_case(server, base, case))


def failure_of_answer(case, status, answer):
    """None, or what is wrong."""
    if case.get("accepted"):
        return None if status in (200, 201) else answer["message"]
    if status != 422:
        return f"status {status} instead of 422"
    causes = answer["details"]["causes"]
    if not any(cause["field"] == case["refused"] for cause in causes):
        return f"no cause names {case['refused']}: {answer['message']}"
    if "rule" in case and not any(case["rule"] in cause["message"] for cause in causes):
        return f"without its sentence: {answer['message']}"
    return None


def failure_of_policy(server, base, case):
    body = {"apiVersion": GROUP, "kind": "TFLoadBalancerPolicy", "metadata": {"name": "p"}, "spec": merge(base, case["spec"])}
    return failure_of_answer(case, *server.call("POST", POLICIES + DRY_RUN, body))


def failure_of_default(server, case):
    status, answer = server.call("POST", OBJECTS + DRY_RUN, manifest("tf", case["spec"]))
    if status != 201:
        return answer["message"]
    if answer["spec"] != case["want"]:
        return f"stored as {json.dumps(answer['spec'])}"
    return None if answer.get("status") == {"observedGeneration": -1} else f"status {answer.get('status')}"


def load(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return json.load(file)


def main(kubeconfig, folder):
    server = Server(kubeconfig)
    rules, defaults = load(folder, "rule-cases.json"), load(folder, "default-cases.json")
    policies = load(folder, "policy-cases.json")
    server.call("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    results = [(case["name"], failure_of_rule(server, rules["base"], case)) for case in rules["cases"]]
    results += [(case["name"], failure_of_default(server, case)) for case in defaults["cases"]]
    results += [(case["name"], failure_of_policy(server, policies["base"], case)) for case in policies["cases"]]
    failures = [f"FAIL {name}: {why}" for name, why in results if why]
    print("\n".join(failures + [f"{len(results) - len(failures)} of {len(results)} cases"]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
