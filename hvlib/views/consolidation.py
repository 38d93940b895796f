"""Picture of Consolidation: each host's load and joint peak, and power before and after."""

from collections.abc import Callable

from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hvlib.models.consolidation import Consolidation, ConsolidationResult, Host
from hvlib.views.chart import Chart, draws
from hvlib.views.stamp import Stamp
from hvlib.words import _

Corners = list[tuple[float, float]]

MANY = 60
"""Hosts from which on the outlines of the bars would hide them."""


@draws(Consolidation)
class ConsolidationChart(Chart):
    """Left: a bar a host, average and joint peak. Right: servers and power, before and after."""

    size = (7.6, 3.4)

    def build(self, figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(5, 2))
        self.hosts, self.power = left, right
        theme = self.theme
        left.set_title(_("Hosts"))
        left.set(ylim=(0, 1.2), xlim=(0, 10), xlabel=_("host"))
        left.xaxis.set_major_locator(MaxNLocator(integer=True))
        left.yaxis.set_major_formatter(lambda value, _at: f"{value:.0%}" if value <= 1 else "")
        average, peak = theme.layers["guest"], theme.layers["application"]
        self.average = PolyCollection([], fc=average.fill, ec=average.line, hatch="..")
        self.peak = PolyCollection([], fc=peak.fill, ec=peak.line)
        self.average.set_label(_("average"))
        self.peak.set_label(_("joint peak"))
        for bars in (self.peak, self.average):
            left.add_collection(bars)
            self.live(bars)
        self.limit = self.live(left.axhline(1, color=theme.bad, ls="--", lw=1.5))
        self.limit.set_label(_("limit under the headroom"))
        left.legend(loc="upper center", ncols=3, handlelength=1.4, columnspacing=1.2)
        right.set_title(_("Power, kW"))
        right.yaxis.set_major_formatter(lambda value, _at: f"{value / 1000:g}")
        right.set(xlim=(-0.6, 1.6), ylim=(0, 10_000))
        right.set_xticks([0, 1], [_("one server\na load"), _("together")])
        paint = theme.layers["hardware"]
        bars = right.bar([0, 1], [0, 0], 0.6, fc=paint.fill, ec=paint.line, hatch="//")
        self.bars = [self.live(bar) for bar in bars]
        self.notes = [Stamp(at, 0, "", transform=right.transData) for at in (0, 1)]
        for note in self.notes:
            note.set(ha="center", va="bottom", color=theme.ink, fontsize=10)
            right.add_artist(note)
            self.live(note)

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
