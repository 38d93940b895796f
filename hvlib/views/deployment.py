"""Picture of Deployment: cost against blast radius, and cost with the expected loss."""

import math
from itertools import zip_longest
from typing import Any, ClassVar

from hvlib.models.deployment import STRATEGIES, Deployment, DeploymentResult
from hvlib.views.chart import Axes, Chart, Figure, draws
from hvlib.views.marks import corners
from hvlib.views.panel import Scale
from hvlib.views.theme import NOTE
from hvlib.words import _

_LETTERS = "ABCDE"
_SHORT = (
    _("A  one VM each"),
    _("B  one kernel for all"),
    _("C  a VM per tenant"),
    _("D  a VM per group"),
    _("E  sandboxed"),
)
"""Names of :data:`STRATEGIES` that fit beside a bar."""


@draws(Deployment)
class DeploymentChart(Chart):
    """Left: cost against the tenants that one flaw takes, with the Pareto front. Right: totals.
    Below: which strategy is the best at which rate of flaws, and where the reader is.
    """

    size = (7.6, 4.4)
    narrow_size = (3.4, 6.6)
    handles: ClassVar[dict[str, str]] = {"rate": "kernel_rate"}
    subject = ("rate", "kernel_rate")

    def build(self, figure: Figure) -> None:
        if self.narrow:
            left, right, below = figure.subplots(3, 1, height_ratios=(5, 5, 1.2))
        else:
            axes = figure.subplot_mosaic("pt;bb", height_ratios=(4, 1))
            left, right, below = (axes[name] for name in "ptb")
        self._build_pareto(left)
        self._build_totals(right)
        self._build_bands(below)
        self.remember(self.ring, self.line, *self.losses)
        self.aim("fall", left, "y")

    def _build_pareto(self, axes: Axes) -> None:
        axes.set(title=_("Cost against blast radius"), xlabel=_("cost a year"))
        axes.set(ylabel=_("tenants one flaw takes"), xscale="log", yscale="log", xlim=(1e3, 1e6))
        axes.set_ylim(0.6, 700)  # 100 tenants and a letter above, and the legend above that
        axes.set_yticks([1, 10, 100], ["1", "10", "100"])
        axes.grid(axis="both")
        self.pareto = self.panel(axes)
        self.line = self.new_line(axes, "--", lw=1.5, color=self.theme.accent)
        look: dict[str, Any] = {"mfc": "none", "color": self.theme.good, "ls": "none"}
        self.ring = self.new_line(axes, "o", ms=15, mew=2.2, **look)
        dot: dict[str, Any] = {"ms": 6, "color": self.theme.accent, "ls": "none", "zorder": 3}
        self.points = [self.new_line(axes, "o", **dot) for _letter in _LETTERS]
        back = {"facecolor": self.theme.paper, "edgecolor": "none", "pad": 0.8}
        bold: dict[str, Any] = {"ha": "center", "va": "center", "weight": "bold", "zorder": 4}
        self.letters = [
            self.live(axes.text(1, 1, letter, bbox=back, **bold)) for letter in _LETTERS
        ]
        corner: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "top"}
        axes.text(0.98, 0.96, _("-- Pareto front   ○ recommended"), fontsize=NOTE, **corner)

    def _build_bands(self, axes: Axes) -> None:
        axes.set(title=_("Best at this rate of kernel flaws"), xlabel=_("a year"))
        axes.set(xscale="log", xlim=(0.001, 10), ylim=(0, 1), yticks=[])
        axes.grid(visible=False)
        self.axis = self.panel(axes)
        paper, ink = self.theme.paper, self.theme.ink
        self.bands = self.new_areas(axes, ec=paper, lw=2)
        name: dict[str, Any] = {"ha": "center", "va": "center", "weight": "bold", "color": paper}
        self.band_names = [
            self.new_text(axes, 0.01, 0.5, fontsize=11, **name) for _letter in _LETTERS
        ]
        self.now = self.new_line(axes, color=ink, lw=1.5)
        self.rate = self.new_line(axes, "v", ms=13, mfc=paper, mec=ink, mew=2)
        self.remember(self.rate)

    def _build_totals(self, axes: Axes) -> None:
        axes.set(title=_("Cost and loss a year"), xlim=(0, 1e5), ylim=(-1.1, 4.6))
        self.name_rows(axes, _SHORT[::-1])
        for label in axes.get_yticklabels():
            label.set_horizontalalignment("left")
        axes.tick_params(axis="y", length=0, pad=112)
        self.totals = self.panel(axes, Scale(most=4, form="amount"))
        self.costs = self.new_bars(axes, range(5), "host", 0.55, label=_("cost"))
        self.losses = self.new_bars(axes, range(5), "hypervisor", 0.55, label=_("expected loss"))
        self.best = self.new_line(axes, "<", ms=9, color=self.theme.good, ls="none")
        axes.legend(loc="lower right", ncols=2, borderaxespad=0)

    def move(self, result: DeploymentResult) -> None:
        self._move_pareto(result)
        self._move_bands(result)
        most = max(plan.total for plan in result.plans)
        self.fit(self.totals, x=1.08 * most)
        for row, plan in enumerate(result.plans[::-1]):
            self.costs[row].width = plan.cost
            self.losses[row].set(left=plan.cost, width=plan.loss)
            if plan.strategy == result.best:
                self.best.set_data([plan.total + 0.03 * self.totals.get_xlim()[1]], [row])

    def _move_bands(self, result: DeploymentResult) -> None:
        numbers = [STRATEGIES.index(strategy) for _low, _high, strategy in result.bands]
        self.bands.verts = [corners(a, 0.0, b, 1.0) for a, b, _strategy in result.bands]
        self.bands.set_facecolors([self.theme.series[number] for number in numbers])
        for text, band in zip_longest(self.band_names, result.bands):
            wide = band is not None and band[1] / band[0] > 1.6
            text.visible = wide
            if wide:
                low, high, strategy = band
                text.set(text=_LETTERS[STRATEGIES.index(strategy)], x=math.sqrt(low * high))
        self.now.set_data([result.rate, result.rate], [0, 1])
        self.rate.set_data([result.rate], [0.75])

    def _move_pareto(self, result: DeploymentResult) -> None:
        costs = [max(plan.cost, 1.0) for plan in result.plans]
        self.pareto.set_xlim(
            10 ** (math.floor(math.log10(min(costs)) - 0.3)),
            10 ** (math.ceil(math.log10(max(costs)) + 0.6)),
        )
        spots = [(cost, max(p.worst, 0.7)) for cost, p in zip(costs, result.plans, strict=True)]
        names = _apart([(x, y * 1.5) for x, y in spots])
        for point, letter, (x, y), place in zip(
            self.points, self.letters, spots, names, strict=True
        ):
            point.set_data([x], [y])
            letter.x, letter.y = place
        best = STRATEGIES.index(result.best)
        self.ring.set_data([spots[best][0]], [spots[best][1]])
        self.ring.visible = result.plans[best].servers > 0
        chosen = sorted(spots[STRATEGIES.index(name)] for name in result.pareto)
        self.line.set_data([x for x, _y in chosen], [y for _x, y in chosen])


def _apart(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Nearly equal places moved right (by factors), so that no letter hides another."""
    found: dict[int, tuple[float, float]] = {}
    # From left to right, so that the letters stand in the order of their points.
    for number in sorted(range(len(places)), key=lambda number: places[number]):
        x, y = places[number]
        while any(_close((x, y), other) for other in found.values()):
            x *= 1.12
        found[number] = (x, y)
    return [found[number] for number in range(len(places))]


def _close(one: tuple[float, float], other: tuple[float, float]) -> bool:
    right, up = (abs(math.log(a / b)) for a, b in zip(one, other, strict=True))
    return right < 0.35 and up < 0.42
