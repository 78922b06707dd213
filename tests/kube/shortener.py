"""A proxy before the API server that asks it for shorter watches than its client does. It speaks HTTP/1.1, and requests without a body."""

import contextlib
import re
import socket
import ssl
import threading


class Shortener:
    """Listens at `port` with the API server's own certificate."""

    def __init__(self, plane, seconds):
        self.server, self.seconds, self.watches = plane.api.port, seconds, 0
        self.ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ours.load_cert_chain(f"{plane.folder}/apiserver.crt", f"{plane.folder}/apiserver.key")
        self.theirs = ssl.create_default_context(cafile=f"{plane.folder}/ca.crt")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with contextlib.suppress(OSError), \
                self.ours.wrap_socket(client, server_side=True) as near, \
                self.theirs.wrap_socket(socket.create_connection(("127.0.0.1", self.server)), server_hostname="127.0.0.1") as far:
            answers = threading.Thread(target=self.answers, args=(far, near), daemon=True)
            answers.start()
            try:
                with near.makefile("rb") as lines:
                    while line := lines.readline():
                        far.sendall(self.shorter(line))
            finally:  # closed when the other thread has them no more: their numbers must not be somebody else's meanwhile
                with contextlib.suppress(OSError):
                    far.shutdown(socket.SHUT_RDWR)
                answers.join()

    def shorter(self, line):
        changed, count = re.subn(rb"(?<=[?&]timeoutSeconds=)\d+", b"%d" % self.seconds, line)
        self.watches += count
        return changed

    def answers(self, far, near):
        with contextlib.suppress(OSError):
            while piece := far.recv(65536):
                near.sendall(piece)
            near.shutdown(socket.SHUT_RDWR)

    def finish(self):
        self.listener.close()
