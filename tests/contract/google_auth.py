"""Google's own library google-auth, as gcloud brings it along, with a transport that sends to this machine only."""

import http.client
import importlib
import os
import shutil
import sys
import urllib.parse
import warnings

CONSTANTS = ("https://oauth2.googleapis.com/", "https://iamcredentials.googleapis.com/")


def find():
    """The folder of gcloud's libraries; None when there is none."""
    gcloud = shutil.which("gcloud")
    folder = os.path.join(os.path.dirname(os.path.realpath(gcloud)), "../lib/third_party") if gcloud else ""
    return folder if os.path.isdir(os.path.join(folder, "google/auth")) else None


def version():
    """Of the library, which is found by import from now on; None when there is none."""
    if not find():
        return None
    if find() not in sys.path:
        sys.path.insert(0, find())
        warnings.simplefilter("ignore")
    return importlib.import_module("google.auth.version").__version__


class Response:
    """What google-auth wants to know of an answer."""

    def __init__(self, answer):
        self.status, self.headers, self.data = answer.status, answer.headers, answer.read()


class Transport:
    """Sends what google-auth asks for. Hosts that it takes whatever the file says are at `base`; the others are in the file, and
    must be this machine."""

    def __init__(self, base):
        self.base = base

    def __call__(self, url, method="GET", body=None, headers=None, timeout=None, **_):
        for constant in CONSTANTS:
            if url.startswith(constant):
                url = f"{self.base}/{url.removeprefix(constant)}"
        parts = urllib.parse.urlsplit(url)
        assert parts.hostname == "127.0.0.1", f"{url} is not on this machine"
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout or 20)
        try:
            connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers or {})
            return Response(connection.getresponse())
        finally:
            connection.close()


def metadata_token(host, base):
    """The token that the library gets from the metadata server at host, when it has found it there."""
    os.environ.update({"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host})
    from google.auth.compute_engine import _metadata, credentials  # pylint: disable=import-outside-toplevel
    importlib.reload(_metadata)  # it reads the environment once
    transport = Transport(base)
    assert _metadata.is_on_gce(transport) and _metadata.get_project_id(transport) == "my-project"
    found = credentials.Credentials(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    found.refresh(transport)
    return found.token


def read_project(path, base):
    """The file's credentials, loaded and used for one call as google.auth.default() would have it. Returns its status."""
    from google.auth import _default, credentials  # pylint: disable=import-outside-toplevel
    transport = Transport(base)
    loaded, _ = _default.load_credentials_from_file(path, request=transport)
    loaded = credentials.with_scopes_if_required(loaded, ["https://www.googleapis.com/auth/cloud-platform"])
    url, headers = f"{base}/compute/v1/projects/my-project?prettyPrint=false", {}
    loaded.before_request(transport, "GET", url, headers)
    return transport(url, headers=headers).status
