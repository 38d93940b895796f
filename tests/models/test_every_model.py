"""What every model of the book owes its reader, over its whole slider range."""

import math
import re
import time
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.model import Model, models

BUDGET = 0.010


MODELS = models()
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@every_model
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_slider_position_gives_a_finite_answer_and_a_sentence(
    model: type[Model], data: st.DataObject
) -> None:
    question = model(**data.draw(knob_values(model)))
    result = question.run()
    sentence = result.describe()
    assert 20 < len(sentence) < 600, f"{question!r}: {sentence!r}"
    assert "nan" not in sentence.lower().split(), f"{question!r} says {sentence!r}"
    assert not re.search(r"\de[+-]\d", sentence), f"{question!r} writes an exponent: {sentence}"
    bad = [name for name, value in _numbers(result) if not math.isfinite(value)]
    assert not bad, f"{question!r}: {bad} not finite"
    for text in (question.state(), *_links(question.state())):
        assert model.from_state(text).state() == question.state(), text
    assert question.run() == result, f"{question!r} gives another answer the second time"


def _links(state: str) -> list[str]:
    """What a reader may copy of the address of a state on the site (``written`` in book.js)."""
    behind = quote(state, safe="!'()*-._~=").replace("%20", "+")
    of_page = f"https://example.org/book/ko/02-type-1.html#migration?{behind}"
    return [of_page, f"#migration?{behind}", f"?{behind}", behind]


@every_model
def test_one_of_a_thing_is_not_many(model: type[Model]) -> None:
    """A sentence with the smallest counts: "1 pCPU", not "1 pCPUs"."""
    counts = {
        field.name: max(1, round(field.knob.low))
        for field in model.knobs().values()
        if field.kind == "int"
    }
    sentence = model(**counts).run().describe()
    wrong = re.findall(r"(?<!of )\b1 [A-Za-z]+s\b(?<! is)(?<! gets)(?<! runs)(?<! ms)", sentence)
    assert not wrong, f"{model.__name__} counts {wrong}: {sentence}"


@every_model
def test_labels_and_units_are_there(model: type[Model]) -> None:
    assert model.title, f"{model.__name__} has no title"
    assert (model.__doc__ or "").strip(), f"{model.__name__} has no docstring"
    for field in model.knobs().values():
        assert field.knob.label, f"{model.__name__}.{field.name} has no label"
        assert len(field.knob.label) <= 48, (
            f"{model.__name__}.{field.name}: label too long for a slider"
        )


@every_model
def test_an_answer_comes_within_ten_milliseconds(model: type[Model]) -> None:
    slowest = max((_seconds(question), repr(question)) for question in _corners(model))
    # A busy test machine may double a time; three times the budget is a slow model.
    assert slowest[0] < 3 * BUDGET, f"{slowest[1]} took {slowest[0] * 1e3:.1f} ms"


def _corners(model: type[Model]) -> list[Model]:
    """Defaults, and each knob at its ends with the others at default, low and high."""
    knobs = model.knobs().values()
    ends: dict[str, tuple[Any, ...]] = {}
    for field in knobs:
        if field.kind == "bool":
            ends[field.name] = (False, True)
        elif field.kind == "choice":
            ends[field.name] = field.choices
        else:
            ends[field.name] = (field.knob.low, field.knob.high)
    bases = [{}, {n: e[0] for n, e in ends.items()}, {n: e[-1] for n, e in ends.items()}]
    return [
        model(**{**base, name: value}) for base in bases for name in ends for value in ends[name]
    ]


def _seconds(question: Model) -> float:
    best = math.inf
    for _attempt in range(3):
        began = time.process_time()
        question.run()
        best = min(best, time.process_time() - began)
        if best < BUDGET:
            break
    return best


def _numbers(result: Any) -> list[tuple[str, float]]:
    if not is_dataclass(result):
        return []
    values = ((item.name, getattr(result, item.name)) for item in fields(result))
    return [(name, value) for name, value in values if isinstance(value, int | float)]
