"""A container's network is made, measured and gone; the reader's own is never touched."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hvlib.real import netlink, network, probe, syscalls
from hvlib.real.recording import UnavailableError

pytestmark = [pytest.mark.real, pytest.mark.slow]
CAN = probe.ask("network").yes
needs_network = pytest.mark.skipif(not CAN, reason="no network can be made here")
HEADERS = (
    "linux/netlink.h", "linux/rtnetlink.h", "linux/if.h", "linux/if_link.h", "linux/if_addr.h",
    "linux/veth.h", "linux/netfilter.h", "linux/netfilter_ipv4.h", "linux/netfilter/nfnetlink.h",
    "linux/netfilter/nf_tables.h", "linux/in.h",
)  # fmt: skip


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("gcc"), reason="needs gcc and Linux headers"
)
def test_the_numbers_are_those_of_the_headers(tmp_path: Path) -> None:
    kinds = ("NL", "RT", "IF", "VETH_", "NF")
    ours = {n: v for n, v in vars(netlink).items() if n.isupper() and n.startswith(kinds)}
    ours["IP_MTU"] = network.IP_MTU
    lines = ["#include <limits.h>", *(f"#include <{header}>" for header in HEADERS)]
    lines += ["#include <stdio.h>", "int main(void) {"]
    lines += [f'printf("{name} %d\\n", (int)({name}));' for name in ours]
    (tmp_path / "c.c").write_text("\n".join([*lines, "}"]))
    subprocess.run(["gcc", "-o", tmp_path / "c", tmp_path / "c.c"], check=True, timeout=60)
    said = subprocess.run([tmp_path / "c"], capture_output=True, text=True, timeout=10).stdout
    theirs = {name: int(value) for name, value in (line.split() for line in said.splitlines())}
    assert theirs == ours
    assert len(ours) > 40


def test_an_attribute_is_filled_up_to_four_bytes() -> None:
    assert netlink.attribute(3, "eth0") == bytes([9, 0, 3, 0]) + b"eth0\0" + bytes(3)
    assert netlink.in_order(2, -100)[4:] == b"\xff\xff\xff\x9c"


@needs_network
def test_each_further_part_costs_time_and_a_tunnel_costs_bytes() -> None:
    ways = network.network_hops.live(batches=8).summary["ways"]
    took = {name: way["round_trip"] for name, way in ways.items()}
    assert took["loopback"] < took["bridge"]
    assert took["program"] > 1.5 * took["cable"], "a program between is a second trip"
    if "tunnel" in ways:
        assert ways["tunnel"]["mtu"] == ways["bridge"]["mtu"] - 50
        assert took["tunnel"] > took["bridge"]
    if "published" in ways:
        assert took["cable"] < took["published"] < took["program"]


@needs_network
@pytest.mark.skipif(not syscalls.is_root(), reason="already an ordinary user")
def test_an_ordinary_user_can_do_it_too() -> None:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)  # else /proc/self is still root's
            status = 0 if "bridge" in network.measure(5, 1)["mtu"] else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


# ---- Nothing left behind, and nothing touched ----


def of_this_machine() -> dict[str, object]:
    """The reader's own network, and what we could leave: processes and open files."""
    devices = {line.split(":")[0] for line in Path("/proc/net/dev").read_text().splitlines()[2:]}
    forward = Path("/proc/sys/net/ipv4/ip_forward").read_text()
    return {
        "devices": devices,
        "routes": Path("/proc/net/route").read_text(),
        "forwards": forward,
        "processes": laboratories(),
        "files": len(os.listdir("/proc/self/fd")),
    }


def laboratories() -> list[int]:
    """Processes in whose command line this test's mark stands."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path("/proc", name, "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if MARK.encode() in words:
            found.append(int(name))
    return found


MARK = f"hvlib-network-test-{os.getpid()}"


@pytest.fixture
def unchanged() -> Iterator[None]:
    before = of_this_machine()
    yield
    give_up = time.monotonic() + 3
    while of_this_machine() != before and time.monotonic() < give_up:
        time.sleep(0.02)
    assert of_this_machine() == before


def broken_child(at: int, fault: str) -> tuple[str, ...]:
    """A child in which something happens at the request of that number to the kernel."""
    script = f"""
        import os, sys, time
        from hvlib.real import netlink, network
        asked, ask = [], netlink.Netlink.ask
        def broken(self, what, *requests):
            ask(self, what, *requests)
            asked.append(what)
            if len(asked) == {at}:
                {fault}
        netlink.Netlink.ask = broken
        network.main(50, 2)
    """
    return (sys.executable, "-c", textwrap.dedent(script), MARK)


FAULTS = {"fail": "raise OSError('injected')", "die": "os.kill(os.getpid(), 9)"}


def hang(reached: Path) -> str:
    """A fault that lets it hang, and says so with a file."""
    return f"open({str(reached)!r}, 'x').close(), time.sleep(60)"


def wait_for(reached: Path) -> None:
    """Wait until a child hangs."""
    give_up = time.monotonic() + 8
    while not reached.exists():
        assert time.monotonic() < give_up, "the child never came there"
        time.sleep(0.02)


@needs_network
@pytest.mark.usefixtures("unchanged")
def test_a_run_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "CHILD", broken_child(0, "pass"))
    assert network.network_hops.live(trips=5, batches=1).summary["ways"]


@needs_network
@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("step", [1, 2, 8, 20])
@pytest.mark.parametrize("fault", ["fail", "die"])
def test_a_fault_amid_the_devices_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, step: int, fault: str
) -> None:
    monkeypatch.setattr(network, "CHILD", broken_child(step, FAULTS[fault]))
    with pytest.raises(UnavailableError, match={"fail": "injected", "die": "ended"}[fault]):
        network.network_hops.live(trips=5, batches=1)


@needs_network
@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("step", "way"), [(23, "tunnel"), (27, "published")])
def test_without_a_tunnel_or_nat_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, step: int, way: str
) -> None:
    monkeypatch.setattr(network, "CHILD", broken_child(step, FAULTS["fail"]))
    summary = network.network_hops.live(trips=5, batches=1).summary
    assert summary["missing"] == {way: "injected"}
    assert set(summary["ways"]) == {leg.name for leg in network.LEGS} - {way}


@needs_network
@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("step", [1, 27])
def test_time_and_interrupt_leave_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: int
) -> None:
    reached = tmp_path / "reached"

    def interrupt() -> None:
        wait_for(reached)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(network, "CHILD", broken_child(step, hang(reached)))
    killer = threading.Thread(target=interrupt, daemon=True)
    killer.start()
    with pytest.raises(KeyboardInterrupt):
        network.network_hops.live(trips=5, batches=1)
    killer.join()
    reached.unlink()
    monkeypatch.setattr(network, "SECONDS", 0.8)
    with pytest.raises(UnavailableError, match="in time"):
        network.network_hops.live(trips=5, batches=1)


@needs_network
@pytest.mark.usefixtures("unchanged")
def test_a_killed_caller_takes_it_along(tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    script = f"""
        from hvlib.real import network
        network.CHILD = {broken_child(20, hang(reached))!r}
        network.network_hops.live(trips=5, batches=1)
    """
    caller = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    wait_for(reached)
    caller.kill()
    caller.wait()


@needs_network
def test_it_refuses_to_build_in_the_readers_own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "unshare", lambda _flags: None)
    monkeypatch.setattr(syscalls, "become_root_inside", lambda _flags: None)
    with pytest.raises(OSError, match="own network"):
        network.Net()


def test_what_the_child_can_not_do_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    saying = (sys.executable, "-c", 'print(\'{"error": "why"}\')')
    monkeypatch.setattr(network, "CHILD", saying)
    with pytest.raises(UnavailableError, match="No network can be made: why"):
        network._in_a_child(1, 1)
