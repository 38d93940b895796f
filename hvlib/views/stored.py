"""The files of charts: one a chart class, made by ``make charts``.

A file names the code it was made from. Where that has changed since, the file is not used. A page
of the site holds no sources, and no matplotlib to build a chart with: there the file is taken as it
is. A translated edition keeps files of its own, made when a chart is first shown.
"""

import inspect
import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from hvlib.edition import CATALOGUE, ENGLISH, FOLDER
from hvlib.words import LANGUAGE

FORM = 2
"""Raised when the form of the files, or how every chart is drawn, changes."""


def path_of(kind: type) -> Path:
    """The file of a chart class."""
    book = Path(str(files("hvlib.views")))
    home = book if LANGUAGE == ENGLISH else FOLDER / LANGUAGE
    return home / "charts" / f"{kind.__name__}.json"


def stored(kind: type) -> dict[str, Any] | None:
    """What the file of a chart class holds; None if there is none, or its code has changed."""
    path = path_of(kind)
    if not path.is_file():
        return None
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    is_page = __file__.endswith(".pyc")
    return data if is_page or data["code"] == code_of(kind) else None


def code_of(kind: type) -> str:
    """A name for the code that builds a chart: its modules and the form of the files."""
    modules = {base.__module__ for base in kind.__mro__ if base.__module__.startswith("hvlib.")}
    codes = [_code(module) for module in sorted(modules - {"hvlib.views.chart"})]
    return sha256("".join([str(FORM), *codes, _texts()]).encode()).hexdigest()[:16]


@cache
def _texts() -> str:
    """A name for the texts of the process's language; none for English, which the code holds."""
    if LANGUAGE == ENGLISH:
        return ""
    path = FOLDER / LANGUAGE / CATALOGUE
    return sha256(path.read_bytes()).hexdigest() if path.exists() else LANGUAGE


@cache
def _code(module: str) -> str:
    source = inspect.getsource(__import__(module, fromlist=["_"]))
    return sha256(source.encode()).hexdigest()
