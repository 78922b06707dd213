"""Real gcloud on what the cloud offers, on operations, and on mistakes."""

import threading
import unittest

from emulator import Chain, GLOBAL, PROJECT, ZONE, health_check, link
from gcloud import GcloudTest, skip_without_gcloud


class Catalogue(GcloudTest):
    def test_places(self):
        zones = {zone["name"]: zone for zone in self.gcloud.json("zones list")}
        self.assertEqual(("UP", link(f"projects/{PROJECT}/regions/us-central1")),
                         (zones[ZONE]["status"], zones[ZONE]["region"]))
        rows = self.gcloud.table("regions list")
        self.assertEqual(["NAME", "CPUS", "DISKS_GB", "ADDRESSES", "RESERVED_ADDRESSES", "STATUS"], rows[0][:6])
        self.assertIn("us-central1", [row[0] for row in rows])
        self.assert_fails("zones describe mars-a", f"- The resource 'projects/{PROJECT}/zones/mars-a' was not found")

    def test_project_and_networks(self):
        project = self.gcloud.json("project-info describe")
        self.assertEqual((PROJECT, "PREMIUM"), (project["name"], project["defaultNetworkTier"]))
        self.assertIn("BACKEND_SERVICES", [quota["metric"] for quota in project["quotas"]])
        self.assertEqual([["NAME", "SUBNET_MODE", "BGP_ROUTING_MODE"], ["default", "AUTO", "REGIONAL"]],
                         [row[:3] for row in self.gcloud.table("networks list")])
        self.assertTrue(self.gcloud.json("networks describe default")["autoCreateSubnetworks"])

    def test_images(self):
        image = self.gcloud.json("images describe-from-family debian-12 --project=debian-cloud")
        self.assertEqual(("debian-12", "READY", "compute#image"), (image["family"], image["status"], image["kind"]))
        self.assertEqual(image, self.gcloud.json(f"images describe {image['name']} --project=debian-cloud"))
        family = "projects/deeplearning-platform-release/global/images/family/tf-latest-cpu"
        self.assert_fails("images describe-from-family tf-latest-cpu --project=deeplearning-platform-release",
                          "Could not fetch resource:", f"- The resource '{family}' was not found")

    def test_machine_types(self):
        machine = self.gcloud.json(f"machine-types describe n1-standard-4 --zone={ZONE}")
        self.assertEqual((4, 15360), (machine["guestCpus"], machine["memoryMb"]))


class Operations(GcloudTest):
    def test_list_and_describe(self):
        Chain(self.emulator).machines(0)
        self.emulator.do("POST", f"{GLOBAL}/healthChecks", health_check("tf-check"))
        rows = self.gcloud.table("operations list")
        self.assertEqual(["NAME", "TYPE", "TARGET", "HTTP_STATUS", "STATUS", "TIMESTAMP"], rows[0])
        self.assertEqual({("tf-template", "DONE"), ("tf-group", "DONE"), ("tf-check", "DONE")},
                         {(row[2].rpartition("/")[2], row[4]) for row in rows[1:]})
        (operation,) = self.gcloud.json(f"operations list --zones={ZONE}")
        self.assertEqual(operation, self.gcloud.json(f"operations describe {operation['name']} --zone={ZONE}"))
        self.assertEqual("compute.instanceGroupManagers.insert", operation["operationType"])

    def test_filter_and_limit(self):
        for name in ("tf-a", "tf-b", "tf-c"):
            self.emulator.do("POST", f"{GLOBAL}/healthChecks", health_check(name))
        self.emulator.control("POST", "faults", {"method": "DELETE", "operation": {"never": True}})
        running = self.emulator.send("DELETE", f"{GLOBAL}/healthChecks/tf-a").body
        listed = self.gcloud.json("operations list --global --filter=status!=DONE")
        self.assertEqual([running["name"]], [operation["name"] for operation in listed])
        self.assertEqual(2, len(self.gcloud.json("operations list --global --limit=2")))

    def test_failed_operation(self):
        self.emulator.control("POST", "faults", {"method": "POST", "path": "*/healthChecks", "operation": {
            "code": "QUOTA_EXCEEDED", "message": "Quota 'HEALTH_CHECKS' exceeded.  Limit: 0.0 globally."}})
        self.assert_fails("health-checks create http tf-check", "Could not fetch resource:",
                          "- Quota 'HEALTH_CHECKS' exceeded.  Limit: 0.0 globally.")
        self.gcloud.run("health-checks create http tf-check")


class Mistakes(GcloudTest):
    def test_refused_bodies_are_printed(self):
        self.assert_fails("health-checks create http tf-check --timeout=9 --check-interval=5", "imeoutSec")
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-check"))
        self.assert_fails("health-checks create http tf-check",
                          f"- The resource '{GLOBAL}/healthChecks/tf-check' already exists")

    def test_stale_fingerprint(self):
        """Somebody else writes between gcloud's read and its write."""
        Chain(self.emulator).map()
        path = f"{GLOBAL}/urlMaps/tf-map"
        self.emulator.control("POST", "faults", {"method": "GET", "path": f"*/{path}", "delayMs": 4000 * self.speed})
        ours = threading.Thread(target=self.write_when_read, args=(path,))
        ours.start()
        self.assert_fails("url-maps add-path-matcher tf-map --path-matcher-name=all --default-service=tf-service "
                          "--new-hosts=example.com", "- Invalid fingerprint.")
        ours.join()
        seen = self.emulator.get(path)
        self.assertEqual("ours", seen["description"])
        self.assertNotIn("pathMatchers", seen)

    def write_when_read(self, path):
        self.emulator.until(lambda: self.sent().count("GET global/urlMaps/tf-map") == 2)  # the first was the chain's
        self.emulator.do("PATCH", path, {"description": "ours"})

    def test_no_such_project(self):
        self.assert_fails("project-info describe --project=no-such-project", "no-such-project")

    def test_refused_for_its_rate(self):
        self.emulator.control("POST", "faults", {"path": f"*/zones/{ZONE}", "answer": {
            "status": 403, "reason": "rateLimitExceeded", "message": "Rate Limit Exceeded"}})
        self.assert_fails(f"zones describe {ZONE}", "Rate Limit Exceeded")


if __name__ == "__main__":
    skip_without_gcloud()
    unittest.main()
