"""Argo CD's application controller beside a case: its settings, an Application, the git folder that it syncs from, and what
the Application says of itself over time."""

import json
import os
import subprocess

from harness import ROOT, go_program, until

DEPLOY = f"{ROOT}/deploy/argocd"
TESTS = f"{ROOT}/tests/argocd"
REFRESH = "argocd.argoproj.io/refresh"
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/{}/applications"

# What Argo CD's manifests bring along. It looks at nothing but what the cases make, which is quicker, and compares after every
# change of a status, which is no default any more: the more it compares, the better.
INSTALLED = """
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, labels: {app.kubernetes.io/part-of: argocd}}
data:
  application.resourceTrackingMethod: %s
  resource.ignoreResourceUpdatesEnabled: "false"
  resource.inclusions: |
    - apiGroups: [tflb.dev]
    - {apiGroups: [""], kinds: [ConfigMap]}
---
apiVersion: v1
kind: Secret
metadata: {name: argocd-secret, labels: {app.kubernetes.io/part-of: argocd}}
stringData: {server.secretkey: not-used}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default}
spec: {sourceRepos: ["*"], destinations: [{namespace: "*", server: "*"}]}
"""


class ArgoCD:
    """One for each case. Objects belong to Applications by name: so that no other one takes ours for its own, it is the case's."""

    def __init__(self, stage, tracking="annotation"):
        self.stage, self.namespace, self.name = stage, f"{stage.namespace}-argocd", stage.namespace
        self.repository = f"{stage.folder}/repository"
        stage.plane.kubectl("apply", "--server-side", "-f", f"{TESTS}/crds.yaml")
        until("the API server serves Applications", 30, lambda: self.answer()[0] == 200)
        stage.make_namespace(self.namespace)
        until("kubectl knows AppProjects", 30, lambda: "appprojects" in stage.kubectl("api-resources", "-o", "name"))
        self.kubectl("apply", "-f", "-", text=INSTALLED % tracking)
        self.kubectl("patch", "configmap", "argocd-cm", "--patch-file", f"{DEPLOY}/argocd-cm.yaml")
        os.makedirs(f"{self.repository}/load-balancers")
        self.git("init", "--quiet")
        self.process = stage.run(go_program("tests/argocd"), "run", stage.plane.kubeconfig, self.namespace,
                                 environment={"TMPDIR": stage.folder, "ARGOCD_LOG_LEVEL": "debug"})

    def kubectl(self, *arguments, **options):
        return self.stage.plane.kubectl("--namespace", self.namespace, *arguments, **options)

    def answer(self, name=""):
        return self.stage.plane.api.call("GET", f"{APPLICATIONS.format(self.namespace)}{name}")

    def application(self):
        """None when there is none."""
        status, answer = self.answer(f"/{self.name}")
        return answer if status == 200 else None

    # --- git ---

    def git(self, *arguments):
        who = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
        return subprocess.check_output(["git", "-C", self.repository, *who, *arguments], text=True).strip()

    def commit(self, **files):
        """name -> text, or None for a file that goes. Tells Argo CD, as a webhook does, and returns the revision."""
        for name, text in files.items():
            path = f"{self.repository}/load-balancers/{name}.yaml"
            if text is None:
                os.unlink(path)
            else:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"change {', '.join(files)}")
        self.refresh()
        return self.git("rev-parse", "HEAD")

    def refresh(self):
        """Has it compared once more, if there is an Application yet; returns when it has."""
        if self.application():
            self.kubectl("annotate", "--overwrite", f"application/{self.name}", f"{REFRESH}=normal")
            until("Argo CD has looked again", 30, lambda: REFRESH not in self.application()["metadata"].get("annotations", {}))

    # --- the Application ---

    def start(self, annotations="", options=""):
        """deploy/argocd/application.yaml for this case's folder and namespaces, with what is given on top."""
        with open(f"{DEPLOY}/application.yaml", encoding="utf-8") as file:
            text = file.read()
        for old, new in [("name: load-balancers\n", f"name: {self.name}\n"),
                         ("namespace: argocd\n", f"namespace: {self.namespace}\n"),
                         ("https://git.example.com/ml/deploy.git", self.repository),
                         ("namespace: ml\n", f"namespace: {self.stage.namespace}\n"),
                         ("  finalizers:\n", f"{annotations}  finalizers:\n"),
                         ("  syncPolicy:\n", f"  syncPolicy:\n{options}")]:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        self.kubectl("apply", "-f", "-", text=text)

    def lines(self):
        """What the Application said after each of its changes, oldest first."""
        log = self.process.text().splitlines(keepends=True)
        return [json.loads(line) for line in log if line.startswith('{"name":') and line.endswith("\n")]

    def comparisons(self):
        return self.process.text().count('msg="Reconciliation completed"')

    def until_line(self, what, question, seconds=90):
        return until(f"the Application is {what}", seconds, lambda: [line for line in self.lines()[-1:] if question(line)])[0]

    def until_healthy(self, revision):
        """Synced with that commit, the sync over, and Healthy."""
        def question(line):
            return (line["sync"], line["health"], line["phase"], line["revision"]) == ("Synced", "Healthy", "Succeeded", revision)
        return self.until_line(f"Synced with {revision} and Healthy", question)
