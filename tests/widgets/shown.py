"""The explorers that the book's cells show, with the knobs that each names."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

import hvlib
from hvlib.models.model import Model

BOOK = Path(hvlib.__file__).parents[1] / "notebooks"


@dataclass(frozen=True)
class Shown:
    """One call of ``explore``: the cell's id, the model where it starts, and the knobs shown."""

    cell: str
    start: Model
    knobs: tuple[str, ...]
    options: dict[str, Any]


@cache
def explorers() -> tuple[Shown, ...]:
    """All calls of ``explore`` in the chapters, in order."""
    found: list[Shown] = []
    for path in sorted(BOOK.glob("*.ipynb")):
        names = {name: getattr(hvlib, name) for name in hvlib.__all__}
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and "explore(" in cell.source:
                found += _calls(cell, names)
            elif cell.cell_type == "code":
                exec(compile(_named(cell.source), cell.id, "exec"), names)
    return tuple(found)


def _named(source: str) -> ast.Module:
    """What a cell gives a name to without working for it: a later cell may use it."""
    body = [] if source.startswith("%") else ast.parse(source).body
    return ast.Module(
        [line for line in body if isinstance(line, ast.Assign) and _is_cheap(line)], []
    )


def _is_cheap(line: ast.Assign) -> bool:
    calls = [ast.unparse(part.func) for part in ast.walk(line) if isinstance(part, ast.Call)]
    return set(calls) <= {"here"}


def _calls(cell: Any, names: dict[str, Any]) -> list[Shown]:
    found: list[Shown] = []

    def explore(model: type[Model], *knobs: str, **start: Any) -> None:
        options = {name: start.pop(name) for name in tuple(start) if name not in model.knobs()}
        found.append(Shown(cell.id, model(**start), knobs or tuple(model.knobs()), options))

    def predict(_name: str, show: Any = None) -> None:
        if show:
            show()

    lines = cell.source.split("\n")
    code = "\n".join(line for line in lines if not line.startswith("from hvlib import"))
    names |= {"explore": explore, "predict": predict}  # a later cell may use what this one names
    exec(code, names)
    return found
