"""Whatever a stranger hands to a function of the book is taken as meant, or refused with a word."""

from collections.abc import Callable
from typing import Any

import pytest
import traitlets

import hvlib
from hvlib import Deployment, Migration, load
from hvlib.arguments import of_kind, several
from hvlib.trace import Trace

ODD: list[Any] = ["no such thing", 3, -1, 1.5, None, [], {}, object()]
REFUSED = (ValueError, KeyError, traitlets.TraitError)
"""All with a message that says what is allowed."""
ASKED: dict[str, Callable[[Any], object]] = {
    "a system to show": hvlib.show,
    "a system to compare": lambda odd: hvlib.compare("xen", odd),
    "a system to classify": hvlib.classifier,
    "a system to break out of": hvlib.breach,
    "a system that falls": hvlib.falls,
    "a system of containers": hvlib.isolation,
    "a system in a table": lambda odd: hvlib.crossing_table(["xen", odd]),
    "a component": lambda odd: hvlib.show("xen", crashed=[odd] if odd != [] else ["domO"]),
    "an attacker": lambda odd: hvlib.who_falls("docker", odd, ["kernel"]),
    "crashes": lambda odd: hvlib.victims_table({"xen": ["domO"]} if odd == {} else odd),
    "a model": hvlib.explore,
    "a knob": lambda odd: hvlib.explore(Migration, odd),
    "a goal": lambda odd: hvlib.explore(Migration, goal=odd or "x"),
    "a knob’s value": lambda odd: hvlib.explore(Migration, memory=odd),
    "a question": hvlib.predict,
    "a kind of problem": hvlib.exercise,
    "a chapter with problems": lambda odd: hvlib.exercises(0 if odd in (None, 3) else odd),
    "a seed": lambda odd: hvlib.exercises(1, seed="x" if isinstance(odd, int) else odd),
    "a level": lambda odd: hvlib.exercises(1, level=0 if odd == 3 else odd),
    "an experiment": hvlib.measure,
    "a deployment": hvlib.plans_table,
    "a trace": lambda odd: hvlib.one_machine(odd or "x"),
    "another's trace": lambda _odd: hvlib.one_machine(Trace("three_ways", (), "measured")),
    "an engine": lambda odd: hvlib.measure(
        "fault_isolation", engine="qemu" if odd is None else odd
    ),
    "a cluster": lambda odd: hvlib.cluster_board("x" if odd is None else odd),
    "a time": lambda odd: hvlib.cluster_board(now="x" if isinstance(odd, int | float) else odd),
    "a flow to compare": lambda odd: hvlib.compare("xen", "kvm", flow=odd or "pocket"),
    "computers in the page": hvlib.page_machines,
    "a chapter with figures": lambda odd: hvlib.comparisons(0 if odd == 3 else odd),
}


@pytest.mark.parametrize("asked", ASKED)
def test_what_can_not_be_used_is_refused_with_a_word(asked: str) -> None:
    for odd in ODD:
        with pytest.raises(REFUSED) as refused:
            ASKED[asked](odd)
        assert " " in str(refused.value), f"{asked}: {refused.value!r} tells a reader nothing"


def test_a_string_alone_is_one_name() -> None:
    assert hvlib.show("xen", crashed="dom0").crashed == ("dom0",)
    assert hvlib.crossing_table("xen") == hvlib.crossing_table(["xen"], "packet")
    assert hvlib.crossing_table("xen").rows
    assert hvlib.victims_table({"xen": "dom0"}) == hvlib.victims_table({"xen": ["dom0"]})
    assert several("dom0") == ("dom0",)


def test_a_system_can_be_named_or_given() -> None:
    docker = load("docker")
    assert str(hvlib.falls("docker")) == str(hvlib.falls(docker))
    assert hvlib.isolation("docker") == hvlib.isolation(docker)


def test_what_is_asked_for_is_shown_and_a_long_value_is_not_written_out() -> None:
    with pytest.raises(ValueError, match=r"write for example plans_table\(Deployment\(\).run"):
        hvlib.plans_table(Deployment())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="can't be used here") as refused:
        of_kind("x" * 5000, int, "7")
    assert len(str(refused.value)) < 120
