"""A reader's progress survives restarts and damage, and is theirs alone."""

import json
import subprocess
import sys
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
    assert progress.load().outcomes == {"1.a": "right"}


def test_the_first_answer_stays_the_first() -> None:
    progress.record("1.a", "more-kernels")
    found = progress.record("1.a", "right")
    assert (found.firsts, found.outcomes) == ({"1.a": "more-kernels"}, {"1.a": "right"})
    assert progress.load() == found


def test_an_earlier_editions_file_is_read_and_goes_on(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(json.dumps({"outcomes": {"1.a": "right"}}, indent=1))
    progress.record("1.b", "skipped")
    assert progress.load().outcomes == {"1.a": "right", "1.b": "skipped"}
    assert progress.load().notice == ""


def test_what_can_be_read_of_a_damaged_file_is_kept(file: Path) -> None:
    progress.record("1.a", "wrong")
    progress.record("1.a", "right")
    with file.open("a") as broken:
        broken.write('{"id": "1.b", "outc')
    assert "damaged" in progress.load().notice
    found = progress.load()
    assert (found.firsts, found.outcomes) == ({"1.a": "wrong"}, {"1.a": "right"})


def test_two_notebooks_at_once_lose_no_answer(file: Path) -> None:
    program = (
        "import sys\nfrom hvlib.questions import progress\n"
        "for n in range(50): progress.record(f'{sys.argv[1]}.{n}', 'right')"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, n]) for n in "12"]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(progress.load().outcomes) == 100


def test_a_home_and_a_variable_in_the_name_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHO", "ada")
    monkeypatch.setenv("HVLIB_PROGRESS", "~/$WHO.json")
    assert progress.where() == tmp_path / "ada.json"


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
