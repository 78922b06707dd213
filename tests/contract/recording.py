"""Reads the recordings of tests/data/recorded, and the table of differences."""

import json
import os
import re

from emulator import FORMS, PROJECT

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDED = os.path.join(HERE, "..", "data", "recorded")
BASE = "https://compute.googleapis.com/compute/v1/"
ABSENT = "absent"


class Exchange:
    """One recorded request with its answer, with names in place of the recorder's placeholders."""

    def __init__(self, method, url, body, status, answer):
        self.method = method
        self.url = url
        self.body = body
        self.status = status
        self.answer = answer

    @property
    def path(self):
        """Below /compute/v1/, without the query."""
        return self.url.removeprefix(BASE).partition("?")[0]

    def correct_path(self):
        """The recorder hid names in paths that it kept in answers: the answer says which resource was meant."""
        answer = self.answer if isinstance(self.answer, dict) else {}
        said = answer.get("targetLink") or answer.get("selfLink") or answer.get("error", {}).get("message", "")
        match = re.search(r"(projects/[^']*/)([a-z0-9-]+)(?:'|$)", said)
        if match and self.path.startswith(match[1]) and len(self.path) > len(match[1]):
            verb = self.path.removeprefix(match[1]).partition("/")[2]
            self.url = BASE + match[1] + match[2] + ("/" + verb if verb else "")


def parse_exchange(entry):
    split = re.search(r"^\d{3} [A-Z]", entry, re.M).start()
    request, _, body = entry[:split].partition("\n\n")
    head, _, answer = entry[split:].partition("\n\n")
    method, url = request.splitlines()[0].split(" ")
    exchange = Exchange(method, url, json.loads(body) if body.strip() else None, int(head[:3]),
                        json.loads(answer) if answer.lstrip().startswith("{") else answer)
    if "/operations/" not in url:
        exchange.correct_path()
    return exchange


def fill(text):
    """Names for placeholders: healthCheckID becomes health-check-id. The project's number stays open."""
    def name(match):
        if match[1] == "projectNumber":
            return match[1]
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", match[1]).lower()
    return re.sub(r"\$\{(\w+)\}", name, text.replace("${projectId}", PROJECT))


def read_recording(name, replace):
    with open(os.path.join(RECORDED, name), encoding="utf-8") as file:
        return replace(fill(file.read()))


def load_log(name, replace):
    """The exchanges of a log; replace changes its whole text first."""
    return [parse_exchange(entry.strip("\n")) for entry in read_recording(name, replace).split("\n---\n")
            if entry.strip()]


def load_bodies(name, replace):
    return [entry["response"] for entry in json.loads(read_recording(name, replace))]


def members(value, at=""):
    """{path: scalar} of a tree; places in arrays are written [0], empty containers are kept."""
    if isinstance(value, dict) and value:
        return {path: leaf for name, child in value.items()
                for path, leaf in members(child, f"{at}.{name}" if at else name).items()}
    if isinstance(value, list) and value:
        return {path: leaf for index, child in enumerate(value)
                for path, leaf in members(child, f"{at}[{index}]").items()}
    return {at: value}


def same_in_v1(recorded, value):
    return value == recorded.replace("/compute/beta/", "/compute/v1/")


def numbered(recorded, value):
    return re.fullmatch(re.escape(recorded).replace("projectNumber", "[0-9]+"), value) is not None


def operation_name(recorded, value):
    return re.fullmatch(re.escape(recorded).replace(r"operation\-id", "operation-[0-9a-f-]+"), value) is not None


# What the column "Emulator" may ask for instead of a literal.
RELATED = {"the same in v1": same_in_v1, "the same with a number": numbered, "the same with a name": operation_name}


class Row:
    """One row of the table, its cells as they are written; the last says why."""

    def __init__(self, cells):
        self.cells = cells
        self.used = False

    def matches(self, cell, text):
        """Whether the cell, in which * is any text, is this text."""
        return re.fullmatch(re.escape(self.cells[cell]).replace(r"\*", ".*"), text) is not None

    def allows(self, kind, member, recorded, value):
        """Whether this row of the differences is about this one."""
        if not (self.matches(0, kind) and self.matches(1, member) and self.matches(2, recorded)):
            return False
        form = self.cells[3]
        if value != ABSENT and form in FORMS:
            return FORMS[form](json.loads(value))
        if ABSENT not in (value, recorded) and form in RELATED:
            return RELATED[form](json.loads(recorded), json.loads(value))
        return self.matches(3, value)


class Table:
    """differences.md: each heading begins a section, whose rows are `| cell | ... | why |`."""

    def __init__(self):
        self.sections = {}
        rows = None
        with open(os.path.join(HERE, "differences.md"), encoding="utf-8") as file:
            for line in file:
                if line.startswith("## "):
                    rows = self.sections.setdefault(line[3:].strip(), [])
                elif line.startswith("| `"):
                    cells = [cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
                    assert cells[-1], "a row without a reason: " + line
                    rows.append(Row(cells))

    def find(self, section, text):
        """The row of a section whose first cell is this text, noted as used; None: there is none."""
        for row in self.sections[section]:
            if row.matches(0, text):
                row.used = True
                return row
        return None

    def unexplained(self, kind, recorded, answered):
        """The differences between two trees that no row allows, as sentences."""
        before, after = members(recorded), members(answered)
        left = []
        for member in sorted(before.keys() | after.keys()):
            was = json.dumps(before[member]) if member in before else ABSENT
            value = json.dumps(after[member]) if member in after else ABSENT
            if was == value:
                continue
            row = next((row for row in self.sections["Differences"] if row.allows(kind, member, was, value)), None)
            if row:
                row.used = True
            else:
                left.append(f"{kind} {member}: recorded {was}, emulator {value}")
        return left

    def unused(self):
        return [f"{section}: {' | '.join(row.cells)}" for section, rows in self.sections.items() for row in rows
                if not row.used]
