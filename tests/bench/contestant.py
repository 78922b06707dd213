"""One measured process from its start on: ours, or the peer. What it holds, what it used, and when it said what."""

import json
import os
import time

from fleet import LONG
from harness import Process, until
from meters import cpu, memory, peak


class Tail:
    """The lines that came to a file of JSON lines since it was made or last asked."""

    def __init__(self, path):
        self.path, self.at = path, os.path.getsize(path) if os.path.exists(path) else 0

    def lines(self):
        if not os.path.exists(self.path):
            return []
        with open(self.path, "rb") as file:
            file.seek(self.at)
            new = file.read()
        whole = new[:new.rfind(b"\n") + 1]
        self.at += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


class Contestant:
    """synced: the pattern in its output that says that it knows all objects."""

    def __init__(self, process, started, synced):
        self.process, self.pid, self.started = process, process.popen.pid, started
        until("it has all objects", LONG, lambda: process.says(synced), pause=0.003)
        self.synced, self.synced_cpu, self.synced_peak = time.time() - started, cpu(self.pid), peak(self.pid)

    def until_quiet(self):
        """Until it has done nothing for two seconds: what it was sent is dealt with."""
        used = [-1.0]

        def question():
            before, used[0] = used[0], cpu(self.pid)
            return used[0] - before < 0.002
        until("it has nothing to do", LONG, question, pause=2)

    def figures(self):
        """(peak resident memory, resident memory, its part that is no file) in MB, CPU so far in s."""
        resident, _, own = memory(self.pid)
        return peak(self.pid), resident, own, cpu(self.pid)


def start_ours(stage, *flags):
    started = time.time()
    process = stage.start_controller(*flags, namespaces=[])
    return Contestant(process, started, "objects listed")


def start_peer(stage, program):
    started = time.time()
    process = Process(stage.session, [program, "--peer-kubeconfig", stage.plane.kubeconfig],
                      f"{stage.folder}/peer.{len(stage.processes)}.log")
    stage.processes.append(process)
    return Contestant(process, started, "synced")
