"""What the book asks, by id: ``@asks`` adds a prediction, ``@kind`` a kind of problem.

An id is ``"chapter.name"`` and stands in the decorator alone; the function below it builds a
question without one. Those of a chapter keep the order of their file. ``predictions`` and
``problems`` look them up.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from random import Random

from hvlib.questions.misconceptions import BOOK
from hvlib.questions.question import Question, Trap

Asked = Callable[[], Question]
Made = Callable[[Random, int], Question]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem. title: for a menu. make: the question of a generator and a level."""

    id: str
    title: str
    make: Made


PREDICTIONS: dict[str, Asked] = {}
KINDS: dict[str, Kind] = {}
START_PAGE = 0
"""The chapter that asks ahead, about what later ones tell."""


def asks(id: str) -> Callable[[Asked], Asked]:
    """Add a prediction. Raises ValueError for an id in use or of another form.

    Asking it raises ValueError where the question, or one of its misconceptions, does not fit.
    """

    def add(make: Asked) -> Asked:
        @wraps(make)
        def asked() -> Question:
            return _checked(id, make)

        _check_id(id, PREDICTIONS)
        PREDICTIONS[id] = asked
        return asked

    return add


def kind(id: str, title: str) -> Callable[[Made], Made]:
    """Add a kind of problem. Raises ValueError for an id in use or of another form.

    A trap that happens to be right for a seed is left out; else misconceptions must fit as in a
    prediction.
    """

    def add(make: Made) -> Made:
        @wraps(make)
        def made(random: Random, level: int) -> Question:
            return _checked(id, lambda: _without_right_traps(make(random, level)))

        _check_id(id, KINDS)
        KINDS[id] = Kind(id, title, made)
        return made

    return add


def _check_id(id: str, register: Iterable[str]) -> None:
    if not re.fullmatch(r"\d+\.[\w-]+", id):
        raise ValueError(f"an id is a chapter and a name, as '2.slice', not {id!r}")
    if id in register:
        raise ValueError(f"two questions have the id {id!r}")


def ids(register: Iterable[str], chapter: int | None) -> tuple[str, ...]:
    """The ids of one chapter, or of all in the order of the book."""
    found = [id for id in register if chapter in (None, _chapter(id))]
    return tuple(sorted(found, key=_chapter))


def _chapter(id: str) -> int:
    return int(id.split(".")[0])


def _checked(id: str, make: Asked) -> Question:
    """The question with its id. Raises ValueError, naming the id, where it is not sound."""
    try:
        question = replace(make(), id=id)
        for trap in question.traps:
            if why := _misfit(question, trap):
                known = trap.misconception.id
                raise ValueError(f"the misconception {known!r} does not fit: {why}")
    except ValueError as error:
        raise ValueError(f"{id}: {error}") from error
    return question


def _misfit(question: Question, trap: Trap) -> str:
    """Why a misconception does not lead to a wrong answer here; empty where it does."""
    known, guess = trap.misconception, question.guess_of(trap)
    if BOOK.get(known.id) != known:
        return "misconceptions.toml does not have it"
    if _chapter(question.id) != START_PAGE and _chapter(question.id) < known.chapter:
        return f"it belongs to chapter {known.chapter}"
    if not question.is_possible(guess):
        return f"nobody can answer {trap.guess!r}"
    return f"its answer {trap.guess!r} is right" if question.is_right(guess) else ""


def _without_right_traps(question: Question) -> Question:
    wrong = (trap for trap in question.traps if not question.is_right(question.guess_of(trap)))
    return replace(question, traps=tuple(wrong))
