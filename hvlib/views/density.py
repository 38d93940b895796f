"""Picture of Density: what binds first, and how long a start takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hvlib.models.density import START_TIMES, Density, DensityResult, Fit, Resource
from hvlib.numbers import three_digits
from hvlib.views.chart import Asked, Chart, draws
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RESOURCES: tuple[Resource, ...] = ("disk", "CPU", "memory")
_NAMES: dict[Resource, str] = {"disk": _("disk"), "CPU": _("CPU"), "memory": _("memory")}
_KINDS: tuple[tuple[str, Layer, float], ...] = (
    (_("VMs"), "guest", 0.2),
    (_("containers"), "runtime", -0.2),
)

_LOW = 0.7
"""Where the logarithmic axis of counts begins."""
_LETTER = 0.022
"""Width of a letter beside a bar, as a share of the width of that axis."""


@draws(Density)
class DensityChart(Chart):
    """Left: how many each resource would allow; the shortest bar binds. Right: start times."""

    size = (7.6, 3.4)
    asks = Asked("limits", "x", lambda ratio, result: ratio * result.vm.count, words=0.57)
    subject = ("vms", "app_memory")

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        self._build_limits(left)
        self._build_starts(right)
        self.vms = self.bars[0][2]
        self.aim("vms", left, "x")
        self.remember(*self.bars[0], *self.bars[1], self.starts)

    def _build_limits(self, axes: Axes) -> None:
        axes.set_title(_("How many fit"))
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xlim(_LOW, 5e4)
        axes.set_ylim(-0.6, 3.1)
        axes.set_yticks(range(3), [_NAMES[name] for name in _RESOURCES])
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        self.limits = self.panel(axes)
        self.bars, self.numbers = [], []
        for name, layer, shift in _KINDS:
            paint = self.theme.layers[layer]
            bars = axes.barh(
                [row + shift for row in range(3)],
                [0.1] * 3,
                height=0.36,
                left=_LOW,
                color=paint.fill,
                edgecolor=paint.line,
                hatch=paint.hatch,
                label=name,
            )
            self.bars.append([self.live(bar) for bar in bars])
            self.numbers.append(
                [
                    self.live(axes.text(1, row + shift, "", va="center", fontsize=NOTE))
                    for row in range(3)
                ]
            )
        axes.legend(loc="upper left", ncols=2, borderaxespad=0.1)

    def _build_starts(self, axes: Axes) -> None:
        axes.set_title(_("Start of one, seconds"))
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xlim(5e-4, 300)
        names = [kind for kind, _seconds, _source in START_TIMES]
        axes.set_yticks(range(5), [*names, _("container"), _("VM")])
        axes.set_ylim(-0.5, 4.6)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        times = [seconds for _kind, seconds, _source in START_TIMES]
        axes.plot(times, range(3), "o", ms=7, color=self.theme.series[0])
        for row, seconds in enumerate(times):
            axes.annotate(
                f"{seconds:g}", (seconds, row), (7, -3), textcoords="offset points", fontsize=NOTE
            )
        (starts,) = axes.plot([], [], "s", ms=8, mfc="none", mew=2, color=self.theme.bad, ls="none")
        self.starts = self.live(starts)
        self.seconds = [
            self.live(axes.text(1, row, "", va="center", fontsize=NOTE)) for row in (3, 4)
        ]
        axes.set_xlabel(_("● published   □ set by you"), fontsize=NOTE)

    def move(self, result: DensityResult) -> None:
        decades = max(
            math.log10(1.25 * max(fit.limits[resource], 0.8) / _LOW)
            / (1 - _LETTER * len(self._label(fit, resource)))
            for fit in (result.vm, result.container)
            for resource in _RESOURCES
        )
        # In steps of half a decade, to change rarely.
        self.limits.set_xlim(_LOW, _LOW * 10 ** max(4.0, math.ceil(2 * decades) / 2))
        for bars, numbers, fit in zip(
            self.bars, self.numbers, (result.vm, result.container), strict=True
        ):
            for bar, number, resource in zip(bars, numbers, _RESOURCES, strict=True):
                count = fit.limits[resource]
                bar.set_width(max(0.0, count - _LOW))
                bar.set_linewidth(2.4 if resource == fit.binds else 1.0)
                number.set_x(max(count, 0.8) * 1.25)
                number.set_text(self._label(fit, resource))
                number.set_color(self.theme.bad if resource == fit.binds else self.theme.ink)
        times = (result.container.start, result.vm.start)
        self.starts.set_data(times, (3, 4))
        for text, seconds in zip(self.seconds, times, strict=True):
            # To the left where there is no room on the right.
            text.set_x(seconds * 1.9 if seconds < 10 else seconds / 1.9)
            text.set_horizontalalignment("left" if seconds < 10 else "right")
            text.set_text(three_digits(seconds))

    @staticmethod
    def _label(fit: Fit, resource: Resource) -> str:
        text = _("{count:,} binds") if resource == fit.binds else "{count:,}"
        return text.format(count=fit.limits[resource])
