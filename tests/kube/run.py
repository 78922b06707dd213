#!/usr/bin/env python3
"""run.py [--build DIR] [--rounds N] [--jobs N] [--keep] [--list] [CASE...]: our watches and a real API server's levers.

In each case writers create, change and delete objects while the API server, or what lies before it, does what real ones do
on bad days. Once it is quiet, what tflb-table knows must be what a fresh list shows, and nothing may have come twice as
news. Options are those of tests/e2e/run.py; --rounds 20 is a campaign of a quarter of an hour."""

import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import test_access  # noqa: E402
import test_http2  # noqa: E402
import test_restored  # noqa: E402
import test_storage  # noqa: E402
import test_streams  # noqa: E402
from harness import Session  # noqa: E402
from runner import main, parser  # noqa: E402
from things import install  # noqa: E402

MODULES = [test_access, test_http2, test_restored, test_storage, test_streams]


class KubeSession(Session):
    """Its shared plane has the tests' own resource type, and tells clients now and then to come by another connection."""

    shared_flags = ("--goaway-chance=0.02",)

    def prepare(self, plane):
        install(plane)


if __name__ == "__main__":
    sys.exit(main(parser(__doc__), KubeSession))
