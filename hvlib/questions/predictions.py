"""The questions that the book asks before it tells, by id: ``prediction("2.slice")``.

An id is ``"chapter.name"``. The questions themselves are in one module a chapter.
"""

from collections.abc import Callable
from functools import cache

from hvlib.questions import predictions0, predictions1, predictions2, predictions3, predictions4
from hvlib.questions.question import Question

_MAKERS: dict[str, Callable[[], Question]] = {
    **predictions0.QUESTIONS,
    **predictions1.QUESTIONS,
    **predictions2.QUESTIONS,
    **predictions3.QUESTIONS,
    **predictions4.QUESTIONS,
}


def ids(chapter: int | None = None) -> tuple[str, ...]:
    """The ids of all questions, or of one chapter's, in the order of the book."""
    return tuple(id for id in _MAKERS if chapter is None or id.startswith(f"{chapter}."))


@cache
def prediction(id: str) -> Question:
    """The question with this id, its answer computed. Raises KeyError naming the known ids."""
    if id not in _MAKERS:
        raise KeyError(f"no question {id!r}; there are {', '.join(ids())}")
    return _MAKERS[id]()
