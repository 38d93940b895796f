"""What the engines have in common, which of them this machine has, and a run as a Trace."""

import time
from collections.abc import Mapping

from hvlib.real import kvm, probe, translated
from hvlib.real.bus import Ending
from hvlib.real.guests import Guest
from hvlib.real.kvm_constants import MIB
from hvlib.real.recording import UnavailableError
from hvlib.trace import Event, Trace
from hvlib.words import _

Machine = kvm.Machine | translated.Machine
"""A virtual machine of either engine: the same names do the same."""

ENGINES = ("kvm", "unicorn")


def make_machine(
    engine: str | None = None, memory: int = 2 * MIB, dirty_log: bool = False
) -> Machine:
    """A machine of this engine, or of the best one that this computer has.

    Raises UnavailableError if it has none, ValueError for an unknown name or size.
    """
    chosen = engine or best_engine()
    if chosen not in ENGINES:
        text = _("no engine {name!r}; there are {known}")
        raise ValueError(text.format(name=chosen, known=", ".join(ENGINES)))
    if chosen == "kvm":
        return kvm.Machine(memory, dirty_log)
    return translated.Machine(memory, dirty_log)


def best_engine() -> str:
    """KVM if it truly runs a guest here, else unicorn. Raises UnavailableError for neither."""
    answers = [probe.ask(name) for name in ENGINES]
    for answer in answers:
        if answer.yes:
            return answer.name
    raise UnavailableError(" ".join(answer.why for answer in answers))


def run_guest(
    guest: Guest,
    seconds: float = 10.0,
    engine: str | None = None,
    registers: Mapping[str, int] | None = None,
) -> Trace:
    """Run a guest program in a machine of its own; the Trace says what it printed and its end.

    summary: ``reason`` and ``code`` of the ending, ``exits`` by kind, ``console``, ``seconds``.
    """
    with make_machine(engine) as machine:
        machine.load(guest.code)
        machine.registers = registers or {}
        start = time.perf_counter()
        ending = machine.run(seconds)
        return _trace(guest, machine, ending, start, time.perf_counter())


def _trace(guest: Guest, machine: Machine, ending: Ending, start: float, end: float) -> Trace:
    """The events of one run, times counted from its start."""
    console = machine.bus.console
    shift = console.started - start
    said = ((max(0.0, at + shift), {"text": text}) for at, text in console.lines)
    detail = {"code": ending.code, "detail": ending.detail}
    events = (
        Event(0.0, "run", guest.name, end - start, {"engine": machine.engine}),
        *(Event(at, "console", guest.name, detail=text) for at, text in said),
        Event(end - start, ending.reason, guest.name, detail=detail),
    )
    summary = {
        "engine": machine.engine,
        "reason": ending.reason,
        "code": ending.code,
        "exits": machine.exits,
        "console": console.text,
        "seconds": end - start,
    }
    return Trace(guest.name, events, "measured", summary=summary)
