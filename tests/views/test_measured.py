"""Every recorded experiment has a picture, a sentence and a badge."""

import math
import re
from dataclasses import replace
from fractions import Fraction
from inspect import signature
from typing import Any

import numpy as np
import pytest

from hvlib.real import recording
from hvlib.trace import Event, Provenance, Trace
from hvlib.views.experiments import (
    ExitTiming,
    FaultIsolation,
    LiveMigration,
    PageMerging,
    ThreeWays,
    predicted_rounds,
)
from hvlib.views.limits import CpuLimit
from hvlib.views.measured import ENGINES, chart_of
from hvlib.views.restore import drawing, restored
from hvlib.views.ring import PortAndRing
from hvlib.views.side_by_side import MemoryHog, ProcessContainerVM, Steal, predicted_share
from hvlib.views.still import pixels
from hvlib.views.theme import DARK, LIGHT, Theme
from hvlib.widgets.measure import measure

pytestmark = pytest.mark.slow

recording.load_all()
NAMES = sorted(recording.REGISTRY)


def test_every_experiment_has_a_recording_that_says_where_it_is_from() -> None:
    for name in NAMES:
        assert recording.named(name).stored().provenance is not None


def test_an_experiment_without_a_name_or_a_chart_is_refused() -> None:
    with pytest.raises(KeyError, match=r"no experiment two_gests; there are balloon, .*two_guests"):
        measure("two_gests")
    with pytest.raises(LookupError, match="no chart shows recorded; decorate one with @shows"):
        chart_of(recording.Experiment(recorded))


@pytest.mark.parametrize(("name", "theme"), [*((name, LIGHT) for name in NAMES), (NAMES[0], DARK)])
def test_a_recording_draws(name: str, theme: Theme) -> None:
    trace = recording.REGISTRY[name].stored()
    picture = pixels(drawing(chart_of(recording.named(name)), theme).draw(trace))
    assert picture.getcolors(10) is None, f"{name}: an empty picture, of at most ten colours"


@pytest.mark.parametrize("name", NAMES)
def test_a_machine_that_can_not_measure_shows_the_recording_and_says_so(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HVLIB_TRACES", "recorded")
    shown = measure(name)
    data, _metadata = shown._repr_mimebundle_()
    assert "Recorded on" in data["text/plain"]
    assert "not here" in data["text/plain"]
    assert ">recorded<" in shown._badge.value
    assert shown.sentence in data["text/plain"]


def test_the_migration_model_is_given_only_two_rounds() -> None:
    def migration(third: int) -> Trace:
        rounds = ((4096, 0.1), (400, 0.01), (third, 0.001))
        events = tuple(
            Event(0.2 * n, "round", f"round {n + 1}", seconds, {"pages": pages})
            for n, (pages, seconds) in enumerate(rounds)
        )
        return Trace("m", events, "recorded", Provenance("a", "b", "c", "d"))

    assert predicted_rounds(migration(40)) == predicted_rounds(migration(90))
    assert predicted_rounds(migration(40))[:2] == [(4096.0, 0.1), (400.0, 0.01)]


def test_the_scheduler_model_gives_shares_by_weight() -> None:
    assert predicted_share("alone") == 1
    assert predicted_share("loaded") == 0.5
    assert predicted_share("load nice 19") == pytest.approx(1 - predicted_share("guest nice 19"))


def test_no_bar_of_a_recording_claims_to_be_this_machine() -> None:
    names = [name for _place, name in restored(ExitTiming).panels[0].y.ticks()]
    assert "measured" in names
    assert "this machine" not in names


def recorded(name: str, **changed: object) -> Trace:
    """A recording whose summary came out otherwise."""
    trace = recording.REGISTRY[name].stored()
    return replace(trace, summary={**trace.summary, **changed})


def has_a_guest(name: str) -> bool:
    """Whether an experiment runs a virtual machine: it needs an engine, or its trace names one."""
    experiment = recording.named(name)
    return bool({"kvm", "qemu"} & {*experiment.needs}) or "engine" in experiment.stored().summary


@pytest.mark.parametrize("name", [*filter(has_a_guest, NAMES)])
def test_every_sentence_on_a_guest_names_what_ran_it(name: str) -> None:
    experiment = recording.named(name)
    said = chart_of(experiment).says(experiment.stored())
    assert any(engine in said for engine in ENGINES.values()), said
    assert "itself a virtual one" in said


def test_a_translated_vm_says_so_in_the_picture_beside_a_container() -> None:
    chart = restored(ProcessContainerVM)
    trace = recorded("process_container_vm")
    chart.move(trace)
    for rows in (chart.starts, chart.memories):
        assert [text.text.endswith("(TCG)") for _bar, text in rows] == [False, False, True]
    native = {**trace.summary["VM"], "accelerator": "kvm"}
    chart.move(recorded("process_container_vm", VM=native))
    assert chart.starts[-1][1].text.endswith("(PVM)")


@pytest.mark.parametrize(("by", "word"), [("memory", "was ended at"), ("time", "was not ended by")])
def test_a_hog_that_was_not_ended_by_its_limit_is_not_said_to_be(by: str, word: str) -> None:
    trace = recorded("memory_hog", stopped_by=by, limit=4 << 30, peak_memory=134_950_912)
    assert word in MemoryHog.says(trace)
    chart = restored(MemoryHog)
    chart.move(trace)
    assert chart.end.text.startswith("not") == (by == "time")


def test_one_of_a_thing_is_not_many_and_no_number_has_an_exponent() -> None:
    one = {"stopped_by": "memory", "neighbour_ticks": 1, "host_ticks": 1}
    assert "ticked 1 time and the host 1 time." in MemoryHog.says(recorded("memory_hog", **one))
    sent = {way: {"exits": 1, "seconds": 2.0, "bytes_an_exit": 1} for way in ("port", "ring")}
    told = {**sent, "bytes": 1, "buffer": 1, "kick": 16, "ratio": 0.5}
    said = PortAndRing.says(recorded("port_and_ring", **told))
    assert "1 byte took 1 exit and 2,000 ms through a port; 1 exit and 2,000 ms" in said
    assert "1 packet of 1 byte a kick: 0.5 times" in said, "more packets than there were"
    assert "1 page differed" in LiveMigration.says(recorded("live_migration", pages_differing=1))
    limit = recorded("cpu_limit", workers=1, limit=1, periods=1)
    assert "A request of 1 worker needs" in CpuLimit.says(limit)
    assert "limit of 1 CPU " in CpuLimit.says(limit)
    assert "counted 1 period," in CpuLimit.says(limit)
    loop = {"waited": 1.0, "seconds": 1.0, "stolen": 0.0, "ticks": 1}
    assert "ran 1 time, alone 1 time." in Steal.says(recorded("steal", loaded=loop, alone=loop))
    slow = recorded("three_ways", direct=104.0, translated=1040.0)
    assert "104 ns directly, 1,040 ns translated" in ThreeWays.says(slow)


def test_ticks_after_the_time_was_up_are_not_told_of_as_if_the_neighbour_had_stood_still() -> None:
    odd = recorded("memory_hog", stopped_by="time", neighbour_ticks=0, host_ticks=0)
    said = MemoryHog.says(odd)
    assert "After that" not in said
    assert re.search(r"Meanwhile the neighbour ticked [1-9]\d* times and the host [1-9]", said)


def test_an_unknown_clock_gives_no_cycles() -> None:
    trace = recorded("exit_timing", mhz=0.0, cycles_per_exit=0.0)
    assert "cycles" not in ExitTiming.says(trace)
    chart = restored(ExitTiming)
    chart.move(trace)
    assert chart.bars[-1][1].text == "clock unknown"


def test_the_merged_pages_are_those_of_both_vms_together() -> None:
    said = PageMerging.says(recorded("page_merging"))
    assert "both VMs hold together" in said
    assert "of each VM" not in said


def test_a_survivor_that_stood_still_is_not_said_to_count_on() -> None:
    trace = recorded("fault_isolation", survivor_before=7, survivor_after=7)
    assert "counted on" not in FaultIsolation.says(trace)


@pytest.mark.parametrize("odd", [0, -1, 10**30, math.inf, math.nan, "many", None, []])
@pytest.mark.parametrize("name", NAMES)
def test_arguments_with_which_nothing_can_be_measured_are_refused_with_a_word(
    name: str, odd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a recording would be shown, too, whatever was asked for."""
    monkeypatch.setenv(recording.MODE_VARIABLE, "recorded")
    asked = recording.REGISTRY[name]
    for argument in signature(asked.function).parameters.values():
        if isinstance(argument.default, int | float) and (odd != 0 or argument.default):
            with pytest.raises(ValueError, match=rf"{argument.name}=.* number from .* to "):
                asked(**{argument.name: odd})


def test_what_is_no_argument_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="exit_timing has no argument 'exists'; it has exits, "):
        measure("exit_timing", exists=1)
    with pytest.raises(ValueError, match=r"exits=2.5 .* a whole number from 1 to 100,000"):
        measure("exit_timing", exits=2.5)
    with pytest.raises(KeyError, match="no experiment exit-timing; there are balloon, "):
        measure("exit-timing")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (Fraction(1, 2), 0.5),
        (3e0, 3),
    ],
)
def test_any_kind_of_number_is_taken_as_pythons_own(given: Any, meant: float) -> None:
    """A child of this process that is handed numpy's numbers has to load numpy first."""
    name = "exit_timing" if meant == 3 else "fault_isolation"
    key = "exits" if meant == 3 else "seconds"
    (taken,) = recording.REGISTRY[name]._checked({key: given}).values()
    assert (taken, type(taken)) == (meant, type(meant))


@pytest.mark.parametrize("odd", [True, np.array([3]), "3", np.bool_(1)])
def test_what_only_looks_like_a_number_is_refused(odd: Any) -> None:
    with pytest.raises(ValueError, match="a whole number from 1 to 100,000"):
        measure("exit_timing", exits=odd)


@pytest.mark.parametrize("error", [OSError(16, "Device or resource busy"), MemoryError()])
def test_what_fails_in_the_middle_brings_the_recording_and_the_reason(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exit_timing() -> Trace:
        raise error

    monkeypatch.delenv(recording.MODE_VARIABLE, raising=False)
    told = recording.badge(recording.Experiment(exit_timing)())
    assert told.startswith("Recorded on")
    assert told.endswith(("Device or resource busy.", "The memory does not suffice."))


@pytest.mark.parametrize("name", NAMES)
def test_the_bounds_of_arguments_are_of_arguments_and_let_the_usual_through(name: str) -> None:
    asked = recording.REGISTRY[name]
    known = signature(asked.function).parameters
    assert set(known) == set(asked.bounds), "an argument without bounds, or bounds of nothing"
    asked._checked({each: known[each].default for each in known})
