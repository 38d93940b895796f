"""Picture of ContainerNetwork: a round trip by its parts, and how much gets through by the MTU."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hvlib.models.container_network import (
    MODES,
    NAMES,
    ContainerNetwork,
    ContainerNetworkResult,
    Way,
)
from hvlib.numbers import three_digits
from hvlib.views.chart import Asked, Chart, draws
from hvlib.views.panel import Scale
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PARTS: tuple[Layer, ...] = ("host", "runtime", "hypervisor", "hardware")


@draws(ContainerNetwork)
class ContainerNetworkChart(Chart):
    """Left: µs of a round trip, stacked. Right: Gbit/s over the MTU, the wire's rate dashed."""

    size = (7.6, 3.6)
    subject = ("now", "mtu")
    asks = Asked("trips", "x", words=0.5)
    handles: ClassVar[dict[str, str]] = {"now": "mtu"}

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        self._build_trips(left)
        self._build_goodput(right)
        self.aim("trip", left, "x")
        self.aim("goodput", right, "y")
        self.remember(self.curve, self.now, *(bar for bars in self.bars for bar in bars))

    def _build_trips(self, axes: Axes) -> None:
        short, long = _("Round trip, µs"), _("Round trip of a small message, µs")
        axes.set_title(short if self.narrow else long)
        axes.set(xlim=(0, 70), ylim=(-0.6, len(MODES) + 0.8))
        axes.set_yticks(range(len(MODES)), [NAMES[mode] for mode in reversed(MODES)])
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        self.trips = self.panel(axes, Scale(form="amount"))
        self.bars, self.numbers, shown = self.stacked(axes, PARTS, len(MODES))
        names = [_("stacks"), _("cables, bridges"), _("NAT, tunnel"), _("wire")]
        columns = 2 if self.narrow else 4
        axes.legend(shown, names, loc="upper right", ncols=columns, fontsize=NOTE)

    def _build_goodput(self, axes: Axes) -> None:
        theme = self.theme
        axes.set_title(_("Data, Gbit/s"))
        axes.set_xlabel(_("MTU, bytes"), fontsize=NOTE)
        axes.set_xscale("log")
        axes.set_xlim(500, 80_000)
        axes.set_ylim(0, 12)
        self.goodput = self.panel(axes)
        (link,) = axes.plot([], [], "--", color=theme.muted)
        (curve,) = axes.plot([], [], "-", color=theme.series[0])
        (now,) = axes.plot([], [], "o", ms=13, mfc="none", mew=2, color=theme.bad, ls="none")
        self.link, self.curve, self.now = self.live(link), self.live(curve), self.live(now)
        axes.legend([link], [_("wire")], loc="lower right", fontsize=NOTE)

    def move(self, result: ContainerNetworkResult) -> None:
        longest = max(way.round_trip for way in result.ways)
        self.fit(self.trips, x=1.2 * longest)
        for row, way in enumerate(result.ways):
            self._move_row(row, way, chosen=way.mode == result.mode, gap=0.015 * longest)
        self.curve.set_data(*zip(*result.curve, strict=True))
        self.now.set_data([result.mtu], [result.way.goodput])
        self.link.set_data([500, 80_000], [result.link] * 2)
        most = max(result.link, *(goodput for _mtu, goodput in result.curve))
        self.fit(self.goodput, y=1.1 * most)

    def _move_row(self, row: int, way: Way, *, chosen: bool, gap: float) -> None:
        end = self.lay(self.bars, row, (way.stacks, way.links, way.wraps, way.wire_time))
        for bars in self.bars:
            bars[row].set_linewidth(2.4 if chosen else 1.0)
        self.numbers[row].set_x(end + gap)
        self.numbers[row].set_text(three_digits(way.round_trip))
        self.numbers[row].set_fontweight("bold" if chosen else "normal")
