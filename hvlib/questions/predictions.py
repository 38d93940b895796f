"""The questions that the book asks before it tells, by id: ``prediction("2.slice")``.

An id is ``"chapter.name"``. The questions themselves are in one module a chapter.
"""

from functools import cache

from hvlib.questions import (  # noqa: F401  (each adds its questions to the register)
    predictions0,
    predictions1,
    predictions2,
    predictions3,
    predictions4,
    predictions4_costs,
    register,
)
from hvlib.questions.question import Question


def ids(chapter: int | None = None) -> tuple[str, ...]:
    """The ids of all questions, or of one chapter's, in the order of the book."""
    return register.ids(register.PREDICTIONS, chapter)


@cache
def prediction(id: str) -> Question:
    """The question with this id, its answer computed. Raises KeyError naming the known ids."""
    if id not in register.PREDICTIONS:
        raise KeyError(f"no question {id!r}; there are {', '.join(ids())}")
    return register.PREDICTIONS[id]()
