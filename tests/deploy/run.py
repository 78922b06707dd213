#!/usr/bin/env python3
"""run.py [--build DIR] [--keep] [--list] [CASE...]: the manifests of deploy/, with kustomize, helm, kubeconform and a real API server.

Options are those of tests/e2e/run.py. The cases share an API server and the names in it, so they run one after the other."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import test_chart  # noqa: E402
import test_rendered  # noqa: E402
import test_applied  # noqa: E402
import test_pods  # noqa: E402
import test_users  # noqa: E402
from harness import Session  # noqa: E402
from runner import main, parser  # noqa: E402

MODULES = [test_chart, test_rendered, test_applied, test_pods, test_users]


class DeploySession(Session):
    """Its shared plane is empty: installing is what the cases try."""

    def prepare(self, plane):
        pass


if __name__ == "__main__":
    options = parser(__doc__)
    options.set_defaults(jobs=1)
    sys.exit(main(options, DeploySession))
