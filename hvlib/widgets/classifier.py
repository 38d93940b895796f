"""Which type of hypervisor is it? Four questions, and a verdict that argues while one answers.

The reader answers for a system of the book, or turns one answer over to see what it would change;
a button then shows what the system's own file says.
"""

import html
from typing import Any

import ipywidgets as widgets

from hvlib.systems.classify import QUESTIONS, Verdict, classify, type_name
from hvlib.systems.parts import Answers
from hvlib.systems.system import System, load, names
from hvlib.widgets.forms import with_forms
from hvlib.widgets.live import Live
from hvlib.words import _

_OPTIONS = ((_("yes"), True), (_("no"), False))


class Classifier(widgets.VBox):
    """Four questions about a system and the verdict that follows from the answers.

    ``system`` is the system asked about, ``answers`` the reader's answers by name (None
    where they have not answered), ``verdict`` what :func:`classify` says of them, None while one is
    missing. ``reveal()`` shows the answers in the system's file and takes them over.
    """

    def __init__(self, system: str) -> None:
        self._menu = widgets.Dropdown(
            options=[(load(id).name, id) for id in askable()],
            value=_checked(system),
            description=_("System"),
        )
        self._summary = widgets.HTML()
        self._controls = {name: _control(question) for name, question in QUESTIONS.items()}
        self._live = Live()
        self._data = widgets.HTML()
        button = widgets.Button(description=_("What the book’s data says"), icon="book")
        button.layout = {"width": "auto", "align_self": "flex-start"}
        button.on_click(lambda _button: self.reveal())
        questions = self._controls.values()
        super().__init__([self._menu, self._summary, *questions, self._live, button, self._data])
        self.add_class("hv-prediction")
        self._menu.observe(lambda _change: self._start(), names="value")
        for control in self._controls.values():
            control.observe(lambda _change: self._argue(), names="value")
        self._start()

    @property
    def system(self) -> System:
        """The system asked about."""
        return load(self._menu.value)

    @property
    def answers(self) -> dict[str, bool | None]:
        """The reader's answers so far."""
        return {name: control.value for name, control in self._controls.items()}

    @property
    def verdict(self) -> Verdict | None:
        """What follows from the answers; None while one is missing."""
        answers = self.answers
        if None in answers.values():
            return None
        return classify(Answers.model_validate(answers))

    @property
    def says(self) -> str:
        """The line that is read out."""
        return self._live.text

    def answer(self, **answers: bool) -> None:
        """Answer questions from code. Raises KeyError, naming the questions, for an unknown one."""
        for name, value in answers.items():
            if name not in self._controls:
                known = ", ".join(QUESTIONS)
                message = _("no question {name!r}; there are {known}")
                raise KeyError(message.format(name=name, known=known))
            self._controls[name].value = value

    def ask(self, system: str) -> None:
        """Ask about another system. Raises KeyError where there is none to ask about."""
        self._menu.value = _checked(system)

    def reveal(self) -> None:
        """Show what the system's file answers, with both sides, and take its answers over."""
        given = self.answers
        self.answer(**_answers(self.system).model_dump())
        self._data.value = _as_html(self.system)
        self._live.say(
            " ".join([classify(_answers(self.system)).describe(), *_compared(self.system, given)])
        )

    def _start(self) -> None:
        self._summary.value = f"<p>{html.escape(self.system.summary)}</p>"
        self._data.value = ""
        for control in self._controls.values():
            control.value = None
        self._argue()

    def _argue(self) -> None:
        left = sum(value is None for value in self.answers.values())
        verdict = self.verdict
        if verdict is None:
            self._live.say(_("Questions left: {left}.").format(left=left))
            return
        self._live.say(verdict.describe())

    def describe(self) -> str:
        """The questions, what the file answers, and the verdict: all that the widget can show."""
        lines = [_("Which type is {name}?").format(name=self.system.name)]
        given = _answers(self.system).model_dump()
        lines += [f"{QUESTIONS[name]} {_word(given[name])}." for name in QUESTIONS]
        return "\n".join([*lines, classify(_answers(self.system)).describe()])

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget; without a kernel the questions and, folded, answers and verdict."""
        bundle = super()._repr_mimebundle_(**kwargs)
        return with_forms(bundle, self.describe(), **{"text/html": _folded(self.system)})


def classifier(system: str = "kvm") -> Classifier:
    """Four questions about ``system``, argued live: ``classifier("hyper-v")``.

    Raises KeyError, naming the systems there are, for one that the questions don't fit.
    """
    return Classifier(system)


def askable() -> tuple[str, ...]:
    """The ids of the systems that the four questions fit: those with a hypervisor."""
    return tuple(id for id in names() if load(id).classification.answers is not None)


def _checked(system: str) -> str:
    known = askable()
    if system not in known:
        message = _("no questions about {id!r}; there are some about {known}")
        raise KeyError(message.format(id=system, known=", ".join(known)))
    return system


def _answers(system: System) -> Answers:
    answers = system.classification.answers
    if answers is None:
        raise ValueError(f"{system.id} has no hypervisor to ask about")
    return answers


def _control(question: str) -> widgets.RadioButtons:
    return widgets.RadioButtons(
        options=_OPTIONS,
        value=None,
        orientation="horizontal",
        description=question,
        tooltip=question,
        style={"description_width": "560px"},
        layout={"width": "100%", "max_width": "760px"},
    )


def _word(answer: bool) -> str:
    return _("yes") if answer else _("no")


def _compared(system: System, given: dict[str, bool | None]) -> list[str]:
    """Where the reader's answers and the file's differ, a sentence each."""
    answers = _answers(system).model_dump()
    text = _("You said {yours} where the book’s data says {ours}: {question}")
    return [
        text.format(yours=_word(yours), ours=_word(answers[name]), question=QUESTIONS[name])
        for name, yours in given.items()
        if yours is not None and yours != answers[name]
    ]


def _as_html(system: System) -> str:
    """The file's classification with both sides, and who owns the hardware."""
    kind = system.classification
    lines = (
        _("Usually classed as: {type}.").format(type=_type_name(kind.type)),
        _("Because: {because}").format(because=kind.because),
        _("The other side: {argued}").format(argued=kind.argued),
        _("Who owns the hardware: {owner}").format(owner=kind.owns_hardware),
    )
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)


def _type_name(type_: str) -> str:
    known = {"1": _("Type 1"), "2": _("Type 2"), "1 or 2": _("Type 1 or Type 2, disputed")}
    return known.get(type_) or type_name(type_)


def _folded(system: System) -> str:
    head = html.escape(_("Which type is {name}?").format(name=system.name))
    questions = "".join(f"<li>{html.escape(question)}</li>" for question in QUESTIONS.values())
    given = _answers(system).model_dump()
    said = ", ".join(_word(given[name]) for name in QUESTIONS)
    verdict = html.escape(classify(_answers(system)).describe())
    show = html.escape(_("Show the answers and the verdict"))
    return (
        f"<p><b>{head}</b></p><ol>{questions}</ol><details><summary>{show}</summary>"
        f"<p>{html.escape(said)}</p><p>{verdict}</p>{_as_html(system)}</details>"
    )
