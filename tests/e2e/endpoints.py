"""A client of the controller's own endpoints: probes, metrics, and the level of its log."""

import http.client
import re

from harness import until

SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


class Endpoints:
    """What one address answers. what: "probes", "metrics" or "probes and metrics", as the controller's log calls it."""

    def __init__(self, controller, what):
        pattern = rf'listening address=(\S*):(\d+) for="?{what}"?\n'
        _, port = until(f"the controller listens for {what}", 10, lambda: controller.says(pattern)).groups()
        self.port = int(port)

    def ask(self, path, method="GET", body=None, accept=None):
        """(status, content type, text)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request(method, path, body, {"Accept": accept} if accept else {})
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type"), response.read().decode()
        finally:
            connection.close()

    def probe(self, path):
        """(status, text)"""
        status, _, text = self.ask(path)
        return status, text

    def scrape(self):
        """(name, labels as a sorted tuple of pairs) -> value"""
        status, _, text = self.ask("/metrics")
        assert status == 200, text
        return samples(text)


def samples(text):
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        key = name, tuple(sorted(LABEL.findall(labels or "")))
        assert key not in found, line
        found[key] = float(value)
    return found


def total(scraped, name, /, **labels):
    """The sum over all samples of that name that have these labels."""
    wanted = set(labels.items())
    return sum(value for (found, has), value in scraped.items() if found == name and wanted <= set(has))
