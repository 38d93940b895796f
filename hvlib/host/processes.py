"""The processes of a machine, as /proc tells of them: who they are, whose, and in which groups."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hvlib.host.tree import Tree

_KEPT = ("Name", "PPid", "Uid", "NSpid", "CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")
_STATUS = re.compile(rf"^({'|'.join(_KEPT)}):[ \t]*(.*?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Process:
    """One process.

    name: the kernel's name for it, cut at 15 characters. arguments: its command line. groups: its
    control groups by controller, "" for cgroup v2. numbers: its pid here and in each pid namespace
    further in. status: the lines of /proc/PID/status that the book reads.
    """

    pid: int
    name: str = ""
    arguments: tuple[str, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    parent: int = 0
    user: int = 0
    numbers: tuple[int, ...] = ()
    status: Mapping[str, str] = field(default_factory=dict)

    @property
    def program(self) -> str:
        """The file name of what it runs, else the kernel's name for it."""
        if not self.arguments:
            return self.name
        return re.split(r"[/\\]", self.arguments[0])[-1].rstrip(":")

    def after(self, *options: str) -> str:
        """The argument that follows the first of these options; empty where there is none."""
        for number, word in enumerate(self.arguments[:-1]):
            if word in options:
                return self.arguments[number + 1]
        return ""


def processes(tree: Tree) -> dict[int, Process]:
    """All processes that this user may see, by pid."""
    pids = sorted(int(name) for name in tree.names("proc") if name.isascii() and name.isdigit())
    found = (process(tree, pid) for pid in pids)
    return {item.pid: item for item in found if item is not None}


def process(tree: Tree, pid: int) -> Process | None:
    """One process; None where it is gone, or has told nothing."""
    status = dict(_STATUS.findall(tree.text(f"proc/{pid}/status")))
    words = tree.text(f"proc/{pid}/cmdline")
    if not (status or words):
        return None
    return Process(
        pid,
        status.get("Name", "") or tree.line(f"proc/{pid}/comm"),
        arguments(words),
        groups(tree.text(f"proc/{pid}/cgroup")),
        _first(status.get("PPid", "")),
        _first(status.get("Uid", "")),
        numbers(status.get("NSpid", "")),
        status,
    )


def arguments(words: str) -> tuple[str, ...]:
    """The words of a command line, each of which ends in a NUL byte."""
    parts = words.rstrip("\0").split("\0")
    return tuple(parts) if parts != [""] else ()


@functools.lru_cache(maxsize=4096)
def groups(text: str) -> Mapping[str, str]:
    """Control groups by controller, from the lines ``number:controllers:path``."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        _number, _colon, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if colon:
            found |= dict.fromkeys(controllers.split(","), path)
    return found


def numbers(text: str) -> tuple[int, ...]:
    """The whole numbers in a text; none where anything else is in it."""
    words = text.split()
    return tuple(map(int, words)) if all(map(_is_number, words)) else ()


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 20


def _first(text: str) -> int:
    """The first of some numbers; 0 where there is none."""
    return int(word) if _is_number(word := text.partition("\t")[0].strip()) else 0
