"""Predict, then reveal: a question whose picture stays closed until the reader commits."""

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from hvlib.arguments import of_kind
from hvlib.questions import progress
from hvlib.questions.question import Number, Question, Verdict
from hvlib.widgets.answering import answering
from hvlib.widgets.explorer import Explorer
from hvlib.widgets.forms import with_forms
from hvlib.widgets.live import Live
from hvlib.widgets.marking import as_html, as_text, exhibit, solution
from hvlib.widgets.script import script
from hvlib.words import _


class Reply(Live):
    """What is said to an answer; it wears the style of the question around it."""

    _css = script("live.css", "questions.css")


class Prediction(widgets.VBox):
    """A question, the reader's answer, and what was behind it.

    The truth comes in two steps: a first miss is told its mistake and a hint, and may try again.
    ``reveal()`` gives the widget that opens after a right answer, a second one, or on request.
    ``verdict`` is that of the last answer, None before one and for a skipped question.
    """

    def __init__(self, question: Question, reveal: Callable[[], Any] | None = None) -> None:
        self.question = question
        self.verdict: Verdict | None = None
        self._reveal = reveal
        self._behind: widgets.Widget | None = None
        self._when_open: Callable[[bool], None] | None = None
        self._live = Reply()
        self._commit = _button(_("Commit"), "check", self._committed, "primary")
        self._hint = _button(_("Hint"), "question", self._hinted)
        self._skip = _button(_("Skip"), "forward", self.skip)
        self._told = _button(_("Show me"), "eye", self.tell)
        self._again = _button(_("Try again"), "undo", self.again)
        super().__init__()
        self.add_class("hv-prediction")
        self.again()

    def when_open(self, act: Callable[[bool], None]) -> None:
        """Call ``act`` whenever the answer is shown: with True if it was right at the first try."""
        self._when_open = act

    def again(self) -> None:
        """Ask afresh, with what was behind the question closed."""
        self.verdict = self._missed = None
        self._answering = answering(self.question)
        self._hints = list(self.question.hints)
        self._hint.disabled = False
        hint = [self._hint] if self._hints else []
        self._show([self._commit, *hint, self._skip], [])
        self._live.say("")

    def _show(self, buttons: list[widgets.Button], behind: list[widgets.Widget]) -> None:
        prompt = f"<p class='hv-prompt'>{html.escape(self.question.prompt)}</p>"
        head = widgets.HTML(prompt + exhibit(self.question))
        row = widgets.HBox(buttons)
        self.children = (head, self._answering.widget, row, self._live, *behind)

    def _committed(self) -> None:
        guess = self._answering.value()
        if guess is None:
            self._live.say(_("Choose or type an answer first, or skip."))
        elif guess == self._missed:
            self._live.say(_("That was your first answer. Try another, or press Show me."), "wrong")
        else:
            self.answer(guess)

    def _hinted(self) -> None:
        self._live.say(self._next_hint())

    def _next_hint(self) -> str:
        """The next hint; the last one again where all were given."""
        hint = self._hints.pop(0) if self._hints else "".join(self.question.hints[-1:])
        self._hint.disabled = not self._hints
        return hint

    def answer(self, guess: Any) -> Verdict:
        """Commit ``guess``: judge it and remember the outcome.

        A first miss is told its mistake and a hint; anything else opens what is behind.
        """
        self.verdict = verdict = self.question.check(guess)
        known = verdict.misconception
        outcome = "right" if verdict.right else (known.id if known else "wrong")
        notice = progress.record(self.question.id, outcome).notice
        if verdict.right or self._missed is not None or not self.question.second_try:
            self._open(guess, verdict.says, "right" if verdict.right else "wrong", notice)
        else:
            self._nudge(guess, notice)
        return verdict

    def _nudge(self, guess: Any, notice: str) -> None:
        self._missed = guess
        says = (self.question.nudge(guess), self._next_hint(), notice)
        more = [self._hint] if self._hints else []
        self._show([self._commit, *more, self._told], [])
        self._live.say(" ".join(filter(None, says)), "wrong")

    def tell(self) -> None:
        """After a miss, open what is behind the question, with that answer marked."""
        self._open(self._missed, self.question.check(self._missed).says, "wrong", "")

    def skip(self) -> None:
        """Open what is behind the question without an answer."""
        stored = progress.record(self.question.id, "skipped")
        text = _("The answer: {answer}. {because}")
        says = text.format(answer=self.question.told(), because=self.question.because)
        self._open(None, says, "", stored.notice)

    def _open(self, guess: Any, says: str, state: str, notice: str) -> None:
        self._answering.reveal(guess)
        self._live.say(" ".join(filter(None, (says, notice))), state)
        behind = [widgets.HTML(solution(self.question))] if self.question.steps else []
        if self._reveal is not None and self._behind is None:
            self._behind = self._reveal()
        self._keep(guess)
        self._show([self._again], [*behind, *([self._behind] if self._behind else [])])
        if self._when_open:
            self._when_open(state == "right" and self._missed is None)

    def _keep(self, guess: Any) -> None:
        """Let the guess of a number stay in the picture behind the question, and no older one."""
        if not isinstance(self._behind, Explorer):
            return
        if guess is not None and isinstance(self.question, Number):
            self._behind.guess(float(guess), self.question.guess_text(guess))
        else:
            self._behind.forget()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget; without a kernel the question and, folded, its answer."""
        bundle = super()._repr_mimebundle_(**kwargs)
        return with_forms(bundle, as_text(self.question), **{"text/html": as_html(self.question)})


def _button(text: str, icon: str, act: Callable[[], object], style: str = "") -> widgets.Button:
    button = widgets.Button(description=text, icon=icon, button_style=style)
    button.on_click(lambda _button: act())
    return button


def predict(question: Question | str, reveal: Callable[[], Any] | None = None) -> Prediction:
    """Ask before telling: ``predict("1.trap", lambda: explore(TrapCost))``.

    ``question`` is a question or the id of one of the book's. ``reveal`` makes what opens once the
    reader has committed or skipped. Raises KeyError for an unknown id.
    """
    if isinstance(question, str):
        from hvlib.questions.predictions import prediction

        question = prediction(question)
    of_kind(question, Question, 'predict("1.privileged")')
    return Prediction(question, reveal)
