"""The control with which a reader answers each kind of question."""

import html
from collections.abc import Callable
from functools import singledispatch
from typing import Any

import ipywidgets as widgets

from hvlib import numbers
from hvlib.questions.question import Choice, Number, Order, Pick, Question, Working
from hvlib.systems.system import load
from hvlib.widgets.diagram import Diagram, show
from hvlib.widgets.live import Live
from hvlib.widgets.marking import marked
from hvlib.words import _


class Answering:
    """A control and what a reader has answered in it.

    widget: what they see. value(): their guess, or None while there is none. reveal(guess): shows
    guess and answer in its place, once.
    """

    def __init__(
        self, question: Question, control: widgets.Widget, value: Callable[[], Any]
    ) -> None:
        self.question = question
        self.control = control
        self.value = value
        self.widget = widgets.VBox([control])

    def reveal(self, guess: Any) -> None:
        """Replace the control by the marked guess; None for a skipped question."""
        self.widget.children = (widgets.HTML(marked(self.question, guess)),)


class Picking(Answering):
    """Clicking in a diagram, which afterwards shows what really happens."""

    def reveal(self, guess: Any) -> None:
        """Let the components fail, and list the guess below the picture."""
        question: Any = self.question
        self.widget.remove_class("hv-picking")
        self.control.click = "select"
        self.control.crashed = question.crashed
        self.widget.children = (self.control, widgets.HTML(marked(question, guess)))


class Routing(Answering):
    """Drawing a flow's way: click its boxes in order, or put their names in order in a list."""

    def __init__(self, question: Order) -> None:
        system, _flow = question.flow or ("", "")
        self._diagram = Diagram(load(system), click="order", bare=True)
        ids = [item.id for item in self._diagram.system.components]
        self._diagram.pale = [id for id in ids if id not in question.at]
        self._list = Ordering(question.options)
        self._listed = widgets.ToggleButton(
            description=_("Use a list instead"), icon="list-ol", layout={"width": "auto"}
        )
        self._listed.observe(self._turned, names="value")
        control = widgets.VBox([self._diagram, self._listed])
        super().__init__(question, control, self._guess)

    def _guess(self) -> tuple[int, ...] | None:
        """The order of the list if that is used, else of the clicks, once all are clicked."""
        question: Any = self.question
        if self._listed.value:
            return tuple(self._list.order)
        guess = tuple(question.at.index(id) for id in self._diagram.picked)
        return guess if question.is_possible(guess) else None

    def _turned(self, _change: Any) -> None:
        shown = self._list if self._listed.value else self._diagram
        self.control.children = (shown, self._listed)

    def reveal(self, guess: Any) -> None:
        """Draw the true way beside the reader's, and list both below the picture."""
        question: Any = self.question
        self._diagram.picked = tuple(question.at[n] for n in guess or ())
        self._diagram.click, self._diagram.bare, self._diagram.pale = "select", False, []
        self._diagram.flow = question.flow[1]
        self.widget.children = (self._diagram, widgets.HTML(marked(question, guess)))


@singledispatch
def answering(question: Question) -> Answering:
    """The control for a question. Raises TypeError for a kind that has none."""
    raise TypeError(f"no control for {type(question).__name__}")


@answering.register
def _choice(question: Choice) -> Answering:
    radio = widgets.RadioButtons(
        options=[(text, index) for index, text in enumerate(question.options)],
        value=None,
        layout={"width": "100%"},
    )
    radio.add_class("hv-choices")
    return Answering(question, radio, lambda: radio.value)


@answering.register
def _number(question: Number) -> Answering:
    name = (
        _("Answer in {unit}").format(unit=numbers.unit_name(question.unit))
        if question.unit
        else _("Answer")
    )
    box = _box(name, _("a number"))
    return Answering(question, box, lambda: numbers.read(box.value))


@answering.register
def _order(question: Order) -> Answering:
    if question.flow:
        return Routing(question)
    order = Ordering(question.options)
    return Answering(question, order, lambda: tuple(order.order))


@answering.register
def _pick(question: Pick) -> Answering:
    diagram = show(question.system, pick=True)
    picking = Picking(question, diagram, lambda: tuple(diagram.picked))
    picking.widget.add_class("hv-picking")
    return picking


@answering.register
def _working(question: Working) -> Answering:
    boxes = [_box(part.label, _("may stay empty")) for part in question.parts]
    boxes[-1].placeholder = _("the answer")
    return Answering(question, widgets.VBox(boxes), lambda: _filled(boxes))


def _filled(boxes: list[widgets.Text]) -> tuple[str, ...] | None:
    """What stands in the boxes; None while the last one, the answer, is empty."""
    texts = tuple(box.value.strip() for box in boxes)
    return texts if texts[-1] else None


def _box(name: str, placeholder: str) -> widgets.Text:
    box = widgets.Text(
        placeholder=placeholder,
        description=name,
        style={"description_width": "auto"},
        layout={"width": "520px", "max_width": "100%"},
    )
    box.add_class("hv-box-answer")
    return box


class Ordering(widgets.VBox):
    """Steps that a reader moves up and down with buttons; ``order`` holds their indices.

    The focus goes with the step that moves, so that the same key moves it on. No button is ever
    disabled, for a disabled one would lose the focus; at an end it does nothing.
    """

    def __init__(self, options: tuple[str, ...]) -> None:
        self.order = list(range(len(options)))
        self._options = options
        self._rows = [self._row(place) for place in range(len(options))]
        self._live = Live()
        super().__init__([*self._rows, self._live])
        self.add_class("hv-ordering")
        self._write()

    def _row(self, place: int) -> widgets.HBox:
        up = widgets.Button(icon="arrow-up", layout={"width": "36px"})
        down = widgets.Button(icon="arrow-down", layout={"width": "36px"})
        up.on_click(lambda _button: self._swap(place, place - 1, button=0))
        down.on_click(lambda _button: self._swap(place, place + 1, button=1))
        return widgets.HBox([up, down, widgets.HTML(layout={"margin": "0 0 0 8px"})])

    def _swap(self, here: int, there: int, button: int) -> None:
        if 0 <= there < len(self.order):
            self.order[here], self.order[there] = self.order[there], self.order[here]
            self._write()
            self._rows[there].children[button].focus()
            moved = _("Place {n} of {all}: {step}")
            step = self._options[self.order[there]]
            self._live.say(moved.format(n=there + 1, all=len(self.order), step=step))

    def _write(self) -> None:
        for place, row in enumerate(self._rows):
            up, down, text = row.children
            step = self._options[self.order[place]]
            text.value = f"{place + 1}. {html.escape(step)}"
            up.tooltip = _("Move up: {step}").format(step=step)
            down.tooltip = _("Move down: {step}").format(step=step)
