"""Pictures of ExitCost (the fall of the round trip, the share lost) and of ExitsOfWork."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

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
from hvlib.views.chart import Asked, Chart, draws
from hvlib.views.panel import Scale
from hvlib.views.theme import Theme
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text


RATES = [10 ** (2 + 0.1 * step) for step in range(41)]
"""Exits a second at which the curves are drawn."""


def _over_the_grid(axes: Axes, theme: Theme) -> Text:
    """The words above the bar, with the grid's lines left out behind them."""
    ground = {"facecolor": theme.paper, "edgecolor": "none", "pad": 2}
    return axes.text(0.5, 0.42, "", ha="center", fontsize=10, bbox=ground)


@draws(ExitCost)
class ExitCostChart(Chart):
    """Left: cycles of the hardware round trip by year. Right: the share of one CPU lost, by the
    rate of exits, a line a processor; the ring is where the guest is.
    """

    size = (7.6, 3.6)
    subject = ("spot", "rate")
    handles: ClassVar[dict[str, str]] = {"spot": "rate", "mark": "processor"}
    asks = Asked("loss", "y", lambda percent, _result: percent / 100)

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 5, 6)
        self._build_history(left)
        self._build_loss(right)
        self.aim("lost", right, "y", 0.01)
        self.remember(self.spot, self.curve, self.mark)

    def _build_history(self, axes: Axes) -> None:
        theme = self.theme
        axes.set_title(_("Hardware round trip, cycles"))
        axes.plot(list(YEARS.values()), list(ROUND_TRIP.values()), "o-", color=theme.series[0])
        for name, year in YEARS.items():
            below = name in ("Westmere",)
            axes.annotate(
                name,
                (year, ROUND_TRIP[name]),
                xytext=(4, -12 if below else 7),
                textcoords="offset points",
                fontsize=8.5,
                ha="right" if below else "left",
            )
        axes.set_xlim(2005, 2014)
        axes.set_ylim(0, 4400)
        self.panel(axes, Scale(form="year"))
        (mark,) = axes.plot([], [], "o", ms=13, mfc="none", mew=2, color=theme.bad, ls="none")
        self.mark = self.live(mark)

    def _build_loss(self, axes: Axes) -> None:
        from matplotlib.collections import LineCollection

        theme = self.theme
        axes.set_title(_("Share of one CPU lost"))
        axes.set_xlabel(_("exits a second"))
        axes.set(xscale="log", yscale="log", xlim=(100, 1e6), ylim=(5e-6, 1.6))
        axes.minorticks_off()
        axes.set_xticks([100, 1e3, 1e4, 1e5, 1e6], ["100", "1,000", "10,000", "100,000", "1 M"])
        axes.set_yticks(
            [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1], ["0.001%", "0.01%", "0.1%", "1%", "10%", "100%"]
        )
        self.loss = self.panel(axes)
        others = LineCollection([], colors=[theme.muted], linewidths=0.7)
        axes.add_collection(others, autolim=False)
        (curve,) = axes.plot([], [], "-", color=theme.series[0])
        (spot,) = axes.plot([], [], "o", ms=13, mfc="none", mew=2.4, color=theme.bad, ls="none")
        self.others, self.curve, self.spot = self.live(others), self.live(curve), self.live(spot)
        ground = {"facecolor": theme.paper, "edgecolor": "none", "pad": 2}
        place: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "bottom"}
        self.text = self.live(
            axes.text(0.98, 0.05, "", weight="bold", fontsize=10, bbox=ground, **place)
        )

    def move(self, result: ExitCostResult) -> None:
        self.mark.set_data([YEARS[result.processor]], [ROUND_TRIP[result.processor]])
        made = result.rate / result.asked
        second = 1e6 * result.cycles / result.microseconds
        handling = result.cycles - ROUND_TRIP[result.processor]
        lines = {
            name: [[rate, min(1.0, rate * made * (cycles + handling) / second)] for rate in RATES]
            for name, cycles in ROUND_TRIP.items()
        }
        chosen = lines.pop(result.processor)
        self.others.set_segments(
            [line[::40] if line[-1][1] < 1 else line for line in lines.values()]
        )
        self.curve.set_data(*zip(*chosen, strict=True))
        self.spot.set_data([result.asked], [result.share])
        self.text.set_text(_("{share} lost to exits").format(share=numbers.share(result.share)))

    def pulled(self, knob: str, x: float, y: float) -> Any:
        if knob == "processor":
            return min(
                YEARS, key=lambda name: abs(YEARS[name] - x) + abs(ROUND_TRIP[name] - y) / 900
            )
        return super().pulled(knob, x, y)


@draws(ExitsOfWork)
class ExitsOfWorkChart(Chart):
    """Left: exits a round trip by device, one by one and clustered. Right: share of a CPU."""

    size = (7.6, 3.4)
    subject = ("share", "round_trips")

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
        self.lost = self.panel(right, Scale(form="percent", most=4, open=True))
        paint = theme.layers["hypervisor"]
        (share,) = right.barh([0], [0], 0.5, fc=paint.fill, ec=paint.line, hatch=paint.hatch)
        self.share = self.live(share)
        self.remember(self.share)
        self.aim("lost", right, "x", 0.01)
        self.text = self.live(_over_the_grid(right, self.theme))

    def move(self, result: ExitsOfWorkResult) -> None:
        paint = self.theme.layers["hypervisor"]
        for key, bar in self.bars.items():
            chosen = key == (result.device, result.clustered)
            bar.set_facecolor(paint.fill if chosen else self.theme.paper)
            bar.set_hatch(paint.hatch if chosen else "")
        self.fit(self.lost, x=min(1, 2.5 * result.share))
        self.share.set_width(result.share)
        text = _("{rate:,.0f} exits/s: {share}")
        self.text.set_text(text.format(rate=result.rate, share=numbers.share(result.share)))
