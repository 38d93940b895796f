"""Pictures of ExitCost (the fall of the round trip, the share lost) and of ExitsOfWork."""

from typing import Any, ClassVar

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
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.panel import Scale
from hvlib.words import _

RATES = [10 ** (2 + 0.1 * step) for step in range(41)]
"""Exits a second at which the curves are drawn."""


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
        axes.set(title=_("Hardware round trip, cycles"), xlim=(2005, 2014), ylim=(0, 4400))
        axes.plot([*YEARS.values()], [*ROUND_TRIP.values()], "o-", color=self.theme.series[0])
        above: dict[str, Any] = {"xytext": (4, 7), "ha": "left"}
        below: dict[str, Any] = {"xytext": (4, -12), "ha": "right"}
        for name, year in YEARS.items():
            place = (below if name == "Westmere" else above) | {"textcoords": "offset points"}
            axes.annotate(name, (year, ROUND_TRIP[name]), fontsize=8.5, **place)
        self.panel(axes, Scale(form="year"))
        self.mark = self.new_ring(axes)

    def _build_loss(self, axes: Axes) -> None:
        axes.set(title=_("Share of one CPU lost"), xlabel=_("exits a second"))
        axes.set(xscale="log", yscale="log", xlim=(100, 1e6), ylim=(5e-6, 1.6))
        axes.set_xticks([100, 1e3, 1e4, 1e5, 1e6], ["100", "1,000", "10,000", "100,000", "1 M"])
        names = ["0.001%", "0.01%", "0.1%", "1%", "10%", "100%"]
        axes.set_yticks([1e-5, 1e-4, 1e-3, 0.01, 0.1, 1], names)
        self.loss = self.panel(axes)
        self.others = self.new_strokes(axes, colors=[self.theme.muted], linewidths=0.7)
        self.curve = self.new_line(axes, color=self.theme.series[0])
        self.spot = self.new_ring(axes, width=2.4)
        look: dict[str, Any] = {"weight": "bold", "fontsize": 10, "bbox": self.ground(2)}
        look |= {"transform": axes.transAxes, "ha": "right", "va": "bottom"}
        self.text = self.new_text(axes, 0.98, 0.05, **look)

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
        self.others.verts = [line[::40] if line[-1][1] < 1 else line for line in lines.values()]
        self.curve.set_data(*zip(*chosen, strict=True))
        self.spot.set_data([result.asked], [result.share])
        self.text.text = _("{share} lost to exits").format(share=numbers.share(result.share))

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
        self._build_exits(left)
        right.set(title=_("Share of one CPU"), xlim=(0, 1), ylim=(-0.6, 0.6), yticks=[])
        right.grid(axis="x")
        self.lost = self.panel(right, Scale(form="percent", most=4, open=True))
        (self.share,) = self.new_bars(right, [0], "hypervisor", 0.5)
        self.remember(self.share)
        self.aim("lost", right, "x", 0.01)
        self.text = self.new_text(right, 0.5, 0.42, ha="center", fontsize=10, bbox=self.ground(2))

    def _build_exits(self, axes: Axes) -> None:
        axes.set(title=_("Exits a request and response"), xlim=(0, 4.2), ylim=(1.6, -0.6))
        axes.set_yticks(range(len(EXITS_PER_ROUND_TRIP)), list(EXITS_PER_ROUND_TRIP))
        axes.grid(False, axis="y")
        hows = ((False, -0.2, _("one by one")), (True, 0.2, _("clustered")))
        line = self.theme.layers["hypervisor"].line
        look: dict[str, Any] = {"fc": self.theme.paper, "ec": line, "hatch": ""}
        self.bars = {}
        for row, (device, pair) in enumerate(EXITS_PER_ROUND_TRIP.items()):
            for (clustered, shift, how), exits in zip(hows, pair, strict=True):
                (bar,) = axes.barh([row + shift], [exits], 0.34, **look)
                self.bars[device, clustered] = self.live(bar)
                words = f"{exits:g}  {how}"
                axes.text(exits + 0.04, row + shift, words, va="center", fontsize=8.5)

    def move(self, result: ExitsOfWorkResult) -> None:
        paint = self.theme.layers["hypervisor"]
        for key, bar in self.bars.items():
            chosen = key == (result.device, result.clustered)
            bar.set_facecolor(paint.fill if chosen else self.theme.paper)
            bar.set_hatch(paint.hatch if chosen else "")
        self.fit(self.lost, x=min(1, 2.5 * result.share))
        self.share.width = result.share
        text = _("{rate:,.0f} exits/s: {share}")
        self.text.text = text.format(rate=result.rate, share=numbers.share(result.share))
