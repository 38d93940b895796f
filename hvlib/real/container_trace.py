"""What was heard from a container, as a Trace."""

import json
import os
from collections.abc import Iterator
from typing import Any

from hvlib.real.cgroup import Group
from hvlib.real.supervision import Heard
from hvlib.trace import Event, Trace
from hvlib.words import _

_APPARMOR = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
_KILLED = -9


class ContainerError(RuntimeError):
    """The container could not be set up; the message names the step and the reason."""


def trace_of(
    command: tuple[str, ...], group: Group | None, steps: int, heard: Heard, began: float
) -> Trace:
    """The trace of one container. Raises ContainerError if its set-up failed.

    steps: how many it should have taken. began: the clock (time.monotonic) when the caller
    began; all times count from there.
    """
    reports = [json.loads(line) for line in _text(heard, "report").splitlines()]
    for report in reports:
        if "error" in report:
            raise ContainerError(explain(report["step"], report["error"]))
    if not (verdict := json.loads(_text(heard, "control") or "{}")):
        raise ContainerError(_("the container's supervisor was killed"))
    if len(reports) < steps:
        raise ContainerError(_("the container was killed after {n} steps").format(n=len(reports)))
    # The first word may be heard just before the end of the reports, which came before it.
    executed = min(heard["report"][-1][0], heard["output"][0][0]) - began
    finished = heard["control"][-1][0] - began
    events = [
        *(_step(report, began) for report in reports),
        Event(executed, "exec", "container", detail={"command": list(command)}),
        *_console(heard, began),
        Event(finished, "exit", "container", detail={"status": verdict["status"]}),
    ]
    summary = {
        "output": _text(heard, "output"),
        "exit_status": verdict["status"],
        "stopped_by": _stopped_by(verdict),
        "start_time": executed,
        "run_time": finished,
        "peak_memory": verdict.get("peak"),
        "memory_kills": verdict.get("kills", 0),
        "limits_by": f"cgroup v{group.version}" if group else "rlimits",
    }
    if verdict.get("cpu"):
        summary["cpu"] = verdict["cpu"]
    in_order = tuple(sorted(events, key=lambda event: event.time))
    return Trace(_("A container"), in_order, source="measured", summary=summary)


def explain(step: str, error: str) -> str:
    """Why a step failed, with what the reader could do where that is known."""
    reason = _("step {step} failed: {error}").format(step=step, error=error)
    if step == "leave_namespaces" and "not permitted" in error.lower() and os.getuid() == 0:
        hint = _("root lacks CAP_SYS_ADMIN here, perhaps because this is a container already")
    elif step != "become_the_command" and _restricted():
        hint = _("AppArmor keeps user namespaces from ordinary users (Ubuntu 24.04 and later)")
    else:
        return reason
    return _("{reason} ({hint})").format(reason=reason, hint=hint)


def _restricted() -> bool:
    try:
        with open(_APPARMOR) as file:
            return file.read().strip() == "1" and os.getuid() != 0
    except OSError:
        return False


def _text(heard: Heard, end: str) -> str:
    return b"".join(chunk for _time, chunk in heard[end]).decode(errors="replace")


def _step(report: dict[str, Any], began: float) -> Event:
    start = report["start"] - began
    took = report["end"] - report["start"]
    return Event(start, "step", "container", took, {"name": report["step"]})


def _console(heard: Heard, began: float) -> Iterator[Event]:
    for moment, chunk in heard["output"]:
        if chunk:
            text = chunk.decode(errors="replace")
            yield Event(moment - began, "console", "container", detail={"text": text})


def _stopped_by(verdict: dict[str, Any]) -> str:
    if not verdict["in_time"]:
        return "time"
    return "memory" if verdict.get("kills") and verdict["status"] == _KILLED else ""
