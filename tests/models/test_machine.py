"""The machine: each instruction's effect, traps, relocation, the timer, and its speed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.models.assembler import assemble
from hvlib.models.machine import (
    EFFECTS,
    MASK,
    NEW_PSW,
    OPCODES,
    START,
    SUPERVISOR,
    THIRD_GENERATION,
    USER,
    Cause,
    Machine,
    Psw,
    decode,
    disassemble,
    encode,
    unprivileged,
)


def booted(listing: str, size: int = 256, **kwargs: object) -> Machine:
    machine = Machine(size, **kwargs)
    machine.load(assemble(".at 16\n" + listing).words)
    return machine


def test_arithmetic_wraps_at_32_bits():
    machine = booted("SET r1, 1\nSET r2, 2\nSUB r1, r2\nADD r2, r1\nHALT")
    machine.run(10)
    assert machine.registers[1] == MASK
    assert machine.registers[2] == 1


def test_indexed_load_and_store_use_the_register():
    machine = booted("SET r2, 100\nSET r1, 7\nSTORE r1, 5(r2)\nLOAD r3, 105\nHALT")
    machine.run(10)
    assert (machine.read(105), machine.registers[3]) == (7, 7)


def test_a_stored_word_is_executed_as_the_new_instruction():
    listing = "LOAD r1, new\nSTORE r1, here\nhere: SET r2, 1\nHALT\nnew: SET r2, 9"
    machine = booted(f"JMP go\nagain: HALT\ngo: {listing}")
    machine.run(20)
    assert machine.registers[2] == 9


def test_a_loop_over_a_changed_instruction_sees_the_change():
    machine = booted(
        "x: SET r2, 1\nJNZ r3, end\nSET r3, 1\nLOAD r1, new\nSTORE r1, x\nJMP x\nend: HALT\n"
        "new: SET r2, 9"
    )
    machine.run(20)
    assert machine.registers[2] == 9, "a decoded word was kept although a store had changed it"


def test_a_trap_swaps_the_psws_and_stops_the_timer():
    machine = booted("SET r1, 30\nTIMER r1\nSYS 5")
    machine.load([USER, 99, 3, 200], NEW_PSW)
    machine.run(3)
    assert machine.image(0, 7) == [SUPERVISOR, START + 3, 0, 256, Cause.SYSTEM, 5, 30]
    assert machine.psw == Psw(USER, 99, 3, 200)
    assert machine.timer == 0


@pytest.mark.parametrize("item", [i for i in THIRD_GENERATION if i.privileged])
def test_privileged_instructions_trap_in_user_mode_and_do_nothing_else(item):
    machine = Machine(64)
    word = encode(item.mnemonic, a=1, n=20)
    machine.load([word], 40)
    machine.psw = Psw(USER, 10, 30, 30)
    stop = machine.execute(1)
    assert stop.trap is not None, f"{item.mnemonic} ran in user mode"
    assert (stop.trap.cause, stop.trap.argument) == (Cause.PRIVILEGED, word)
    assert machine.pc == 10
    assert machine.registers == [0] * 8
    assert machine.console == []


def test_no_instruction_set_item_lacks_an_effect():
    assert set(EFFECTS) == {item.mnemonic for item in THIRD_GENERATION} == set(OPCODES)


def test_the_timer_traps_after_that_many_instructions():
    machine = booted("SET r1, 10\nTIMER r1\nx: JMP x")
    stop = machine.execute(100)
    assert stop.executed == 12
    assert stop.trap.cause is Cause.TIMER


def test_addresses_outside_the_bound_trap_and_write_nothing():
    machine = booted("SET r1, 1\nSTORE r1, 50")
    machine.psw = Psw(SUPERVISOR, START, 0, 50)
    stop = machine.execute(9)
    assert (stop.trap.cause, stop.trap.argument) == (Cause.MEMORY, 50)
    assert machine.read(50) == 0


def test_running_into_empty_memory_is_an_illegal_instruction():
    assert Machine(64).execute(5).trap.cause is Cause.ILLEGAL


def test_a_trap_handler_that_traps_forever_still_ends_at_the_limit():
    machine = Machine(64)
    machine.load([SUPERVISOR, 0, 0, 0], NEW_PSW)
    assert machine.run(500) == 500


def test_unprivileged_timer_is_ignored_in_user_mode_as_popf_is():
    machine = booted("TIMER r1\nSET r2, 3", instructions=unprivileged("TIMER"))
    machine.registers[1] = 77
    machine.psw = Psw(USER, START, 0, 256)
    machine.execute(2)
    assert (machine.timer, machine.registers[2]) == (0, 3)


def test_a_program_too_large_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        Machine(16).load([0] * 17)
    with pytest.raises(ValueError, match="at least 16"):
        Machine(8)


@given(st.integers(0, MASK))
def test_disassembled_instructions_assemble_to_an_equal_instruction(word):
    text = disassemble(word)
    assert decode(assemble(text).words[0])[0] == decode(word)[0]
    again = disassemble(assemble(text).words[0])
    assert again == text


def test_directly_executed_instructions_a_second():
    machine = booted(
        "SET r3, 1\nSET r4, 60000\nx: ADD r1, r3\nSTORE r1, 100\nLOAD r2, 100\nSUB r4, r3\n"
        "JNZ r4, x\nHALT"
    )
    start = time.process_time()
    executed = machine.run(10**7)
    rate = executed / (time.process_time() - start)
    assert rate > 400_000, f"{rate:,.0f} instructions a second; the book promises 400,000"
