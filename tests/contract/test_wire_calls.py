"""Single calls over plain HTTP: what is refused and how, who may write, what operations do, what is read back."""

import threading
import unittest
import uuid

from emulator import (Chain, EmulatorTest, GLOBAL, IN_ZONE, PROJECT, backend_service, group, health_check, link,
                      template, url_map)

CHECKS = f"{GLOBAL}/healthChecks"
SERVICES = f"{GLOBAL}/backendServices"
MAPS = f"{GLOBAL}/urlMaps"
RULES = f"{GLOBAL}/forwardingRules"


class Refusals(EmulatorTest):
    """Requests that the service refuses at once."""

    def post(self, collection, body):
        return self.emulator.send("POST", collection, body)

    def test_names(self):
        good = "a" + "b" * 61 + "9"
        self.emulator.make(CHECKS, health_check(good))
        for bad in ("Tf", "9tf", "tf-", "tf_x", "a" * 64, "tf.x", "-tf"):
            self.assert_refused(self.post(CHECKS, health_check(bad)), 400, "invalid",
                                f"Invalid value for field 'resource.name': '{bad}'. Must be a match of regex "
                                "'(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'")

    def test_unknown_fields_and_enums(self):
        answer = self.post(CHECKS, health_check("tf", colour="red"))
        self.assertEqual(400, answer.status)
        self.assertIn("colour", answer.message)
        answer = self.post(CHECKS, {**health_check("tf"), "httpHealthCheck": {"port": 80, "prot": 1}})
        self.assertEqual(400, answer.status)
        self.assertIn("prot", answer.message)
        answer = self.post(CHECKS, {**health_check("tf"), "type": "SMOKE"})
        self.assertEqual(400, answer.status)
        self.assertIn("SMOKE", answer.message)
        answer = self.post(CHECKS, {**health_check("tf"), "timeoutSec": "soon"})
        self.assertEqual(400, answer.status)
        self.assertIn("timeoutSec", answer.message)
        self.assertEqual({}, self.emulator.get(CHECKS).get("items", {}))

    def test_bodies_that_are_no_resource(self):
        self.assert_refused(self.post(CHECKS, None), 400, "required", "Required field 'resource' not specified")
        self.assertEqual(400, self.post(CHECKS, "{\"name\":").status)
        self.assertEqual(400, self.post(CHECKS, "[]").status)

    def test_what_is_not_there(self):
        self.assert_refused(self.emulator.send("GET", f"{CHECKS}/tf"), 404, "notFound",
                            f"The resource '{CHECKS}/tf' was not found")
        self.assert_refused(self.emulator.send("DELETE", f"{CHECKS}/tf"), 404, "notFound", f"'{CHECKS}/tf'")
        self.assert_refused(self.emulator.send("PATCH", f"{CHECKS}/tf", {}), 404, "notFound", f"'{CHECKS}/tf'")
        self.assertEqual(404, self.emulator.send("GET", "projects/p1/global/sandwiches").status)
        self.assertEqual(404, self.emulator.send("GET", "/nowhere").status)
        self.assert_refused(self.emulator.send("GET", f"projects/{PROJECT}/zones/mars-a/instanceGroupManagers"), 400, "invalid",
                            "Invalid value for field 'zone': 'mars-a'. Unknown zone.")

    def test_exists_already(self):
        self.emulator.make(CHECKS, health_check("tf"))
        self.assert_refused(self.post(CHECKS, health_check("tf")), 409, "alreadyExists",
                            f"The resource '{CHECKS}/tf' already exists")

    def test_rules_of_fields(self):
        late = {**health_check("tf"), "timeoutSec": 6}
        self.assert_refused(self.post(CHECKS, late), 400, "invalid", "imeoutSec")
        self.emulator.make(CHECKS, health_check("tf"))
        self.emulator.make(CHECKS, health_check("tf2"))
        two = backend_service("tf", "tf", healthChecks=[f"{CHECKS}/tf", f"{CHECKS}/tf2"])
        self.assert_refused(self.post(SERVICES, two), 400, "invalid",
                            "maximum size 1 element(s); actual size 2.")

    def test_missing_references_of_the_front(self):
        self.assert_refused(self.post(SERVICES, backend_service("tf", "no")), 404, "notFound",
                            f"The resource '{CHECKS}/no' was not found")
        self.assert_refused(self.post(MAPS, url_map("tf", "no")), 404, "notFound",
                            f"The resource '{SERVICES}/no' was not found")
        self.assert_refused(self.post(f"{GLOBAL}/targetHttpProxies", {"name": "tf", "urlMap": f"{MAPS}/no"}), 404,
                            "notFound", f"The resource '{MAPS}/no' was not found")
        rule = {"name": "tf", "portRange": "80", "target": f"{GLOBAL}/targetHttpProxies/no"}
        self.assert_refused(self.post(RULES, rule), 404, "notFound", "targetHttpProxies/no' was not found")
        self.assert_refused(self.post(f"{IN_ZONE}/instanceGroupManagers", group("tf", "no", 1)), 404, "notFound",
                            f"The resource '{GLOBAL}/instanceTemplates/no' was not found")

    def test_missing_references_of_a_template(self):
        bad = template("tf", networkInterfaces=[{"network": f"{GLOBAL}/networks/no"}])
        self.assert_refused(self.post(f"{GLOBAL}/instanceTemplates", bad), 400, "invalid",
                            "The referenced network resource cannot be found.")
        bad = template("tf", disks=[{"boot": True, "initializeParams": {
            "sourceImage": "projects/debian-cloud/global/images/family/debian-3"}}])
        self.assert_refused(self.post(f"{GLOBAL}/instanceTemplates", bad), 400, "invalid",
                            "The referenced image resource cannot be found.")

    def test_machine_type_of_a_template_is_not_looked_up(self):
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf", machineType="n99-standard-4"))

    def test_group_backends_need_a_health_check(self):
        Chain(self.emulator).machines(1)
        bad = backend_service("tf", "tf", backends=[{"group": link(f"{IN_ZONE}/instanceGroups/tf-group")}])
        del bad["healthChecks"]
        self.assert_refused(self.post(SERVICES, bad), 400, "invalid", "At least one health check needs to be specified.")

    def test_one_address_and_port_serves_one_rule(self):
        Chain(self.emulator).rule()
        taken = self.emulator.get(f"{RULES}/tf-rule")
        again = {"name": "tf-again", "IPAddress": taken["IPAddress"], "portRange": "80",
                 "loadBalancingScheme": "EXTERNAL", "target": taken["target"]}
        self.emulator.make(f"{GLOBAL}/addresses", {"name": "tf"})
        self.assertEqual(400, self.post(RULES, again).status)

    def test_a_project_that_nobody_has(self):
        self.assertIn(self.emulator.send("GET", "projects/no-such-project").status, (403, 404))


class InUse(EmulatorTest):
    """Nothing that is referred to can be deleted; the texts are those recorded."""

    def assert_in_use(self, path, noun, by):
        self.assert_refused(self.emulator.send("DELETE", path), 400, "resourceInUseByAnotherResource",
                            f"The {noun} resource '{path}' is already being used by '{by}'")

    def test_front(self):
        Chain(self.emulator).rule()
        self.assert_in_use(f"{SERVICES}/tf-service", "backend_service", f"{MAPS}/tf-map")
        self.assert_in_use(f"{MAPS}/tf-map", "url_map", f"{GLOBAL}/targetHttpProxies/tf-proxy")
        self.assert_in_use(f"{GLOBAL}/targetHttpProxies/tf-proxy", "target_http_proxy", f"{RULES}/tf-rule")
        answer = self.emulator.send("DELETE", f"{CHECKS}/tf-check")
        self.assertRegex(answer.message, r"^The health_check resource 'GLOBAL:global/PROJECT:\d+/HEALTH_CHECK:tf-check' "
                         r"is already being used by 'GLOBAL:global/PROJECT:\d+/BACKEND_SERVICE:tf-service'$")
        for path in (f"{RULES}/tf-rule", f"{GLOBAL}/targetHttpProxies/tf-proxy", f"{MAPS}/tf-map",
                     f"{SERVICES}/tf-service", f"{CHECKS}/tf-check"):
            self.emulator.do("DELETE", path)
            self.assertEqual(404, self.emulator.send("GET", path).status)

    def test_address(self):
        Chain(self.emulator).proxy()
        address = self.emulator.make(f"{GLOBAL}/addresses", {"name": "tf"})
        self.assertEqual("RESERVED", address["status"])
        rule = self.emulator.make(RULES, {"name": "tf", "portRange": "80", "loadBalancingScheme": "EXTERNAL",
                                          "IPAddress": f"{GLOBAL}/addresses/tf",
                                          "target": f"{GLOBAL}/targetHttpProxies/tf-proxy"})
        self.assertEqual(address["address"], rule["IPAddress"])
        used = self.emulator.get(f"{GLOBAL}/addresses/tf")
        self.assertEqual(("IN_USE", [link(f"{RULES}/tf")]), (used["status"], used["users"]))
        self.assert_in_use(f"{GLOBAL}/addresses/tf", "address", f"{RULES}/tf")

    def test_template_and_group(self):
        Chain(self.emulator).machines(1).service()
        by = f"{IN_ZONE}/instanceGroupManagers/tf-group"
        self.assert_in_use(f"{GLOBAL}/instanceTemplates/tf-template", "instance_template", by)
        service = self.emulator.get(f"{SERVICES}/tf-service")
        self.emulator.do("PATCH", f"{SERVICES}/tf-service", {
            "fingerprint": service["fingerprint"], "backends": [{"group": link(f"{IN_ZONE}/instanceGroups/tf-group")}]})
        answer = self.emulator.send("DELETE", by)  # refused at once or in the operation: both were recorded
        text = f"The instance_group_manager resource '{by}' is already being used by '{SERVICES}/tf-service'"
        if answer.status == 400:
            self.assert_refused(answer, 400, "resourceInUseByAnotherResource", text)
            return
        operation = self.emulator.finish(answer.body)
        self.assertEqual((400, "BAD REQUEST"), (operation["httpErrorStatusCode"], operation["httpErrorMessage"]))
        self.assertEqual({"code": "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", "message": text},
                         {name: operation["error"]["errors"][0][name] for name in ("code", "message")})

    def test_health_check_that_heals(self):
        self.emulator.make(CHECKS, health_check("tf-heal"))
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template"))
        self.emulator.make(f"{IN_ZONE}/instanceGroupManagers", group("tf-group", "tf-template", 0, autoHealingPolicies=[
            {"healthCheck": f"{CHECKS}/tf-heal", "initialDelaySec": 60}]))
        self.assert_refused(self.emulator.send("DELETE", f"{CHECKS}/tf-heal"), 400, "resourceInUseByAnotherResource",
                            "is already being used by")

    def test_network_fails_in_the_operation(self):
        networks = f"{GLOBAL}/networks"
        self.emulator.make(networks, {"name": "tf", "autoCreateSubnetworks": True})
        self.emulator.make(f"{GLOBAL}/firewalls", {"name": "tf", "network": f"{networks}/tf",
                                                   "allowed": [{"IPProtocol": "tcp"}]})
        answer = self.emulator.send("DELETE", f"{networks}/tf")
        self.assertEqual(200, answer.status, answer.text)
        error = self.emulator.finish(answer.body)["error"]["errors"][0]
        self.assertEqual("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", error["code"])
        self.assertEqual(f"The network resource '{networks}/tf' is already being used by '{GLOBAL}/firewalls/tf'",
                         error["message"])


class Fingerprints(EmulatorTest):
    """Who needs one, who may leave it out, and what a stale one gets."""

    STALE = "AAAAAAAAAAA="

    def assert_stale(self, answer, text="Invalid fingerprint."):
        self.assert_refused(answer, 412, "conditionNotMet", text)
        error = answer.body["error"]["errors"][0]
        self.assertEqual(("If-Match", "header", "global"), (error["location"], error["locationType"], error["domain"]))
        self.assertNotIn("status", answer.body["error"])
        self.assertNotIn("details", answer.body["error"])

    def test_put_needs_one(self):
        Chain(self.emulator).map()
        for path in (f"{SERVICES}/tf-service", f"{MAPS}/tf-map"):
            body = self.emulator.get(path)
            self.assert_stale(self.emulator.send("PUT", path, {**body, "fingerprint": self.STALE}))
            fresh = body.pop("fingerprint")
            self.assert_refused(self.emulator.send("PUT", path, body), 400, "required",
                                "Required field 'resource.fingerprint' not specified")
            self.emulator.do("PUT", path, {**body, "description": "new", "fingerprint": fresh})
            after = self.emulator.get(path)
            self.assertEqual("new", after["description"])
            self.assertNotEqual(fresh, after["fingerprint"])

    def test_patch_may_leave_it_out(self):
        Chain(self.emulator).map()
        for path in (f"{SERVICES}/tf-service", f"{MAPS}/tf-map"):
            self.emulator.do("PATCH", path, {"description": "new"})
            self.assertEqual("new", self.emulator.get(path)["description"])
            self.assert_stale(self.emulator.send("PATCH", path, {"description": "x", "fingerprint": self.STALE}))

    def test_patch_of_a_proxy_needs_one(self):
        Chain(self.emulator).proxy()
        path = f"{GLOBAL}/targetHttpProxies/tf-proxy"
        self.emulator.make(MAPS, url_map("tf-map2", "tf-service"))
        change = {"urlMap": f"{MAPS}/tf-map2"}
        self.assert_refused(self.emulator.send("PATCH", path, change), 400, "required",
                            "Required field 'resource.fingerprint' not specified")
        self.assert_stale(self.emulator.send("PATCH", path, {**change, "fingerprint": self.STALE}))
        self.emulator.do("PATCH", path, {**change, "fingerprint": self.emulator.get(path)["fingerprint"]})
        self.assertEqual(link(f"{MAPS}/tf-map2"), self.emulator.get(path)["urlMap"])

    def test_group(self):
        Chain(self.emulator).machines(1)
        path = f"{IN_ZONE}/instanceGroupManagers/tf-group"
        self.emulator.do("PATCH", path, {"updatePolicy": {"type": "PROACTIVE"}})
        self.assertEqual("PROACTIVE", self.emulator.get(path)["updatePolicy"]["type"])
        self.assert_stale(self.emulator.send("PATCH", path, {"description": "x", "fingerprint": self.STALE}))

    def test_named_ports(self):
        Chain(self.emulator).machines(1)
        path = f"{IN_ZONE}/instanceGroups/tf-group"
        ports = [{"name": "http", "port": 8080}]
        self.emulator.do("POST", f"{path}/setNamedPorts", {"namedPorts": ports})
        self.assertEqual(ports, self.emulator.get(path)["namedPorts"])
        self.assertEqual(412, self.emulator.send("POST", f"{path}/setNamedPorts",
                                                 {"namedPorts": [], "fingerprint": self.STALE}).status)
        fresh = self.emulator.get(path)["fingerprint"]
        operation = self.emulator.do("POST", f"{path}/setNamedPorts", {"namedPorts": [], "fingerprint": fresh})
        self.assertEqual("compute.instanceGroups.setNamedPorts", operation["operationType"])
        self.assertNotIn("namedPorts", self.emulator.get(path))

    def test_labels(self):
        Chain(self.emulator).rule()
        self.emulator.make(f"{GLOBAL}/addresses", {"name": "tf", "labels": {"a": "dropped"}})
        for path in (f"{RULES}/tf-rule", f"{GLOBAL}/addresses/tf"):
            body = self.emulator.get(path)
            self.assertNotIn("labels", body)
            text = "Labels fingerprint either invalid or resource labels have changed"
            self.assert_stale(self.emulator.send("POST", f"{path}/setLabels", {"labels": {"a": "b"}}), text)
            self.assert_stale(self.emulator.send("POST", f"{path}/setLabels",
                                                 {"labels": {"a": "b"}, "labelFingerprint": self.STALE}), text)
            answer = self.emulator.send("POST", f"{path}/setLabels", {
                "labels": {"a": "b"}, "labelFingerprint": body["labelFingerprint"]})
            self.assertEqual(("setLabels", "DONE", 100), tuple(
                answer.body[name] for name in ("operationType", "status", "progress")))
            after = self.emulator.get(path)
            self.assertEqual({"a": "b"}, after["labels"])
            self.assertNotEqual(body["labelFingerprint"], after["labelFingerprint"])


class Updates(EmulatorTest):
    """PUT replaces, PATCH merges; what is the server's stays the server's."""

    def test_patch_merges(self):
        self.emulator.make(CHECKS, health_check("tf", description="old", logConfig={"enable": True}))
        operation = self.emulator.do("PATCH", f"{CHECKS}/tf", {
            "httpHealthCheck": {"requestPath": "/live"}, "logConfig": None, "checkIntervalSec": 9})
        self.assertEqual("patch", operation["operationType"])
        seen = self.emulator.get(f"{CHECKS}/tf")
        self.assertEqual({"port": 80, "requestPath": "/live", "proxyHeader": "NONE"}, seen["httpHealthCheck"])
        self.assertEqual((9, "old"), (seen["checkIntervalSec"], seen["description"]))
        self.assertNotIn("logConfig", seen)

    def test_put_replaces(self):
        born = self.emulator.make(CHECKS, health_check("tf", description="old", checkIntervalSec=9))
        operation = self.emulator.do("PUT", f"{CHECKS}/tf", {
            "name": "tf", "type": "TCP", "tcpHealthCheck": {"port": 81}, "id": "5", "kind": "compute#healthCheck",
            "selfLink": "http://elsewhere/compute/v1/projects/p/global/healthChecks/tf"})
        self.assertEqual("update", operation["operationType"])
        seen = self.emulator.get(f"{CHECKS}/tf")
        self.assertEqual(("TCP", 81, 5), (seen["type"], seen["tcpHealthCheck"]["port"], seen["checkIntervalSec"]))
        self.assertNotIn("description", seen)
        self.assertNotIn("httpHealthCheck", seen)
        for member in ("id", "selfLink", "creationTimestamp"):
            self.assertEqual(born[member], seen[member])

    def test_put_without_a_list_clears_it(self):
        Chain(self.emulator).machines(1).service()
        path = f"{SERVICES}/tf-service"
        group_link = link(f"{IN_ZONE}/instanceGroups/tf-group")
        self.emulator.do("PATCH", path, {"backends": [{"group": group_link}]})
        seen = self.emulator.get(path)
        self.assertEqual([(group_link, "UTILIZATION", 1)], [
            (backend["group"], backend["balancingMode"], backend["capacityScaler"]) for backend in seen["backends"]])
        del seen["backends"]
        self.emulator.do("PUT", path, seen)
        self.assertNotIn("backends", self.emulator.get(path))

    def test_arrays_are_patched_whole(self):
        self.emulator.make(f"{GLOBAL}/firewalls", {"name": "tf", "allowed": [{"IPProtocol": "tcp", "ports": ["80"]}],
                                                   "targetTags": ["a", "b"]})
        self.emulator.do("PATCH", f"{GLOBAL}/firewalls/tf", {
            "targetTags": ["c"], "sourceTags": [], "allowed": [{"IPProtocol": "tcp", "ports": ["81", "90-95"]}]})
        seen = self.emulator.get(f"{GLOBAL}/firewalls/tf")
        self.assertEqual(["c"], seen["targetTags"])
        self.assertEqual([{"IPProtocol": "tcp", "ports": ["81", "90-95"]}], seen["allowed"])
        self.assertNotIn("sourceTags", seen)

    def test_custom_verbs(self):
        Chain(self.emulator).rule()
        self.emulator.make(MAPS, url_map("tf-map2", "tf-service"))
        proxies = f"{GLOBAL}/targetHttpProxies"
        operation = self.emulator.do("POST", f"projects/{PROJECT}/targetHttpProxies/tf-proxy/setUrlMap",
                                     {"urlMap": f"{MAPS}/tf-map2"})
        self.assertEqual("SetUrlMap", operation["operationType"])
        self.assertEqual(link(f"{MAPS}/tf-map2"), self.emulator.get(f"{proxies}/tf-proxy")["urlMap"])
        self.assertEqual(404, self.emulator.send("POST", f"{proxies}/tf-proxy/setUrlMap",
                                                 {"urlMap": f"{MAPS}/tf-map2"}).status)
        self.emulator.make(proxies, {"name": "tf-proxy2", "urlMap": f"{MAPS}/tf-map"})
        operation = self.emulator.do("POST", f"{RULES}/tf-rule/setTarget", {"target": f"{proxies}/tf-proxy2"})
        self.assertEqual("SetTarget", operation["operationType"])
        self.assertEqual(link(f"{proxies}/tf-proxy2"), self.emulator.get(f"{RULES}/tf-rule")["target"])

    def test_what_cannot_change(self):
        Chain(self.emulator).machines(0).rule()
        self.assertEqual(400, self.emulator.send("PATCH", f"{RULES}/tf-rule", {"portRange": "81"}).status)
        self.assertEqual(400, self.emulator.send("PATCH", f"{IN_ZONE}/instanceGroupManagers/tf-group",
                                                 {"baseInstanceName": "other"}).status)
        self.assertNotEqual(200, self.emulator.send("PATCH", f"{GLOBAL}/instanceTemplates/tf-template",
                                                    {"description": "x"}).status)


class ReadBack(EmulatorTest):
    """What the server fills in, and how it writes what it was given."""

    def assert_contains(self, wanted, seen):
        self.assertEqual(wanted, {name: seen.get(name, "absent") for name in wanted})

    def test_backend_service(self):
        self.emulator.make(CHECKS, health_check("tf"))
        seen = self.emulator.make(SERVICES, {"name": "tf", "healthChecks": ["global/healthChecks/tf"]})
        self.assertEqual({
            "kind", "id", "creationTimestamp", "name", "selfLink", "fingerprint", "affinityCookieTtlSec",
            "connectionDraining", "description", "enableCDN", "healthChecks", "loadBalancingScheme", "port", "portName",
            "protocol", "sessionAffinity", "timeoutSec"}, seen.keys())
        self.assert_contains({
            "affinityCookieTtlSec": 0, "connectionDraining": {"drainingTimeoutSec": 0}, "description": "",
            "enableCDN": False, "healthChecks": [link(f"{CHECKS}/tf")], "loadBalancingScheme": "EXTERNAL", "port": 80,
            "portName": "http", "protocol": "HTTP", "sessionAffinity": "NONE", "timeoutSec": 30}, seen)

    def test_template(self):
        body = template("tf", metadata={"items": [{"key": "b", "value": "2"}, {"key": "a", "value": "1"}]}, tags={})
        seen = self.emulator.make(f"{GLOBAL}/instanceTemplates", body)["properties"]
        self.assertEqual({"automaticRestart": True, "onHostMaintenance": "MIGRATE", "preemptible": False,
                          "provisioningModel": "STANDARD"}, seen["scheduling"])
        self.assertEqual([link(f"{GLOBAL}/networks/default")], [nic["network"] for nic in seen["networkInterfaces"]])
        self.assertEqual("nic0", seen["networkInterfaces"][0]["name"])
        self.assert_contains({"deviceName": "persistent-disk-0", "index": 0, "kind": "compute#attachedDisk"},
                             seen["disks"][0])
        self.assertEqual(body["properties"]["disks"][0]["initializeParams"], seen["disks"][0]["initializeParams"])
        self.assertEqual({"a": "1", "b": "2"}, {item["key"]: item["value"] for item in seen["metadata"]["items"]})
        self.assertEqual("compute#metadata", seen["metadata"]["kind"])
        self.assertNotIn("canIpForward", seen)

    def test_forwarding_rule_and_firewall(self):
        Chain(self.emulator).rule()
        self.assert_contains({"portRange": "80-80", "IPProtocol": "TCP", "networkTier": "PREMIUM",
                              "target": link(f"{GLOBAL}/targetHttpProxies/tf-proxy"), "ipVersion": "absent"},
                             self.emulator.get(f"{RULES}/tf-rule"))
        seen = self.emulator.make(f"{GLOBAL}/firewalls", {"name": "tf", "allowed": [{"IPProtocol": "tcp"}]})
        self.assert_contains({"direction": "INGRESS", "priority": 1000, "disabled": False, "description": "",
                              "sourceRanges": ["0.0.0.0/0"], "logConfig": {"enable": False},
                              "network": link(f"{GLOBAL}/networks/default")}, seen)

    def test_used_by(self):
        Chain(self.emulator).map()
        self.assertEqual([{"reference": link(f"{MAPS}/tf-map")}],
                         self.emulator.get(f"{SERVICES}/tf-service")["usedBy"])

    def test_references_in_all_forms(self):
        Chain(self.emulator).service()
        for index, form in enumerate((link(f"{SERVICES}/tf-service"), f"{SERVICES}/tf-service",
                                      "global/backendServices/tf-service",
                                      "https://compute.googleapis.com/compute/beta/" + f"{SERVICES}/tf-service",
                                      f"http://127.0.0.1:{self.emulator.port}/compute/v1/{SERVICES}/tf-service")):
            seen = self.emulator.make(MAPS, {"name": f"tf-{index}", "defaultService": form})
            self.assertEqual(link(f"{SERVICES}/tf-service"), seen["defaultService"])

    def test_by_id_and_through_beta(self):
        seen = self.emulator.make(CHECKS, health_check("tf"))
        self.assertEqual("tf", self.emulator.get(f"{CHECKS}/{seen['id']}")["name"])
        beta = self.emulator.send("GET", f"/compute/beta/{CHECKS}/tf").body
        self.assertEqual("tf", beta["name"])

    def test_fields(self):
        Chain(self.emulator).machines(1)
        path = f"{IN_ZONE}/instanceGroupManagers/tf-group"
        self.assertEqual({"name": "tf-group"}, self.emulator.get(path, fields="name"))
        seen = self.emulator.get(path, fields="name,status/isStable,versions(targetSize)")
        self.assertEqual({"name", "status", "versions"}, seen.keys())
        self.assertEqual({"isStable"}, seen["status"].keys())
        self.assertEqual([{"targetSize": {"calculated": 1}}], seen["versions"])
        seen = self.emulator.get(f"{IN_ZONE}/instanceGroupManagers", fields="items(name,status/*),nextPageToken")
        self.assertEqual({"items"}, seen.keys())
        self.assertEqual({"name", "status"}, seen["items"][0].keys())
        answer = self.emulator.send("GET", path, query={"fields": "name,colour"})
        self.assert_refused(answer, 400, "invalidParameter", "colour")

    def test_printed_forms(self):
        answer = self.emulator.send("GET", f"projects/{PROJECT}/zones/us-central1-a")
        self.assertGreater(len(answer.text.splitlines()), 5)
        answer = self.emulator.send("GET", f"projects/{PROJECT}/zones/us-central1-a", query={"prettyPrint": "false"})
        self.assertEqual(1, len(answer.text.strip().splitlines()))


class Operations(EmulatorTest):
    """What a mutation becomes, and how one waits for it."""

    def test_form(self):
        answer = self.emulator.send("POST", CHECKS, health_check("tf"), {"requestId": "0b49e6a4-6f4e-4e0c-9a5b-1d2f3a4b5c6d"})
        begun = answer.body
        self.assertIn(begun["status"], ("PENDING", "RUNNING"))
        self.assertEqual(0, begun["progress"])
        self.assertNotIn("endTime", begun)
        done = self.emulator.finish(begun)
        self.assertEqual(("compute#operation", "insert", "DONE", 100, link(f"{CHECKS}/tf")), tuple(
            done[name] for name in ("kind", "operationType", "status", "progress", "targetLink")))
        self.assertEqual("0b49e6a4-6f4e-4e0c-9a5b-1d2f3a4b5c6d", done["clientOperationId"])
        self.assertLessEqual(done["insertTime"], done["endTime"])
        self.assertEqual(done["targetId"], self.emulator.get(f"{CHECKS}/tf")["id"])
        self.assertNotIn("zone", done)
        self.assertEqual(link(f"{GLOBAL}/operations/{done['name']}"), done["selfLink"])

    def test_scope(self):
        Chain(self.emulator).machines(0)
        operation = self.emulator.do("POST", f"{IN_ZONE}/instanceGroupManagers/tf-group/resize", size=1)
        self.assertEqual(link(IN_ZONE), operation["zone"])
        self.assertEqual(link(f"{IN_ZONE}/instanceGroupManagers/tf-group"), operation["targetLink"])
        self.assertEqual(link(f"{IN_ZONE}/operations/{operation['name']}"), operation["selfLink"])

    def test_visible_at_the_end(self):
        self.emulator.control("POST", "faults", {"method": "POST", "path": "*/healthChecks", "operation": {"never": True}})
        self.emulator.send("POST", CHECKS, health_check("tf"))
        self.assertEqual(404, self.emulator.send("GET", f"{CHECKS}/tf").status)

    def test_one_mutation_at_a_time(self):
        self.emulator.make(CHECKS, health_check("tf"))
        self.emulator.control("POST", "faults", {"method": "PATCH", "operation": {"never": True}})
        self.assertEqual(200, self.emulator.send("PATCH", f"{CHECKS}/tf", {"checkIntervalSec": 7}).status)
        for method, body in (("PATCH", {"checkIntervalSec": 8}), ("DELETE", None)):
            self.assert_refused(self.emulator.send(method, f"{CHECKS}/tf", body), 400, "resourceNotReady",
                                f"The resource '{CHECKS}/tf' is not ready")

    def test_a_reference_that_is_still_being_made(self):
        self.emulator.control("POST", "faults", {"method": "POST", "path": "*/healthChecks", "operation": {"never": True}})
        self.emulator.send("POST", CHECKS, health_check("tf"))
        answer = self.emulator.send("POST", SERVICES, backend_service("tf", "tf"))
        self.assert_refused(answer, 400, "resourceNotReady", "is not ready")

    def test_wait_answers_at_the_end(self):
        begun = self.emulator.send("POST", CHECKS, health_check("tf")).body
        path = f"{GLOBAL}/operations/{begun['name']}"
        answer = self.emulator.send("POST", f"{path}/wait")
        self.assertEqual("DONE", answer.body["status"])
        self.assertEqual(answer.body, self.emulator.get(path))

    def test_wait_gives_up_after_two_minutes(self):
        self.emulator.control("POST", "faults", {"method": "POST", "path": "*/healthChecks", "operation": {"never": True}})
        begun = self.emulator.send("POST", CHECKS, health_check("tf")).body
        before = self.emulator.control("GET", "state")["now"]
        answer = self.emulator.send("POST", f"{GLOBAL}/operations/{begun['name']}/wait")
        waited = self.emulator.control("GET", "state")["now"] - before
        self.assertEqual((200, "RUNNING"), (answer.status, answer.body["status"]))
        self.assertTrue(100_000 <= waited <= 130_000, waited)

    def test_many_wait_for_one(self):
        self.emulator.control("POST", "faults", {"method": "POST", "path": "*/healthChecks", "operation": {
            "code": "QUOTA_EXCEEDED", "message": "Too many.", "httpErrorStatusCode": 403}})
        begun = self.emulator.send("POST", CHECKS, health_check("tf")).body
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(
            self.emulator.send("POST", f"{GLOBAL}/operations/{begun['name']}/wait").body)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([("DONE", 403)] * 20, [(body["status"], body["httpErrorStatusCode"]) for body in answers])
        self.assertEqual({"errors": [{"code": "QUOTA_EXCEEDED", "message": "Too many."}]}, answers[0]["error"])

    def test_list_and_delete(self):
        operation = self.emulator.do("POST", CHECKS, health_check("tf"))
        path = f"{GLOBAL}/operations"
        self.assertEqual([operation["name"]], [item["name"] for item in self.emulator.get(path)["items"]])
        self.assertEqual([], self.emulator.get(path, filter="status ne DONE").get("items", []))
        self.assertEqual(1, len(self.emulator.get(path, filter="targetLink eq .*/tf")["items"]))
        listed = self.emulator.get(f"projects/{PROJECT}/aggregated/operations")["items"]["global"]["operations"]
        self.assertEqual([operation["name"]], [item["name"] for item in listed])
        answer = self.emulator.send("DELETE", f"{path}/{operation['name']}")
        self.assertIn(answer.status, (200, 204))
        self.assertEqual(404, self.emulator.send("GET", f"{path}/{operation['name']}").status)
        self.assertEqual(404, self.emulator.send("POST", f"{path}/{operation['name']}/wait").status)

    def test_request_id(self):
        request_id = str(uuid.uuid4())
        first = self.emulator.send("POST", CHECKS, health_check("tf"), {"requestId": request_id}).body
        again = self.emulator.send("POST", CHECKS, health_check("tf"), {"requestId": request_id}).body
        self.assertEqual(first["name"], again["name"])
        self.emulator.finish(first)
        late = self.emulator.send("POST", CHECKS, health_check("tf"), {"requestId": request_id}).body
        self.assertEqual((first["name"], "DONE"), (late["name"], late["status"]))
        self.assertEqual(409, self.emulator.send("POST", CHECKS, health_check("tf"),
                                                 {"requestId": str(uuid.uuid4())}).status)
        for bad in ("00000000-0000-0000-0000-000000000000", "no-uuid"):
            self.assert_refused(self.emulator.send("POST", CHECKS, health_check("tf2"), {"requestId": bad}), 400,
                                "invalid", "requestId")

    def test_replayed_delete(self):
        self.emulator.make(CHECKS, health_check("tf"))
        request_id = str(uuid.uuid4())
        first = self.emulator.do("DELETE", f"{CHECKS}/tf", requestId=request_id)
        again = self.emulator.send("DELETE", f"{CHECKS}/tf", query={"requestId": request_id})
        self.assertEqual((200, first["name"]), (again.status, again.body["name"]))
        self.assertEqual(404, self.emulator.send("DELETE", f"{CHECKS}/tf").status)

    def test_keep_alive(self):
        connection = self.emulator.open()
        self.addCleanup(connection.close)
        for _ in range(200):
            connection.request("GET", f"/compute/v1/projects/{PROJECT}/zones/us-central1-a")
            response = connection.getresponse()
            response.read()
            self.assertEqual(200, response.status)
            self.assertIsNotNone(connection.sock, "the connection was closed")


if __name__ == "__main__":
    unittest.main()
