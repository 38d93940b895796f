"""A third-generation machine after Popek and Goldberg (CACM 17(7), 1974).

Words of memory, eight registers, a program status word (PSW) with mode, program counter and
relocation-bounds register, traps that swap PSWs stored at fixed addresses, a timer and a console::

    address  what is there
    0-3      old PSW: mode, pc, base, bound at the moment of the last trap
    4        cause of the trap, 5 its argument, 6 what was left of the timer
    8-11     new PSW: where a trap goes on
    16       first instruction after power-on

Address ``x`` of a program is the real word ``base + x``; ``x >= bound`` traps, in both modes.
An instruction is one word: opcode (8 bits), register a (4), register b (4), number n (16).
An address operand ``n(rb)`` means ``n`` plus register b; with b = 0 it means ``n`` alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, IntEnum

from hvlib.models.popek_goldberg import Instruction
from hvlib.words import _

MASK = 0xFFFF_FFFF
"""Words are 32 bits, unsigned; arithmetic wraps."""
OLD_PSW, CAUSE, ARGUMENT, TIMER_LEFT, NEW_PSW, START = 0, 4, 5, 6, 8, 16
SUPERVISOR, USER, GUEST = 0, 1, 2
"""GUEST is user mode in which every sensitive instruction traps, for contrast with run_guest."""
REGISTERS = 8


class Cause(IntEnum):
    """Why the machine trapped, as a program finds it at address 4.

    The argument at address 5 is the address (MEMORY), the word (PRIVILEGED, ILLEGAL) or the
    number (SYSTEM).
    """

    MEMORY = 1
    PRIVILEGED = 2
    ILLEGAL = 3
    SYSTEM = 4
    TIMER = 5


class Signal(Enum):
    """What else an instruction may tell the machine: the PSW, the timer or the power changed."""

    CHANGED = 1
    RETIMED = 2


@dataclass(frozen=True, slots=True)
class Trap:
    """A trap that happened; :meth:`Computer.deliver` swaps the PSWs for it."""

    cause: Cause
    argument: int = 0


@dataclass(frozen=True, slots=True)
class Psw:
    """Program status word. base and bound: the relocation-bounds register, in words."""

    mode: int
    pc: int
    base: int
    bound: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Why :meth:`Computer.execute` came back: instructions attempted, and the trap, if any."""

    executed: int
    trap: Trap | None


class Computer(ABC):
    """What a program, and a monitor, sees: a real machine and a virtual one alike.

    registers: eight words. mode, pc, base, bound: the PSW. reach: how many words the
    relocation-bounds register lets a program touch. timer: instructions until a timer trap, 0 off.
    console: the words written so far. size: words of memory. Real addresses are this computer's.
    instructions: its instruction set by mnemonic. delivered: the traps its program took.

    Raises ValueError for fewer words than the trap area needs.
    """

    def __init__(self, size: int, instructions: Mapping[str, Instruction]) -> None:
        if size < START:
            raise ValueError(_("a machine needs at least {n} words").format(n=START))
        self.size = size
        self.instructions = instructions
        self.registers = [0] * REGISTERS
        self.timer = 0
        self.console: list[int] = []
        self.halted = False
        self.delivered: list[Trap] = []
        self.mode, self.pc, self.base, self.bound, self.reach = SUPERVISOR, START, 0, size, size

    @abstractmethod
    def read(self, address: int) -> int:
        """The word at a real address, 0 <= address < size."""

    @abstractmethod
    def write(self, address: int, word: int) -> None:
        """Set the word at a real address, 0 <= address < size."""

    @abstractmethod
    def image(self, start: int, size: int) -> list[int]:
        """A copy of ``size`` words from a real address."""

    @abstractmethod
    def execute(self, limit: int) -> Stop:
        """Run until a trap, a halt or ``limit`` instructions. The trap is not delivered yet."""

    @property
    def psw(self) -> Psw:
        """The program status word now."""
        return Psw(self.mode, self.pc, self.base, self.bound)

    @psw.setter
    def psw(self, psw: Psw) -> None:
        self.mode = USER if psw.mode else SUPERVISOR
        self.pc, self.base, self.bound = psw.pc, psw.base, psw.bound
        self.reach = max(0, min(psw.bound, self.size - psw.base))

    @property
    def output(self) -> str:
        """The console as text."""
        return "".join(chr(word & 0xFF) for word in self.console)

    def load(self, words: Sequence[int], at: int = 0) -> None:
        """Copy a program to memory. Raises ValueError when it does not fit."""
        if at < 0 or at + len(words) > self.size:
            message = _("a program of {n} words does not fit at {at} of {size} words")
            raise ValueError(message.format(n=len(words), at=at, size=self.size))
        for offset, word in enumerate(words):
            self.write(at + offset, word & MASK)

    def deliver(self, trap: Trap) -> None:
        """Swap PSWs: the old one goes to address 0, the one at address 8 goes on. Timer stops."""
        old = (self.mode, self.pc, self.base, self.bound)
        for address, word in enumerate((*old, trap.cause, trap.argument, self.timer)):
            self.write(address, word)
        self.timer = 0
        self.psw = Psw(*self.image(NEW_PSW, 4))
        self.delivered.append(trap)

    def step(self) -> Trap | None:
        """One instruction and the delivery of the trap that it or the timer caused."""
        trap = self.execute(1).trap
        if trap is not None:
            self.deliver(trap)
        return trap

    def run(self, limit: int) -> int:
        """Run to the halt or to ``limit`` instructions, with traps delivered. Returns how many."""
        done = 0
        while done < limit and not self.halted:
            stop = self.execute(limit - done)
            done += stop.executed
            if stop.trap is not None:
                self.deliver(stop.trap)
        return done

    def tick(self, completed: int, signal: "Trap | Signal | None") -> Trap | None:
        """Let the timer count completed instructions; the trap if that ends it."""
        if not self.timer or signal is Signal.RETIMED:
            return None
        self.timer -= completed
        return Trap(Cause.TIMER) if self.timer == 0 else None


Effect = Callable[[Computer, int, int, int], Trap | Signal | None]
"""What an instruction does to a computer, given a, b and n."""


def _set(m: Computer, a: int, b: int, n: int) -> None:
    m.registers[a] = n


def _add(m: Computer, a: int, b: int, n: int) -> None:
    r = m.registers
    r[a] = (r[a] + r[b]) & MASK


def _sub(m: Computer, a: int, b: int, n: int) -> None:
    r = m.registers
    r[a] = (r[a] - r[b]) & MASK


def _address(m: Computer, b: int, n: int) -> int:
    return (m.registers[b] + n) & MASK if b else n


def _load(m: Computer, a: int, b: int, n: int) -> Trap | None:
    address = _address(m, b, n)
    if address >= m.reach:
        return Trap(Cause.MEMORY, address)
    m.registers[a] = m.read(m.base + address)
    return None


def _store(m: Computer, a: int, b: int, n: int) -> Trap | None:
    address = _address(m, b, n)
    if address >= m.reach:
        return Trap(Cause.MEMORY, address)
    m.write(m.base + address, m.registers[a])
    return None


def _jmp(m: Computer, a: int, b: int, n: int) -> None:
    m.pc = n


def _jz(m: Computer, a: int, b: int, n: int) -> None:
    if not m.registers[a]:
        m.pc = n


def _jnz(m: Computer, a: int, b: int, n: int) -> None:
    if m.registers[a]:
        m.pc = n


def _sys(m: Computer, a: int, b: int, n: int) -> Trap:
    return Trap(Cause.SYSTEM, n)


def _lpsw(m: Computer, a: int, b: int, n: int) -> Trap | Signal:
    address = _address(m, b, n)
    if address + 4 > m.reach:
        return Trap(Cause.MEMORY, address)
    m.psw = Psw(*m.image(m.base + address, 4))
    return Signal.CHANGED


def _timer(m: Computer, a: int, b: int, n: int) -> Signal:
    m.timer = m.registers[a]
    return Signal.RETIMED


def _out(m: Computer, a: int, b: int, n: int) -> None:
    m.console.append(m.registers[a])


def _halt(m: Computer, a: int, b: int, n: int) -> Signal:
    m.halted = True
    return Signal.CHANGED


def _mode(m: Computer, a: int, b: int, n: int) -> None:
    m.registers[a] = m.mode


def _lra(m: Computer, a: int, b: int, n: int) -> None:
    m.registers[a] = (m.base + _address(m, b, n)) & MASK


def _nothing(m: Computer, a: int, b: int, n: int) -> None:
    pass


THIRD_GENERATION: tuple[Instruction, ...] = (
    Instruction("SET", "an", False, "", False, _("a becomes the number n")),
    Instruction("ADD", "ab", False, "", False, _("a becomes a + b")),
    Instruction("SUB", "ab", False, "", False, _("a becomes a − b")),
    Instruction("LOAD", "am", False, "", False, _("a becomes the word at the address")),
    Instruction("STORE", "am", False, "", False, _("the word at the address becomes a")),
    Instruction("JMP", "n", False, "", False, _("go on at n")),
    Instruction("JZ", "an", False, "", False, _("go on at n if a is zero")),
    Instruction("JNZ", "an", False, "", False, _("go on at n unless a is zero")),
    Instruction("SYS", "n", False, "", False, _("call the system: trap, with the number n")),
    Instruction("LPSW", "m", True, "control", True, _("load the PSW from the address")),
    Instruction("TIMER", "a", True, "control", False, _("set the timer to a; 0 stops it")),
    Instruction("OUT", "a", True, "control", True, _("write a to the console")),
    Instruction("HALT", "", True, "control", True, _("stop the machine")),
    Instruction("MODE", "a", True, "behaviour", False, _("a becomes the mode: 0 or 1")),
    Instruction("LRA", "am", True, "behaviour", True, _("a becomes the real address of one")),
)
"""The instruction set. As it stands, every sensitive instruction is privileged (Theorem 1).

user_sensitive says what an instruction would be in user mode if it did not trap there: TIMER would
be ignored and MODE would say 1, which is what a user program may expect.
"""

EFFECTS: dict[str, Effect] = {
    "SET": _set, "ADD": _add, "SUB": _sub, "LOAD": _load, "STORE": _store, "JMP": _jmp,
    "JZ": _jz, "JNZ": _jnz, "SYS": _sys, "LPSW": _lpsw, "TIMER": _timer, "OUT": _out,
    "HALT": _halt, "MODE": _mode, "LRA": _lra,
}  # fmt: skip
"""What each instruction does. A monitor's interpreter routines are these, on virtual state."""

USER_EFFECTS: dict[str, Effect] = {**EFFECTS, "TIMER": _nothing}
"""What each does in user mode if it does not trap: TIMER is silently ignored, as in POPF on x86."""

OPCODES: dict[str, int] = {item.mnemonic: code + 1 for code, item in enumerate(THIRD_GENERATION)}
"""Opcode 0 stays illegal, so that running into empty memory traps."""
MNEMONICS: dict[int, str] = {code: name for name, code in OPCODES.items()}


def unprivileged(
    *mnemonics: str, base: Iterable[Instruction] = THIRD_GENERATION
) -> tuple[Instruction, ...]:
    """The instruction set with these instructions not trapping in user mode, as POPF did not."""
    return tuple(
        replace(item, privileged=False) if item.mnemonic in mnemonics else item for item in base
    )


def encode(mnemonic: str, a: int = 0, b: int = 0, n: int = 0) -> int:
    """The word of an instruction. Raises KeyError for an unknown mnemonic."""
    return OPCODES[mnemonic] << 24 | (a % 16) << 20 | (b % 16) << 16 | (n & 0xFFFF)


def decode(word: int) -> tuple[str, int, int, int]:
    """Mnemonic (``""`` if illegal), a, b and n of a word."""
    mnemonic = MNEMONICS.get(word >> 24, "")
    return mnemonic, (word >> 20) % REGISTERS, (word >> 16) % REGISTERS, word & 0xFFFF


def disassemble(word: int) -> str:
    """A word as a line of a listing; a word that is no instruction as ``.word``."""
    mnemonic, a, b, n = decode(word)
    if not mnemonic:
        return f".word {word}"
    shape = next(item.operands for item in THIRD_GENERATION if item.mnemonic == mnemonic)
    text = {"a": f"r{a}", "b": f"r{b}", "n": f"{n}", "m": f"{n}(r{b})" if b else f"{n}"}
    return f"{mnemonic} {', '.join(text[kind] for kind in shape)}".strip()


Decoded = tuple[Effect, int, int, int]


class Machine(Computer):
    """The bare machine. ``instructions`` may be a set with unprivileged sensitive ones.

    Words are decoded once for each mode and kept until a store changes them.
    """

    def __init__(
        self, size: int = 1024, instructions: Sequence[Instruction] = THIRD_GENERATION
    ) -> None:
        super().__init__(size, {item.mnemonic: item for item in instructions})
        self._words = [0] * size
        self._decoded: tuple[list[Decoded | None], ...] = tuple(
            [None] * size for _mode in (SUPERVISOR, USER, GUEST)
        )

    def read(self, address: int) -> int:
        """The word at a real address."""
        return self._words[address]

    def write(self, address: int, word: int) -> None:
        """Set the word at a real address."""
        self._words[address] = word
        for cache in self._decoded:
            cache[address] = None

    def image(self, start: int, size: int) -> list[int]:
        """A copy of ``size`` words from a real address."""
        return self._words[start : start + size]

    def execute(self, limit: int) -> Stop:
        """Run until a trap, a halt or ``limit`` instructions."""
        executed = 0
        while executed < limit and not self.halted:
            left = limit - executed
            count, signal = self._burst(min(left, self.timer) if self.timer else left)
            executed += count
            trap = signal if isinstance(signal, Trap) else None
            trap = self.tick(count - (trap is not None), signal) or trap
            if trap is not None:
                return Stop(executed, trap)
        return Stop(executed, None)

    def _burst(self, limit: int) -> tuple[int, Trap | Signal | None]:
        """Instructions one after the other while mode, relocation and timer stay as they are."""
        cache, base, reach = self._decoded[self.mode], self.base, self.reach
        for count in range(1, limit + 1):
            pc = self.pc
            if pc >= reach:
                return count, Trap(Cause.MEMORY, pc)
            effect, a, b, n = cache[base + pc] or self._decode(base + pc)
            self.pc = pc + 1
            signal = effect(self, a, b, n)
            if signal is not None:
                if isinstance(signal, Trap) and signal.cause is not Cause.SYSTEM:
                    self.pc = pc  # A fault leaves the instruction to be tried again.
                return count, signal
        return limit, None

    def _decode(self, address: int) -> Decoded:
        word = self._words[address]
        mnemonic, a, b, n = decode(word)
        decoded = (self._effect(mnemonic, word), a, b, n)
        self._decoded[self.mode][address] = decoded
        return decoded

    def _effect(self, mnemonic: str, word: int) -> Effect:
        if not mnemonic:
            return _trapping(Trap(Cause.ILLEGAL, word))
        if self.mode == SUPERVISOR:
            return EFFECTS[mnemonic]
        instruction = self.instructions[mnemonic]
        if instruction.privileged or (self.mode == GUEST and instruction.sensitive):
            return _trapping(Trap(Cause.PRIVILEGED, word))
        return USER_EFFECTS[mnemonic]

    def run_guest(
        self, guest: Computer, exits: Collection[str], limit: int
    ) -> tuple[int, Trap | None]:
        """Hardware support in two halves: instructions attempted, and the exit or guest's own trap.

        ``guest`` is the copy of the privileged state that the guest has for itself: its PSW,
        registers and memory. What changes or reads that acts on the copy, in the guest's supervisor
        mode too, and nobody else learns of it. The monitor chooses ``exits``: instructions of the
        guest's supervisor mode that come back as a privileged trap. Any other trap is the guest's.
        """
        for count in range(1, limit + 1):
            pc = guest.pc
            if pc >= guest.reach:
                return count, Trap(Cause.MEMORY, pc)
            word = guest.read(guest.base + pc)
            mnemonic, a, b, n = decode(word)
            if not mnemonic:
                return count, Trap(Cause.ILLEGAL, word)
            supervisor = guest.mode == SUPERVISOR
            traps = mnemonic in exits if supervisor else self.instructions[mnemonic].privileged
            if traps:
                return count, Trap(Cause.PRIVILEGED, word)
            guest.pc = pc + 1
            signal = (EFFECTS if supervisor else USER_EFFECTS)[mnemonic](guest, a, b, n)
            if isinstance(signal, Trap):
                guest.pc = guest.pc if signal.cause is Cause.SYSTEM else pc
                return count, signal
        return limit, None


def _trapping(trap: Trap) -> Effect:
    return lambda m, a, b, n: trap
