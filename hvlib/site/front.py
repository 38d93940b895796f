"""Runs a notebook's cells in the page's worker: widgets go to the page as plain messages.

The messages are Jupyter's own comm messages. There is no IPython here, so its few names that
ipywidgets imports are stood in for. Only the worker imports this module.
"""

import ast
import contextlib
import io
import itertools
import json
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any, cast

os.environ |= {
    "HVLIB_TRACES": "page",
    "HVLIB_PROGRESS": "/home/progress.json",
    "JUPYTER_WIDGETS_ECHO": "0",
}
_PROGRESS = Path(os.environ["HVLIB_PROGRESS"])
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef)


def _stand_in_for_ipython() -> None:
    stood_in: dict[str, dict[str, Any]] = {
        "IPython": {"get_ipython": lambda: None, "version_info": (9, 0)},
        "IPython.core": {},
        "IPython.core.interactiveshell": {"InteractiveShell": object},
        "IPython.display": {"display": print, "clear_output": lambda **_keys: None},
    }
    for name, members in stood_in.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        sys.modules[name] = module


_stand_in_for_ipython()

import comm  # noqa: E402
import ipywidgets  # noqa: E402
from comm.base_comm import BaseComm, CommManager  # noqa: E402
from ipywidgets.widgets.widget import _instances  # noqa: E402

_outbox: list[tuple[str, list[Any]]] = []
_serial = itertools.count(1)
_told: dict[str, int] = {}  # scripts and styles that the page has, by text
_manager = CommManager()
_cells: list[str] = []
_defined: set[int] = set()
_space: dict[str, Any] = {}
_results: dict[int, Any] = {}
_printed: dict[int, str] = {}


class PageComm(BaseComm):
    """A widget's line to the page. Ids count up, so that the same run gives the same ids."""

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        """Send a message; a script or style goes to the page once, then by its number."""
        data = data or {}
        for name in ("_esm", "_css"):
            if text := data.get("state", {}).get(name):
                news = {} if text in _told else {"is": text}
                data["state"][name] = {"number": _told.setdefault(text, len(_told)), **news}
        message = {"type": msg_type, "id": self.comm_id, "data": data}
        _outbox.append((json.dumps(message, default=str), list(buffers or [])))


def _comm(*arguments: Any, **keys: Any) -> PageComm:
    return PageComm(*arguments, **{"comm_id": f"w{next(_serial)}"} | keys)


comm.create_comm = _comm
comm.get_comm_manager = lambda: _manager


def open_book(cells: str, progress: str) -> None:
    """Take a page's cells, a JSON list of sources, and the reader's stored progress."""
    for held in (_told, _defined, _space, _results, _printed):
        held.clear()
    _cells[:] = json.loads(cells)
    remember(progress)


def run(number: int) -> str:
    """Run a cell, after the imports and assignments of those before it that did not run yet.

    Returns JSON: ``view``, the id of the widget that the cell shows, or null.
    """
    for before in range(number):
        if before not in _defined:
            _defined.add(before)
            _do(before, only=_DEFINITIONS)
    _defined.add(number)
    result = _results[number] = _do(number)
    return json.dumps({"view": getattr(result, "model_id", None)})


def text(number: int) -> str:
    """What a notebook stores as the text of a cell that ran: printed lines, then its result."""
    result = _results[number]
    if result is None:
        return _printed[number]
    if isinstance(result, ipywidgets.Widget):
        bundle: Any = result._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return _printed[number] + str(data["text/plain"])
    return _printed[number] + repr(result)


def taken() -> list[tuple[str, list[Any]]]:
    """The messages to the page since it last took them, each with its binary parts."""
    messages = _outbox.copy()
    _outbox.clear()
    return messages


def receive(id: str, data: str) -> None:
    """Take a message from the page to the widget ``id``."""
    content = {"content": {"data": json.loads(data)}, "buffers": []}
    if id in _instances:
        _instances[id].comm.handle_msg(content)


def _do(number: int, only: tuple[type[ast.stmt], ...] | None = None) -> Any:
    """Execute a cell; returns the value of its last line, if that is an expression."""
    source = _cells[number]
    _printed[number] = ""
    if source.startswith("%"):  # a command for the lab
        return None
    body = ast.parse(source).body
    if only:
        body = [statement for statement in body if isinstance(statement, only)]
    last = cast(ast.Expr, body.pop()) if body and isinstance(body[-1], ast.Expr) else None
    name, printed = f"<cell {number}>", io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), name, "exec"), _space)
        value = eval(compile(ast.Expression(last.value), name, "eval"), _space) if last else None
    _printed[number] = printed.getvalue()
    return value


# --- the reader's progress: a file here, kept by the page in its own storage ------------------

_seen = ""


def remember(progress: str) -> None:
    """Take the progress that the page has stored, as the text of its file."""
    global _seen
    _seen = progress
    if progress:
        _PROGRESS.parent.mkdir(parents=True, exist_ok=True)
        _PROGRESS.write_text(progress, "utf-8")
    else:
        _PROGRESS.unlink(missing_ok=True)


def news() -> str | None:
    """The text of the progress file if it changed since it was last asked for, else None."""
    global _seen
    now = _PROGRESS.read_text("utf-8") if _PROGRESS.exists() else ""
    if now == _seen:
        return None
    _seen = now
    return now


def reason(error: BaseException) -> str:
    """What went wrong, with the line of the cell."""
    return "".join(traceback.format_exception(error, limit=-4))
