"""Predictions, practice and the map of the book as widgets, without a browser."""

import dataclasses
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from hvlib import book_map, exercise, exercises, predict
from hvlib.questions import progress
from hvlib.questions.predictions import ids, prediction
from hvlib.questions.problems import kinds, problem
from hvlib.questions.question import Choice, Number, Order, Pick, Question, Working
from hvlib.widgets.answering import Ordering, answering
from hvlib.widgets.book_map import PLACES, BookMap, Place, answered, asked, map_html
from hvlib.widgets.exercise import Prediction
from hvlib.widgets.marking import as_html, as_text, exhibit, marked, solution
from hvlib.widgets.practice import Practice


@pytest.fixture(autouse=True)
def own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Progress in a file of the test's own."""
    path = tmp_path / "progress.json"
    monkeypatch.setenv("HVLIB_PROGRESS", str(path))
    return path


def stored(path: Path) -> dict[str, str]:
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {line["id"]: line["outcome"] for line in lines}


def test_the_answer_opens_what_is_behind_only_after_the_reader_commits(own_progress: Path) -> None:
    opened: list[str] = []

    def reveal() -> widgets.HTML:
        opened.append("opened")
        return widgets.HTML("behind")

    asked_now: Any = predict("2.slice", reveal)
    assert not opened
    assert not own_progress.exists(), "asking alone must not write progress"
    trap = asked_now.question.traps[0]
    assert not asked_now.answer(trap.guess).right
    assert not opened, "a first miss already shows what is behind the question"
    said = asked_now._live.text
    assert trap.misconception.claim in said
    assert asked_now.question.hints[0] in said
    assert asked_now.question.because not in said
    assert asked_now._live.state == "wrong"
    _press(asked_now, "Show me")
    assert opened == ["opened"]
    assert trap.misconception.breaks in asked_now._live.text
    assert stored(own_progress) == {"2.slice": "slice-only-helps"}


def test_a_second_answer_shows_the_truth_and_the_same_one_again_does_not(
    own_progress: Path,
) -> None:
    asked_now: Any = predict("2.nested-walk", lambda: widgets.HTML("behind"))
    for guess, kept in (("8", 1), ("8", 1), ("24", 2)):
        asked_now._answering.control.value = guess
        _press(asked_now, "Commit")
        assert len(own_progress.read_text().splitlines()) == kept
        assert (asked_now._live.state == "right") == (guess == "24")
    assert asked_now.children[-1].value == "behind"
    known = progress.load()
    assert known.firsts["2.nested-walk"] == "walk-adds", "a hint raised the first try"
    assert known.outcomes["2.nested-walk"] == "right"


def test_where_only_one_option_is_left_a_miss_shows_it() -> None:
    question: Any = prediction("1.privileged")
    two = dataclasses.replace(question, options=question.options[2:], answer=0, traps=())
    asked_now = Prediction(two)
    asked_now.answer(1)
    assert two.because in asked_now._live.text


def test_a_right_answer_a_skip_and_another_try(own_progress: Path) -> None:
    asked_now = predict("1.privileged")
    question: Any = asked_now.question
    assert asked_now.answer(question.answer).right
    assert stored(own_progress) == {"1.privileged": "right"}
    asked_now.again()
    assert asked_now.verdict is None
    assert asked_now._live.text == ""
    asked_now.skip()
    assert stored(own_progress) == {"1.privileged": "skipped"}
    assert question.answer_text() in asked_now._live.text


def test_commit_without_an_answer_says_so_and_opens_nothing(own_progress: Path) -> None:
    asked_now = predict("2.nested-walk")
    asked_now._commit.click()
    assert "Choose or type an answer first" in asked_now._live.text
    assert asked_now.verdict is None
    assert not own_progress.exists()


def test_hints_come_one_after_the_other() -> None:
    asked_now = predict("2.nested-walk")
    for hint in asked_now.question.hints:
        assert not asked_now._hint.disabled
        asked_now._hint.click()
        assert asked_now._live.text == hint
    assert asked_now._hint.disabled


@pytest.mark.parametrize("id", ids())
def test_every_prediction_shows_asks_and_reveals(id: str) -> None:
    asked_now = predict(id)
    data = asked_now._repr_mimebundle_()[0]
    assert "<details>" in data["text/html"], "without a kernel the answer must be there, folded"
    assert asked_now.question.prompt in data["text/plain"]
    for trap in asked_now.question.traps:
        assert asked_now.answer(trap.guess).misconception is not None
        assert trap.misconception.claim in asked_now._live.text
        asked_now.again()
    asked_now.skip()


EVERY_QUESTION = [
    *(partial(prediction, id) for id in ids()),
    *(partial(problem, kind.id, 3, 2) for kind in kinds()),
]


@pytest.mark.parametrize("make", EVERY_QUESTION, ids=lambda make: make.args[0])
def test_a_question_is_answered_by_its_own_control_and_then_shows_all_it_knows(
    make: Callable[[], Question],
) -> None:
    """Commit each known mistake and the answer, skip, try again: for every question of the book."""
    question = make()
    behind = widgets.HTML("behind")
    page = Prediction(question, lambda: behind)
    for guess in (*(trap.guess for trap in question.traps), _answer(question), None):
        _closed(page, behind)
        if guess is None:
            _press(page, "Skip")
            verdict = None
            assert question.told() in page._live.text
            assert question.because in page._live.text
        else:
            guess = _fill(page, guess)
            _press(page, "Commit")
            verdict = question.check(guess)
            if not verdict.right and question.second_try:
                assert question.nudge(guess) in page._live.text, "a first miss gets no reply"
                assert behind not in page.children, "a first miss opens what is behind"
                assert page._answering.control in page._answering.widget.children
                _press(page, "Show me")
            assert verdict.says in page._live.text, "the reply is another question's or guess's"
        assert page.verdict == verdict
        assert page._live.state == (
            "" if verdict is None else "right" if verdict.right else "wrong"
        )
        assert progress.load().outcomes[question.id] == _outcome(verdict)
        assert page.children[-1] is behind, "what was behind the question stays closed"
        shown = [item.value for item in page.children if isinstance(item, widgets.HTML)]
        assert (solution(question) in shown) == bool(question.steps), "the worked solution"
        assert page._answering.widget.children[-1].value == marked(question, guess)
        if isinstance(question, Pick):
            diagram = page._answering.control
            assert diagram in page._answering.widget.children
            assert diagram.crashed == question.crashed, "the picture does not show what fails"
            assert diagram.click == "select", "a click after the answer still chooses"
        _press(page, "Try again")
    _closed(page, behind)


def _closed(page: Prediction, behind: widgets.Widget) -> None:
    assert behind not in page.children, "the answer stands there before the question is answered"
    assert page.verdict is None
    assert page._answering.value() in (None, (), tuple(range(99))[: _steps(page)])
    question = page.question
    head = page.children[0].value
    assert head.endswith(exhibit(question))
    assert page._answering.control in page._answering.widget.children
    assert _texts(page) == ["Commit", *(["Hint"] if question.hints else []), "Skip"]


def _steps(page: Prediction) -> int:
    return len(getattr(page.question, "options", ()))


def _texts(page: Prediction) -> list[str]:
    return [button.description for button in page.children[2].children]


def _press(page: Prediction, text: str) -> None:
    next(button for button in page.children[2].children if button.description == text).click()


def _answer(question: Any) -> Any:
    """The right answer, as a guess."""
    return question.parts[-1].answer if isinstance(question, Working) else question.answer


def _fill(page: Prediction, guess: Any) -> Any:
    """Put a guess into the control as a reader does; what the control should make of it."""
    control: Any = page._answering.control
    match page.question:
        case Choice():
            control.value = guess
        case Number():
            control.value = str(guess)
            guess = float(guess)
        case Pick():
            guess = tuple(guess)
            control.picked = guess
        case Order():
            if page.question.flow:
                routing: Any = page._answering
                routing._listed.value, control = True, routing._list
            for place, step in enumerate(guess):
                for row in range(control.order.index(step), place, -1):
                    control._rows[row].children[0].click()
        case Working():
            control.children[-1].value = f" {guess} "
            guess = (*[""] * (len(control.children) - 1), str(guess).strip())
    assert page._answering.value() == guess, "the control makes something else of the guess"
    return guess


def _outcome(verdict: Any) -> str:
    if verdict is None:
        return "skipped"
    known = verdict.misconception
    return "right" if verdict.right else known.id if known else "wrong"


@pytest.mark.parametrize("id", ["2.slice", "2.nested-walk", "2.packet-order", "2.dom0-crash"])
def test_guess_and_answer_are_marked_by_sign_and_word(id: str) -> None:
    question: Any = prediction(id)
    wrong = marked(question, question.traps[0].guess)
    if id == "2.nested-walk":
        assert "your guess: 8 references" in wrong
        assert "the model: 24 references" in wrong
    elif id == "2.packet-order":
        assert wrong.count("the first wrong place") == 1
    else:
        assert "your answer" in wrong
        assert "✓" in wrong


def test_an_order_moves_by_buttons_that_say_what_they_move() -> None:
    order = Ordering(("a", "b", "c"))
    up, _down, _text = order._rows[2].children
    assert up.tooltip == "Move up: c"
    up.click()
    assert order.order == [0, 2, 1]
    assert order._live.text == "Place 2 of 3: c"


def test_a_way_can_be_drawn_or_listed_and_the_first_wrong_hop_is_named() -> None:
    question: Any = prediction("3.packet-order")
    asked = Prediction(question)
    routing: Any = asked._answering
    assert routing.value() is None, "nothing is drawn yet"
    wrong = [*question.answer]
    wrong[3], wrong[4] = wrong[4], wrong[3]
    routing._diagram.picked = tuple(question.at[n] for n in wrong)
    here, there = (question.options[n] for n in wrong[2:4])
    assert question.astray(wrong) == f"The first wrong hop is “{here}” → “{there}”, to place 4."
    assert question.check(routing.value()).right is False
    routing._listed.value = True
    assert routing.value() == tuple(range(8)), "the list is not used"
    routing.reveal(tuple(wrong))
    assert routing._diagram.flow == "packet", "the true way is not drawn"
    assert len(routing._diagram.picked) == 8, "the reader's way is gone"


def test_the_focus_goes_with_the_step_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    focused: list[widgets.Button] = []
    monkeypatch.setattr(widgets.Button, "focus", lambda button: focused.append(button))
    order = Ordering(("a", "b", "c"))
    order._rows[2].children[0].click()
    assert focused.pop().tooltip == "Move up: c"
    order._rows[1].children[0].click()
    assert (focused.pop().tooltip, order.order) == ("Move up: c", [2, 0, 1])
    order._rows[0].children[0].click()
    assert (focused, order.order) == ([], [2, 0, 1]), "the first step can't go up"
    assert not any(button.disabled for row in order._rows for button in row.children[:2])


def test_a_question_without_a_control_is_refused() -> None:
    with pytest.raises(TypeError, match="no control"):
        answering(object())  # type: ignore[arg-type]


@pytest.mark.parametrize("chapter", [1, 2, 3, 4])
def test_each_kind_has_a_card_that_asks_its_problem(chapter: int) -> None:
    practice = exercises(chapter=chapter)
    assert exercises(chapter=chapter).current.question == practice.current.question
    assert len(practice._tray.children) == len(kinds(chapter))
    for kind, card in zip(kinds(chapter), practice._tray.children, strict=True):
        card.click()
        assert practice.kind == practice.current.question.id == kind.id
        title, begin, state = card.description.split("\n")
        assert (title, state) == (kind.title, "new")
        assert practice.current.question.prompt.startswith(begin.removesuffix(" …"))
        assert [c.button_style for c in practice._tray.children].count("primary") == 1
        assert card.button_style == "primary"
    practice._level.value = 3
    assert practice.current.question == problem(practice.kind, 1, 3)
    practice._seed.value = 7
    assert practice.current.question == problem(practice.kind, 7, 3)
    text = practice._repr_mimebundle_()[0]["text/plain"]
    assert all(kind.title in text for kind in kinds(chapter))


def way_on(practice: Practice) -> list[str]:
    return [button.description for button in practice.children[-1].children]


def answer(practice: Practice, right: bool = True) -> None:
    question: Any = practice.current.question
    last = question.parts[-1].answer if right else "no answer"
    practice.current.answer((*[""] * (len(question.parts) - 1), str(last)))


def test_after_an_answer_the_way_on_stands_below_it() -> None:
    practice = exercises(chapter=2, kind="2.walk")
    assert way_on(practice) == []
    answer(practice, right=False)
    assert way_on(practice) == [], "the first miss is not the end"
    practice.current.tell()
    ids = [kind.id for kind in kinds(2)]
    after = kinds(2)[ids.index("2.walk") + 1]
    assert way_on(practice) == ["Another like this", f"Next: {after.title}"]
    card = practice._cards["2.walk"]
    assert card.description.endswith("… not right yet")
    practice.children[-1].children[0].click()
    assert practice.current.question == problem("2.walk", 2)
    assert way_on(practice) == []
    answer(practice)
    assert card.description.endswith("✓ right after a look")
    practice.children[-1].children[1].click()
    assert practice.kind == after.id
    assert practice.current.question == problem(after.id, 1)


def test_two_right_answers_at_the_first_try_lead_to_the_next_level() -> None:
    practice = exercises(chapter=2, kind="2.walk", level=2, seed=999_998)
    answer(practice)
    assert way_on(practice)[0] == "Another like this"
    practice.more()
    assert practice.current.question == problem("2.walk", 999_999, 2)
    answer(practice)
    assert way_on(practice)[0] == "A harder one like this"
    practice.more()
    assert (practice._level.value, practice._seed.value) == (3, 0), "seeds begin again at their end"
    assert practice.current.question == problem("2.walk", 0, 3)


@pytest.mark.parametrize("between", ["two misses", "a second try", "a skip"])
def test_whatever_is_not_right_at_once_begins_the_row_anew(between: str) -> None:
    practice = exercises(chapter=2, kind="2.walk")
    answer(practice)
    practice.more()
    if between == "a skip":
        practice.current.skip()
    else:
        answer(practice, right=False)
        answer(practice, right=between == "a second try")
    assert way_on(practice)[0] == "Another like this"
    practice.more()
    answer(practice)
    assert way_on(practice)[0] == "Another like this", "one in a row"


def test_one_exercise_alone_has_no_tray() -> None:
    practice = exercise("2.walk")
    assert practice.children[0] is practice.current
    answer(practice)
    assert way_on(practice) == ["Another like this"]
    with pytest.raises(KeyError, match="no kind"):
        exercise("2.nothing")


def test_practice_says_where_working_first_differs() -> None:
    practice = exercises(chapter=2, kind="2.walk")
    question = practice.current.question
    assert isinstance(question, Working)
    practice.current.answer(("99", "", "8"))
    assert f"You first differ at “{question.parts[0].label}”." in practice.current._live.text
    practice.current.tell()
    assert f"“{question.parts[0].label}”: it is" in practice.current._live.text


def test_practice_refuses_what_it_does_not_have() -> None:
    with pytest.raises(KeyError, match="chapter 9"):
        exercises(chapter=9)
    with pytest.raises(KeyError, match="no kind"):
        exercises(chapter=2, kind="2.nothing")


def shown(book: BookMap) -> str:
    [output] = book._map.outputs
    return str(output["data"]["text/html"])


def test_every_card_of_the_map_is_a_link_to_a_page_that_exists() -> None:
    notebooks = Path(__file__).resolve().parents[2] / "notebooks"
    links = re.findall(r"<li><a class='hv-map-card' href='([^']+)'>", shown(book_map()))
    pages = {path.relative_to(notebooks).as_posix() for path in notebooks.glob("*.ipynb")}
    pages |= {path.relative_to(notebooks).as_posix() for path in notebooks.glob("labs/*.ipynb")}
    assert set(links) == pages - {"00-start-here.ipynb"}
    assert len(links) == len(set(links))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.page)
def test_a_card_bears_the_name_of_its_page(place: Place) -> None:
    notebooks = Path(__file__).resolve().parents[2] / "notebooks"
    cells = json.loads((notebooks / place.page).read_text("utf-8"))["cells"]
    first = [line for cell in cells[:2] for line in cell["source"]]
    number = f"{place.number} " if place.number else ""
    assert f"# {number}{place.title}" in map(str.strip, first)


def test_the_map_shows_progress_on_load_and_forgets_it_only_when_sure(own_progress: Path) -> None:
    empty = book_map()
    assert "first try" not in shown(empty), "nothing was answered yet"
    assert not empty._bar.children
    predict("2.slice").answer(1)
    book = book_map()
    assert f"Of {len(asked(2))} questions, 1 right at the first try" in shown(book)
    assert "first try" not in map_html(), "the reader's progress stands in the stored page"
    book._reset.click()
    assert own_progress.exists(), "a reset must ask first"
    book._keep.click()
    assert own_progress.exists()
    book._reset.click()
    book._sure.click()
    assert not own_progress.exists()
    assert "forgotten" in book._live.text
    assert "first try" not in shown(book)


@pytest.mark.parametrize("chapter", [1, 2, 3, 4])
def test_the_map_tells_the_first_try_from_later_ones(chapter: int, own_progress: Path) -> None:
    answers = (["right"], ["right", "wrong"], ["wrong", "right"], ["skipped", "right"], ["wrong"])
    for id, outcomes in zip(asked(chapter), answers, strict=False):
        for outcome in outcomes:
            progress.record(id, outcome)
    total = len(asked(chapter))
    assert answered(chapter, progress.load()) == (total, 2, 2), (
        "a retry after the reveal counts as a first try, or takes one back"
    )
    cards = shown(book_map()).split("<li>")
    [card] = [card for card in cards if f"hv-map-number'>{chapter}<" in card]
    assert f"Of {total} questions, 2 right at the first try, 2 after a look" in card
    assert f"<i class='' style='width:{400 / total:.0f}%'></i>" in card
    assert f"<i class='right' style='width:{200 / total:.0f}%'></i>" in card
    assert sum("first try" in other for other in cards) == 1, "another chapter shows it too"


def test_the_map_tells_of_a_damaged_file_and_breaks_nothing(own_progress: Path) -> None:
    own_progress.write_text("{ broken", encoding="utf-8")
    book = book_map()
    assert "damaged" in book._live.text
    assert "hv-map-card" in shown(book)


def test_html_is_escaped() -> None:
    asked_now: Any = prediction("2.slice")
    nasty = dataclasses.replace(asked_now, prompt="<b>&", options=("<i>", "b", "c"))
    for text in (as_html(nasty), marked(nasty, 0)):
        assert "<i>" not in text
    assert "&lt;b&gt;&amp;" in as_html(nasty)
    assert "<i>" in as_text(nasty)
    assert isinstance(Prediction(nasty), widgets.VBox)
