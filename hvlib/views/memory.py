"""Picture of MemoryOvercommit: where every page is, and how much longer the guests' work takes."""

from typing import Any, ClassVar

from hvlib.models.memory import AT_WORK, MemoryOvercommit, MemoryResult, VMGroup
from hvlib.numbers import three_digits
from hvlib.views.chart import Axes, Chart, Figure, draws
from hvlib.words import _, pgettext

MOST = 3
"""Hosts that the axis shows; of what is beyond, the picture tells the number."""


@draws(MemoryOvercommit)
class MemoryChart(Chart):
    """Top: what the VMs ask for, split by where it ended up, above what is in the host's memory.
    Bottom: how many times as long work takes in busy and in idle VMs, on a logarithmic axis.
    """

    vms: int
    gb: float
    size = (7.6, 3.8)
    narrow_size = (3.4, 5.4)
    subject = ("edge", "memory")
    handles: ClassVar[dict[str, str]] = {"edge": "memory"}

    def build(self, figure: Figure) -> None:
        top, bottom = figure.subplots(2, 1, height_ratios=(3, 2))
        self.top = self.panel(top)
        self._build_top(top)
        self._build_bottom(bottom)

    def _build_top(self, axes: Axes) -> None:
        axes.set(title=_("Where the memory is, in hosts"), xlim=(0, MOST), ylim=(1.5, -1.2))
        self.name_rows(axes, [_("asked"), _("host")])
        self.parts = [
            [self.live(bar) for bar in axes.barh([0, 1], [0, 0], 0.7, label=name, **look)]
            for name, look in self._looks().items()
        ]
        spaces = {"columnspacing": 1.0, "handlelength": 1.5, "handletextpad": 0.4}
        columns = 3 if self.narrow else 7
        axes.legend(ncols=columns, loc="upper center", bbox_to_anchor=(0.47, -0.16), **spaces)
        ink = self.theme.ink
        self.host = self.live(axes.axvline(1, ymin=0, ymax=0.74, color=ink, lw=1.5))
        self.edge = self.live(axes.barh([0], [0], 0.78, fc="none", ec=ink, lw=1.6)[0])
        self.amount = self.new_text(axes, 1.02, 1, va="center", fontsize=9)
        look = {"ha": "right", "va": "center", "weight": "bold"}
        self.beyond = self.new_text(axes, MOST, 0, bbox=self.ground(1), **look)
        self.remember(self.edge)
        corner: dict[str, Any] = {"ha": "right", "va": "top", "transform": axes.transAxes}
        self.means = self.new_text(axes, 0.99, 0.97, **corner)

    def _looks(self) -> dict[str, dict[str, Any]]:
        """How each part of the memory is painted, by its name."""
        layers, series = self.theme.layers, self.theme.series
        return {
            _("resident"): {**layers["guest"].style, "hatch": ""},
            _("shared"): {"fc": layers["host"].fill, "ec": series[0], "hatch": "//"},
            _("ballooned"): {"fc": layers["application"].fill, "ec": series[4], "hatch": "--"},
            _("compressed"): {"fc": layers["runtime"].fill, "ec": series[3], "hatch": "\\\\"},
            _("swapped"): {"fc": self.theme.bad, "ec": self.theme.ink, "hatch": "xx"},
            _("overhead"): {**layers["hypervisor"].style, "hatch": ".."},
            _("free"): {"fc": self.theme.paper, "ec": self.theme.muted, "hatch": ""},
        }

    def _build_bottom(self, axes: Axes) -> None:
        axes.set(title=_("Work takes … times as long"), ylim=(1.5, -0.5))
        axes.set(xscale="log", xlim=(1, 10_000))
        axes.set_xticks([1, 10, 100, 1000, 10_000], ["1×", "10×", "100×", "1,000×", "10,000×"])
        self.name_rows(axes, [_("busy VMs"), _("idle VMs")])
        self.aim("slowdown", axes, "x")
        slow = axes.barh([0, 1], [0, 0], 0.6, left=1, color=self.theme.warn, hatch="//")
        self.slow = [self.live(bar) for bar in slow]
        self.remember(*self.slow)
        look: dict[str, Any] = {"va": "center", "fontsize": 9, "bbox": self.ground(1)}
        self.causes = [self.new_text(axes, 1, row, **look) for row in (0, 1)]

    def move(self, result: MemoryResult) -> None:
        self._move_top(result)
        rows = {_("busy VMs"): 0, _("idle VMs"): 1}
        groups = {rows[group.name]: group for group in result.groups}
        for row in (0, 1):
            self._move_row(row, groups.get(row))

    def _move_top(self, result: MemoryResult) -> None:
        taken = (result.shared, result.ballooned, result.compressed, result.swapped)
        asked = (result.resident, *taken, result.overhead, 0.0)
        held = (result.resident, 0.0, 0.0, result.cache, 0.0, result.overhead, result.free)
        for row, sizes in enumerate((asked, held)):
            self.lay(self.parts, row, (size / result.host for size in sizes))
        wanted = sum(asked) / result.host
        self.edge.width = wanted
        self.vms, self.gb = max(1, result.vms), result.host / 1024
        many = _("{n} hosts »").format(n=three_digits(wanted))
        self.amount.text = _("{gb:,.0f} GB").format(gb=self.gb)
        self.beyond.text = many if wanted > MOST else ""
        text = _("{started} of {vms} VMs started\nat work: {means}")
        means = AT_WORK[result.means]
        self.means.text = text.format(started=result.started, vms=result.vms, means=means)

    def pulled(self, knob: str, x: float, y: float) -> Any:
        """The memory of a VM at which all of them ask for ``x`` hosts, overhead left out."""
        return x * self.gb * 1024 / self.vms

    def _move_row(self, row: int, group: VMGroup | None) -> None:
        slowdown = group.slowdown if group else 1.0
        self.slow[row].width = slowdown - 1
        self.causes[row].set(x=min(slowdown * 1.1, 60.0), text=_caption(group))


def _caption(group: VMGroup | None) -> str:
    if group is None:
        return pgettext("VMs", "none")
    if group.slowdown == 1:
        return _("full speed; holds {held:,.0f} MB").format(held=group.allocation)
    text = _("{slowdown}×, mostly {cause};\nholds {held:,.0f} MB")
    return text.format(slowdown=group.times, cause=group.cause, held=group.allocation)
