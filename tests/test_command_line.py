"""``python -m hvlib``: every command runs, and a wrong one says what there is."""

import subprocess
import sys

import pytest

from hvlib.__main__ import main
from hvlib.real import probe


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


def test_record_lists_and_refuses_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "--list"]) == 0
    assert "live_migration" in capsys.readouterr().out.splitlines()
    assert main(["record", "perpetual_motion"]) == 2
    assert "no experiment perpetual_motion; there are" in capsys.readouterr().err


def test_a_command_is_needed() -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
