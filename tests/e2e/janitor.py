"""Whatever a run starts is ended when the run ends, however it ends, SIGKILL included.

The janitor is a process of its own, in a session of its own and with no parent in the run, so that nothing meant for the
run reaches it. It reads commands from a pipe; when the pipe closes it ends every process that is still noted, stops the
control planes and removes the folder."""

import os
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE = 10  # seconds between SIGTERM and SIGKILL


def start_time(pid):
    """When the process started: with its id the only thing that names it for ever. None: it runs no more."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def send(processes, number):
    for pid, started in processes.items():
        if start_time(pid) == started:
            os.kill(pid, number)


def end(processes):
    send(processes, signal.SIGTERM)
    send(processes, signal.SIGCONT)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(start_time(pid) == started for pid, started in processes.items()):
        time.sleep(0.05)
    send(processes, signal.SIGKILL)


def read_commands(pipe):
    """Until the run is over. (processes, control planes, folders)"""
    processes, planes, folders = {}, [], []
    for line in pipe:
        verb, _, value = line.rstrip("\n").partition(" ")
        if verb == "process":
            pid, _, started = value.partition(" ")
            processes[int(pid)] = started
        elif verb == "ended":
            processes.pop(int(value), None)
        elif verb == "plane":
            planes.append(value)
        elif verb == "folder":
            folders.append(value)
        elif verb == "keep":
            folders.remove(value)
    return processes, planes, folders


def take_down(plane):
    """Nobody will read its data again, so the API server need not wait for whoever still watches."""
    for name in ("pid", "etcd.pid"):
        try:
            with open(f"{plane}/{name}", encoding="ascii") as file:
                pid = int(file.read())
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                if f"={plane}/" in file.read():
                    os.kill(pid, signal.SIGKILL)
        except (OSError, ValueError):
            pass
    subprocess.run([f"{ROOT}/tests/controlplane/down", plane], stderr=subprocess.DEVNULL, check=False)


def serve(pipe):
    processes, planes, folders = read_commands(pipe)
    end(processes)
    for plane in planes:
        take_down(plane)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


class Janitor:
    """The run's end of the pipe."""

    def __init__(self):
        starter = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pipe, self.over = starter.stdin, starter.stdout
        starter.wait()  # the janitor itself goes on, without a parent

    def tell(self, *words):
        self.pipe.write(" ".join(map(str, words)) + "\n")
        self.pipe.flush()

    def started(self, pid):
        self.tell("process", pid, start_time(pid))

    def ended(self, pid):
        self.tell("ended", pid)

    def finish(self):
        """Everything is ended and removed when this returns."""
        self.pipe.close()
        self.over.read()


def main():
    if os.fork():
        os._exit(0)
    os.setsid()
    with sys.stdin as pipe:
        serve(pipe)


if __name__ == "__main__":
    main()
