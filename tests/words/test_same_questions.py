"""One seed asks the same in every language: parts are chosen, shuffled and judged by id."""

from typing import Any

import pytest

from tests.words.pseudo import meant, run

SEEDS = 24
_ASKED = """
import json
from hvlib.questions.predictions import ids, prediction
from hvlib.questions.problems import kinds, problem

def key(question):
    traps = [[trap.misconception.id, answer(trap.guess)] for trap in question.traps]
    right = getattr(question, "answer", None)
    if right is None:
        right = [part.answer for part in question.parts]
    names = list(getattr(question, "names", {}).items())
    options = [*getattr(question, "options", ()), *map(list, names)]
    asked = [getattr(question, "system", ""), *getattr(question, "crashed", ())]
    return [type(question).__name__, asked, options, answer(right), traps]

def answer(value):
    return sorted(value) if isinstance(value, frozenset) else value

asked = {id: key(prediction(id)) for id in ids()}
for chapter in (1, 2, 3, 4):
    for kind in kinds(chapter):
        for seed in range(%d):
            asked[f"{kind.id} {seed}"] = key(problem(kind.id, seed, 1 + seed %% 3))
print(json.dumps(asked))
"""


@pytest.mark.slow
def test_a_seed_asks_the_same_in_every_language() -> None:
    script = _ASKED % SEEDS
    english, other = (run(script, pseudo=pseudo) for pseudo in (False, True))
    assert english.keys() == other.keys()
    differ = [id for id, asked in english.items() if asked != _in_english(other[id])]
    assert not differ, f"{differ[0]}: {english[differ[0]]} is {_in_english(other[differ[0]])}"


def _in_english(value: Any) -> Any:
    if isinstance(value, str):
        return meant(value)
    return [*map(_in_english, value)] if isinstance(value, list) else value
