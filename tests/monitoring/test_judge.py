#!/usr/bin/env python3
"""The judge, judged: a small world of one's own is right, and every single thing that is made wrong in it is noticed."""

import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

SERIES = """# Series

| series | type | labels | HELP |
|---|---|---|---|
| `tflb_done_total` | counter | `way`* | things done: `fast`, `slow` |
| `tflb_wait_seconds` | histogram | | time a thing waits |
| `tflb_age_seconds` † | gauge | `project` | time since the last look |
| `tflb_last_event_timestamp_seconds` | gauge | | Unix time of the last event |
| `process_start_time_seconds` | gauge | | Unix time when the process started |
"""

ALERTS = """groups:
- name: all
  rules:
  - alert: Old
    expr: max by (project) (tflb_age_seconds) > 100
    for: 30s
    labels: {severity: warning}
    annotations:
      summary: "{{ $labels.project }} is {{ $value }} s old"
      description: Look at it.
  - alert: Silent
    expr: time() - tflb_last_event_timestamp_seconds > 300
    labels: {severity: info}
    annotations: {summary: Silent, description: Look at it.}
"""

ALERT_TESTS = """rule_files: [alerts.yaml]
evaluation_interval: 30s
tests:
- name: one grows old
  interval: 30s
  input_series:
  - series: 'tflb_age_seconds{job="j", project="p"}'
    values: '0x3 200x9'
  - series: 'tflb_last_event_timestamp_seconds{job="j"}'
    values: '0x30'
  alert_rule_test:
  - {eval_time: 2m, alertname: Old, exp_alerts: []}
  - {eval_time: 2m, alertname: Silent, exp_alerts: []}
  - eval_time: 3m
    alertname: Old
    exp_alerts:
    - exp_labels: {project: p, severity: warning}
      exp_annotations: {summary: p is 200 s old, description: Look at it.}
  - eval_time: 6m
    alertname: Silent
    exp_alerts:
    - exp_labels: {job: j, severity: info}
      exp_annotations: {summary: Silent, description: Look at it.}
"""

POD_MONITOR = """apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: m}
spec:
  selector: {matchLabels: {a: b}}
  podMetricsEndpoints: [{port: metrics}]
"""


def panel(number, title, expression, description="What it shows.", legend=""):
    return {"type": "timeseries", "id": number, "title": title, "description": description, "datasource": SOURCE,
            "gridPos": {"x": 8 * number - 8, "y": 0, "w": 8, "h": 8}, "options": {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
                "tooltip": {"mode": "multi", "sort": "desc"}},
            "fieldConfig": {"defaults": {"unit": "none"}, "overrides": []},
            "targets": [{"refId": "A", "datasource": SOURCE, "expr": expression, "legendFormat": legend}]}


def dashboard():
    variables = [{"name": "datasource", "type": "datasource", "query": "prometheus"},
                 {"name": "job", "type": "query", "datasource": SOURCE, "query": "label_values(tflb_age_seconds, job)"}]
    panels = [panel(1, "Done", 'sum by (way) (rate(tflb_done_total{job=~"$job"}[$__rate_interval]))', legend="{{way}}"),
              panel(2, "Wait",
                    'histogram_quantile(0.9, sum by (le) (rate(tflb_wait_seconds_bucket{job=~"$job"}[$__rate_interval])))'),
              panel(3, "Old", 'tflb_age_seconds{job=~"$job"} > 100', "Too old ones. Empty while all is well.", "{{project}}")]
    return json.dumps({"uid": "u", "title": "t", "schemaVersion": 39, "annotations": {"list": []}, "editable": True,
                       "graphTooltip": 0, "templating": {"list": variables}, "panels": panels}, indent=1)


def exposition(second, age, open_metrics):
    """What a controller would answer."""
    base = (lambda name: name.removesuffix("_total")) if open_metrics else (lambda name: name)

    def family(name, kind, text, *samples):
        return [f"# HELP {base(name)} {text}", f"# TYPE {base(name)} {kind}", *samples]
    one = "1.0" if open_metrics else "1"
    lines = family("tflb_done_total", "counter", "things done",
                   f'tflb_done_total{{way="fast"}} {second}', 'tflb_done_total{way="slow"} 0')
    lines += family("tflb_wait_seconds", "histogram", "time a thing waits",
                    f'tflb_wait_seconds_bucket{{le="{one}"}} {second}', f'tflb_wait_seconds_bucket{{le="+Inf"}} {second + 1}',
                    "tflb_wait_seconds_sum 3.5", f"tflb_wait_seconds_count {second + 1}")
    lines += family("tflb_age_seconds", "gauge", "time since the last look", f'tflb_age_seconds{{project="p"}} {age}')
    lines += family("tflb_last_event_timestamp_seconds", "gauge", "Unix time of the last event",
                    "tflb_last_event_timestamp_seconds 999990")
    lines += family("process_start_time_seconds", "gauge", "Unix time when the process started",
                    "process_start_time_seconds 999000")
    return "\n".join(lines + ["# EOF"] * open_metrics) + "\n"


FORMATS = [("txt", "text/plain; version=0.0.4; charset=utf-8"),
           ("om", "application/openmetrics-text; version=1.0.0; charset=utf-8")]


def write_record(folder):
    """A quarter of an hour in which all is well, and some minutes in which something is old."""
    phases = [{"name": "well", "quiet": True, "firing": [], "scrapes": []}, {"name": "ill", "firing": ["Old"], "scrapes": []}]
    for number in range(39):
        scrape = {"instance": "i", "time": 1000000 + 30 * number, "clock": 1000000 + number, "answers": []}
        for ending, content_type in FORMATS:
            scrape["answers"].append({"file": f"{number}.{ending}", "contentType": content_type})
            with open(f"{folder}/{number}.{ending}", "w", encoding="utf-8") as file:
                file.write(exposition(number, 5 if number < 30 else 200, ending == "om"))
        phases[number // 30]["scrapes"].append(scrape)
    with open(f"{folder}/record.json", "w", encoding="utf-8") as file:
        json.dump({"phases": phases}, file, indent=1)


def judge(*words):
    """(exit code, all that it says)"""
    done = subprocess.run([f"{HERE}/judge", *words], stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


# What is made wrong in a file, and what must be said about it.
WRONG_FILES = [
    ("series.md", "| counter |", "| number |", "series.md:5: not"),
    ("dashboard.json", "tflb_done_total{", "tflb_dun_total{", 'panel "Done": there is no series tflb_dun_total'),
    ("dashboard.json", "sum by (way)", "sum by (wey)", "nothing has the label wey"),
    ("dashboard.json", "rate(tflb_done_total", "rrate(tflb_done_total", "unknown function"),
    ("dashboard.json", 'tflb_age_seconds{job=~\\"$job\\"}', "tflb_age_seconds",
     'panel "Old": [__name__="tflb_age_seconds"] lacks job=~"$job"'),
    ("dashboard.json", "$__rate_interval", "$__rate", "there is no variable __rate"),
    ("dashboard.json", "label_values(tflb_age_seconds, job)", "label_values(tflb_age, job)", "there is no series tflb_age"),
    ("dashboard.json", '"uid": "${datasource}"', '"uid": "abc"', "must take its data from ${datasource}"),
    ("dashboard.json", '"tooltip"', '"tooltips"', "panels[0].options.tooltip"),
    ("dashboard.json", '"x": 8,', '"x": 9,', 'lies upon "Wait"'),
    ("dashboard.json", '"schemaVersion": 39', '"schemaVersion": 30', "older than Grafana 11"),
    ("dashboard.json", '"description": "What it shows."', '"description": ""', '"Done" has no description'),
    ("alerts.yaml", "max by (project) (tflb_age_seconds)", "max by (project) (tflb_age)", "alert Old: there is no series tflb_age"),
    ("alerts.yaml", "max by (project)", "max by (projekt)", "nothing has the label projekt"),
    ("alerts.yaml", "severity: warning", "severity: bad", "alert Old: its label severity must be one of"),
    ("alerts.yaml", "      description: Look at it.", "      descr: Look at it.", "alert Old: it has no description"),
    ("alerts.yaml", "for: 30s", "for: 30", "not a valid duration"),
    ("alerts.yaml", "> 100", "> 1000", "test one grows old: Old at 3m"),
    ("alerts.yaml", "for: 30s", "for: 10m", "test one grows old: Old at 3m"),
    ("alerts.yaml", "> 300", "> 30", "test one grows old: Silent at 2m"),
    ("alerts.yaml", "$labels.project", "$labels.projekt", "no entry for key"),
    ("alerts.yaml", "  - alert: Silent", "  - alert: Silence", "there is no alert Silent"),
    ("alerts_test.yaml", "tflb_age_seconds{", "tflb_age{", "test one grows old: there is no series tflb_age"),
    ("alerts_test.yaml", "  - {eval_time: 2m, alertname: Old, exp_alerts: []}\n", "",
     "Old must be seen firing (true) and quiet (false)"),
    ("alerts_test.yaml", "summary: p is 200 s old", "summary: p is old", "test one grows old: Old at 3m"),
    ("prometheusrule.yaml", "> 300", "> 301", "prometheusrule.yaml does not have the rules"),
    ("podmonitor.yaml", "podMetricsEndpoints", "podEndpoints", 'podmonitor.yaml: error unmarshaling JSON'),
]

WRONG_RECORDS = [
    ("38.txt", '{way="slow"} 0', '{way="slow"', "38.txt: "),
    ("38.txt", "# HELP tflb_age_seconds time since the last look\n", "", "38.txt: tflb_age_seconds has no HELP"),
    ("38.txt", "# TYPE tflb_age_seconds gauge\n", "", "38.txt: tflb_age_seconds has no TYPE"),
    ("38.txt", 'way="slow"', 'way="fast"', 'comes twice'),
    ("38.txt", "tflb_wait_seconds_count 39", "tflb_wait_seconds_count 40", "must have rising buckets up to +Inf"),
    ("38.txt", "tflb_wait_seconds_sum 3.5\n", "", "and a _sum"),
    ("38.txt", 'tflb_age_seconds{project="p"} 200', 'tflb_age_seconds{project="p"} 200 1700000000',
     "tflb_age_seconds has a timestamp"),
    ("[0-9].*", 'tflb_done_total{way="slow"} 0\n', "", '{__name__="tflb_done_total", way="slow"} was not there from the'),
    ("38.txt", "things done", "things made", "38.txt: HELP or TYPE of tflb_done_total changed"),
    ("38.om", "# EOF\n", "", "38.om: data does not end with # EOF"),
    ("38.om", "tflb_done_total{", "tflb_done{", "38.om: "),
    ("38.om", "HELP tflb_age_seconds time", "HELP tflb_old_seconds time", "38.om: "),
    ("38.om", 'way="slow"', 'way="slow",more="x"', "is in application/openmetrics-text only"),
    ("37.om", 'tflb_done_total{way="fast"} 37', 'tflb_done_total{way="fast"} 2', "fell from 36 to 2"),
    ("38.txt", "TYPE tflb_age_seconds gauge", "TYPE tflb_age_seconds counter", 'counter metrics should have "_total" suffix'),
    ("record.json", '"firing": [\n    "Old"\n   ]', '"firing": []', "ill: at its end [Old] fire, must be []"),
    ("record.json", '"instance": "i",\n     "time": 1000030', '"instance": "j", "time": 1000000', "2 instances have tflb_age_seconds"),
    ("record.json", '"quiet": true', '"quiet": false', "the record has no quiet phase"),
    ("../series.md", "| `tflb_done_total` | counter |", "| `tflb_done_total` | gauge |",
     "tflb_done_total is a counter, and a gauge in series.md"),
    ("../series.md", "things done", "things made", "HELP of tflb_done_total is"),
    ("../series.md", "| `way`* |", "| `way`*, `more` |", "has the labels [way], and in series.md [more way]"),
    ("../series.md", "| `tflb_age_seconds`", "| `tflb_old_seconds`", "tflb_age_seconds is not in series.md"),
    ("../series.md", "| `tflb_age_seconds`", "| `tflb_old_seconds`", "tflb_old_seconds is in series.md, and was never scraped"),
    ("../dashboard.json", "tflb_done_total{", 'tflb_done_total{way=\\"slaw\\", ', 'tflb_done_total never has way="slaw"'),
    ("../dashboard.json", "> 100", "> 1000", 'panel "Old": nothing was ever there'),
    ("../dashboard.json", " Empty while all is well.", "", 'panel "Old": it is empty while all is well'),
    ("../dashboard.json", "> 100", "> 1", 'panel "Old": it is not empty while all is well'),
    ("../dashboard.json", "{{way}}", "{{code}}", 'panel "Done": its legend names code'),
    ("../dashboard.json", "{{way}}", "", 'panel "Done": several lines, and no legend'),
    ("../dashboard.json", "rate(tflb_done_total", "rate(tflb_age_seconds", "metric might not be a counter"),
    ("../alerts.yaml", "> 100", "> 1", "well: {"),
]


def write(contents):
    for path, content in contents.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)


class Judge(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tflb-judge-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        contents = {"series.md": SERIES, "alerts.yaml": ALERTS, "alerts_test.yaml": ALERT_TESTS, "dashboard.json": dashboard(),
                    "podmonitor.yaml": POD_MONITOR}
        write({f"{cls.folder}/{name}": content for name, content in contents.items()})
        write({f"{cls.folder}/prometheusrule.yaml": judge("manifest", cls.folder)[1]})
        os.mkdir(f"{cls.folder}/record")
        write_record(f"{cls.folder}/record")
        cls.commands = {"files": ("files", cls.folder), "scraped": ("scraped", cls.folder, f"{cls.folder}/record")}

    def test_right(self):
        for command in self.commands.values():
            code, said = judge(*command)
            self.assertEqual(code, 0, said)

    def test_wrong_files(self):
        for name, old, new, words in WRONG_FILES:
            with self.subTest(file=name, old=old, new=new):
                self.noticed("files", f"{self.folder}/{name}", old, new, words)

    def test_wrong_records(self):
        for name, old, new, words in WRONG_RECORDS:
            with self.subTest(file=name, old=old, new=new):
                self.noticed("scraped", f"{self.folder}/record/{name}", old, new, words)

    def noticed(self, command, pattern, old, new, words):
        right = {}
        for path in glob.glob(pattern):
            with open(path, encoding="utf-8") as file:
                right[path] = file.read()
            self.assertIn(old, right[path])
        try:
            write({path: content.replace(old, new, 1) for path, content in right.items()})
            code, said = judge(*self.commands[command])
        finally:
            write(right)
        self.assertEqual(code, 1, said)
        self.assertIn(words, said)


if __name__ == "__main__":
    unittest.main()
