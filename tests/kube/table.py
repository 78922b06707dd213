"""tflb-table at work: what a consumer of our watches knows, and whether that is what there is."""

import json
import os
import signal
import subprocess

from harness import Failure, patience, until

NEVER = ("twice", "back", "unknown", "unreadable")


def watched(stage, kubeconfig, *things):
    """A table that knows what there is."""
    table = Table(stage, kubeconfig, *things)
    table.settle()
    return table


class Table:
    """things: the objects that it watches, each a Things. processes: of the stage, which ends it."""

    def __init__(self, stage, kubeconfig, *things):
        self.things, self.session = things, stage.session
        self.log = f"{stage.folder}/table.{len(stage.processes)}.log"
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen([stage.session.tool("tflb-table"), "--kubeconfig", kubeconfig,
                                           *[each.path for each in things]], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        stage.session.janitor.started(self.popen.pid)
        stage.processes.append(self)

    def ask(self, **question):
        self.popen.stdin.write(json.dumps(question) + "\n")
        self.popen.stdin.flush()
        answer = self.popen.stdout.readline()
        assert answer, f"tflb-table ended instead of answering {question}: {self.popen.wait(patience(10))}"
        try:
            return json.loads(answer)
        except ValueError:
            raise Failure(f"tflb-table answered {question} with {answer[:2000]!r}") from None

    def counts(self):
        return self.ask(table=True)["counts"]

    def get(self, path, times):
        return self.ask(get=path, times=times)

    # --- judging ---

    def differences(self):
        """How what is known differs from a fresh list, in words; empty: it does not."""
        answer = self.ask(table=True)
        known = answer["objects"]
        if not answer["listed"]:  # what is there may be all there is, and yet not be known to be
            yield "a list is not complete"
        for things in self.things:
            listed, mine = things.listed(), known[things.path]
            for key in sorted({*listed, *mine}):
                seen = (mine[key]["uid"], mine[key]["version"], mine[key]["digest"]) if key in mine else None
                if seen != listed.get(key):
                    yield f"{key}: known {seen}, listed {listed.get(key)}"

    def settle(self, seconds=60, forgiven=()):
        """Until it knows what a fresh list shows; returns the counts. Nothing may have come twice as news. forgiven: of
        NEVER."""
        try:
            until("the table is as a fresh list", seconds, lambda: not any(self.differences()), pause=0.2)
        except Failure as failure:
            raise Failure("\n  ".join([str(failure), *list(self.differences())[:10], str(self.counts())])) from None
        counts = self.counts()
        wrong = {name: counts[name] for name in NEVER if counts[name] and name not in forgiven}
        assert not wrong, counts
        return counts

    def exactly(self, done, before):
        """Each write came once, and nothing was listed since the counts of before."""
        counts = self.settle()
        assert done.unclear == 0, "writes whose outcome nobody knows"
        came = (counts["objects"] - before["objects"], counts["removed"] - before["removed"])
        assert came == (done.upserts, done.deletes), (came, done.upserts, done.deletes, counts)
        assert counts["lists"] == before["lists"], (before, counts)
        return counts

    # --- a process as the stage knows it ---

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def pause(self):
        os.kill(self.popen.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.popen.pid, signal.SIGCONT)

    def stop(self):
        self.go_on()
        self.popen.stdin.close()
        code = self.popen.wait(patience(10))
        self.session.janitor.ended(self.popen.pid)
        assert code == 0, self.text()

    def kill(self):
        self.popen.kill()
        self.popen.wait(patience(5))
        self.session.janitor.ended(self.popen.pid)
