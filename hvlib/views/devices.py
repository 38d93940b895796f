"""Picture of Devices: what a packet costs in each of four ways, and what a kick for many costs."""

import math
from typing import ClassVar

from hvlib.models.devices import NAMES, WAYS, Cost, Devices, DevicesResult
from hvlib.numbers import three_digits
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _


@draws(Devices)
class DevicesChart(Chart):
    """Left: µs of a CPU a packet, stacked. Right: a packet's wait over the packets a kick."""

    size = (7.6, 3.6)
    subject = ("now", "kick")
    asks = Asked("waits", "y")
    handles: ClassVar[dict[str, str]] = {"now": "kick"}

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        self._build_costs(left)
        self._build_curve(right)
        self.aim("packet", left, "x")
        self.aim("wait", right, "y")
        self.remember(self.curve, self.now, *(bar for bars in self.bars for bar in bars))

    def _build_costs(self, axes: Axes) -> None:
        parts: tuple[Layer, ...] = ("guest", "hypervisor", "hardware")
        axes.set(title=_("A packet, µs of one CPU"), xlim=(0, 60), ylim=(-0.6, 4.4))
        self.name_rows(axes, [NAMES[way] for way in reversed(WAYS)])
        self.costs = self.panel(axes)
        self.bars, self.numbers = self.stacked(axes, parts, rows=4)
        names = [_("packet"), _("to send"), _("interrupts")]
        self.key(axes, (part[0] for part in self.bars), names, loc="upper right", ncols=3)

    def _build_curve(self, axes: Axes) -> None:
        axes.set(xscale="log", yscale="log", xlim=(0.7, 360), ylim=(0.1, 10))
        axes.set_title(_("Offer to sending, µs"))
        axes.set_xlabel(_("packets a kick"), fontsize=NOTE)
        self.waits = self.panel(axes)
        self.curve = self.new_line(axes, color=self.theme.series[0])
        self.now = self.new_ring(axes)

    def move(self, result: DevicesResult) -> None:
        dearest = max(cost.whole for cost in result.costs)
        self.fit(self.costs, x=1.35 * dearest)
        for row, cost in enumerate(result.costs):
            self._move_row(row, cost, chosen=cost.way == result.way, gap=0.02 * dearest)
        self.curve.set_data(*zip(*result.curve, strict=True))
        self.now.set_data([result.kick], [result.latency])
        waits = [wait for _kick, wait in result.curve]
        least, most = math.floor(math.log10(min(waits))), math.ceil(math.log10(max(waits)))
        self.waits.set_ylim(10.0**least, 10.0 ** max(most, least + 2))

    def _move_row(self, row: int, cost: Cost, *, chosen: bool, gap: float) -> None:
        end = self.lay(self.bars, row, (cost.packet, cost.leaving, cost.interrupts))
        for bars in self.bars:
            bars[row].set_linewidth(2.4 if chosen else 1.0)
        weight = "bold" if chosen else "normal"
        self.numbers[row].set(x=end + gap, text=three_digits(cost.whole), fontweight=weight)
