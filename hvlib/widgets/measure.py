"""Runs a real experiment from a cell and shows what it found, or a recording of it."""

import base64
import html
from typing import Any

import ipywidgets as widgets

from hvlib.real.recording import Experiment, badge
from hvlib.trace import Trace
from hvlib.views.chart import captioned, encoded, pixels
from hvlib.views.measured import CHARTS, SENTENCES, TraceChart
from hvlib.views.theme import DARK, LIGHT
from hvlib.widgets.picture import Picture
from hvlib.words import _


class Measurement(widgets.VBox):
    """A trace's picture, its sentence, and a badge that says where it comes from.

    ``trace`` is the run itself; the button runs the experiment once more.
    """

    def __init__(self, experiment: Experiment, arguments: dict[str, Any]) -> None:
        self._experiment = experiment
        self._arguments = arguments
        self.trace = experiment(**arguments)
        self._badge = widgets.HTML()
        chart = self._chart()
        wide, high = (round(inches * chart.dpi) for inches in chart.size)
        self._picture = Picture(width=wide, height=high)
        again = widgets.Button(description=_("Measure again"), icon="refresh")
        again.on_click(self._again)
        super().__init__([self._badge, self._picture, again])
        self.add_class("hv-explorer")
        self._picture.on_screen_change(self._paint)
        self._paint()

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        return SENTENCES[self._experiment.name](self.trace)

    def _chart(self, dark: bool = False, scale: float = 1.0) -> TraceChart:
        return CHARTS[self._experiment.name](self.trace, DARK if dark else LIGHT, scale)

    def _paint(self) -> None:
        self._badge.value = _label(self.trace, self._experiment)
        chart = self._chart(self._picture.dark, min(2.0, max(1.0, self._picture.ratio)))
        self._picture.show(chart.png(self.trace), self.sentence)

    def _again(self, button: widgets.Button) -> None:
        button.disabled = True
        try:
            self.trace = self._experiment(**self._arguments)
            self._paint()
        finally:
            button.disabled = False

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget, still picture with badge and sentence, and both as text."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        text = f"{self.sentence} {badge(self.trace)}"
        chart = self._chart()
        chart.png(self.trace)
        still = encoded(captioned(pixels(chart.canvas), text, LIGHT), level=9)
        data["image/png"] = base64.b64encode(still).decode("ascii")
        data["text/plain"] = text
        return data, metadata


def measure(experiment: Experiment, **arguments: Any) -> Measurement:
    """Run a real experiment here, or show its recording where this machine can't.

    Raises UnavailableError where there is no recording either.
    """
    return Measurement(experiment, arguments)


def _label(trace: Trace, experiment: Experiment) -> str:
    colour = "#8a6100" if trace.source == "recorded" else "#00735a"
    why = f" {experiment.why_not()}" if trace.source == "recorded" else ""
    word = _("recorded") if trace.source == "recorded" else _("live")
    return (
        f"<p class='hv-badge'><b style='background:{colour};color:#fff;padding:1px 8px;"
        f"border-radius:8px'>{word}</b> {html.escape(badge(trace) + why)}</p>"
    )
