"""What the service refuses or fills in beyond the schema: rules between fields, each with the recorded text if there is one."""

import ipaddress
import unittest

from emulator import (Chain, EmulatorTest, FAMILY, GLOBAL, IN_ZONE, PROJECT, ZONE, backend_service, group, health_check,
                      link, template)

TEMPLATES = f"{GLOBAL}/instanceTemplates"
GROUPS = f"{IN_ZONE}/instanceGroupManagers"
SERVICES = f"{GLOBAL}/backendServices"
MAPS = f"{GLOBAL}/urlMaps"
RULES = f"{GLOBAL}/forwardingRules"


class RuleTest(EmulatorTest):
    def assert_invalid(self, collection, body, *texts):
        answer = self.emulator.send("POST", collection, body)
        for text in texts or ("",):
            self.assert_refused(answer, 400, "invalid", text)


class TemplateRules(RuleTest):
    """What an instance template's insert looks at, and what only the birth of a machine shows."""

    def disk(self, **parameters):
        return [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": FAMILY, **parameters}}]

    def test_disk_smaller_than_its_image(self):
        self.assert_invalid(TEMPLATES, template("tf", disks=self.disk(diskSizeGb="1")),
                            "Disk cannot be smaller than the chosen image '")
        self.emulator.make(TEMPLATES, template("tf", disks=self.disk(diskSizeGb="50")))

    def test_malformed_image(self):
        self.assert_invalid(TEMPLATES, template("tf", disks=self.disk(sourceImage="debian 12")), "The URL is malformed.")

    def test_custom_network_needs_a_subnetwork(self):
        self.emulator.make(f"{GLOBAL}/networks", {"name": "tf", "autoCreateSubnetworks": False})
        self.assert_invalid(TEMPLATES, template("tf", networkInterfaces=[{"network": f"{GLOBAL}/networks/tf"}]),
                            "Network interface must specify a subnet if the network resource is in custom subnet mode.")

    def test_scheduling(self):
        self.assert_invalid(TEMPLATES, template("tf", scheduling={"preemptible": True, "automaticRestart": True}),
                            "Scheduling must have preemptible be false when")
        self.emulator.make(TEMPLATES, template("tf", scheduling={
            "preemptible": True, "automaticRestart": False, "onHostMaintenance": "TERMINATE"}))

    def test_accelerators(self):
        cards = [{"acceleratorType": "nvidia-tesla-t4", "acceleratorCount": 1}]
        self.assert_invalid(TEMPLATES, template("tf", guestAccelerators=cards))
        self.emulator.make(TEMPLATES, template("tf", guestAccelerators=cards,
                                               scheduling={"onHostMaintenance": "TERMINATE"}))

    def test_machine_type_is_a_bare_name(self):
        answer = self.emulator.send("POST", TEMPLATES, template("tf", machineType=f"zones/{ZONE}/machineTypes/n1-standard-4"))
        if answer.status == 200:
            self.assertEqual("INTERNAL_ERROR", self.emulator.finish(answer.body)["error"]["errors"][0]["code"])
        else:
            self.assertEqual((500, "internalError"), (answer.status, answer.reason))

    def test_spot_with_delete_fails_in_the_operation(self):
        self.emulator.make(TEMPLATES, template("tf-template", scheduling={
            "provisioningModel": "SPOT", "instanceTerminationAction": "DELETE", "automaticRestart": False,
            "onHostMaintenance": "TERMINATE"}))
        answer = self.emulator.send("POST", GROUPS, group("tf-group", "tf-template", 1))
        self.assertEqual(200, answer.status, answer.text)
        operation = self.emulator.finish(answer.body)
        self.assertEqual(400, operation["httpErrorStatusCode"])
        self.assertEqual("Spot virtual machines with termination action set to DELETE cannot be used with Managed "
                         "Instance Groups.", operation["error"]["errors"][0]["message"])
        self.assertEqual(404, self.emulator.send("GET", f"{GROUPS}/tf-group").status)


class FrontRules(RuleTest):
    """URL maps, addresses and rules."""

    def test_matchers(self):
        Chain(self.emulator).service()
        service = f"{SERVICES}/tf-service"
        self.assert_invalid(MAPS, {"name": "tf", "defaultService": service,
                                   "pathMatchers": [{"name": "x", "defaultService": service}]},
                            "The PathMatcher 'x' is not referenced by any HostRule.")
        self.assert_invalid(MAPS, {"name": "tf", "defaultService": service,
                                   "hostRules": [{"hosts": ["example.com"], "pathMatcher": "y"}]})
        self.assert_invalid(MAPS, {"name": "tf"})
        self.assert_invalid(MAPS, {"name": "tf", "defaultService": service,
                                   "defaultUrlRedirect": {"httpsRedirect": True, "stripQuery": False}})

    def test_advanced_rules_need_another_scheme(self):
        Chain(self.emulator).service()
        weighted = [{"backendService": f"{SERVICES}/tf-service", "weight": 100}]
        action = {"weightedBackendServices": weighted}
        text = "Advanced routing rules are not supported for scheme EXTERNAL"
        self.assert_invalid(MAPS, {"name": "tf", "defaultRouteAction": action}, text)
        rewriting = {"name": "tf", "defaultService": f"{SERVICES}/tf-service", "hostRules": [
            {"hosts": ["example.com"], "pathMatcher": "all"}], "pathMatchers": [
                {"name": "all", "defaultService": f"{SERVICES}/tf-service", "pathRules": [
                    {"paths": ["/a/*"], "service": f"{SERVICES}/tf-service",
                     "routeAction": {"urlRewrite": {"pathPrefixRewrite": "/b/"}}}]}]}
        self.emulator.make(MAPS, rewriting)
        rewriting["pathMatchers"][0]["pathRules"][0]["routeAction"]["timeout"] = {"seconds": "5"}
        self.assert_invalid(MAPS, {**rewriting, "name": "tf2"}, "Invalid value for field 'resource.defaultService'", text)
        self.emulator.make(SERVICES, backend_service("tf-managed", "tf-check", loadBalancingScheme="EXTERNAL_MANAGED"))
        weighted[0]["backendService"] = f"{SERVICES}/tf-managed"
        self.emulator.make(MAPS, {"name": "tf-weighted", "defaultRouteAction": action})

    def test_redirect(self):
        redirect = {"httpsRedirect": True, "stripQuery": False, "redirectResponseCode": "MOVED_PERMANENTLY_DEFAULT"}
        seen = self.emulator.make(MAPS, {"name": "tf", "defaultUrlRedirect": redirect})
        self.assertEqual(redirect, seen["defaultUrlRedirect"])
        self.assertNotIn("defaultService", seen)

    def test_validate_creates_nothing(self):
        Chain(self.emulator).service()
        good = {"resource": {"name": "tf", "defaultService": f"{SERVICES}/tf-service"}}
        answer = self.emulator.send("POST", f"{MAPS}/tf/validate", good)
        self.assertEqual((200, True), (answer.status, answer.body["result"]["loadSucceeded"]), answer.text)
        good["resource"]["hostRules"] = [{"hosts": ["example.com"], "pathMatcher": "no"}]
        answer = self.emulator.send("POST", f"{MAPS}/tf/validate", good)
        self.assertEqual((200, False), (answer.status, answer.body["result"]["loadSucceeded"]), answer.text)
        self.assertTrue(answer.body["result"]["loadErrors"])
        self.assertEqual(404, self.emulator.send("GET", f"{MAPS}/tf").status)

    def rule(self, name, **more):
        return {"name": name, "portRange": "80", "loadBalancingScheme": "EXTERNAL",
                "target": f"{GLOBAL}/targetHttpProxies/tf-proxy", **more}

    def test_addresses_of_rules(self):
        Chain(self.emulator).rule()
        taken = self.emulator.get(f"{RULES}/tf-rule")["IPAddress"]
        self.assert_invalid(RULES, self.rule("tf", IPAddress="8.8.8.8"), "Invalid value for field 'resource.IPAddress'",
                            "Invalid IP address specified.")
        address = self.emulator.make(f"{GLOBAL}/addresses", {"name": "tf"})["address"]
        self.assert_invalid(RULES, self.rule("tf", IPAddress=address, ipVersion="IPV4"),
                            "Invalid value for field 'resource.ipVersion': 'IPV4'. Both IP Version and IP Address cannot "
                            "be specified.")
        self.emulator.make(RULES, self.rule("tf-a", IPAddress=address))
        self.emulator.make(RULES, self.rule("tf-b", IPAddress=address, portRange="443"))
        self.assert_invalid(RULES, self.rule("tf-c", IPAddress=address),
                            "Specified IP address is in-use and would result in a conflict.")
        self.assertNotEqual(taken, address)
        answer = self.emulator.send("POST", RULES, self.rule("tf", IPAddress=f"{GLOBAL}/addresses/no"))
        self.assertIn(answer.status, (400, 404))

    def test_ports_of_rules(self):
        Chain(self.emulator).proxy()
        for bad in ("0", "65536", "80-90", "http"):
            self.assert_invalid(RULES, self.rule("tf", portRange=bad))

    def test_backends(self):
        Chain(self.emulator).machines(0).service()
        group_link = link(f"{IN_ZONE}/instanceGroups/tf-group")
        for backends in ([{"group": group_link}, {"group": group_link}],
                         [{"group": link(f"{GROUPS}/tf-group")}],
                         [{"group": group_link, "capacityScaler": 1.5}],
                         [{"group": group_link, "balancingMode": "RATE"}]):
            self.assert_invalid(SERVICES, backend_service("tf", "tf-check", backends=backends))
        answer = self.emulator.send("POST", SERVICES, backend_service("tf", "tf-check", backends=[
            {"group": link(f"{IN_ZONE}/instanceGroups/no")}]))
        self.assert_refused(answer, 404, "notFound", f"The resource '{IN_ZONE}/instanceGroups/no' was not found")

    def test_bounds(self):
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-check"))
        for member, bad in (("timeoutSec", 0), ("affinityCookieTtlSec", 1209601),
                            ("connectionDraining", {"drainingTimeoutSec": 3601})):
            self.assert_invalid(SERVICES, backend_service("tf", "tf-check", **{member: bad}))
        for member, bad in (("checkIntervalSec", 301), ("healthyThreshold", 0), ("unhealthyThreshold", 11)):
            self.assert_invalid(f"{GLOBAL}/healthChecks", health_check("tf", **{member: bad}))
        other = health_check("tf", tcpHealthCheck={"port": 80})
        self.assert_invalid(f"{GLOBAL}/healthChecks", other)

    def test_firewalls(self):
        tcp = [{"IPProtocol": "tcp"}]
        self.assert_refused(self.emulator.send("POST", f"{GLOBAL}/firewalls", {"name": "tf"}), 400, "required",
                            "Required field 'resource.allowed' not specified")
        for more in ({"allowed": tcp, "denied": tcp}, {"allowed": tcp, "priority": 65536},
                     {"allowed": [{"IPProtocol": "tcp", "ports": ["80-70"]}]},
                     {"allowed": tcp, "sourceRanges": ["10.0.0.0/33"]}, {"allowed": tcp, "sourceRanges": ["10.0.0.300/8"]},
                     {"allowed": tcp, "targetTags": ["A_b"]},
                     {"allowed": tcp, "targetTags": ["a"], "targetServiceAccounts": ["a@b.iam.gserviceaccount.com"]}):
            with self.subTest(more):
                self.assert_invalid(f"{GLOBAL}/firewalls", {"name": "tf", **more})


class GroupRules(RuleTest):
    """Managed groups."""

    def test_percent_needs_ten_machines(self):
        self.emulator.make(TEMPLATES, template("tf-template"))
        policy = {"maxSurge": {"percent": 20}, "maxUnavailable": {"fixed": 0}}
        self.assert_invalid(GROUPS, group("tf-group", "tf-template", 2, updatePolicy=policy), "at least 10")

    def test_one_version_takes_the_rest(self):
        self.emulator.make(TEMPLATES, template("tf-template"))
        one = {"instanceTemplate": f"{TEMPLATES}/tf-template"}
        for versions in ([one, one], [{**one, "targetSize": {"fixed": 1}}, {**one, "targetSize": {"fixed": 1}}]):
            self.assert_invalid(GROUPS, {"name": "tf-group", "targetSize": 2, "versions": versions})

    def test_size_by_patch(self):
        Chain(self.emulator).machines(1)
        self.emulator.do("PATCH", f"{GROUPS}/tf-group", {"targetSize": 3})
        self.assertEqual(3, self.emulator.stable("tf-group")["currentActions"]["none"])

    def test_names_and_links_do_not_mix(self):
        Chain(self.emulator).machines(2)
        self.emulator.stable("tf-group")
        machines = [item["name"] for item in self.emulator.get(f"{IN_ZONE}/instances")["items"]]
        path = f"{GROUPS}/tf-group/deleteInstances"
        mixed = [machines[0], f"zones/{ZONE}/instances/{machines[1]}"]
        self.assertEqual(400, self.emulator.send("POST", path, {"instances": mixed}).status)
        links = [link(f"{IN_ZONE}/instances/{name}") for name in (machines[0], "tf-no")]
        self.assertEqual(400, self.emulator.send("POST", path, {"instances": links}).status)
        self.assertEqual(2, len(self.emulator.get(f"{IN_ZONE}/instances")["items"]))
        self.emulator.do("POST", path, {"instances": links, "skipInstancesOnValidationError": True})
        self.assertEqual(1, self.emulator.stable("tf-group")["targetSize"])

    def test_machine_addresses_belong_to_the_subnetwork(self):
        Chain(self.emulator).machines(1)
        self.emulator.stable("tf-group")
        (machine,) = self.emulator.get(f"{IN_ZONE}/instances")["items"]
        (nic,) = machine["networkInterfaces"]
        self.assertEqual(link(f"projects/{PROJECT}/regions/us-central1/subnetworks/default"), nic["subnetwork"])
        subnetwork = self.emulator.get(f"projects/{PROJECT}/regions/us-central1/subnetworks/default")
        self.assertIn(ipaddress.ip_address(nic["networkIP"]), ipaddress.ip_network(subnetwork["ipCidrRange"]))


if __name__ == "__main__":
    unittest.main()
