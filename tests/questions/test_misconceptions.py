"""Each misconception can be caught by some question, and is wrong there."""

from functools import cache

import pytest

from hvlib.questions import predictions
from hvlib.questions.misconceptions import BOOK, misconception
from hvlib.questions.problems import kinds, problem
from hvlib.questions.question import Question
from hvlib.questions.wrong_rules import moved, walk_by_adding, walk_by_product


@cache
def questions() -> tuple[Question, ...]:
    """All predictions, and problems of every kind and level for a few seeds."""
    asked = [predictions.prediction(id) for id in predictions.ids()]
    made = [problem(kind.id, seed, n) for kind in kinds() for n in (1, 2, 3) for seed in range(25)]
    return (*asked, *made)


@pytest.mark.parametrize("id", sorted(BOOK))
def test_it_is_reachable_by_a_guess_that_is_wrong(id: str) -> None:
    known = BOOK[id]
    caught = [q for q in questions() if any(trap.misconception == known for trap in q.traps)]
    assert caught, f"no question catches “{known.claim}”"
    for question in caught:
        trap = next(trap for trap in question.traps if trap.misconception == known)
        verdict = question.check(question.guess_of(trap))
        assert not verdict.right, f"{question.id}: “{known.claim}” gives the right answer"
        assert verdict.misconception is not None
        assert verdict.misconception.breaks in verdict.says


@pytest.mark.parametrize("id", sorted(BOOK))
def test_it_says_its_claim_and_where_it_breaks(id: str) -> None:
    known = misconception(id)
    assert known.claim.endswith("."), id
    assert known.breaks.endswith((".", ".)")), id
    assert known.claim != known.breaks


def test_an_unknown_one_is_named() -> None:
    with pytest.raises(KeyError, match="pg-iff"):
        misconception("nothing")


def test_the_wrong_rules_compute_what_they_claim() -> None:
    assert (walk_by_adding(4, 4), walk_by_product(4, 4)) == (8, 16)
    assert moved(("a", "b", "c"), "c", before="a") == ("c", "a", "b")
