"""One declaration of a knob gives range, error, state and slider."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from hypothesis import given

from conftest import knob_values
from hvlib.models.cluster import Cluster
from hvlib.models.model import Knob, KnobError, Model, Result


@dataclass(frozen=True, slots=True)
class Doubled(Result):
    value: float

    def describe(self) -> str:
        return f"{self.value}"


Policy = Literal["pre-copy", "post-copy", "stop and copy"]


class Example(Model):
    memory: Annotated[float, Knob("VM memory", 64, 4096, "MB")] = 800
    vcpus: Annotated[int, Knob("vCPUs", 1, 8)] = 2
    policy: Annotated[Literal["pre-copy", "post-copy", "stop and copy"], Knob("Policy")] = (
        "pre-copy"
    )
    boost: Annotated[bool, Knob("Boost")] = True

    def run(self) -> Doubled:
        return Doubled(2 * self.memory)


@given(knob_values(Example))
def test_a_state_brings_the_model_back(values: dict[str, object]) -> None:
    model = Example(**values)
    back = Example.from_state(model.state())
    assert back.memory == pytest.approx(model.memory)
    assert back.with_(memory=model.memory) == model


def test_a_value_that_reads_as_the_default_is_the_default() -> None:
    assert Example(memory=800.0000000000001).state() == ""


def test_a_state_with_an_apostrophe_can_be_read_and_typed() -> None:
    model = Cluster(fails="host's management network")
    assert model.state() == 'fails="host\'s management network"'
    assert Cluster.from_state(model.state()) == model


def test_a_state_names_only_what_differs_from_the_defaults() -> None:
    assert Example().state() == ""
    assert Example(memory=1024, boost=False).state() == "memory=1024 boost=False"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"memroy": 1}, "Example has no knob 'memroy'; .* Did you mean 'memory'?"),
        ({"memory": 5}, "Example.memory must be 64 to 4096 MB, not 5"),
        ({"memory": float("nan")}, "Example.memory must be 64 to 4096 MB, not nan"),
        ({"memory": float("inf")}, "Example.memory must be 64 to 4096 MB, not inf"),
        ({"vcpus": 2.5}, "Example.vcpus must be 1 to 8, not 2.5"),
        (
            {"policy": "magic"},
            "Example.policy must be one of 'pre-copy', 'post-copy', .*, not 'magic'",
        ),
        ({"memory": "x", "vcpus": 99}, "Example.memory .*; Example.vcpus must be 1 to 8, not 99"),
    ],
)
def test_a_wrong_knob_says_model_field_range_and_value(
    values: dict[str, object], message: str
) -> None:
    with pytest.raises(KnobError, match=message):
        Example(**values)


@pytest.mark.parametrize(
    "text",
    [
        *("memory", "memory=", "memory=12 x=3", "memory=99999", "policy='stop"),
        *("page.html#example", "#example?memory", "#example?x=3", "memory=%zz", "?memory=9%2599"),
    ],
)
def test_text_that_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(KnobError):
        Example.from_state(text)


def test_a_model_can_not_be_poked() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Example().memory = 100  # type: ignore[misc]


def test_a_field_without_a_knob_is_a_programming_error() -> None:
    class Bare(Model):
        memory: float = 1

        def run(self) -> Doubled:
            return Doubled(1)

    with pytest.raises(TypeError, match=r"Bare\.memory is declared without a Knob"):
        Bare()
