"""Requests to a real API server, without kubectl: for what is asked often, or must be seen exactly as it is answered."""

import http.client
import json
import os
import ssl
import urllib.parse

GROUP = "tflb.dev/v1alpha1"


class ApiServer:
    """plane: the folder that tests/controlplane/up made. One connection per call: the server may be a new one each time."""

    def __init__(self, plane, token="admin-token"):
        with open(os.path.join(plane, "ports"), encoding="ascii") as file:
            self.port = int(file.read().split()[0])
        self.context = ssl.create_default_context(cafile=os.path.join(plane, "ca.crt"))
        self.token = token

    def send(self, method, path, body=None, content_type="application/json", timeout=90):
        """(status, answer as text). body: text, or what becomes JSON."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=timeout)
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        try:
            headers = {"Authorization": "Bearer " + self.token, "Content-Type": content_type}
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def call(self, method, path, body=None, content_type="application/json"):
        """(status, answer as a tree)"""
        status, text = self.send(method, path, body, content_type)
        return status, json.loads(text)


def objects_path(namespace, name=None):
    path = f"/apis/{GROUP}/namespaces/{namespace}/tfloadbalancers"
    return path if name is None else f"{path}/{urllib.parse.quote(name)}"


def events_path(namespace):
    return f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
