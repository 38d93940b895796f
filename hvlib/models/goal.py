"""What a reader may aim at: the numbers of a result by name, and bounds for them."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hvlib.listed import capital
from hvlib.numbers import three_digits, with_unit
from hvlib.words import _


class GoalError(ValueError):
    """A goal that can't be read, or that names a number which the model does not have."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a result that a reader watches. of: takes it from the result.

    label: its name, as it stands before the number: "standstill", "VMs at full speed".
    """

    label: str
    of: Callable[[Any], float]
    unit: str = ""

    def written(self, value: float) -> str:
        """A value with its unit, to three digits."""
        return with_unit(three_digits(value), self.unit).replace(" %", "%")


Quantities = Mapping[str, Quantity]
_SIGNS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "<": (operator.lt, _("{label} under {value}")),
    "<=": (operator.le, _("{label} at most {value}")),
    ">": (operator.gt, _("{label} over {value}")),
    ">=": (operator.ge, _("{label} at least {value}")),
    "=": (operator.eq, _("{label} exactly {value}")),
}
_BOUND = re.compile(r"\s*(\w+)\s*(<=|>=|<|>|=)\s*([\d.]+)\s*")


@dataclass(frozen=True, slots=True)
class Bound:
    """One number that is to be reached: ``downtime < 100``."""

    name: str
    quantity: Quantity
    sign: str
    value: float

    def reached(self, result: Any) -> bool:
        """Whether a result keeps it."""
        return _SIGNS[self.sign][0](round(self.quantity.of(result), 9), self.value)

    @property
    def wanted(self) -> str:
        """What is to be reached, in words."""
        text = _SIGNS[self.sign][1]
        return text.format(label=self.quantity.label, value=self.quantity.written(self.value))

    def missing(self, result: Any) -> str:
        """How far a result is from it, in words."""
        now = self.quantity.of(result)
        text = _("{label} {now}, {gap} over")
        if now < self.value:
            text = _("{label} {now}, {gap} short")
        gap = self.quantity.written(abs(now - self.value))
        return text.format(label=self.quantity.label, now=self.quantity.written(now), gap=gap)


@dataclass(frozen=True, slots=True)
class Goal:
    """Bounds that hold together: ``downtime < 100 and total < 10``."""

    bounds: tuple[Bound, ...]

    def reached(self, result: Any) -> bool:
        """Whether a result keeps every bound."""
        return all(bound.reached(result) for bound in self.bounds)

    def told(self, result: Any) -> str:
        """The goal and how far a result is from it, in one line."""
        wanted = ", ".join(bound.wanted for bound in self.bounds)
        if self.reached(result):
            return _("Goal: {wanted}. ✓ Reached.").format(wanted=wanted)
        far = [bound.missing(result) for bound in self.bounds if not bound.reached(result)]
        text = _("Goal: {wanted}. Not yet: {far}.")
        return text.format(wanted=wanted, far="; ".join(far))

    @property
    def values(self) -> dict[str, float]:
        """The bounds by the quantities' names."""
        return {bound.name: bound.value for bound in self.bounds}


def goal_of(quantities: Quantities, text: str) -> Goal:
    """The goal that ``text`` says; an empty one has no bounds.

    Raises GoalError, naming the quantities there are, for a text that is none.
    """
    bounds = []
    for part in str(text).split(" and ") if text else []:
        found = _BOUND.fullmatch(part)
        if not found or found[1] not in quantities:
            message = _("{part!r} is no goal; write for example {name!r}. There are {known}.")
            name = f"{next(iter(quantities), 'x')} < 10 and …"
            known = ", ".join(quantities) or _("no numbers to aim at")
            raise GoalError(message.format(part=part, name=name, known=known))
        bounds.append(Bound(found[1], quantities[found[1]], found[2], float(found[3])))
    return Goal(tuple(bounds))


def changed(quantities: Quantities, before: Mapping[str, float], result: Any) -> str:
    """What became of the numbers that differ, at most two: "standstill 162 ms → 96.7 ms"."""
    parts = []
    for name, quantity in quantities.items():
        old, new = quantity.written(before[name]), quantity.written(quantity.of(result))
        if old != new:
            shared = quantity.unit and old.endswith(f" {quantity.unit}")
            old = old.removesuffix(f" {quantity.unit}") if shared else old
            parts.append(_("{label} {old} → {new}").format(label=quantity.label, old=old, new=new))
    return capital("; ".join(parts[:2]))


def measured(quantities: Quantities, result: Any) -> dict[str, float]:
    """All quantities of a result, by name."""
    return {name: quantity.of(result) for name, quantity in quantities.items()}
