"""The interpreter computes what the loop says, and refuses what it doesn't know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.real import guests
from hvlib.real.interpreter import MASK, Interpreter, UnknownInstructionError, run_loop


def loop_in_python(turns: int) -> int:
    """The five instructions by hand."""
    eax = ebx = 0
    for ecx in range(turns, 0, -1):
        eax = (eax + ecx) & MASK
        ebx ^= eax
        eax = (eax + ebx) & MASK
    return eax


@given(st.integers(1, 300))
def test_the_loop_gives_the_checksum_of_its_meaning(turns: int) -> None:
    assert run_loop(guests.LOOP.code, turns) == (loop_in_python(turns), 5 * turns)


def test_after_the_loop_comes_an_instruction_it_does_not_know() -> None:
    machine = Interpreter(guests.LOOP.code, [0, 1, 0, 0, 0, 0, 0, 0])
    with pytest.raises(UnknownInstructionError, match="0xba"):
        machine.run(limit=100)
    assert machine.executed == 5


@pytest.mark.parametrize("code", ["0108", "ffc0", "90", "89c8"])
def test_other_operands_and_instructions_are_refused(code: str) -> None:
    with pytest.raises(UnknownInstructionError):
        Interpreter(bytes.fromhex(code)).step()
