"""A trap-and-emulate virtual machine monitor after Popek and Goldberg (CACM 17(7), 1974).

Three parts: the *allocator* gives each virtual machine its own region of real memory; the
*dispatcher* takes each trap and decides whose it is; *interpreter routines* do to the virtual state
what a privileged instruction would have done to the real one. Innocuous instructions run directly
on the machine below, in user mode. A virtual machine has the interface of a machine, so a monitor
runs on one as well.

The monitors are Python, not programs of the machine. What one would execute itself, one LPSW for
each hand-over of control, is therefore counted, not run (:func:`privileged_cost`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, ClassVar, Literal

from hvlib.models.assembler import assemble
from hvlib.models.guests import GUESTS, SIZE, Guest, program
from hvlib.models.machine import (
    EFFECTS,
    GUEST,
    MNEMONICS,
    OPCODES,
    START,
    SUPERVISOR,
    USER,
    USER_EFFECTS,
    Cause,
    Computer,
    Machine,
    Psw,
    Stop,
    Trap,
    decode,
    encode,
    unprivileged,
)
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.numbers import times
from hvlib.words import _

RESERVED = 32
"""Words at the bottom of memory that the monitor keeps for itself: trap area and its own state."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What the dispatcher did with one trap: ``"interpret"`` it or ``"reflect"`` it."""

    trap: Trap
    what: Literal["interpret", "reflect"]


@dataclass(frozen=True, slots=True)
class Region:
    """Words ``start`` up to ``start + size`` of the computer below."""

    start: int
    size: int

    @property
    def end(self) -> int:
        """The first word after it."""
        return self.start + self.size


class VirtualMachine(Computer):
    """A region of the computer below that looks like a whole computer.

    counts: ``direct`` instructions run on the computer below, ``interpreted`` ones, ``traps`` that
    came from below and ``reflected`` ones among them. log: each trap and what became of it.
    """

    def __init__(self, below: Computer, region: Region) -> None:
        super().__init__(region.size, below.instructions)
        self.below, self.region = below, region
        self.counts: Counter[str] = Counter()
        self.log: list[Handled] = []

    @property
    def depth(self) -> int:
        """How many monitors lie between this machine and the hardware: 1 for a VM on it."""
        return self.below.depth + 1 if isinstance(self.below, VirtualMachine) else 1

    def read(self, address: int) -> int:
        """The word at an address that is real to the guest. Raises IndexError outside."""
        return self.below.read(self._inside(address))

    def write(self, address: int, word: int) -> None:
        """Set the word at an address that is real to the guest. Raises IndexError outside."""
        self.below.write(self._inside(address), word)

    def image(self, start: int, size: int) -> list[int]:
        """A copy of up to ``size`` words from an address that is real to the guest."""
        size = max(0, min(size, self.size - start))
        return self.below.image(self.region.start + start, size)

    def _inside(self, address: int) -> int:
        if not 0 <= address < self.size:
            raise IndexError(_("address {a} is outside the machine").format(a=address))
        return self.region.start + address

    def execute(self, limit: int) -> Stop:
        """Run the guest directly; interpret what traps; return what is the guest's own trap.

        Raises RuntimeError when the computer below is halted.
        """
        executed = 0
        while executed < limit and not self.halted:
            count, trap = self._direct(limit - executed)
            executed += count
            if trap is not None:
                return Stop(executed, trap)
        return Stop(executed, None)

    def _direct(self, limit: int) -> tuple[int, Trap | None]:
        """Hand the computer below to the guest until something traps; dispatch the trap."""
        if self.below.halted:
            raise RuntimeError(_("the computer below is halted, so nothing can run on it"))
        budget = min(limit, self.timer) if self.timer else limit
        self._enter()
        self.below.timer = budget
        stop = self.below.execute(budget)
        self.registers[:] = self.below.registers
        self.pc = self.below.pc
        # The timer below is the monitor's own; whether the guest's has run out, tick() knows.
        trap = None if stop.trap is None or stop.trap.cause is Cause.TIMER else stop.trap
        completed = stop.executed - (trap is not None)
        self.counts["direct"] += completed
        expired = self.tick(completed, None)
        return stop.executed, expired if trap is None else self._dispatch(trap)

    def _enter(self) -> None:
        """The virtual PSW and registers become real ones: user mode, inside the region."""
        self.below.registers[:] = self.registers
        self.below.psw = Psw(USER, self.pc, self.region.start + self.base, self.reach)

    def _dispatch(self, trap: Trap) -> Trap | None:
        """The dispatcher: a trap that is the monitor's to interpret, or the guest's own."""
        word = self._to_interpret(trap)
        self.log.append(Handled(trap, "reflect" if word is None else "interpret"))
        self.counts["traps"] += 1
        self.counts["reflected"] += word is None
        return trap if word is None else self._interpret(word, trap.cause is Cause.PRIVILEGED)

    def _to_interpret(self, trap: Trap) -> int | None:
        """The instruction to interpret: a privileged one, from the guest's supervisor mode."""
        mine = trap.cause is Cause.PRIVILEGED and self.mode == SUPERVISOR
        return trap.argument if mine else None

    def _interpret(self, word: int, advance: bool = True) -> Trap | None:
        """An interpreter routine: the instruction's own definition, applied to virtual state."""
        self.counts["interpreted"] += 1
        mnemonic, a, b, n = decode(word)
        effect = (EFFECTS if self.mode == SUPERVISOR else USER_EFFECTS)[mnemonic]
        pc, self.pc = self.pc, self.pc + advance
        signal = effect(self, a, b, n)
        if isinstance(signal, Trap):
            self.pc = self.pc if signal.cause is Cause.SYSTEM else pc
            return signal
        return self.tick(1, signal)


class TranslatingMachine(VirtualMachine):
    """Interprets all that the guest runs in supervisor mode (Theorem 3's hybrid monitor).

    Binary translation is this idea made fast: each instruction is translated once and then run
    from a cache. ``translated`` has the (address, word) pairs that such a cache would hold.
    """

    def __init__(self, below: Computer, region: Region) -> None:
        super().__init__(below, region)
        self.translated: set[tuple[int, int]] = set()

    def _direct(self, limit: int) -> tuple[int, Trap | None]:
        if self.mode != SUPERVISOR:
            return super()._direct(limit)
        if self.pc >= self.reach:
            return 1, Trap(Cause.MEMORY, self.pc)
        word = self.read(self.base + self.pc)
        if not decode(word)[0]:
            return 1, Trap(Cause.ILLEGAL, word)
        self.translated.add((self.base + self.pc, word))
        return 1, self._interpret(word)


HYPERCALL = 0x8000
"""SYS numbers from here on are a paravirtual guest's calls to the monitor."""


def hypercall(word: int) -> int:
    """The SYS instruction that asks the monitor for ``word``. Its number must be below 256."""
    mnemonic, a, _b, n = decode(word)
    return encode("SYS", n=HYPERCALL | OPCODES[mnemonic] << 11 | a << 8 | n % 256)


def port(words: Sequence[int], mnemonics: Sequence[str]) -> tuple[int, ...]:
    """A guest ported to the monitor: these instructions of its system become hypercalls."""
    return tuple(
        hypercall(word) if address >= START and decode(word)[0] in mnemonics else word
        for address, word in enumerate(words)
    )


class ParavirtualMachine(VirtualMachine):
    """Runs ported guests (:func:`port`): the monitor offers hypercalls for what can't trap."""

    def _to_interpret(self, trap: Trap) -> int | None:
        if self.mode == SUPERVISOR and trap.cause is Cause.SYSTEM and trap.argument >= HYPERCALL:
            call = trap.argument - HYPERCALL
            return encode(MNEMONICS[call >> 11], a=call >> 8 & 7, n=call & 0xFF)
        return super()._to_interpret(trap)


class TrappingMachine(VirtualMachine):
    """Uses a bare machine's GUEST mode, in which every sensitive instruction traps.

    No processor works so; it is what hardware support would be without a state for the guest.
    """

    def _enter(self) -> None:
        super()._enter()
        self.below.mode = GUEST

    def _to_interpret(self, trap: Trap) -> int | None:
        if trap.cause is Cause.PRIVILEGED and self.mode == USER:
            # GUEST mode traps more than this guest's own user mode does; the rest is interpreted.
            privileged = self.instructions[decode(trap.argument)[0]].privileged
            return None if privileged else trap.argument
        return super()._to_interpret(trap)


class HardwareAssistedMachine(VirtualMachine):
    """Runs on a bare machine that keeps a copy of the privileged state for the guest.

    The guest's system calls, faults, mode and PSW are its own affair; only EXITS come back, for
    they reach what all guests share. Raises TypeError on anything but a bare machine.
    """

    EXITS: ClassVar[frozenset[str]] = frozenset({"OUT", "TIMER", "HALT"})

    def _direct(self, limit: int) -> tuple[int, Trap | None]:
        if not isinstance(self.below, Machine):
            raise TypeError(_("hardware support needs a bare machine below"))
        budget = min(limit, self.timer) if self.timer else limit
        count, trap = self.below.run_guest(self, self.EXITS, budget)
        completed = count - (trap is not None)
        self.counts["direct"] += completed
        expired = self.tick(completed, None)
        if trap is None:
            return count, expired
        exits = trap.cause is Cause.PRIVILEGED and self.mode == SUPERVISOR
        return count, self._dispatch(trap) if exits else trap


class Monitor:
    """A virtual machine monitor on a computer, real or virtual: its allocator and its clock."""

    def __init__(self, computer: Computer) -> None:
        self.computer = computer
        self.machines: list[VirtualMachine] = []

    def create(self, size: int, kind: type[VirtualMachine] = VirtualMachine) -> VirtualMachine:
        """The allocator: a virtual machine of ``size`` words in the first free place.

        Raises MemoryError when no free place is large enough.
        """
        start = RESERVED
        for used in sorted((vm.region for vm in self.machines), key=lambda region: region.start):
            if start + size <= used.start:
                break
            start = used.end
        if start + size > self.computer.size:
            raise MemoryError(_("no free place of {n} words").format(n=size))
        self.computer.load([0] * size, start)
        self.machines.append(kind(self.computer, Region(start, size)))
        return self.machines[-1]

    def run(self, limit: int, turn: int = 50) -> int:
        """Run all machines in turns of ``turn`` instructions, ``limit`` in all. Returns how many.

        The real timer ends a turn, so no guest can keep the processor. Raises ValueError for a
        turn of less than one instruction.
        """
        if turn < 1:
            raise ValueError(_("a turn must be 1 instruction or more, not {n}").format(n=turn))
        done = 0
        while done < limit and any(not vm.halted for vm in self.machines):
            for vm in self.machines:
                done += vm.run(min(turn, limit - done))
        return done


def nested(size: int, depth: int, instructions: Sequence[str] = ()) -> Computer:
    """A computer of ``size`` words under ``depth`` monitors; 0 is the bare machine.

    instructions: mnemonics that the hardware does not trap in user mode.
    """
    computer: Computer = Machine(size + depth * RESERVED, unprivileged(*instructions))
    for level in range(depth):
        computer = Monitor(computer).create(size + (depth - level - 1) * RESERVED)
    return computer


@cache
def privileged_cost(depth: int, each: int = 1) -> int:
    """Hardware traps that one privileged instruction costs under ``depth`` monitors.

    It traps to the lowest monitor, and each monitor above takes ``each`` privileged instructions
    to handle it, themselves one depth less deep. The small machine needs one, the LPSW that hands
    control over: 0, 1, 2, 4, 8 ... The monitor on the hardware works without a trap.
    """
    return 1 + each * sum(privileged_cost(level, each) for level in range(depth)) if depth else 0


def hardware_traps(computer: Computer) -> int:
    """Traps of the hardware so far, those of the monitors' own LPSWs included."""
    total = 0
    while isinstance(computer, VirtualMachine):
        handovers = computer.counts["traps"]
        total += handovers * privileged_cost(computer.depth - 1)
        if computer.depth == 1:
            total += handovers
        computer = computer.below
    return total


DEEPEST = 4
"""Monitors on top of each other at most."""


@cache
def traps_per_sensitive(depth: int) -> float:
    """Hardware traps of one sensitive instruction under ``depth`` monitors, counted in a run."""
    sensitive = 10
    computer = nested(64, depth)
    computer.load(assemble(".at 16\n" + "SET r1, 65\nOUT r1\n" * (sensitive - 1) + "HALT").words)
    computer.run(100)
    return hardware_traps(computer) / sensitive


@dataclass(frozen=True, slots=True)
class TrapCostResult(Result):
    """slowdown: run time over that on the bare machine. traps: hardware traps an instruction.

    by_depth: the slowdown under 0 to 4 monitors at the same share and cost.
    """

    share: float
    depth: int
    cost: float
    traps: float
    slowdown: float
    by_depth: tuple[float, ...]

    def describe(self) -> str:
        text = _(
            "With one sensitive instruction in {every:,.0f} and {cost:,.0f} cycles a trap, a guest "
            "at nesting depth {depth} runs {slowdown} times as long as on the bare machine. "
            "Hardware traps for each sensitive instruction: {each:.0f}."
        )
        return self.told(
            text, every=1 / self.share, slowdown=times(self.slowdown), each=self.traps / self.share
        )


class TrapCost(Model):
    """What trap and emulate costs: share of sensitive instructions, depth of nesting, trap cost.

    A monitor of the small machine executes one privileged instruction for each trap; with that,
    the traps are those counted in a run (:func:`traps_per_sensitive`). One of a real processor
    executes many. An instruction takes one cycle. The default of 3,000 cycles a trap, hardware and
    software, is an assumption of Agesen et al. (USENIX ATC 2012, section 9).
    """

    title: ClassVar[str] = _("What trap and emulate costs")
    quantities: ClassVar[dict[str, Quantity]] = {
        "slowdown": Quantity(_("run time"), lambda result: result.slowdown, "×"),
        "depth": Quantity(_("monitors on top of each other"), lambda result: result.depth),
    }

    share: Annotated[float, Knob(_("Share of sensitive instructions"), 1e-6, 0.1, log=True)] = 1e-4
    depth: Annotated[int, Knob(_("Monitors on top of each other"), 0, DEEPEST)] = 1
    handler: Annotated[int, Knob(_("Privileged instructions of a handler"), 1, 20)] = 1
    cost: Annotated[float, Knob(_("One trap"), 10, 10_000, _("{n} cycles"), log=True)] = 3_000

    def run(self) -> TrapCostResult:
        by_depth = tuple(
            1 + self.share * privileged_cost(depth, self.handler) * self.cost
            for depth in range(DEEPEST + 1)
        )
        return TrapCostResult(
            share=self.share,
            depth=self.depth,
            cost=self.cost,
            traps=self.share * privileged_cost(self.depth, self.handler),
            slowdown=by_depth[self.depth],
            by_depth=by_depth,
        )


Way = Literal[
    "trap and emulate",
    "binary translation",
    "paravirtualization",
    "all sensitive ones trap",
    "hardware support",
]
WAY_NAMES: dict[Way, str] = {
    "trap and emulate": _("trap and emulate"),
    "binary translation": _("binary translation"),
    "paravirtualization": _("paravirtualization"),
    "all sensitive ones trap": _("all sensitive ones trap"),
    "hardware support": _("hardware support"),
}
"""What each is called."""
WAYS: dict[Way, type[VirtualMachine]] = {
    "trap and emulate": VirtualMachine,
    "binary translation": TranslatingMachine,
    "paravirtualization": ParavirtualMachine,
    "all sensitive ones trap": TrappingMachine,
    "hardware support": HardwareAssistedMachine,
}
"""How a monitor may deal with sensitive instructions. Translation, paravirtualization and hardware
support are classic x86's ways out; a mode in which all sensitive ones trap is for contrast.
"""

CUT_OFF = 400
"""Instructions after which a guest that never ends is stopped; the longest needs 233."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """One guest run under one way. right: its console is that of the bare machine.

    direct: instructions on the hardware. traps: to the monitor. inside: instructions that the
    monitor ran for the guest without a trap (translated code). translated: words translated once.
    changed: words of the guest that its authors had to change.
    """

    way: Way
    right: bool
    console: str
    direct: int
    traps: int
    inside: int
    translated: int
    changed: int


@dataclass(frozen=True, slots=True)
class WaysOutResult(Result):
    """ways: the five ways in the order of ``WAYS``. expected: the bare machine's console."""

    guest: str
    flaw: str
    expected: str
    ways: tuple[WayOut, ...]

    def describe(self) -> str:
        first, translation, para, trapping, hardware = self.ways
        text = _(
            "{first} Binary "
            "translation ran {inside} instructions from translated code and trapped {bt} times; "
            "the paravirtual guest, with {changed} words changed, trapped {pv} times. Hardware "
            "support exits {hw} times; if all sensitive instructions trapped, it would be {all}."
        )
        return text.format(
            first=self._plain_way(first),
            inside=translation.inside,
            bt=translation.traps,
            changed=para.changed,
            pv=para.traps,
            hw=hardware.traps,
            all=trapping.traps,
        )

    def _plain_way(self, way: WayOut) -> str:
        text = _(
            "With {flaw} unprivileged, trap and emulate writes {got} where the bare machine writes "
            "{expected}."
        )
        if way.right:
            text = _(
                "With {flaw} unprivileged, trap and emulate writes {got}, as the bare machine does."
            )
        elif way.console == self.expected:
            text = _(
                "With {flaw} unprivileged, trap and emulate writes {got}, as the bare machine "
                "does, but never halts."
            )
        got, expected = _quoted(way.console), _quoted(self.expected)
        return text.format(flaw=self.flaw, got=got, expected=expected)


def _quoted(console: str) -> str:
    return _("“{text}”").format(text=console) if console else _("nothing")


class WaysOut(Model):
    """The three ways out for a machine whose sensitive instructions don't all trap, counted.

    One guest runs under plain trap and emulate, under a monitor that runs the guest's supervisor
    code itself (the idea of binary translation), as a ported guest with hypercalls, and with
    hardware support: a privileged state of its own, and exits for what leaves it. For contrast, in
    a mode in which every sensitive instruction traps. Counts, not times: translated code is nearly
    as fast as direct code, a trap costs hundreds to thousands of cycles.
    """

    title: ClassVar[str] = _("Three ways out, counted")
    quantities: ClassVar[dict[str, Quantity]] = {
        "right": Quantity(
            _("ways with the right output"), lambda result: sum(way.right for way in result.ways)
        )
    }

    guest: Annotated[Guest, Knob(_("Program"), names=GUESTS)] = "two programs"
    flaw: Annotated[Literal["TIMER", "LRA", "MODE"], Knob(_("Sensitive but unprivileged"))] = (
        "TIMER"
    )

    def run(self) -> WaysOutResult:
        return _ways_out(self.guest, self.flaw)


@lru_cache(maxsize=64)
def _ways_out(guest: Guest, flaw: str) -> WaysOutResult:
    bare = Machine(SIZE, unprivileged(flaw))
    bare.load(program(guest).words)
    bare.run(CUT_OFF)
    ways = tuple(_way_out(way, guest, flaw, bare) for way in WAYS)
    return WaysOutResult(guest, flaw, bare.output, ways)


def _way_out(way: Way, guest: Guest, flaw: str, bare: Machine) -> WayOut:
    vm = Monitor(Machine(SIZE + RESERVED, unprivileged(flaw))).create(SIZE, WAYS[way])
    original = program(guest).words
    words = port(original, [flaw]) if way == "paravirtualization" else original
    vm.load(words)
    vm.run(CUT_OFF)
    trapped = sum(handled.what == "interpret" for handled in vm.log)
    return WayOut(
        way=way,
        right=vm.console == bare.console and vm.halted == bare.halted,
        console=vm.output,
        direct=vm.counts["direct"],
        traps=vm.counts["traps"],
        inside=vm.counts["interpreted"] - trapped,
        translated=len(vm.translated) if isinstance(vm, TranslatingMachine) else 0,
        changed=sum(new != old for new, old in zip(words, original, strict=True)),
    )
