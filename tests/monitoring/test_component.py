#!/usr/bin/env python3
"""The component deploy/monitoring on top of deploy/, as kustomize makes it: what monitors fits what it monitors."""

import os
import subprocess
import tempfile
import unittest

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def built(folder, kustomization):
    """What kustomize makes of it, by kind and name."""
    with open(f"{folder}/kustomization.yaml", "w", encoding="utf-8") as file:
        yaml.safe_dump(kustomization, file)
    kustomize = subprocess.check_output([f"{ROOT}/tests/deploy/tool", "kustomize"], text=True).strip()
    text = subprocess.check_output([kustomize, "build", folder], text=True)
    return {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(text)}


class Component(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="tflb-monitoring-") as folder:
            deploy = os.path.relpath(f"{ROOT}/deploy", os.path.realpath(folder))
            plain = {"namespace": "tflb-system", "resources": [deploy]}
            cls.plain = built(folder, plain)
            cls.made = built(folder, {**plain, "components": [f"{deploy}/monitoring"]})

    def test_adds_three_objects(self):
        """nothing that deploy/ has is changed; all are in the controller's namespace"""
        added = {key: item for key, item in self.made.items() if key not in self.plain}
        self.assertEqual(sorted(added), [("ConfigMap", "tflb-dashboard"), ("PodMonitor", "tflb"), ("PrometheusRule", "tflb")])
        self.assertEqual({item["metadata"]["namespace"] for item in added.values()}, {"tflb-system"})
        self.assertEqual({key: self.made[key] for key in self.plain}, self.plain)

    def test_monitors_the_pods(self):
        """the PodMonitor finds the controller's pods, its port, and the label that becomes the job"""
        monitor = self.made["PodMonitor", "tflb"]["spec"]
        template = self.made["Deployment", "tflb-controller"]["spec"]["template"]
        labels = template["metadata"]["labels"]
        self.assertLessEqual(monitor["selector"]["matchLabels"].items(), labels.items())
        self.assertEqual(labels[monitor["jobLabel"]], "tflb")
        ports = {port["name"]: port["containerPort"] for port in template["spec"]["containers"][0]["ports"]}
        address = [word for word in template["spec"]["containers"][0]["args"] if word.startswith("--metrics-bind-address=")]
        self.assertEqual(address, [f"--metrics-bind-address=:{ports[monitor['podMetricsEndpoints'][0]['port']]}"])

    def test_dashboard_is_the_file(self):
        with open(f"{ROOT}/deploy/monitoring/dashboard.json", encoding="utf-8") as file:
            self.assertEqual(self.made["ConfigMap", "tflb-dashboard"]["data"], {"dashboard.json": file.read()})


if __name__ == "__main__":
    unittest.main()
