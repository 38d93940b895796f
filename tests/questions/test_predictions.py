"""The book's questions: where answers come from, and which mistakes they know."""

import ast
import json
import re
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import pytest

from hvlib.models.exits import ExitCost
from hvlib.models.paging import walk
from hvlib.published.figures import figure
from hvlib.questions import predictions2, predictions4
from hvlib.questions.predictions import ids, prediction
from hvlib.questions.problems import LEVELS, kinds, problem
from hvlib.questions.question import Choice, Number, Order, Pick, Question, Working
from hvlib.systems.system import load

ALL = ids()
FOLDER = Path(predictions2.__file__).parent


def option(id: str) -> str:
    question = prediction(id)
    assert isinstance(question, Choice)
    return question.options[question.answer]


@pytest.mark.parametrize("chapter", [1, 2, 3, 4])
def test_at_least_five_questions_a_chapter(chapter: int) -> None:
    assert len(ids(chapter)) >= 5


def test_an_unknown_question_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"2\.slice"):
        prediction("2.nothing")


@pytest.mark.parametrize("id", ALL)
def test_each_question_is_whole(id: str) -> None:
    question = prediction(id)
    assert question.id == id
    assert question.prompt
    assert question.because.endswith((".", ").")), f"{id}: no full sentence"
    if isinstance(question, (Choice, Order)):
        assert len(set(question.options)) == len(question.options) > 1
    if isinstance(question, Choice):
        assert question.is_right(question.answer)
    if isinstance(question, Pick):
        assert 0 < len(question.answer) <= len(question.names)


@pytest.mark.parametrize("id", ALL)
def test_each_known_mistake_is_wrong_and_is_recognized(id: str) -> None:
    question = prediction(id)
    for trap in question.traps:
        assert not question.is_right(trap.guess), f"{id}: {trap.misconception.id} is right"
        verdict = question.check(trap.guess)
        assert verdict.misconception == trap.misconception, f"{id}: not recognized"
        assert trap.misconception.breaks in verdict.says


def test_every_question_knows_a_mistake() -> None:
    assert [id for id in ALL if not prediction(id).traps] == []


def every() -> Iterator[Question]:
    """Every prediction, and two problems of each kind and level."""
    yield from map(prediction, ALL)
    for kind, level, seed in product(kinds(), LEVELS, (1, 2)):
        yield problem(kind.id, seed, level)


def first_replies(question: Question) -> list[str]:
    """All that a reader may be told before the answer: hints, and replies to a first miss."""
    misses = [trap.guess for trap in question.traps]
    if isinstance(question, Choice):
        misses = [number for number in range(len(question.options)) if number != question.answer]
    if isinstance(question, Working):
        misses = [(*[""] * (len(question.parts) - 1), str(guess)) for guess in misses]
    return [*question.hints, *map(question.nudge, misses)]


def gives_away(question: Question, text: str) -> bool:
    """Whether ``text`` says most of what only the right option says, or the right value."""
    if isinstance(question, Choice):
        others = {n: option for n, option in enumerate(question.options) if n != question.answer}
        own = spoken(question.answer_text()) - spoken(question.prompt, *others.values())
        return 2 * len(own & spoken(text)) > len(own)
    if isinstance(question, Pick):
        return bool(question.answer) and all(question.names[id] in text for id in question.answer)
    if isinstance(question, Order):
        return question.answer_text() in text
    numbers = [number.rstrip(".,") for number in re.findall(r"\d[\d,.]*", text)]
    if isinstance(question, Working):
        return any(question.is_right((number,)) for number in numbers)
    return any(question.is_right(float(number.replace(",", ""))) for number in numbers)


def spoken(*texts: str) -> set[str]:
    """The words that say something: those of four letters and more."""
    return {word for text in texts for word in re.findall(r"[\w’'-]{4,}", text.lower())}


def test_a_first_miss_gets_a_hint_and_not_the_answer() -> None:
    """Hints and the replies to a first miss let a reader think on: two steps to the truth."""
    asked = list(every())
    silent = [question.id for question in asked if not question.hints]
    assert silent == [], "a reader who missed is told nothing that helps"
    told = [
        f"{question.id}, {question.answer_text()}: {text}"
        for question in asked
        for text in first_replies(question)
        if gives_away(question, text)
    ]
    assert told == [], "the first reply gives the answer away"


def typed_in(path: Path) -> Iterator[str]:
    """Places where an answer is written as a constant."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "")
        values = [item.value for item in node.keywords if item.arg == "answer"]
        values += node.args[1:2] if name == "choice" else []
        values += node.args[1:2] if name == "Part" else []
        for value in values:
            if isinstance(value, ast.Constant):
                yield f"{path.name}:{value.lineno}: the answer {value.value!r} is typed in"


def test_no_answer_is_typed_in() -> None:
    files = [*FOLDER.glob("predictions*.py"), *FOLDER.glob("*problems*.py")]
    assert len(files) >= 10
    assert [fault for path in files for fault in typed_in(path)] == []


def test_the_answers_are_those_of_the_literature_and_of_a_hand_count() -> None:
    walked = prediction("2.nested-walk")
    assert isinstance(walked, Number)
    assert walked.answer == len(walk(4, 4)) == 24
    down = prediction("2.precopy")
    assert isinstance(down, Number)
    assert down.answer == pytest.approx(figure("clark2005/apache.downtime").value, rel=0.1)
    assert option("1.equivalence") == "LRA"
    assert option("3.cpu-vs-io") == "hardly anything"
    assert option("3.kvm-type") == "there are good reasons for either"
    nice = prediction("3.nice")
    assert isinstance(nice, Number)
    assert nice.answer == pytest.approx(100 / (1 + 1.25**10))


def test_picks_are_what_the_systems_file_says() -> None:
    crash = prediction("2.dom0-crash")
    states = load("xen").states(("dom0",))
    assert isinstance(crash, Pick)
    assert crash.answer == {"domu1", "domu2"}
    assert all(states[id] == "stalled" for id in crash.answer)
    daemon = prediction("4.dockerd-crash")
    assert isinstance(daemon, Pick)
    assert daemon.answer == {"cli"}


def test_an_answer_follows_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """With another model the same question has another answer."""
    before = predictions2.nested_walk()
    monkeypatch.setattr(predictions2, "nested_references", lambda guest, host: guest * host + 1)
    after = predictions2.nested_walk()
    assert isinstance(before, Number)
    assert isinstance(after, Number)
    assert (before.answer, after.answer) == (24, 17)
    docker = load("docker")
    only_web = docker.model_copy(
        update={"components": tuple(c for c in docker.components if c.id != "container2")}
    )
    monkeypatch.setattr(predictions4, "load", lambda _id: only_web)
    with pytest.raises(ValueError, match=r"4\.own-kernel"):
        predictions4.own_kernel()  # One kernel and one container: two options would be right.


def test_exit_cost_is_exits_times_cycles_over_the_clock() -> None:
    asked = prediction("1.exit-cost")
    model = ExitCost(rate=100_000)
    assert isinstance(asked, Number)
    assert asked.answer == pytest.approx(100 * 100_000 * (784 + model.software) / 3.33e9)


def test_feedback_says_no_sentence_twice_and_cites_in_short() -> None:
    """A misconception's correction is followed by the reason; they used to repeat each other."""
    for id in ("3.cpu-vs-io", "4.desktop", "4.patched-runc", "4.sandbox", "4.copy-up"):
        asked = prediction(id)
        assert isinstance(asked, Choice)
        for guess in range(len(asked.options)):
            says = asked.check(guess).says
            starts = [" ".join(part.split()[:4]) for part in says.split(". ")]
            assert len(starts) == len(set(starts)), (id, says)
            assert "Fraser" not in says


BOOK = Path(__file__).parents[2] / "notebooks"


def code_cells(path: Path) -> list[str]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_each_question_is_asked_once_in_its_chapter_so_that_a_reader_can_finish_it() -> None:
    """The map counts every question: one that no notebook asks can never be answered."""
    asked = [
        (path.name[1], id)
        for path in sorted(BOOK.glob("0*.ipynb"))
        for cell in code_cells(path)
        for id in re.findall(r'predict\(\s*"([\w.-]+)"', cell)
    ]
    known, found = {(id[0], id) for id in ALL}, {*asked}
    assert known <= found, f"no notebook of its chapter asks {known - found}"
    assert found <= known, f"there is no such question in that chapter: {found - known}"
    twice = {place for place in asked if asked.count(place) > 1}
    assert not twice, f"asked more than once: {twice}"


@pytest.mark.parametrize("chapter", [1, 2, 3, 4])
def test_each_chapter_offers_its_exercises(chapter: int) -> None:
    [path] = BOOK.glob(f"0{chapter}-*.ipynb")
    assert any(f"exercises(chapter={chapter})" in cell for cell in code_cells(path))


SHOWN = re.compile(r'show\("([\w-]+)", flow="(\w+)"|explore\((\w+),[^=*\n]*?\)')
"""A picture of a system's flow, or a model with every knob at its default."""


@pytest.mark.parametrize("notebook", ["02-type-1", "03-type-2", "04-containers-vs-vms"])
def test_the_cell_below_a_question_does_not_show_its_answer(notebook: str) -> None:
    """Stored outputs are on the page before anybody has answered."""
    for asked, below in pairwise(code_cells(BOOK / f"{notebook}.ipynb")):
        if "predict(" in asked:
            revealed = {found.groups() for found in SHOWN.finditer(asked)}
            shown = {found.groups() for found in SHOWN.finditer(below)}
            assert not revealed & shown, f"{asked}\n\n{below}"
