"""The writable working set: which pages a guest writes, and how many differ after a while.

Pages are grouped in classes. A page of a class is written at random, ``rate`` times a second, so
that after t seconds the share 1 - exp(-rate t) of the class is dirty. Hot pages saturate: writing
one page twice makes one dirty page. Clark et al. (NSDI 2005, section 4) named the set of pages that
are written faster than they can be sent the writable working set.

Units: MB are 10^6 bytes and Mbit 10^6 bits, because that is how the paper's own figures add up
(776 MB in 62 s at 100 Mbit/s).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hvlib.models.model import within
from hvlib.words import _

FIT_SWEEPS = 400


@dataclass(frozen=True, slots=True)
class PageClass:
    """size: MB. rate: writes of each page a second. Raises ValueError for one below 0."""

    size: float
    rate: float

    def __post_init__(self) -> None:
        within(self, size=(0, math.inf), rate=(0, math.inf))

    def dirty_after(self, seconds: float) -> float:
        """MB of the class that differ after ``seconds``, starting clean."""
        return -self.size * math.expm1(-self.rate * seconds)


@dataclass(frozen=True, slots=True)
class WorkingSet:
    """All pages of a guest by how often they are written.

    Raises ValueError for no classes.
    """

    classes: tuple[PageClass, ...]

    def __post_init__(self) -> None:
        if not self.classes:
            raise ValueError(_("a working set needs at least one class of pages"))

    @property
    def memory(self) -> float:
        """MB of all classes."""
        return sum(page.size for page in self.classes)

    @property
    def rate(self) -> float:
        """MB/s of page-sized writes, before saturation."""
        return sum(page.size * page.rate for page in self.classes)

    def dirty_after(self, seconds: float) -> float:
        """MB that differ after ``seconds``, starting from all clean."""
        return sum(page.dirty_after(seconds) for page in self.classes)


def two_classes(memory: float, hot: float, hot_rate: float, cold_rate: float) -> WorkingSet:
    """A working set from sliders: ``hot`` MB of the memory, at most all of it, the rest cold."""
    hot = min(hot, memory)
    return WorkingSet((PageClass(hot, hot_rate), PageClass(memory - hot, cold_rate)))


def from_curve(memory: float, points: Sequence[tuple[float, float]]) -> WorkingSet:
    """A working set that follows a short measured curve of (seconds, MB dirtied in them).

    Non-negative least squares on relative errors, over classes whose rates lie a factor of two
    apart around the measured times. What the curve does not reach is never written.

    Raises ValueError for no points, times that are not positive, and amounts below 0.
    """
    if not points:
        raise ValueError(_("a curve needs at least one point (seconds, MB)"))
    for seconds, dirty in points:
        if not (0 < seconds < math.inf and 0 <= dirty < math.inf):
            raise ValueError(_("bad point of the curve: {point}").format(point=(seconds, dirty)))
    rates = _rates([seconds for seconds, _dirty in points])
    sizes = _non_negative(rates, points)
    scale = min(1.0, memory / sum(sizes)) if sum(sizes) > 0 else 1.0
    found = [PageClass(s * scale, r) for s, r in zip(sizes, rates, strict=True) if s > 0]
    rest = max(0.0, memory - sum(page.size for page in found))
    return WorkingSet((*found, PageClass(rest, 0.0)))


def _rates(times: Sequence[float]) -> list[float]:
    """Rates from 1/8 of the slowest to 8 times the fastest that the times can tell apart."""
    low, high = 0.125 / max(times), 8 / min(times)
    steps = max(1, math.ceil(math.log2(high / low)))
    return [low * (high / low) ** (step / steps) for step in range(steps + 1)]


def _non_negative(rates: Sequence[float], points: Sequence[tuple[float, float]]) -> list[float]:
    """Sizes >= 0 that bring the classes closest to the points, by coordinate descent."""
    rows = [(t, max(dirty, 1e-9)) for t, dirty in points]
    columns = [[-math.expm1(-rate * t) / dirty for t, dirty in rows] for rate in rates]
    norms = [sum(value * value for value in column) for column in columns]
    sizes = [0.0] * len(rates)
    missing = [0.0 if dirty == 0 else 1.0 for _t, dirty in points]
    for _sweep in range(FIT_SWEEPS):
        for index, column in enumerate(columns):
            gain = sum(a * b for a, b in zip(column, missing, strict=True)) / norms[index]
            change = max(-sizes[index], gain)
            sizes[index] += change
            missing = [m - a * change for m, a in zip(missing, column, strict=True)]
    return sizes
