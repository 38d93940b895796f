"""Checks of the last steps of the lab "Build a hypervisor": a device by a port, and by a ring.

They hold the reader's devices against those of :mod:`hvlib.real.ring`.
"""

import struct
from collections.abc import Callable, Mapping
from typing import Any

from hvlib.labs.assembled import PARTS, Assembled, need_kvm, need_parts, run_assembled
from hvlib.labs.verdict import MissingError, require
from hvlib.real import kvm_constants as k
from hvlib.real import ring
from hvlib.real.engine import make_machine
from hvlib.words import _

SIZE, BUFFER, KICK_AFTER = 8192, 256, 16
ENGINES = {"kvm": "KVM", "unicorn": "unicorn"}
LITTLE = 2 * k.MIB


def _sent(name: str, device: Any, machine: Any) -> ring.Sent:
    """Let the guest of hvlib.real.ring send its bytes to the reader's device."""
    port = {"port": ring.DATA_PORT, "ring": ring.KICK_PORT}[name]
    machine.bus.ports[port] = device
    machine.load(ring.sample(SIZE), ring.DATA)
    return ring.send(machine, *ring.senders(SIZE, BUFFER, KICK_AFTER)[name], device)


def _arrived(received: Any, name: str) -> None:
    """The device has every byte, in order."""
    right, got = ring.sample(SIZE), bytes(received)
    first = next((n for n, (a, b) in enumerate(zip(right, got, strict=False)) if a != b), len(got))
    text = _(
        "A guest sent {sent:,} bytes to your {name}; received has {got:,}, the first {first:,} "
        "of them right."
    )
    require(got == right, text.format(sent=SIZE, name=name, got=len(got), first=first))


def _register(Register: Any) -> str:  # noqa: N803
    device = Register()
    device.write(0x141, 2)
    text = _("A write of 0x141 should add the byte 0x41 to received, which is {got!r}.")
    require(device.received == b"A", text.format(got=bytes(device.received)))
    device = Register()
    with make_machine() as machine:
        sent = _sent("port", device, machine)
        engine = machine.engine
    _arrived(device.received, "Register")
    text = _("On {engine}, {size:,} bytes came through the port in {exits:,} exits.")
    return text.format(size=SIZE, exits=sent.exits, engine=ENGINES[engine])


def _describe(memory: Any, number: int, address: int, length: int) -> None:
    """Write a descriptor as a guest would."""
    struct.pack_into("<QIHH", memory, ring.DESCRIPTORS + 16 * number, address, length, 0, 0)


def _refuses(call: Callable[[], Any], sentence: str) -> None:
    """The reader's code raises ValueError."""
    try:
        call()
    except ValueError:
        return
    raise MissingError(sentence)


def _buffer(buffer: Any) -> str:
    memory = bytearray(LITTLE)
    memory[0x20000:0x20005] = b"hello"
    _describe(memory, 3, 0x20000, 5)
    got = buffer(memory, 3)
    require(got is not None, _("buffer() should return bytes, but returned None."))
    text = _("Descriptor 3 names 5 bytes at 0x20000, 'hello'; buffer() returned {got!r}.")
    require(bytes(got) == b"hello", text.format(got=got))
    _describe(memory, 4, LITTLE - 2, 2)
    require(len(buffer(memory, 4)) == 2, _("A buffer may end where the memory ends."))
    for address, length in ((LITTLE - 4, 5), (1 << 60, 1)):
        _describe(memory, 5, address, length)
        text = _(
            "Descriptor 5 names {length} bytes at {at:#x}, beyond the guest's memory: raise "
            "ValueError."
        )
        _refuses(lambda: buffer(memory, 5), text.format(length=length, at=address))
    text = _("There are {n} descriptors. For number {n} raise ValueError.").format(n=ring.PLACES)
    _refuses(lambda: buffer(memory, ring.PLACES), text)
    return _("A descriptor leads to its bytes, and never outside the guest's memory.")


def _offer(memory: Any, place: int, number: int, index: int) -> None:
    """Put a descriptor's number into the available ring, and say how many there are."""
    struct.pack_into("<H", memory, ring.AVAILABLE + 4 + 2 * place, number)
    struct.pack_into("<H", memory, ring.AVAILABLE + 2, index)


def _used(memory: Any, place: int) -> tuple[int, int, int]:
    """The used ring's index, and the descriptor number and length at a place."""
    (index,) = struct.unpack_from("<H", memory, ring.USED + 2)
    number, length = struct.unpack_from("<II", memory, ring.USED + 4 + 8 * place)
    return index, number, length


def _ring(Ring: Any) -> str:  # noqa: N803
    memory = bytearray(LITTLE)
    device = Ring(memory)
    memory[0x20000:0x20006] = b"kicked"
    for place, (number, at, length) in enumerate(((7, 0x20000, 4), (2, 0x20004, 2))):
        _describe(memory, number, at, length)
        _offer(memory, place, number, place + 1)
    device.write(0, 1)
    got = bytes(device.received)
    text = _("Two buffers were offered, 'kick' and 'ed'. After one kick received is {got!r}.")
    require(got == b"kicked", text.format(got=got))
    for place, want in ((0, (2, 7, 4)), (1, (2, 2, 2))):
        text = _(
            "Give a buffer back in the used ring. There, index, number and length at place {place} "
            "should be {want}; they are {got}."
        )
        got_back = _used(memory, place)
        require(got_back == want, text.format(place=place, want=want, got=got_back))
    device.write(0, 1)
    text = _("A kick without a new buffer should take nothing; yours took a buffer again.")
    require((bytes(device.received), _used(memory, 0)[0]) == (got, 2), text)
    _goes_round(Ring)
    memory = bytearray(LITTLE)
    _offer(memory, 0, 0, ring.PLACES + 1)
    text = _("{n} buffers in a ring of {places} is a lie: raise ValueError, and take none.")
    text = text.format(n=ring.PLACES + 1, places=ring.PLACES)
    _refuses(lambda: Ring(memory).write(0, 1), text)
    return _exits_of_both(Ring)


def _goes_round(Ring: Any) -> None:  # noqa: N803
    """The ring's places repeat after 64 buffers, its 16-bit index after 65,536."""
    memory, rounds = bytearray(LITTLE), 0x10000 + 2
    device = Ring(memory)
    _describe(memory, 1, 0x20000, 1)
    for count in range(1, rounds + 1):
        _offer(memory, (count - 1) % ring.PLACES, 1, count % 0x10000)
        device.write(0, 1)
        text = _("After {n:,} buffers, one a kick, received has {got:,} bytes of one each.")
        got = len(device.received)
        require(got == count, text.format(n=count, got=got))


def _exits_of_both(Ring: Any) -> str:  # noqa: N803
    """Let guests send the same bytes in both ways, on the engine that there is."""
    with make_machine() as machine:
        by_port = _sent("port", ring.Register(), machine)
        device = Ring(machine.memory)
        by_ring = _sent("ring", device, machine)
        _arrived(device.received, "Ring")
        return _told(by_port.exits, by_ring.exits, ENGINES[machine.engine])


def _told(by_port: int, by_ring: int, engine: str) -> str:
    text = _(
        "On {engine}, {size:,} bytes took {port:,} exits through the port and {ring} through the "
        "ring: {ratio:,.0f} times as many bytes an exit."
    )
    ratio = by_port / by_ring
    return text.format(size=SIZE, port=by_port, ring=by_ring, ratio=ratio, engine=engine)


def _together(**parts: Any) -> str:
    need_kvm()
    need_parts(16, (*PARTS, "run_for", "Register", "Ring"), parts)
    exits = {name: _exits_of_yours(name, parts) for name in ("port", "ring")}
    return _told(exits["port"], exits["ring"], _("your own hypervisor"))


def _exits_of_yours(name: str, parts: Mapping[str, Any]) -> int:
    """How often a sender left the reader's hypervisor, but for its end."""
    devices: list[Any] = []
    guest, registers = ring.senders(SIZE, BUFFER, KICK_AFTER)[name]

    def prepare(bus: Any, machine: Assembled) -> None:
        ways = {
            "port": (ring.DATA_PORT, parts["Register"]),
            "ring": (ring.KICK_PORT, lambda: parts["Ring"](machine.memory)),
        }
        port, make = ways[name]
        devices.append(make())
        bus.attach(devices[0], port)
        machine.load(ring.sample(SIZE), ring.DATA)
        machine.registers = registers

    left = run_assembled(guest.code, parts, seconds=5.0, prepare=prepare)
    text = _("The guest that sends {name} should end by 'stopped', but ended by {end!r}.")
    require(left["end"] == "stopped", text.format(name=guest.name, end=left["end"]))
    _arrived(devices[0].received, type(devices[0]).__name__)
    return int(left["entries"]) - 1


STEPS: dict[int, Callable[..., str]] = {13: _register, 14: _buffer, 15: _ring, 16: _together}
