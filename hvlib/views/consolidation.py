"""Picture of Consolidation: each host's load and joint peak, and power before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hvlib.models.consolidation import Consolidation, ConsolidationResult, Host
from hvlib.views.chart import Chart, draws
from hvlib.views.guess import Asked
from hvlib.views.panel import Scale
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Corners = list[tuple[float, float]]

MANY = 60
"""Hosts from which on the outlines of the bars would hide them."""


@draws(Consolidation)
class ConsolidationChart(Chart):
    """Left: a bar a host, average and joint peak. Right: servers and power, before and after."""

    size = (7.6, 3.4)
    narrow_size = (3.4, 5.2)
    asks = Asked("hosts", "x", words=0.8)

    def build(self, figure: Figure) -> None:
        from matplotlib.collections import PolyCollection

        left, right = self.beside(figure, 5, 2)
        self.hosts = self.panel(left, Scale(whole=True), Scale(form="up_to_all"))
        self.power = self.panel(right, y=Scale(form="thousandth"))
        theme = self.theme
        left.set_title(_("Hosts"))
        left.set(ylim=(0, 1.2), xlim=(0, 10), xlabel=_("host"))
        average, peak = theme.layers["guest"], theme.layers["application"]
        filled = (
            PolyCollection([], fc=peak.fill, ec=peak.line, label=_("joint peak")),
            PolyCollection([], fc=average.fill, ec=average.line, hatch="..", label=_("average")),
        )
        for areas in filled:
            left.add_collection(areas, autolim=False)
        self.peak, self.average = map(self.live, filled)
        name = _("limit under the headroom")
        self.limit = self.live(left.axhline(1, color=theme.bad, ls="--", lw=1.5, label=name))
        columns = 2 if self.narrow else 3
        left.legend(loc="upper center", ncols=columns, handlelength=1.4, columnspacing=1.2)
        right.set_title(_("Power, kW"))
        right.set(xlim=(-0.6, 1.6), ylim=(0, 10_000))
        right.set_xticks([0, 1], [_("one server\na load"), _("together")])
        paint = theme.layers["hardware"]
        bars = right.bar([0, 1], [0, 0], 0.6, fc=paint.fill, ec=paint.line, hatch="//")
        self.bars = [self.live(bar) for bar in bars]
        self.notes = [
            self.live(right.text(at, 0, "", ha="center", va="bottom", fontsize=10)) for at in (0, 1)
        ]

    def move(self, result: ConsolidationResult) -> None:
        self.fit(self.hosts, x=max(10, len(result.hosts)))
        self.fit(self.power, y=max(result.power, result.power_before) * 1.15)
        self.average.set_verts(_bars(result, lambda host: (0, host.mean)))
        self.peak.set_verts(_bars(result, lambda host: (host.mean, host.demand)))
        for bars in (self.average, self.peak):
            bars.set_linewidth(1 if len(result.hosts) < MANY else 0.2)
        self.limit.set_ydata([result.usable, result.usable])
        rows = (
            (result.power_before, result.before),
            (result.power, len(result.hosts)),
        )
        for bar, note, (watts, hosts) in zip(self.bars, self.notes, rows, strict=True):
            bar.set_height(watts)
            note.set_text(_("{n} hosts").format(n=hosts) if hosts > 1 else _("1 host"))
            note.set_position((note.get_position()[0], watts))


def _bars(
    result: ConsolidationResult, span: Callable[[Host], tuple[float, float]]
) -> list[Corners]:
    return [_bar(place, *span(host)) for place, host in enumerate(result.hosts)]


def _bar(place: int, low: float, high: float) -> Corners:
    left, right = place + 0.12, place + 0.88
    return [(left, low), (right, low), (right, high), (left, high)]
