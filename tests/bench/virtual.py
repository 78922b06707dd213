"""Figures of the whole controller in virtual time, which are the same on every machine."""

import subprocess
import sys


def virtual(build, *arguments):
    """Name -> figure, as bench-cloud prints them."""
    rows = {}
    with subprocess.Popen([f"{build}/tests/bench-cloud", *arguments], stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            name, _, figure = line.rstrip("\n").partition("\t")
            if figure:
                rows[name] = float(figure)
            else:
                print(f"  {name}", flush=True)
    if run.returncode:
        sys.exit("tests/bench: bench-cloud could not finish")
    return rows


def largest_rows(table, rows):
    """Each act beside its bound: one write and one look at its operation for each resource that it concerns; in edits of one
    resource a look at what came of it, too."""
    table.title("the largest example, deploy/examples/vision.yaml")
    for act, name in (("create, until it is as wanted", "create"), ("other weights of a route", "weights"),
                      ("another port of HTTP, by IPv4 and IPv6", "port"), ("other domains of a certificate", "certificate"),
                      ("new machines in each pool", "rollout"), ("delete", "delete")):
        calls, bound = rows[f"large-{name}"], rows[f"large-{name}-bound"]
        table.row(f"calls: {act}", round(calls))
        table.row("  bound: a write and its operation, of each resource", round(bound))
        table.row("  by the bound", calls / bound, 1.10, firm=True)
