#!/usr/bin/env python3
"""run.py [--build DIR] [--jobs N] [--keep] [--list] [CASE...]: Argo CD's own application controller at work on our objects.

It syncs from git folders, with a real API server, the emulator and our controller behind it. Options are those of
tests/e2e/run.py."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import test_argocd  # noqa: E402
from runner import main, parser  # noqa: E402

MODULES = [test_argocd]

if __name__ == "__main__":
    sys.exit(main(parser(__doc__)))
