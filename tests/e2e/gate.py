"""A door between a client and a server that both trust: bytes pass, are held, or meet a cut line, as a case wants. It
reads nothing of what passes, so TLS goes through it."""

import contextlib
import socket
import struct
import threading

PIECE = 65536
AT_ONCE = struct.pack("ii", 1, 0)  # a close that tells the other side by a reset


def end_at_once(connection):
    """It is closed when nobody has it any more: a thread may be sending there, and its number must not be another one's meanwhile."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Gate:
    """Listens at `port` and leads to the port of the server."""

    def __init__(self, server):
        self.server = server
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.state = threading.Condition()
        self.pairs, self.accepted, self.passed = [], 0, 0
        self.limit = None  # bytes towards the client until all is held; None: no limit
        self.open, self.swallows = True, False
        threading.Thread(target=self.accept, daemon=True).start()

    # --- what a case does ---

    def hold_after(self, count):
        """Holds what goes to the client once so many more bytes have passed, until pass_on()."""
        with self.state:
            self.limit = self.passed + count

    def held(self):
        with self.state:
            return self.limit is not None and self.passed >= self.limit

    def pass_on(self):
        with self.state:
            self.limit, self.swallows = None, False
            self.state.notify_all()

    def cut(self):
        """All connections end, at once. Returns how many there were."""
        with self.state:
            pairs, self.pairs = self.pairs, []
            self.state.notify_all()
        for pair in pairs:
            for connection in pair:
                end_at_once(connection)
        return len(pairs)

    def shut(self):
        """No new connection is let in."""
        self.open = False

    def reopen(self):
        self.open = True

    def swallow(self):
        """From now on nothing comes through, and nobody is told."""
        self.swallows = True

    def finish(self):
        self.listener.close()
        self.cut()

    # --- how it does it ---

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server)) if self.open else None
            except ConnectionRefusedError:
                server = None
            except OSError:
                return
            if not server:
                end_at_once(client)
                client.close()
                continue
            self.begin(client, server)
            client = server = None

    def begin(self, client, server):
        pair = (client, server)
        with self.state:
            self.pairs.append(pair)
            self.accepted += 1
        for source, sink, down in ((client, server, False), (server, client, True)):
            threading.Thread(target=self.pump, args=(pair, source, sink, down), daemon=True).start()

    def room(self, pair):
        """How many bytes may go to the client now; waits until it is some. 0: the pair is cut."""
        with self.state:
            while pair in self.pairs and self.limit is not None and self.passed >= self.limit:
                self.state.wait()
            return 0 if pair not in self.pairs else PIECE if self.limit is None else min(PIECE, self.limit - self.passed)

    def pump(self, pair, source, sink, down):
        try:
            while (size := self.room(pair) if down else PIECE) and (piece := source.recv(size)):
                with self.state:
                    self.passed += len(piece) if down else 0
                if not self.swallows:
                    sink.sendall(piece)
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            with self.state:
                if pair in self.pairs:
                    self.pairs.remove(pair)
            for connection in pair:
                end_at_once(connection)


class Tunnel(Gate):
    """An HTTP proxy: whatever it is asked for by CONNECT, it leads to the server. `asked`: what that was."""

    def __init__(self, server):
        self.asked = []
        super().__init__(server)

    def begin(self, client, server):
        head = b""
        while b"\r\n\r\n" not in head and (piece := client.recv(PIECE)):
            head += piece
        self.asked.append(head.partition(b"\r\n")[0].decode())
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        super().begin(client, server)
