"""nghttpx, a real HTTP/2 proxy, in front of what speaks to us, and a process' connections."""

import contextlib
import os
import random
import shutil
import signal
import socket

from harness import Failure, Skipped, until


def lasting_port():
    """A free one below the range that the system gives to clients, so that it is still free after a restart."""
    while True:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", random.randrange(20000, 32000))) as free:
            return free.getsockname()[1]


class Proxy:
    """nghttpx, which speaks HTTP/2 to us whatever is behind it."""

    def __init__(self, stage, backend, certificates, *flags):
        program = shutil.which("nghttpx")
        if not program:
            raise Skipped("nghttpx is not installed: apt-get install nghttp2-proxy")
        self.port = lasting_port()
        self.stage = stage
        self.command = [program, f"--frontend=127.0.0.1,{self.port}", f"--backend={backend}", "--single-thread",
                        "--no-ocsp", "--conf=/dev/null", f"--errorlog-file={stage.folder}/nghttpx.log", *flags,
                        f"{certificates}/apiserver.key", f"{certificates}/apiserver.crt"]
        self.start()

    def start(self):
        self.process = self.stage.run(*self.command)
        until("the proxy listens", 10, self.listens)

    def listens(self):
        if self.process.popen.poll() is not None:
            raise Failure("nghttpx ended: " + self.process.text())
        return self.accepts()

    def accepts(self):
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def go_away(self):
        """GOAWAY on every connection; what is asked already is answered. Another one takes its place."""
        self.process.signal(signal.SIGQUIT)
        until("its port is free", 10, lambda: not self.accepts())
        self.start()

    def reset(self):
        """Every connection ends, without a word."""
        self.process.kill()
        self.start()


def sockets(pid, to=None):
    """Of a process: the local ports of its connections. to: only of those to that port."""
    links = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            pass  # closed since
    ports = set()
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in list(file)[1:]:
            fields = line.split()
            ours = f"socket:[{fields[9]}]" in links and fields[3] == "01"
            if ours and (to is None or int(fields[2].split(":")[1], 16) == to):
                ports.add(int(fields[1].split(":")[1], 16))
    return ports
