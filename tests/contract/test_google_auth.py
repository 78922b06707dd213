"""Credentials files of every kind, read by Google's own google-auth and by us: both must send the same requests. Those of google-auth
are in tests/data/recorded/google-auth.json; where gcloud is, which brings the library along, it is asked again. And google-auth
against the emulator's token services, which must satisfy it.

RECORD=1 ctest --test-dir build -R contract.google_auth writes the recording anew."""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from emulator import EmulatorTest
from google_auth import metadata_token, read_project, version

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
POOL = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider"
WORKFORCE = "//iam.googleapis.com/locations/global/workforcePools/pool/providers/provider"
JWT = "urn:ietf:params:oauth:token-type:jwt"
EMAIL = "target@my-project.iam.gserviceaccount.com"
RECORDING = pathlib.Path(__file__).resolve().parents[1] / "data/recorded/google-auth.json"
HEADERS = ("content-type", "authorization", "x-goog-user-project", "metadata-flavor", "x-asked-by")


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def unsigned(text):
    """A JWT as what it says: its times are lengths."""
    header, claims, _ = text.split(".")
    claims = decode(claims)
    age = time.time() - claims["iat"]
    assert -5 < age < 60, f"made {age} s ago"
    return {"header": decode(header), "claims": claims, "life": claims.pop("exp") - claims.pop("iat")}


def understood(text):
    return unsigned(text) if text.startswith("eyJ") and text.count(".") == 2 else text


class Recorder(BaseHTTPRequestHandler):
    """Every service at once: remembers what it is asked, and gives out tokens."""

    ANSWERS = {
        "/token": {"access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer"},
        "/v1/token": {"access_token": "ya29.sts", "expires_in": 3599, "token_type": "Bearer",
                      "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"},
        "/subject": {"id": "subject-of-a-url"},
        f"/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken": {
            "accessToken": "ya29.impersonated",
            "expireTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))},
        "/compute/v1/projects/my-project": {"kind": "compute#project"},
    }

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8")
        parts = urllib.parse.urlsplit(self.path)
        self.server.seen.append(self.understand(parts, body))
        text = json.dumps(self.ANSWERS[parts.path]).encode("utf-8")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def understand(self, parts, body):
        """A request as far as its meaning goes."""
        if self.headers.get("Content-Type") == "application/x-www-form-urlencoded":
            body = {name: understood(values[0]) for name, values in urllib.parse.parse_qs(body).items()}
            if "options" in body:
                body["options"] = json.loads(urllib.parse.unquote(body["options"]))
        elif body:
            body = json.loads(body)
        headers = {name: self.headers[name] for name in HEADERS if name in self.headers}
        kind, _, token = headers.get("authorization", "").partition(" ")
        if token:
            headers["authorization"] = [kind, understood(token)]
        return [self.command, parts.path, urllib.parse.parse_qs(parts.query), headers, body]

    def log_message(self, *_):
        """Nothing is printed."""


class Folder(unittest.TestCase):
    """A folder of files, and a key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory(prefix="contract-")  # pylint: disable=consider-using-with
        cls.addClassCleanup(cls.folder.cleanup)
        cls.key = subprocess.check_output(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                                          stderr=subprocess.DEVNULL, text=True)

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def file(self, **members):
        return self.write("credentials.json", json.dumps(members))

    def key_file(self, **more):
        return {"type": "service_account", "project_id": "my-project", "private_key_id": "k1", "private_key": self.key,
                "client_email": "a@my-project.iam.gserviceaccount.com", "client_id": "1", "token_uri": f"{self.base}/token", **more}

    def login(self, **more):
        return {"type": "authorized_user", "client_id": "id.apps", "client_secret": "secret", "refresh_token": "1//refresh",
                "token_uri": f"{self.base}/token", **more}

    def external(self, source, **more):
        return {"type": "external_account", "audience": POOL, "subject_token_type": JWT, "token_url": f"{self.base}/v1/token",
                "credential_source": source, **more}

    def impersonation(self):
        return f"{self.base}/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken"

    def program(self):
        """One that prints a token and how it was called."""
        path = self.write("program", """#!/bin/sh
echo "{\\"version\\": 1, \\"success\\": true, \\"token_type\\": \\"urn:ietf:params:oauth:token-type:id_token\\",
  \\"id_token\\": \\"$* $GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE $GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE \
$GOOGLE_EXTERNAL_ACCOUNT_ID $GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE $GOOGLE_EXTERNAL_ACCOUNT_REVOKE\\"}"
""")
        os.chmod(path, 0o700)
        return path


class SameRequests(Folder):
    """Ours and theirs, one file after the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        cls.server.seen = []
        cls.base = f"http://127.0.0.1:{cls.server.server_port}"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        os.environ["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"] = "1"
        cls.recording, cls.made = {"version": None, "requests": {}}, {}
        if os.environ.get("RECORD"):
            assert version(), "nothing can be recorded: gcloud, which brings google-auth along, is not installed"
        else:
            cls.recording = json.loads(RECORDING.read_text(encoding="utf-8"))

    @classmethod
    def tearDownClass(cls):
        if os.environ.get("RECORD"):
            recording = {"version": version(), "requests": cls.made}
            RECORDING.write_text(json.dumps(recording, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def setUp(self):
        os.environ.pop("GOOGLE_CLOUD_QUOTA_PROJECT", None)
        self.maxDiff = None  # pylint: disable=invalid-name
        self.asked = 0
        self.said = self.made.setdefault(self.id().rsplit(".", 1)[1], [])

    def sent(self, run):
        """What is asked for while it runs, without what is another each time: the server's port, and the folder."""
        self.server.seen.clear()
        run()
        text = json.dumps(self.server.seen)
        return json.loads(text.replace(self.base, "http://server").replace(self.folder.name, "/folder"))

    def ours(self, path):
        done = subprocess.run([os.environ["READ_PROJECT"], f"{self.base}/compute/v1/"], capture_output=True, text=True,
                              env={**os.environ, "GOOGLE_APPLICATION_CREDENTIALS": path}, timeout=180, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def theirs(self, path):
        """As recorded; where google-auth is at hand, as it sends them now. Of the same version these are the same."""
        recorded = self.recording["requests"].get(self.id().rsplit(".", 1)[1], [])
        before = recorded[self.asked] if self.asked < len(recorded) else None
        self.asked += 1
        if not version():
            self.assertIsNotNone(before, "it is not recorded: play this with RECORD=1 where gcloud is installed")
            return before
        now = self.sent(lambda: self.assertEqual(200, read_project(path, self.base)))
        self.said.append(now)
        if version() == self.recording["version"]:
            self.assertEqual(before, now, "the recording is another one")
        return now

    def assert_same(self, requests, **members):
        """Both send so many requests, and the same ones."""
        path = self.file(**members)
        theirs = self.theirs(path)
        ours = self.sent(lambda: self.ours(path))
        self.assertEqual(requests, len(theirs), theirs)
        self.assertEqual(theirs, ours)
        return ours

    def test_service_account(self):
        requests = self.assert_same(2, **self.key_file())
        self.assertEqual(SCOPE, requests[0][4]["assertion"]["claims"]["scope"])

    def test_service_account_of_another_universe(self):
        requests = self.assert_same(1, **self.key_file(universe_domain="u.test"))
        self.assertEqual(SCOPE, requests[0][3]["authorization"][1]["claims"]["scope"])

    def test_login(self):
        self.assert_same(2, **self.login())

    def test_login_with_scopes(self):
        self.assert_same(2, **self.login(scopes=["a", "b"]))

    def test_who_pays(self):
        requests = self.assert_same(2, **self.login(quota_project_id="of-the-file"))
        self.assertEqual("of-the-file", requests[1][3]["x-goog-user-project"])
        os.environ["GOOGLE_CLOUD_QUOTA_PROJECT"] = "of-the-environment"
        for members in (self.login(quota_project_id="of-the-file"), self.key_file()):
            requests = self.assert_same(2, **members)
            self.assertEqual("of-the-environment", requests[1][3]["x-goog-user-project"])

    def test_external_file(self):
        self.assert_same(2, **self.external({"file": self.write("subject", "subject-of-a-file")}))

    def test_external_json_file(self):
        subject = self.write("subject.json", json.dumps({"id": "subject-of-json"}))
        self.assert_same(2, **self.external({
            "file": subject, "format": {"type": "json", "subject_token_field_name": "id"}}))

    def test_external_url(self):
        self.assert_same(3, **self.external({
            "url": f"{self.base}/subject?resource=x", "headers": {"Metadata-Flavor": "Theirs", "X-Asked-By": "us"},
            "format": {"type": "json", "subject_token_field_name": "id"}}))

    def test_external_program(self):
        requests = self.assert_same(2, **self.external({"executable": {"command": f"{self.program()} one  two"}}))
        self.assertTrue(requests[0][4]["subject_token"].startswith(f"one two {POOL} {JWT}"), requests)

    def test_external_with_client(self):
        subject = {"file": self.write("subject", "s")}
        self.assert_same(2, **self.external(subject, client_id="me", client_secret="secret"))

    def test_external_workforce(self):
        subject = {"file": self.write("subject", "s")}
        for client in ({}, {"client_id": "me", "client_secret": "secret"}):
            members = self.external(subject, workforce_pool_user_project="payer", **client)
            self.assert_same(2, **{**members, "audience": WORKFORCE})

    def test_external_impersonation(self):
        subject = {"file": self.write("subject", "s")}
        for more in ({}, {"service_account_impersonation": {"token_lifetime_seconds": 1200}},
                     {"quota_project_id": "payer"}):
            self.assert_same(3, **self.external(subject, service_account_impersonation_url=self.impersonation(), **more))
        os.environ["GOOGLE_CLOUD_QUOTA_PROJECT"] = "of-the-environment"
        self.assert_same(3, **self.external(subject, service_account_impersonation_url=self.impersonation()))

    def test_impersonation(self):
        for source in (self.login(), self.login(quota_project_id="of-the-source"), self.key_file()):
            for more in ({}, {"delegates": ["b@c", "d@e"]}, {"quota_project_id": "payer"}):
                self.assert_same(3, type="impersonated_service_account", source_credentials=source,
                                 service_account_impersonation_url=self.impersonation(), **more)


@unittest.skipUnless(version(), "gcloud, which brings google-auth along, is not installed")
class AgainstTheEmulator(Folder, EmulatorTest):
    """The emulator's services satisfy google-auth, and its tokens are good."""

    flags = ("--issued-tokens-only",)
    metadata = True

    def setUp(self):
        super().setUp()
        self.base = f"http://127.0.0.1:{self.emulator.port}"

    def test_every_kind(self):
        public = subprocess.check_output(["openssl", "pkey", "-pubout"], input=self.key, text=True)
        self.emulator.control("POST", "world", {
            "serviceAccount": {"email": "a@my-project.iam.gserviceaccount.com", "publicKey": public}})
        subject = {"file": self.write("subject", "s")}
        for members in (self.key_file(), self.key_file(universe_domain="u.test"), self.login(), self.external(subject),
                        self.external(subject, service_account_impersonation_url=self.impersonation()),
                        {"type": "impersonated_service_account", "source_credentials": self.login(),
                         "service_account_impersonation_url": self.impersonation()},
                        {"type": "impersonated_service_account", "source_credentials": self.key_file(),
                         "service_account_impersonation_url": self.impersonation()}):
            self.assertEqual(200, read_project(self.file(**members), self.base), members["type"])

    def test_metadata(self):
        token = metadata_token(f"127.0.0.1:{self.emulator.metadata_port}", self.base)
        answer = self.emulator.send("GET", "projects/my-project", headers={"Authorization": f"Bearer {token}"})
        self.assertEqual(200, answer.status)


if __name__ == "__main__":
    unittest.main()
