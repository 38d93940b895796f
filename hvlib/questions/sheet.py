"""A chapter's problems as notebooks to hand out: one without answers and one with.

The cells carry nbgrader's metadata (schema version 3), and solutions stand between nbgrader's
``### BEGIN SOLUTION`` marks, so that either file can be used with nbgrader, or without it. The
same chapter, level and seed give the same bytes on any machine.
"""

import json
from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path
from typing import Any

from hvlib.numbers import unit_name
from hvlib.questions.problems import kinds, problem
from hvlib.questions.question import Choice, Number, Order, Pick, Question, Working
from hvlib.words import _

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
"""What nbgrader puts in place of a Python solution."""

Cell = dict[str, Any]


def write(chapter: int, seed: int, out: Path, level: int = 1) -> tuple[Path, Path]:
    """Write ``out`` without answers and a file beside it with; returns both paths.

    Raises KeyError for a chapter or level without problems, OSError where it can't write.
    """
    answers = out.with_name(f"{out.stem}-answers{out.suffix}")
    out.write_bytes(as_bytes(notebook(chapter, seed, level, solved=False)))
    answers.write_bytes(as_bytes(notebook(chapter, seed, level, solved=True)))
    return out, answers


def as_bytes(book: dict[str, Any]) -> bytes:
    """A notebook as the bytes of its file."""
    return (json.dumps(book, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def notebook(chapter: int, seed: int, level: int, *, solved: bool) -> dict[str, Any]:
    """One problem of each of a chapter's kinds. Raises KeyError as :func:`problem` does."""
    cells = [_title(chapter, seed, level)]
    for number, kind in enumerate(kinds(chapter), 1):
        cells += _problem_cells(number, kind.title, kind.id, seed, level, solved)
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {
                "file_extension": ".py",
                "name": "python",
                "nbconvert_exporter": "python",
            },
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _title(chapter: int, seed: int, level: int) -> Cell:
    text = _(
        "# Exercises of chapter {chapter}\n\nSeed {seed}, level {level}. Replace the two lines of "
        "each answer cell by your answer and run the cell below it: it says whether it is right."
    )
    said = text.format(chapter=chapter, seed=seed, level=level)
    return _markdown("title", said)


def _problem_cells(
    number: int, title: str, kind: str, seed: int, level: int, solved: bool
) -> list[Cell]:
    question = problem(kind, seed, level)
    name = f"answer_{number}"
    text = f"## {number}. {title}\n\n{task(question)}\n\n{_form(question).format(name=name)}"
    solution = f"{BEGIN}\n# {question.because}\n{name} = {as_answer(question)!r}\n{END}"
    test = f'from hvlib.questions.sheet import check\n\ncheck("{kind}", {seed}, {level}, {name})'
    return [
        _markdown(f"task-{number}", text),
        _code(f"answer-{number}", solution if solved else STUB, solution=True),
        _code(f"check-{number}", test, solution=False),
    ]


def task(question: Question) -> str:
    """What a sheet asks, as Markdown."""
    parts = [question.prompt]
    if question.exhibit:
        parts.append(f"```\n{question.exhibit}\n```")
    if isinstance(question, (Choice, Order)):
        parts.append("\n".join(f"{n}. {text}" for n, text in enumerate(question.options, 1)))
    return "\n\n".join(parts)


@singledispatch
def _form(question: Question) -> str:
    """How an answer is written, with a place for its name."""
    raise TypeError(f"no form for {type(question).__name__}")


@_form.register
def _choice_form(question: Choice) -> str:
    return _("Write the option’s number: `{name} = 1`.")


@_form.register
def _order_form(question: Order) -> str:
    return _("Write the numbers in the right order: `{name} = [2, 1, 3]`.")


@_form.register
def _pick_form(question: Pick) -> str:
    return _("Write the names in a list: `{name} = [...]`.")


@_form.register
def _number_form(question: Number) -> str:
    if not question.unit:
        return _("Write a number: `{name} = 1.5`.")
    text = _("Write a number (in {unit}): `{name} = 1.5`.")
    return text.format(unit=unit_name(question.unit), name="{name}")


@_form.register
def _working_form(question: Working) -> str:
    last = question.parts[-1]
    text = _("Wanted: {label} in {unit}.") if last.unit else _("Wanted: {label}.")
    wanted = text.format(label=last.label, unit=unit_name(last.unit))
    return wanted.replace("{", "{{").replace("}", "}}") + " `{name} = ...`"


def as_answer(question: Question) -> Any:
    """The right answer as it is written in a sheet."""
    if isinstance(question, Choice):
        return question.answer + 1
    if isinstance(question, Order):
        return [number + 1 for number in question.answer]
    if isinstance(question, Pick):
        return [name for id, name in question.names.items() if id in question.answer]
    if isinstance(question, Working):
        return _plain(question.parts[-1].answer)
    if isinstance(question, Number):
        return _plain(question.answer)
    raise TypeError(f"no answer for {type(question).__name__}")


def _plain(value: float | str) -> float | int | str:
    """A number to six digits, without a point where it is whole."""
    if isinstance(value, str):
        return value
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() else rounded


def as_guess(question: Question, answer: Any) -> Any:
    """What a sheet's answer means to the question. Raises ValueError where it has not its form."""
    try:
        if isinstance(question, Choice):
            return int(answer) - 1
        if isinstance(question, Order):
            return _checked_order(question, [int(number) - 1 for number in answer])
        if isinstance(question, Pick):
            ids = {name: id for id, name in question.names.items()}
            return tuple(ids[name] for name in answer)
        if isinstance(question, Working):
            return (*[""] * (len(question.parts) - 1), str(answer))
        return float(answer)
    except (TypeError, ValueError, KeyError) as error:
        text = _("This answer has not the form that the task asks for: {answer!r} ({error})")
        raise ValueError(text.format(answer=answer, error=error)) from None


def _checked_order(question: Order, guess: Sequence[int]) -> tuple[int, ...]:
    if sorted(guess) != list(range(len(question.options))):
        raise ValueError(_("each number from 1 to {n} once").format(n=len(question.options)))
    return tuple(guess)


def check(kind: str, seed: int, level: int, answer: Any) -> None:
    """Say that an answer is right. Raises AssertionError with a hint, not the answer, if not.

    Raises ValueError for an answer in another form than the task asks for.
    """
    question = problem(kind, seed, level)
    guess = as_guess(question, answer)
    verdict = question.check(guess)
    if not verdict.right:
        known = verdict.misconception
        hint = f"“{known.claim}” {known.breaks}" if known else _hint(question)
        raise AssertionError(_("Not yet. {hint}").format(hint=hint).strip())
    print(_("Right."))


def _hint(question: Question) -> str:
    return question.hints[0] if question.hints else ""


def _markdown(id: str, text: str) -> Cell:
    data = _grading(id, grade=False, solution=False, locked=True)
    return {"cell_type": "markdown", "id": id, "metadata": {"nbgrader": data}, "source": text}


def _code(id: str, text: str, *, solution: bool) -> Cell:
    data = _grading(id, grade=not solution, solution=solution, locked=not solution)
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": id,
        "metadata": {"nbgrader": data},
        "outputs": [],
        "source": text,
    }


def _grading(id: str, *, grade: bool, solution: bool, locked: bool) -> dict[str, Any]:
    """nbgrader's metadata of a cell, schema version 3."""
    points = {"points": 1} if grade else {}
    return {
        "grade": grade,
        "grade_id": id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **points,
    }
