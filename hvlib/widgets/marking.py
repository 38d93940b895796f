"""A reader's guess beside the answer, as HTML: what stands there once a question is answered.

Every mark is a sign and a word, never a colour alone.
"""

import html
import math
from collections.abc import Iterable
from functools import singledispatch
from typing import Any

from hvlib.questions.question import Choice, Number, Order, Part, Pick, Question, Working
from hvlib.table import Table
from hvlib.words import _, pgettext

RIGHT, WRONG = "✓", "✗"


@singledispatch
def marked(question: Question, guess: Any) -> str:
    """The guess (None where the question was skipped) marked against the answer."""
    rows = [(_("Answer"), question.answer_text())]
    if guess is not None:
        rows.insert(0, (_("Your answer"), question.guess_text(guess)))
    cells = "".join(f"<dt>{html.escape(n)}</dt><dd>{html.escape(text)}</dd>" for n, text in rows)
    return f"<dl class='hv-marked'>{cells}</dl>"


@marked.register
def _choice(question: Choice, guess: Any) -> str:
    return _list(
        "ul",
        (
            _item(option, number == question.answer, number == guess)
            for number, option in enumerate(question.options)
        ),
    )


def _item(text: str, right: bool, chosen: bool) -> str:
    sign = RIGHT if right else WRONG if chosen else ""
    words = [_("right") if right else "", _("your answer") if chosen else ""]
    note = ", ".join(filter(None, words))
    state = "right" if right else "wrong" if chosen else ""
    said = f" <em>({html.escape(note)})</em>" if note else ""
    mark = f"<span class='hv-sign' aria-hidden='true'>{sign}</span>"
    return f"<li class='{state}'>{mark}{html.escape(text)}{said}</li>"


def _list(tag: str, items: Iterable[str]) -> str:
    return f"<{tag} class='hv-marked'>{''.join(items)}</{tag}>"


@marked.register
def _order(question: Order, guess: Any) -> str:
    if guess is None:
        return _list("ol", (_item(question.options[n], False, False) for n in question.answer))
    wrong = question.first_difference(guess)
    pairs = zip(guess, question.answer, strict=True)
    return _list(
        "ol", (_place(question, number, wrong, *pair) for number, pair in enumerate(pairs))
    )


def _place(question: Order, number: int, wrong: int | None, given: int, right: int) -> str:
    step, answer = question.options[given], question.options[right]
    same = step == answer
    notes = [] if same else [_("(right here: {step})").format(step=answer)]
    notes += [_("— the first wrong place")] if number == wrong else []
    note = "".join(f" {text}" for text in notes)
    sign = f"<span class='hv-sign' aria-hidden='true'>{RIGHT if same else WRONG}</span>"
    state = "right" if same else "wrong"
    return f"<li class='{state}'>{sign}{html.escape(step)}<em>{html.escape(note)}</em></li>"


@marked.register
def _pick(question: Pick, guess: Any) -> str:
    chosen = question.counted(guess or ())
    ids = [id for id in question.names if id in chosen | question.answer]
    if not ids:
        return f"<p>{html.escape(_('None of them.'))}</p>"
    return _list(
        "ul", (_item(question.names[id], id in question.answer, id in chosen) for id in ids)
    )


@marked.register
def _working(question: Working, guess: Any) -> str:
    given = guess or [""] * len(question.parts)
    explained = any(part.says for part in question.parts)
    names = [
        pgettext("of a solution", "Step"),
        _("You"),
        _("Answer"),
        *([_("Why")] if explained else []),
    ]
    head = "".join(f"<th scope='col'>{html.escape(text)}</th>" for text in names)
    rows = "".join(
        _row(part, text, explained) for part, text in zip(question.parts, given, strict=True)
    )
    return f"<table class='hv-working'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(part: Part, text: Any, explained: bool) -> str:
    cells = [str(text).strip() or "—", part.text(), *([part.says] if explained else [])]
    state = _row_state(part.is_right(text), text)
    shown = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f"<tr class='{state}'><th scope='row'>{html.escape(part.label)}</th>{shown}</tr>"


def _row_state(right: bool, text: Any) -> str:
    return "" if not str(text).strip() else "right" if right else "wrong"


@marked.register
def _number(question: Number, guess: Any) -> str:
    rows = [(_("the model"), question.answer, "model")]
    if guess is not None:
        rows.insert(0, (_("your guess"), float(guess), "guess"))
    top = max([abs(value) for _name, value, _look in rows] + [1e-12])
    lines = [
        f"<div class='hv-guess-name'>{html.escape(f'{name}: {question.guess_text(value)}')}</div>"
        f"<div class='hv-guess {look}' style='width:{_width(value, top, question.log):.1f}%'></div>"
        for name, value, look in rows
    ]
    scale = _("a scale by factors of ten") if question.log else ""
    note = f"<div class='hv-guess-note'>{html.escape(scale)}</div>" if scale else ""
    return f"<div class='hv-number-line'>{''.join(lines)}{note}</div>"


def _width(value: float, top: float, log: bool) -> float:
    """Percent of the widest bar; by factors of ten, four of them wide, where ``log``."""
    share = min(1.0, abs(value) / top)
    if not log:
        return 100 * share
    return 100 * max(0.0, 1 + math.log10(share) / 4) if share > 0 else 0.0


def solution(question: Question) -> str:
    """The worked solution, folded, as HTML; empty where the question has no steps."""
    if not question.steps:
        return ""
    steps = "".join(f"<li>{html.escape(step)}</li>" for step in question.steps)
    title = html.escape(_("Worked solution"))
    return f"<details class='hv-solution'><summary>{title}</summary><ol>{steps}</ol></details>"


def exhibit(question: Question) -> str:
    """The listing, trace or table of a question, as HTML; empty where it has none."""
    if not question.exhibit:
        return ""
    if isinstance(question.exhibit, Table):
        return question.exhibit.as_html("hv-exhibit")
    return f"<pre class='hv-exhibit' tabindex='0'>{html.escape(question.exhibit)}</pre>"


def as_text(question: Question) -> str:
    """The question in plain text, without its answer."""
    lines = [question.prompt, *str(question.exhibit).splitlines()]
    lines += [f"  ( ) {option}" for option in _choices(question)]
    return "\n".join(lines)


def as_html(question: Question) -> str:
    """The question with its answer folded away, for a page where no kernel runs."""
    options = "".join(f"<li>{html.escape(text)}</li>" for text in _choices(question))
    answer = html.escape(f"{question.told()}. {question.because}")
    return (
        f"<p><b>{html.escape(question.prompt)}</b></p>{exhibit(question)}"
        + (f"<ul>{options}</ul>" if options else "")
        + f"<details><summary>{html.escape(_('Show the answer'))}</summary>{answer}</details>"
    )


def _choices(question: Question) -> tuple[str, ...]:
    if isinstance(question, Pick):
        return tuple(question.names.values())
    if isinstance(question, Working):
        return tuple(part.label for part in question.parts)
    return tuple(getattr(question, "options", ()))
