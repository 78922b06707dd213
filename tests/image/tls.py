#!/usr/bin/env python3
"""tls.py CONTROLLER: what the controller of a release brings of OpenSSL (deploy/lib/algorithms.c) is what servers of today ask for.

The controller meets one TLS server after another, each of which takes one thing alone: a version, a cipher, a group, a key in its
certificate, a form of the client's key. They must agree each time; with a cipher that is no longer used, they must not."""

import argparse
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile

WAIT = 60  # seconds for a connection: only what never comes is late
ALGORITHMS = {"rsa": ["rsa:2048"], "pss": ["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
              **{f"p{bits}": ["ec", "-pkeyopt", f"ec_paramgen_curve:P-{bits}"] for bits in (256, 384, 521)}, "ed25519": ["ed25519"]}
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
# (what it is about, the server's key, the client's key, version, ciphers of 1.2, group)
AGREED = [
    *((f"1.3, {key}", key, None, V13, None, None) for key in ALGORITHMS),
    *((f"1.2, {key}", key, None, V12, None, None) for key in ALGORITHMS),
    *((cipher, "rsa", None, V12, cipher, None)
      for cipher in ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305", "AES128-GCM-SHA256")),
    *((f"group {group}", "p256", None, V13, None, group) for group in ("X25519", "prime256v1", "secp384r1", "secp521r1")),
    *((f"client's {key}", "p256", key, V13, None, None) for key in ("rsa", "p256", "p384", "ed25519", "rsa-old", "p256-old")),
]
REFUSED = [
    *((cipher, "rsa", None, V12, cipher, None)
      for cipher in ("ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES128-GCM-SHA256")),
]
GONE = ["BF_encrypt", "CAST_encrypt", "DES_encrypt1", "RC2_encrypt", "MD4_Update", "RIPEMD160_Update", "SEED_encrypt", "Camellia_cbc_encrypt",
        "ossl_aria_encrypt", "ossl_sm4_encrypt"]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certify(folder, name):
    """NAME.crt, which is its own authority, NAME.key and, where there is one, the older form of the key in NAME-old.key."""
    openssl("req", "-x509", "-newkey", *ALGORITHMS[name], "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt")
    if name in ("rsa", "p256"):
        openssl("pkey", "-traditional", "-in", f"{folder}/{name}.key", "-out", f"{folder}/{name}-old.key")


def server_context(folder, case):
    _, key, client, version, ciphers, group = case
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/{key}.crt", f"{folder}/{key}.key")
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    if group:
        context.set_ecdh_curve(group)
    if client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{folder}/{client.removesuffix('-old')}.crt")
    return context


def write_kubeconfig(folder, case, port):
    _, key, client, *_ = case
    user = {"token": "a-token"}
    if client:
        user = {"client-certificate": f"{folder}/{client.removesuffix('-old')}.crt", "client-key": f"{folder}/{client}.key"}
    with open(f"{folder}/kubeconfig", "w", encoding="utf-8") as file:
        json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "it",
                   "clusters": [{"name": "it", "cluster": {"server": f"https://localhost:{port}",
                                                           "certificate-authority": f"{folder}/{key}.crt"}}],
                   "users": [{"name": "it", "user": user}],
                   "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}]}, file)


def meet(controller, folder, case):
    """What they agreed on, or why not."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(WAIT)
    write_kubeconfig(folder, case, listening.getsockname()[1])
    with subprocess.Popen([controller, "--kubeconfig", f"{folder}/kubeconfig", "--compute-endpoint", "http://127.0.0.1:9/"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            connection, _ = listening.accept()
            connection.settimeout(WAIT)
            with server_context(folder, case).wrap_socket(connection, server_side=True) as tls:
                asked = tls.recv(100)
                return (tls.version(), *tls.cipher()[:1]) if asked.startswith((b"GET ", b"PRI ")) else asked
        except OSError as error:
            return str(error)
        finally:
            process.kill()
            listening.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("controller")
    controller, bad = os.path.abspath(parser.parse_args().controller), 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ALGORITHMS:
            certify(folder, name)
        for cases, wanted in ((AGREED, tuple), (REFUSED, str)):
            for case in cases:
                answer = meet(controller, folder, case)
                fine = isinstance(answer, wanted)
                bad += not fine
                print("ok  " if fine else "FAIL", case[0], answer, flush=True)
    names = {line.split()[-1] for line in subprocess.check_output(["nm", controller], text=True).splitlines()}
    for name in names.intersection(GONE):
        bad += 1
        print(f"FAIL {name} is in the program")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
