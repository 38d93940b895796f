"""Pictures of ExitCost (the fall of the round trip, the share lost) and of ExitsOfWork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvlib import numbers
from hvlib.models.exits import (
    EXITS_PER_ROUND_TRIP,
    ROUND_TRIP,
    YEARS,
    ExitCost,
    ExitCostResult,
    ExitsOfWork,
    ExitsOfWorkResult,
)
from hvlib.views.chart import Chart, draws
from hvlib.views.guess import Asked
from hvlib.views.panel import Scale
from hvlib.views.theme import Theme
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text


def _over_the_grid(axes: Axes, theme: Theme) -> Text:
    """The words above the bar, with the grid's lines left out behind them."""
    ground = {"facecolor": theme.paper, "edgecolor": "none", "pad": 2}
    return axes.text(0.5, 0.42, "", ha="center", fontsize=10, bbox=ground)


@draws(ExitCost)
class ExitCostChart(Chart):
    """Left: cycles of the hardware round trip by year. Right: the share of one CPU lost."""

    size = (7.6, 3.4)
    asks = Asked("lost", "x", lambda percent, _result: percent / 100)

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        theme = self.theme
        left.set_title(_("Hardware round trip, cycles"))
        left.plot(list(YEARS.values()), list(ROUND_TRIP.values()), "o-", color=theme.series[0])
        for name, year in YEARS.items():
            below = name in ("Westmere",)
            left.annotate(
                name,
                (year, ROUND_TRIP[name]),
                xytext=(4, -12 if below else 7),
                textcoords="offset points",
                fontsize=8.5,
                ha="right" if below else "left",
            )
        left.set_xlim(2005, 2013.5)
        left.set_ylim(0, 4400)
        self.panel(left, Scale(form="year"))
        (mark,) = left.plot([], [], "o", ms=13, mfc="none", mew=2, color=theme.bad, ls="none")
        self.mark = self.live(mark)
        right.set_title(_("Share of one CPU"))
        right.set_xlim(0, 1)
        right.set_ylim(-0.6, 0.6)
        right.set_yticks([])
        right.grid(axis="x")
        self.lost = self.panel(right, Scale(form="percent"))
        self.bar = self.live(
            right.barh(
                [0],
                [0],
                height=0.5,
                color=theme.layers["hypervisor"].fill,
                edgecolor=theme.layers["hypervisor"].line,
                hatch="xx",
            )[0]
        )
        self.text = self.live(_over_the_grid(right, self.theme))

    def move(self, result: ExitCostResult) -> None:
        self.mark.set_data([YEARS[result.processor]], [ROUND_TRIP[result.processor]])
        self.bar.set_width(result.share)
        self.text.set_text(_("{share} lost to exits").format(share=numbers.share(result.share)))


@draws(ExitsOfWork)
class ExitsOfWorkChart(Chart):
    """Left: exits a round trip by device, one by one and clustered. Right: share of a CPU."""

    size = (7.6, 3.4)

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        theme = self.theme
        left.set_title(_("Exits a request and response"))
        left.set(xlim=(0, 4.2), ylim=(1.6, -0.6))
        left.set_yticks(range(len(EXITS_PER_ROUND_TRIP)), list(EXITS_PER_ROUND_TRIP))
        left.grid(False, axis="y")
        self.bars = {}
        for index, (plain, clustered) in enumerate(EXITS_PER_ROUND_TRIP.values()):
            device = list(EXITS_PER_ROUND_TRIP)[index]
            pairs = ((False, plain, _("one by one")), (True, clustered, _("clustered")))
            for is_clustered, exits, how in pairs:
                at = index + (0.2 if is_clustered else -0.2)
                paint = theme.layers["hypervisor"]
                (bar,) = left.barh([at], [exits], 0.34, fc=theme.paper, ec=paint.line, hatch="")
                self.bars[device, is_clustered] = self.live(bar)
                left.text(exits + 0.04, at, f"{exits:g}  {how}", va="center", fontsize=8.5)
        right.set_title(_("Share of one CPU"))
        right.set(xlim=(0, 1), ylim=(-0.6, 0.6))
        right.set_yticks([])
        right.grid(axis="x")
        self.panel(right, Scale(form="percent"))
        paint = theme.layers["hypervisor"]
        (share,) = right.barh([0], [0], 0.5, fc=paint.fill, ec=paint.line, hatch=paint.hatch)
        self.share = self.live(share)
        self.text = self.live(_over_the_grid(right, self.theme))

    def move(self, result: ExitsOfWorkResult) -> None:
        paint = self.theme.layers["hypervisor"]
        for key, bar in self.bars.items():
            chosen = key == (result.device, result.clustered)
            bar.set_facecolor(paint.fill if chosen else self.theme.paper)
            bar.set_hatch(paint.hatch if chosen else "")
        self.share.set_width(result.share)
        text = _("{rate:,.0f} exits/s: {share}")
        self.text.set_text(text.format(rate=result.rate, share=numbers.share(result.share)))
