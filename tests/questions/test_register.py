"""The register gives each question its id, and refuses what does not fit it."""

from random import Random

import pytest

from hvlib.questions import misconceptions as known
from hvlib.questions import register
from hvlib.questions.building import Option, choice
from hvlib.questions.question import Choice, Misconception, Number, Part, Trap, Working


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "PREDICTIONS", {})
    monkeypatch.setattr(register, "KINDS", {})


def number(*traps: Trap) -> Number:
    return Number(prompt="?", because="So.", answer=24, unit="", scale=(1, 99), traps=traps)


def test_a_question_gets_its_id_and_keeps_its_place_in_the_book() -> None:
    for id in ("4.last", "2.second", "2.third", "10.end"):
        register.asks(id)(number)
    assert register.ids(register.PREDICTIONS, None) == ("2.second", "2.third", "4.last", "10.end")
    assert register.ids(register.PREDICTIONS, 2) == ("2.second", "2.third")
    assert register.PREDICTIONS["2.third"]().id == "2.third"


def test_an_id_is_given_once() -> None:
    register.asks("2.walk")(number)
    register.kind("2.walk", "Count")(lambda random, level: number())
    with pytest.raises(ValueError, match=r"two questions have the id '2\.walk'"):
        register.asks("2.walk")(number)
    with pytest.raises(ValueError, match=r"as '2\.slice', not 'walk'"):
        register.asks("walk")(number)


STRANGE = Misconception("strange", "It is so.", "It is not.", chapter=2)


@pytest.mark.parametrize(
    ("trap", "why"),
    [
        (Trap(8, STRANGE), "'strange' does not fit: misconceptions.toml does not have it"),
        (Trap(8, known.OWN_KERNEL), "'own-kernel' does not fit: it belongs to chapter 4"),
        (Trap(100, known.WALK_ADDS), "'walk-adds' does not fit: nobody can answer 100"),
        (Trap(25, known.WALK_ADDS), "'walk-adds' does not fit: its answer 25 is right"),
    ],
)
def test_a_misconception_that_does_not_fit_is_refused(trap: Trap, why: str) -> None:
    with pytest.raises(ValueError, match=rf"^2\.walk: the misconception {why}$"):
        register.asks("2.walk")(lambda: number(trap))()


def test_a_mistake_that_is_right_for_a_seed_is_left_out_of_that_problem() -> None:
    traps = (Trap(24, known.WALK_ADDS), Trap(16, known.WALK_ONLY_MULTIPLIES))
    made = register.kind("2.walk", "Count")(lambda random, level: number(*traps))
    assert made(Random(1), 1).traps == traps[1:]


def test_each_form_of_question_knows_what_nobody_can_answer() -> None:
    two = Choice(prompt="?", because="So.", options=("a", "b"), answer=0)
    assert two.is_possible(1)
    assert not two.is_possible(2)
    worked = Working(prompt="?", because="So.", parts=(Part("n", 1), Part("all", 24)))
    assert worked.is_possible(worked.guess_of(Trap(8, known.WALK_ADDS)))
    assert not worked.is_possible(worked.guess_of(Trap("many", known.WALK_ADDS)))


def test_an_unsound_question_is_named() -> None:
    with pytest.raises(ValueError, match=r"^2\.which: 2 options have the value 1$"):
        register.asks("2.which")(
            lambda: choice("?", 1, *(Option("a", 1), Option("b", 1)), because="So.")
        )()
