"""Real gcloud on templates and managed instance groups."""

import unittest

from emulator import Chain, GLOBAL, IN_ZONE, ZONE, health_check, link, template
from gcloud import GcloudTest, skip_without_gcloud

GROUP = f"{IN_ZONE}/instanceGroupManagers/tf-group"
AT = f"--zone={ZONE}"


class Templates(GcloudTest):
    def test_life(self):
        self.gcloud.run("instance-templates create tf-template --machine-type=n1-standard-4 --image-family=debian-12 "
                        "--image-project=debian-cloud --tags=tf --metadata=a=b --boot-disk-size=50GB")
        self.assertEqual(["GET projects/debian-cloud/global/images/family/debian-12", "POST global/instanceTemplates",
                          "GET global/instanceTemplates/tf-template"], self.sent())
        seen = self.gcloud.json("instance-templates describe tf-template")["properties"]
        self.assertEqual(("n1-standard-4", ["tf"], "50"), (
            seen["machineType"], seen["tags"]["items"], seen["disks"][0]["initializeParams"]["diskSizeGb"]))
        self.assertEqual("external-nat", seen["networkInterfaces"][0]["accessConfigs"][0]["name"])
        rows = self.gcloud.table("instance-templates list")
        self.assertEqual(["NAME", "MACHINE_TYPE", "PREEMPTIBLE", "CREATION_TIMESTAMP"], rows[0])
        self.assertEqual([["tf-template", "n1-standard-4", ""]], [row[:3] for row in rows[1:]])
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-other"))
        told = self.gcloud.run("instance-templates delete tf-template tf-other")[1]
        self.assertEqual(2, told.count("Deleted ["))

    def test_machine_of_many_parts(self):
        """What gcloud makes of these flags is taken as it is, and has the form that our own templates have."""
        self.gcloud.run("instance-templates create tf-gpu --machine-type=n1-standard-8 --image-family=debian-12 "
                        "--image-project=debian-cloud --accelerator=type=nvidia-tesla-t4,count=1 "
                        "--maintenance-policy=TERMINATE --provisioning-model=SPOT --instance-termination-action=STOP "
                        "--no-restart-on-failure --local-ssd=interface=nvme "
                        "--create-disk=size=20GB,type=pd-ssd,device-name=data --min-cpu-platform=IntelSkylake "
                        "--shielded-secure-boot --reservation-affinity=none --can-ip-forward --no-address "
                        "--host-error-timeout-seconds=120")
        seen = self.gcloud.json("instance-templates describe tf-gpu")["properties"]
        self.assertEqual([{"acceleratorCount": 1, "acceleratorType": "nvidia-tesla-t4"}], seen["guestAccelerators"])
        self.assertEqual({"automaticRestart": False, "hostErrorTimeoutSeconds": 120, "instanceTerminationAction": "STOP",
                          "onHostMaintenance": "TERMINATE", "preemptible": True, "provisioningModel": "SPOT"},
                         seen["scheduling"])
        self.assertEqual(["PERSISTENT", "PERSISTENT", "SCRATCH"], [disk["type"] for disk in seen["disks"]])
        self.assertEqual({"consumeReservationType": "NO_RESERVATION"}, seen["reservationAffinity"])
        self.assertEqual(("IntelSkylake", True, True), (
            seen["minCpuPlatform"], seen["canIpForward"], seen["shieldedInstanceConfig"]["enableSecureBoot"]))

    def test_withdrawn_family(self):
        self.assert_fails("instance-templates create tf --image-family=tf-latest-cpu "
                          "--image-project=deeplearning-platform-release",
                          "'projects/deeplearning-platform-release/global/images/family/tf-latest-cpu' was not found")
        self.assertNotIn("POST global/instanceTemplates", self.sent())

    def test_in_use(self):
        Chain(self.emulator).machines(1)
        self.assert_fails("instance-templates delete tf-template",
                          f"The instance_template resource '{GLOBAL}/instanceTemplates/tf-template' is already being "
                          f"used by '{GROUP}'")


class Groups(GcloudTest):
    def test_create_list_delete(self):
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-template"))
        self.gcloud.run(f"instance-groups managed create tf-group {AT} --size=2 --template=tf-template "
                        "--base-instance-name=tf-instance")
        self.assertEqual([f"GET zones/{ZONE}", f"POST zones/{ZONE}/instanceGroupManagers",
                          f"GET zones/{ZONE}/instanceGroupManagers/tf-group"], self.sent()[2:5])
        self.emulator.stable("tf-group")
        self.assertEqual([["NAME", "LOCATION", "SCOPE", "BASE_INSTANCE_NAME", "SIZE", "TARGET_SIZE", "INSTANCE_TEMPLATE",
                           "AUTOSCALED"], ["tf-group", ZONE, "zone", "tf-instance", "2", "2", "tf-template", "no"]],
                         self.gcloud.table("instance-groups managed list"))
        seen = self.gcloud.json(f"instance-groups managed describe tf-group {AT}")
        self.assertEqual(self.emulator.get(GROUP)["status"], seen["status"])
        self.assertEqual([["NAME", "LOCATION", "SCOPE", "NETWORK", "MANAGED", "INSTANCES"],
                          ["tf-group", ZONE, "zone", "default", "Yes", "2"]], self.gcloud.table("instance-groups list"))
        self.assertEqual(["RUNNING"] * 2, [item["status"] for item in self.gcloud.json("instances list")])
        self.gcloud.run(f"instance-groups managed delete tf-group {AT}")
        self.assertEqual(404, self.emulator.send("GET", GROUP).status)

    def test_list_of_several_scopes(self):
        Chain(self.emulator).machines(1)
        other = {"name": "tf-other", "targetSize": 0, "instanceTemplate": f"{GLOBAL}/instanceTemplates/tf-template"}
        self.emulator.make("projects/my-project/zones/us-central1-b/instanceGroupManagers", other)
        rows = self.gcloud.table("instance-groups managed list")
        self.assertEqual([["tf-group", ZONE], ["tf-other", "us-central1-b"]], [row[:2] for row in rows[1:]])
        self.assertIn("POST /batch/compute/v1", self.sent())

    def test_resize_and_wait(self):
        self.emulator.control("POST", "world", {"stockout": {"zone": ZONE}})
        Chain(self.emulator).machines(0)
        (seen,) = self.gcloud.json(f"instance-groups managed resize tf-group --size=2 {AT}")
        self.assertEqual(2, seen["targetSize"])
        self.emulator.until(lambda: self.emulator.get(f"{GROUP}/listErrors").get("items"))
        rows = self.gcloud.json(f"instance-groups managed list-errors tf-group {AT}")
        self.assertEqual("ZONE_RESOURCE_POOL_EXHAUSTED", rows[0]["error"]["code"])
        rows = self.gcloud.table(f"instance-groups managed list-instances tf-group {AT}")
        self.assertEqual(["NAME", "ZONE", "STATUS", "HEALTH_STATE", "ACTION", "INSTANCE_TEMPLATE", "VERSION_NAME",
                          "LAST_ERROR"], rows[0])
        self.assertEqual([["", "CREATING", "tf-template"]] * 2, [[row[2], row[4], row[5]] for row in rows[1:]])
        self.assertIn("ZONE_RESOURCE_POOL_EXHAUSTED", rows[1][7])
        self.emulator.control("POST", "world", {"stockout": {"zone": ZONE, "on": False}})
        self.assertIn("Group is stable", self.gcloud.run(
            f"instance-groups managed wait-until tf-group --stable {AT}")[0])
        self.assertTrue(self.emulator.get(GROUP)["status"]["isStable"])

    def test_named_ports(self):
        Chain(self.emulator).machines(0, ports=())
        self.gcloud.run(f"instance-groups managed set-named-ports tf-group --named-ports=http:80,grpc:8500 {AT}")
        rows = self.gcloud.table(f"instance-groups managed get-named-ports tf-group {AT}")
        self.assertEqual((["NAME", "PORT"], [["grpc", "8500"], ["http", "80"]]), (rows[0], sorted(rows[1:])))

    def test_roll(self):
        Chain(self.emulator).machines(2)
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-new", machineType="n1-standard-8"))
        self.emulator.stable("tf-group")
        self.gcloud.run(f"instance-groups managed rolling-action start-update tf-group --version=template=tf-new "
                        f"--max-surge=1 --max-unavailable=0 {AT}")
        self.assertIn(f"PATCH zones/{ZONE}/instanceGroupManagers/tf-group", self.sent())
        self.gcloud.run(f"instance-groups managed wait-until tf-group --version-target-reached {AT}")
        rows = self.gcloud.json(f"instance-groups managed list-instances tf-group {AT}")
        self.assertEqual({link(f"{GLOBAL}/instanceTemplates/tf-new")},
                         {row["version"]["instanceTemplate"] for row in rows if row["currentAction"] != "DELETING"})
        self.emulator.stable("tf-group")
        self.gcloud.run(f"instance-groups managed set-instance-template tf-group --template=tf-template {AT}")
        self.assertEqual([link(f"{GLOBAL}/instanceTemplates/tf-template")], [
            version["instanceTemplate"] for version in self.emulator.get(GROUP)["versions"]])
        self.gcloud.run(f"instance-groups managed rolling-action stop-proactive-update tf-group {AT}")
        self.assertEqual("OPPORTUNISTIC", self.emulator.get(GROUP)["updatePolicy"]["type"])

    def test_rolling_replace(self):
        Chain(self.emulator).machines(1)
        self.emulator.stable("tf-group")
        (before,) = self.emulator.get(f"{IN_ZONE}/instances")["items"]
        self.gcloud.run(f"instance-groups managed rolling-action replace tf-group --max-unavailable=0 {AT}")
        self.emulator.until(lambda: self.emulator.get(GROUP)["status"]["versionTarget"]["isReached"])
        self.emulator.stable("tf-group")
        (after,) = self.emulator.get(f"{IN_ZONE}/instances")["items"]
        self.assertNotEqual(before["name"], after["name"])

    def test_canary(self):
        Chain(self.emulator).machines(2)
        self.emulator.make(f"{GLOBAL}/instanceTemplates", template("tf-new"))
        self.gcloud.run("instance-groups managed rolling-action start-update tf-group --version=template=tf-template "
                        f"--canary-version=template=tf-new,target-size=60% --max-unavailable=0 {AT}")
        self.assertEqual([0, 2], [version["targetSize"]["calculated"] for version in self.emulator.get(GROUP)["versions"]])

    def test_healing(self):
        Chain(self.emulator).machines(0)
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("tf-heal"))
        self.gcloud.run(f"instance-groups managed update tf-group --health-check=tf-heal --initial-delay=60 {AT}")
        self.assertEqual([{"healthCheck": link(f"{GLOBAL}/healthChecks/tf-heal"), "initialDelaySec": 60}],
                         self.emulator.get(GROUP)["autoHealingPolicies"])
        self.gcloud.run(f"instance-groups managed update tf-group --clear-autohealing {AT}")
        self.assertNotIn("autoHealingPolicies", self.emulator.get(GROUP))
        self.emulator.do("DELETE", f"{GLOBAL}/healthChecks/tf-heal")

    def test_machines_by_name(self):
        Chain(self.emulator).machines(2)
        self.emulator.stable("tf-group")
        first, second = [item["name"] for item in self.emulator.get(f"{IN_ZONE}/instances")["items"]]
        before = self.emulator.get(f"{IN_ZONE}/instances/{first}")["id"]
        self.gcloud.run(f"instance-groups managed recreate-instances tf-group --instances={first} {AT}")
        self.emulator.stable("tf-group")
        self.assertNotEqual(before, self.emulator.get(f"{IN_ZONE}/instances/{first}")["id"])
        self.gcloud.run(f"instance-groups managed delete-instances tf-group --instances={second} {AT}")
        self.assertEqual(1, self.emulator.stable("tf-group")["targetSize"])
        self.assertEqual([first], [item["name"] for item in self.emulator.get(f"{IN_ZONE}/instances")["items"]])
        self.assert_fails(f"instance-groups managed delete-instances tf-group --instances=tf-no {AT}", "tf-no")

    def test_in_use_by_a_backend_service(self):
        Chain(self.emulator).machines(0).service()
        self.emulator.do("PATCH", f"{GLOBAL}/backendServices/tf-service", {"backends": [
            {"group": link(f"{IN_ZONE}/instanceGroups/tf-group")}]})
        self.assert_fails(f"instance-groups managed delete tf-group {AT}",
                          f"The instance_group_manager resource '{GROUP}' is already being used by "
                          f"'{GLOBAL}/backendServices/tf-service'")

    def test_not_there(self):
        self.assert_fails(f"instance-groups managed resize tf-no --size=1 {AT}",
                          f"- The resource '{IN_ZONE}/instanceGroupManagers/tf-no' was not found")
        self.assert_fails(f"instance-groups managed create tf-group --size=1 --template=tf-no {AT}",
                          f"- The resource '{GLOBAL}/instanceTemplates/tf-no' was not found")


if __name__ == "__main__":
    skip_without_gcloud()
    unittest.main()
