"""The cloud by HTTP/2, as Google serves it: nghttpx in front of the emulator, with TLS, GOAWAY and resets."""

from cases import case
from harness import until
from proxy import Proxy, sockets
from test_life import CHAIN, is_serving

SIZES = (2, 4, 3)


def start(stage):
    """The controller, and the proxy between it and the emulator."""
    stage.start_cloud()
    proxy = Proxy(stage, f"127.0.0.1,{stage.cloud.port}", stage.plane.folder)
    token = f"{stage.folder}/token"
    with open(token, "w", encoding="ascii") as file:
        file.write("of-the-proxied-case")
    stage.start_controller("--access-token-file", token, "--project", "my-project",
                           endpoint=f"https://127.0.0.1:{proxy.port}/compute/v1/",
                           environment={"SSL_CERT_FILE": f"{stage.plane.folder}/ca.crt"})
    return proxy


def serving(stage):
    """How many machines do."""
    return sum(is_serving(machine) for machine in stage.cloud.machines())


@case(weight=3)
def cloud_by_http2(stage):
    """many streams on few connections; the server goes away, and connections are reset, while a chain is made, changed and taken down"""
    proxy = start(stage)
    pid = stage.controller.popen.pid
    stage.apply()
    until("the chain has begun", 60, lambda: stage.cloud.ours())
    proxy.go_away()
    most = 0
    for size, harm in zip(SIZES, (proxy.reset, proxy.go_away, proxy.reset)):
        stage.until_ready("tf")
        most = max(most, len(sockets(pid, proxy.port)))
        stage.edit("tf", {"replicas": size})
        harm()
        until(f"{size} machines serve", 90, lambda: serving(stage) == len(stage.cloud.machines()) == size)
    stage.until_ready("tf")
    assert 1 <= most <= 3, f"{most} connections"
    assert len(stage.cloud.ours()) == len(CHAIN), sorted(stage.cloud.ours())
    assert len(stage.cloud.machines()) == SIZES[-1]
    stage.delete("tf")
    until("the end has begun", 60, lambda: len(stage.cloud.ours()) < len(CHAIN))
    proxy.go_away()
    stage.until_gone("tf", seconds=120)
    assert not stage.cloud.ours(), sorted(stage.cloud.ours())
