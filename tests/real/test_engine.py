"""Both engines run the same guests with the same outcome, whatever the guest does."""

import contextlib
import gc
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvlib.real import engine, guests, kvm, probe
from hvlib.real.guests import Guest
from hvlib.real.kvm_constants import CODE, MMIO, STACK_TOP, USER
from hvlib.trace import Trace

pytestmark = pytest.mark.slow

# The nightly size is one flag away: HVLIB_FUZZ=10000 pytest tests/real/test_engine.py
FUZZ = int(os.environ.get("HVLIB_FUZZ", "100"))
# Flags that instructions of the generated programs leave undefined are masked.
CARRY, ZERO, SIGN = 1, 1 << 6, 1 << 7


def available(name: str) -> object:
    """A parameter that is skipped, with the probe's reason, where the engine is not there."""
    answer = probe.ask(name)
    reason = f"{answer.why} {answer.remedy}"
    return pytest.param(name, marks=pytest.mark.skipif(not answer.yes, reason=reason))


ENGINES = [available(name) for name in engine.ENGINES]
each_engine = pytest.mark.parametrize("name", ENGINES)
both_engines = pytest.mark.skipif(
    not all(probe.ask(name).yes for name in engine.ENGINES),
    reason="a comparison needs both engines: "
    + " ".join(probe.ask(name).why for name in engine.ENGINES if not probe.ask(name).yes),
)
TERMINATING = (guests.HELLO, guests.HELLO_MMIO, guests.DYING_COUNTER, guests.EXITS, guests.LOOP)
FAULTING = guests.MISBEHAVED[:4]
ENDLESS = guests.MISBEHAVED[4:]
START = {"rcx": 50, "rdi": 0x20000, "rsi": 8, "rdx": 3}


def outcome(
    name: str, code: bytes, start: dict[str, int], seconds: float = 2.0
) -> dict[str, object]:
    """All that a run leaves: ending, console, exits, registers, the program's memory."""
    with engine.make_machine(name) as machine:
        machine.load(code)
        machine.registers = start
        ending = machine.run(seconds)
        registers = machine.registers
        flags = registers.pop("rflags") & (ZERO | SIGN | CARRY)
        return {
            "ending": ending,
            "console": machine.bus.console.text,
            "exits": machine.exits,
            "registers": registers,
            "flags": flags,
            "memory": bytes(machine.memory[USER:]),
        }


@both_engines
@pytest.mark.parametrize("guest", [*TERMINATING, *FAULTING], ids=lambda guest: guest.name)
def test_engines_agree_on_the_guest(guest: Guest) -> None:
    kvm, unicorn = (outcome(name, guest.code, START) for name in engine.ENGINES)
    for what in kvm:
        assert kvm[what] == unicorn[what], f"the engines disagree on the {what} of {guest.name!r}"


def program(seed: int) -> bytes:
    """A generated guest: straight code of 40 instructions on registers, memory and ports."""
    random_ = random.Random(seed)
    code = b"".join(instruction(random_) for _ in range(40))
    return code + bytes.fromhex("baf4000000efebfe")  # mov edx, 0xf4; out dx, eax; jmp to itself


def instruction(random_: random.Random) -> bytes:
    """One instruction whose effect the processor's manual defines wholly (flags: three)."""
    choices = (arithmetic, immediate, one_operand, stack, memory, port, mmio)
    return random_.choice(choices)(random_)


LOW = (0, 1, 2, 3, 6, 7)  # registers by number, but neither rsp nor rbp


def arithmetic(random_: random.Random) -> bytes:
    """add, or, and, sub, xor, cmp, mov of two 64-bit registers."""
    opcode = random_.choice((0x01, 0x09, 0x21, 0x29, 0x31, 0x39, 0x89))
    return bytes((0x48, opcode, 0xC0 | random_.choice(LOW) << 3 | random_.choice(LOW)))


def immediate(random_: random.Random) -> bytes:
    """mov of a number into a 64-bit register."""
    return bytes((0x48, 0xB8 | random_.choice(LOW))) + random_.randbytes(8)


def one_operand(random_: random.Random) -> bytes:
    """not, neg (group 3), inc, dec (group 5)."""
    opcode, operation = random_.choice(((0xF7, 2), (0xF7, 3), (0xFF, 0), (0xFF, 1)))
    return bytes((0x48, opcode, 0xC0 | operation << 3 | random_.choice(LOW)))


def stack(random_: random.Random) -> bytes:
    """push one register and pop another."""
    return bytes((0x50 | random_.choice(LOW), 0x58 | random_.choice(LOW)))


def memory(random_: random.Random) -> bytes:
    """Write a register below the stack pointer and read it into another one."""
    place = random_.randrange(0x80, 0xF8)  # -128 .. -9
    write = bytes((0x48, 0x89, 0x44 | random_.choice(LOW) << 3, 0x24, place))
    return write + bytes((0x48, 0x8B, 0x44 | random_.choice(LOW) << 3, 0x24, place))


def port(random_: random.Random) -> bytes:
    """Print al on the console, or read a port where there is no device."""
    if random_.random() < 0.5:
        return bytes.fromhex("66baf803ee")
    return bytes.fromhex("66ba8000") + random_.choice((b"\xec", b"\x66\xed", b"\xed"))


def mmio(random_: random.Random) -> bytes:
    """Print al through the console's address."""
    return b"\xbb" + MMIO.to_bytes(4, "little") + b"\x88\x03"


@both_engines
@settings(max_examples=max(40, FUZZ // 10))
@given(st.integers(0, 1 << 32))
def test_engines_agree_on_generated_guests(seed: int) -> None:
    kvm, unicorn = (outcome(name, program(seed), {}) for name in engine.ENGINES)
    kvm.pop("flags"), unicorn.pop("flags")  # the last instruction may leave them undefined
    assert kvm["ending"].reason == "stopped"  # type: ignore[attr-defined]
    for what in kvm:
        assert kvm[what] == unicorn[what], f"the engines disagree on the {what} of program({seed})"


@each_engine
def test_hello_prints_by_port_and_by_memory(name: str) -> None:
    by_port, by_memory = (
        engine.run_guest(guest, engine=name) for guest in (guests.HELLO, guests.HELLO_MMIO)
    )
    assert by_port.summary["console"] == "hello from a guest\n"
    assert by_memory.summary["console"] == "hello through memory\n"
    assert [event.detail["text"] for event in by_port.of_kind("console")] == ["hello from a guest"]
    assert by_port.summary["exits"] == {"port": 20}
    assert by_memory.summary["exits"] == {"port": 1, "mmio": 21}
    assert Trace.from_json(by_port.to_json()) == by_port


LOADS = {1: "8a03", 2: "668b03", 4: "8b03"}  # mov al, ax, eax from [rbx]
INPUTS = {1: "ec", 2: "66ed", 4: "ed"}  # in al, ax, eax from the port in dx


@each_engine
@pytest.mark.parametrize(
    ("size", "code"), [*LOADS.items(), *INPUTS.items()], ids=lambda part: str(part)
)
def test_what_a_device_answers_reaches_the_guests_register(name: str, size: int, code: str) -> None:
    answer = 0x11223344 & (1 << 8 * size) - 1

    class Sensor:
        def read(self, asked: int) -> int:
            return answer if asked == size else 0

        def write(self, value: int, size: int) -> None:
            raise AssertionError("nobody writes here")

    place = b"\xbb" + (MMIO + 0x300).to_bytes(4, "little") + bytes.fromhex("66ba8000")
    with engine.make_machine(name) as machine:
        machine.bus.attach(Sensor(), 0x80, MMIO + 0x300)
        machine.load(place + bytes.fromhex(code) + bytes.fromhex("4889c1baf4000000efebfe"))
        machine.registers = {"rax": 0}
        assert machine.run(2.0).reason == "stopped"
        assert machine.registers["rcx"] == answer


@each_engine
@pytest.mark.parametrize("guest", FAULTING, ids=lambda guest: guest.name)
def test_a_fault_shuts_the_guest_down_and_nothing_else(name: str, guest: Guest) -> None:
    trace = engine.run_guest(guest, engine=name)
    assert trace.summary["reason"] == "shutdown"
    assert trace.duration < 1


@each_engine
@pytest.mark.parametrize("guest", ENDLESS, ids=lambda guest: guest.name)
def test_the_time_limit_ends_what_never_ends(name: str, guest: Guest) -> None:
    trace = engine.run_guest(guest, seconds=0.05, engine=name)
    assert trace.summary["reason"] == "time limit"
    assert 0.04 < trace.summary["seconds"] < 1


@pytest.mark.timeout(20)
@pytest.mark.skipif(not probe.ask("kvm").yes, reason=probe.ask("kvm").why or "KVM")
def test_a_guest_is_kicked_out_where_python_s_own_ioctl_goes_back_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it does since Python 3.14 (gh-132742), when a signal has ended the call."""
    plain = kvm.ioctl

    def again(*arguments: Any) -> Any:
        for _try in range(1000):
            with contextlib.suppress(InterruptedError):
                return plain(*arguments)
        raise AssertionError("a guest that was kicked out goes back in for ever")

    monkeypatch.setattr(kvm, "ioctl", again)
    with kvm.Machine() as machine:
        machine.load(guests.COUNTER.code)
        assert machine.run(0.05).reason == "time limit"


@each_engine
def test_a_guest_goes_on_after_a_time_limit(name: str) -> None:
    with engine.make_machine(name) as machine:
        machine.load(guests.COUNTER.code)
        counts = []
        for _ in range(3):
            assert machine.run(0.02).reason == "time limit"
            counts.append(
                int.from_bytes(machine.memory[guests.COUNT_AT : guests.COUNT_AT + 8], "little")
            )
        assert 0 < counts[0] < counts[1] < counts[2]


@each_engine
@pytest.mark.parametrize("guest", ENDLESS, ids=lambda guest: guest.name)
def test_ctrl_c_stops_a_guest_at_once(name: str, guest: Guest) -> None:
    with engine.make_machine(name) as machine:
        machine.load(guest.code)
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        start = time.perf_counter()
        with pytest.raises(KeyboardInterrupt):
            machine.run(5.0)
        assert time.perf_counter() - start < 1
        machine.load(guests.HELLO.code)
        machine.registers = {"rip": CODE, "rsp": STACK_TOP}
        assert machine.run(1.0).reason == "stopped", "the machine is of no use after Ctrl-C"


@each_engine
def test_dirty_log_names_the_pages_written(name: str) -> None:
    with engine.make_machine(name, dirty_log=True) as machine:
        machine.load(guests.WRITER.code)
        machine.registers = {"rdi": 0x40000, "rsi": 5, "rdx": 1}
        machine.run(0.02)  # the first time, KVM also counts pages that it merely maps
        assert {0x40, 0x41, 0x42, 0x43, 0x44} <= set(machine.dirty_pages())
        machine.run(0.02)
        assert set(machine.dirty_pages()) == {0x40, 0x41, 0x42, 0x43, 0x44}
        assert set(machine.dirty_pages()) == set(), "the log must start anew after each look"


@each_engine
@pytest.mark.parametrize("size", [0, 4096, 3 << 20, 1 << 30, -(2 << 20)])
def test_a_bad_size_of_memory_is_refused(name: str, size: int) -> None:
    with pytest.raises(ValueError, match="multiple of 2 MiB"):
        engine.make_machine(name, memory=size)


@each_engine
def test_code_outside_the_memory_is_refused(name: str) -> None:
    with engine.make_machine(name) as machine, pytest.raises(ValueError, match="outside"):
        machine.load(b"\x90" * 16, (2 << 20) - 8)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="no engine 'bochs'; there are kvm, unicorn"):
        engine.make_machine("bochs")


def traces_of_this_process() -> tuple[int, int, int]:
    """Open files, threads, and resident MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE")
    return len(os.listdir("/proc/self/fd")), threading.active_count(), resident >> 20


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails if a test leaves files, threads or much memory behind."""
    files, threads, resident = traces_of_this_process()
    yield
    time.sleep(0.05)  # a thread whose work is done may still be leaving
    after = traces_of_this_process()
    assert after[0] <= files, "files are left open"
    assert after[1] <= threads, "threads are left running"
    assert after[2] <= resident + 150, "memory is left allocated"


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts open files in /proc")
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.timeout(3600)
@each_engine
def test_no_guest_of_random_bytes_hangs_crashes_or_leaks(name: str) -> None:
    for seed in range(FUZZ):
        with engine.make_machine(name) as machine:
            machine.load(random.Random(seed).randbytes(64))
            start = time.perf_counter()
            ending = machine.run(0.01)
            assert time.perf_counter() - start < 2, f"guest {seed} ran on beyond its time limit"
            assert ending.reason in ("shutdown", "time limit", "stopped", "halt", "error")


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts open files in /proc")
@pytest.mark.usefixtures("nothing_left")
@each_engine
def test_a_failing_device_leaves_nothing_behind(name: str) -> None:
    class Broken:
        def read(self, size: int) -> int:
            raise RuntimeError("broken device")

        def write(self, value: int, size: int) -> None:
            raise RuntimeError("broken device")

    with engine.make_machine(name) as machine:
        machine.bus.attach(Broken(), 0x80, MMIO + 0x300)
        machine.load(guests.PORT_STORM.code)
        with pytest.raises(RuntimeError, match="broken device"):
            machine.run(1.0)


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts open files in /proc")
@pytest.mark.usefixtures("nothing_left")
@each_engine
def test_a_closed_machine_does_not_wait_for_the_garbage_collector(name: str) -> None:
    gc.disable()
    try:
        for _ in range(100):
            engine.make_machine(name).close()
    finally:
        gc.enable()
