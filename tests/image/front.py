"""A TLS front for a server that speaks plain HTTP on this machine, as the cloud's own has one."""

import asyncio
import ssl
import subprocess
import threading


def issue(folder, authority, name):
    """A certificate for the name, of the authority whose ca.crt and ca.key are in a folder. (certificate, key)"""
    key, request, certificate = (f"{folder}/{name}.{end}" for end in ("key", "csr", "crt"))
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", request],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", f"{authority}/ca.crt", "-CAkey", f"{authority}/ca.key",
                    "-set_serial", "7", "-days", "2", "-copy_extensions", "copy", "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


async def pour(reader, writer):
    """From one side to the other, until one of them has enough."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


class Front:
    """Listens on a port of its own, from a thread, and passes everything on. connections: how many there were."""

    def __init__(self, certificate, key, behind):
        self.behind, self.port, self.connections = behind, None, 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        listening = threading.Event()
        threading.Thread(target=asyncio.run, args=[self.serve(listening)], daemon=True).start()
        listening.wait(90)

    async def serve(self, listening):
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0, ssl=self.context)
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        await server.serve_forever()

    async def connected(self, reader, writer):
        self.connections += 1
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.behind)
        await asyncio.gather(pour(reader, inner_writer), pour(inner_reader, writer))
