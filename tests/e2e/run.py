#!/usr/bin/env python3
"""run.py [--build DIR] [--controller PROGRAM] [--jobs N] [--keep] [--list] [CASE...]: the real binaries against a real API server.

Runs the named cases, or all, several at once, and prints one line each; a failed one is followed by its logs. Exits 1 when
one failed. DIR is the build folder (default: $TFLB_BUILD, then build/ of the tree); PROGRAM is one
to take for its controller. --keep leaves the folder with all logs. Whatever was started is ended with the run, even when that is killed."""

import argparse
import concurrent.futures
import os
import signal
import sys
import time
import traceback

import test_apiserver
import test_drift
import test_input
import test_kill
import test_kstatus
import test_kubectl
import test_leader
import test_life
import test_wire
from cases import CASES
from harness import Session, Skipped, Stage
from janitor import ROOT

MODULES = [test_apiserver, test_drift, test_input, test_kill, test_kstatus, test_kubectl, test_leader, test_life, test_wire]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.environ.get("TFLB_BUILD", f"{ROOT}/build"))
    parser.add_argument("--controller", action="append", default=[], metavar="PROGRAM")
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    given = parser.parse_args()
    unknown = [name for name in given.cases if name not in CASES]
    if unknown:
        parser.error(f"no case {unknown[0]}; --list shows them all")
    return given


def play(session, name):
    """(verdict, what went wrong or why it could not be played, as lines)"""
    stage = Stage(session, name)
    try:
        if CASES[name].own_plane:
            stage.on_own_plane()
        else:
            stage.on_shared_plane()
        CASES[name](stage)
        stage.finish()
        return "ok  ", []
    except Skipped as reason:
        stage.abandon()
        return "skip", [str(reason)]
    except Exception as failure:
        where = traceback.extract_tb(failure.__traceback__)
        lines = [f"{type(failure).__name__}: {failure}"]
        lines += [f"  {os.path.basename(frame.filename)}:{frame.lineno} {frame.line}" for frame in where]
        lines += stage.dump()
        stage.abandon()
        return "FAIL", lines


def play_and_tell(session, name):
    began = time.monotonic()
    verdict, lines = play(session, name)
    print("\n".join([f"{verdict} {name} ({time.monotonic() - began:.1f} s)"] + ["     " + line for line in lines]),
          flush=True)
    return verdict


def run(given):
    names = sorted(given.cases or CASES, key=lambda name: -CASES[name].weight)
    session = Session(given.build, given.controller)
    if given.keep:
        session.keep()
        print(f"logs: {session.folder}")
    try:
        with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
            results = list(pool.map(lambda name: play_and_tell(session, name), names))
    finally:
        session.finish()
    passed, skipped = results.count("ok  "), results.count("skip")
    print(f"{passed} of {len(results)} cases passed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if "FAIL" in results else 0


def main():
    given = arguments()
    if given.list:
        for name in sorted(CASES):
            print(f"{name:24} {CASES[name].__doc__}")
        return 0
    # The janitor sees the pipe close.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, frame: os._exit(128 + received))
    return run(given)


if __name__ == "__main__":
    sys.exit(main())
