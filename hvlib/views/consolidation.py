"""Picture of Consolidation: each host's load and joint peak, and power before and after."""

from typing import Any, ClassVar

from hvlib.models.consolidation import HALF_HOURS, Consolidation, ConsolidationResult
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.marks import Point, corners
from hvlib.views.panel import Scale
from hvlib.words import _, ngettext

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
        self._build_hosts(hosts)
        self._build_power(power)
        where: dict[str, Any] = {"loc": "outside lower left", "ncols": 1 if self.narrow else 4}
        self.key(figure, (self.peak, self.average, self.limit), handlelength=1.6, **where)
        self.aim("hosts", hosts, "x")
        self.remember(self.whole, self.skyline, self.bars[1])

    def _build_day(self, axes: Axes) -> None:
        axes.set(title=_("A day on host 1"), xlabel=_("hour"), xlim=(0, 24), ylim=(0, 1.2))
        axes.set_xticks([0, 6, 12, 18, 24])
        self.panel(axes, y=Scale(form="up_to_all"))
        paints = self.theme.layers["guest"], self.theme.layers["application"]
        self.loads = [
            self.new_areas(axes, fc=paint.fill, ec=paint.line, lw=0.5, label=_("a load"))
            for paint in paints
        ]
        self.whole = self.new_line(axes, color=self.theme.ink, lw=1.6, label=_("all together"))
        self.ceiling = self.live(axes.axhline(1, color=self.theme.bad, ls="--", lw=1.5))

    def _build_hosts(self, axes: Axes) -> None:
        self.hosts = self.panel(axes, Scale(whole=True), Scale(form="up_to_all"))
        axes.set(title=_("Hosts"), xlabel=_("host"), xlim=(0, 10), ylim=(0, 1.2))
        average, peak = self.theme.layers["guest"], self.theme.layers["application"]
        self.peak = self.new_areas(axes, fc=peak.fill, ec=peak.line, label=_("joint peak"))
        self.average = self.new_areas(axes, **average.style, label=_("average"))
        self.skyline = self.new_line(axes, color=peak.line, lw=1.2)
        style: dict[str, Any] = {"color": self.theme.bad, "ls": "--", "lw": 1.5}
        self.limit = self.live(axes.axhline(1, label=_("limit under the headroom"), **style))

    def _build_power(self, axes: Axes) -> None:
        self.power = self.panel(axes, y=Scale(form="thousandth"))
        axes.set(title=_("Power, kW"), xlim=(-0.6, 1.6), ylim=(0, 10_000))
        axes.set_xticks([0, 1], [_("apart"), _("together")])
        bars = axes.bar([0, 1], [0, 0], 0.6, **self.theme.layers["hardware"].style)
        self.bars = [self.live(bar) for bar in bars]
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 9}
        self.notes = [self.new_text(axes, at, 0, **look) for at in (0, 1)]

    def move(self, result: ConsolidationResult) -> None:
        self._move_day(result)
        self.fit(self.hosts, x=max(10, len(result.hosts)))
        self.fit(self.power, y=max(result.power, result.power_before) * 1.15)
        self.average.verts = [_bar(n, 0, host.mean) for n, host in enumerate(result.hosts)]
        self.peak.verts = [_bar(n, host.mean, host.demand) for n, host in enumerate(result.hosts)]
        stairs = [(x, host.demand) for n, host in enumerate(result.hosts) for x in (n, n + 1)]
        self.skyline.set_data([x for x, _y in stairs], [y for _x, y in stairs])
        for bars in (self.average, self.peak):
            bars.set_linewidth(1 if len(result.hosts) < MANY else 0.2)
        self.limit.y = [result.usable, result.usable]
        rows = ((result.power_before, result.before), (result.power, len(result.hosts)))
        for bar, note, (watts, hosts) in zip(self.bars, self.notes, rows, strict=True):
            bar.height = watts
            note.text = ngettext("{n} host", "{n} hosts", hosts).format(n=hosts)
            note.y = watts

    def _move_day(self, result: ConsolidationResult) -> None:
        hours = [half / 2 for half in range(HALF_HOURS + 1)]
        bands, top = [], [0.0] * len(hours)
        for curve in result.day:
            low, top = top, [a + b for a, b in zip(top, [*curve, curve[0]], strict=True)]
            bands.append([*zip(hours, top, strict=True), *zip(hours[::-1], low[::-1], strict=True)])
        for number, areas in enumerate(self.loads):
            areas.verts = bands[number::2]
        self.whole.set_data(hours, top)
        self.ceiling.y = [result.usable, result.usable]

    def pulled(self, knob: str, x: float, y: float) -> Any:
        return 1 - y if knob == "headroom" else super().pulled(knob, x, y)


def _bar(place: int, low: float, high: float) -> list[Point]:
    return corners(place + 0.12, low, place + 0.88, high)
