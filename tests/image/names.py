"""A name server for a few names, so that a program in a root of its own can be seen to find hosts."""

import socket
import struct
import threading

ADDRESS_RECORD, INTERNET = 1, 1


def question(query):
    """(name, type, the question's bytes) of a DNS query."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    kind, = struct.unpack_from("!H", query, at + 1)
    return ".".join(labels), kind, query[12:at + 5]


class NameServer:
    """Answers on an address of the loopback range, on the port where resolvers ask, from a thread."""

    def __init__(self, listen, names, address):
        """All names have the one address. asked: those that were asked for."""
        self.names, self.address, self.asked = set(names), address, set()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((listen, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(512)
            self.socket.sendto(self.answer(query), client)

    def answer(self, query):
        """The address; no record of another type; and no other name at all."""
        name, kind, asked = question(query)
        known = name.lower() in self.names
        self.asked.add(name.lower())
        record = b""
        if known and kind == ADDRESS_RECORD:
            record = struct.pack("!HHHIH", 0xC00C, ADDRESS_RECORD, INTERNET, 60, 4) + socket.inet_aton(self.address)
        code = 0 if known else 3
        return query[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, bool(record), 0, 0) + asked + record
