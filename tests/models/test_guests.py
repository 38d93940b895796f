"""The guest programs do on the bare machine what their listings say."""

import pytest

from hvlib.models.guests import LISTINGS, SIZE, program
from hvlib.models.machine import Cause, Machine

EXPECTED = {
    "hello": "Hi",
    "sum": "-",
    "clock": "!!!",
    "two programs": "abab",
    "where am I": "0.",
}


@pytest.mark.parametrize("guest", LISTINGS)
def test_each_guest_halts_with_its_output(guest):
    machine = Machine(SIZE)
    machine.load(program(guest).words)
    machine.run(1000)
    assert machine.halted
    assert machine.output == EXPECTED[guest]


def test_the_tiny_os_switches_by_timer():
    machine = Machine(SIZE)
    machine.load(program("two programs").words)
    machine.run(1000)
    causes = [trap.cause for trap in machine.delivered]
    assert causes.count(Cause.SYSTEM) == 6
    assert causes.count(Cause.TIMER) >= 2


def test_an_unknown_guest_is_a_key_error():
    with pytest.raises(KeyError):
        program("nobody")
