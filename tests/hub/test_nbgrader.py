"""The way of a sheet on a hub, as docs/teaching.md tells it: release, submit, grade, feedback."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub.classroom import ROOT, Classroom, opened, why_not

from hvlib.questions.problems import kinds

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
]
CHAPTER = 2
TEACHER, RIGHT, WRONG = "reader01", "reader02", "reader03"


@pytest.fixture(scope="module")
def room() -> Iterator[Classroom]:
    folder = tempfile.TemporaryDirectory(prefix="hvlib-class-")
    with folder as name, opened(3, Path(name)) as room:
        exchange, settings = Path(name) / "exchange", Path(name) / "etc"
        exchange.mkdir()
        exchange.chmod(0o777)
        settings.mkdir()
        (settings / "nbgrader_config.py").write_text(
            f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n"
            "c.CourseDirectory.course_id = 'hypervisors'\n"
        )
        yield room


def told(number: int) -> str:
    """The commands of the document's numbered block about nbgrader."""
    text = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(nbgrader [^`]+)```", text)
    return str(blocks[number])


def does(room: Classroom, name: str, script: str) -> str:
    done = room.as_user(name, script)
    assert done.returncode == 0, f"as {name}:\n{script}\n{done.stdout[-500:]}{done.stderr[-2500:]}"
    return done.stdout + done.stderr


def test_a_sheet_goes_from_the_teacher_to_students_and_back(room: Classroom) -> None:
    does(room, TEACHER, told(0))
    answers = room.homes / TEACHER / "hypervisors/source/chapter2/sheet.ipynb"
    solved = json.loads(answers.read_text(encoding="utf-8"))
    fetch, submit = told(1).splitlines()
    for student in (RIGHT, WRONG):
        does(room, student, fetch)
        _solve(room.homes / student / "chapter2/sheet.ipynb", solved, slip=student == WRONG)
        does(room, student, submit)
        spied = room.as_user(student, f"cat {answers}")
        assert spied.returncode, "a student reads the answers in the teacher's folder"
    does(room, TEACHER, "cd hypervisors\n" + told(2))
    program = (
        "from nbgrader.api import Gradebook\n"
        "with Gradebook('sqlite:///gradebook.db') as book:\n"
        f"    for name in ({RIGHT!r}, {WRONG!r}):\n"
        "        print(int(book.find_submission('chapter2', name).score))\n"
    )
    points = does(room, TEACHER, f'cd hypervisors\npython -c "{program}"').split()[-2:]
    whole = len(kinds(CHAPTER))
    assert [int(point) for point in points] == [whole, whole - 1]
    does(room, WRONG, "nbgrader fetch_feedback chapter2")
    pages = list((room.homes / WRONG / "chapter2" / "feedback").rglob("sheet.html"))
    assert pages, "the student got no feedback"


def _solve(sheet: Path, solved: dict[str, list[dict[str, object]]], slip: bool) -> None:
    """Hand the answers in; with one slip, one of them is wrong."""
    owner = sheet.stat()
    mine = json.loads(sheet.read_text(encoding="utf-8"))
    right = {cell["id"]: cell["source"] for cell in solved["cells"]}
    for cell in mine["cells"]:
        if cell["id"].startswith("answer-"):
            cell["source"] = right[cell["id"]]
            if slip and cell["id"] == "answer-5":
                cell["source"] = "answer_5 = -1"
    sheet.chmod(0o644)
    sheet.write_text(json.dumps(mine), encoding="utf-8")
    os.chown(sheet, owner.st_uid, owner.st_gid)
