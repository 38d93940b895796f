"""When is trap and emulate possible? Popek and Goldberg's theorems, and why classic x86 failed.

G. J. Popek and R. P. Goldberg, "Formal Requirements for Virtualizable Third Generation
Architectures", CACM 17(7), 1974. The theorems are read here as quoted in later texts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hvlib.words import _

Sensitivity = Literal["", "control", "behaviour"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a machine, as the theorems see it.

    operands: ``a`` a register, ``n`` a number, ``m`` an address ``n(rb)``, in the order of writing.
    privileged: traps in user mode, does not in supervisor mode.
    sensitive: ``"control"`` changes resources or mode, ``"behaviour"`` gives a result that depends
    on the mode or on the place in real memory; ``""`` is innocuous.
    user_sensitive: sensitive also when it runs in user mode (for Theorem 3).
    """

    mnemonic: str
    operands: str
    privileged: bool
    sensitive: Sensitivity
    user_sensitive: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the theorems say of an instruction set.

    theorem_1: a trap-and-emulate monitor may be constructed. theorem_3: a hybrid monitor may be,
    one that interprets everything the guest runs in supervisor mode. Both conditions are
    sufficient: False means "the theorem does not promise it", never "it is impossible".
    offenders: sensitive but unprivileged. user_offenders: user-sensitive but unprivileged.
    """

    theorem_1: bool
    theorem_3: bool
    offenders: tuple[str, ...]
    user_offenders: tuple[str, ...]

    def describe(self) -> str:
        """The verdict in a sentence."""
        names = ", ".join(self.offenders)
        if self.theorem_1:
            return _("Every sensitive instruction is privileged: trap and emulate works.")
        if self.theorem_3:
            text = _(
                "{names}: sensitive but not privileged, so Theorem 1 promises nothing. None of "
                "these is sensitive in user mode, so a monitor that interprets supervisor code "
                "works."
            )
        else:
            text = _(
                "Sensitive but not privileged: {names}; in user mode too: {users}. "
                "No theorem promises a monitor; it does not follow that none exists."
            )
        return text.format(names=names, users=", ".join(self.user_offenders))


def virtualizable(instructions: Iterable[Instruction]) -> Verdict:
    """Apply Theorem 1 (sensitive within privileged) and Theorem 3 (user-sensitive within it)."""
    unprivileged = [item for item in instructions if not item.privileged]
    offenders = tuple(item.mnemonic for item in unprivileged if item.sensitive)
    users = tuple(item.mnemonic for item in unprivileged if item.sensitive and item.user_sensitive)
    return Verdict(not offenders, not users, offenders, users)


@dataclass(frozen=True, slots=True)
class SensitiveGroup:
    """Some of classic x86's sensitive, unprivileged instructions, and what is wrong with them."""

    kind: Literal["register", "protection"]
    mnemonics: tuple[str, ...]
    meaning: str


X86_SENSITIVE: tuple[SensitiveGroup, ...] = (
    SensitiveGroup(
        "register",
        ("SGDT", "SIDT", "SLDT"),
        _("Store a table register: a guest sees the monitor's tables instead of its own."),
    ),
    SensitiveGroup(
        "register", ("SMSW",), _("Stores the machine status word: a guest sees the real one.")
    ),
    SensitiveGroup(
        "register",
        ("PUSHF", "POPF"),
        _("Read and write the flags; in user mode POPF silently keeps the interrupt flag."),
    ),
    SensitiveGroup(
        "protection",
        ("LAR", "LSL", "VERR", "VERW"),
        _("Look at a segment's rights: the answer depends on the current privilege level."),
    ),
    SensitiveGroup(
        "protection",
        ("POP", "PUSH"),
        _("With a segment register: expose or check the current privilege level."),
    ),
    SensitiveGroup(
        "protection",
        ("CALL", "JMP", "INT n", "RET"),
        _("Far transfers: compare privilege levels that the monitor has changed."),
    ),
    SensitiveGroup("protection", ("STR",), _("Stores the task register: shows the real task.")),
    SensitiveGroup(
        "protection",
        ("MOV",),
        _("From or to a segment register: exposes or checks the current privilege level."),
    ),
)
"""J. S. Robin and C. E. Irvine, USENIX Security 2000, counted 17 of about 250 instructions.

The list is read as quoted in later texts; counted mnemonic by mnemonic as here it is one longer,
so the published count is a count of theirs, not of this table.
"""
