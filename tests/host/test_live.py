"""The book's own container and guest appear in the picture, with their walls, and are gone after.

Others on the machine may run the same: ours are told by what they execute.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from hvlib.host.containers import Container
from hvlib.host.looking import look
from hvlib.host.machines import MIB, Machine
from hvlib.host.walls import Walls
from hvlib.real import container, linux, probe

pytestmark = [pytest.mark.real, pytest.mark.slow]
OURS = "1.1759"
T = TypeVar("T")


def ours() -> tuple[Container, Walls] | None:
    """Our container and its walls."""
    found = (held for held in look().containers if OURS in held[0].leader.arguments)
    return next(found, None)


def seen(ask: Callable[[], T | None], seconds: float = 20.0) -> T:
    """What is seen as soon as it is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := ask()) is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("it runs, and isn't in the picture")


@pytest.mark.skipif(not probe.ask("container").yes, reason=probe.ask("container").why)
def test_the_books_container_is_there_while_it_runs_and_its_walls_stand() -> None:
    command = ["sleep", OURS]
    runner = threading.Thread(target=container.run, args=(command,), kwargs={"memory": 48 * MIB})
    runner.start()
    one, walls = seen(ours)
    said = {fact.says: fact.weight for fact in walls.facts}
    runner.join()
    assert one.maker == "this book"
    assert {"seccomp", "capabilities"} <= set(walls.guards)
    assert "door" not in said.values()
    assert said["No new privileges: set-uid programs give it no more rights."] == "up"
    own = "It has namespaces of its own: pid, net, mnt, ipc, uts, cgroup."
    assert said[own] == "up"
    if one.group:
        assert "At most 48 MiB of memory." in said
    assert ours() is None, "it has ended, and is still in the picture"


@pytest.mark.skipif(not linux.available()[0], reason=linux.available()[1])
def test_a_guest_is_there_while_it_runs() -> None:
    with linux.started("sleep 60", memory=96 * MIB, accelerator="tcg") as guest:
        pid = guest.process.pid

        def found() -> Machine | None:
            return next((one for one in look().machines if one.pid == pid), None)

        machine = seen(found)
        guest.process.kill()
        guest.process.wait()
    assert (machine.vmm, machine.memory, machine.vcpus) == ("QEMU", 96 * MIB, 1)
    assert machine.by == "translation"
    assert found() is None
