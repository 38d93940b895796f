"""Where a lab's container code is tried: in a child process that can't harm the machine.

The child has left the host's namespaces before the reader's first line runs in it, so that a
forgotten ``unshare`` renames, mounts and kills nothing outside. It is process 1 of its own
process ids: with it, everything that it started ends. The notebook's own process never changes.
"""

import contextlib
import functools
import io
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from hvlib.labs.verdict import CannotError, MissingError
from hvlib.real import container, supervision, syscalls
from hvlib.words import _

SECONDS = 10.0
_Result = TypeVar("_Result")
_here = {"sandbox": False}


def guarded(function: Callable[..., _Result]) -> Callable[..., _Result]:
    """The same function, but it refuses to work in the notebook's own process."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> _Result:
        if not _here["sandbox"]:
            raise RuntimeError(
                _("This would change the notebook itself: let check() call your function.")
            )
        return function(*arguments, **named)

    return call


unshare = guarded(syscalls.unshare)
mount = guarded(syscalls.mount)
detach = guarded(syscalls.detach)
pivot_root = guarded(syscalls.pivot_root)
prctl = guarded(syscalls.prctl)
drop_all_capabilities = guarded(syscalls.drop_all_capabilities)


@guarded
def sethostname(name: str) -> None:
    """Set the host name of this process's UTS namespace."""
    socket.sethostname(name)


@guarded
def fork() -> int:
    """Split this process in two: 0 in the child, the child's pid in the parent."""
    return os.fork()


@functools.cache
def why_not() -> str:
    """Why no container starts on this machine; empty if one does."""
    yes, reason = container.available()
    return "" if yes else reason


def inside(work: Callable[[], str], seconds: float = SECONDS) -> str:
    """Do ``work`` in a sandbox and return its sentence.

    Raises what the work found missing, CannotError where there can be no sandbox. What the
    work prints is printed here.
    """
    if reason := why_not():
        text = _("This step needs Linux that lets this user make containers. {why}")
        raise CannotError(text.format(why=reason))
    near, far = os.pipe()
    child = supervision.fork(functools.partial(_sandbox, work, far))
    os.close(far)
    try:
        heard = _read(near, seconds)
    finally:
        os.close(near)
        supervision.end(child)
    return _result(heard)


def _read(pipe: int, seconds: float) -> bytes:
    """All that comes through the pipe. Raises MissingError if it stays open for too long."""
    deadline, heard = time.monotonic() + seconds, b""
    while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
        if not (chunk := os.read(pipe, 65536)):
            return heard
        heard += chunk
    text = _("It did not come to an end within {seconds:g} s, and was stopped.")
    raise MissingError(text.format(seconds=seconds))


def _result(heard: bytes) -> str:
    """What the sandbox said. Raises MissingError."""
    said = json.loads(heard.partition(b"\n")[0] or b"{}")
    print(said.get("printed", ""), end="")
    if "passed" in said:
        return str(said["passed"])
    raise MissingError(said.get("missing") or _("The process ended before the check was done."))


def _sandbox(work: Callable[[], str], pipe: int) -> NoReturn:
    """The child: leave the host's namespaces, and let process 1 of the new ones do the work."""
    syscalls.die_with_parent()
    _forget_the_notebook(pipe)
    separate_from_host()
    first = supervision.fork(functools.partial(_first, work, pipe))
    os.close(pipe)
    os.waitpid(first, 0)
    os._exit(0)


def _forget_the_notebook(pipe: int) -> None:
    for interruption in (signal.SIGALRM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(interruption, signal.SIG_DFL)
    supervision.close_all_but(pipe)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)


def separate_from_host() -> None:
    """New namespaces of every kind that a step of the lab touches."""
    leave = syscalls.unshare if syscalls.is_root() else syscalls.become_root_inside
    world = syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWNET
    leave(world | syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID)
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)


def _first(work: Callable[[], str], pipe: int) -> None:
    syscalls.die_with_parent()
    _here["sandbox"] = True
    printed = sys.stdout = sys.stderr = io.StringIO()
    me = os.getpid()
    said = _tried(work)
    if os.getpid() != me:  # a child of the reader's that came back
        os._exit(99)
    with contextlib.suppress(OSError):
        os.write(pipe, json.dumps({**said, "printed": printed.getvalue()}).encode() + b"\n")
    os._exit(0)


def _tried(work: Callable[[], str]) -> dict[str, str]:
    try:
        return {"passed": work()}
    except MissingError as missing:
        return {"missing": str(missing)}
    except Exception as error:
        text = _("Your code raised {kind}: {error}.")
        said = str(error).rstrip(".") or _("without a message")
        return {"missing": text.format(kind=type(error).__name__, error=said)}


def in_child(work: Callable[[], Any]) -> tuple[Any, int]:
    """Inside the sandbox: do ``work`` in one more child; returns its result and exit status.

    The result must be JSON-able; it is None if the child did not get that far. An exception
    of the work is raised here, as MissingError.
    """
    near, far = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(near)
        try:
            said: dict[str, Any] = {"result": work()}
        except MissingError as missing:
            said = {"missing": str(missing)}
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        os.write(far, json.dumps(said).encode())
        os._exit(0)
    os.close(far)
    with os.fdopen(near, "rb") as pipe:
        said = json.loads(pipe.read() or b"{}")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if "missing" in said:
        raise MissingError(said["missing"])
    if "error" in said:
        raise MissingError(_("Your code raised {error}.").format(error=said["error"].rstrip(".")))
    return said.get("result"), status
