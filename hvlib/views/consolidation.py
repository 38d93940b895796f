"""Picture of Consolidation: each host's load and joint peak, and power before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from hvlib.models.consolidation import HALF_HOURS, Consolidation, ConsolidationResult, Host
from hvlib.views.chart import Asked, Chart, draws
from hvlib.views.panel import Scale
from hvlib.words import _, ngettext

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Corners = list[tuple[float, float]]

MANY = 60
"""Hosts from which on the outlines of the bars would hide them."""


@draws(Consolidation)
class ConsolidationChart(Chart):
    """Left: a day of the first host's loads, on top of each other. Middle: a bar a host, average
    and joint peak. Right: power, before and after.
    """

    size = (7.6, 3.6)
    narrow_size = (3.4, 7.4)
    subject = ("peak", "correlation")
    handles: ClassVar[dict[str, str]] = {"limit": "headroom", "ceiling": "headroom"}
    asks = Asked("hosts", "x", words=0.8)

    def build(self, figure: Figure) -> None:
        day, hosts, power = self.beside(figure, 5, 5, 3)
        self._build_day(day)
        keys = self._build_hosts(hosts)
        self._build_power(power)
        columns = 1 if self.narrow else 4
        figure.legend(handles=keys, loc="outside lower left", ncols=columns, handlelength=1.6)
        self.aim("hosts", hosts, "x")
        self.remember(self.whole, self.skyline, self.bars[1])

    def _build_day(self, axes: Axes) -> None:
        from matplotlib.collections import PolyCollection

        axes.set_title(_("A day on host 1"))
        axes.set(xlim=(0, 24), ylim=(0, 1.2), xlabel=_("hour"))
        axes.set_xticks([0, 6, 12, 18, 24])
        self.panel(axes, y=Scale(form="up_to_all"))
        paints = self.theme.layers["guest"], self.theme.layers["application"]
        self.loads = []
        for paint in paints:
            areas = PolyCollection([], fc=paint.fill, ec=paint.line, lw=0.5, label=_("a load"))
            axes.add_collection(areas, autolim=False)
            self.loads.append(self.live(areas))
        (whole,) = axes.plot([], [], color=self.theme.ink, lw=1.6, label=_("all together"))
        self.whole = self.live(whole)
        self.ceiling = self.live(axes.axhline(1, color=self.theme.bad, ls="--", lw=1.5))

    def _build_hosts(self, axes: Axes) -> list[Any]:
        from matplotlib.collections import PolyCollection

        theme = self.theme
        self.hosts = self.panel(axes, Scale(whole=True), Scale(form="up_to_all"))
        axes.set_title(_("Hosts"))
        axes.set(ylim=(0, 1.2), xlim=(0, 10), xlabel=_("host"))
        average, peak = theme.layers["guest"], theme.layers["application"]
        filled = (
            PolyCollection([], fc=peak.fill, ec=peak.line, label=_("joint peak")),
            PolyCollection([], fc=average.fill, ec=average.line, hatch="..", label=_("average")),
        )
        for areas in filled:
            axes.add_collection(areas, autolim=False)
        self.peak, self.average = map(self.live, filled)
        (skyline,) = axes.plot([], [], color=peak.line, lw=1.2)
        self.skyline = self.live(skyline)
        name = _("limit under the headroom")
        limit = axes.axhline(1, color=theme.bad, ls="--", lw=1.5, label=name)
        self.limit = self.live(limit)
        return [*filled, limit]

    def _build_power(self, axes: Axes) -> None:
        self.power = self.panel(axes, y=Scale(form="thousandth"))
        axes.set_title(_("Power, kW"))
        axes.set(xlim=(-0.6, 1.6), ylim=(0, 10_000))
        axes.set_xticks([0, 1], [_("apart"), _("together")])
        paint = self.theme.layers["hardware"]
        bars = axes.bar([0, 1], [0, 0], 0.6, fc=paint.fill, ec=paint.line, hatch="//")
        self.bars = [self.live(bar) for bar in bars]
        self.notes = [
            self.live(axes.text(at, 0, "", ha="center", va="bottom", fontsize=9)) for at in (0, 1)
        ]

    def move(self, result: ConsolidationResult) -> None:
        self._move_day(result)
        self.fit(self.hosts, x=max(10, len(result.hosts)))
        self.fit(self.power, y=max(result.power, result.power_before) * 1.15)
        self.average.set_verts(_bars(result, lambda host: (0, host.mean)))
        self.peak.set_verts(_bars(result, lambda host: (host.mean, host.demand)))
        stairs = [(x, host.demand) for n, host in enumerate(result.hosts) for x in (n, n + 1)]
        self.skyline.set_data([x for x, _y in stairs], [y for _x, y in stairs])
        for bars in (self.average, self.peak):
            bars.set_linewidth(1 if len(result.hosts) < MANY else 0.2)
        self.limit.set_ydata([result.usable, result.usable])
        rows = ((result.power_before, result.before), (result.power, len(result.hosts)))
        for bar, note, (watts, hosts) in zip(self.bars, self.notes, rows, strict=True):
            bar.set_height(watts)
            note.set_text(ngettext("{n} host", "{n} hosts", hosts).format(n=hosts))
            note.set_position((note.get_position()[0], watts))

    def _move_day(self, result: ConsolidationResult) -> None:
        hours = [half / 2 for half in range(HALF_HOURS + 1)]
        bands, top = [], [0.0] * len(hours)
        for curve in result.day:
            low, top = top, [a + b for a, b in zip(top, [*curve, curve[0]], strict=True)]
            bands.append([*zip(hours, top, strict=True), *zip(hours[::-1], low[::-1], strict=True)])
        for number, areas in enumerate(self.loads):
            areas.set_verts(bands[number::2])
        self.whole.set_data(hours, top)
        self.ceiling.set_ydata([result.usable, result.usable])

    def pulled(self, knob: str, x: float, y: float) -> Any:
        return 1 - y if knob == "headroom" else super().pulled(knob, x, y)


def _bars(
    result: ConsolidationResult, span: Callable[[Host], tuple[float, float]]
) -> list[Corners]:
    return [_bar(place, *span(host)) for place, host in enumerate(result.hosts)]


def _bar(place: int, low: float, high: float) -> Corners:
    left, right = place + 0.12, place + 0.88
    return [(left, low), (right, low), (right, high), (left, high)]
