"""The token services and the metadata server, on the wire. What real clients send them is in test_google_auth.py."""

import base64
import http.client
import json
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from emulator import PROJECT, EmulatorTest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ALL = "https://www.googleapis.com/auth/cloud-platform"
EMAIL = "a@my-project.iam.gserviceaccount.com"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider",
    "scope": ALL, "subject_token": "canary-subject", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}


def encode(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def new_key():
    """Private and public PEM."""
    private = subprocess.check_output(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
                                      stderr=subprocess.DEVNULL)
    return private, subprocess.check_output(["openssl", "pkey", "-pubout"], input=private).decode("ascii")


def sign(private, claims, alg="RS256"):
    signed = encode(json.dumps({"alg": alg, "typ": "JWT"}).encode()) + "." + encode(json.dumps(claims).encode())
    with tempfile.NamedTemporaryFile() as key:
        key.write(private)
        key.flush()
        signature = subprocess.check_output(["openssl", "dgst", "-sha256", "-sign", key.name], input=signed.encode())
    return signed + "." + encode(signature)


class IdentityTest(EmulatorTest):
    """Only tokens of the emulator's own are good."""

    flags = ("--issued-tokens-only",)

    def form(self, path, **fields):
        return self.emulator.send("POST", path, urllib.parse.urlencode(fields), headers=FORM)

    def token(self, **more):
        answer = self.form("/token", grant_type="refresh_token", client_id="c", client_secret="canary-secret",
                           refresh_token="canary-refresh", **more)
        self.assertEqual(200, answer.status, answer.text)
        return answer.body["access_token"]

    def call(self, token, path=f"projects/{PROJECT}"):
        return self.emulator.send("GET", path, headers={"Authorization": f"Bearer {token}"})

    def assert_oauth_error(self, answer, status, error, words=""):
        self.assertEqual((status, error), (answer.status, answer.body["error"]), answer.text)
        self.assertIn(words, answer.body["error_description"])


class Tokens(IdentityTest):
    """What a token is good for, and for how long."""

    def test_only_issued_ones_are_good(self):
        self.assertEqual(200, self.call(self.token()).status)
        answer = self.call("ya29.made-up")
        self.assert_refused(answer, 401, "authError", "invalid authentication credentials")
        self.assertEqual("UNAUTHENTICATED", answer.body["error"]["status"])
        self.assertEqual("required", self.emulator.send("GET", f"projects/{PROJECT}").reason)

    def test_their_life_is_in_seconds_of_the_client(self):
        self.emulator.control("POST", "world", {"tokenLifeS": 1})
        token = self.token()
        self.assertEqual(200, self.call(token).status)
        self.emulator.until(lambda: self.call(token).status == 401)

    def test_all_can_be_ended(self):
        token = self.token()
        self.emulator.control("POST", "world", {"expireTokens": True})
        self.assertEqual(401, self.call(token).status)

    def test_those_of_a_disabled_account_are_no_good(self):
        private, _ = new_key()
        now = int(time.time())
        answer = self.form("/token", grant_type=JWT_BEARER, assertion=sign(private, {
            "iss": EMAIL, "aud": "https://oauth2.googleapis.com/token", "scope": ALL, "iat": now, "exp": now + 3600}))
        token = answer.body["access_token"]
        self.assertEqual(200, self.call(token).status)
        self.emulator.control("POST", "world", {"serviceAccount": {"email": EMAIL, "enabled": False}})
        self.assertEqual(401, self.call(token).status)

    def test_logs_hide_secrets(self):
        self.token()
        shown = self.emulator.control("GET", "requests")["requests"][-1]["body"]
        self.assertEqual("grant_type=refresh_token&client_id=c&client_secret=[hidden]&refresh_token=[hidden]", shown)

    def test_faults_hit_them(self):
        self.emulator.control("POST", "faults", {"path": "/token", "answer": {
            "status": 400, "body": '{"error":"invalid_grant"}', "contentType": "application/json"}})
        answer = self.form("/token", grant_type="refresh_token")
        self.assertEqual((400, "invalid_grant"), (answer.status, answer.body["error"]))

    def test_world_refuses_nonsense(self):
        for change in ({"tokenLifeS": 0}, {"tokenLifeS": "1"}, {"serviceAccount": {}},
                       {"serviceAccount": {"email": EMAIL, "publicKey": "no key"}}):
            self.assertEqual(400, self.emulator.send("POST", "/emulator/v1/world", change).status, change)


class Accounts(IdentityTest):
    """JWTs of service accounts, for a token and as one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.private, cls.public = new_key()

    def setUp(self):
        super().setUp()
        self.emulator.control("POST", "world", {"serviceAccount": {"email": EMAIL, "publicKey": self.public}})
        self.now = int(time.time())

    def claims(self, **more):
        claims = {"iss": EMAIL, "aud": "https://oauth2.googleapis.com/token", "scope": ALL, "iat": self.now,
                  "exp": self.now + 3600, **more}
        return {name: value for name, value in claims.items() if value is not None}

    def grant(self, jwt):
        return self.form("/token", grant_type=JWT_BEARER, assertion=jwt)

    def test_good(self):
        answer = self.grant(sign(self.private, self.claims()))
        self.assertEqual(200, answer.status, answer.text)
        self.assertEqual(("Bearer", 3599), (answer.body["token_type"], answer.body["expires_in"]))
        self.assertEqual(200, self.call(answer.body["access_token"]).status)

    def test_bad(self):
        other, _ = new_key()
        good = sign(self.private, self.claims())
        for jwt, error, words in [
                (sign(other, self.claims()), "invalid_grant", "Invalid JWT Signature."),
                (sign(self.private, self.claims(), alg="none"), "invalid_grant", "RS256"),
                (sign(self.private, self.claims(iat=self.now - 4000, exp=self.now - 400)), "invalid_grant", "short-lived"),
                (sign(self.private, self.claims(iat=self.now + 600, exp=self.now + 4000)), "invalid_grant", "short-lived"),
                (sign(self.private, self.claims(exp=self.now + 3700)), "invalid_grant", "short-lived"),
                (sign(self.private, self.claims(iat=None)), "invalid_grant", "short-lived"),
                (sign(self.private, self.claims(aud="https://example.com/")), "invalid_grant", "audience"),
                (sign(self.private, self.claims(scope=None)), "invalid_scope", ""),
                (good.rpartition(".")[0], "invalid_grant", "Bad Request"), (good + ".x", "invalid_grant", "Bad Request"),
                ("", "invalid_grant", "Bad Request"), ("a.b.c", "invalid_grant", "Bad Request")]:
            self.assert_oauth_error(self.grant(jwt), 400, error, words)

    def test_disabled(self):
        self.emulator.control("POST", "world", {"serviceAccount": {"email": EMAIL, "enabled": False}})
        self.assert_oauth_error(self.grant(sign(self.private, self.claims())), 400, "invalid_grant", "account disabled")

    def test_as_the_token(self):
        self.assertEqual(200, self.call(sign(self.private, self.claims(aud=None, sub=EMAIL))).status)
        self.assertEqual(401, self.call(sign(new_key()[0], self.claims(aud=None, sub=EMAIL))).status)

    def test_other_grants(self):
        self.assert_oauth_error(self.form("/token", grant_type="password"), 400, "unsupported_grant_type")
        self.assert_oauth_error(self.form("/token", a="b"), 400, "invalid_request", "grant_type")
        self.assert_oauth_error(self.form("/token", grant_type="refresh_token", refresh_token="r"), 401, "invalid_client")
        self.assert_oauth_error(self.form("/token", grant_type="refresh_token", client_id="c", client_secret="s"), 400,
                                "invalid_request", "refresh_token")
        self.assertEqual(405, self.emulator.send("GET", "/token").status)


class Federation(IdentityTest):
    """sts.googleapis.com and iamcredentials.googleapis.com."""

    def impersonate(self, token, account=EMAIL, **body):
        return self.emulator.send("POST", f"/v1/projects/-/serviceAccounts/{account}:generateAccessToken",
                                  {"scope": [ALL], "lifetime": "3600s", "delegates": None, **body},
                                  headers={"Authorization": f"Bearer {token}"} if token else {})

    def test_exchange(self):
        answer = self.form("/v1/token", **EXCHANGE)
        self.assertEqual(200, answer.status, answer.text)
        self.assertEqual("urn:ietf:params:oauth:token-type:access_token", answer.body["issued_token_type"])
        self.assertEqual(200, self.call(answer.body["access_token"]).status)
        for name in EXCHANGE:
            fields = {key: value for key, value in EXCHANGE.items() if key != name}
            self.assert_oauth_error(self.form("/v1/token", **fields), 400, "invalid_request")
        self.assert_oauth_error(self.form("/v1/token", **{**EXCHANGE, "audience": "//iam.googleapis.com/pool"}), 400,
                                "invalid_target")

    def test_impersonation(self):
        answer = self.impersonate(self.token(), lifetime="600s")
        self.assertEqual(200, answer.status, answer.text)
        ends = time.strptime(answer.body["expireTime"], "%Y-%m-%dT%H:%M:%SZ")
        self.assertAlmostEqual(time.mktime(ends) - time.timezone, time.time() + 600, delta=60)
        self.assertEqual(200, self.call(answer.body["accessToken"]).status)

    def test_impersonation_refused(self):
        narrow = self.form("/v1/token", **{**EXCHANGE, "scope": "https://www.googleapis.com/auth/compute"})
        for answer, status, word in [
                (self.impersonate(None), 401, "UNAUTHENTICATED"), (self.impersonate("made-up"), 401, "UNAUTHENTICATED"),
                (self.impersonate(narrow.body["access_token"]), 403, "PERMISSION_DENIED"),
                (self.impersonate(self.token(), scope=[]), 400, "INVALID_ARGUMENT"),
                (self.impersonate(self.token(), lifetime="2h"), 400, "INVALID_ARGUMENT"),
                (self.impersonate(self.token(), lifetime="7200s"), 400, "INVALID_ARGUMENT")]:
            self.assertEqual((status, word), (answer.status, answer.body["error"]["status"]), answer.text)
        self.emulator.control("POST", "world", {"serviceAccount": {"email": EMAIL, "enabled": False}})
        self.assertEqual(403, self.impersonate(self.token()).status)


class Metadata(IdentityTest):
    """--metadata-listen"""

    metadata = True
    ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default/"

    def get(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.emulator.metadata_port, timeout=90)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={"Metadata-Flavor": "Google", **headers})
        response = connection.getresponse()
        self.assertEqual("Google", response.headers["Metadata-Flavor"])
        return response.status, response.read().decode("utf-8")

    def token(self, **more):
        return json.loads(self.get(self.ACCOUNT + "token")[1])

    def test_what_it_knows(self):
        self.assertEqual(200, self.get("/")[0])
        account = json.loads(self.get(self.ACCOUNT + "?recursive=true")[1])
        self.assertEqual((["default"], [ALL]), (account["aliases"], account["scopes"]))
        self.assertEqual((200, account["email"]), self.get(self.ACCOUNT + "email"))
        self.assertEqual((200, "my-project"), self.get("/computeMetadata/v1/project/project-id"))
        self.assertEqual((200, "googleapis.com"), self.get("/computeMetadata/v1/universe/universe-domain"))
        self.assertEqual(404, self.get("/computeMetadata/v1/instance/nothing")[0])

    def test_who_may_ask(self):
        self.assertEqual(403, self.get("/", **{"Metadata-Flavor": "Yours"})[0])
        self.assertEqual(403, self.get("/", **{"X-Forwarded-For": "10.0.0.1"})[0])
        self.assertEqual(405, self.get("/", method="POST")[0])

    def test_one_token_until_it_nears_its_end(self):
        first = self.token()
        self.assertEqual(200, self.call(first["access_token"]).status)
        self.assertEqual(first["access_token"], self.token()["access_token"])
        self.emulator.control("POST", "world", {"tokenLifeS": 100})
        self.emulator.control("POST", "world", {"expireTokens": True})
        short = self.token()
        self.assertLessEqual(short["expires_in"], 100)
        self.assertNotEqual(short["access_token"], self.token()["access_token"])

    def test_the_other_door_knows_nothing_of_it(self):
        self.assertEqual(404, self.emulator.send("GET", "/computeMetadata/v1/project/project-id").status)
        self.assertEqual(404, self.get("/compute/v1/projects/my-project")[0])


if __name__ == "__main__":
    unittest.main()
