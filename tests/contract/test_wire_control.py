"""The emulator's own surface: faults, the world, reset, what was asked, the log of requests, and the flags."""

import http.client
import json
import os
import subprocess
import tempfile
import time
import unittest

from emulator import Chain, Emulator, EmulatorTest, FAMILY, GLOBAL, IN_ZONE, PROJECT, ZONE, has_form, health_check, template

CHECKS = f"{GLOBAL}/healthChecks"


class Faults(EmulatorTest):
    """POST faults: what goes wrong, how often."""

    def fault(self, **members):
        return self.emulator.control("POST", "faults", members)

    def hits(self):
        return [fault["hits"] for fault in self.emulator.control("GET", "faults")["faults"]]

    def get(self):
        return self.emulator.send("GET", CHECKS)

    def test_answer(self):
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED",
                    "domain": "compute.googleapis.com"}]
        self.fault(method="POST", path="*/healthChecks", answer={
            "status": 403, "reason": "rateLimitExceeded", "message": "Rate Limit Exceeded", "details": details})
        self.assertEqual(200, self.get().status)
        answer = self.emulator.send("POST", CHECKS, health_check("tf"))
        self.assert_refused(answer, 403, "rateLimitExceeded", "Rate Limit Exceeded")
        self.assertEqual(details, answer.body["error"]["details"])
        self.assertEqual([1], self.hits())
        self.emulator.make(CHECKS, health_check("tf"))

    def test_any_text(self):
        self.fault(method="GET", path="*/healthChecks", answer={
            "status": 502, "body": "<html>Bad Gateway</html>", "contentType": "text/html"})
        answer = self.get()
        self.assertEqual((502, "<html>Bad Gateway</html>", "text/html"),
                         (answer.status, answer.text, answer.headers["Content-Type"]))

    def test_skip_and_count(self):
        self.fault(path="*/healthChecks", skip=1, count=2, answer={"status": 503})
        self.assertEqual([200, 503, 503, 200], [self.get().status for _ in range(4)])

    def test_always_until_removed(self):
        number = self.fault(path="*/healthChecks", count=-1, answer={"status": 503})["number"]
        self.assertEqual([503] * 5, [self.get().status for _ in range(5)])
        self.emulator.control("DELETE", f"faults/{number}")
        self.assertEqual(200, self.get().status)
        self.assertEqual(404, self.emulator.send("DELETE", f"/emulator/v1/faults/{number}").status)
        self.fault(path="*/healthChecks", count=-1, answer={"status": 503})
        self.emulator.control("DELETE", "faults")
        self.assertEqual(200, self.get().status)

    def test_probability(self):
        self.fault(path="*/healthChecks", probability=0.5, answer={"status": 503})
        failed = [self.get().status for _ in range(100)].count(503)
        self.assertTrue(20 < failed < 80, failed)

    def test_delay(self):
        self.fault(method="POST", path="*/healthChecks", delayMs=100_000)
        begun = time.monotonic()
        answer = self.emulator.send("POST", CHECKS, health_check("tf"))
        self.assertGreaterEqual(time.monotonic() - begun, 100 / self.speed * 0.9)
        self.emulator.finish(answer.body)

    def test_drop_before(self):
        self.fault(method="POST", path="*/healthChecks", dropBefore=True)
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            self.emulator.send("POST", CHECKS, health_check("tf"))
        self.assertEqual({}, self.emulator.control("GET", "state")["operations"])
        self.emulator.make(CHECKS, health_check("tf"))

    def test_drop_after(self):
        self.fault(method="POST", path="*/healthChecks", dropAfter=True)
        request_id = "0b49e6a4-6f4e-4e0c-9a5b-1d2f3a4b5c6d"
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            self.emulator.send("POST", CHECKS, health_check("tf"), {"requestId": request_id})
        answer = self.emulator.send("POST", CHECKS, health_check("tf"), {"requestId": request_id})
        self.assertEqual(200, answer.status, answer.text)
        self.assertEqual(1, len(self.emulator.control("GET", "state")["operations"]))

    def test_operation_fails(self):
        self.fault(method="POST", path="*/healthChecks", operation={"code": "QUOTA_EXCEEDED", "message": "Too many.",
                                                                    "httpErrorStatusCode": 403})
        operation = self.emulator.finish(self.emulator.send("POST", CHECKS, health_check("tf")).body)
        self.assertEqual((403, "FORBIDDEN"), (operation["httpErrorStatusCode"], operation["httpErrorMessage"]))
        self.assertEqual([{"code": "QUOTA_EXCEEDED", "message": "Too many."}], operation["error"]["errors"])
        self.assertEqual(404, self.emulator.send("GET", f"{CHECKS}/tf").status)

    def test_what_is_no_fault(self):
        for bad in ({}, {"answer": {"status": 503}, "delayMs": 1}, {"answer": {"status": 503}, "pth": "*"}):
            self.assertEqual(400, self.emulator.send("POST", "/emulator/v1/faults", bad).status, bad)


class World(EmulatorTest):
    """POST world, beside what test_wire_groups.py shows of machines."""

    def test_withdrawn_family(self):
        old = "projects/deeplearning-platform-release/global/images/family/tf-latest-cpu"
        answer = self.emulator.send("GET", old)
        self.assert_refused(answer, 404, "notFound", f"'{old}' was not found")
        family = {"project": "deeplearning-platform-release", "family": "tf-latest-cpu"}
        self.emulator.control("POST", "world", {"imageFamily": {**family, "state": "ACTIVE"}})
        image = self.emulator.get(old)
        self.assertEqual(("compute#image", "tf-latest-cpu", "READY"), (image["kind"], image["family"], image["status"]))
        self.emulator.get(image["selfLink"].partition("/compute/v1/")[2])
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf", disks=[
            {"boot": True, "initializeParams": {"sourceImage": old}}]))
        self.emulator.control("POST", "world", {"imageFamily": {**family, "state": "WITHDRAWN"}})
        self.assertEqual(404, self.emulator.send("GET", old).status)

    def test_any_family_can_be_withdrawn(self):
        self.emulator.get(FAMILY)
        self.emulator.control("POST", "world", {"imageFamily": {"project": "debian-cloud", "family": "debian-12",
                                                                "state": "WITHDRAWN"}})
        self.assertEqual(404, self.emulator.send("GET", FAMILY).status)

    def test_quota_of_a_count(self):
        self.emulator.control("POST", "world", {"quota": {"project": PROJECT, "metric": "HEALTH_CHECKS", "limit": 1}})
        self.emulator.make(CHECKS, health_check("a"))
        answer = self.emulator.send("POST", CHECKS, health_check("b"))
        self.assert_refused(answer, 403, "quotaExceeded", "Quota 'HEALTH_CHECKS' exceeded.")
        self.assertTrue(answer.message.endswith(" Limit: 1.0 globally."), answer.message)
        quotas = {quota["metric"]: quota for quota in self.emulator.get(f"projects/{PROJECT}")["quotas"]}
        self.assertEqual((1, 1), (quotas["HEALTH_CHECKS"]["limit"], quotas["HEALTH_CHECKS"]["usage"]))
        self.emulator.control("POST", "world", {"quota": {"project": PROJECT, "metric": "HEALTH_CHECKS", "limit": None}})
        self.emulator.make(CHECKS, health_check("b"))

    def test_uses_that_linger(self):
        Chain(self.emulator).map()
        self.emulator.control("POST", "world", {"usedByLagMs": 600_000})
        self.emulator.do("DELETE", f"{GLOBAL}/urlMaps/tf-map")
        self.assertIn("usedBy", self.emulator.get(f"{GLOBAL}/backendServices/tf-service"))
        self.assert_refused(self.emulator.send("DELETE", f"{GLOBAL}/backendServices/tf-service"), 400,
                            "resourceInUseByAnotherResource", "is already being used by")
        self.emulator.until(lambda: "usedBy" not in self.emulator.get(f"{GLOBAL}/backendServices/tf-service"))
        self.emulator.do("DELETE", f"{GLOBAL}/backendServices/tf-service")

    def test_what_the_world_does_not_know(self):
        for bad in ({}, {"weather": "fine"}, {"quota": {"metric": "CPUS"}}, {"usedByLagMs": 1, "appStartMs": 1}):
            self.assertEqual(400, self.emulator.send("POST", "/emulator/v1/world", bad).status, bad)
        self.assertEqual(404, self.emulator.send("POST", "/emulator/v1/world", {
            "breakInstance": f"{IN_ZONE}/instances/no"}).status)


class Memory(EmulatorTest):
    """What the emulator tells of itself."""

    def test_state(self):
        Chain(self.emulator).machines(1).service()
        self.emulator.stable("tf-group")
        state = self.emulator.control("GET", "state")
        for path in (f"{CHECKS}/tf-check", f"{GLOBAL}/backendServices/tf-service", f"{IN_ZONE}/instanceGroupManagers/tf-group",
                     f"{GLOBAL}/instanceTemplates/tf-template"):
            self.assertEqual(self.emulator.get(path), state["resources"][path])
        self.assertEqual(1, len(state["instances"]))
        self.assertEqual({"DONE"}, {operation["status"] for operation in state["operations"].values()})

    def test_requests(self):
        self.emulator.send("POST", CHECKS, health_check("tf"), {"requestId": "no-uuid"})
        self.emulator.get(CHECKS, maxResults=3)
        last = self.emulator.control("GET", "requests")
        first, second = [request for request in last["requests"] if request["path"] == f"/compute/v1/{CHECKS}"]
        self.assertEqual(("POST", "requestId=no-uuid", 400, "invalid"),
                         tuple(first[name] for name in ("method", "query", "status", "reason")))
        self.assertEqual(health_check("tf"), json.loads(first["body"]) if isinstance(first["body"], str) else first["body"])
        self.assertEqual(("GET", "maxResults=3", 200), tuple(second[name] for name in ("method", "query", "status")))
        self.emulator.get(f"projects/{PROJECT}")
        later = self.emulator.control("GET", "requests", after=last["last"])["requests"]
        self.assertIn(f"/compute/v1/projects/{PROJECT}", [request["path"] for request in later])
        self.assertNotIn(f"/compute/v1/{CHECKS}", [request["path"] for request in later])

    def test_reset(self):
        Chain(self.emulator).machines(1)
        self.emulator.control("POST", "faults", {"path": "*", "count": -1, "answer": {"status": 503}})
        self.emulator.control("POST", "world", {"stockout": {"zone": ZONE}})
        self.emulator.control("POST", "reset", {})
        state = self.emulator.control("GET", "state")
        self.assertEqual(({}, []), (state["operations"], state["faults"]))
        self.assertEqual({}, self.emulator.control("GET", "world")["stockouts"])
        self.assertEqual(404, self.emulator.send("GET", f"{IN_ZONE}/instanceGroupManagers/tf-group").status)

    def test_the_same_seed_gives_the_same_world(self):
        worlds = []
        for seed in (7, 7, 8):
            self.emulator.control("POST", "reset", {"seed": seed})
            Chain(self.emulator).machines(2)
            self.emulator.stable("tf-group")
            worlds.append([item["name"] for item in self.emulator.get(f"{IN_ZONE}/instances")["items"]])
        self.assertEqual(worlds[0], worlds[1])
        self.assertNotEqual(worlds[0], worlds[2])

    def test_forms(self):
        body = self.emulator.make(f"{GLOBAL}/addresses", {"name": "tf"})
        for member, form in (("id", "uint64"), ("creationTimestamp", "time"), ("labelFingerprint", "fingerprint"),
                             ("address", "address")):
            self.assertTrue(has_form(form, body[member]), (member, body[member]))
        self.assertNotEqual(body["id"], self.emulator.make(f"{GLOBAL}/addresses", {"name": "tf2"})["id"])


class Token(EmulatorTest):
    """--require-token"""

    flags = ("--require-token",)

    def test_token(self):
        answer = self.emulator.send("GET", f"projects/{PROJECT}")
        self.assertEqual(401, answer.status)
        self.assertIn(answer.reason, ("authError", "required"))
        self.assertEqual("Authorization", answer.body["error"]["errors"][0]["location"])
        answer = self.emulator.send("GET", f"projects/{PROJECT}", headers={"Authorization": "Bearer anything"})
        self.assertEqual(200, answer.status)
        answer = self.emulator.send("GET", f"projects/{PROJECT}", headers={"Authorization": "Basic YTpi"})
        self.assertEqual(401, answer.status)


class Lenient(EmulatorTest):
    """--lenient"""

    flags = ("--lenient",)

    def test_what_is_unknown_is_dropped(self):
        seen = self.emulator.make(CHECKS, health_check("tf", colour="red", logConfig={"enable": True, "depth": 3}))
        self.assertNotIn("colour", seen)
        self.assertEqual({"enable": True}, seen["logConfig"])
        self.assertEqual(400, self.emulator.send("POST", CHECKS, health_check("Tf")).status)


class RequestLog(unittest.TestCase):
    """--request-log"""

    def test_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "requests")
            emulator = Emulator("--request-log", path)
            emulator.send("POST", CHECKS, health_check("tf", colour="red"), {"alt": "json"},
                          headers={"Authorization": "Bearer secret-token"})
            emulator.get(f"projects/{PROJECT}")
            emulator.stop()
            with open(path, encoding="utf-8") as file:
                text = file.read()
        first, second = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(("POST", f"/compute/v1/{CHECKS}", "alt=json", 400),
                         tuple(first[name] for name in ("method", "path", "query", "status")))
        self.assertEqual("red", json.loads(first["body"])["colour"])
        self.assertTrue(first["reason"])
        self.assertEqual(("GET", 200, ""), tuple(second[name] for name in ("method", "status", "reason")))
        self.assertLessEqual(first["time"], second["time"])
        self.assertNotIn("secret-token", text)


class Flags(unittest.TestCase):
    """The command line."""

    def run_emulator(self, *flags):
        return subprocess.run([os.environ["GCE_EMULATOR"], *flags], capture_output=True, text=True, timeout=90, check=False)

    def test_help_and_version(self):
        told = self.run_emulator("--help")
        self.assertEqual((0, ""), (told.returncode, told.stderr))
        for flag in ("--listen", "--port-file", "--speed", "--seed", "--request-log", "--lenient", "/emulator/v1/faults"):
            self.assertIn(flag, told.stdout)
        self.assertRegex(self.run_emulator("--version").stdout, r"\d+\.\d+\.\d+")

    def test_mistakes(self):
        for flags, text in ((("--sped", "3"), "--speed"), (("--speed", "fast"), "fast"), (("--listen", "here"), "here"),
                            (("--seed",), "--seed")):
            told = self.run_emulator(*flags)
            self.assertNotEqual(0, told.returncode)
            self.assertIn(text, told.stderr)

    def test_a_port_that_is_taken(self):
        emulator = Emulator()
        self.addCleanup(emulator.stop)
        told = self.run_emulator("--listen", f"127.0.0.1:{emulator.port}")
        self.assertEqual(1, told.returncode)
        self.assertIn(str(emulator.port), told.stderr)


if __name__ == "__main__":
    unittest.main()
