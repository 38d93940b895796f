"""One guest program, step by step: on the bare machine, in a VM, in a VM in a VM (chapter 1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from hvlib.listed import sentences
from hvlib.models.guests import GUESTS, SIZE, Guest, program
from hvlib.models.machine import SUPERVISOR, Cause, Computer, Psw, Trap, disassemble
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.models.monitor import VirtualMachine, nested
from hvlib.words import _, pgettext

Where = Literal["bare machine", "VM", "VM in VM"]
Flaw = Literal["none", "TIMER", "LRA"]
PLACES: dict[Where, str] = {
    "bare machine": _("bare machine"),
    "VM": _("VM"),
    "VM in VM": _("VM in VM"),
}
"""What each is called."""
FLAWS: dict[Flaw, str] = {"none": pgettext("unprivileged instruction", "none")}
"""What each is called, where it isn't an instruction."""
DEPTHS: dict[Where, int] = {"bare machine": 0, "VM": 1, "VM in VM": 2}
LAST_STEP = 240
"""The longest guest halts after 233 instructions; one that never ends is cut here."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the trap log.

    who: 0 is the guest itself, 1 the monitor on the hardware, 2 the monitor in its VM.
    what: ``"interpret"``, ``"reflect"`` (hand to the layer above) or ``"take"`` (PSW swap).
    instruction: the privileged instruction behind it, or an empty string.
    """

    step: int
    who: int
    what: Literal["interpret", "reflect", "take"]
    cause: Cause
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A computer after ``step`` instructions. happened: how many log lines there are by then."""

    step: int
    psw: Psw
    registers: tuple[int, ...]
    timer: int
    console: str
    halted: bool
    happened: int
    agrees: bool


@dataclass(frozen=True, slots=True)
class History:
    """A whole run: snapshots from step 0 on, and the log of all traps."""

    snapshots: tuple[Snapshot, ...]
    log: tuple[Happening, ...]

    @property
    def traps(self) -> tuple[tuple[int, str], ...]:
        """The steps at which something traps, and the privileged instruction if it is one."""
        found = {item.step: item.instruction or _("trap") for item in self.log}
        return tuple(found.items())

    @property
    def diverges(self) -> int | None:
        """The first step after which the guest's state is not that of the bare machine."""
        return next((shot.step for shot in self.snapshots if not shot.agrees), None)


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of memory in one level's own addresses, and whose it is."""

    level: int
    owner: Literal["monitor", "guest", "vm"]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GuestRunResult(Result):
    """now: the snapshot at the knob's step. steps: length of the run. log: all traps so far.

    listing: (address, text) of the program, current: the address of the next instruction in it, of
    the HALT once that has run.
    addresses: the program counter as the program, its machine and each layer below count it.
    places: the memory map, hardware first. diverges: see :class:`History`. events: the steps of the
    whole run at which something traps, and what.
    """

    guest: str
    where: Where
    flaw: str
    now: Snapshot
    steps: int
    log: tuple[Happening, ...]
    listing: tuple[tuple[int, str], ...]
    current: int
    addresses: tuple[int, ...]
    places: tuple[Place, ...]
    diverges: int | None
    events: tuple[tuple[int, str], ...]

    @property
    def instruction(self) -> str:
        """The next instruction as the listing writes it."""
        return dict(self.listing).get(self.current, "—")

    @property
    def last_step(self) -> int:
        """The step at which the run ends."""
        return self.steps

    @property
    def supervisor(self) -> bool:
        """Whether the guest believes that it is in supervisor mode."""
        return self.now.psw.mode == SUPERVISOR

    def describe(self) -> str:
        text = _("Step {step} of {steps} {where}: {mode} mode, {next}.")
        mode = _("supervisor") if self.supervisor else _("user")
        following = _("halted") if self.now.halted else _("next {i}").format(i=self.instruction)
        first = text.format(
            step=self.now.step,
            steps=self.steps,
            where=_placed(self.where),
            mode=mode,
            next=following,
        )
        traps = _("Lines in the trap log: {n}; on the console: {console}.").format(
            n=len(self.log), console=self._console()
        )
        return sentences(first, traps, self._verdict())

    def _console(self) -> str:
        return _("“{text}”").format(text=self.now.console) if self.now.console else _("nothing")

    def _verdict(self) -> str:
        if self.diverges is None or self.now.step < self.diverges:
            return ""
        return _("Since step {n} the guest no longer behaves as on the bare machine.").format(
            n=self.diverges
        )


def _placed(where: Where) -> str:
    return {
        "bare machine": _("on the bare machine"),
        "VM": _("in a VM"),
        "VM in VM": _("in a VM in a VM"),
    }[where]


class GuestRun(Model):
    """Step a guest program through the machine of Popek and Goldberg (CACM 17(7), 1974).

    ``flaw`` makes one sensitive instruction unprivileged: TIMER is then silently ignored in user
    mode, as POPF on classic x86, and LRA shows real addresses there, as SGDT does.
    """

    title: ClassVar[str] = _("A guest program, step by step")
    quantities: ClassVar[dict[str, Quantity]] = {
        "traps": Quantity(_("traps so far"), lambda result: len(result.log))
    }

    guest: Annotated[Guest, Knob(_("Program"), names=GUESTS)] = "two programs"
    where: Annotated[Where, Knob(_("Runs on"), names=PLACES)] = "VM"
    flaw: Annotated[Flaw, Knob(_("Sensitive but unprivileged"), names=FLAWS)] = "none"
    step: Annotated[int, Knob(_("Step"), 0, LAST_STEP, stepper=True)] = 0

    def run(self) -> GuestRunResult:
        history = _history(self.guest, DEPTHS[self.where], self.flaw)
        now = history.snapshots[min(self.step, len(history.snapshots) - 1)]
        depth = DEPTHS[self.where]
        return GuestRunResult(
            guest=self.guest,
            where=self.where,
            flaw=self.flaw,
            now=now,
            steps=len(history.snapshots) - 1,
            log=history.log[: now.happened],
            listing=tuple(sorted(program(self.guest).lines.items())),
            current=now.psw.base + now.psw.pc - now.halted,
            addresses=_addresses(now.psw, depth),
            places=_places(depth),
            diverges=history.diverges,
            events=history.traps,
        )


def _computer(guest: Guest, depth: int, flaw: Flaw) -> Computer:
    computer = nested(SIZE, depth, () if flaw == "none" else (flaw,))
    computer.load(program(guest).words)
    return computer


def _chain(computer: Computer) -> list[VirtualMachine]:
    """The virtual machines from the hardware up."""
    if not isinstance(computer, VirtualMachine):
        return []
    return [*_chain(computer.below), computer]


@lru_cache(maxsize=64)
def _history(guest: Guest, depth: int, flaw: Flaw) -> History:
    """Run to the end, beside the bare machine that says what ought to happen."""
    computer, bare = _computer(guest, depth, flaw), _computer(guest, 0, flaw)
    log: list[Happening] = []
    snapshots = [_snapshot(computer, 0, log, True)]
    while not computer.halted and len(snapshots) <= LAST_STEP:
        step = len(snapshots)
        trap = computer.step()
        log.extend(_happenings(computer, step, trap))
        if depth and snapshots[-1].agrees:
            bare.step()
        agrees = not depth or (snapshots[-1].agrees and _state(computer) == _state(bare))
        snapshots.append(_snapshot(computer, step, log, agrees))
    return History(tuple(snapshots), tuple(log))


def _state(computer: Computer) -> tuple[object, ...]:
    return (
        computer.psw,
        computer.registers,
        computer.timer,
        computer.halted,
        computer.console,
        computer.image(0, SIZE),
    )


def _snapshot(computer: Computer, step: int, log: list[Happening], agrees: bool) -> Snapshot:
    return Snapshot(
        step,
        computer.psw,
        tuple(computer.registers),
        computer.timer,
        computer.output,
        computer.halted,
        len(log),
        agrees,
    )


def _happenings(computer: Computer, step: int, trap: Trap | None) -> Iterator[Happening]:
    """What the monitors did in this step, lowest first, and the trap that the guest took."""
    for who, vm in enumerate(_chain(computer), 1):
        for handled in vm.log:
            privileged = handled.trap.cause is Cause.PRIVILEGED
            text = disassemble(handled.trap.argument) if privileged else ""
            yield Happening(step, who, handled.what, handled.trap.cause, text)
        vm.log.clear()
    if trap is not None:
        yield Happening(step, 0, "take", trap.cause)


def _addresses(psw: Psw, depth: int) -> tuple[int, ...]:
    """The program counter: virtual, then in the guest's memory, then in each layer below."""
    offsets = [vm.region.start for vm in reversed(_chain(nested(SIZE, depth)))]
    addresses = [psw.pc, psw.base + psw.pc]
    for offset in offsets:
        addresses.append(addresses[-1] + offset)
    return tuple(addresses)


@lru_cache
def _places(depth: int) -> tuple[Place, ...]:
    """Whose memory is where, one level after the other, the hardware first."""
    places = []
    for level, vm in enumerate(_chain(nested(SIZE, depth))):
        owner: Literal["guest", "vm"] = "guest" if level == depth - 1 else "vm"
        places.append(Place(level, "monitor", 0, vm.region.start))
        places.append(Place(level, owner, vm.region.start, vm.region.end))
    return (*places, Place(depth, "guest", 0, SIZE))
