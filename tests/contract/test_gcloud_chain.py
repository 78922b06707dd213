"""Real gcloud on the front: health checks, backend services, URL maps, proxies, rules, addresses, firewalls."""

import unittest

from emulator import Chain, GLOBAL, IN_ZONE, ZONE, health_check, link, probe_firewall, url_map
from gcloud import GcloudTest, skip_without_gcloud


class HealthChecks(GcloudTest):
    def test_life(self):
        self.assertEqual([["NAME", "PROTOCOL"], ["tf-check", "HTTP"]],
                         self.gcloud.table("health-checks create http tf-check --port=80 --request-path=/"))
        self.assertEqual(["POST global/healthChecks", "GET global/healthChecks/tf-check"], self.sent())
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-other", checkIntervalSec=9))
        self.gcloud.run("health-checks update http tf-check --request-path=/live --check-interval=8")
        self.assertIn("PUT global/healthChecks/tf-check", self.sent())
        seen = self.gcloud.json("health-checks describe tf-check")
        self.assertEqual(self.emulator.get(f"{GLOBAL}/healthChecks/tf-check"), seen)
        self.assertEqual((8, "/live", 80), (seen["checkIntervalSec"], seen["httpHealthCheck"]["requestPath"],
                                            seen["httpHealthCheck"]["port"]))
        self.assertEqual([["NAME", "REGION", "PROTOCOL"], ["tf-check", "", "HTTP"], ["tf-other", "", "HTTP"]],
                         self.gcloud.table("health-checks list"))

    def test_two_are_deleted_in_one_batch(self):
        for name in ("tf-a", "tf-b"):
            self.emulator.make(f"{GLOBAL}/healthChecks", health_check(name))
        told = self.gcloud.run("health-checks delete tf-a tf-b")[1]
        self.assertEqual({f"Deleted [{link(f'{GLOBAL}/healthChecks/{name}')}]." for name in ("tf-a", "tf-b")},
                         set(told.splitlines()))
        self.assertIn("POST /batch/compute/v1", self.sent())
        self.assertNotIn("items", self.emulator.get(f"{GLOBAL}/healthChecks"))

    def test_one_of_two_is_missing(self):
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-a"))
        self.assert_fails("health-checks delete tf-a tf-no", "Deleted [", "healthChecks/tf-a]",
                          f"- The resource '{GLOBAL}/healthChecks/tf-no' was not found")


class BackendServices(GcloudTest):
    def test_life(self):
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-check"))
        self.gcloud.run("backend-services create tf-service --global --protocol=HTTP --port-name=http "
                        "--health-checks=tf-check --load-balancing-scheme=EXTERNAL")
        born = self.emulator.get(f"{GLOBAL}/backendServices/tf-service")
        self.assertEqual((0, "EXTERNAL", [link(f"{GLOBAL}/healthChecks/tf-check")]), (
            born["connectionDraining"]["drainingTimeoutSec"], born["loadBalancingScheme"], born["healthChecks"]))
        self.gcloud.run("backend-services update tf-service --global --timeout=60 --connection-draining-timeout=30")
        self.assertIn("PATCH global/backendServices/tf-service", self.sent())
        seen = self.gcloud.json("backend-services describe tf-service --global")
        self.assertEqual((60, 30), (seen["timeoutSec"], seen["connectionDraining"]["drainingTimeoutSec"]))
        self.assertEqual(born["healthChecks"], seen["healthChecks"])
        self.gcloud.run("backend-services delete tf-service --global")
        self.assertEqual(404, self.emulator.send("GET", f"{GLOBAL}/backendServices/tf-service").status)

    def test_backends(self):
        Chain(self.emulator).machines(2).rule()
        self.emulator.make(f"{GLOBAL}/firewalls", probe_firewall("tf-probes"))
        where = f"--global --instance-group=tf-group --instance-group-zone={ZONE}"
        self.gcloud.run(f"backend-services add-backend tf-service {where}")
        self.assertIn("PUT global/backendServices/tf-service", self.sent())
        group_link = link(f"{IN_ZONE}/instanceGroups/tf-group")
        self.assertEqual([["NAME", "BACKENDS", "PROTOCOL"],
                          ["tf-service", f"{ZONE}/instanceGroups/tf-group", "HTTP"]],
                         self.gcloud.table("backend-services list --global"))
        path = f"{GLOBAL}/backendServices/tf-service/getHealth"
        self.emulator.until(lambda: ["HEALTHY", "HEALTHY"] == [
            item["healthState"] for item in self.emulator.send("POST", path, {"group": group_link}).body.get(
                "healthStatus", [])])
        (health,) = self.gcloud.json("backend-services get-health tf-service --global")
        self.assertEqual(group_link, health["backend"])
        self.assertEqual(["HEALTHY"] * 2, [item["healthState"] for item in health["status"]["healthStatus"]])
        self.gcloud.run(f"backend-services remove-backend tf-service {where}")
        self.assertNotIn("backends", self.emulator.get(f"{GLOBAL}/backendServices/tf-service"))


class UrlMaps(GcloudTest):
    def test_life(self):
        Chain(self.emulator).service()
        self.gcloud.run("url-maps create tf-map --default-service=tf-service")
        self.assertEqual([["NAME", "DEFAULT_SERVICE"], ["tf-map", "backendServices/tf-service"]],
                         self.gcloud.table("url-maps list"))
        self.emulator.make(f"{GLOBAL}/backendServices", {"name": "tf-new", "healthChecks": [
            f"{GLOBAL}/healthChecks/tf-check"]})
        self.gcloud.run("url-maps set-default-service tf-map --default-service=tf-new")
        self.assertIn("PUT global/urlMaps/tf-map", self.sent())
        self.gcloud.run("url-maps add-path-matcher tf-map --path-matcher-name=all --default-service=tf-service "
                        "--new-hosts=example.com")
        seen = self.emulator.get(f"{GLOBAL}/urlMaps/tf-map")
        self.assertEqual(link(f"{GLOBAL}/backendServices/tf-new"), seen["defaultService"])
        self.assertEqual([{"hosts": ["example.com"], "pathMatcher": "all"}], seen["hostRules"])
        self.gcloud.run("url-maps delete tf-map")

    def test_import(self):
        Chain(self.emulator).service()
        text = f"name: tf-map\ndefaultService: {link(f'{GLOBAL}/backendServices/tf-service')}\n"
        self.gcloud.run("url-maps import tf-map --global", stdin=text)
        self.gcloud.run("url-maps import tf-map --global", stdin=text + "description: imported\n")
        self.assertEqual(["POST global/urlMaps", "PATCH global/urlMaps/tf-map"],
                         [line for line in self.sent() if "urlMaps" in line and not line.startswith("GET")])
        self.assertEqual("imported", self.emulator.get(f"{GLOBAL}/urlMaps/tf-map")["description"])

    def test_validate(self):
        Chain(self.emulator).service()
        text = f"name: tf-map\ndefaultService: {link(f'{GLOBAL}/backendServices/tf-service')}\n"
        told = self.gcloud.json("url-maps validate --global", stdin=text)
        self.assertTrue(told["result"]["loadSucceeded"])
        self.assertEqual(404, self.emulator.send("GET", f"{GLOBAL}/urlMaps/tf-map").status)


class ProxiesAndRules(GcloudTest):
    def test_proxies(self):
        Chain(self.emulator).map()
        self.assertEqual([["NAME", "URL_MAP"], ["tf-proxy", "tf-map"]],
                         self.gcloud.table("target-http-proxies create tf-proxy --url-map=tf-map"))
        self.emulator.make(f"{GLOBAL}/urlMaps", url_map("tf-new", "tf-service"))
        self.gcloud.run("target-http-proxies update tf-proxy --url-map=tf-new")
        self.assertIn("PATCH global/targetHttpProxies/tf-proxy", self.sent())
        self.assertEqual([["NAME", "URL_MAP"], ["tf-proxy", "tf-new"]], self.gcloud.table("target-http-proxies list"))
        self.gcloud.run("target-http-proxies delete tf-proxy")

    def test_rules(self):
        Chain(self.emulator).proxy()
        self.emulator.make(f"{GLOBAL}/targetHttpProxies", {"name": "tf-new", "urlMap": f"{GLOBAL}/urlMaps/tf-map"})
        address = self.emulator.make(f"{GLOBAL}/addresses", {"name": "tf-address"})["address"]
        self.gcloud.run("forwarding-rules create tf-rule --global --target-http-proxy=tf-proxy --ports=80 "
                        "--address=tf-address --load-balancing-scheme=EXTERNAL")
        self.assertIn("POST global/forwardingRules", self.sent())
        seen = self.gcloud.json("forwarding-rules describe tf-rule --global")
        self.assertEqual((address, "80-80", link(f"{GLOBAL}/targetHttpProxies/tf-proxy")),
                         (seen["IPAddress"], seen["portRange"], seen["target"]))
        self.gcloud.run("forwarding-rules update tf-rule --global --update-labels=env=test")
        self.gcloud.run("forwarding-rules set-target tf-rule --global --target-http-proxy=tf-new")
        self.assertEqual({"env": "test"}, self.emulator.get(f"{GLOBAL}/forwardingRules/tf-rule")["labels"])
        self.assertEqual([["NAME", "REGION", "IP_ADDRESS", "IP_PROTOCOL", "TARGET"],
                          ["tf-rule", "", address, "TCP", "tf-new"]], self.gcloud.table("forwarding-rules list"))
        self.assert_fails("addresses delete tf-address --global",
                          f"The address resource '{GLOBAL}/addresses/tf-address' is already being used by "
                          f"'{GLOBAL}/forwardingRules/tf-rule'")
        self.gcloud.run("forwarding-rules delete tf-rule --global")
        self.assertEqual("RESERVED", self.emulator.get(f"{GLOBAL}/addresses/tf-address")["status"])

    def test_in_use(self):
        Chain(self.emulator).rule()
        self.assert_fails("target-http-proxies delete tf-proxy",
                          f"The target_http_proxy resource '{GLOBAL}/targetHttpProxies/tf-proxy' is already being used "
                          f"by '{GLOBAL}/forwardingRules/tf-rule'")
        self.assert_fails("backend-services delete tf-service --global",
                          f"The backend_service resource '{GLOBAL}/backendServices/tf-service' is already being used by "
                          f"'{GLOBAL}/urlMaps/tf-map'")
        self.assert_fails("health-checks delete tf-check", "HEALTH_CHECK:tf-check' is already being used by",
                          "BACKEND_SERVICE:tf-service'")


class AddressesAndFirewalls(GcloudTest):
    def test_addresses(self):
        self.gcloud.run("addresses create tf-a tf-b --global")
        self.assertIn("POST /batch/compute/v1", self.sent())
        rows = self.gcloud.table("addresses list")
        self.assertEqual(["NAME", "ADDRESS/RANGE", "TYPE", "PURPOSE", "NETWORK", "REGION", "SUBNET", "STATUS"], rows[0])
        self.assertEqual([[name, self.emulator.get(f"{GLOBAL}/addresses/{name}")["address"], "EXTERNAL", "", "", "", "",
                           "RESERVED"] for name in ("tf-a", "tf-b")], rows[1:])
        self.gcloud.run("addresses delete tf-a tf-b --global")
        self.assertNotIn("items", self.emulator.get(f"{GLOBAL}/addresses"))

    def test_firewalls(self):
        self.gcloud.run("firewall-rules create tf-probes --allow=tcp:80 --source-ranges=130.211.0.0/22,35.191.0.0/16 "
                        "--target-tags=tf")
        self.gcloud.run("firewall-rules update tf-probes --allow=tcp:8080")
        self.assertIn("PATCH global/firewalls/tf-probes", self.sent())
        seen = self.gcloud.json("firewall-rules describe tf-probes")
        self.assertEqual(([{"IPProtocol": "tcp", "ports": ["8080"]}], ["tf"]), (seen["allowed"], seen["targetTags"]))
        self.assertEqual(["tf-probes", "default", "INGRESS", "1000", "tcp:8080", "", "False"],
                         self.gcloud.table("firewall-rules list")[1])
        self.gcloud.run("firewall-rules delete tf-probes")
        self.assert_fails("firewall-rules describe tf-probes",
                          f"- The resource '{GLOBAL}/firewalls/tf-probes' was not found")


if __name__ == "__main__":
    skip_without_gcloud()
    unittest.main()
