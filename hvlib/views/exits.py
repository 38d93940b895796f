"""Picture of ExitCost: the published fall of the round trip, and the share of a CPU lost."""

from matplotlib.figure import Figure

from hvlib.models.exits import ROUND_TRIP, YEARS, ExitCost, ExitCostResult
from hvlib.views.chart import Chart, draws
from hvlib.words import _


@draws(ExitCost)
class ExitCostChart(Chart):
    """Left: cycles of the hardware round trip by year. Right: the share of one CPU lost."""

    size = (7.6, 3.4)

    def build(self, figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        theme = self.theme
        left.set_title(_("Hardware round trip, cycles"))
        left.plot(YEARS.values(), ROUND_TRIP.values(), "o-", color=theme.series[0])
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
        left.set_xlim(2005, 2012.2)
        left.set_ylim(0, 4400)
        (self.mark,) = left.plot([], [], "o", ms=13, mfc="none", mew=2, color=theme.bad)
        self.live(self.mark)
        right.set_title(_("Share of one CPU"))
        right.set_xlim(0, 1)
        right.set_ylim(-0.6, 0.6)
        right.set_yticks([])
        right.grid(axis="x")
        right.xaxis.set_major_formatter(lambda value, _position: f"{value:.0%}")
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
        self.text = self.live(right.text(0.5, 0.42, "", ha="center", fontsize=10))

    def move(self, result: ExitCostResult) -> None:
        self.mark.set_data([YEARS[result.processor]], [ROUND_TRIP[result.processor]])
        self.bar.set_width(result.share)
        self.text.set_text(_("{share:.1%} lost to exits").format(share=result.share))
