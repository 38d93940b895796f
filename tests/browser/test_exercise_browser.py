"""Questions in a real JupyterLab, by keyboard: right, wrong, and by a known mistake."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser.reader import Reader
from playwright.sync_api import Locator, Page, expect

from hvlib.questions.predictions import prediction

CELLS = (
    "from hvlib import exercises, predict\npredict('2.slice')",
    "predict('2.nested-walk')",
    "predict('2.packet-order')",
    "predict('2.dom0-crash')",
    "exercises(chapter=2, kind='2.walk', seed=7)",
)


@pytest.fixture(scope="module")
def questions(desk: Reader) -> Page:
    """A notebook with a question of each kind, run; each test leaves them to be tried again."""
    desk.run("questions", *CELLS)
    for number in range(len(CELLS)):  # a question keeps its keys once its live line is there
        live = desk.page.locator(".hv-prediction").nth(number).locator(".hv-live").first
        live.wait_for(state="attached", timeout=60_000)
    desk.page.wait_for_selector(".hv-diagram[data-ready]", timeout=30_000)
    return desk.page


@pytest.fixture
def page(desk: Reader, questions: Page) -> Iterator[Page]:
    """Their window. The notebook's cells must be untouched at the end."""
    yield questions
    assert not desk.errors()
    assert tuple(desk.cells()) == CELLS, "a key meant for a question changed the notebook"
    assert not desk.outside, "a question asked the network for something"


def press(page: Page, target: Locator, key: str) -> None:
    """Focus by script, as Tab would, and press a key once the page has come to rest."""
    target.scroll_into_view_if_needed()
    for _try in range(20):
        target.focus()
        page.wait_for_timeout(50)  # JupyterLab may still be moving the focus to the cell it ran
        if target.evaluate("target => target === document.activeElement"):
            break
    page.keyboard.press(key)


def commit(page: Page, box: Locator) -> None:
    press(page, box.get_by_role("button", name="Commit"), "Enter")


def reply(box: Locator, state: str) -> str:
    """The line that a screen reader says, once it has this state."""
    line = box.locator(f".hv-live[data-state='{state}']")
    line.wait_for(timeout=10_000)
    assert line.get_attribute("role") == "status"
    return line.inner_text()


def choose(page: Page, box: Locator, index: int) -> None:
    radio = box.locator("input[type=radio]")
    press(page, radio.first, " ")
    for _step in range(index):
        page.keyboard.press("ArrowDown")
    page.wait_for_timeout(200)


def enter(page: Page, box: Locator, *texts: str) -> None:
    """Type into the boxes; ``dd`` first would delete the cell if keys leaked."""
    for field, text in zip(box.locator("input[type=text]").all(), texts, strict=True):
        field.focus()
        page.keyboard.type("dd")
        field.fill(text)
        page.keyboard.press("Tab")


def listed(page: Page, box: Locator) -> list[str]:
    """The steps in the order of the list, once its rows have all been told their new names."""
    for _try in range(100):
        texts = box.locator(".hv-ordering .widget-html").all_inner_texts()
        rows = [text.split(". ", 1)[1] for text in texts]
        if len(set(rows)) == len(rows):
            return rows
        page.wait_for_timeout(50)
    raise AssertionError(f"a step is listed twice: {rows}")


def arrange(page: Page, box: Locator, wanted: tuple[str, ...]) -> None:
    """Bring steps into an order; the key that moved one up moves the same one further."""
    use_the_list(page, box)
    for place, step in enumerate(wanted):
        at, up = listed(page, box).index(step), f"button[title='Move up: {step}']"
        if at > place:
            press(page, box.locator(up), "Enter")
        row = box.locator(".widget-hbox", has=page.locator(f"{up}:focus"))
        for to in range(at - 1, place - 1, -1):
            expect(row, "the key stays with its step").to_contain_text(f"{to + 1}. {step}")
            if to > place:
                page.keyboard.press("Enter")


def use_the_list(page: Page, box: Locator) -> None:
    """Put names in order instead of clicking boxes."""
    if not box.locator(".hv-ordering").count():
        press(page, box.get_by_role("button", name="Use a list instead"), "Enter")
        box.locator(".hv-ordering").wait_for(timeout=10_000)


def pick(page: Page, box: Locator, *ids: str) -> None:
    for id in ids:
        part = box.locator(f".hv-box[data-id='{id}']")
        press(page, part, "Enter")
        expect(part, f"{id} is not chosen").to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(300)


Answer = Callable[[Page, Locator, Any], None]


def trial(page: Page, number: int, how: Answer, cases: tuple[tuple[Any, str, str], ...]) -> None:
    """Answer one question in several ways; each must get its reply."""
    box = page.locator(".hv-prediction").nth(number)
    for guess, state, said in cases:
        how(page, box, guess)
        commit(page, box)
        if state == "wrong":
            assert "Not quite." in reply(box, state)
            press(page, box.get_by_role("button", name="Show me"), "Enter")
            box.get_by_role("button", name="Try again").wait_for(timeout=10_000)
        assert said in reply(box, state)
        again(page, box)


def again(page: Page, box: Locator) -> None:
    press(page, box.get_by_role("button", name="Try again"), "Enter")
    box.get_by_role("button", name="Commit").wait_for(timeout=10_000)


def test_a_choice(page: Page) -> None:
    cases = ((1, "right", "Right."), (2, "wrong", "Not quite: it is"), (0, "wrong", "only helps"))
    trial(page, 0, choose, cases)


def test_a_number(page: Page) -> None:
    cases = (("24", "right", "Right."), ("50", "wrong", "Not quite: it is 24"),
             ("8", "wrong", "eight in all"))  # fmt: skip
    trial(page, 1, enter, cases)


def test_an_order(page: Page) -> None:
    question: Any = prediction("2.packet-order")
    right = tuple(question.options[n] for n in question.answer)
    mistake = tuple(question.options[n] for n in question.traps[0].guess)
    as_it_is = tuple(question.options)  # each move takes its time
    cases = ((right, "right", "Right."), (as_it_is, "wrong", "The first wrong place is 1"),
             (mistake, "wrong", "Xen itself drives the network card"))  # fmt: skip
    trial(page, 2, arrange, cases)


def test_clicks_in_a_diagram(page: Page) -> None:
    cases = ((("domu1", "domu2"), "right", "Right."), (("hardware",), "wrong", "Not quite: it is"),
             (("xen", "domu1", "domu2"), "wrong", "operating system that Xen runs on"))  # fmt: skip
    trial(page, 3, lambda page, box, ids: pick(page, box, *ids), cases)


def test_a_problem_with_working(page: Page) -> None:
    from hvlib.questions.problems import problem

    question: Any = problem("2.walk", 7, 1)
    guest, host, references = (str(part.answer) for part in question.parts)
    adds = str(int(guest) + int(host))
    cases = (
        (("", "", references), "right", "Right."),
        (("99", host, "98"), "wrong", "You first differ at"),
        ((guest, host, adds), "wrong", "eight in all"),
    )
    trial(page, 4, lambda page, box, texts: enter(page, box, *texts), cases)


def test_a_question_names_the_group_of_its_controls(page: Page) -> None:
    for id, role in (("2.slice", "radiogroup"), ("2.packet-order", "group")):
        group = page.get_by_role(role, name=prediction(id).prompt, exact=True)  # type: ignore[arg-type]
        assert group.count() == 1, f"a screen reader doesn't say what {id} asks"


def test_radio_buttons_keep_the_arrow_keys(page: Page) -> None:
    box = page.locator(".hv-prediction").first
    choose(page, box, 2)
    chosen = box.locator("input[type=radio]").evaluate_all("all => all.map(one => one.checked)")
    assert chosen == [False, False, True]
    focused = page.evaluate("document.activeElement.type")
    assert focused == "radio", "an arrow key left the question"


def test_enter_commits_what_was_typed(page: Page) -> None:
    box = page.locator(".hv-prediction").nth(1)
    press(page, box.locator("input[type=text]"), "2")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    assert "Right." in reply(box, "right"), "the last digit was not in yet"
    again(page, box)


def test_enter_commits_what_was_chosen(page: Page) -> None:
    box = page.locator(".hv-prediction").first
    choose(page, box, 1)
    page.keyboard.press("Enter")
    assert "Right." in reply(box, "right")
    again(page, box)
