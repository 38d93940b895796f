"""What a container's settings let through: what the model says, and on a stand-in only."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from real.traces import gone

from hvlib.models.isolation import Isolation
from hvlib.real import probe, settings, stand_in
from hvlib.real.recording import UnavailableError
from hvlib.real.syscalls import is_root
from hvlib.trace import Trace
from hvlib.trust import SETTINGS, Setting

NEEDS = [probe.ask(name) for name in settings.wrong_settings.needs]
pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(answer.yes for answer in NEEDS),
        reason=next((answer.why for answer in NEEDS if not answer.yes), "namespaces"),
    ),
]
DOORS = {"kernel": "disk", "files": "host's file", "manager": "manager", "neighbours": "neighbour"}
"""Which attempt goes through each of the model's doors."""


@pytest.fixture(scope="module")
def trace() -> Trace:
    return settings.wrong_settings.live()


@pytest.mark.parametrize("setting", list(SETTINGS))
def test_a_door_is_open_where_the_model_has_one(trace: Trace, setting: Setting) -> None:
    through = trace.summary["through"][setting]
    door = SETTINGS[setting].door
    assert {what for what in DOORS.values() if what in through} == (
        {DOORS[door]} if door else set()
    )
    model = Isolation(setting=setting, flaw="application")
    assert (len(model.run().fallen) > 1) == bool(door)


@pytest.mark.parametrize("setting", list(SETTINGS))
def test_a_guard_is_gone_where_the_model_says_so(trace: Trace, setting: Setting) -> None:
    through = set(trace.summary["through"][setting])
    proofs = {
        "seccomp": "blocked call",
        "capabilities": "mounting",
        "network namespace": "loopback",
    }
    for guard, what in proofs.items():
        assert (what in through) == (guard in SETTINGS[setting].guards), guard
    assert "forgotten folder" in through, "root inside is root of the stand-in"


def test_a_user_namespace_shuts_the_doors_and_keeps_root_from_what_was_left_open(
    trace: Trace,
) -> None:
    if not trace.summary["mapped"]:
        pytest.skip("an ordinary user has no second user")
    through = {what for found in trace.summary["mapped"].values() for what in found}
    assert not through & {*DOORS.values(), "forgotten folder", "kernel setting"}
    assert trace.summary["mapped"]["defaults"] == []


def test_every_attempt_was_made_once_for_each_container(trace: Trace) -> None:
    rounds = 1 + bool(trace.summary["mapped"])
    assert len(trace.events) == len(SETTINGS) * len(stand_in.ATTEMPTS) * rounds
    for event in trace.events:
        assert event.detail["through"] == (event.detail["why"] == "")


def test_the_stand_in_sees_nothing_of_the_machine(trace: Trace) -> None:
    assert trace.summary["sees"] == ["dev", "etc", "image", "mnt", "proc", "run", "tmp"]


@pytest.mark.skipif(not is_root(), reason="an ordinary user's stand-in is that user")
def test_roots_stand_in_is_nobody_here() -> None:
    before = Path("/etc/crontab").stat().st_mtime_ns if Path("/etc/crontab").exists() else 0
    with running() as process:
        seen = set()
        deadline = time.monotonic() + 3
        while process.poll() is None and time.monotonic() < deadline:
            seen |= {owner for _pid, owner in below(process.pid)}
        assert seen
        assert seen <= {0, *range(stand_in.FIRST_ID, stand_in.FIRST_ID + stand_in.IDS)}
        assert any(owner >= stand_in.FIRST_ID for owner in seen)
    after = Path("/etc/crontab").stat().st_mtime_ns if Path("/etc/crontab").exists() else 0
    assert after == before


@contextlib.contextmanager
def running():  # type: ignore[no-untyped-def]
    """The stand-in, alone."""
    path = {**os.environ, "PYTHONPATH": str(Path(stand_in.__file__).parents[2])}
    command = [sys.executable, "-m", stand_in.__name__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=path) as process:
        try:
            yield process
        finally:
            process.kill()


def below(pid: int) -> list[tuple[int, int]]:
    """A process and its descendants, each with its user."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        with contextlib.suppress(OSError):
            found.append((one, os.stat(f"/proc/{one}").st_uid))
            for thread in os.listdir(f"/proc/{one}/task"):
                text = Path(f"/proc/{one}/task/{thread}/children").read_text()
                waiting += map(int, text.split())
    return found


@pytest.mark.parametrize("delay", [0.0, 0.15, 0.3, 0.5])
def test_killed_at_any_time_it_leaves_no_process(delay: float) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    with running() as process:
        time.sleep(0.3 + delay)
        family = {pid for pid, _owner in below(process.pid)}
        process.kill()
        process.wait()
        assert all(map(gone, family - {process.pid})), "the stand-in outlived who made it"
    assert Path("/proc/self/mountinfo").read_text() == mounts


def test_an_interrupt_ends_it() -> None:
    made: set[int] = set()

    def interrupt() -> None:
        while len(made) < 3:  # until the stand-in has processes of its own
            made.update(pid for pid, _owner in below(os.getpid()) if is_stand_in(pid))
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        again_and_again()
    assert all(map(gone, made))


def again_and_again() -> None:
    for _turn in range(20):
        settings.wrong_settings.function()


def is_stand_in(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return stand_in.__name__ in Path(f"/proc/{pid}/cmdline").read_text()
    return False


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([{"error": "no namespaces here"}], "no namespaces here"),
        ([{"ids": 1, "sees": []}], "it was killed"),
        ([], "it was killed"),
        (
            [
                {"ids": 1, "sees": []},
                {"setting": "defaults", "found": {"error": "no overlay"}},
                {"done": True},
            ],
            "with defaults could not be made: no overlay",
        ),
    ],
)
def test_what_fails_is_told(said: list[object], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "\n".join(map(json.dumps, said)).encode()
    done = subprocess.CompletedProcess([], 0, stdout=lines)
    monkeypatch.setattr(subprocess, "run", lambda *_a, **_k: done)
    with pytest.raises(UnavailableError, match=why):
        settings.wrong_settings.function()
