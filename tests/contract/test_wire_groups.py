"""Managed instance groups over plain HTTP: what one sees while machines are made, rolled, repaired, refused and served."""

import http.client
import re
import unittest

from emulator import (Chain, EmulatorTest, GLOBAL, IN_ZONE, PROJECT, ZONE, group, health_check, link,
                      probe_firewall, template)

GROUPS = f"{IN_ZONE}/instanceGroupManagers"
GROUP = f"{GROUPS}/tf-group"
SERVICE = f"{GLOBAL}/backendServices/tf-service"
ACTIONS = {"abandoning", "creating", "creatingWithoutRetries", "deleting", "none", "recreating", "refreshing",
           "restarting", "resuming", "starting", "stopping", "suspending", "verifying"}


class GroupTest(EmulatorTest):
    speed = 500  # machines take a minute to boot

    def managed(self):
        answer = self.emulator.send("POST", f"{GROUP}/listManagedInstances")
        self.assertEqual(200, answer.status, answer.text)
        return answer.body.get("managedInstances", [])

    def errors(self):
        return self.emulator.get(f"{GROUP}/listErrors").get("items", [])

    def names(self):
        return sorted(item["name"] for item in self.managed())


class Bodies(GroupTest):
    """A group as it is read."""

    def test_zonal_group_at_rest(self):
        Chain(self.emulator).machines(2)
        self.emulator.stable("tf-group")
        seen = self.emulator.get(GROUP)
        self.assertEqual(ACTIONS, seen["currentActions"].keys())
        self.assertEqual({"none": 2}, {name: count for name, count in seen["currentActions"].items() if count})
        self.assertEqual([{"instanceTemplate": link(f"{GLOBAL}/instanceTemplates/tf-template"),
                           "targetSize": {"calculated": 2}}], seen["versions"])
        self.assertEqual(("OPPORTUNISTIC", "SUBSTITUTE"), tuple(
            seen["updatePolicy"][name] for name in ("type", "replacementMethod")))
        self.assertEqual({"fixed": 1, "calculated": 1}, seen["updatePolicy"]["maxSurge"])
        self.assertEqual(link(f"{IN_ZONE}/instanceGroups/tf-group"), seen["instanceGroup"])
        self.assertEqual({"isReached": True}, seen["status"]["versionTarget"])
        for member in ("description", "autoHealingPolicies", "serviceAccount", "region", "distributionPolicy"):
            self.assertNotIn(member, seen)
        self.assertNotIn("mostDisruptiveAllowedAction", seen["updatePolicy"])

    def test_instance_group(self):
        Chain(self.emulator).machines(2)
        self.emulator.stable("tf-group")
        seen = self.emulator.get(f"{IN_ZONE}/instanceGroups/tf-group")
        self.assertEqual((2, "", [{"name": "http", "port": 80}], link(f"{GLOBAL}/networks/default")), tuple(
            seen[name] for name in ("size", "description", "namedPorts", "network")))
        listed = self.emulator.send("POST", f"{IN_ZONE}/instanceGroups/tf-group/listInstances", {"instanceState": "ALL"})
        self.assertEqual("compute#instanceGroupsListInstances", listed.body["kind"])
        self.assertEqual({"RUNNING"}, {item["status"] for item in listed.body["items"]})

    def test_managed_instances(self):
        Chain(self.emulator).machines(2)
        self.emulator.stable("tf-group")
        for item in self.managed():
            self.assertRegex(item["name"], r"^tf-group-[a-z0-9]{4}$")
            self.assertEqual(link(f"{IN_ZONE}/instances/{item['name']}"), item["instance"])
            self.assertEqual(("RUNNING", "NONE"), (item["instanceStatus"], item["currentAction"]))
            self.assertEqual(link(f"{GLOBAL}/instanceTemplates/tf-template"), item["version"]["instanceTemplate"])
            self.assertRegex(item["id"], r"^[1-9]\d+$")
            self.assertNotIn("instanceHealth", item)
            machine = self.emulator.get(f"{IN_ZONE}/instances/{item['name']}")
            created = {entry["key"]: entry["value"] for entry in machine["metadata"]["items"]}["created-by"]
            self.assertRegex(created, r"^projects/\d+/zones/us-central1-a/instanceGroupManagers/tf-group$")

    def test_versions_and_percent(self):
        Chain(self.emulator).machines(2)
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-canary"))
        self.emulator.do("PATCH", GROUP, {"versions": [
            {"name": "old", "instanceTemplate": f"{GLOBAL}/instanceTemplates/tf-template"},
            {"name": "new", "instanceTemplate": f"{GLOBAL}/instanceTemplates/tf-canary", "targetSize": {"percent": 60}}]})
        self.assertEqual([{"calculated": 0}, {"percent": 60, "calculated": 2}], [
            version["targetSize"] for version in self.emulator.get(GROUP)["versions"]])

    def test_refused_bodies(self):
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template"))
        for more in ({"autoHealingPolicies": [{"initialDelaySec": 3601}]},
                     {"updatePolicy": {"type": "PROACTIVE", "maxSurge": {"fixed": 0}, "maxUnavailable": {"fixed": 0}}},
                     {"updatePolicy": {"type": "PROACTIVE", "maxSurge": {"fixed": 1}, "replacementMethod": "RECREATE"}},
                     {"targetSize": -1}, {"baseInstanceName": "x" * 59}, {"namedPorts": [{"name": "http", "port": 65536}]}):
            answer = self.emulator.send("POST", GROUPS, {**group("tf-group", "tf-template", 1), **more})
            self.assertEqual((400, more), (answer.status, more), answer.text)


class Life(GroupTest):
    """Machines over time."""

    def test_the_operation_says_nothing_about_machines(self):
        self.emulator.control("POST", "world", {"stockout": {"zone": ZONE}})
        Chain(self.emulator).machines(2)
        seen = self.emulator.get(GROUP)
        self.assertFalse(seen["status"]["isStable"])
        self.assertEqual(2, seen["currentActions"]["creating"])

    def test_resize(self):
        Chain(self.emulator).machines(1)
        self.emulator.stable("tf-group")
        first = self.names()
        operation = self.emulator.do("POST", f"{GROUP}/resize", size=3)
        self.assertNotIn("delete", operation["operationType"].lower())
        self.assertEqual(3, self.emulator.stable("tf-group")["targetSize"])
        self.assertTrue(set(first) < set(self.names()))
        self.emulator.do("POST", f"{GROUP}/resize", size=0)
        self.emulator.stable("tf-group")
        self.assertEqual([], self.managed())
        for bad in ({}, {"size": -1}, {"size": "many"}):
            self.assertEqual(400, self.emulator.send("POST", f"{GROUP}/resize", query=bad).status)

    def test_rolling_replacement(self):
        Chain(self.emulator).machines(2)
        self.emulator.stable("tf-group")
        before = self.names()
        new = f"{GLOBAL}/instanceTemplates/tf-new"
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-new", machineType="n1-standard-8"))
        self.emulator.do("PATCH", GROUP, {"versions": [{"instanceTemplate": new}], "updatePolicy": {
            "type": "PROACTIVE", "minimalAction": "REPLACE", "maxSurge": {"fixed": 1}, "maxUnavailable": {"fixed": 0}}})
        self.assert_in_use_while_rolling()
        self.emulator.until(lambda: self.emulator.get(GROUP)["status"]["versionTarget"]["isReached"])
        self.emulator.stable("tf-group")
        self.assertEqual(set(), set(before) & set(self.names()))
        self.assertEqual({link(new)}, {item["version"]["instanceTemplate"] for item in self.managed()})
        self.emulator.do("DELETE", f"{GLOBAL}/instanceTemplates/tf-template")

    def assert_in_use_while_rolling(self):
        """While a machine of the old template lives, the template cannot go."""
        seen = self.emulator.get(GROUP)
        if seen["status"]["versionTarget"]["isReached"]:
            return
        answer = self.emulator.send("DELETE", f"{GLOBAL}/instanceTemplates/tf-template")
        self.assert_refused(answer, 400, "resourceInUseByAnotherResource", "is already being used by")

    def test_opportunistic_waits(self):
        Chain(self.emulator).machines(1)
        self.emulator.stable("tf-group")
        before = self.names()
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-new"))
        self.emulator.do("POST", f"{GROUP}/setInstanceTemplate", {"instanceTemplate": f"{GLOBAL}/instanceTemplates/tf-new"})
        seen = self.emulator.stable("tf-group")
        self.assertFalse(seen["status"]["versionTarget"]["isReached"])
        self.assertEqual(before, self.names())
        self.emulator.do("POST", f"{GROUP}/applyUpdatesToInstances", {
            "allInstances": True, "minimalAction": "REPLACE"})
        self.emulator.until(lambda: self.emulator.get(GROUP)["status"]["versionTarget"]["isReached"])
        self.assertEqual(before, self.names())

    def test_verbs_on_machines(self):
        Chain(self.emulator).machines(2)
        self.emulator.stable("tf-group")
        first, second = self.managed()
        self.emulator.do("POST", f"{GROUP}/recreateInstances", {"instances": [first["instance"]]})
        self.emulator.stable("tf-group")
        again = {item["name"]: item for item in self.managed()}[first["name"]]
        self.assertNotEqual(first["id"], again["id"])
        self.emulator.do("POST", f"{GROUP}/deleteInstances", {"instances": [f"zones/{ZONE}/instances/{second['name']}"]})
        self.assertEqual(1, self.emulator.stable("tf-group")["targetSize"])
        self.assertEqual([first["name"]], self.names())
        self.emulator.do("POST", f"{GROUP}/createInstances", {"instances": [{"name": "chosen"}]})
        self.assertEqual(2, self.emulator.stable("tf-group")["targetSize"])
        self.assertIn("chosen", self.names())
        answer = self.emulator.send("POST", f"{GROUP}/deleteInstances", {"instances": [link(f"{IN_ZONE}/instances/no")]})
        self.assertEqual(400, answer.status, answer.text)

    def test_delete(self):
        Chain(self.emulator).machines(2)
        self.emulator.stable("tf-group")
        operation = self.emulator.do("DELETE", GROUP)
        self.assertEqual("compute.instanceGroupManagers.delete", operation["operationType"])
        for path in (GROUP, f"{IN_ZONE}/instanceGroups/tf-group"):
            self.assertEqual(404, self.emulator.send("GET", path).status)
        self.assertNotIn("items", self.emulator.get(f"{IN_ZONE}/instances"))

    def test_regional_group(self):
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template"))
        path = f"projects/{PROJECT}/regions/us-central1/instanceGroupManagers"
        answer = self.emulator.send("POST", path, group("tf-group", "tf-template", 3))
        self.assertEqual(200, answer.status, answer.text)
        operation = self.emulator.finish(answer.body)
        self.assertEqual(link(f"projects/{PROJECT}/regions/us-central1"), operation["region"])
        seen = self.emulator.get(f"{path}/tf-group")
        self.assertEqual(("EVEN", 3), (seen["distributionPolicy"]["targetShape"], len(seen["distributionPolicy"]["zones"])))
        self.assertEqual("PROACTIVE", seen["updatePolicy"]["instanceRedistributionType"])
        bad = group("tf-bad", "tf-template", 3, updatePolicy={"maxSurge": {"fixed": 1}, "maxUnavailable": {"fixed": 0}})
        self.assert_refused(self.emulator.send("POST", path, bad), 400, "invalid",
                            "Fixed updatePolicy.maxSurge for regional managed instance group has to be either 0 or at "
                            "least equal to the number of zones.")


class Troubles(GroupTest):
    """Machines that cannot be made, and machines that break."""

    def test_stockout(self):
        self.emulator.control("POST", "world", {"stockout": {"zone": ZONE}})
        Chain(self.emulator).machines(1)
        self.emulator.until(self.errors)
        error = self.errors()[0]
        self.assertEqual("ZONE_RESOURCE_POOL_EXHAUSTED", error["error"]["code"])
        self.assertRegex(error["timestamp"], r"^\d{4}-\d\d-\d\dT")
        self.assertEqual("CREATING", error["instanceActionDetails"]["action"])
        item = self.managed()[0]
        self.assertEqual("CREATING", item["currentAction"])
        self.assertEqual("ZONE_RESOURCE_POOL_EXHAUSTED", item["lastAttempt"]["errors"]["errors"][0]["code"])
        self.assertNotIn("instanceStatus", item)
        self.assertFalse(self.emulator.get(GROUP)["status"]["isStable"])
        self.emulator.control("POST", "world", {"stockout": {"zone": ZONE, "on": False}})
        self.emulator.stable("tf-group")
        self.assertNotIn("lastAttempt", self.managed()[0])

    def test_machine_type_that_the_zone_does_not_have(self):
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template", machineType="n99-standard-4"))
        self.emulator.make(GROUPS, group("tf-group", "tf-template", 1))
        self.emulator.until(self.errors)
        self.assertIn("n99-standard-4", self.errors()[0]["error"]["message"])
        self.assertIn(ZONE, self.errors()[0]["error"]["message"])

    def test_quota(self):
        self.emulator.control("POST", "world", {"quota": {"project": PROJECT, "region": "us-central1", "metric": "CPUS",
                                                          "limit": 4}})
        Chain(self.emulator).machines(2)
        self.emulator.until(self.errors)
        error = self.errors()[0]["error"]
        self.assertEqual("QUOTA_EXCEEDED", error["code"])
        self.assertTrue(re.match(r"Quota 'CPUS' exceeded\.  ?Limit: 4\.0 in region us-central1\.", error["message"]),
                        error["message"])
        self.emulator.until(lambda: self.emulator.get(GROUP)["currentActions"]["none"] == 1)
        self.assertFalse(self.emulator.get(GROUP)["status"]["isStable"])

    def test_a_machine_deleted_by_hand_comes_back(self):
        Chain(self.emulator).machines(1)
        self.emulator.stable("tf-group")
        machine = self.managed()[0]
        self.emulator.control("POST", "world", {"deleteInstance": f"{IN_ZONE}/instances/{machine['name']}"})
        self.emulator.until(lambda: self.managed()[0].get("id") not in (None, machine["id"]))
        self.emulator.stable("tf-group")
        self.assertEqual(machine["name"], self.managed()[0]["name"])

    def test_a_preempted_machine_comes_back(self):
        Chain(self.emulator).machines(1)
        self.emulator.stable("tf-group")
        machine = self.managed()[0]
        self.emulator.control("POST", "world", {"preemptInstance": f"{IN_ZONE}/instances/{machine['name']}"})
        self.assertFalse(self.emulator.get(GROUP)["status"]["isStable"])
        self.emulator.stable("tf-group")
        self.assertEqual((machine["name"], "RUNNING"), tuple(self.managed()[0][name] for name in ("name", "instanceStatus")))

    def test_a_group_that_repairs_nothing(self):
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template"))
        self.emulator.make(GROUPS, group("tf-group", "tf-template", 1, instanceLifecyclePolicy={
            "defaultActionOnFailure": "DO_NOTHING"}))
        self.emulator.stable("tf-group")
        machine = self.managed()[0]
        self.emulator.control("POST", "world", {"preemptInstance": f"{IN_ZONE}/instances/{machine['name']}"})
        self.emulator.until(lambda: self.managed()[0].get("instanceStatus") in ("STOPPING", "TERMINATED"))
        start = self.emulator.control("GET", "state")["now"]
        self.emulator.until(lambda: self.emulator.control("GET", "state")["now"] > start + 300_000)
        self.assertEqual("TERMINATED", self.managed()[0]["instanceStatus"])

    def test_verifying(self):
        """With auto-healing a machine is verified before it counts, and VERIFYING shows what the probe saw."""
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-heal"))
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template"))
        self.emulator.make(GROUPS, group("tf-group", "tf-template", 1, autoHealingPolicies=[
            {"healthCheck": f"{GLOBAL}/healthChecks/tf-heal", "initialDelaySec": 3600}]))
        self.emulator.until(lambda: self.managed()[0]["currentAction"] == "VERIFYING")
        self.assertEqual(1, self.emulator.get(GROUP)["currentActions"]["verifying"])
        self.assertNotEqual("HEALTHY", self.managed()[0].get("instanceHealth", [{}])[0].get("detailedHealthState"))
        self.emulator.make(f"{GLOBAL}/firewalls", probe_firewall("tf-probes"))
        self.emulator.stable("tf-group")
        self.assertEqual("HEALTHY", self.managed()[0]["instanceHealth"][0]["detailedHealthState"])

    def test_healing(self):
        self.emulator.make(f"{GLOBAL}/firewalls", probe_firewall("tf-probes"))
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-heal"))
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template"))
        self.emulator.make(GROUPS, group("tf-group", "tf-template", 1, autoHealingPolicies=[
            {"healthCheck": f"{GLOBAL}/healthChecks/tf-heal", "initialDelaySec": 300}]))
        self.emulator.stable("tf-group")
        machine = self.managed()[0]
        self.assertEqual([{"healthCheck": link(f"{GLOBAL}/healthChecks/tf-heal"), "detailedHealthState": "HEALTHY"}],
                         machine["instanceHealth"])
        self.emulator.control("POST", "world", {"breakInstance": f"{IN_ZONE}/instances/{machine['name']}"})
        self.emulator.until(lambda: self.managed()[0].get("id") not in (None, machine["id"]))
        self.emulator.stable("tf-group")
        self.assertEqual(machine["name"], self.managed()[0]["name"])


class Health(GroupTest):
    """backendServices.getHealth: HEALTHY needs machines, the named port, the probes' firewall and a forwarding rule."""

    def health(self):
        answer = self.emulator.send("POST", f"{SERVICE}/getHealth", {"group": link(f"{IN_ZONE}/instanceGroups/tf-group")})
        self.assertEqual(200, answer.status, answer.text)
        self.assertEqual("compute#backendServiceGroupHealth", answer.body["kind"])
        return answer.body.get("healthStatus", [])

    def states(self):
        return [item.get("healthState") for item in self.health()]

    def build(self, ports=({"name": "http", "port": 80},), firewall=True, rule=True):
        if firewall:
            self.emulator.make(f"{GLOBAL}/firewalls", probe_firewall("tf-probes"))
        chain = Chain(self.emulator).machines(2, ports)
        if rule:
            chain.rule()
        else:
            chain.service()
        self.emulator.do("PATCH", SERVICE, {"backends": [{"group": link(f"{IN_ZONE}/instanceGroups/tf-group")}]})
        self.emulator.stable("tf-group")

    def pause(self, emulated_seconds=300):
        """Lets emulated time pass that is long enough for any probe."""
        start = self.emulator.control("GET", "state")["now"]
        self.emulator.until(lambda: self.emulator.control("GET", "state")["now"] > start + emulated_seconds * 1000)

    def test_healthy(self):
        self.build()
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])
        machines = {item["instance"] for item in self.managed()}
        self.assertEqual(machines, {item["instance"] for item in self.health()})
        self.assertEqual({80}, {item["port"] for item in self.health()})
        self.assertRegex(self.health()[0]["ipAddress"], r"^10\.")

    def test_broken_machine(self):
        self.build()
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])
        name = self.managed()[0]["name"]
        self.emulator.control("POST", "world", {"breakInstance": f"{IN_ZONE}/instances/{name}"})
        self.emulator.until(lambda: sorted(self.states()) == ["HEALTHY", "UNHEALTHY"])
        self.emulator.control("POST", "world", {"mendInstance": f"{IN_ZONE}/instances/{name}"})
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])

    def test_without_the_named_port(self):
        self.build(ports=())
        self.pause()
        self.assertNotIn("HEALTHY", self.states())
        self.emulator.do("POST", f"{IN_ZONE}/instanceGroups/tf-group/setNamedPorts",
                         {"namedPorts": [{"name": "http", "port": 80}]})
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])

    def test_without_a_firewall(self):
        self.build(firewall=False)
        self.pause()
        self.assertNotIn("HEALTHY", self.states())
        self.emulator.make(f"{GLOBAL}/firewalls", probe_firewall("tf-other", targetTags=["nobody"]))
        self.pause()
        self.assertNotIn("HEALTHY", self.states())
        self.emulator.make(f"{GLOBAL}/firewalls", probe_firewall("tf-probes"))
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])
        self.emulator.do("PATCH", f"{GLOBAL}/firewalls/tf-probes", {"disabled": True})
        self.emulator.until(lambda: self.states() == ["UNHEALTHY", "UNHEALTHY"])

    def test_a_denial_before_the_permission(self):
        self.build()
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])
        denial = probe_firewall("tf-denial", priority=900, denied=[{"IPProtocol": "all"}])
        del denial["allowed"]
        self.emulator.make(f"{GLOBAL}/firewalls", denial)
        self.emulator.until(lambda: self.states() == ["UNHEALTHY", "UNHEALTHY"])
        self.emulator.do("PATCH", f"{GLOBAL}/firewalls/tf-denial", {"priority": 1001})
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])

    def test_the_port_that_serves(self):
        """A check of the serving port follows the named port, and so does the firewall that it needs."""
        self.build()
        self.emulator.do("PUT", f"{GLOBAL}/healthChecks/tf-check", {
            "name": "tf-check", "type": "HTTP", "httpHealthCheck": {"portSpecification": "USE_SERVING_PORT"}})
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])
        self.emulator.do("POST", f"{IN_ZONE}/instanceGroups/tf-group/setNamedPorts",
                         {"namedPorts": [{"name": "http", "port": 8501}]})
        self.emulator.until(lambda: self.states() == ["UNHEALTHY", "UNHEALTHY"])
        self.emulator.do("PATCH", f"{GLOBAL}/firewalls/tf-probes", {
            "allowed": [{"IPProtocol": "tcp", "ports": ["8500-8510"]}]})
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])
        self.assertEqual({8501}, {item["port"] for item in self.health()})

    def test_firewall_by_tag(self):
        self.emulator.make(f"{GLOBAL}/firewalls", probe_firewall("tf-probes", targetTags=["tf"]))
        self.build(firewall=False)
        self.pause()
        self.assertNotIn("HEALTHY", self.states())
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-tagged", tags={"items": ["tf"]}))
        self.emulator.do("PATCH", GROUP, {"instanceTemplate": f"{GLOBAL}/instanceTemplates/tf-tagged",
                                          "updatePolicy": {"type": "PROACTIVE"}})
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])

    def test_the_application_takes_its_time(self):
        self.emulator.control("POST", "world", {"appStartMs": 600_000})
        self.build()
        born = self.emulator.control("GET", "state")["now"]
        self.pause(200)
        self.assertNotIn("HEALTHY", self.states())
        self.emulator.until(lambda: self.states() == ["HEALTHY", "HEALTHY"])
        self.assertGreater(self.emulator.control("GET", "state")["now"] - born, 400_000)

    def test_without_a_rule(self):
        self.build(rule=False)
        self.pause()
        self.assertEqual([], self.health())

    def test_a_group_that_is_no_backend(self):
        Chain(self.emulator).machines(0).service()
        answer = self.emulator.send("POST", f"{SERVICE}/getHealth", {"group": link(f"{IN_ZONE}/instanceGroups/tf-group")})
        self.assertIn(answer.status, (400, 404))


class Metadata(GroupTest):
    """What a machine of a group is told by the metadata server."""

    metadata = True

    def get(self, path, flavor="Google"):
        connection = http.client.HTTPConnection("127.0.0.1", self.emulator.metadata_port, timeout=90)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers={"Metadata-Flavor": flavor})
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8")

    def test_what_a_machine_knows(self):
        items = [{"key": "model", "value": "v1"}, {"key": "tier", "value": "cpu"}]
        body = template("tf-template", metadata={"items": items})
        self.emulator.do("POST", f"{GLOBAL}/instanceTemplates", body)
        named = {"name": "named", "instanceTemplate": "global/instanceTemplates/tf-template", "targetSize": 0,
                 "allInstancesConfig": {"properties": {"metadata": {"model": "v2"}}}}
        self.emulator.do("POST", GROUPS, named)
        self.emulator.do("POST", f"{GROUPS}/named/createInstances",
                         {"instances": [{"name": "worker-0"}]})
        self.emulator.stable("named")
        machine = f"/projects/{PROJECT}/zones/{ZONE}/instances/worker-0/computeMetadata/v1"
        self.assertEqual((200, "worker-0"), self.get(f"{machine}/instance/name"))
        self.assertEqual((200, f"worker-0.{ZONE}.c.{PROJECT}.internal"), self.get(f"{machine}/instance/hostname"))
        self.assertEqual((200, "v2"), self.get(f"{machine}/instance/attributes/model"))
        self.assertEqual((200, "cpu"), self.get(f"{machine}/instance/attributes/tier"))
        self.assertLess({"model", "tier", "created-by"}, set(self.get(f"{machine}/instance/attributes/")[1].split()))
        self.assertEqual(404, self.get(f"{machine}/instance/attributes/nothing")[0])
        self.assertEqual(200, self.get(f"{machine}/instance/service-accounts/default/email")[0])
        self.assertEqual(404, self.get(machine.replace("worker-0", "worker-1") + "/instance/name")[0])
        self.assertEqual(403, self.get(f"{machine}/instance/name", "Yours")[0])


if __name__ == "__main__":
    unittest.main()
