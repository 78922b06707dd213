"""The emulated cloud dies and comes back with the world that it had."""

from cases import case
from harness import until
from test_life import CHAIN


def restart_cloud(stage, emulator, state):
    """SIGKILL, then the next one on the same port."""
    emulator.kill()
    return stage.start_cloud("--state", state, listen=stage.cloud.port)


def kept(stage):
    """Resources as they are read; what a machine is at changes by itself."""
    return {path: body for path, body in stage.cloud.ours().items() if "/instances/" not in path}


@case
def cloud_killed_while_creating(stage):
    """SIGKILL of the emulator again and again in a create: its world goes on, the chain is there once, Ready, and the same later"""
    state = f"{stage.folder}/world"
    emulator = stage.start_cloud("--state", state)
    stage.start_controller()
    stage.create("tf")
    for writes in (2, 2, 1, 1):
        until(f"{writes} writes", 60, lambda least=writes: len(stage.cloud.writes()) >= least, pause=0.002)
        emulator = restart_cloud(stage, emulator, state)
    stage.until_ready("tf", seconds=120)
    assert len(stage.cloud.ours()) == len(CHAIN), sorted(stage.cloud.ours())
    before = kept(stage)
    emulator = restart_cloud(stage, emulator, state)
    after = kept(stage)
    assert after == before, (before, after)
    stage.delete("tf")
    until("two writes", 60, lambda: len(stage.cloud.writes()) >= 2, pause=0.002)
    restart_cloud(stage, emulator, state)
    stage.until_gone("tf", seconds=120)
    assert stage.cloud.ours() == {}, sorted(stage.cloud.ours())
