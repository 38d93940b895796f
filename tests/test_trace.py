"""A trace holds what happened, in order, and survives being stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.trace import Event, Provenance, Trace

times = st.floats(0, 1e6)
events = st.lists(
    st.builds(
        Event,
        time=times,
        kind=st.sampled_from(["run", "exit", "round"]),
        actor=st.text(max_size=5),
        duration=times,
        detail=st.dictionaries(st.text(max_size=3), st.integers()),
    ),
    max_size=8,
).map(lambda found: tuple(sorted(found, key=lambda event: event.time)))
HERE = Provenance("a laptop", "6.1", "2026-01-01", "hvlib record")


@given(events)
def test_storing_and_reading_gives_the_same_trace(found: tuple[Event, ...]) -> None:
    trace = Trace("a run", found, "recorded", HERE, {"downtime": 0.004})
    assert Trace.from_json(trace.to_json()) == trace


def test_a_recording_without_provenance_is_refused() -> None:
    with pytest.raises(ValueError, match="'boot' has no provenance"):
        Trace("boot", (), source="recorded")


def test_time_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match=r"event 1 \(exit\) at 1.0 s comes after one at 2.0 s"):
        Trace("boot", (Event(2.0, "run", "vcpu0"), Event(1.0, "exit", "vcpu0")))


@pytest.mark.parametrize("text", ["{}", '{"title": "x"}', "nonsense", '{"events": [{"a": 1}]}'])
def test_text_that_is_no_trace_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a stored trace|Expecting"):
        Trace.from_json(text)


def test_questions_of_a_trace() -> None:
    trace = Trace("t", (Event(0, "run", "a", 3.0), Event(1, "exit", "b"), Event(2, "run", "a")))
    assert trace.duration == 3.0
    assert [event.time for event in trace.of_kind("run")] == [0, 2]
    assert len(trace) == 3
