"""Monitors with one fault each, and the evidence by which a reader finds it.

Popek and Goldberg ask three things of a virtual machine monitor: *equivalence* (the guest's state
is that of the bare machine), *resource control* (nothing outside the guest's region changes, and
the real machine obeys the monitor alone), *efficiency* (innocuous instructions run directly). Each
mutant breaks one of them; :func:`evidence` measures which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hvlib.models.machine import SUPERVISOR, USER, Computer, Machine, Psw, Trap
from hvlib.models.monitor import Monitor, TranslatingMachine, VirtualMachine
from hvlib.words import _

Property = Literal["none", "equivalence", "resource control", "efficiency"]
SIZE = 64
"""Words of the guest and of its neighbour."""
LIMIT = 120
"""Instructions after which a guest that does not halt is cut off."""


class OwnBase(VirtualMachine):
    """Forgets to add the region's start to the guest's base."""

    def _enter(self) -> None:
        super()._enter()
        self.below.psw = Psw(USER, self.pc, self.base, self.reach)


class NoBound(VirtualMachine):
    """Gives the guest all memory from its region on."""

    def _enter(self) -> None:
        super()._enter()
        self.below.psw = Psw(USER, self.pc, self.region.start + self.base, self.below.size)


class RealSupervisor(VirtualMachine):
    """Runs the guest's supervisor mode in the real one, so that nothing traps."""

    def _enter(self) -> None:
        super()._enter()
        self.below.mode = self.mode


class StuckCounter(VirtualMachine):
    """Does not advance the program counter after an interpreted instruction."""

    def _interpret(self, word: int, advance: bool = True) -> Trap | None:
        return super()._interpret(word, False)


class ReflectsAll(VirtualMachine):
    """Hands every trap to the guest, also those that are the monitor's to interpret."""

    def _to_interpret(self, trap: Trap) -> int | None:
        return None


class ShowsRealMode(VirtualMachine):
    """Interprets with the real mode, which is always user, instead of the virtual one."""

    def _interpret(self, word: int, advance: bool = True) -> Trap | None:
        believed, self.mode = self.mode, USER
        trap = super()._interpret(word, advance)
        self.mode = believed if self.mode == USER else self.mode
        return trap


class InterpretsAll(TranslatingMachine):
    """Interprets every instruction, innocuous ones too, one by one."""


FAULTS: dict[str, tuple[type[VirtualMachine], str]] = {
    "none": (VirtualMachine, _("it has no fault")),
    "base": (OwnBase, _("it does not add the region’s start to the guest’s base")),
    "bound": (NoBound, _("it gives the guest all memory from its region on")),
    "mode": (RealSupervisor, _("it runs the guest in the real supervisor mode")),
    "counter": (StuckCounter, _("it does not move on after an instruction it has interpreted")),
    "dispatcher": (ReflectsAll, _("it hands every trap to the guest and interprets none")),
    "virtual mode": (ShowsRealMode, _("it shows the guest the real mode in place of its own")),
    "interprets": (InterpretsAll, _("it interprets every instruction of the guest")),
}
"""Each fault: the monitor that has it, and the fault in words."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What can be seen of a run under a monitor, beside a run on the bare machine.

    outside: words outside the guest's region that changed. seized: whether the real machine's
    console or power obeyed the guest. direct: share of instructions that ran directly.
    """

    same: bool
    console: str
    expected: str
    halted: bool
    outside: int
    seized: bool
    direct: float

    @property
    def broken(self) -> Property:
        """The property that the monitor broke; resource control before equivalence."""
        if self.outside or self.seized:
            return "resource control"
        if not self.same:
            return "equivalence"
        return "efficiency" if self.direct == 0 else "none"

    def lines(self) -> tuple[str, ...]:
        """The evidence as lines of text."""
        yes, no = _("yes"), _("no")
        return (
            _("console on the bare machine:        “{text}”").format(text=self.expected),
            _("console under the monitor:          “{text}”").format(text=self.console),
            _("guest halts under the monitor:      {x}").format(x=yes if self.halted else no),
            _("guest’s state as on bare machine:   {x}").format(x=yes if self.same else no),
            _("words outside its region changed:   {n}").format(n=self.outside),
            _("real console or power obeyed guest: {x}").format(x=yes if self.seized else no),
            _("instructions that ran directly:     {share:.0%}").format(share=self.direct),
        )


def evidence(fault: str, words: Sequence[int]) -> Evidence:
    """Run a guest on the bare machine and under the monitor with this fault."""
    bare = Machine(SIZE)
    bare.load(words)
    bare.run(LIMIT)
    real = Machine(4 * SIZE)
    vm = Monitor(real).create(SIZE, FAULTS[fault][0])
    vm.load(words)
    before = real.image(0, real.size)
    done = _run(vm)
    region = range(vm.region.start, vm.region.end)
    now = real.image(0, real.size)
    changed = [n for n in range(real.size) if n not in region and now[n] != before[n]]
    return Evidence(
        same=_state(vm) == _state(bare),
        console=vm.output,
        expected=bare.output,
        halted=vm.halted,
        outside=len(changed),
        seized=real.halted or bool(real.console),
        direct=vm.counts["direct"] / done if done else 0.0,
    )


def _run(vm: VirtualMachine) -> int:
    """Instructions run until the guest halts, is cut off, or has stopped the real machine."""
    done = 0
    while done < LIMIT and not vm.halted and not vm.below.halted:
        if vm.step() is not None and vm.mode == SUPERVISOR and vm.pc >= vm.reach:
            break  # The trap's own handler is out of reach: the guest would trap for ever.
        done += 1
    return done


def _state(computer: Computer) -> tuple[object, ...]:
    return (
        computer.psw,
        computer.registers,
        computer.halted,
        computer.output,
        computer.image(0, SIZE),
    )
