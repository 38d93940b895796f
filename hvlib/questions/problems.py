"""Problems without end, made from the models by seed: ``problem("2.walk", seed=7, level=2)``.

The same kind, seed and level give the same problem on any machine. The kinds themselves are in
one module a chapter.
"""

from random import Random

from hvlib.arguments import is_in
from hvlib.questions import (  # noqa: F401  (each adds its kinds to the register)
    problems1,
    problems2,
    problems3,
    problems4,
    register,
)
from hvlib.questions.question import Question
from hvlib.questions.register import KINDS, Kind

LEVELS = (1, 2, 3)


def kinds(chapter: int | None = None) -> tuple[Kind, ...]:
    """All kinds of problem, or one chapter's. Raises KeyError for a chapter without problems."""
    found = tuple(KINDS[id] for id in register.ids(KINDS, chapter))
    if not found:
        raise KeyError(f"chapter {chapter!r} has no problems; chapters 1 to 4 have")
    return found


def problem(kind: str, seed: int, level: int = 1) -> Question:
    """The problem of a kind, seed and level. Raises KeyError for an unknown kind or level."""
    if not is_in(kind, KINDS):
        raise KeyError(f"no kind of problem {kind!r}; there are {', '.join(KINDS)}")
    if level not in LEVELS:
        raise KeyError(f"a level is one of {LEVELS}, not {level!r}")
    return KINDS[kind].make(Random(f"{kind} {level} {seed}"), level)
