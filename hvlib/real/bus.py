"""The devices of a small machine, the bus that leads to them, and how a run can end.

Both engines (:mod:`hvlib.real.kvm`, :mod:`hvlib.real.translated`) use these. A device is one
register: a guest reads or writes it through an I/O port or through a memory address.
"""

import time
from dataclasses import dataclass, field
from typing import Literal, Protocol

from hvlib.real.kvm_constants import MMIO

CONSOLE_PORT, TIMER_PORT, DEBUG_PORT = 0x3F8, 0x40, 0xF4

Reason = Literal["stopped", "halt", "shutdown", "time limit", "error"]


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ended.

    stopped: the guest asked for it through the debug port, with ``code``.
    halt: the guest's CPU waits for an interrupt that no device will send.
    shutdown: a fault that the guest has no handler for ("triple fault").
    time limit: the run was longer than allowed, or somebody called ``stop()``.
    error: the engine gave up; ``detail`` says how.
    """

    reason: Reason
    code: int = 0
    detail: str = ""


class GuestStopped(Exception):  # noqa: N818  (a signal, not an error)
    """Raised by the debug port: the guest has finished, with a code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Device(Protocol):
    """One register: ``size`` is 1, 2, 4 or 8 bytes."""

    def read(self, size: int) -> int:
        """What the guest gets."""

    def write(self, value: int, size: int) -> None:
        """The guest writes ``value``."""


class Nothing:
    """No device: reads give all ones, as an empty bus does, and writes are lost."""

    def read(self, size: int) -> int:
        """All ones."""
        return (1 << 8 * size) - 1

    def write(self, value: int, size: int) -> None:
        """Lost."""


@dataclass
class Console(Nothing):
    """Takes the characters that a guest prints, with their times; keeps the first ``limit``."""

    limit: int = 65536
    started: float = field(default_factory=time.perf_counter)
    output: bytearray = field(default_factory=bytearray)
    lines: list[tuple[float, str]] = field(default_factory=list)
    _line: bytearray = field(default_factory=bytearray)

    def write(self, value: int, size: int) -> None:
        """Print the low byte."""
        if len(self.output) >= self.limit:
            return
        self.output.append(value & 0xFF)
        self._line.append(value & 0xFF)
        if value & 0xFF == 0x0A:
            text = self._line.decode("latin-1").rstrip("\n")
            self.lines.append((time.perf_counter() - self.started, text))
            self._line.clear()

    @property
    def text(self) -> str:
        """All that was printed."""
        return self.output.decode("latin-1")


class Timer(Nothing):
    """Reads as microseconds since the machine was made."""

    def __init__(self) -> None:
        self.started = time.perf_counter()

    def read(self, size: int) -> int:
        """Microseconds, cut to ``size`` bytes."""
        return int((time.perf_counter() - self.started) * 1e6) & ((1 << 8 * size) - 1)


class DebugPort(Nothing):
    """A write ends the run; the value written is the exit code."""

    def write(self, value: int, size: int) -> None:
        """Raises GuestStopped."""
        raise GuestStopped(value)


NOTHING = Nothing()


class Bus:
    """Which device answers at which port and at which memory address."""

    def __init__(self) -> None:
        self.console, self.timer, self.debug = Console(), Timer(), DebugPort()
        self.ports: dict[int, Device] = {}
        self.addresses: dict[int, Device] = {}
        self.attach(self.console, CONSOLE_PORT, MMIO)
        self.attach(self.timer, TIMER_PORT, MMIO + 0x100)
        self.attach(self.debug, DEBUG_PORT, MMIO + 0x200)

    def attach(self, device: Device, port: int, address: int) -> None:
        """Put a device on the bus. Raises ValueError where there is one already."""
        if port in self.ports or address in self.addresses:
            raise ValueError(f"there is a device at port {port:#x} or address {address:#x}")
        self.ports[port] = device
        self.addresses[address] = device
