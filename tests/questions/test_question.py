"""Each kind of question tells right from wrong, and a known mistake from a plain miss."""

import math

import pytest

from hvlib.questions.building import Option, choice, order, shuffled
from hvlib.questions.question import Misconception, Number, Part, Pick, Trap, Working

ADDS = Misconception("adds", "It adds up.", "It multiplies.")


def number(**more: object) -> Number:
    return Number(
        prompt="?", because="So.", answer=24, unit="x", scale=(0, 99),
        traps=(Trap(8, ADDS),), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_right_number_a_known_mistake_and_a_plain_miss() -> None:
    asked = number(tolerance=0.1)
    assert asked.check(24).right
    assert asked.check(26).right
    assert asked.check(8).misconception is ADDS
    assert "It adds up." in asked.check(8).says
    assert "It multiplies." in asked.check(8).says
    missed = asked.check(50)
    assert not missed.right
    assert missed.misconception is None
    assert "24 x" in missed.says


def test_up_to_takes_all_below_the_bound() -> None:
    asked = number(up_to=True, tolerance=0.05)
    assert asked.is_right(1)
    assert asked.is_right(24)
    assert not asked.is_right(30)
    assert not asked.is_right(0)


def test_a_number_off_its_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="off the scale"):
        Number(prompt="", because="", answer=math.nan, unit="", scale=(0, 1))


def test_a_choice_needs_exactly_one_right_option() -> None:
    options = (Option("a", 1), Option("b", 2, ADDS), Option("c", 2))
    assert choice("?", 1, *options, because="So.").answer == 0
    with pytest.raises(ValueError, match="2 options have the value 2"):
        choice("?", 2, *options, because="So.")
    with pytest.raises(ValueError, match="0 options"):
        choice("?", 3, *options, because="So.")


def test_an_order_names_its_first_wrong_place() -> None:
    asked = order("?", ("a", "b", "c"), because="So.")
    swapped = (asked.answer[0], asked.answer[2], asked.answer[1])
    assert asked.first_difference(asked.answer) is None
    assert asked.first_difference(swapped) == 1
    assert "The first wrong place is 2: “b” belongs there." in asked.check(swapped).says


def test_steps_are_never_shown_in_their_right_order() -> None:
    steps = ("a", "b", "c")
    assert all(shuffled(steps, seed) != steps for seed in range(200))


def test_a_click_on_a_part_counts_for_its_whole() -> None:
    asked = Pick(
        prompt="?", because="So.", system="xen", answer=frozenset({"domu1"}),
        names={"domu1": "domU 1", "xen": "Xen"}, inside={"netfront1": "domu1"},
    )  # fmt: skip
    assert asked.is_right(("netfront1",))
    assert asked.is_right(("domu1", "unknown"))
    assert not asked.is_right(())
    assert asked.guess_text(()) == "none"


def test_working_is_right_by_any_route_and_else_shows_the_first_difference() -> None:
    asked = Working(
        prompt="?", because="So.", traps=(Trap(8, ADDS),),
        parts=(Part("levels", 4, says="They are four."), Part("references", 24)),
    )  # fmt: skip
    assert asked.check(("", "24")).right
    assert asked.check(("99", " 24 ")).right
    wrong = asked.check(("5", "8"))
    assert wrong.misconception is ADDS
    assert "You first differ at “levels”: it is 4. They are four." in wrong.says
    assert "first differ" not in asked.check(("4", "9")).says
