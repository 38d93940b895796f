"""A one-screen assembler for the machine: labels, ``.word``, ``.space``, characters, comments."""

import re
from dataclasses import dataclass

from hvlib.models.machine import MASK, THIRD_GENERATION, encode
from hvlib.words import _

_SHAPES = {item.mnemonic: item.operands for item in THIRD_GENERATION}
_ADDRESS = re.compile(r"^(.+?)(?:\(r([1-7])\))?$")


class AssemblyError(ValueError):
    """A line that the assembler does not understand; the message has its number and text."""


@dataclass(frozen=True, slots=True)
class Program:
    """words: the image from address 0. lines: source text by address. labels: their addresses."""

    words: tuple[int, ...]
    lines: dict[int, str]
    labels: dict[str, int]


def assemble(source: str) -> Program:
    """Assemble a listing, one instruction a line (``label: LOAD r1, 4(r2)  ; comment``).

    ``.word 1, 'a', label`` places words, ``.space 7`` zeros, ``.at 96`` moves on to an address,
    ``.base`` makes the labels that follow count from here (a program that will be relocated).
    Raises AssemblyError for anything else.
    """
    placed, labels = _place(source)
    words: dict[int, int] = {}
    lines: dict[int, str] = {}
    for number, address, text in placed:
        try:
            for offset, word in enumerate(_words(text, labels)):
                words[address + offset] = word
        except (KeyError, ValueError, IndexError) as error:
            message = _("line {number}: {text!r}: {error}")
            raise AssemblyError(message.format(number=number, text=text, error=error)) from None
        lines[address] = text
    size = max(words, default=-1) + 1
    return Program(tuple(words.get(address, 0) for address in range(size)), lines, labels)


def _place(source: str) -> tuple[list[tuple[int, int, str]], dict[str, int]]:
    """First pass: (line number, address, text) of each statement, and the labels."""
    placed, labels, address, base = [], {}, 0, 0
    for number, line in enumerate(source.splitlines(), 1):
        text = line.split(";")[0].strip()
        while label := re.match(r"^(\w+):\s*", text):
            labels[label[1]] = address - base
            text = text[label.end() :]
        if text.startswith(".at"):
            address = int(text.split()[1])
        elif text == ".base":
            base = address
        elif text:
            placed.append((number, address, text))
            address += _length(text)
    return placed, labels


def _length(text: str) -> int:
    name, _space, rest = text.partition(" ")
    if name == ".space":
        return int(rest)
    return rest.count(",") + 1 if name == ".word" else 1


def _words(text: str, labels: dict[str, int]) -> list[int]:
    name, _space, rest = text.partition(" ")
    parts = [part.strip() for part in rest.split(",")] if rest.strip() else []
    if name == ".space":
        return [0] * int(rest)
    if name == ".word":
        return [_number(part, labels) & MASK for part in parts]
    shape = _SHAPES[name]
    if len(parts) != len(shape):
        message = _("{name} takes {n} operands")
        raise ValueError(message.format(name=name, n=len(shape)))
    fields = {"a": 0, "b": 0, "n": 0}
    for kind, part in zip(shape, parts, strict=True):
        fields.update(_operand(kind, part, labels))
    return [encode(name, **fields)]


def _operand(kind: str, part: str, labels: dict[str, int]) -> dict[str, int]:
    if kind in "ab":
        if not re.fullmatch(r"r[0-7]", part):
            raise ValueError(_("{part!r} is not a register").format(part=part))
        return {kind: int(part[1])}
    match = _ADDRESS.match(part)
    if kind == "n" or match is None:
        return {"n": _number(part, labels)}
    return {"n": _number(match[1], labels), "b": int(match[2] or 0)}


def _number(part: str, labels: dict[str, int]) -> int:
    name, plus, offset = part.partition("+")
    if plus and name.strip() in labels:
        return labels[name.strip()] + int(offset)
    if part in labels:
        return labels[part]
    if re.fullmatch(r"'.'", part):
        return ord(part[1])
    return int(part, 0)
