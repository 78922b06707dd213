"""The server as clients of all manners meet it: odd bytes, many connections, connections that end early."""

import json
import socket
import threading
import unittest

from emulator import Chain, EmulatorTest, GLOBAL, PROJECT, health_check

CHECKS = f"{GLOBAL}/healthChecks"
ZONE_PATH = f"/compute/v1/projects/{PROJECT}/zones/us-central1-a"


class ServerTest(EmulatorTest):
    def talk(self, data):
        """Sends bytes and returns everything that comes back until the server ends the connection."""
        with socket.create_connection(("127.0.0.1", self.emulator.port), timeout=90) as connection:
            connection.sendall(data)
            received = b""
            while more := connection.recv(65536):
                received += more
            return received

    def leave(self, data):
        """Sends bytes and goes away."""
        with socket.create_connection(("127.0.0.1", self.emulator.port), timeout=90) as connection:
            connection.sendall(data)

    def assert_alive(self):
        self.assertEqual(200, self.emulator.send("GET", ZONE_PATH).status)


class Bytes(ServerTest):
    def test_chunked_body(self):
        connection = self.emulator.open()
        self.addCleanup(connection.close)
        text = json.dumps(health_check("tf")).encode()
        connection.request("POST", f"/compute/v1/{CHECKS}", iter([text[:10], text[10:]]),
                           {"Content-Type": "application/json"}, encode_chunked=True)
        response = connection.getresponse()
        self.assertEqual((200, "insert"), (response.status, json.loads(response.read())["operationType"]))

    def test_what_is_no_http(self):
        for data in (b"hello\r\n\r\n", b"GET\r\n\r\n", b"GET " + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"):
            received = self.talk(data)
            self.assertTrue(received == b"" or received.startswith(b"HTTP/1.1 4"), (data[:40], received[:100]))
        for data in (b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                     f"POST /compute/v1/{CHECKS} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{{".encode()):
            self.leave(data)
        self.assert_alive()

    def test_odd_paths(self):
        for path in ("/compute/v1/", "/compute/v1//", "/compute/v1/projects", "/compute/v1/projects//global/urlMaps",
                     "/compute/v1/projects/%00/global/urlMaps", "/compute/v1/projects/my-project/global/urlMaps/%2e%2e",
                     "/compute/v1/projects/my-project/global/urlMaps/%", "/compute/v2/projects/my-project",
                     "/compute/v1/projects/my-project/global/urlMaps/a/b/c/d", "/emulator/v1/", "/%ff%fe", "/batch"):
            answer = self.emulator.send("GET", path)
            self.assertTrue(400 <= answer.status < 500, (path, answer.status))
        self.assert_alive()

    def test_odd_queries(self):
        for query in ("maxResults=%", "filter=%ff", "fields=" + "(" * 500, "fields=" + "a," * 5000,
                      "filter=" + "(" * 500, "&&&=&", "pageToken=" + "A" * 5000):
            answer = self.emulator.send("GET", f"/compute/v1/{CHECKS}?{query}")
            self.assertIn(answer.status, (200, 400), query[:40])
        self.assert_alive()

    def test_odd_bodies(self):
        for body in ("[" * 100_000, "{\"name\":" * 1000, "nul", "\"text\"", "{\"name\":\"\\ud800\"}", "{\"name\":1e999}",
                     "\ufeff{}", "{}" * 2, "{\"name\":\"tf\",}"):
            answer = self.emulator.send("POST", CHECKS, body.encode())
            self.assertEqual(400, answer.status, (body[:40], answer.text))
        for body in (b"\xff\xfe{}", b"{\"name\":\"\xff\"}", b"{\"name\":\"a\x00b\"}", b"\x00"):
            self.assertEqual(400, self.emulator.send("POST", CHECKS, body).status, body)
        self.assert_alive()

    def test_a_body_that_is_too_large(self):
        self.assertEqual(413, self.emulator.send("POST", CHECKS, b" " * (20 << 20)).status)
        self.assert_alive()

    def test_methods(self):
        for method in ("PUT", "PATCH", "DELETE"):
            self.assertIn(self.emulator.send(method, CHECKS).status, (400, 404, 405))
        for method in ("OPTIONS", "BREW"):
            self.assertTrue(400 <= self.emulator.send(method, ZONE_PATH).status < 600)
        self.assert_alive()

    def test_headers(self):
        for path in (ZONE_PATH, f"/compute/v1/{CHECKS}/no"):
            headers = self.emulator.send("GET", path).headers
            self.assertEqual({"Origin", "X-Origin", "Referer"}, set(headers.get_all("Vary")))
            for name, value in (("Server", "ESF"), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "private"),
                                ("X-Frame-Options", "SAMEORIGIN"), ("X-Xss-Protection", "0")):
                self.assertEqual([value], headers.get_all(name))

    def test_old_clients(self):
        received = self.talk(f"GET {ZONE_PATH} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        self.assertTrue(received.startswith(b"HTTP/1."))
        self.assertIn(b" 200 ", received[:20])


class Connections(ServerTest):
    def forever(self):
        """An operation that never ends, as the path of its wait."""
        self.emulator.control("POST", "faults", {"method": "POST", "path": "*/healthChecks", "operation": {"never": True}})
        operation = self.emulator.send("POST", CHECKS, health_check("tf")).body
        return f"{GLOBAL}/operations/{operation['name']}/wait"

    def test_long_polls_stop_nobody(self):
        path = self.forever()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.emulator.send("POST", path).status))
                   for _ in range(100)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            self.assert_alive()
        for thread in threads:
            thread.join()
        self.assertEqual([200] * 100, answers)

    def test_clients_that_leave(self):
        path = self.forever()
        request = f"POST /compute/v1/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
        for _ in range(50):
            connection = socket.create_connection(("127.0.0.1", self.emulator.port), timeout=90)
            connection.sendall(request)
            connection.close()
        self.assert_alive()
        self.assertEqual(200, self.emulator.send("POST", path).status)

    def test_reset_while_somebody_waits(self):
        path = self.forever()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.emulator.send("POST", path).status))
        thread.start()
        self.emulator.until(lambda: any(request["path"].endswith("/wait") for request in self.emulator.control(
            "GET", "requests")["requests"]))
        self.emulator.control("POST", "reset", {})
        thread.join(timeout=90)
        self.assertFalse(thread.is_alive())
        self.assertIn(answers, ([200], [404], [503]))

    def test_pipelined(self):
        one = f"GET {ZONE_PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        last = f"GET {ZONE_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        self.assertEqual(3, self.talk(one + one + last).count(b"HTTP/1.1 200 "))

    def test_many_at_once(self):
        """Twenty clients make, change and delete at once; each sees its own writes."""
        failures = []

        def work(index):
            try:
                path = f"{CHECKS}/tf-{index}"
                for round_ in range(3):
                    self.emulator.make(CHECKS, health_check(f"tf-{index}"))
                    self.emulator.do("PATCH", path, {"checkIntervalSec": 10 + round_})
                    assert self.emulator.get(path)["checkIntervalSec"] == 10 + round_
                    self.emulator.do("DELETE", path)
            except Exception as error:  # reported by the test's own thread
                failures.append(error)
        threads = [threading.Thread(target=work, args=(index,)) for index in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)
        self.assertNotIn("items", self.emulator.get(CHECKS))

    def test_a_long_list(self):
        """More than one answer's worth: pages of the greatest size, each complete."""
        Chain(self.emulator).service()
        waiting = [self.emulator.send("POST", f"{GLOBAL}/urlMaps", {
            "name": f"tf-{index:04}", "defaultService": f"{GLOBAL}/backendServices/tf-service"}).body
            for index in range(520)]
        for operation in waiting:
            self.emulator.finish(operation)
        first = self.emulator.get(f"{GLOBAL}/urlMaps")
        self.assertEqual(500, len(first["items"]))
        second = self.emulator.get(f"{GLOBAL}/urlMaps", pageToken=first["nextPageToken"])
        self.assertEqual([f"tf-{index:04}" for index in range(520)],
                         [item["name"] for item in first["items"] + second["items"]])


if __name__ == "__main__":
    unittest.main()
