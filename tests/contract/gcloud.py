"""The real gcloud, set up as a person would who works offline against the emulator."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from emulator import EmulatorTest, PROJECT


class Failed(Exception):
    """gcloud ended with an error; the text is what it printed for people."""


class Gcloud:
    def __init__(self, port):
        self.config = tempfile.mkdtemp(prefix="contract-gcloud-")
        keep = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDSDK")
                and not name.lower().endswith("_proxy")}
        self.environment = {
            **keep,
            "CLOUDSDK_CONFIG": self.config,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"http://127.0.0.1:{port}/compute/v1/",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
            "CLOUDSDK_CORE_PROJECT": PROJECT,
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        }

    def run(self, command, stdin=""):
        """`gcloud compute COMMAND`; returns what it printed to standard output and to standard error."""
        done = subprocess.run(["gcloud", "compute", *command.split()], input=stdin, env=self.environment,
                              capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise Failed(done.stderr)
        return done.stdout, done.stderr

    def json(self, command, stdin=""):
        return json.loads(self.run(command + " --format=json", stdin)[0])

    def table(self, command):
        """The rows of a table, each a list of its columns; columns are two or more blanks apart."""
        lines = self.run(command)[0].splitlines()
        starts = [i for i, char in enumerate(lines[0]) if char != " " and (i == 0 or lines[0][i - 2:i] == "  ")]
        ends = starts[1:] + [None]
        return [[line[start:end].strip() for start, end in zip(starts, ends)] for line in lines]

    def close(self):
        shutil.rmtree(self.config)


class GcloudTest(EmulatorTest):
    """Tests that drive gcloud; what they do not test they prepare over plain HTTP, which is faster."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gcloud = Gcloud(cls.emulator.port)
        cls.addClassCleanup(cls.gcloud.close)

    def assert_fails(self, command, *texts):
        """gcloud prints the service's own words."""
        with self.assertRaises(Failed) as caught:
            self.gcloud.run(command)
        for text in texts:
            self.assertIn(text, str(caught.exception))

    def sent(self, method=None):
        """The Compute requests since the last reset as "METHOD path?query" below projects/P/, without waits."""
        lines = []
        for request in self.emulator.control("GET", "requests")["requests"]:
            path = request["path"].removeprefix("/compute/v1/").removeprefix(f"projects/{PROJECT}/")
            if path.startswith("/emulator/") or path.endswith("/wait") or method not in (None, request["method"]):
                continue
            lines.append(f"{request['method']} {path}")
        return lines


def skip_without_gcloud():
    """To be called before unittest.main()."""
    if shutil.which("gcloud"):
        return
    print("SKIPPED: gcloud is not installed; nothing was tested against it.")
    sys.exit(77)
