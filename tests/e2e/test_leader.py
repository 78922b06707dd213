"""Several replicas and one Lease: ours among themselves, and ours with one of client-go."""

import os
import signal
import time

from cases import case
from harness import go_program, until

# A fifth of what is usual. How long a hand-over takes is the simulation's to tell.
TERMS = {"lease-duration": "3s", "renew-deadline": "2s", "retry-period": "400ms"}


def lease(stage):
    """(holder, transitions); the holder is None when there is no Lease."""
    status, answer = stage.plane.api.call(
        "GET", f"/apis/coordination.k8s.io/v1/namespaces/{stage.namespace}/leases/tflb-controller")
    spec = answer.get("spec", {}) if status == 200 else {}
    return spec.get("holderIdentity"), spec.get("leaseTransitions")


def start_replica(stage):
    flags = [text for name, value in TERMS.items() for text in (f"--leader-elect-{name}", value)]
    return stage.start_controller("--leader-elect", "--leader-elect-resource-namespace", stage.namespace, *flags)


def start_client_go(stage, identity):
    flags = [f"--{name}={value}" for name, value in TERMS.items()]
    return stage.run(go_program("tests/e2e/leader"), f"--kubeconfig={stage.plane.kubeconfig}",
                     f"--namespace={stage.namespace}", f"--identity={identity}", *flags)


def leads(process):
    return process.says(r"this replica leads|(?m:^leading$)")


def until_leads(process):
    until("it leads", 10, lambda: leads(process), pause=0.02)


def two(stage):
    """(the one that leads, the one that follows)"""
    stage.start_cloud()
    first = start_replica(stage)
    until_leads(first)
    second = start_replica(stage)
    until("the other one follows", 10, lambda: second.says("another replica leads"))
    return first, second


def one_chain(stage, name):
    stage.until_ready(name)
    names = [item for item in stage.cloud.ours() if f"-{name}-" in item]
    assert len(names) == len(set(names)) == 10, sorted(names)


@case
def leader_killed(stage):
    """SIGKILL of the leader in the middle of a create: the other one takes over; one chain"""
    first, second = two(stage)
    stage.create("tf")
    until("two writes", 10, lambda: len(stage.cloud.writes()) >= 2, pause=0.002)
    first.kill()
    until_leads(second)
    one_chain(stage, "tf")


@case
def leader_stopped(stage):
    """SIGTERM of the leader in the middle of a create: exit 0, the Lease is given back by then, events tell it; one chain"""
    first, second = two(stage)
    stage.create("tf")
    until("two writes", 10, lambda: len(stage.cloud.writes()) >= 2, pause=0.002)
    holder = lease(stage)[0]
    first.signal(signal.SIGTERM)
    assert first.wait(12) == 0
    assert lease(stage)[0] != holder, lease(stage)
    until_leads(second)
    one_chain(stage, "tf")
    for words in (f"{holder} became leader", f"{holder} stopped leading", f"{lease(stage)[0]} became leader"):
        until(f"kubectl describe tells: {words}", 20, lambda words=words: words in stage.kubectl("describe", "lease/tflb-controller"))
    assert second.stop() == 0
    assert lease(stage)[0] in ("", None), lease(stage)


@case
def leader_frozen(stage):
    """SIGSTOP of the leader and SIGCONT: it writes nothing more and ends with 1; one chain, nothing done twice"""
    first, second = two(stage)
    stage.create("tf")
    until("two writes", 10, lambda: len(stage.cloud.writes()) >= 2, pause=0.002)
    first.signal(signal.SIGSTOP)
    until_leads(second)
    stage.until_ready("tf")
    calls = len(stage.cloud.writes())
    first.signal(signal.SIGCONT)
    assert first.wait(5) == 1
    assert first.says("the lease is lost"), first.text()
    one_chain(stage, "tf")
    assert len(stage.cloud.writes()) == calls, stage.cloud.writes()[calls:]


def started_into_silence(stage, name):
    """A controller with a status on its way to an API server that hangs."""
    stage.start_controller()
    stage.create(name)
    writes = len(stage.cloud.writes())
    until("a write", 20, lambda: len(stage.cloud.writes()) > writes, pause=0.002)
    os.kill(stage.plane.pid(), signal.SIGSTOP)
    time.sleep(5)  # meanwhile the chain is made, and that must be told
    return stage.controller


@case(own_plane=True)
def stopped_in_silence(stage):
    """the API server hangs: SIGTERM ends the controller with 0, not before it has tried; a second one at once, with 1"""
    stage.plane.install()
    stage.make_namespace(stage.namespace)
    stage.start_cloud()
    controller = started_into_silence(stage, "once")
    began = time.monotonic()
    controller.signal(signal.SIGTERM)
    code, took = controller.wait(12), time.monotonic() - began
    assert code == 0 and took > 5, f"exit {code} after {took:.1f} s"
    os.kill(stage.plane.pid(), signal.SIGCONT)

    controller = started_into_silence(stage, "twice")
    controller.signal(signal.SIGTERM)
    time.sleep(1)
    controller.signal(signal.SIGTERM)
    assert controller.wait(1) == 1
    os.kill(stage.plane.pid(), signal.SIGCONT)


@case
def leader_of_client_go(stage):
    """one of client-go and ours exclude each other on one Lease, whoever comes first and however it ends"""
    stage.start_cloud()
    theirs = start_client_go(stage, "theirs-1")
    until_leads(theirs)
    ours = start_replica(stage)
    until("ours follows", 10, lambda: ours.says("another replica leads.*theirs-1"))
    time.sleep(4)  # longer than the Lease lasts
    assert not leads(ours) and lease(stage) == ("theirs-1", 0), lease(stage)
    theirs.stop()
    until_leads(ours)
    holder, transitions = lease(stage)
    assert transitions == 1, (holder, transitions)

    theirs = start_client_go(stage, "theirs-2")
    until("theirs follows", 10, lambda: theirs.says(f"leader is {holder}"))
    time.sleep(4)
    assert not leads(theirs) and lease(stage) == (holder, 1), lease(stage)
    assert ours.stop() == 0
    until_leads(theirs)
    assert lease(stage) == ("theirs-2", 2), lease(stage)

    ours = start_replica(stage)
    until("ours follows", 10, lambda: ours.says("another replica leads.*theirs-2"))
    theirs.kill()
    until_leads(ours)
    theirs = start_client_go(stage, "theirs-3")
    until("theirs follows", 10, lambda: theirs.says("leader is "))
    ours.signal(signal.SIGSTOP)
    until_leads(theirs)
    ours.signal(signal.SIGCONT)
    assert ours.wait(5) == 1
    assert lease(stage) == ("theirs-3", 4), lease(stage)
