"""Checks of the lab "Build a hypervisor": ``check(3, DebugPort=DebugPort)``.

Each step's check takes the reader's part alone and borrows all others from hvlib, so that
steps can be done in any order. Step 12 puts the reader's parts together and holds the whole against
:class:`hvlib.real.kvm.Machine`; steps 13 to 16 are in :mod:`hvlib.labs.devices`.
"""

import contextlib
import os
import struct
from collections.abc import Callable, Mapping
from typing import Any

from hvlib.labs import devices
from hvlib.labs.assembled import (
    PARTS,
    Assembled,
    expect_hello,
    need_kvm,
    need_parts,
    run_assembled,
)
from hvlib.labs.verdict import MissingError, Verdict, judge, require
from hvlib.real import guests, kvm, probe
from hvlib.real import kvm_constants as k
from hvlib.real.bus import CONSOLE_PORT, DEBUG_PORT, GuestStopped
from hvlib.real.engine import make_machine
from hvlib.words import _

try:
    from fcntl import ioctl as ioctl
except ImportError:  # Windows

    def ioctl(*_arguments: object) -> int:  # type: ignore[no-redef]
        """Not here: commands to KVM need Linux."""
        raise OSError("KVM's commands need Linux")


KICK = kvm.KICK  # the signal that gets a thread out of the guest

ALL_ONES = 0xFF
# mov eax, 42; mov edx, 0xf4; out dx, eax; stay: jmp stay
ENDS_WITH_42 = bytes.fromhex("b82a000000baf4000000efebfe")
GUESTS = (
    guests.HELLO,
    guests.HELLO_MMIO,
    guests.INVALID_INSTRUCTION,
    guests.WILD_WRITE,
    guests.PAGE_TABLE_WRITE,
    guests.PRIVILEGED,
)


def check(step: int, *more: Any, **parts: Any) -> Verdict:
    """Check one step's part, or all parts together in steps 12 and 16. Never raises.

    A part without a keyword is known by the name it was defined with.
    """
    named = {part.__name__: part for part in more}
    return judge(step, lambda: STEPS[step](**named, **parts))


# --- devices and the bus: on whichever engine there is -------------------------------------


class _Forward:
    """A port of the engine's bus that leads to the reader's bus."""

    def __init__(self, bus: Any, place: int) -> None:
        self._bus, self._place = bus, place

    def read(self, size: int) -> int:
        return int(self._bus.read(self._place, size))

    def write(self, value: int, size: int) -> None:
        self._bus.write(self._place, value, size)


class _Ports(dict[int, Any]):
    """Every port of the engine's bus leads to the reader's."""

    def __init__(self, bus: Any) -> None:
        super().__init__()
        self._bus = bus

    def get(self, key: int, default: Any = None) -> Any:
        return _Forward(self._bus, key)


def _run_on(bus: Any, code: bytes) -> Any:
    """Run a guest whose ports lead to the reader's bus; returns its ending."""
    with make_machine() as machine:
        machine.bus.ports = _Ports(bus)
        machine.load(code)
        return machine.run(2.0)


class _Scratch:
    """A device that remembers what was written, and reads as 0x41."""

    def __init__(self) -> None:
        self.written: list[tuple[int, int]] = []

    def read(self, size: int) -> int:
        return 0x41

    def write(self, value: int, size: int) -> None:
        self.written.append((value, size))


class _Log:
    """A bus that remembers what was asked of it, and reads as a different value each time."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def read(self, place: int, size: int) -> int:
        self.asked.append(("read", place, size))
        return 0x11 * len(self.asked)

    def write(self, place: int, value: int, size: int) -> None:
        self.asked.append(("write", place, value, size))
        if place == DEBUG_PORT:
            raise GuestStopped(value)


class _BorrowedBus(_Log):
    """Just enough of a bus for a guest that prints."""

    text = ""

    def write(self, place: int, value: int, size: int) -> None:
        if place in (CONSOLE_PORT, k.MMIO):
            self.text += chr(value & 0xFF)
        super().write(place, value, size)


def _console(Console: Any) -> str:  # noqa: N803  (the reader's class)
    console = Console()
    require(getattr(console, "text", None) == "", _("A new console's text should be empty: ''."))
    for value in (*b"ok ", 0x141):
        console.write(value, 1)
    require(
        console.text != "", _("write() takes a character's number, but text stays empty so far.")
    )
    text = _("After writing o, k, a space and 0x141 the text should be 'ok A', but is {text!r}.")
    require(console.text == "ok A", text.format(text=console.text))
    return _("The console keeps what a guest prints, one byte at a time.")


def _bus(Bus: Any) -> str:  # noqa: N803
    bus, scratch = Bus(), _Scratch()
    bus.attach(scratch, 0x70)
    bus.write(0x70, 7, 2)
    text = _("A write of 7 to the device at port 0x70 should reach it, with its size.")
    require(scratch.written == [(7, 2)], text)
    require(bus.read(0x70, 1) == 0x41, _("A read should return what the device at the port says."))
    bus.write(0x71, 7, 1)
    empty = bus.read(0x71, 1), bus.read(0x71, 2)
    text = _("Where no device is, a read gives all ones: 0xFF for 1 byte, 0xFFFF for 2.")
    require(empty == (ALL_ONES, 0xFFFF), text)
    return _hello_through(bus)


def _hello_through(bus: Any) -> str:
    """Let a guest print on a console of ours at the reader's bus."""
    borrowed = _BorrowedBus()
    bus.attach(_Forward(borrowed, CONSOLE_PORT), CONSOLE_PORT)
    bus.attach(_Forward(borrowed, DEBUG_PORT), DEBUG_PORT)
    _run_on(bus, guests.HELLO.code)
    require(borrowed.text == "hello from a guest\n", _("A guest's line did not reach the console."))
    return _("A guest on a borrowed engine printed {text!r} through your bus.").format(
        text=borrowed.text
    )


def _debug_port(DebugPort: Any) -> str:  # noqa: N803
    with contextlib.suppress(GuestStopped):
        DebugPort().write(3, 4)
        raise MissingError(_("A write should raise GuestStopped, but returned."))
    with make_machine() as machine:
        machine.bus.ports[DEBUG_PORT] = DebugPort()
        machine.load(ENDS_WITH_42)
        ending = machine.run(2.0)
    text = _("A guest wrote 42, but the run ended by {reason} with code {code}.")
    require(
        (ending.reason, ending.code) == ("stopped", 42),
        text.format(reason=ending.reason, code=ending.code),
    )
    return _("A guest ended its own run, with code {code}.").format(code=ending.code)


# --- bytes: page tables and control registers ----------------------------------------------


def translate(entries: Mapping[int, int], address: int) -> tuple[int, bool, bool] | None:
    """Walk page tables as the processor does: (physical address, user may, may write).

    None where nothing is mapped. Intel SDM volume 3, section 4.5.
    """
    table, user, write = k.PML4, True, True
    for shift in (39, 30, 21, 12):
        entry = entries.get(table + 8 * (address >> shift & 511), 0)
        if not entry & k.PRESENT:
            return None
        user, write = user and bool(entry & k.USER_PAGE), write and bool(entry & k.WRITE)
        table = entry & 0x000F_FFFF_FFFF_F000
        if shift == 12 or entry & k.LARGE:
            offset = address & ((1 << shift) - 1)
            return (table & ~((1 << shift) - 1)) + offset, user, write
    raise AssertionError("the last level always returns")


def _page_tables(page_tables: Any) -> str:
    memory = 8 * k.MIB
    entries = page_tables(memory)
    require(isinstance(entries, Mapping) and entries, _(
        "page_tables() should return a dictionary: address of an entry -> the entry."))  # fmt: skip
    require(
        all(k.PML4 <= at < k.USER and at % 8 == 0 for at in entries),
        _("Entries lie at multiples of 8 from 0x2000 up to 0x9000; one of yours does not."),
    )
    for address in (k.CODE, k.USER, 2 * k.MIB - 1, 2 * k.MIB, 5 * k.MIB + 3, memory - 1, k.MMIO):
        text = _("Address {at:#x} should lead to itself, for the user to read and write; it {is_}.")
        found = translate(entries, address)
        where = _("leads to {0:#x}, user {1}, write {2}").format(*found) if found else _("leads nowhere")  # fmt: skip  # noqa: E501
        require(found == (address, True, True), text.format(at=address, is_=where))
    require(
        translate(entries, 8) is None, _("Page 0 should not be there, so that null pointers fault.")
    )
    for address in (k.PML4, k.PT, k.USER - 1):
        found = translate(entries, address)
        text = _("Address {at:#x} holds the tables themselves. It should be there, but not for the user.")  # fmt: skip  # noqa: E501
        require(found and found[0] == address and not found[1], text.format(at=address))
    outside = _("Address {at:#x} is beyond the memory and should not be mapped.")
    require(translate(entries, memory) is None, outside.format(at=memory))
    return _("The tables map each address to itself, and keep the user out of the tables.")


BITS = {
    "cr0": {0: "protected mode (PE)", 31: "paging (PG)"},
    "cr4": {5: "page-table entries of 8 bytes (PAE)", 9: "SSE (OSFXSR)"},
    "efer": {8: "long mode enabled (LME)", 10: "long mode active (LMA)"},
}


def _control_registers(control_registers: Any) -> str:
    values = control_registers()
    require(isinstance(values, Mapping), _("Return a dictionary with cr0, cr3, cr4 and efer."))
    for name in ("cr0", "cr3", "cr4", "efer"):
        require(isinstance(values.get(name), int), _("There is no {name} yet.").format(name=name))
    for name, bits in BITS.items():
        for bit, meaning in bits.items():
            text = _("Bit {bit} of {name} switches on {meaning}; yours is 0.")
            require(
                values[name] >> bit & 1, text.format(bit=bit, name=name.upper(), meaning=meaning)
            )
    text = _("CR3 should hold the address of the first table, {at:#x}.")
    require(values["cr3"] == k.PML4, text.format(at=k.PML4))
    if probe.ask("kvm").yes:
        with Assembled({"control_registers": control_registers}) as machine:
            expect_hello(machine)
    return _("These four registers bring the processor into 64-bit mode, with paging.")


# --- a machine from parts ------------------------------------------------------------------


def _open_kvm(open_kvm: Any) -> str:
    need_kvm()
    number = open_kvm()
    require(isinstance(number, int), _("open_kvm() should return a file descriptor, a number."))
    try:
        require("kvm" in os.readlink(f"/proc/self/fd/{number}"), _("That file is not /dev/kvm."))
        version = ioctl(number, k.KVM_GET_API_VERSION, 0)
    finally:
        os.close(number)
    return _("KVM answers, and speaks version {version} of its interface.").format(version=version)


def _make_vm(make_vm: Any) -> str:
    need_kvm()
    with Assembled({"make_vm": make_vm}, 4 * k.MIB) as machine:
        text = _("Memory should be a mapping of the size asked for.")
        require(len(machine.memory) == 4 * k.MIB, text)
        expect_hello(machine)
    return _("A guest runs in the memory that you gave to the VM, and prints from there.")


def _make_cpu(make_cpu: Any) -> str:
    need_kvm()
    with Assembled({"make_cpu": make_cpu}) as machine:
        expect_hello(machine)
    return _("Your virtual CPU runs a guest, and the shared page tells of its exits.")


# --- exits: a page as the kernel would fill it ---------------------------------------------


def _port_exit(shared: Any, out: bool, size: int, port: int, data: bytes, count: int = 1) -> None:
    """Fill the shared page as KVM does when a guest uses a port."""
    struct.pack_into("<I", shared, k.RUN_EXIT_REASON, k.KVM_EXIT_IO)
    k.RUN_IO.pack_into(shared, k.RUN_UNION, out, size, port, count, 1024)
    shared[1024 : 1024 + len(data)] = data


def _mmio_exit(shared: Any, write: bool, size: int, address: int, data: bytes) -> None:
    struct.pack_into("<I", shared, k.RUN_EXIT_REASON, k.KVM_EXIT_MMIO)
    k.RUN_MMIO.pack_into(shared, k.RUN_UNION, address, data.ljust(8, b"\0"), size, write)


def _answer_port(answer_port: Any) -> str:
    shared, bus = bytearray(4096), _Log()
    _port_exit(shared, True, 2, 0x3F8, b"\x34\x12\x99")
    answer_port(shared, bus)
    text = _("A guest wrote 0x1234 (2 bytes) to port 0x3f8; your bus heard {heard}.")
    heard = bus.asked or _("nothing")
    require(bus.asked == [("write", 0x3F8, 0x1234, 2)], text.format(heard=heard))
    _port_exit(shared, True, 1, 0x3F8, b"abc", count=3)
    answer_port(shared, bus)
    text = _("One exit may carry several values (count): of 'abc', your bus heard {n} bytes.")
    wrote = [("write", 0x3F8, byte, 1) for byte in b"abc"]
    require(bus.asked[1:] == wrote, text.format(n=len(bus.asked) - 1))
    bus = _Log()
    _port_exit(shared, False, 4, 0x40, b"\xee" * 8)
    answer_port(shared, bus)
    require(bus.asked == [("read", 0x40, 4)], _("An 'in' should become a read of the bus."))
    text = _("The answer to an 'in' of 4 bytes belongs into the shared page, at the data offset.")
    require(shared[1024:1029] == b"\x11\0\0\0\xee", text)
    return _("Writes, repeated writes and reads of ports all reach your bus.")


def _answer_mmio(answer_mmio: Any) -> str:
    shared, bus = bytearray(4096), _Log()
    _mmio_exit(shared, True, 4, k.MMIO, b"\x78\x56\x34\x12\x99")
    answer_mmio(shared, bus)
    text = _("A guest wrote 0x12345678 to address {at:#x}; your bus heard {heard}.")
    heard = bus.asked or _("nothing")
    require(bus.asked == [("write", k.MMIO, 0x12345678, 4)], text.format(at=k.MMIO, heard=heard))
    bus = _Log()
    _mmio_exit(shared, False, 2, k.MMIO + 0x100, b"\xee" * 8)
    answer_mmio(shared, bus)
    require(bus.asked == [("read", k.MMIO + 0x100, 2)], _("A load should become a read."))
    place = k.RUN_UNION + 8
    text = _("The answer to a load belongs into the shared page, where the data of a store is.")
    require(shared[place : place + 3] == b"\x11\0\xee", text)
    return _("Loads and stores where no memory is reach your bus.")


def _scripted(exits: list[Callable[[Any], None]], shared: Any) -> Callable[[], None]:
    """An ``enter`` that plays exits one after the other, and tells when it runs out of them."""
    coming = iter(exits)

    def enter() -> None:
        following = next(coming, None)
        require(following, _("The guest had ended, but your loop entered it once more."))
        if following:
            following(shared)

    return enter


def _ends_with(reason: int) -> Callable[[Any], None]:
    return lambda shared: struct.pack_into("<I", shared, k.RUN_EXIT_REASON, reason)


def _run(run: Any) -> str:
    for reason, name in ((k.KVM_EXIT_HLT, "halt"), (k.KVM_EXIT_SHUTDOWN, "shutdown")):
        shared = bytearray(4096)
        got = run(_scripted([_ends_with(reason)], shared), shared, _Log())
        text = _("After exit reason {number} run() should return {name!r}; it returned {got!r}.")
        require(got == name, text.format(number=reason, name=name, got=got))
    shared, bus = bytearray(4096), _Log()
    exits = [
        lambda page: _port_exit(page, True, 1, 0x3F8, b"h"),
        lambda page: _mmio_exit(page, True, 1, k.MMIO, b"i"),
        lambda page: _port_exit(page, True, 4, DEBUG_PORT, b"\0" * 4),
    ]
    got = run(_scripted(exits, shared), shared, bus)
    text = _("A port exit and an MMIO exit should both be answered; the bus heard {n} of 3.")
    places = [asked[1] for asked in bus.asked]
    require(places == [0x3F8, k.MMIO, DEBUG_PORT], text.format(n=len(places)))
    text = _("When a device raises GuestStopped, run() should return 'stopped', not {got!r}.")
    require(got == "stopped", text.format(got=got))
    return _("The loop answers exits until the guest ends, and says how it ended.")


def _run_for(run_for: Any, **parts: Any) -> str:
    need_kvm()
    with Assembled({}) as machine:
        machine.load(guests.ENDLESS_LOOP.code)
        got = run_for(0.05, machine.enter, machine.shared)
        text = _("An endless loop should end by 'time limit'; run_for() returned {got!r}.")
        require(got == "time limit", text.format(got=got))
        require(run_for(1.0, lambda: "halt", machine.shared) == "halt", _(
            "Where the guest ends in time, run_for() should return what enter() returned."))  # fmt: skip  # noqa: E501
    need_parts(12, PARTS, parts)
    for guest in GUESTS:
        _compare(guest, {**parts, "run_for": run_for})
    return _(
        "Your hypervisor and hvlib's agree on {n} guests: console, registers, memory, end."
    ).format(n=len(GUESTS))


def _compare(guest: guests.Guest, parts: Mapping[str, Any]) -> None:
    yours = run_assembled(guest.code, parts)
    with kvm.Machine() as machine:
        machine.load(guest.code)
        reason = machine.run(2.0).reason
        ours = {"end": reason, "console": machine.bus.console.text,
                "registers": machine.registers, "memory": bytes(machine.memory[k.USER :])}  # fmt: skip  # noqa: E501
    different = [name for name in ours if yours[name] != ours[name]]
    text = _("On the guest {guest!r} yours and hvlib's differ in: {names}.")
    require(not different, text.format(guest=guest.name, names=", ".join(different)))


STEPS: dict[int, Callable[..., str]] = {
    1: _console,
    2: _bus,
    3: _debug_port,
    4: _open_kvm,
    5: _make_vm,
    6: _page_tables,
    7: _control_registers,
    8: _make_cpu,
    9: _answer_port,
    10: _answer_mmio,
    11: _run,
    12: _run_for,
    **devices.STEPS,
}
