"""Predict, then reveal: a question whose picture stays closed until the reader commits."""

import html
from collections.abc import Callable
from functools import singledispatch
from typing import Any

import ipywidgets as widgets

from hvlib.exercises import progress
from hvlib.exercises.question import Choice, Number, Order, Pick, Question, Text, Verdict, as_number
from hvlib.widgets.diagram import Diagram, show
from hvlib.widgets.live import Live
from hvlib.words import _


class Answering:
    """The control with which a reader answers one kind of question.

    widget: what they see. value(): their guess, or None while there is none. mark(guess, answer):
    shows both in the control once it is committed.
    """

    def __init__(self, widget: widgets.Widget, value: Callable[[], Any]) -> None:
        self.widget = widget
        self.value = value

    def mark(self, guess: Any, answer: Any) -> None:
        """By default the control is only closed for changes."""
        for part in (self.widget, *getattr(self.widget, "children", ())):
            if hasattr(part, "disabled"):
                part.disabled = True


@singledispatch
def answering(question: Question) -> Answering:
    """The control for a kind of question."""
    raise TypeError(f"no control for {type(question).__name__}")


@answering.register
def _choice(question: Choice) -> Answering:
    radio = widgets.RadioButtons(
        options=[(text, index) for index, text in enumerate(question.options)],
        value=None,
        layout={"width": "100%"},
    )
    radio.add_class("hv-choices")
    return Answering(radio, lambda: radio.value)


@answering.register
def _number(question: Number) -> Answering:
    box = widgets.Text(
        placeholder=_("a number"),
        description=question.unit or _("Answer"),
        style={"description_width": "auto"},
        layout={"width": "280px"},
    )
    return Answering(box, lambda: as_number(box.value))


@answering.register
def _text(question: Text) -> Answering:
    box = widgets.Text(
        placeholder=_("your answer"),
        description=_("Answer"),
        style={"description_width": "auto"},
        layout={"width": "420px"},
    )
    return Answering(box, lambda: box.value.strip() or None)


@answering.register
def _order(question: Order) -> Answering:
    order = Ordering(question.options)
    return Answering(order, lambda: tuple(order.order))


@answering.register
def _pick(question: Pick) -> Answering:
    diagram = show(question.system, crashed=question.crashed, pick=True)
    return _Picking(diagram, lambda: tuple(diagram.picked))


class _Picking(Answering):
    """Clicking in a diagram; afterwards the diagram shows what really happens."""

    def mark(self, guess: Any, answer: Any) -> None:
        diagram: Diagram = self.widget
        diagram.click = "select"


class Ordering(widgets.VBox):
    """Steps that a reader moves up and down with buttons; ``order`` holds their indices."""

    def __init__(self, options: tuple[str, ...]) -> None:
        self.order = list(range(len(options)))
        self._options = options
        self._rows = [self._row(place) for place in range(len(options))]
        super().__init__(self._rows)
        self._write()

    def _row(self, place: int) -> widgets.HBox:
        up = widgets.Button(icon="arrow-up", layout={"width": "36px"})
        down = widgets.Button(icon="arrow-down", layout={"width": "36px"})
        up.on_click(lambda _button: self._swap(place, place - 1))
        down.on_click(lambda _button: self._swap(place, place + 1))
        text = widgets.HTML(layout={"margin": "0 0 0 8px"})
        return widgets.HBox([up, down, text])

    def _swap(self, here: int, there: int) -> None:
        if 0 <= there < len(self.order):
            self.order[here], self.order[there] = self.order[there], self.order[here]
            self._write()

    def _write(self) -> None:
        for place, row in enumerate(self._rows):
            up, down, text = row.children
            step = self._options[self.order[place]]
            text.value = f"{place + 1}. {html.escape(step)}"
            up.tooltip = _("Move up: {step}").format(step=step)
            down.tooltip = _("Move down: {step}").format(step=step)
            up.disabled = place == 0
            down.disabled = place == len(self.order) - 1


class Prediction(widgets.VBox):
    """A question, the reader's answer, and what was behind it.

    ``reveal()`` gives the widget that opens after the reader commits or skips. ``verdict`` is None
    until then, and stays None for a skipped question.
    """

    def __init__(self, question: Question, reveal: Callable[[], Any] | None = None) -> None:
        self.question = question
        self.verdict: Verdict | None = None
        self._reveal = reveal
        self._answering = answering(question)
        self._live = Live()
        self._hints = list(question.hints)
        self._buttons = widgets.HBox(self._make_buttons())
        prompt = widgets.HTML(f"<p class='hv-prompt'>{html.escape(question.prompt)}</p>")
        super().__init__([prompt, self._answering.widget, self._buttons, self._live])
        self.add_class("hv-prediction")

    def _make_buttons(self) -> list[widgets.Button]:
        commit = widgets.Button(description=_("Commit"), button_style="primary", icon="check")
        skip = widgets.Button(description=_("Skip"), icon="forward")
        commit.on_click(lambda _button: self._commit())
        skip.on_click(lambda _button: self.skip())
        if not self._hints:
            return [commit, skip]
        hint = widgets.Button(description=_("Hint"), icon="question")
        hint.on_click(self._hint)
        return [commit, hint, skip]

    def _commit(self) -> None:
        guess = self._answering.value()
        if guess is None:
            self._live.say(_("Choose or type an answer first, or skip."))
            return
        self.answer(guess)

    def _hint(self, button: widgets.Button) -> None:
        self._live.say(self._hints.pop(0))
        button.disabled = not self._hints

    def answer(self, guess: Any) -> Verdict:
        """Commit ``guess``: judge it, remember the outcome, open what is behind the question."""
        self.verdict = self.question.check(guess)
        known = self.verdict.misconception
        outcome = "right" if self.verdict.right else (known.id if known else "wrong")
        stored = progress.record(self.question.id, outcome)
        self._open(self.verdict.says, guess, stored.notice)
        return self.verdict

    def skip(self) -> None:
        """Open what is behind the question without an answer."""
        stored = progress.record(self.question.id, "skipped")
        text = _("The answer: {answer}. {because}")
        says = text.format(answer=self.question.answer_text(), because=self.question.because)
        self._open(says, None, stored.notice)

    def _open(self, says: str, guess: Any, notice: str) -> None:
        self._buttons.layout.display = "none"
        self._answering.mark(guess, getattr(self.question, "answer", None))
        state = "" if self.verdict is None else ("right" if self.verdict.right else "wrong")
        self._live.say(" ".join(filter(None, (says, notice))), state)
        behind: list[widgets.Widget] = []
        if isinstance(self.question, Number) and guess is not None:
            behind.append(widgets.HTML(number_line(self.question, float(guess))))
        if self._reveal is not None:
            behind.append(self._reveal())
        self.children = (*self.children, *behind)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget; without a kernel the question and, folded, its answer."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        data["text/plain"] = as_text(self.question)
        data["text/html"] = as_html(self.question)
        return data, metadata


def predict(question: Question | str, reveal: Callable[[], Any] | None = None) -> Prediction:
    """Ask before telling: ``predict("1.trap", lambda: explore(TrapCost))``.

    ``question`` is a question or the id of one of the book's. ``reveal`` makes what opens once the
    reader has committed or skipped. Raises KeyError for an unknown id.
    """
    if isinstance(question, str):
        from hvlib.exercises.predictions import prediction

        question = prediction(question)
    return Prediction(question, reveal)


def number_line(question: Number, guess: float) -> str:
    """The reader's guess and the model's answer as two bars on one scale, as HTML."""
    rows = [
        (_("your guess"), guess, "var(--jp-warn-color0, #8a6100)", "dashed"),
        (_("the model"), question.answer, "var(--jp-brand-color1, #0060a8)", "solid"),
    ]
    top = max(abs(guess), abs(question.answer), 1e-12)
    lines = []
    for name, value, colour, line in rows:
        width = 100 * min(1.0, abs(value) / top)
        label = html.escape(f"{name}: {question.guess_text(value)}")
        lines.append(
            f"<div>{label}</div><div style='height:10px;width:{width:.1f}%;min-width:2px;"
            f"border:2px {line} {colour}'></div>"
        )
    return f"<div class='hv-number-line' style='max-width:480px'>{''.join(lines)}</div>"


def as_text(question: Question) -> str:
    """The question in plain text, without its answer."""
    lines = [question.prompt]
    lines += [f"  ( ) {option}" for option in getattr(question, "options", ())]
    return "\n".join(lines)


def as_html(question: Question) -> str:
    """The question with its answer folded away, for a page where no kernel runs."""
    options = "".join(f"<li>{html.escape(o)}</li>" for o in getattr(question, "options", ()))
    answer = html.escape(f"{question.answer_text()}. {question.because}")
    return (
        f"<p><b>{html.escape(question.prompt)}</b></p>"
        + (f"<ul>{options}</ul>" if options else "")
        + f"<details><summary>{html.escape(_('Show the answer'))}</summary>{answer}</details>"
    )
