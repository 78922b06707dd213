#!/usr/bin/env python3
"""ready.py ROOT [--build DIR] [--emulator PROGRAM]: the controller runs in the root of its image, and an object becomes Ready.

In a copy of ROOT, as user 65532, with no rights and nothing that it could write to, against a real API server and the emulated
cloud. It learns the addresses of both from a name server, and believes the cloud since the image's file of certificates has
one authority more. Needs root. --emulator: a static qemu for another machine's program. Prints what the controller holds at
rest."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [f"{ROOT}/tests/e2e", f"{ROOT}/tests/bench"]

from front import Front, issue  # noqa: E402
from harness import Session, Stage, kubeconfig_with  # noqa: E402
from meters import memory  # noqa: E402
from names import NameServer  # noqa: E402

USER = 65532
HOST, CLOUD, NAMES = "controlplane.test", "compute.test", "127.0.0.153"
SKIPPED = 77


def furnish(stage, root):
    """What a pod brings: its name server and its configuration, here a kubeconfig that names the server's host."""
    path = kubeconfig_with(stage, "kubeconfig", server=f"https://{HOST}:{stage.plane.api.port}")
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    config["clusters"][0]["cluster"]["tls-server-name"] = "localhost"
    with open(f"{root}/kubeconfig", "w", encoding="utf-8") as file:
        json.dump(config, file)
    with open(f"{root}/etc/resolv.conf", "w", encoding="ascii") as file:
        file.write(f"nameserver {NAMES}\noptions timeout:1 attempts:2\n")
    with open(f"{root}/token", "w", encoding="ascii") as file:
        file.write("a-token\n")
    with open(f"{stage.plane.folder}/ca.crt", encoding="ascii") as file:
        authority = file.read()
    with open(f"{root}/etc/ssl/certs/ca-certificates.crt", "a", encoding="utf-8") as file:
        file.write(authority)


def command(root, emulator):
    """Runs the controller in the root."""
    enter = ["setpriv", "--no-new-privs", "chroot", f"--userspec={USER}:{USER}", "--groups=", root]
    if emulator:
        shutil.copy(emulator, f"{root}/emulator")
        enter.append("/emulator")
    return enter + ["/tflb-controller"]


def play(stage, root):
    names = NameServer(NAMES, [HOST, CLOUD], "127.0.0.1")
    stage.on_shared_plane()
    furnish(stage, root)
    stage.start_cloud()
    front = Front(*issue(stage.folder, stage.plane.folder, CLOUD), stage.cloud.port)
    stage.start_controller("--access-token-file", "/token", "--project", "my-project", kubeconfig="/kubeconfig",
                           endpoint=f"https://{CLOUD}:{front.port}/compute/v1/")
    stage.create("tf")
    stage.until_ready("tf")
    stage.until_settled("tf")
    assert names.asked == {HOST, CLOUD}, names.asked
    assert front.connections, "the cloud was reached another way"
    with open(f"/proc/{stage.controller.popen.pid}/status", encoding="ascii") as file:
        fields = dict(line.rstrip("\n").split(":\t") for line in file)
    assert fields["Uid"].split() == [str(USER)] * 4, fields["Uid"]
    assert int(fields["CapEff"], 16) == 0, fields["CapEff"]
    resident, share, own = memory(stage.controller.popen.pid)
    print(f"an object is Ready; resident {resident:.1f} MB (Pss {share:.1f}, without files {own:.1f})", flush=True)
    assert stage.controller.stop() == 0, "the controller did not end well"
    stage.finish()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("--build", default=os.environ.get("TFLB_BUILD", f"{ROOT}/build"))
    parser.add_argument("--emulator")
    given = parser.parse_args()
    if os.geteuid() != 0:
        print("only root may enter another root: skipped")
        return SKIPPED
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, frame: os._exit(128 + received))
    folder = tempfile.mkdtemp(prefix="tflb-image-")
    root = f"{folder}/root"
    shutil.copytree(given.root, root)
    os.chmod(folder, 0o755)
    session = Session(given.build, command(root, given.emulator))
    session.janitor.tell("folder", folder)
    stage = Stage(session, "image")
    try:
        play(stage, root)
    except Exception:
        print("\n".join(stage.dump()), flush=True)
        raise
    finally:
        session.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
