"""One call gives a live trace or a stored one, and a stored one always says so."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from hvlib.real import probe, recording
from hvlib.real.recording import Experiment, UnavailableError
from hvlib.trace import Event, Provenance, Trace


def small(value: float = 1.5) -> Trace:
    """An experiment for these tests."""
    return Trace("small", (Event(0.0, "run", "us"),), summary={"value": value})


def impossible() -> Trace:
    """An experiment that finds out late that it can't."""
    raise UnavailableError("No, not here.")


@pytest.fixture(autouse=True)
def no_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reader has set, these tests see nothing of it."""
    monkeypatch.delenv(recording.MODE_VARIABLE, raising=False)


def test_a_live_trace_is_measured_and_says_where_and_how() -> None:
    trace = Experiment(small)(value=2.0)
    assert trace.source == "measured"
    assert trace.provenance is not None
    assert trace.provenance.command.endswith("small(value=2.0)")
    assert recording.badge(trace).startswith("Measured here on ")


def test_a_stored_trace_comes_where_none_can_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recording.record(Experiment(small), tmp_path) == "recorded for the first time."
    monkeypatch.setenv(recording.MODE_VARIABLE, "recorded")
    trace = Experiment(small).stored(tmp_path)
    assert trace.source == "recorded"
    assert "not here" in recording.badge(trace)
    assert trace.summary == {"value": 1.5}


def test_recording_anew_says_what_changed(tmp_path: Path) -> None:
    recording.record(Experiment(small), tmp_path)
    assert recording.record(Experiment(small), tmp_path) == "nothing changed."
    stored = json.loads((tmp_path / "small.json").read_text())
    stored["summary"] = {"value": 3.14159, "gone": 1}
    (tmp_path / "small.json").write_text(json.dumps(stored))
    assert recording.record(Experiment(small), tmp_path) == "value 3.142 → 1.5, gone 1 → –"


def test_what_cannot_run_keeps_its_recording(tmp_path: Path) -> None:
    assert recording.record(Experiment(impossible), tmp_path) == "kept as it was. No, not here."
    assert not list(tmp_path.iterdir())


def test_an_unmet_need_is_told_in_the_probes_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "ask", lambda name: probe.Answer(name, name != "ksm", "No KSM."))
    assert Experiment(small, ("kvm",)).why_not() == ""
    assert Experiment(small, ("kvm", "ksm")).why_not() == "No KSM."
    with pytest.raises(UnavailableError, match="There is no recording of small"):
        Experiment(small, ("ksm",))()


@pytest.mark.parametrize("reason", ["the mode", "a need", "late"])
def test_a_recording_says_why_it_is_one(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording.record(Experiment(small), tmp_path)
    monkeypatch.setattr(recording, "RECORDINGS", tmp_path)
    monkeypatch.setattr(Experiment.stored, "__defaults__", (tmp_path,))
    monkeypatch.setattr(probe, "ask", lambda name: probe.Answer(name, False, "No KSM here."))
    if reason == "the mode":
        monkeypatch.setenv(recording.MODE_VARIABLE, "recorded")
        trace, said = Experiment(small)(), "HVLIB_TRACES is set to 'recorded'."
    elif reason == "a need":
        trace, said = Experiment(small, ("ksm",))(), "No KSM here."
    else:
        (tmp_path / "small.json").rename(tmp_path / "impossible.json")
        trace, said = Experiment(impossible)(), "No, not here."
    assert recording.badge(trace).endswith(said)
    assert said not in trace.to_json(), "it is not true of the next reader's machine"


@pytest.mark.parametrize(
    ("system", "release", "said"),
    [
        ("Linux", "6.1.0", "Linux 6.1.0"),
        ("Darwin", "24.6.0", "macOS, Darwin 24.6.0"),
        ("Windows", "11", "Windows 11"),
    ],
)
def test_the_badge_names_the_readers_system(
    system: str, release: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording.platform, "system", lambda: system)
    monkeypatch.setattr(recording.platform, "release", lambda: release)
    assert f", {said}, " in recording.badge(Experiment(small)())


@pytest.mark.parametrize(
    "machine",
    [
        "AMD EPYC, 2 CPUs",
        "x86_64, 1 CPU",
        "A, B, 8 CPUs, busy with other work (load 6.6)",
        "Cray-1",
    ],
)
def test_a_stored_machine_reads_in_english_as_it_is_stored(machine: str) -> None:
    assert Provenance(machine, "", "", "").machine_in_words == machine


def test_a_busy_machine_is_told_beside_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording.os, "getloadavg", lambda: (99.0, 0.0, 0.0), raising=False)
    assert "busy with other work (load 99.0)" in recording.badge(Experiment(small)())
    monkeypatch.setattr(recording.os, "getloadavg", lambda: (0.1, 0.0, 0.0), raising=False)
    assert "busy" not in recording.badge(Experiment(small)())


def test_two_readers_measure_one_after_the_other() -> None:
    program = (
        "import time\nfrom hvlib.real.recording import turn\n"
        "with turn():\n    with turn(): print(time.time(), flush=True)\n"
        "    time.sleep(0.3)\n    print(time.time())"
    )
    readers = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _reader in range(3)
    ]
    turns = sorted(tuple(map(float, r.communicate(timeout=60)[0].split())) for r in readers)
    for (_began, ended), (next_began, _) in itertools.pairwise(turns):
        assert ended <= next_began, "two experiments ran at once and measured each other"


def test_who_waited_long_enough_measures_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "PATIENCE", 0.1)
    fcntl = pytest.importorskip("fcntl")
    with open(recording.__file__, "rb") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        assert Experiment(small)().source == "measured"


def test_two_experiments_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "REGISTRY", {})
    recording.experiment()(small)
    recording.experiment()(small)  # the same module imported anew
    other = Experiment(small)
    other.function.__module__, before = "elsewhere", other.function.__module__
    try:
        recording.REGISTRY["small"] = Experiment(lambda: small())
        with pytest.raises(ValueError, match="two experiments are called 'small'"):
            recording.experiment()(small)
    finally:
        small.__module__ = before


def test_every_experiment_has_a_recording_that_says_where_it_is_from() -> None:
    recording.load_all()
    missing = [n for n in recording.REGISTRY if not (recording.RECORDINGS / f"{n}.json").exists()]
    assert not missing, "run: python -m hvlib record"
    for name, experiment in recording.REGISTRY.items():
        trace = experiment.stored()
        assert isinstance(trace.provenance, Provenance), name
        assert name in trace.provenance.command
        assert trace.summary, f"the recording of {name} has no totals"


def test_every_experiments_needs_are_questions_of_the_probe() -> None:
    recording.load_all()
    for experiment in recording.REGISTRY.values():
        assert set(experiment.needs) <= set(probe.QUESTIONS)
        assert experiment.__doc__ == experiment.function.__doc__ != None  # noqa: E711
