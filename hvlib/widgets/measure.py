"""Runs a real experiment from a cell and shows what it found, or a recording of it."""

import html
from typing import Any

import ipywidgets as widgets

from hvlib.real.recording import Experiment, badge, named
from hvlib.trace import Trace
from hvlib.views.measured import chart_of
from hvlib.widgets.forms import with_forms
from hvlib.widgets.stage import Stage
from hvlib.words import _


class Measurement(widgets.VBox):
    """A trace's picture, its sentence, and a badge that says where it comes from.

    ``trace`` is the run itself; the button, where this machine can, runs the experiment once more.
    """

    def __init__(self, experiment: Experiment, arguments: dict[str, Any]) -> None:
        self._experiment = experiment
        self._arguments = arguments
        self.trace = experiment(**arguments)
        self._badge = widgets.HTML()
        self._chart = chart_of(experiment)
        self._picture = Stage(self._chart)
        again = widgets.Button(description=_("Measure again"), icon="refresh")
        again.on_click(self._again)
        # where nothing can be measured, the button would give the same recording again
        more = () if experiment.why_not() else (again,)
        super().__init__([self._badge, self._picture, *more])
        self.add_class("hv-explorer")
        self._paint()

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        return self._chart.says(self.trace)

    def _paint(self) -> None:
        self._badge.value = _label(self.trace)
        self._picture.draw(self.trace, self.sentence)

    def _again(self, button: widgets.Button) -> None:
        button.disabled = True
        try:
            self.trace = self._experiment(**self._arguments)
            self._paint()
        finally:
            button.disabled = False

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget, still picture with badge and sentence, and both as text."""
        text = f"{self.sentence} {badge(self.trace)}"
        bundle = super()._repr_mimebundle_(**kwargs)
        return with_forms(bundle, text, **self._picture.still(text))


def measure(experiment: str, **arguments: Any) -> Measurement:
    """Run an experiment of :mod:`hvlib.real` here, or show its recording where this machine can't.

    ``measure("two_guests")``; the badge names the function that ran. ``arguments`` go to it.
    Raises KeyError naming the known experiments, and UnavailableError where there is no recording.
    """
    return Measurement(named(experiment), arguments)


def _label(trace: Trace) -> str:
    colour = "#8a6100" if trace.source == "recorded" else "#00735a"
    word = _("recorded") if trace.source == "recorded" else _("live")
    return (
        f"<p class='hv-badge'><b style='background:{colour};color:#fff;padding:1px 8px;"
        f"border-radius:8px'>{word}</b> {html.escape(badge(trace))}</p>"
    )
