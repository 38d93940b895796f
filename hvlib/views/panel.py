"""The panel of a chart: two scales and their ticks, without matplotlib.

The same few rules give the ticks of the page and those that matplotlib draws, so both agree.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hvlib import numbers

ONE = 10_000
"""Parts into which a panel's width and height are cut."""


@dataclass(kw_only=True)
class Scale:
    """One axis: its limits, and where its ticks stand.

    ``places`` with ``names`` are ticks that stand fast; without them at most ``most`` round numbers
    (whole ones if ``whole``, none at the upper end if ``open``), written by ``form``,
    a function of :mod:`hvlib.numbers`. ``name``: what is counted.
    """

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    places: list[float] | None = None
    names: list[str] | None = None
    most: int = 6
    whole: bool = False
    open: bool = False
    form: str = ""
    name: str = ""

    def share(self, value: float) -> float:
        """Where a value lies between the limits: 0 at the lower, 1 at the upper."""
        if self.log:
            if value <= 0:
                return -20.0 if self.high > self.low else 20.0
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, share: float) -> float:
        """What lies there: the other way round."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def written(self, value: float) -> str:
        """A value as the ticks have it: the name of one that is near, or a number."""
        if self.names is not None and self.places:
            pairs = zip(self.places, self.names, strict=True)
            return min(pairs, key=lambda pair: abs(pair[0] - value))[1].replace("\n", " ")
        if self.form in ("percent", "up_to_all"):
            return f"{numbers.three_digits(100 * value)}%"
        return numbers.three_digits(value)

    def ticks(self) -> list[tuple[float, str]]:
        """Place and words of each tick between the limits."""
        low, high = sorted((self.low, self.high))
        slack = (high - low) * 1e-9
        if self.places is not None:
            write = getattr(numbers, self.form or "plain")
            names = self.names if self.names is not None else [write(v) for v in self.places]
            pairs = zip(self.places, names, strict=True)
            return [(v, name) for v, name in pairs if low - slack <= v <= high + slack]
        found = _decades(low, high, self.most) if self.log else self._round(low, high)
        write = getattr(numbers, self.form or ("power" if self.log else "plain"))
        return [(value, write(value)) for value in found]

    def _round(self, low: float, high: float) -> list[float]:
        step = round_step((high - low) / self.most)
        if self.whole:
            step = max(1.0, step)
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        found = [round(number * step, 12) for number in range(first, last + 1)]
        return [v for v in found if v < high - 0.35 * step] if self.open else found


def round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below ``least``."""
    unit = 10.0 ** math.floor(math.log10(least))
    return next(step * unit for step in (1, 2, 5, 10) if step * unit >= least * (1 - 1e-9))


def _decades(low: float, high: float, most: int) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    stride = max(1, math.ceil((last - first + 1) / (most + 1)))
    return [10.0**exponent for exponent in range(first, last + 1, stride)]


def room(needed: float) -> float:
    """The smallest of 1, 1.5, 2, 3, 5 and 7 times a power of ten that holds ``needed``."""
    if not math.isfinite(needed) or needed <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(needed))
    return next(step * unit for step in (1, 1.5, 2, 3, 5, 7, 10) if step * unit >= needed)


@dataclass(kw_only=True)
class Panel:
    """Where marks stand: two scales. ``title``: what it shows."""

    title: str = ""
    x: Scale = field(default_factory=Scale)
    y: Scale = field(default_factory=Scale)

    def get_xlim(self) -> tuple[float, float]:
        return self.x.low, self.x.high

    def get_ylim(self) -> tuple[float, float]:
        return self.y.low, self.y.high

    def set_xlim(self, left: float | None = None, right: float | None = None) -> None:
        self.x.low = self.x.low if left is None else left
        self.x.high = self.x.high if right is None else right

    def set_ylim(self, bottom: float | None = None, top: float | None = None) -> None:
        self.y.low = self.y.low if bottom is None else bottom
        self.y.high = self.y.high if top is None else top

    def set_xticks(self, places: Sequence[float], names: Sequence[str] | None = None) -> None:
        self.x.places, self.x.names = list(places), None if names is None else list(names)

    def set_yticks(self, places: Sequence[float], names: Sequence[str] | None = None) -> None:
        self.y.places, self.y.names = list(places), None if names is None else list(names)

    def item(self) -> list[Any]:
        """Place and words of the ticks of both axes, in ten-thousandths from the top left."""
        across = [[round(self.x.share(v) * ONE), name] for v, name in self.x.ticks()]
        down = [[round((1 - self.y.share(v)) * ONE), name] for v, name in self.y.ticks()]
        return [across, down]
