"""Lists over plain HTTP: pages, order, filters of both dialects, aggregation, and many requests in one batch."""

import email
import json
import re
import unittest

from emulator import EmulatorTest, GLOBAL, IN_ZONE, PROJECT, Chain, group, health_check, template

CHECKS = f"{GLOBAL}/healthChecks"


def names(body):
    return [item["name"] for item in body.get("items", [])]


class Pages(EmulatorTest):
    """maxResults, pageToken, orderBy."""

    def setUp(self):
        super().setUp()
        for name in ("c", "a", "e", "b", "d"):
            self.emulator.make(CHECKS, health_check(name))

    def test_form(self):
        body = self.emulator.get(CHECKS)
        self.assertEqual(("compute#healthCheckList", CHECKS), (body["kind"], body["id"]))
        self.assertTrue(body["selfLink"].endswith(CHECKS))
        self.assertEqual(["a", "b", "c", "d", "e"], names(body))
        self.assertEqual({"compute#healthCheck"}, {item["kind"] for item in body["items"]})
        self.assertNotIn("nextPageToken", body)

    def test_empty(self):
        body = self.emulator.get(f"{GLOBAL}/urlMaps")
        self.assertEqual("compute#urlMapList", body["kind"])
        self.assertNotIn("items", body)

    def test_pages(self):
        first = self.emulator.get(CHECKS, maxResults=2)
        second = self.emulator.get(CHECKS, maxResults=2, pageToken=first["nextPageToken"])
        third = self.emulator.get(CHECKS, maxResults=2, pageToken=second["nextPageToken"])
        self.assertEqual([["a", "b"], ["c", "d"], ["e"]], [names(page) for page in (first, second, third)])
        self.assertNotIn("nextPageToken", third)

    def test_a_page_is_not_moved_by_writes(self):
        first = self.emulator.get(CHECKS, maxResults=2)
        self.emulator.do("DELETE", f"{CHECKS}/a")
        self.emulator.make(CHECKS, health_check("aa"))
        self.assertEqual(["c", "d", "e"], names(self.rest(first)))

    def rest(self, page):
        """Everything after a page, as one list."""
        items = []
        while "nextPageToken" in page:
            page = self.emulator.get(CHECKS, maxResults=2, pageToken=page["nextPageToken"])
            items += page.get("items", [])
        return {"items": items}

    def test_a_token_belongs_to_its_query(self):
        token = self.emulator.get(CHECKS, maxResults=2)["nextPageToken"]
        for query in ({"filter": "name = a"}, {"orderBy": "creationTimestamp desc"}):
            self.assertEqual(400, self.emulator.send("GET", CHECKS, query={
                "maxResults": 2, "pageToken": token, **query}).status)
        self.assertEqual(400, self.emulator.send("GET", f"{GLOBAL}/urlMaps", query={"pageToken": token}).status)
        self.assertEqual(400, self.emulator.send("GET", CHECKS, query={"pageToken": "x" + token}).status)

    def test_bounds(self):
        for bad in ("501", "-1", "many"):
            self.assertEqual(400, self.emulator.send("GET", CHECKS, query={"maxResults": bad}).status, bad)
        self.assertEqual(5, len(names(self.emulator.get(CHECKS, maxResults=500))))

    def test_order(self):
        self.assertEqual(["d", "b", "e", "a", "c"], names(self.emulator.get(CHECKS, orderBy="creationTimestamp desc")))
        self.assertEqual(["a", "b", "c", "d", "e"], names(self.emulator.get(CHECKS, orderBy="name")))
        self.assertEqual(400, self.emulator.send("GET", CHECKS, query={"orderBy": "type"}).status)


class Filters(EmulatorTest):
    """The dialect of operators and that of regular expressions."""

    def setUp(self):
        super().setUp()
        for name, interval in (("tf-a", 5), ("tf-b", 10), ("other", 10)):
            self.emulator.make(CHECKS, health_check(name, checkIntervalSec=interval, description=f"check {name}"))

    def assert_filter(self, wanted, text):
        self.assertEqual(wanted, names(self.emulator.get(CHECKS, filter=text)), text)

    def test_operators(self):
        self.assert_filter(["tf-a"], "name = tf-a")
        self.assert_filter(["tf-a"], "name=\"tf-a\"")
        self.assert_filter(["other", "tf-b"], "name != tf-a")
        self.assert_filter(["other", "tf-b"], "checkIntervalSec > 5")
        self.assert_filter(["tf-a"], "checkIntervalSec <= 5")
        self.assert_filter(["other", "tf-a", "tf-b"], "httpHealthCheck.port = 80")
        self.assert_filter(["tf-a"], "description = \"check tf-a\"")

    def test_several(self):
        self.assert_filter(["tf-b"], "(checkIntervalSec = 10) (name = tf-b)")
        self.assert_filter(["tf-b"], "checkIntervalSec = 10 AND name = tf-b")
        self.assert_filter(["other", "tf-a"], "(name = other) OR (name = tf-a)")

    def test_labels(self):
        path = f"{GLOBAL}/addresses"
        for name, labels in (("a", {"env": "prod"}), ("b", {"env": "test"}), ("c", {})):
            body = self.emulator.make(path, {"name": name})
            self.emulator.do("POST", f"{path}/{name}/setLabels", {
                "labels": labels, "labelFingerprint": body["labelFingerprint"]})
        self.assertEqual(["a"], names(self.emulator.get(path, filter="labels.env=prod")))
        self.assertEqual(["a", "b"], names(self.emulator.get(path, filter="labels.env:*")))

    def test_regular_expressions(self):
        self.assert_filter(["tf-a", "tf-b"], "name eq tf-.*")
        self.assert_filter(["other"], "name ne tf-.*")
        self.assert_filter([], "name eq tf")
        self.assert_filter(["tf-a", "tf-b"], "name eq 'tf-[ab]'")

    def test_refused(self):
        for bad in ("name =", "name eq tf-(", "(name = a", "name = a) OR", "name eq a AND checkIntervalSec = 5"):
            self.assertEqual(400, self.emulator.send("GET", CHECKS, query={"filter": bad}).status, bad)


class Aggregates(EmulatorTest):
    """aggregated/COLLECTION: scopes as keys, warnings for empty ones, what happens when one cannot be reached."""

    PATH = f"projects/{PROJECT}/aggregated/instanceGroupManagers"

    def setUp(self):
        super().setUp()
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf"))
        for zone in ("us-central1-a", "us-central1-b", "europe-west1-b"):
            self.emulator.make(f"projects/{PROJECT}/zones/{zone}/instanceGroupManagers", group("tf-" + zone, "tf", 0))

    def scopes(self, body, collection="instanceGroupManagers"):
        return {scope: [item["name"] for item in held[collection]] for scope, held in body["items"].items()
                if collection in held}

    def test_form(self):
        body = self.emulator.get(self.PATH)
        self.assertEqual("compute#instanceGroupManagerAggregatedList", body["kind"])
        self.assertEqual({"zones/us-central1-a": ["tf-us-central1-a"], "zones/us-central1-b": ["tf-us-central1-b"],
                          "zones/europe-west1-b": ["tf-europe-west1-b"]}, self.scopes(body))
        empty = [held for scope, held in body["items"].items() if scope == "zones/us-central1-c"]
        for held in empty:
            self.assertEqual(("NO_RESULTS_ON_PAGE", [{"key": "scope", "value": "zones/us-central1-c"}]),
                             (held["warning"]["code"], held["warning"]["data"]))

    def test_all_scopes(self):
        body = self.emulator.get(self.PATH, includeAllScopes="True")
        self.assertIn("zones/us-central1-f", body["items"])
        self.assertEqual("NO_RESULTS_ON_PAGE", body["items"]["zones/us-central1-f"]["warning"]["code"])
        self.assertIn("regions/us-central1", body["items"])

    def test_pages(self):
        found, query = {}, {"maxResults": 1}
        for _ in range(10):
            body = self.emulator.get(self.PATH, **query)
            for scope, group_names in self.scopes(body).items():
                found.setdefault(scope, []).extend(group_names)
            if "nextPageToken" not in body:
                break
            query["pageToken"] = body["nextPageToken"]
        self.assertEqual(3, sum(map(len, found.values())))
        self.assertEqual(3, len(found))

    def test_filter(self):
        body = self.emulator.get(self.PATH, filter="name eq .*-a")
        self.assertEqual({"zones/us-central1-a": ["tf-us-central1-a"]}, self.scopes(body))

    def test_unreachable(self):
        self.emulator.control("POST", "world", {"unreachable": {"scope": "zones/us-central1-b"}})
        self.assertGreaterEqual(self.emulator.send("GET", self.PATH).status, 500)
        body = self.emulator.get(self.PATH, returnPartialSuccess="true")
        self.assertEqual({"zones/us-central1-a", "zones/europe-west1-b"}, self.scopes(body).keys())
        self.assertEqual(["zones/us-central1-b"], body["unreachables"])
        self.emulator.control("POST", "world", {"unreachable": {"scope": "zones/us-central1-b", "on": False}})
        self.assertNotIn("unreachables", self.emulator.get(self.PATH, returnPartialSuccess="true"))

    def test_global_kinds(self):
        self.emulator.make(CHECKS, health_check("tf"))
        body = self.emulator.get(f"projects/{PROJECT}/aggregated/healthChecks")
        self.assertEqual({"global": ["tf"]}, self.scopes(body, "healthChecks"))

    def test_instance_groups(self):
        body = self.emulator.get(f"projects/{PROJECT}/aggregated/instanceGroups")
        self.assertEqual(["tf-us-central1-b"], self.scopes(body, "instanceGroups")["zones/us-central1-b"])


class Batch(EmulatorTest):
    """The multipart endpoint that gcloud uses for two requests and more."""

    def send(self, *parts):
        lines = []
        for index, (method, path, body) in enumerate(parts):
            text = json.dumps(body) if body else ""
            lines += ["--==mark==", "Content-Type: application/http", "MIME-Version: 1.0",
                      "Content-Transfer-Encoding: binary", f"Content-ID: <b29c5de2+{index}>", "",
                      f"{method} /compute/v1/{path} HTTP/1.1", "Content-Type: application/json", "MIME-Version: 1.0",
                      f"content-length: {len(text)}", "Host: ", "", text]
        lines += ["--==mark==--", ""]
        return self.emulator.send("POST", "/batch/compute/v1", "\r\n".join(lines),
                                  headers={"Content-Type": "multipart/mixed; boundary=\"==mark==\""})

    def parse(self, answer):
        """{content id: (status, body)}"""
        self.assertEqual(200, answer.status, answer.text)
        self.assertTrue(answer.headers["Content-Type"].startswith("multipart/mixed"))
        message = email.message_from_string(f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n{answer.text}")
        found = {}
        for part in message.get_payload():
            self.assertEqual("application/http", part.get_content_type())
            head, _, body = part.get_payload().replace("\r\n", "\n").partition("\n\n")
            status = re.match(r"HTTP/1.1 (\d{3}) ", head)
            found[part["Content-ID"]] = (int(status[1]), json.loads(body))
        return found

    def test_parts(self):
        found = self.parse(self.send(("GET", f"projects/{PROJECT}", None), ("GET", f"{CHECKS}/no", None),
                                     ("POST", CHECKS, health_check("tf"))))
        self.assertEqual({"<response-b29c5de2+0>": 200, "<response-b29c5de2+1>": 404, "<response-b29c5de2+2>": 200},
                         {name: status for name, (status, _) in found.items()})
        self.assertEqual(PROJECT, found["<response-b29c5de2+0>"][1]["name"])
        self.assertIn(f"'{CHECKS}/no' was not found", found["<response-b29c5de2+1>"][1]["error"]["message"])
        self.assertEqual("DONE", self.emulator.finish(found["<response-b29c5de2+2>"][1])["status"])

    def test_waits(self):
        begun = [self.emulator.send("POST", CHECKS, health_check(name)).body for name in ("a", "b", "c")]
        found = self.parse(self.send(*[("POST", f"{GLOBAL}/operations/{operation['name']}/wait", None)
                                       for operation in begun]))
        self.assertEqual(["DONE"] * 3, [body["status"] for _, body in found.values()])

    def test_what_is_no_batch(self):
        answer = self.emulator.send("POST", "/batch/compute/v1", "hello", headers={"Content-Type": "text/plain"})
        self.assertEqual(400, answer.status)


class Scopes(EmulatorTest):
    """Lists of one scope show that scope only."""

    def test_zones(self):
        Chain(self.emulator).machines(1)
        self.assertEqual(["tf-group"], names(self.emulator.get(f"{IN_ZONE}/instanceGroupManagers")))
        self.assertEqual(["tf-group"], names(self.emulator.get(f"{IN_ZONE}/instanceGroups")))
        self.assertEqual([], names(self.emulator.get(f"projects/{PROJECT}/zones/us-central1-b/instanceGroupManagers")))
        self.assertEqual([], names(self.emulator.get(f"projects/other-project/zones/us-central1-a/instanceGroupManagers")))
        self.emulator.stable("tf-group")
        self.assertEqual(1, len(names(self.emulator.get(f"{IN_ZONE}/instances"))))

    def test_catalogue(self):
        zones = self.emulator.get(f"projects/{PROJECT}/zones")
        self.assertIn("us-central1-a", names(zones))
        regions = self.emulator.get(f"projects/{PROJECT}/regions")
        listed = {zone.rpartition("/")[2] for region in regions["items"] for zone in region["zones"]}
        self.assertEqual(set(names(zones)), listed)
        machine = self.emulator.get(f"{IN_ZONE}/machineTypes/n1-standard-4")
        self.assertEqual((4, 15360), (machine["guestCpus"], machine["memoryMb"]))
        self.assertEqual(404, self.emulator.send("GET", f"{IN_ZONE}/machineTypes/n99-standard-4").status)
        self.assertEqual(["default"], names(self.emulator.get(f"{GLOBAL}/networks")))


if __name__ == "__main__":
    unittest.main()
