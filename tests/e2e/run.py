#!/usr/bin/env python3
"""run.py [--build DIR] [--controller PROGRAM] [--jobs N] [--keep] [--list] [--rounds N] [CASE...]: the real binaries.

Runs the named cases, or all, several at once, against a real API server, and prints one line each; a failed one is followed by its
logs. Exits 1 when one failed. Controllers are the service account of deploy/'s manifests; what they did must be what these
grant. DIR is the build folder (default: $TFLB_BUILD, then build/ of the tree); PROGRAM is one to take for its controller. --keep
leaves the folder with all logs. --rounds plays the cases again and again, until one fails. Whatever was started is ended with the
run, even when that is killed."""

import sys

import test_apiserver
import test_credentials
import test_drift
import test_https
import test_input
import test_kill
import test_kstatus
import test_kubectl
import test_leader
import test_life
import test_metrics
import test_monitoring
import test_ownership
import test_policy
import test_state
import test_proxied
import test_traffic
import test_training
import test_wire
from account import AccountSession
from runner import main, parser

MODULES = [test_apiserver, test_credentials, test_drift, test_https, test_input, test_kill, test_kstatus, test_kubectl, test_leader, test_life,
           test_metrics, test_monitoring, test_ownership, test_policy, test_state, test_proxied, test_traffic, test_training,
           test_wire]

if __name__ == "__main__":
    sys.exit(main(parser(__doc__), AccountSession))
