"""What an experiment could leave on this machine, and faults at each of its steps."""

import ast
import gc
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from hvlib.real import cgroup, supervision


def traces_on_host() -> dict[str, object]:
    """All that a container could leave: mounts, groups, processes, open files, temporary files."""
    group = cgroup.place("x")
    folders = {f.parent for f in group.folders} if group else set()
    return {
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "groups": sorted(str(g) for f in folders for g in f.glob("hvlib-*") if is_ours(g.name)),
        "children": sorted(descendants(os.getpid())),
        "files": len(os.listdir("/proc/self/fd")),
        "temporary": sorted(n for n in os.listdir("/tmp") if n in ("upper", "work", "root")),
        "hostname": platform.node(),
    }


def is_ours(group: str) -> bool:
    """Whether a group is ours or of somebody dead; others may be at work on this machine."""
    maker = int(group.split("-")[1])
    return maker == os.getpid() or not Path(f"/proc/{maker}").exists()


def descendants(pid: int) -> list[int]:
    """All living descendants of a process but the engine's waiting ones."""
    engine = {e.process.pid for e in engines()}
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent = int(Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid and int(name) not in engine:
            found.append(int(name))
    return found


def engines() -> list[supervision.Engine]:
    return [e for (_module, _kind, pid), e in supervision._ENGINES.items() if pid == os.getpid()]


def gone(pid: int, within: float = 3.0) -> bool:
    """Whether a process ends in time, buried by its parent or not."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


# ---- Faults at each step ----

Line = tuple[str, int]


SPARED = ("__enter__", "__exit__", "close", "keep")
"""Functions that begin or end a ``with`` block, or note what is to be closed with it: whoever is
interrupted there has the thing in no hand yet, or in no hand any more."""


def spared(file: str) -> set[int]:
    """The lines of a file that no fault strikes: SPARED functions and ``finally`` blocks."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(Path(file).read_text("utf-8"))):
        blocks = node.finalbody if isinstance(node, ast.Try) else []
        if isinstance(node, ast.FunctionDef) and node.name in SPARED:
            blocks = node.body
        for block in blocks:
            lines |= set(range(block.lineno, (block.end_lineno or 0) + 1))
    return lines


class AtEachLine:
    """Calls ``at`` before each line of some files that this thread is about to execute.

    An interrupt is noticed between two lines of Python, so these are all the steps there are.
    """

    def __init__(self, modules: tuple[Any, ...], at: Callable[[Line], None]) -> None:
        self._at = at
        self._spared = {str(m.__file__): spared(str(m.__file__)) for m in modules}

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._called)

    def __exit__(self, *_error: object) -> None:
        sys.settrace(self._before)

    def _called(self, frame: FrameType, _event: str, _detail: Any) -> Any:
        return self._line if self._ours(frame.f_code) else None

    def _ours(self, code: CodeType) -> bool:
        return code.co_filename in self._spared

    def _line(self, frame: FrameType, event: str, _detail: Any) -> Any:
        line = frame.f_code.co_filename, frame.f_lineno
        if event == "line" and line[1] not in self._spared[line[0]]:
            self._at(line)
        return self._line


def steps(run: Callable[[], object], modules: tuple[Any, ...]) -> list[Line]:
    """Every line that a run executes in these modules, once each, in order."""
    seen: dict[Line, None] = {}
    with AtEachLine(modules, lambda line: seen.setdefault(line)):
        run()
    return list(seen)


def left_by_faults(
    run: Callable[[], object],
    modules: tuple[Any, ...],
    fault: Callable[[], None],
    which: slice = slice(None),
) -> list[str]:
    """Run once for each step, or ``which`` of them, with a fault before it; what each run left
    behind, in words."""
    lines = steps(run, modules)  # what is made once and kept is made now
    gc.collect()
    gc.freeze()  # so that each later collection looks at what the runs made alone
    try:
        return list(_left(run, modules, fault, lines[which]))
    finally:
        gc.unfreeze()


def _left(
    run: Callable[[], object],
    modules: tuple[Any, ...],
    fault: Callable[[], None],
    lines: list[Line],
) -> Iterator[str]:
    before = _traces()
    for step in lines:
        waiting = [step]

        def strike(line: Line, waiting: list[Line] = waiting) -> None:
            if waiting == [line]:
                waiting.clear()
                fault()

        told = "nothing"
        try:
            with AtEachLine(modules, strike):
                run()
        except (Exception, KeyboardInterrupt) as error:
            told = repr(error)
        after = _traces()
        if after != before:
            changed = {n: (before[n], after[n]) for n in after if after[n] != before[n]}
            yield f"{Path(step[0]).name}:{step[1]} ({told} came out) left {changed}"
            before = after


def _traces() -> dict[str, object]:
    gc.collect()
    return {**traces_on_host(), "threads": threading.active_count()}
