"""The slowest way to run a guest: fetch an instruction, look it up, do what it says.

It knows just the five instructions of :data:`hvlib.real.guests.LOOP` (Intel SDM volume 2), which
is enough to compare interpretation with binary translation and with direct execution.
"""

from dataclasses import dataclass, field

MASK = (1 << 32) - 1
ADD, XOR, GROUP_5, JNZ = 0x01, 0x31, 0xFF, 0x75
DEC, DIRECT = 1, 0b11  # ModRM: /1 of group 5; register operand
EAX, ECX, EDX, EBX = range(4)


class UnknownInstructionError(ValueError):
    """The interpreter doesn't know these bytes."""


@dataclass
class Interpreter:
    """A CPU of a few registers and one flag, in Python.

    registers: eax, ecx, edx, ebx, then esp to edi, in the order of their numbers.
    executed: how many instructions were.
    """

    code: bytes
    registers: list[int] = field(default_factory=lambda: [0] * 8)
    pc: int = 0
    zero: bool = False
    executed: int = 0

    def run(self, limit: int) -> None:
        """Interpret ``limit`` instructions. Raises UnknownInstructionError."""
        while self.executed < limit:
            self.step()

    def step(self) -> None:
        """Fetch, decode and execute one instruction. Raises UnknownInstructionError."""
        first = self.code[self.pc]
        if first == JNZ:
            self._jump_if_not_zero()
        elif execute := self._OPERATIONS.get(first):
            execute(self, self.code[self.pc + 1])
            self.pc += 2
        else:
            raise UnknownInstructionError(f"unknown instruction {first:#04x} at {self.pc}")
        self.executed += 1

    def _jump_if_not_zero(self) -> None:
        distance = int.from_bytes(self.code[self.pc + 1 : self.pc + 2], "little", signed=True)
        self.pc += 2 if self.zero else 2 + distance

    def _add(self, modrm: int) -> None:
        to, source = _operands(modrm)
        self._set(to, self.registers[to] + self.registers[source])

    def _xor(self, modrm: int) -> None:
        to, source = _operands(modrm)
        self._set(to, self.registers[to] ^ self.registers[source])

    def _dec(self, modrm: int) -> None:
        to, which = _operands(modrm)
        if which != DEC:
            raise UnknownInstructionError(f"group 5 operation {which} at {self.pc}")
        self._set(to, self.registers[to] - 1)

    def _set(self, register: int, value: int) -> None:
        self.registers[register] = value & MASK
        self.zero = not value & MASK

    _OPERATIONS = {ADD: _add, XOR: _xor, GROUP_5: _dec}  # noqa: RUF012  (a table, not a field)


def _operands(modrm: int) -> tuple[int, int]:
    """The registers that a ModRM byte names: (destination, source or operation)."""
    if modrm >> 6 != DIRECT:
        raise UnknownInstructionError(f"operand {modrm:#04x} is not a register")
    return modrm & 7, modrm >> 3 & 7


def run_loop(code: bytes, turns: int) -> tuple[int, int]:
    """Run the loop of five instructions; returns (checksum, instructions executed)."""
    machine = Interpreter(code)
    machine.registers[ECX] = turns
    machine.run(limit=5 * turns)
    return machine.registers[EAX], machine.executed
