"""Pictures of TrapCost (slowdown by share and depth) and of WaysOut (four ways, counted)."""

from typing import ClassVar

from hvlib.columns import fill
from hvlib.models.monitor import (
    DEEPEST,
    WAY_NAMES,
    WAYS,
    TrapCost,
    TrapCostResult,
    WaysOut,
    WaysOutResult,
    traps_per_sensitive,
)
from hvlib.numbers import times
from hvlib.views.chart import Chart, Figure, draws
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

SHARES = [10 ** (-6 + 0.1 * step) for step in range(51)]
"""Shares of sensitive instructions at which the curve is drawn."""
SLOWEST = 2e7


@draws(TrapCost)
class TrapCostChart(Chart):
    """Left: slowdown over the share of sensitive instructions. Right: the same by depth."""

    size = (7.6, 3.4)
    subject = ("spot", "share")
    handles: ClassVar[dict[str, str]] = {"spot": "share"}

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        left.set(xscale="log", yscale="log", xlim=(7e-7, 0.15), ylim=(0.7, SLOWEST))
        left.set_title(_("Times as long as on the bare machine"))
        left.set_xlabel(_("share of sensitive instructions"))
        self.curve = self.new_line(left, color=self.theme.series[0])
        self.spot = self.new_ring(left, 11)
        self.label = self.new_text(left, 1, 1, ha="right", va="bottom", fontsize=10)
        depths = range(DEEPEST + 1)
        right.set(title=_("By depth"), xlabel=_("monitors on top of each other"), xticks=depths)
        right.set(xlim=(-0.6, DEEPEST + 0.6), yscale="log", ylim=(0.7, SLOWEST))
        look = self.theme.layers["hypervisor"].style | {"hatch": ""}
        bars = right.bar(depths, [1] * len(depths), 0.6, 0.7, **look)
        self.bars = [self.live(bar) for bar in bars]
        self.aim("slowdown", left, "y")
        self.remember(self.curve, self.spot, *self.bars)

    def move(self, result: TrapCostResult) -> None:
        each = traps_per_sensitive(result.depth)
        self.curve.set_data(SHARES, [1 + share * each * result.cost for share in SHARES])
        self.spot.set_data([result.share], [result.slowdown])
        self.label.text = _("{x} ×").format(x=times(result.slowdown))
        # Far left there is no room on the left of the spot.
        far_left = result.share < 1e-5
        self.label.set_horizontalalignment("left" if far_left else "right")
        self.label.x = result.share * (0.8 if far_left else 0.65)
        self.label.y = result.slowdown * 1.5
        for depth, (bar, value) in enumerate(zip(self.bars, result.by_depth, strict=True)):
            here = depth == result.depth
            bar.set(height=value - 0.7, hatch="xx" if here else "", linewidth=2 if here else 1)


PARTS: tuple[tuple[str, str, Layer, str], ...] = (
    ("direct", _("directly on the hardware"), "guest", ""),
    ("inside", _("in the monitor, without a trap"), "runtime", "\\\\"),
    ("traps", _("trap to the monitor"), "hypervisor", "xx"),
)
"""Attribute of a WayOut, its name in the legend, and how its bar is painted."""


@draws(WaysOut)
class WaysOutChart(Chart):
    """A bar a way: how its instructions ran, and whether the guest's output was right."""

    size = (7.6, 3.4)
    narrow_size = (3.4, 4.0)
    subject = ("direct", "flaw")

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        rows = range(len(WAYS))
        axes.set(title=_("Instructions of the guest"), ylim=(len(WAYS) - 0.5, -0.5), xlim=(0, 560))
        self.name_rows(axes, [fill(WAY_NAMES[way], 16, hyphens=False) for way in WAYS])
        axes.set_xticks(range(0, 401, 100))
        axes.tick_params(axis="y", labelsize=10, length=0)
        self.parts = {}
        for name, label, layer, hatch in PARTS:
            self.parts[name] = self.new_bars(axes, rows, layer, 0.55, hatch=hatch, label=label)
            self.remember(*self.parts[name])
        figure.legend(loc="outside lower right", ncols=1 if self.narrow else 3)
        self.direct = self.parts["direct"][0]
        self.notes = [self.new_text(axes, 0, row, va="center", fontsize=NOTE) for row in rows]

    def move(self, result: WaysOutResult) -> None:
        for row, way in enumerate(result.ways):
            widths = (getattr(way, name) for name in self.parts)
            end = self.lay([*self.parts.values()], row, widths)
            verdict = _("✓ “{text}”, {n} traps") if way.right else _("✗ “{text}”, {n} traps")
            text = verdict.format(text=way.console, n=way.traps)
            colour = self.theme.good if way.right else self.theme.bad
            self.notes[row].set(text=text, x=end + 8, color=colour)
