"""Every parameter record of the models refuses, by name, a number that makes no sense."""

import ast
import math
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import hvlib.models
from hvlib.models import credit, inventory
from hvlib.models.machine import Machine
from hvlib.models.migration import Link
from hvlib.models.monitor import Monitor
from hvlib.models.working_set import PageClass

RECORDS = [
    Link(),
    PageClass(1.0, 1.0),
    credit.Load(0.1, 0.1),
    credit.VM("v"),
    credit.Machine(),
    inventory.Host("h", 1.0, 1.0),
    inventory.VM("v", 1.0, 1.0),
    inventory.Failure(1.0, "datastore"),
    inventory.Settings(percentage=0.5),
]
NUMBERS = [
    (record, field.name)
    for record in RECORDS
    for field in fields(record)
    if isinstance(getattr(record, field.name), int | float)
    and not isinstance(getattr(record, field.name), bool)
]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
@pytest.mark.parametrize(
    ("record", "name"), NUMBERS, ids=lambda item: item if isinstance(item, str) else ""
)
def test_a_bad_number_is_refused_with_record_and_field(record: Any, name: str, bad: float) -> None:
    with pytest.raises(ValueError, match=rf"{type(record).__name__}\.{name} must be .*, not "):
        replace(record, **{name: bad})


@pytest.mark.parametrize("name", ["minimum", "maximum", "increment"])
def test_a_migration_that_would_never_end_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"Link\.{name} must be .* not 0"):
        replace(Link(), **{name: 0})


def test_no_loop_of_a_model_runs_without_a_condition() -> None:
    """``while True`` has no bound that a reader could see."""
    for path in Path(hvlib.models.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
            assert not endless, f"{path.name}:{node.lineno} loops without a bound"


def test_a_turn_of_no_instructions_is_refused() -> None:
    monitor = Monitor(Machine(128))
    monitor.create(64)
    with pytest.raises(ValueError, match="a turn must be 1 instruction or more, not 0"):
        monitor.run(10, turn=0)
