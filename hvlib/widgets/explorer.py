"""Knobs, picture and sentence of one model: the whole interface of a slider page.

A slider's value travels five hops: slider -> Explorer builds Model(**values) -> run() -> the chart
moves its marks -> the page paints those that changed.
"""

from typing import Any, Protocol, runtime_checkable

import ipywidgets as widgets

from hvlib.arguments import of_kind
from hvlib.models.goal import changed, goal_of, measured
from hvlib.models.model import KnobError, Model, Result
from hvlib.views.chart import chart_of
from hvlib.views.marks import Mark
from hvlib.widgets.forms import with_forms
from hvlib.widgets.knobs import Slider, chosen, control, nearest
from hvlib.widgets.picture import Aside
from hvlib.widgets.stage import Stage
from hvlib.widgets.transport import Transport
from hvlib.words import _, pgettext

Moment = tuple[list[Mark], dict[str, float]] | None
"""What was shown at a moment, as outlines and as numbers."""


@runtime_checkable
class Run(Protocol):
    """A result whose steps a knob walks through."""

    @property
    def last_step(self) -> int:
        """The step after which nothing more happens."""

    @property
    def events(self) -> tuple[tuple[int, str], ...]:
        """The steps at which something happens that the run is about, and what."""


class _StateBox(Aside, widgets.Text): ...


class _Pin(Aside, widgets.ToggleButton): ...


class Explorer(widgets.VBox):
    """Shows a model's answer and lets the reader move its knobs.

    ``model`` and ``result`` are the current ones; ``set(rate=2000)`` moves knobs from code.
    The state before the last move stays in the picture as an outline, or the one that was pinned.
    """

    def __init__(self, start: Model, shown: tuple[str, ...] = (), goal: str = "") -> None:
        self._start = start
        self._goal = goal_of(start.quantities, goal)
        self._fields = type(start).knobs()
        self.model = start
        self.result: Result = start.run()
        self._picture = Stage(chart_of(type(start)))
        self._picture.chart.set_goal(self._goal.values)
        self._picture.pulled = self._pulled
        self._before: Moment = None
        self._pinned = False
        self._controls = {name: control(self._fields[name], getattr(start, name)) for name in shown}
        self._quiet = False
        self._said = ""
        self._state = _state_box(start.state())
        self._state.add_class("hv-state-box")
        self._pin = _pin()
        self._error = widgets.HTML()
        self._error.add_class("hv-error")
        super().__init__(self._parts())
        self.add_class("hv-explorer")
        for aside in (*self._controls.values(), self._state, self._pin):
            aside.bearer = self._picture
        for widget in self._controls.values():
            widget.observe(self._moved, names="value")
            if isinstance(widget, Slider):
                widget.observe(self._let_go, names="held")
        self._pin.observe(self._pin_pressed, names="value")
        self._state.observe(self._typed, names="value")
        self._paint()

    def _parts(self) -> list[widgets.Widget]:
        reset = widgets.Button(
            description=_("Reset"), icon="undo", tooltip=_("Back to the values of the start")
        )
        reset.on_click(lambda _button: self._reset())
        steps = [it for it in self._controls.values() if isinstance(it, Transport)]
        knobs = widgets.GridBox(
            [it for it in self._controls.values() if it not in steps],
            layout={
                "grid_template_columns": "repeat(auto-fit, minmax(min(100%, 300px), 1fr))",
                "grid_gap": "0 32px",
            },
        )
        foot = widgets.HBox([reset, self._pin, self._state], layout={"flex_flow": "row wrap"})
        return [knobs, *self._presets(), *steps, self._picture, foot, self._error]

    def _presets(self) -> list[widgets.Widget]:
        """A button for each named setting whose knobs are all shown."""
        buttons = []
        for name, values in self.model.presets.items():
            if set(values) <= set(self._controls):
                button = widgets.Button(description=name, layout={"width": "auto"})
                button.on_click(lambda _button, values=values: self.set(**values))
                buttons.append(button)
        return [widgets.HBox(buttons, layout={"flex_flow": "row wrap"})] if buttons else []

    def _reset(self) -> None:
        """Back to the start, with nothing left of what was shown since."""
        self._quiet, self._pin.value, self._quiet = True, False, False
        self._take(self._start)
        self._pinned, self._before = False, None
        self._picture.chart.forget()
        self.forget()

    def set(self, **values: Any) -> None:
        """Move knobs. Raises KnobError, and changes nothing, for a bad name or value."""
        self._take(self.model.with_(**values))

    def guess(self, value: float, said: str) -> None:
        """Keep a reader's guess in the picture, if it can show one; ``said``: in words."""
        if self._picture.guess:
            self._picture.guess.guess(value, said)
            self._said = _("Your guess: {guess}.").format(guess=said)
            self._paint()

    def forget(self) -> None:
        """Leave the reader's guess out of the picture again."""
        if self._picture.guess:
            self._picture.guess.forget()
        self._said = ""
        self._paint()

    def _moved(self, _change: Any) -> None:
        if self._quiet:
            return
        values = {
            name: chosen(self._fields[name], widget.value)
            for name, widget in self._controls.items()
        }
        model = self.model.with_(**values)
        if model != self.model:
            self._keep()
            self._picture.chart.held = self._held
            self._answer(model)

    def _pulled(self, knob: str, value: Any, held: bool) -> None:
        """A mark that is a knob is pulled: its control follows."""
        control, field = self._controls.get(knob), self._fields[knob]
        value = nearest(field, value)
        if isinstance(control, Slider):
            control.held = held
        if value == getattr(self.model, knob):
            if not held:
                self._let_go(None)  # a menu is not held, as a slider is
            return
        try:
            model = self.model.with_(**{knob: value})
        except KnobError:
            return  # the ends of two knobs need not go together
        self._keep()
        self._picture.chart.held = held
        self._quiet = True
        if control is not None:
            control.value = value
        self._quiet = False
        self._answer(model)

    @property
    def _held(self) -> bool:
        return any(getattr(widget, "held", False) for widget in self._controls.values())

    def _let_go(self, _change: Any) -> None:
        """The hand has left the knob: the axes may move again."""
        if self._picture.chart.held and not self._held:
            self._picture.chart.held = False
            self._paint()

    def _keep(self) -> None:
        """Keep what is shown, to compare with, as a hand begins to move something."""
        if not self._picture.chart.held:
            self._picture.chart.tread()
            self._before = self._before if self._pinned else self._now()

    def _now(self) -> "Moment":
        return self._picture.chart.outline(), measured(self.model.quantities, self.result)

    def _pin_pressed(self, change: Any) -> None:
        if self._quiet:
            return
        self._pinned = change.new
        self._before = self._now() if change.new else None
        self._paint()

    def _typed(self, change: Any) -> None:
        if self._quiet or change.new == self.model.state():
            return
        try:
            self._take(type(self.model).from_state(change.new))
        except KnobError as error:
            self._error.value = str(error)

    def _take(self, model: Model) -> None:
        """Show ``model`` and put every control where it stands."""
        self._quiet = True
        try:
            for name, widget in self._controls.items():
                widget.value = getattr(model, name)
        finally:
            self._quiet = False
        self._keep()
        self._answer(model)

    def _answer(self, model: Model) -> None:
        self.model = model
        self.result = model.run()
        self._error.value = ""
        self._quiet = True
        self._state.value = model.state()
        self._quiet = False
        self._paint()

    def _paint(self) -> None:
        for steps in self._controls.values():
            if isinstance(steps, Transport) and isinstance(self.result, Run):
                steps.last = steps.reach = self.result.last_step
                steps.ticks = [list(event) for event in self.result.events]
        outlines, numbers = self._before or ([], {})
        since = changed(self.model.quantities, numbers, self.result) if numbers else ""
        told = self._goal.told(self.result) if self._goal.bounds else ""
        notes = {"goal": told, "reached": self._goal.reached(self.result), "since": since}
        sentence = f"{self.result.describe()} {self._said}".strip()
        self._picture.draw(self.result, sentence, notes, outlines)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget, still picture and sentence: whichever a reader's program can show."""
        bundle = super()._repr_mimebundle_(**kwargs)
        text = " ".join(filter(None, (self._picture.notes["goal"], self.result.describe())))
        return with_forms(bundle, text, **self._picture.still(text))


def explore(model: type[Model], *shown: str, goal: str = "", **start: Any) -> Explorer:
    """Knobs, picture and sentence of ``model``, starting at ``start``.

    ``goal`` asks for something to reach, as ``"downtime < 100 and total < 10"``; its names are
    those of ``model.quantities``. Raises GoalError for a goal that names no such numbers.

    ``shown`` names the knobs to show; by default all. ``explore(Migration, "memory", hot=20)``
    shows one slider and fixes the hot part. Raises KnobError, naming model, knob, allowed range
    and value, for unknown names and values out of range.
    """
    of_kind(model, type(Model), "explore(Migration)")
    first = model(**start)
    known = model.knobs()
    for name in shown:
        if not isinstance(name, str) or name not in known:
            model(**{str(name): None})  # raises the error that names the model's knobs
    return Explorer(first, shown or tuple(known), goal)


def _pin() -> _Pin:
    return _Pin(
        value=False,
        description=_("Pin"),
        icon="thumb-tack",
        tooltip=_("Keep this state in the picture, to compare with whatever comes"),
        layout={"width": "auto"},
    )


def _state_box(state: str) -> _StateBox:
    return _StateBox(
        value=state,
        description=pgettext("text box", "State"),
        placeholder=_("all knobs at their defaults"),
        tooltip=_("The knobs that differ from their defaults; paste one to go there"),
        continuous_update=False,
        style={"description_width": "auto"},
        layout={"width": "560px", "max_width": "100%"},
    )
