"""Sheets to hand out: the same bytes for a seed, and what nbgrader makes of them."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from hvlib.__main__ import main
from hvlib.questions.problems import kinds, problem
from hvlib.questions.sheet import as_answer, as_bytes, as_guess, check, notebook, write

pytestmark = pytest.mark.slow

CHAPTERS = (1, 2, 3, 4)


@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_sheet_is_a_valid_notebook_with_all_kinds(chapter: int, level: int) -> None:
    book = nbformat.reads(as_bytes(notebook(chapter, 7, level, solved=True)).decode(), as_version=4)
    nbformat.validate(book)
    tests = [cell for cell in book.cells if cell.metadata.nbgrader.grade]
    assert len(tests) == len(kinds(chapter))
    ids = [cell.metadata.nbgrader.grade_id for cell in book.cells]
    assert len(set(ids)) == len(ids)


def test_the_same_seed_gives_the_same_bytes_in_any_process() -> None:
    program = (
        "import sys, hashlib; from hvlib.questions.sheet import as_bytes, notebook\n"
        "print(hashlib.sha256(b''.join(as_bytes(notebook(c, 7, l, solved=True))"
        " for c in (1, 2, 3, 4) for l in (1, 2, 3))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, text=True,
            capture_output=True, check=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1, "a sheet depends on the order of hashes"


def test_another_seed_gives_another_sheet() -> None:
    assert notebook(2, 1, 1, solved=False) != notebook(2, 2, 1, solved=False)


@pytest.mark.parametrize("kind", [kind.id for kind in kinds()])
def test_the_written_answer_is_right_and_survives_the_notebook(kind: str) -> None:
    for seed in range(12):
        level = 1 + seed % 3
        question = problem(kind, seed, level)
        answer = eval(repr(as_answer(question)))
        right = question.is_right(as_guess(question, answer))
        assert right, f"{kind} {seed}: {answer!r} is not right"
        check(kind, seed, level, answer)


def test_a_wrong_answer_gets_its_misconception_and_not_the_answer() -> None:
    question = problem("2.walk", 7, 1)
    adds = next(trap for trap in question.traps if trap.misconception.id == "walk-adds")
    with pytest.raises(AssertionError, match="eight in all") as error:
        check("2.walk", 7, 1, adds.guess)
    assert str(as_answer(question)) not in str(error.value)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("2.trace-packet", [1, 1, 1, 1]), ("2.crash", ["nobody"]), ("2.walk", None)],
)
def test_an_answer_in_another_form_is_told_so(kind: str, answer: object) -> None:
    if answer is None:
        with pytest.raises(AssertionError):
            check(kind, 7, 1, answer)
        return
    with pytest.raises(ValueError, match="not the form"):
        check(kind, 7, 1, answer)


def test_the_command_writes_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sheet.ipynb"
    assert main(["exercises", "--chapter", "2", "--seed", "7", "--out", str(out)]) == 0
    assert capsys.readouterr().out.split() == [str(out), str(tmp_path / "sheet-answers.ipynb")]
    assert out.read_bytes() == as_bytes(notebook(2, 7, 1, solved=False))
    assert "BEGIN SOLUTION" not in out.read_text(encoding="utf-8")
    nowhere = tmp_path / "missing" / "sheet.ipynb"
    assert main(["exercises", "--chapter", "2", "--seed", "7", "--out", str(nowhere)]) == 1
    assert "can't write" in capsys.readouterr().err


# --- with nbgrader ----------------------------------------------------------------------------

needs_nbgrader = pytest.mark.skipif(not find_spec("nbgrader"), reason="nbgrader is not installed")


@needs_nbgrader
def test_nbgrader_makes_the_sheet_from_the_answers(tmp_path: Path) -> None:
    from nbgrader.preprocessors import ClearSolutions

    sheet, answers = write(1, 7, tmp_path / "s.ipynb")
    cleared, _resources = ClearSolutions().preprocess(nbformat.read(answers, 4), {})
    plain = nbformat.read(sheet, 4)
    assert [c.source for c in cleared.cells] == [c.source for c in plain.cells]
    assert [c.metadata for c in cleared.cells] == [c.metadata for c in plain.cells]


@needs_nbgrader
@pytest.mark.timeout(180)
def test_nbgrader_grades_a_right_and_a_wrong_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Release, hand in, autograde: full points for the right one, one less for each mistake."""
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI

    # nbgrader calls alembic by name, which lies beside the interpreter.
    beside = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{beside}{os.pathsep}{os.environ['PATH']}")
    points = len(kinds(4))
    _sheet, answers = write(4, 7, tmp_path / "sheet.ipynb")
    source = tmp_path / "course" / "source" / "ps1"
    source.mkdir(parents=True)
    shutil.copy(answers, source / "sheet.ipynb")
    config = Config()
    config.CourseDirectory.root = str(tmp_path / "course")
    config.CourseDirectory.db_url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    api = NbGraderAPI(config=config)
    assert api.generate_assignment("ps1")["success"]
    hand_in(tmp_path, "right", json.loads(answers.read_text(encoding="utf-8")))
    spoiled = json.loads(answers.read_text(encoding="utf-8"))
    number = spoiled["cells"].index(next(c for c in spoiled["cells"] if c["id"] == "answer-5"))
    spoiled["cells"][number]["source"] = "answer_5 = -1"
    hand_in(tmp_path, "wrong", spoiled)
    for student in ("right", "wrong"):
        result = api.autograde("ps1", student)
        assert result["success"], result.get("log") or result.get("error")
    with Gradebook(config.CourseDirectory.db_url) as book:
        assert book.find_submission("ps1", "right").score == points
        assert book.find_submission("ps1", "wrong").score == points - 1


def hand_in(folder: Path, student: str, book: object) -> None:
    """Put a notebook where nbgrader looks for a student's work."""
    place = folder / "course" / "submitted" / student / "ps1"
    place.mkdir(parents=True)
    (place / "sheet.ipynb").write_text(json.dumps(book), encoding="utf-8")
