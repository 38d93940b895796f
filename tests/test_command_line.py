"""``python -m hvlib``: every command runs, and a wrong one says what there is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hvlib.__main__ import main
from hvlib.real import probe
from hvlib.systems.system import load


def test_the_version_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hvlib", "--version"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0
    assert done.stdout[0].isdigit()


def test_doctor_prints_every_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line[:2] in ("ye", "no")] == list(probe.QUESTIONS)


def test_here_tells_of_this_machine_and_says_what_it_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    assert main(["here", "--anonymous", "--save", str(file)]) == 0
    out = capsys.readouterr().out
    assert "not a scanner" in out
    assert "Nothing was sent anywhere." in " ".join(out.split())
    assert load(file).component("kernel").name in out
    assert main(["here", "--save", str(tmp_path)]) == 1
    assert "can't write the file" in capsys.readouterr().err


def test_record_lists_and_refuses_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "--list"]) == 0
    assert "live_migration" in capsys.readouterr().out.splitlines()
    assert main(["record", "perpetual_motion"]) == 2
    assert "no experiment perpetual_motion; there are" in capsys.readouterr().err


def test_a_command_is_needed() -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2


def test_a_console_without_the_book_s_letters_is_no_reason_to_stop(tmp_path: Path) -> None:
    command = ["exercises", "--chapter", "1", "--seed", "7", "--out", str(tmp_path / "µ−✓.ipynb")]
    done = subprocess.run(
        [sys.executable, "-m", "hvlib", *command],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()[-300:]
    assert b"???.ipynb" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["gone", "full"])
def test_who_does_not_read_on_gets_no_traceback(reader: str, tmp_path: Path) -> None:
    sheet = ["exercises", "--chapter", "1", "--seed", "7", "--out", str(tmp_path / "x.ipynb")]
    for command in (["record", "--list"], sheet):
        if reader == "gone":
            ours, theirs = os.pipe()
            os.close(ours)
        elif os.path.exists("/dev/full"):
            theirs = os.open("/dev/full", os.O_WRONLY)
        else:
            pytest.skip("no /dev/full here")
        done = subprocess.run(
            [sys.executable, "-m", "hvlib", *command],
            stdout=theirs, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
        os.close(theirs)
        assert done.returncode == 1
        assert done.stderr == "" if reader == "gone" else "can't go on" in done.stderr, command
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) <= 1
    assert len(list(tmp_path.iterdir())) == 2, "the sheet is not there"


def test_what_can_not_be_opened_or_written_is_said_in_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from hvlib.site import serving

    monkeypatch.setattr(serving, "built", lambda: tmp_path)
    for command in (
        ["exercises", "--chapter", "1", "--seed", "7", "--out", ""],
        ["exercises", "--chapter", "1", "--seed", "7", "--out", str(tmp_path)],
        ["site", "--no-browser", "--port", "99999"],
        ["site", "--no-browser", "--port", "-1"],
        ["here", "--save", ""],
    ):
        assert main(command) == 1, command
        assert "can't" in capsys.readouterr().err
