"""A measurement shows its own trace, says whether it is live, and measures again when asked."""

from dataclasses import replace

import pytest
from ipywidgets import Button

from hvlib.real import recording
from hvlib.trace import Trace
from hvlib.views.measured import chart_of
from hvlib.views.restore import restored
from hvlib.widgets.measure import Measurement

recording.load_all()


class Fake(recording.Experiment):
    """An experiment that gives its stored trace, measured here at every second time."""

    def __init__(self, name: str) -> None:
        super().__init__(recording.named(name).function)
        object.__setattr__(self, "calls", [])

    def __call__(self, **arguments: object) -> Trace:
        self.calls.append(arguments)
        source = "measured" if len(self.calls) % 2 else "recorded"
        return replace(self.stored(), source=source)


def shows(page: Measurement, trace: Trace, word: str) -> None:
    kind = chart_of(page._experiment)
    chart = restored(kind)
    chart.move(trace)
    assert page.trace == trace
    assert page._picture.items == list(chart.items()), "the picture is another trace's"
    assert page._picture.sentence == page.sentence == kind.says(trace)
    assert f">{word}</b>" in page._badge.value


@pytest.mark.parametrize("name", sorted(recording.REGISTRY))
def test_picture_sentence_and_badge_are_those_of_the_last_run(name: str) -> None:
    experiment = Fake(name)
    page = Measurement(experiment, {"rounds": 3})
    shows(page, replace(page.trace, source="measured"), "live")
    [again] = [item for item in page.children if isinstance(item, Button)]
    again.click()
    shows(page, replace(page.trace, source="recorded"), "recorded")
    assert experiment.calls == [{"rounds": 3}] * 2, "the button measures something else"
    assert not again.disabled


def test_where_nothing_can_be_measured_no_button_offers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(recording.MODE_VARIABLE, "page")
    page = Measurement(recording.named("two_guests"), {})
    assert page.trace.source == "recorded"
    assert not any(isinstance(item, Button) for item in page.children)


def test_a_run_that_fails_leaves_the_button_and_the_last_picture() -> None:
    page = Measurement(Fake("two_guests"), {})
    before = page.trace
    page._experiment = lambda **_arguments: 1 / 0  # type: ignore[assignment, return-value]
    [again] = [item for item in page.children if isinstance(item, Button)]
    with pytest.raises(ZeroDivisionError):
        page._again(again)
    assert not again.disabled
    assert page.trace is before
