"""A reader's progress survives restarts and damage, and is theirs alone."""

import json
from pathlib import Path

import pytest

from hvlib.questions import progress


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "deep" / "progress.json"
    monkeypatch.setenv("HVLIB_PROGRESS", str(path))
    return path


def test_what_was_answered_is_there_after_a_restart(file: Path) -> None:
    progress.record("1.trap", "right")
    progress.record("2.slice", "bigger-slice")
    assert progress.load().outcomes == {"1.trap": "right", "2.slice": "bigger-slice"}
    assert progress.load().chapter(2) == {"2.slice": "bigger-slice"}
    assert [entry.name for entry in file.parent.iterdir()] == ["progress.json"]


@pytest.mark.parametrize("damage", ["{", "[]", '{"outcomes": 3}', '{"outcomes": {"a": 1}}', "\0"])
def test_a_damaged_file_is_set_aside_with_a_message(file: Path, damage: str) -> None:
    file.parent.mkdir()
    file.write_text(damage)
    found = progress.load()
    assert found.outcomes == {}
    assert "damaged" in found.notice
    assert file.with_suffix(".damaged.json").read_text() == damage
    progress.record("1.a", "right")
    assert json.loads(file.read_text())["outcomes"] == {"1.a": "right"}


def test_reset_forgets_and_can_be_repeated(file: Path) -> None:
    progress.record("1.a", "right")
    progress.reset()
    progress.reset()
    assert progress.load().outcomes == {}
    assert progress.load().notice == ""


def test_a_disk_that_refuses_does_not_break_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("HVLIB_PROGRESS", str(blocked / "progress.json"))
    assert "could not be stored" in progress.record("1.a", "right").notice or progress.load().notice
