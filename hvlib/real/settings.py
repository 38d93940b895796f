"""What each setting of a container lets through, tried on a machine that only stands in for one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from hvlib.real import stand_in, supervision
from hvlib.real.recording import UnavailableError, experiment
from hvlib.trace import Event, Trace
from hvlib.words import _

Report = dict[str, Any]


@experiment(needs=("container", "user_namespaces"))
def wrong_settings() -> Trace:
    """A container tries to get out, run with each setting in turn; the host is a stand-in.

    Events "try", an attempt each; the actor is the setting. Their detail: ``what``, ``through``,
    ``why`` (it failed) and ``mapped``, whether the container had a user namespace. Times in
    seconds. summary: ``through`` and ``mapped``, what got through for each setting without and
    with a user namespace (the latter empty for an ordinary user, who has no second user to map
    root to); ``ids``, how many users the stand-in had; ``sees``, all that its root folder held.
    """
    reports = list(_reports())
    first = reports[0]
    tries = [report for report in reports if "setting" in report]
    for report in tries:
        if "error" in report["found"]:
            text = _("The container with {setting} could not be made: {why}.")
            why = report["found"]["error"]
            raise UnavailableError(text.format(setting=report["setting"], why=why))
    began = tries[0]["start"]
    summary = {
        "through": {r["setting"]: _through(r) for r in tries if not r["mapped"]},
        "mapped": {r["setting"]: _through(r) for r in tries if r["mapped"]},
        "ids": first["ids"],
        "sees": first["sees"],
    }
    events = tuple(event for report in tries for event in _events(report, began))
    return Trace(_("One wall less"), events, "measured", summary=summary)


def _reports() -> Iterator[Report]:
    """What the stand-in says. Raises UnavailableError if it doesn't come to its end."""
    command = [sys.executable, "-m", stand_in.__name__]
    try:
        said = supervision.told_by(command, stand_in.SECONDS + 5)
    except (subprocess.TimeoutExpired, OSError) as error:
        raise UnavailableError(_("The stand-in did not end: {why}.").format(why=error)) from error
    reports = [json.loads(line) for line in said.splitlines()]
    if not reports or "done" not in reports[-1]:
        why = next((r["error"] for r in reports if "error" in r), _("it was killed"))
        raise UnavailableError(_("The stand-in could not be made: {why}.").format(why=why))
    yield from reports


def _through(report: Report) -> list[str]:
    return [what for what, why in report["found"].items() if not why]


def _events(report: Report, began: float) -> Iterator[Event]:
    """The attempts of one container, one after the other; each took its share of the time."""
    each = report["seconds"] / len(report["found"])
    for number, (what, why) in enumerate(report["found"].items()):
        detail = {"what": what, "through": not why, "why": why, "mapped": report["mapped"]}
        at = report["start"] - began + number * each
        yield Event(at, "try", report["setting"], each, detail)
