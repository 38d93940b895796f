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
from functools import cache
from typing import Literal

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
        """Run the guest directly; interpret what traps; return what is the guest's own trap."""
        executed = 0
        while executed < limit and not self.halted:
            count, trap = self._direct(limit - executed)
            executed += count
            if trap is not None:
                return Stop(executed, trap)
        return Stop(executed, None)

    def _direct(self, limit: int) -> tuple[int, Trap | None]:
        """Hand the computer below to the guest until something traps; dispatch the trap."""
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


class HardwareAssistedMachine(VirtualMachine):
    """Uses a bare machine's GUEST mode, in which every sensitive instruction traps."""

    def _enter(self) -> None:
        super()._enter()
        self.below.mode = GUEST

    def _to_interpret(self, trap: Trap) -> int | None:
        if trap.cause is Cause.PRIVILEGED and self.mode == USER:
            # GUEST mode traps more than this guest's own user mode does; the rest is interpreted.
            privileged = self.instructions[decode(trap.argument)[0]].privileged
            return None if privileged else trap.argument
        return super()._to_interpret(trap)


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

    def destroy(self, vm: VirtualMachine) -> None:
        """Give a machine's region back. Raises ValueError for another monitor's machine."""
        self.machines.remove(vm)

    def run(self, limit: int, turn: int = 50) -> int:
        """Run all machines in turns of ``turn`` instructions, ``limit`` in all. Returns how many.

        The real timer ends a turn, so no guest can keep the processor.
        """
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
def privileged_cost(depth: int) -> int:
    """Hardware traps that one privileged instruction costs under ``depth`` monitors.

    It traps to the lowest monitor, and each monitor above is handed control by one LPSW of the
    monitor below it, which is itself a privileged instruction, one depth less deep:
    0, 1, 2, 4, 8 ... The monitor on the hardware hands over without a trap.
    """
    return 1 + sum(privileged_cost(level) for level in range(depth)) if depth else 0
