"""The computer in the page runs hvlib's guests as KVM and unicorn do, from the same bytes."""

import random

import pytest
from real import emulated

from hvlib.real import engine, guests, probe, ring
from hvlib.real.guests import Guest
from hvlib.real.kvm_constants import MMIO

GENERATED = 40  # all 200 in tests/bench/bench_machine.py
START = {"rcx": 50}
LOW = (0, 1, 2, 3, 6, 7)  # registers by number, but neither esp nor ebp
CONCLUSIVE = (
    *(guests.HELLO, guests.HELLO_MMIO, guests.EXITS, guests.LOOP, guests.DYING_COUNTER),
    *guests.MISBEHAVED[:4],
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not emulated.there(), reason=emulated.UNTESTED),
]


def program(seed: int) -> bytes:
    """A generated guest of 40 instructions that mean the same in 32-bit and in 64-bit mode."""
    random_ = random.Random(seed)
    kinds = (arithmetic, immediate, one_operand, memory, port, mmio)
    code = b"".join(random_.choice(kinds)(random_) for _ in range(40))
    return code + bytes.fromhex("baf4000000efebfe")  # mov edx, 0xf4; out dx, eax; jmp to itself


def arithmetic(random_: random.Random) -> bytes:
    """add, or, and, sub, xor, cmp, mov of two 32-bit registers."""
    opcode = random_.choice((0x01, 0x09, 0x21, 0x29, 0x31, 0x39, 0x89))
    return bytes((opcode, 0xC0 | random_.choice(LOW) << 3 | random_.choice(LOW)))


def immediate(random_: random.Random) -> bytes:
    """mov of a number into a 32-bit register."""
    return bytes((0xB8 | random_.choice(LOW),)) + random_.randbytes(4)


def one_operand(random_: random.Random) -> bytes:
    """not, neg (group 3), inc, dec (group 5)."""
    opcode, operation = random_.choice(((0xF7, 2), (0xF7, 3), (0xFF, 0), (0xFF, 1)))
    return bytes((opcode, 0xC0 | operation << 3 | random_.choice(LOW)))


def memory(random_: random.Random) -> bytes:
    """Write a register below the stack pointer and read it into another one."""
    place = random_.randrange(0x80, 0xF8)  # -128 .. -9
    write = bytes((0x89, 0x44 | random_.choice(LOW) << 3, 0x24, place))
    return write + bytes((0x8B, 0x44 | random_.choice(LOW) << 3, 0x24, place))


def port(random_: random.Random) -> bytes:
    """Print al on the console, or read a port where there is no device."""
    if random_.random() < 0.5:
        return bytes.fromhex("66baf803ee")
    return bytes.fromhex("66ba8000") + random_.choice((b"\xec", b"\x66\xed", b"\xed"))


def mmio(random_: random.Random) -> bytes:
    """Print al through the console's address."""
    return b"\xbb" + MMIO.to_bytes(4, "little") + b"\x88\x03"


def disagreements(runs: list[emulated.Run]) -> list[str]:
    """Where an engine of this machine and the computer in the page leave something else."""
    found = []
    here = [name for name in engine.ENGINES if probe.ask(name).yes]
    for (code, start), page in zip(runs, emulated.in_the_page(runs), strict=True):
        for name in here:
            expected = emulated.on_the_engine(name, (code, start))
            if page["reason"] == "shutdown":  # the registers are those of the fault's handler
                page["registers"] = expected["registers"]
            found += [
                f"{code.hex()}: {what} is {page[what]!r}, with {name} {value!r}"
                for what, value in expected.items()
                if page[what] != value
            ]
    return found


def test_the_page_and_the_engines_agree_on_the_guests_of_the_book() -> None:
    assert disagreements([(guest.code, START) for guest in CONCLUSIVE]) == []


def test_the_page_and_the_engines_agree_on_the_guests_that_send() -> None:
    ways = ring.senders(1024, 32, 16).values()
    assert disagreements([(guest.code, registers) for guest, registers in ways]) == []


def test_the_page_and_the_engines_agree_on_generated_guests() -> None:
    assert disagreements([(program(seed), {}) for seed in range(GENERATED)]) == []


@pytest.mark.parametrize("guest", [guests.PORT_STORM, guests.COUNTER], ids=lambda one: one.name)
def test_a_guest_without_end_runs_until_it_is_stopped(guest: Guest) -> None:
    (left,) = emulated.in_the_page([(guest.code, {})], seconds=0.2)
    assert left["reason"] == "time limit"
    assert left["exits"].get("port", 0) > 1000 or guest is guests.COUNTER
