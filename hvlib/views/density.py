"""Picture of Density: what binds first, and how long a start takes."""

import math
from typing import Any

from hvlib.models.density import START_TIMES, Density, DensityResult, Fit, Resource
from hvlib.numbers import three_digits
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.marks import Bar, Text
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

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
        axes.set(title=_("How many fit"), xscale="log", xlim=(_LOW, 5e4), ylim=(-0.6, 3.1))
        self.name_rows(axes, [_NAMES[name] for name in _RESOURCES])
        self.limits = self.panel(axes)
        rows = [[row + shift for row in range(3)] for _name, _layer, shift in _KINDS]
        self.bars = [
            self.new_bars(axes, places, layer, 0.36, left=_LOW, label=name)
            for places, (name, layer, _shift) in zip(rows, _KINDS, strict=True)
        ]
        look: dict[str, Any] = {"va": "center", "fontsize": NOTE}
        self.numbers = [[self.new_text(axes, 1, row, **look) for row in places] for places in rows]
        axes.legend(loc="upper left", ncols=2, borderaxespad=0.1)

    def _build_starts(self, axes: Axes) -> None:
        axes.set(title=_("Start of one, seconds"), xscale="log", xlim=(5e-4, 300), ylim=(-0.5, 4.6))
        names, times, _sources = zip(*START_TIMES, strict=True)
        self.name_rows(axes, [*names, _("container"), _("VM")])
        axes.plot(times, range(3), "o", ms=7, color=self.theme.series[0])
        beside: dict[str, Any] = {"textcoords": "offset points", "fontsize": NOTE}
        for row, seconds in enumerate(times):
            axes.annotate(f"{seconds:g}", (seconds, row), (7, -3), **beside)
        look: dict[str, Any] = {"mfc": "none", "mew": 2, "color": self.theme.bad, "ls": "none"}
        self.starts = self.new_line(axes, "s", ms=8, **look)
        self.seconds = [self.new_text(axes, 1, row, va="center", fontsize=NOTE) for row in (3, 4)]
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
                self._move_limit(bar, number, fit, resource)
        self._move_starts((result.container.start, result.vm.start))

    def _move_limit(self, bar: Bar, number: Text, fit: Fit, resource: Resource) -> None:
        count, binds = fit.limits[resource], resource == fit.binds
        bar.set(width=max(0.0, count - _LOW), linewidth=2.4 if binds else 1.0)
        number.set(x=max(count, 0.8) * 1.25, text=self._label(fit, resource))
        number.set_color(self.theme.bad if binds else self.theme.ink)

    def _move_starts(self, times: tuple[float, float]) -> None:
        self.starts.set_data(times, (3, 4))
        for text, seconds in zip(self.seconds, times, strict=True):
            # To the left where there is no room on the right.
            text.x = seconds * 1.9 if seconds < 10 else seconds / 1.9
            text.set_horizontalalignment("left" if seconds < 10 else "right")
            text.text = three_digits(seconds)

    @staticmethod
    def _label(fit: Fit, resource: Resource) -> str:
        text = _("{count:,} binds") if resource == fit.binds else "{count:,}"
        return text.format(count=fit.limits[resource])
