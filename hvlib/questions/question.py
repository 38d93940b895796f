"""Questions that know the usual mistakes.

A question has an answer that a model or a system's data computed, never one typed in, and traps:
the answers that a reader with a known misconception would give. ``check`` tells a right guess from
a trap and from a plain miss.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hvlib import numbers
from hvlib.table import Table
from hvlib.words import _


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong but plausible rule. claim: as people say it. breaks: the case where it fails.

    source: where the mistake was seen, or who says the right thing. chapter: the one about it.
    """

    id: str
    claim: str
    breaks: str
    source: str = ""
    chapter: int = 0


@dataclass(frozen=True, slots=True)
class Trap:
    """What someone who holds ``misconception`` answers to one particular question."""

    guess: Any
    misconception: Misconception


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guess is worth. misconception: the one it reveals, if any. says: the reply."""

    right: bool
    says: str
    misconception: Misconception | None = None


@dataclass(frozen=True, kw_only=True)
class Question(ABC):
    """A prompt with a computed answer.

    id: ``"chapter.name"``, set by the register. because: why the answer is what it is, in one to
    three sentences. hints: from gentle to telling. steps: the worked solution, a sentence a step.
    exhibit: a listing, trace or table that the prompt is about.
    """

    id: str = ""
    prompt: str
    because: str
    exhibit: str | Table = ""
    traps: tuple[Trap, ...] = ()
    hints: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def second_try(self) -> bool:
        """Whether there is something left to try after a miss."""
        return True

    @abstractmethod
    def is_possible(self, guess: Any) -> bool:
        """Whether a reader can answer ``guess``."""

    @abstractmethod
    def is_right(self, guess: Any) -> bool:
        """Whether ``guess`` answers the question."""

    @abstractmethod
    def answer_text(self) -> str:
        """The answer in words."""

    def told(self) -> str:
        """The answer in words, without a full stop of its own."""
        return self.answer_text().rstrip(".")

    @abstractmethod
    def guess_text(self, guess: Any) -> str:
        """A guess in words."""

    def guess_of(self, trap: Trap) -> Any:
        """What a reader answers who falls into ``trap``."""
        return trap.guess

    def falls_into(self, trap: Trap, guess: Any) -> bool:
        """Whether ``guess`` is what ``trap``'s misconception leads to."""
        return bool(trap.guess == guess)

    def check(self, guess: Any) -> Verdict:
        """Judge a guess: right, a known misconception, or a plain miss."""
        if self.is_right(guess):
            return Verdict(True, _("Right. {because}").format(because=self.because))
        for trap in self.traps:
            if self.falls_into(trap, guess):
                known = trap.misconception
                text = _("Not quite. You may be thinking: “{claim}” {breaks} {because}")
                says = text.format(claim=known.claim, breaks=known.breaks, because=self.because)
                return Verdict(False, says, known)
        text = _("Not quite: it is {answer}. {because}")
        return Verdict(False, text.format(answer=self.told(), because=self.because))

    def nudge(self, guess: Any) -> str:
        """What a first miss is told: where it goes astray and which mistake it shows, as far as
        that is known, and never the answer."""
        known = self.check(guess).misconception
        mistake = _("You may be thinking: “{claim}”").format(claim=known.claim) if known else ""
        return " ".join(filter(None, (_("Not quite."), self.astray(guess), mistake)))

    def astray(self, guess: Any) -> str:
        """Where a wrong guess first differs, without what belongs there; empty if nowhere."""
        return ""


@dataclass(frozen=True, kw_only=True)
class Choice(Question):
    """One of several answers. answer: the index of the right option; traps name indices too."""

    options: tuple[str, ...]
    answer: int

    def __post_init__(self) -> None:
        if not 0 <= self.answer < len(self.options):
            raise ValueError("the answer is none of the options")

    def is_possible(self, guess: Any) -> bool:
        return guess in range(len(self.options))

    @property
    def second_try(self) -> bool:
        return len(self.options) > 2

    def is_right(self, guess: Any) -> bool:
        return bool(guess == self.answer)

    def answer_text(self) -> str:
        return self.options[self.answer]

    def guess_text(self, guess: Any) -> str:
        return self.options[int(guess)]


@dataclass(frozen=True, kw_only=True)
class Number(Question):
    """A number. tolerance: the relative error that still counts as right; scale: the least and the
    greatest that can be answered (shown by factors of ten where ``log``). up_to: the answer is a
    bound, so that any number from the least up to it is right too."""

    answer: float
    unit: str
    scale: tuple[float, float]
    tolerance: float = 0.1
    log: bool = False
    up_to: bool = False

    def __post_init__(self) -> None:
        if not self.is_possible(self.answer):
            raise ValueError(f"the answer {self.answer} is off the scale")

    def is_possible(self, guess: Any) -> bool:
        return self.scale[0] <= float(guess) <= self.scale[1]

    def is_right(self, guess: Any) -> bool:
        below = self.up_to and self.scale[0] < float(guess) <= self.answer
        return below or self._close(self.answer, guess)

    def falls_into(self, trap: Trap, guess: Any) -> bool:
        return self._close(trap.guess, guess)

    def _close(self, value: float, guess: Any) -> bool:
        number = float(guess)
        return math.isclose(number, value, rel_tol=self.tolerance, abs_tol=1e-9)

    def answer_text(self) -> str:
        return self.guess_text(self.answer)

    def guess_text(self, guess: Any) -> str:
        return numbers.with_unit(numbers.digits(guess, 3), self.unit)


@dataclass(frozen=True, kw_only=True)
class Order(Question):
    """Steps to put in order. options: the steps as shown, shuffled; answer: their right order.

    flow: system and flow whose parts they are, which can be clicked in the system's picture; at:
    each option's component there.
    """

    options: tuple[str, ...]
    answer: tuple[int, ...]
    flow: tuple[str, str] | None = None
    at: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if sorted(self.answer) != list(range(len(self.options))):
            raise ValueError("the answer does not order the options")

    def is_possible(self, guess: Any) -> bool:
        return sorted(guess) == sorted(self.answer)

    def is_right(self, guess: Any) -> bool:
        return [self.options[i] for i in guess] == [self.options[i] for i in self.answer]

    def falls_into(self, trap: Trap, guess: Any) -> bool:
        return tuple(trap.guess) == tuple(guess)

    def first_difference(self, guess: Sequence[int]) -> int | None:
        """The first place where the guess leaves the right order; None if nowhere."""
        pairs = enumerate(zip(guess, self.answer, strict=True))
        return next((n for n, (g, a) in pairs if self.options[g] != self.options[a]), None)

    def check(self, guess: Any) -> Verdict:
        """Judge a guess; a wrong one learns the first place where it goes astray."""
        verdict = Question.check(self, guess)
        place = self.first_difference(guess)
        if place is None:
            return verdict
        text = _("{where}: “{step}” belongs there.")
        more = text.format(where=self._where(guess, place), step=self.options[self.answer[place]])
        return Verdict(False, f"{more} {verdict.says}", verdict.misconception)

    def astray(self, guess: Any) -> str:
        place = self.first_difference(guess)
        return "" if place is None else _("{where}.").format(where=self._where(guess, place))

    def _where(self, guess: Any, place: int) -> str:
        """The first wrong place; on a flow's way, the hop that leads there."""
        text = _("The first wrong place is {n}")
        if self.flow and place > 0:
            text = _("The first wrong hop is “{here}” → “{there}”, to place {n}")
        here, there = (self.options[guess[max(0, at)]] for at in (place - 1, place))
        return text.format(n=place + 1, here=here, there=there)

    def answer_text(self) -> str:
        return self.guess_text(self.answer)

    def guess_text(self, guess: Any) -> str:
        return " → ".join(self.options[index] for index in guess)


@dataclass(frozen=True, kw_only=True)
class Pick(Question):
    """Components to click in a system's diagram. answer: the set of their ids.

    crashed: what fails; the diagram shows it once the question is answered. names: the components
    that count, by id, in the order in which a list shows them. inside: for
    a part of one of them, which; a click on the part counts for the whole.
    """

    system: str
    answer: frozenset[str]
    crashed: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.answer <= self.names.keys():
            raise ValueError("the answer names what can't be chosen")

    def counted(self, guess: Any) -> frozenset[str]:
        """The components that a guess stands for: those that count, or that hold what was hit."""
        ids = (self.inside.get(id, id) for id in guess)
        return frozenset(id for id in ids if id in self.names)

    def is_possible(self, guess: Any) -> bool:
        return frozenset(guess) <= self.names.keys() | self.inside.keys()

    def is_right(self, guess: Any) -> bool:
        return self.counted(guess) == self.answer

    def falls_into(self, trap: Trap, guess: Any) -> bool:
        return self.counted(trap.guess) == self.counted(guess)

    def answer_text(self) -> str:
        return self.guess_text(self.answer)

    def guess_text(self, guess: Any) -> str:
        counted = self.counted(guess)
        names = [name for id, name in self.names.items() if id in counted]
        return ", ".join(names) or _("none")


@dataclass(frozen=True, slots=True)
class Part:
    """One value on the way to an answer. says: how it comes about, in a sentence."""

    label: str
    answer: float | str
    unit: str = ""
    says: str = ""
    tolerance: float = 0.01

    def is_right(self, text: Any) -> bool:
        """Whether a reader's text has this value."""
        if isinstance(self.answer, str):
            return _plain(text) == _plain(self.answer)
        number = numbers.read(str(text))
        if number is None:
            return False
        return math.isclose(number, self.answer, rel_tol=self.tolerance, abs_tol=1e-9)

    def text(self) -> str:
        """The value with its unit."""
        if isinstance(self.answer, str):
            return self.answer
        return numbers.with_unit(numbers.digits(self.answer, 4), self.unit)


@dataclass(frozen=True, kw_only=True)
class Working(Question):
    """A problem with values on the way, which a reader may fill in or leave blank.

    The last part is the answer: whoever has it is right, by whatever route. A guess is one text a
    part; a trap's guess is the last part's value.
    """

    parts: tuple[Part, ...]

    def is_possible(self, guess: Any) -> bool:
        return isinstance(self.parts[-1].answer, str) or numbers.read(guess[-1]) is not None

    def guess_of(self, trap: Trap) -> Any:
        return (*[""] * (len(self.parts) - 1), str(trap.guess))

    def is_right(self, guess: Any) -> bool:
        return self.parts[-1].is_right(guess[-1])

    def falls_into(self, trap: Trap, guess: Any) -> bool:
        last = self.parts[-1]
        return Part(last.label, trap.guess, tolerance=last.tolerance).is_right(guess[-1])

    def first_difference(self, guess: Sequence[Any]) -> int | None:
        """The first part that was filled in and is wrong; None if there is none."""
        pairs = enumerate(zip(guess, self.parts, strict=True))
        return next(
            (n for n, (text, part) in pairs if str(text).strip() and not part.is_right(text)), None
        )

    def check(self, guess: Any) -> Verdict:
        """Judge a guess; a wrong one learns at which step it first differs."""
        verdict = Question.check(self, guess)
        place = None if verdict.right else self.first_difference(guess)
        if place is None or place == len(self.parts) - 1:
            return verdict
        part = self.parts[place]
        text = _("You first differ at “{label}”: it is {value}. {says}")
        more = text.format(label=part.label, value=part.text(), says=part.says).strip()
        return Verdict(False, f"{verdict.says} {more}", verdict.misconception)

    def astray(self, guess: Any) -> str:
        place = self.first_difference(guess)
        text = _("You first differ at “{label}”.")
        return "" if place is None else text.format(label=self.parts[place].label)

    def answer_text(self) -> str:
        return self.parts[-1].text()

    def guess_text(self, guess: Any) -> str:
        if not isinstance(guess, (tuple, list)):
            return Part("", guess, self.parts[-1].unit).text()
        return str(guess[-1])


def _plain(text: Any) -> str:
    return "".join(str(text).lower().split())
