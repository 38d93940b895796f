"""The files that tell of a machine, below a root folder: its own ``/``, or one made for a test.

Read only, and nothing raises: what is malformed, vanishes or is forbidden reads as not there. What
was forbidden is remembered, since "nothing there" and "not for you to see" are different answers.
"""

import errno
import os
from collections.abc import Callable
from typing import TypeVar

LIMIT = 1 << 20
"""Bytes read of a file at most; a file of /proc that tells of one process is far shorter."""
_FORBIDDEN = (errno.EACCES, errno.EPERM)
T = TypeVar("T")


class Files:
    """The four ways in which files are asked; each may raise OSError."""

    def __init__(self, root: str = "/") -> None:
        self._root = root.rstrip("/")

    def content(self, path: str) -> bytes:
        """The beginning of a file."""
        # Never wait: a name that is known from /proc can be a pipe elsewhere.
        file = os.open(f"{self._root}/{path}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            parts, size = [], 0
            while size < LIMIT and (part := os.read(file, LIMIT - size)):
                parts.append(part)
                size += len(part)
            return b"".join(parts)
        finally:
            os.close(file)

    def target(self, path: str) -> str:
        """Where a symbolic link leads."""
        return os.readlink(f"{self._root}/{path}")

    def names(self, path: str) -> list[str]:
        """The names in a folder."""
        return os.listdir(f"{self._root}/{path}")

    def number(self, path: str) -> int:
        """The number of the file behind a path (its inode)."""
        return os.stat(f"{self._root}/{path}").st_ino


class Tree:
    """Files by paths without a leading slash (``"proc/1/comm"``).

    refused: the paths that this user may not read, in the order of asking.
    """

    def __init__(self, files: Files | None = None) -> None:
        self._files = files or Files()
        self.refused: dict[str, None] = {}

    def text(self, path: str) -> str:
        """A file as text; empty where there is none that this user may read."""
        return self._ask(self._files.content, path, b"").decode("utf-8", "replace")

    def line(self, path: str) -> str:
        """The first line of a file, without space or NUL bytes around it."""
        return self.text(path).partition("\n")[0].strip("\0 \t\r")

    def link(self, path: str) -> str:
        """Where a symbolic link leads; empty where there is none that this user may read."""
        return _readable(self._ask(self._files.target, path, ""))

    def names(self, folder: str) -> list[str]:
        """The names in a folder; empty where there is none that this user may read."""
        nothing: list[str] = []
        return list(map(_readable, self._ask(self._files.names, folder, nothing)))

    def inode(self, path: str) -> int:
        """The number of the file behind a path; 0 where it can't be told."""
        return self._ask(self._files.number, path, 0)

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder of this name."""
        return self._ask(self._files.number, path, 0) > 0

    def _ask(self, how: Callable[[str], T], path: str, nothing: T) -> T:
        try:
            return how(path)
        except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
            if isinstance(error, OSError) and error.errno in _FORBIDDEN:
                self.refused[path] = None
            return nothing


def _readable(name: str) -> str:
    """A file's name as text that can be written anywhere: what is no UTF-8 in it is replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
