"""Picture of ContainerNetwork: a round trip by its parts, and how much gets through by the MTU."""

from typing import ClassVar

from hvlib.models.container_network import (
    MODES,
    NAMES,
    ContainerNetwork,
    ContainerNetworkResult,
    Way,
)
from hvlib.numbers import three_digits
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.panel import Scale
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

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
        axes.set(title=short if self.narrow else long, xlim=(0, 70), ylim=(-0.6, len(MODES) + 0.8))
        self.name_rows(axes, [NAMES[mode] for mode in reversed(MODES)])
        self.trips = self.panel(axes, Scale(form="amount"))
        self.bars, self.numbers = self.stacked(axes, PARTS, len(MODES))
        names = [_("stacks"), _("cables, bridges"), _("NAT, tunnel"), _("wire")]
        columns = 2 if self.narrow else 4
        self.key(axes, (part[0] for part in self.bars), names, loc="upper right", ncols=columns)

    def _build_goodput(self, axes: Axes) -> None:
        axes.set(title=_("Data, Gbit/s"), xscale="log", xlim=(500, 80_000), ylim=(0, 12))
        axes.set_xlabel(_("MTU, bytes"), fontsize=NOTE)
        self.goodput = self.panel(axes)
        self.link = self.new_line(axes, "--", color=self.theme.muted)
        self.curve = self.new_line(axes, color=self.theme.series[0])
        self.now = self.new_ring(axes)
        self.key(axes, [self.link], [_("wire")], loc="lower right")

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
        weight = "bold" if chosen else "normal"
        self.numbers[row].set(x=end + gap, text=three_digits(way.round_trip), fontweight=weight)
