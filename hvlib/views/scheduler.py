"""Picture of CreditScheduler: who ran where and when, the shares, and the waiting times."""

import math
from typing import Any

from hvlib.models.scheduler import CreditScheduler, SchedulerResult, VMShare
from hvlib.trace import Event
from hvlib.views.chart import Axes, Chart, Figure, draws
from hvlib.views.marks import Bar, Point, corners
from hvlib.views.panel import Scale
from hvlib.words import _

LOWEST = (96, 90, 70, 40, 0)
"""Where the axis of useful time may begin, in percent."""
ROWS = 8
"""VMs that get a bar of their own; further ones are drawn together in the last bar."""


@draws(CreditScheduler)
class SchedulerChart(Chart):
    """Top: a Gantt chart, one row a pCPU, VM numbers in the long runs. Below: shares, waits, and
    the trade between useful time and late answers, with the way that the ring has come.

    Interactive VMs are hatched; a thick black tick marks the entitled share.
    """

    size = (7.6, 4.9)
    narrow_size = (3.4, 10.4)
    subject = ("spot", "slice")

    def build(self, figure: Figure) -> None:
        if self.narrow:
            gantt, shares, waits, trade = self.beside(figure, 1, 1, 1, 1)
        else:
            layout = "ggg;swt"
            axes = figure.subplot_mosaic(layout, height_ratios=(2, 4), width_ratios=(5, 5, 7))
            gantt, shares, waits, trade = (axes[name] for name in "gswt")
        self.gantt = self.panel(gantt)
        self._build_gantt(gantt)
        self._build_shares(shares, waits)
        self._build_trade(trade)
        self.aim("useful", trade, "x")
        self.aim("late", trade, "y")
        self.remember(*self.bars, self.medians, self.tails)

    def _build_shares(self, shares: Axes, waits: Axes) -> None:
        for axes in (shares, waits):
            axes.set_ylim(ROWS + 0.5, 0.5)
            self.name_rows(axes, [])
            axes.tick_params(axis="y", length=0)
        self._build_bars(shares)
        theme = self.theme
        waits.set(title=_("Waiting, ms"), xscale="log", xlim=(0.005, 16_000))
        waits.set_xticks([0.01, 1, 100, 10_000], ["≤.01", "1", "100", "10⁴"])
        self.spread = self.live(waits.hlines([], [], [], color=theme.muted, lw=2))
        self.medians = self.new_line(waits, "o", ms=6, color=theme.series[0], ls="none")
        self.tails = self.new_line(waits, "|", ms=10, mew=2, color=theme.bad, ls="none")
        names = [_("median"), _("p99")]
        where: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.1), "ncols": 2}
        where |= {"handletextpad": 0.1, "columnspacing": 0.8}
        self.key(waits, (self.medians, self.tails), names, **where)

    def _build_bars(self, axes: Axes) -> None:
        axes.set(title=_("Share"), xlim=(0, 1))
        axes.set_xticks([0, 0.5, 1], ["0", "50%", "100%"])
        rows = range(1, ROWS + 1)
        self.bars = [self._bar(axes, row) for row in rows]
        self.entitled = self.live(axes.vlines([], [], [], color=self.theme.ink, lw=2.0))
        look: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": 8.5}
        self.names = [self.new_text(axes, 0.98, row, bbox=self.ground(1), **look) for row in rows]

    def _build_trade(self, axes: Axes) -> None:
        axes.set(title=_("Late answers, ms"), xlabel=_("useful time, %"))
        axes.set(yscale="log", ylim=(0.5, 200), xlim=(96, 100.2))
        axes.grid(axis="both")
        self.trade = self.panel(axes, Scale(most=5))
        self.way = self.new_line(axes, "o-", ms=4, lw=1, color=self.theme.muted)
        self.spot = self.new_ring(axes, 12, 2.4)
        self.trails.append((self.spot, self.way))

    def _build_gantt(self, axes: Axes) -> None:
        paper = self.theme.paper
        axes.set(title=_("Who runs on which pCPU"), xlabel=_("ms"), xlim=(0, 100), ylim=(8.5, 0.5))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        self.runs = self.new_areas(axes, ec=paper, lw=0.4)
        self.marked = self.new_areas(axes, fc="none", ec=paper, hatch="////", lw=0)
        self.switches = self.new_areas(axes, fc=self.theme.bad, lw=0)
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8.5}
        self.labels = [self.new_text(axes, 0, 0, visible=False, **look) for _label in range(24)]

    def _bar(self, axes: Axes, row: int) -> Bar:
        colour = self._colour(row)
        bar: Bar = self.live(
            axes.barh([row], [0], height=0.7, color=colour, edgecolor=self.theme.ink)[0]
        )
        return bar

    def _colour(self, number: int) -> str:
        return self.theme.series[(number - 1) % len(self.theme.series)]

    def move(self, result: SchedulerResult) -> None:
        self._move_gantt(result)
        self._move_shares(result.vms)
        self._move_waits(result.vms)
        useful = 100 * result.useful
        if not self.held:
            self.trade.set_xlim(left=next(low for low in LOWEST if low <= useful))
            self.trade.set_ylim(0.5, 200 if result.late < 0.2 else 20_000)
        self.spot.set_data([useful], [max(0.5, 1000 * result.late)])

    def _move_gantt(self, result: SchedulerResult) -> None:
        end = _round_below(result.trace.summary["window"] * 1e3)
        self.gantt.set_xlim(right=end)
        self.gantt.set_ylim(result.pcpus + 0.5, 0.5)
        self.gantt.set_yticks(range(1, result.pcpus + 1))
        runs = result.trace.where(lambda event: event.kind == "run" and event.time * 1e3 < end)
        numbers = {vm.name: n for n, vm in enumerate(result.vms, start=1)}
        interactive = {vm.name for vm in result.vms if vm.interactive}
        boxes = [(run.detail["vm"], _box(run, run.duration, end)) for run in runs]
        self.runs.verts = [box for _vm, box in boxes]
        self.runs.set_facecolors([self._colour(numbers[vm]) for vm, _corners in boxes])
        self.marked.verts = [box for vm, box in boxes if vm in interactive]
        switches = [(run, run.detail["switch"]) for run in runs if run.detail["switch"]]
        self.switches.verts = [_box(run, seconds, end) for run, seconds in switches]
        self._label([(run, numbers[run.detail["vm"]]) for run in runs], end)

    def _label(self, runs: list[tuple[Event, int]], end: float) -> None:
        long = [
            pair for pair in runs if min(pair[0].end * 1e3, end) - pair[0].time * 1e3 > end / 16
        ]
        for text in self.labels:
            text.visible = False
        for text, (run, number) in zip(self.labels, long, strict=False):
            middle = (run.time * 1e3 + min(run.end * 1e3, end)) / 2
            text.set(x=middle, y=run.detail["pcpu"] + 1, text=str(number), visible=True)
            text.set_color(self.theme.paper)

    def _move_shares(self, vms: tuple[VMShare, ...]) -> None:
        shown = _rows(vms)
        for row, (bar, name) in enumerate(zip(self.bars, self.names, strict=True)):
            name.visible = row < len(shown)
            bar.visible = row < len(shown)
            if row < len(shown):
                label, group = shown[row]
                bar.width = sum(vm.share for vm in group)
                bar.set_hatch("////" if group[0].interactive else "")
                name.text = label if group[0].started else _("{vm}: no strand").format(vm=label)
        fair = [sum(vm.fair for vm in group) for _name, group in shown]
        self.entitled.verts = [
            [(x, row + 0.55), (x, row + 1.45)] for row, x in enumerate(fair) if x
        ]

    def _move_waits(self, vms: tuple[VMShare, ...]) -> None:
        rows = [
            (row, max(group, key=lambda vm: vm.wait_p99))
            for row, (_name, group) in enumerate(_rows(vms), start=1)
            if group[0].started
        ]
        medians = [max(0.01, vm.wait_median * 1e3) for _row, vm in rows]
        tails = [max(0.01, vm.wait_p99 * 1e3) for _row, vm in rows]
        places = [row for row, _vm in rows]
        self.medians.set_data(medians, places)
        self.tails.set_data(tails, places)
        spans = zip(places, medians, tails, strict=True)
        self.spread.verts = [[(low, y), (high, y)] for y, low, high in spans]


def _round_below(milliseconds: float) -> float:
    """1, 1.5, 2, 3, 5 or 7 times a power of ten: the end of the time axis, full of runs."""
    power = 10.0 ** math.floor(math.log10(milliseconds))
    return max(step for step in (1, 1.5, 2, 3, 5, 7) if step * power <= milliseconds) * power


def _rows(vms: tuple[VMShare, ...]) -> list[tuple[str, tuple[VMShare, ...]]]:
    """One row a VM, or seven and the rest together."""
    if len(vms) <= ROWS:
        return [(vm.name, (vm,)) for vm in vms]
    rest = vms[ROWS - 1 :]
    label = _("{n} more").format(n=len(rest))
    return [*((vm.name, (vm,)) for vm in vms[: ROWS - 1]), (label, rest)]


def _box(run: Event, seconds: float, end: float) -> list[Point]:
    """So many seconds of a run, from its start, as a box that ends at ``end`` ms at the latest."""
    middle, until = run.detail["pcpu"] + 1, (run.time + seconds) * 1e3
    return corners(run.time * 1e3, middle - 0.42, min(until, end), middle + 0.42)
