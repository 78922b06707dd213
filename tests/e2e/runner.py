"""Runs cases, several at once, and tells how they went: what every program of cases has in common."""

import argparse
import concurrent.futures
import os
import signal
import time
import traceback

from cases import CASES
from harness import Session, Skipped, Stage
from janitor import ROOT


def parser(about):
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--build", default=os.environ.get("TFLB_BUILD", f"{ROOT}/build"))
    made.add_argument("--controller", action="append", default=[], metavar="PROGRAM")
    made.add_argument("--jobs", type=int, default=10)
    made.add_argument("--keep", action="store_true")
    made.add_argument("--list", action="store_true")
    made.add_argument("--rounds", type=int, default=1)
    made.add_argument("cases", nargs="*", metavar="CASE")
    return made


def parsed(made):
    given = made.parse_args()
    unknown = [name for name in given.cases if name not in CASES]
    if unknown:
        made.error(f"no case {unknown[0]}; --list shows them all")
    return given


def play(session, name):
    """(verdict, what went wrong or why it could not be played, as lines)"""
    stage = Stage(session, name)
    try:
        if CASES[name].own_plane:
            stage.on_own_plane(*CASES[name].flags)
        else:
            stage.on_shared_plane()
        CASES[name](stage)
        stage.finish()
        return "ok  ", []
    except Skipped as reason:
        stage.abandon()
        return "skip", [str(reason)]
    except Exception as failure:
        lines = [*told(failure), *stage.dump()]
        stage.abandon()
        return "FAIL", lines


def told(failure):
    where = traceback.extract_tb(failure.__traceback__)
    yield f"{type(failure).__name__}: {failure}"
    for frame in where:
        yield f"  {os.path.basename(frame.filename)}:{frame.lineno} {frame.line}"


def judge(question, complete):
    """(verdict, what is wrong, as lines)"""
    try:
        question(complete)
        return "ok  ", []
    except Exception as failure:
        return "FAIL", list(told(failure))


def tell(name, play_it):
    began = time.monotonic()
    verdict, lines = play_it()
    print("\n".join([f"{verdict} {name} ({time.monotonic() - began:.1f} s)"] + ["     " + line for line in lines]),
          flush=True)
    return verdict


def run(given, session):
    names = sorted(given.cases or CASES, key=lambda name: -CASES[name].weight)
    complete = set(names) == set(CASES)
    if given.keep:
        session.keep()
        print(f"logs: {session.folder}")
    try:
        with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
            results = list(pool.map(lambda name: tell(name, lambda: play(session, name)), names))
        for name, question in session.conclusions().items():
            results.append(tell(name, lambda: judge(question, complete)))
    finally:
        session.finish()
    passed, skipped = results.count("ok  "), results.count("skip")
    print(f"{passed} of {len(results)} cases passed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if "FAIL" in results else 0


def main(made, new_session=Session):
    """made: a parser(). new_session(build, controller): the session. Returns the exit code."""
    given = parsed(made)
    if given.list:
        for name in sorted(CASES):
            print(f"{name:24} {CASES[name].__doc__}")
        return 0
    # The janitor sees the pipe close.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, frame: os._exit(128 + received))
    for number in range(1, given.rounds + 1):
        if given.rounds > 1:
            print(f"round {number} of {given.rounds}", flush=True)
        if run(given, new_session(given.build, given.controller)):
            return 1
    return 0
