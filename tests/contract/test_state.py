"""--state: after SIGKILL in the middle of an operation the world is the one that it was, over the wire and for gcloud."""

import os
import shutil
import tempfile
import unittest

from emulator import Emulator, GLOBAL, health_check
from gcloud import Gcloud

CHECKS = f"{GLOBAL}/healthChecks"


class State(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="contract-state-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.emulator = self.start()

    def start(self):
        return Emulator("--state", os.path.join(self.folder, "world"))

    def kill(self):
        """SIGKILL, and the next one."""
        self.emulator.process.kill()
        self.emulator.process.wait()
        shutil.rmtree(self.emulator.folder)
        self.emulator = self.start()

    def listed(self):
        """As gcloud sees it, where it is installed."""
        if not shutil.which("gcloud"):
            print("gcloud is not installed; only the wire was looked at.")
            return None
        gcloud = Gcloud(self.emulator.port)
        try:
            return gcloud.json("health-checks list --global"), gcloud.table("networks list")
        finally:
            gcloud.close()

    def test_killed_in_the_middle(self):
        for name in ("one", "two"):
            self.emulator.do("POST", CHECKS, health_check(name))
        before, listed = self.emulator.get(CHECKS), self.listed()
        operation = self.emulator.send("POST", CHECKS, health_check("three")).body
        removal = self.emulator.send("DELETE", f"{CHECKS}/one").body
        self.kill()
        for pending in (operation, removal):
            self.assertNotIn("error", self.emulator.finish(pending))
        after = self.emulator.get(CHECKS)
        self.assertEqual(["three", "two"], [item["name"] for item in after["items"]])
        self.assertEqual(before["items"][1], after["items"][1])
        self.emulator.do("DELETE", f"{CHECKS}/three")
        self.emulator.do("POST", CHECKS, health_check("one"))
        if listed:
            self.kill()
            names = [check["name"] for check in listed[0]]
            now = self.listed()
            self.assertEqual(names, [check["name"] for check in now[0]])
            self.assertEqual(listed[0][1], now[0][1])
            self.assertEqual(listed[1], now[1])
        self.emulator.stop()

    def test_what_is_no_state_is_left_alone(self):
        self.emulator.stop()
        path = os.path.join(self.folder, "world")
        with open(path, "a", encoding="utf-8") as file:
            file.write("{}\n")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with self.assertRaises(RuntimeError) as caught:
            self.start()
        self.assertIn("line 2: it cannot be read. It was not changed", str(caught.exception))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(text, file.read())


if __name__ == "__main__":
    unittest.main()
