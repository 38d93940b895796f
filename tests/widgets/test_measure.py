"""A measurement shows its own trace, says whether it is live, and measures again when asked."""

from dataclasses import replace

import pytest
from ipywidgets import Button

from hvlib.real import recording
from hvlib.trace import Trace
from hvlib.views.measured import CHARTS, SENTENCES
from hvlib.widgets.measure import Measurement, measure

recording.load_all()


class Fake:
    """An experiment that gives its stored trace, measured here at every second time."""

    def __init__(self, name: str) -> None:
        self.name, self.calls = name, []

    def __call__(self, **arguments: object) -> Trace:
        self.calls.append(arguments)
        stored = recording.REGISTRY[self.name].stored()
        source = "measured" if len(self.calls) % 2 else "recorded"
        return replace(stored, source=source)


def shows(page: Measurement, trace: Trace, word: str) -> None:
    chart = CHARTS[page._experiment.name]()
    chart.move(trace)
    assert page.trace == trace
    assert page._picture.items == list(chart.items()), "the picture is another trace's"
    assert page._picture.sentence == page.sentence == SENTENCES[page._experiment.name](trace)
    assert f">{word}</b>" in page._badge.value


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_picture_sentence_and_badge_are_those_of_the_last_run(name: str) -> None:
    experiment = Fake(name)
    page = measure(experiment, rounds=3)  # type: ignore[arg-type]
    shows(page, replace(page.trace, source="measured"), "live")
    [again] = [item for item in page.children if isinstance(item, Button)]
    again.click()
    shows(page, replace(page.trace, source="recorded"), "recorded")
    assert experiment.calls == [{"rounds": 3}] * 2, "the button measures something else"
    assert not again.disabled


def test_a_run_that_fails_leaves_the_button_and_the_last_picture() -> None:
    page = measure(Fake("two_guests"))  # type: ignore[arg-type]
    before = page.trace
    page._experiment = lambda **_arguments: 1 / 0  # type: ignore[assignment, return-value]
    [again] = [item for item in page.children if isinstance(item, Button)]
    with pytest.raises(ZeroDivisionError):
        page._again(again)
    assert not again.disabled
    assert page.trace is before
