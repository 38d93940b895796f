"""A reader's guess of a number stays in the picture that the question opens."""

import re
from pathlib import Path
from typing import Any

import pytest

import hvlib
from hvlib import predict
from hvlib.questions.predictions import prediction
from hvlib.questions.question import Number
from hvlib.widgets.exercise import Prediction

BOOK = Path(__file__).parents[2] / "notebooks"
OF_A_STUDY = {"2.sharing"}
"""Questions about published measurements, which no axis of their picture shows."""


@pytest.fixture(autouse=True)
def own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HVLIB_PROGRESS", str(tmp_path / "progress.json"))


def asked() -> dict[str, str]:
    """The model that each question of a number opens, as the notebooks say."""
    book = "".join(path.read_text("utf-8") for path in BOOK.glob("0*.ipynb"))
    cells = re.findall(r'predict\(\\"([\w.-]+)\\", lambda: explore\((\w+)', book)
    return {id: model for id, model in cells if isinstance(prediction(id), Number)}


def answered(id: str, guess: float) -> Any:
    model = getattr(hvlib, asked()[id])
    question: Any = predict(id, lambda: hvlib.explore(model))
    question.answer(guess)
    if question.children[-1] is not question._behind:
        question.tell()
    return question._behind


def test_every_question_of_a_number_that_opens_an_explorer_keeps_the_guess_in_it() -> None:
    assert len(asked()) >= 6
    for id in sorted(asked().keys() - OF_A_STUDY):
        guess = prediction(id).traps[0].guess
        explorer = answered(id, guess)
        mark = explorer._picture.guess
        assert mark is not None, f"{id}: its picture has no place for the guess"
        said = prediction(id).guess_text(guess)
        assert explorer._picture.sentence.endswith(f"Your guess: {said}."), id
        line, words = explorer._picture.items[: len(explorer._picture.scene["marks"])][-2:]
        assert said in words[3], f"{id}: the guess is not named"
        assert all(0 <= place <= 10_000 for place in line[0][1]), f"{id}: it is out of sight"


def test_the_guess_stays_at_its_value_while_the_knobs_move() -> None:
    explorer = answered("1.consolidation", 3)
    panel, line = explorer._picture.chart.hosts, explorer._picture.chart.marks[-2]
    for loads in (20, 100):
        explorer.set(loads=loads)
        assert line.x == [pytest.approx(panel.x.share(3))] * 2


def test_a_guess_beyond_the_picture_stands_at_its_edge_with_an_arrow() -> None:
    words = answered("2.precopy", 99_000)._picture.chart.marks[-1]
    assert words.text.endswith("→")


def test_without_a_guess_and_for_other_questions_nothing_is_drawn() -> None:
    plain = hvlib.explore(hvlib.PageWalk)._picture
    marks = len(plain.scene["marks"])
    assert plain.items[marks - 2 : marks] == [None, None]
    asked_now = Prediction(prediction("2.slice"), lambda: hvlib.explore(hvlib.PageWalk))
    asked_now.skip()
    assert "guess" not in asked_now._behind._picture.sentence  # type: ignore[union-attr]


def test_a_question_that_is_asked_again_and_reset_leave_no_older_guess() -> None:
    asked = predict("2.nested-walk", lambda: hvlib.explore(hvlib.PageWalk))
    asked.skip()
    shown: Any = asked._behind
    for forget in (lambda: (asked.again(), asked.skip()), shown._reset):
        shown.guess(8.0, "8 references")
        assert shown._picture.sentence.endswith("Your guess: 8 references.")
        forget()
        assert "Your guess" not in shown._picture.sentence
        assert (shown._picture.guess._line.x, shown._picture.guess._words.text) == ([], "")
