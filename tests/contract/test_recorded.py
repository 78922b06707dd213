"""Recorded traffic of the real service, replayed: every answer is compared member by member with what was recorded."""

import copy
import unittest

from emulator import Emulator, EmulatorTest, GLOBAL, backend_service, health_check, template, url_map
from recording import Table, load_bodies, load_log

LOGS = ("urlmap-globalcomputeurlmap.log", "urlmap-globalcomputeurlmapadditive.log", "forwardingrule-tcp.log")


class Replay:
    """One log, replayed against a fresh emulator."""

    def __init__(self, emulator, table):
        self.emulator = emulator
        self.table = table
        self.operations = {}    # (target, type) -> operation
        self.pending = []
        self.seen = {}          # path -> last body read
        self.address = None

    def rewrite(self, exchange):
        """The request body as this emulator can take it."""
        body = copy.deepcopy(exchange.body)
        if not body:
            return body
        read = self.seen.get(exchange.path.removesuffix("/setLabels"), {})
        for member in list(body):
            if not self.table.find("Replaced in requests", member):
                continue
            if member == "IPAddress":
                body[member] = self.address
            elif member in ("fingerprint", "labelFingerprint"):
                body[member] = read[member]
            elif member == "proxyHeader":
                body = {"name": body["name"], "description": body["description"],
                        "urlMap": f"{GLOBAL}/urlMaps/stand-in"}
        return body

    def note(self, exchange, answer):
        """Remembers what later requests need."""
        if exchange.status != 200:
            return
        if answer["kind"] == "compute#operation":
            self.operations[answer["targetLink"], answer["operationType"]] = answer
            self.pending.append(answer)
        else:
            self.seen[exchange.path] = answer
            self.address = answer.get("address", self.address)

    def send(self, exchange):
        if "/operations/" in exchange.path:
            wanted = exchange.answer["targetLink"], exchange.answer["operationType"]
            self.emulator.finish(self.operations[wanted])
            path = self.operations[wanted]["selfLink"].partition("/compute/v1/")[2]
            return self.emulator.send("GET", path)
        if exchange.method != "GET" and exchange.status == 200:  # it was accepted: what it needs had ended
            for operation in self.pending:
                self.emulator.finish(operation)
            self.pending = []
        answer = self.emulator.send(exchange.method, exchange.path, self.rewrite(exchange))
        self.note(exchange, answer.body)
        return answer

    def compare(self, exchange):
        """The unexplained differences of one exchange, as sentences."""
        where = f"{exchange.method} {exchange.path}"
        answer = self.send(exchange)
        if answer.status != exchange.status:
            return [f"{where}: recorded {exchange.status}, emulator {answer.status} {answer.text}"]
        kind = exchange.answer.get("kind", "error")
        if self.table.find("Not compared", kind):
            return []
        return [f"{where}: {left}" for left in self.table.unexplained(kind, exchange.answer, answer.body)]


class RecordedTest(EmulatorTest):
    maxDiff = None
    speed = 25  # slow enough to read resources while their deletion runs, as the recordings do

    def prepare(self):
        """What the stand-ins refer to."""
        self.emulator.control("POST", "reset", {})
        self.emulator.make(f"{GLOBAL}/healthChecks", health_check("stand-in"))
        self.emulator.make(f"{GLOBAL}/backendServices", backend_service("stand-in", "stand-in"))
        self.emulator.make(f"{GLOBAL}/urlMaps", url_map("stand-in", "stand-in"))

    def replace(self, text):
        for row in self.table.sections["Replaced in recordings"]:
            row.used = row.used or row.cells[0] in text
            text = text.replace(row.cells[0], row.cells[1])
        return text

    def replay(self, name):
        self.prepare()
        replay = Replay(self.emulator, self.table)
        left = []
        exchanges = load_log(name, self.replace)
        for exchange in exchanges:
            if not self.table.find("Not replayed", f"{exchange.method} {exchange.url}"):
                left += replay.compare(exchange)
        self.assertGreater(len(replay.operations), 5)
        self.assertEqual([], left)

    @staticmethod
    def make_group(emulator, body):
        """Makes a group as the recorded one was made, and returns it at rest."""
        for link in {version["instanceTemplate"] for version in body["versions"]}:
            emulator.make(f"{GLOBAL}/instanceTemplates", template(link.rpartition("/")[2]))
        settable = ("name", "baseInstanceName", "instanceTemplate", "targetSize", "listManagedInstancesResults",
                    "instanceLifecyclePolicy", "updatePolicy")
        wanted = copy.deepcopy({member: body[member] for member in settable})
        del wanted["updatePolicy"]["minReadySec"]
        emulator.make(f"{body['zone'].partition('/v1/')[2]}/instanceGroupManagers", wanted)
        return emulator.stable(body["name"])

    def compare_groups(self):
        emulator = Emulator(speed=500)
        self.addCleanup(emulator.stop)
        left = []
        for body in load_bodies("instancegroupmanager-get.json", self.replace):
            emulator.control("POST", "reset", {})
            left += self.table.unexplained(body["kind"], body, self.make_group(emulator, body))
        self.assertEqual([], left)

    def test_recordings(self):
        self.table = Table()
        for name in LOGS:
            with self.subTest(name):
                self.replay(name)
        with self.subTest("instancegroupmanager-get.json"):
            self.compare_groups()
        with self.subTest("rows of differences.md that nothing needs"):
            self.assertEqual([], self.table.unused())


if __name__ == "__main__":
    unittest.main()
