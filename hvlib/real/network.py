"""The parts of a container's network, made here and measured one by one. Times in seconds.

Four network namespaces, of which this machine's own is none: one plays another machine
("outside"), one the host, two are containers. A virtual cable leads from outside to the host;
two more lead from the containers to a bridge in the host. All of it lives in a child process and
vanishes with it: the kernel takes a namespace's devices away with its last process.

A socket belongs to the namespace in which it was made, so two processes are enough: one that
asks, and one that answers. Both run on one CPU, so that a round trip is the work that it takes,
and not the time in which a second CPU wakes up.
"""

import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hvlib.real import netlink, supervision, syscalls
from hvlib.real.recording import UnavailableError, experiment
from hvlib.trace import Event, Trace
from hvlib.words import _

CHILD = (sys.executable, "-m", "hvlib.real.network")
PLACES = ("outside", "host", "container 1", "container 2")
PORT = 5000
BYTES = 64  # of a message
BURST = 64  # packets that are sent in a row, before one answer is waited for
ASK, SILENT = b"?", b"."  # what a message begins with that wants an answer, and that does not
TRIES = 8  # of each batch the quickest counts: short enough not to be interrupted
PATIENCE = 2.0  # seconds until a lost message ends the experiment
SECONDS = 20  # that all may take, in the child
MEMORY = 1 << 30  # bytes of addresses of each process
IP_MTU = 14  # linux/in.h: the largest packet on a connected socket's way


@dataclass(frozen=True)
class Leg:
    """A way for a packet. start: who asks; end: who answers; address: whom the asker sends to.

    program: in the host stands one that hands all on.
    """

    name: str
    start: str
    end: str
    address: str
    program: bool = False


LEGS = (
    Leg("loopback", "host", "host", "127.0.0.1"),
    Leg("cable", "outside", "host", "10.0.1.1"),
    Leg("bridge", "container 2", "container 1", "10.0.0.2"),
    Leg("tunnel", "container 2", "container 1", "10.0.2.2"),
    Leg("program", "outside", "container 1", "10.0.1.1", program=True),
    Leg("published", "outside", "container 1", "10.0.1.1"),
)


@experiment(needs=("network",), trips=(1, 10_000), batches=(1, 100))
def network_hops(trips: int = 50, batches: int = 8) -> Trace:
    """Round trips of a small message by six ways, from loopback to a published port.

    Ways: "loopback" inside the host; "cable", from outside to the host; "bridge", from container
    to container; "tunnel", the same inside VXLAN; "program", from outside to a container by a
    program in the host that hands each packet on; "published", by the kernel's own change of the
    address (DNAT). Events "batch" of each, with ``round_trip`` and ``packet``, the time of a
    packet in a burst of 64, both ends together: each of the quickest of some tries. summary:
    ``ways`` with the quickest of each and its ``mtu``, and ``missing``: why a way is not there.
    """
    found = _in_a_child(trips, batches)
    events = [Event(at, "batch", name, took, detail) for at, took, detail, name in found["batches"]]
    ways = {}
    for name, mtu in found["mtu"].items():
        seen = [event.detail for event in events if event.actor == name]
        both = ("round_trip", "packet")  # of the quickest batch: other work can only add
        ways[name] = {key: min(batch[key] for batch in seen) for key in both}
        ways[name]["mtu"] = mtu
    summary = {"ways": ways, "missing": found["missing"]}
    return Trace(_("A container’s network"), tuple(events), "measured", summary=summary)


def _in_a_child(trips: int, batches: int) -> dict[str, Any]:
    """Run :func:`measure` in a process that ends with us. Raises UnavailableError."""
    try:
        said = supervision.told_by([*CHILD, str(trips), str(batches)], SECONDS)
        found: dict[str, Any] = json.loads(said)
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(_("The network’s experiment did not end in time.")) from error
    except (ValueError, OSError) as error:
        raise UnavailableError(_("The network’s experiment was ended.")) from error
    if "error" in found:
        raise UnavailableError(_("No network can be made: {why}.").format(why=found["error"]))
    return found


# --- in the child: namespaces and devices ---------------------------------------------------


class Net:
    """Namespaces for PLACES, joined by cables and a bridge. Raises OSError where it can't be."""

    def __init__(self) -> None:
        before = os.readlink("/proc/self/ns/net")
        leave = syscalls.unshare if syscalls.is_root() else syscalls.become_root_inside
        self.files: dict[str, int] = {}
        for place in PLACES:
            leave(syscalls.CLONE_NEWNET)
            leave = syscalls.unshare  # the user namespace is there by now, if one was needed
            if os.readlink("/proc/self/ns/net") == before:
                raise OSError(_("this machine’s own network can't be left"))
            self.files[place] = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    @contextlib.contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Be in the namespace of a place, and afterwards in that of the host."""
        try:
            syscalls.enter_namespace(self.files[place], syscalls.CLONE_NEWNET)
            yield
        finally:
            syscalls.enter_namespace(self.files["host"], syscalls.CLONE_NEWNET)

    def build(self) -> None:
        """Cables, bridge and addresses, as Docker makes them for two containers."""
        with self.at("host"), netlink.Devices() as host:
            host.set_up("lo")
            host.add("bridge0", "bridge")
            host.set_up("bridge0", "10.0.0.1")
            for number in (1, 2):
                host.add_veth(f"veth{number}", "eth0", self.files[f"container {number}"])
                host.plug(f"veth{number}", "bridge0")
                host.set_up(f"veth{number}")
            host.add_veth("eth0", "eth0", self.files["outside"])
            host.set_up("eth0", "10.0.1.1")
        addresses = {"outside": "10.0.1.2", "container 1": "10.0.0.2", "container 2": "10.0.0.3"}
        for place, address in addresses.items():
            with self.at(place), netlink.Devices() as there:
                there.set_up("eth0", address)
        with self.at("container 1"), netlink.Devices() as container:
            container.route("10.0.0.1")

    def add_tunnel(self) -> None:
        """A VXLAN from container to container, as if each were on a host of its own."""
        for place, mine, other in (("container 1", 2, 3), ("container 2", 3, 2)):
            with self.at(place), netlink.Devices() as there:
                there.add_vxlan("vxlan0", "eth0", f"10.0.0.{other}")
                there.set_up("vxlan0", f"10.0.2.{mine}")

    def add_nat(self) -> None:
        """The host forwards, and what comes to it goes on to container 1."""
        with self.at("host"):
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
            netlink.publish("10.0.0.2")

    def socket(self, place: str, address: str = "0.0.0.0", port: int = 0) -> socket.socket:
        """A socket for UDP in a place."""
        with self.at(place):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address, port))
        return made


# --- in the child: asking and answering -----------------------------------------------------


def answer(line: socket.socket) -> None:
    """The life of a server: send back what wants an answer."""
    while True:
        message, whose = line.recvfrom(BYTES)
        if message.startswith(ASK):
            line.sendto(message, whose)


def hand_on(front: socket.socket, back: socket.socket) -> None:
    """The life of a program between: packets go on, and answers come back."""
    while True:
        message, whose = front.recvfrom(BYTES)
        back.send(message)
        if message.startswith(ASK):
            front.sendto(back.recv(BYTES), whose)


def serve(net: Net, leg: Leg, undo: contextlib.ExitStack) -> socket.socket:
    """A socket at the leg's start; somebody answers at its end, until the stack is undone."""
    port = PORT + LEGS.index(leg)
    server = undo.enter_context(net.socket(leg.end, port=port))
    _start(undo, functools.partial(answer, server))
    if leg.program:
        front = undo.enter_context(net.socket("host", leg.address, port))
        back = undo.enter_context(net.socket("host"))
        back.connect(("10.0.0.2", port))
        _start(undo, functools.partial(hand_on, front, back))
    client = undo.enter_context(net.socket(leg.start))
    client.settimeout(PATIENCE)
    client.connect((leg.address, port))
    return client


def _start(undo: contextlib.ExitStack, work: Callable[[], object]) -> None:
    """Fork a process that works until the stack is undone, or until we are dead."""
    us = os.getpid()

    def life() -> None:
        syscalls.die_with_parent()
        if os.getppid() == us:
            work()

    undo.callback(supervision.end, supervision.fork(life))


def round_trips(client: socket.socket, number: int) -> float:
    """Seconds of a round trip, one after the other."""
    ask, start = ASK.ljust(BYTES), time.perf_counter()
    for _trip in range(number):
        client.send(ask)
        client.recv(BYTES)
    return (time.perf_counter() - start) / number


def burst(client: socket.socket) -> float:
    """Seconds that a packet takes, both ends together, where many go in a row."""
    silent, start = SILENT.ljust(BYTES), time.perf_counter()
    for _packet in range(BURST - 1):
        client.send(silent)
    round_trips(client, 1)
    return (time.perf_counter() - start) / BURST


def measure(trips: int, batches: int) -> dict[str, Any]:
    """All legs that can be made here, batch by batch. Raises OSError if not even a bridge can.

    The legs take turns, so that other work on the machine meets them all. NAT comes last: a host
    with such a rule looks at all that it receives.
    """
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    net = Net()
    net.build()
    found: dict[str, Any] = {"batches": [], "mtu": {}, "missing": {}}
    began = time.perf_counter()
    for legs in (LEGS[:-1], LEGS[-1:]):
        with contextlib.ExitStack() as undo:
            clients = _clients(net, legs, undo, found["missing"])
            for name, client in clients.items():
                round_trips(client, trips)  # finds addresses, fills caches
                found["mtu"][name] = client.getsockopt(socket.IPPROTO_IP, IP_MTU)
            for name, client in batches * list(clients.items()):
                found["batches"].append((*_batch(client, trips, began), name))
    return found


def _clients(
    net: Net, legs: Sequence[Leg], undo: contextlib.ExitStack, missing: dict[str, str]
) -> dict[str, socket.socket]:
    """A socket at the start of each leg that can be made; of the others ``missing`` says why."""
    further = {"tunnel": net.add_tunnel, "published": net.add_nat}
    clients = {}
    for leg in legs:
        if why := _tried(further.get(leg.name)):
            missing[leg.name] = why
        else:
            clients[leg.name] = serve(net, leg, undo)
    return clients


def _batch(
    client: socket.socket, trips: int, began: float
) -> tuple[float, float, dict[str, float]]:
    """When a batch began, how long it took, and what its quickest tries were."""
    at = time.perf_counter() - began
    trip = min(round_trips(client, trips) for _try in range(TRIES))
    packet = min(burst(client) for _try in range(TRIES))
    took = time.perf_counter() - began - at
    return at, took, {"round_trip": trip, "packet": packet}


def _tried(step: Callable[[], None] | None) -> str:
    """Take a further step, if there is one; why it can't be, or nothing."""
    try:
        if step:
            step()
    except OSError as error:
        return str(error)
    return ""


def main(trips: int, batches: int) -> None:
    """The child's life: measure and say so."""
    syscalls.die_with_parent()
    syscalls.set_limit("AS", MEMORY)
    syscalls.set_limit("CPU", SECONDS)
    try:
        found = measure(trips, batches)
    except OSError as error:
        found = {"error": str(error)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
