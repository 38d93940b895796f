"""A hypervisor put together from a reader's parts, and hvlib's own for what they leave out."""

import mmap
import struct
from collections.abc import Callable, Mapping
from typing import Any

from hvlib.labs.verdict import CannotError, require
from hvlib.real import guests, kvm, probe
from hvlib.real import kvm_constants as k
from hvlib.real.bus import CONSOLE_PORT, DEBUG_PORT
from hvlib.real.experiments import exit_timing
from hvlib.real.recording import badge
from hvlib.words import _


def need_kvm() -> None:
    """Raise CannotError, with a recording of what would be seen, where KVM runs no guest."""
    answer = probe.ask("kvm")
    if not answer.yes:
        seen = exit_timing.stored()
        text = _(
            "This step needs Linux with KVM. {why} Elsewhere, {n} exits were answered at "
            "{each:.0f} µs each. {badge}"
        )
        summary = seen.summary
        micro = summary["per_exit"] * 1e6
        raise CannotError(
            text.format(why=answer.why, n=summary["exits"], each=micro, badge=badge(seen))
        )


class Assembled(kvm.Machine):
    """hvlib's machine with some parts exchanged for the reader's."""

    def __init__(self, parts: Mapping[str, Any], memory: int = 2 * k.MIB) -> None:
        self._parts = parts
        super().__init__(memory)

    def open_kvm(self) -> int:
        part = self._parts.get("open_kvm")
        return self.keep(_number(part())) if part else super().open_kvm()

    def make_vm(self, system: int, size: int, dirty_log: bool) -> tuple[int, mmap.mmap]:
        part = self._parts.get("make_vm")
        if part is None:
            return super().make_vm(system, size, dirty_log)
        return self._both(part(system, size), _("make_vm() should return vm, memory"))

    def make_cpu(self, system: int, vm: int) -> tuple[int, mmap.mmap]:
        part = self._parts.get("make_cpu")
        if part is None:
            return super().make_cpu(system, vm)
        return self._both(part(system, vm), _("make_cpu() should return cpu, page"))

    def _both(self, made: Any, text: str) -> tuple[int, mmap.mmap]:
        require(isinstance(made, tuple) and len(made) == 2, text)
        return self.keep(_number(made[0])), made[1]

    def fill(self, size: int) -> None:
        super().fill(size)
        if "page_tables" in self._parts:
            self.load(bytes(k.TSS - k.PML4), k.PML4)  # no table of ours is left
            for at, entry in self._parts["page_tables"](size).items():
                self.load(struct.pack("<Q", entry), at)

    def special_registers(self, old: bytes) -> bytes:
        made = bytearray(super().special_registers(old))
        if "control_registers" in self._parts:
            values = self._parts["control_registers"]()
            ordered = (values["cr0"], 0, values["cr3"], values["cr4"], 0, values["efer"])
            struct.pack_into("<6Q", made, 8 * k.SEGMENT_SIZE + 32, *ordered)
        return bytes(made)

    def __enter__(self) -> "Assembled":
        return self


def _number(value: Any) -> int:
    """A file descriptor, or what is missing."""
    require(isinstance(value, int) and value >= 0, _("There is no file descriptor yet"))
    return int(value)


def expect_hello(machine: Assembled) -> None:
    machine.load(guests.HELLO.code)
    ending, said = machine.run(2.0), machine.bus.console.text
    text = _("The guest should print 'hello from a guest', but ended by {reason} after {said!r}.")
    require(said == "hello from a guest\n", text.format(reason=ending.reason, said=said))


PARTS = (
    *("Console", "Bus", "DebugPort", "open_kvm", "make_vm", "page_tables", "control_registers"),
    *("make_cpu", "run"),
)


def need_parts(step: int, names: tuple[str, ...], parts: Mapping[str, Any]) -> None:
    """Every part that a step puts together was handed to its check."""
    missing = [name for name in names if name not in parts]
    text = _("Hand all parts to check({step}, ...); missing: {names}.")
    require(not missing, text.format(step=step, names=", ".join(missing)))


def run_assembled(
    code: bytes,
    parts: Mapping[str, Any],
    seconds: float = 2.0,
    prepare: Callable[[Any, Assembled], None] = lambda _bus, _machine: None,
) -> dict[str, Any]:
    """Run a guest on the reader's hypervisor; returns how it ended and what it left behind.

    prepare: is given bus and machine before the guest starts.
    """
    bus, console = parts["Bus"](), parts["Console"]()
    for place in (CONSOLE_PORT, k.MMIO):
        bus.attach(console, place)
    for place in (DEBUG_PORT, k.MMIO + 0x200):
        bus.attach(parts["DebugPort"](), place)
    with Assembled(parts) as machine:
        machine.load(code)
        prepare(bus, machine)
        shared, entries = machine.shared, 0

        def enter() -> None:
            nonlocal entries
            entries += 1
            machine.enter()

        reason = parts["run_for"](seconds, lambda: parts["run"](enter, shared, bus), shared)
        machine.settle()
        memory = bytes(machine.memory[k.USER :])
        return {
            "end": reason,
            "entries": entries,
            "console": console.text,
            "registers": machine.registers,
            "memory": memory,
        }
