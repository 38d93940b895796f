"""A device that takes its data from a ring in the guest's memory, as virtio's devices do.

The guest writes *descriptors* (where a buffer is, how long), offers them in the *available* ring,
and tells the device by one write to a port: the *kick*. The device takes all buffers that are
offered, and gives them back in the *used* ring. So one exit moves as many bytes as the guest cares
to offer. The layout is that of virtio's split virtqueue with 64 places (Virtual I/O Device
specification 1.2, section 2.7), without features, chains and interrupts::

    0x12000  descriptors    64 x (address 8, length 4, flags 2, next 2 bytes)
    0x12400  available      flags 2, index 2, 64 x descriptor number 2
    0x12600  used           flags 2, index 2, 64 x (descriptor number 4, length 4)

:class:`Register` is the same device in the old way: a port that takes a byte at a time. The
experiment sends the same bytes through both.
"""

import struct
import time
from dataclasses import dataclass, field
from mmap import mmap
from typing import Protocol

from hvlib.real import guests
from hvlib.real.bus import Device, Nothing
from hvlib.real.engine import ENGINES, Machine, make_machine
from hvlib.real.guests import Guest
from hvlib.real.kvm_constants import CODE, MIB, PAGE
from hvlib.real.recording import UnavailableError, experiment
from hvlib.trace import Event, Trace
from hvlib.words import _

DATA_PORT, KICK_PORT = 0x90, 0x91
PLACES = 64
DESCRIPTORS, AVAILABLE, USED = 0x12000, 0x12400, 0x12600
_DESCRIPTOR = struct.Struct("<QIHH")
_INDEX = struct.Struct("<H")
_USED = struct.Struct("<II")


class RingError(ValueError):
    """What the guest offers is no ring of this form. A device never trusts its guest."""


@dataclass
class Register(Nothing):
    """A device with one register: each write hands it one byte."""

    received: bytearray = field(default_factory=bytearray)

    def write(self, value: int, size: int) -> None:
        """Take the low byte."""
        self.received.append(value & 0xFF)


@dataclass
class Ring(Nothing):
    """The device's side of a ring. memory: the guest's. received: all bytes so far, in order."""

    memory: mmap
    received: bytearray = field(default_factory=bytearray)
    _seen: int = 0

    def write(self, value: int, size: int) -> None:
        """The kick: take all that is offered. Raises RingError, and takes none of a bad offer."""
        offered = (self._index(AVAILABLE) - self._seen) % 0x10000
        if offered > PLACES:
            raise RingError(f"{offered} buffers are offered in a ring of {PLACES}")
        for _buffer in range(offered):
            self._take()

    def _take(self) -> None:
        place = self._seen % PLACES
        (number,) = _INDEX.unpack_from(self.memory, AVAILABLE + 4 + 2 * place)
        if number >= PLACES:
            raise RingError(f"there is no descriptor {number}")
        address, length, _flags, _next = _DESCRIPTOR.unpack_from(
            self.memory, DESCRIPTORS + _DESCRIPTOR.size * number
        )
        if address + length > len(self.memory):
            raise RingError(f"{length} bytes at {address:#x} are outside the guest's memory")
        self.received += self.memory[address : address + length]
        _USED.pack_into(self.memory, USED + 4 + _USED.size * place, number, length)
        self._seen = (self._seen + 1) % 0x10000
        _INDEX.pack_into(self.memory, USED + 2, self._seen)

    def _index(self, ring: int) -> int:
        return int(_INDEX.unpack_from(self.memory, ring + 2)[0])


# --- the same bytes in both ways -------------------------------------------------------------

DATA = 0x20 * PAGE
"""Where the bytes lie in the guest's memory."""


@dataclass(frozen=True)
class Sent:
    """What one way of sending took. exits: those that carried bytes, or a kick."""

    exits: int
    seconds: float
    received: bytes


@experiment(size=(1, MIB), buffer=(1, MIB), kick=(1, PLACES), engine=ENGINES)
def port_and_ring(
    size: int = 8192, buffer: int = 256, kick: int = 16, engine: str | None = None
) -> Trace:
    """A guest sends the same bytes byte by byte through a port, then through a ring in memory.

    size: bytes in all, a multiple of buffer. buffer: bytes of one packet. kick: packets a kick, a
    power of two up to 64. Events "send" of "port" and "ring" (``exits``, ``bytes``). summary:
    ``engine``, ``bytes``, ``buffer``, ``kick``; of each way ``exits``, ``seconds`` and
    ``bytes_an_exit``; ``ratio`` of the latter, and whether both devices ``received`` the same.
    Raises ValueError for sizes that do not fit.
    """
    if size % buffer or kick not in (1, 2, 4, 8, 16, 32, PLACES) or size > MIB:
        raise ValueError(_("size is a multiple of buffer up to 1 MiB, kick a power of 2 up to 64"))
    data = sample(size)
    began = time.perf_counter()
    events, sent = [], {}
    with make_machine(engine) as machine:
        devices: dict[str, Register | Ring] = {"port": Register(), "ring": Ring(machine.memory)}
        machine.bus.ports |= {DATA_PORT: devices["port"], KICK_PORT: devices["ring"]}
        for name, (guest, registers) in senders(size, buffer, kick).items():
            machine.load(data, DATA)
            start = time.perf_counter() - began
            sent[name] = send(machine, guest, registers, devices[name])
            detail = {"exits": sent[name].exits, "bytes": size}
            events.append(Event(start, "send", name, sent[name].seconds, detail))
        used = machine.engine
    apiece = {name: size / way.exits for name, way in sent.items()}
    summary = {
        "engine": used,
        "bytes": size,
        "buffer": buffer,
        "kick": kick,
        **{
            name: {"exits": w.exits, "seconds": w.seconds, "bytes_an_exit": apiece[name]}
            for name, w in sent.items()
        },
        "ratio": apiece["ring"] / apiece["port"],
        "received": all(way.received == data for way in sent.values()),
    }
    return Trace(_("Bytes through a port and a ring"), tuple(events), "measured", summary=summary)


def sample(size: int) -> bytes:
    """Bytes to send, none like the one before."""
    return bytes(range(256)) * (size // 256) + bytes(range(size % 256))


def senders(size: int, buffer: int, kick: int) -> dict[str, tuple[Guest, dict[str, int]]]:
    """The guest that sends the bytes at DATA through a "port" or a "ring", and its registers."""
    port = {"rsi": DATA, "rcx": size, "rdx": DATA_PORT}
    ring = {"rbx": DATA, "rcx": size // buffer, "rbp": buffer, "rsi": kick - 1, "rdx": KICK_PORT}
    return {"port": (guests.BY_PORT, port), "ring": (guests.BY_RING, ring)}


class Receiver(Device, Protocol):
    """A device that keeps what it is sent."""

    @property
    def received(self) -> bytes | bytearray: ...


def send(machine: Machine, guest: Guest, registers: dict[str, int], device: Receiver) -> Sent:
    """Run a sender to its end. Raises UnavailableError where it does not come to it."""
    machine.load(guest.code)
    machine.registers = {"rip": CODE, **registers}
    before, start = sum(machine.exits.values()), time.perf_counter()
    ending = machine.run(20)
    seconds = time.perf_counter() - start
    if ending.reason != "stopped":
        text = _("The guest that sends {name} ended by {reason}.")
        raise UnavailableError(text.format(name=guest.name, reason=ending.reason))
    exits = sum(machine.exits.values()) - before - 1  # the last one ends the run
    return Sent(exits, seconds, bytes(device.received))
