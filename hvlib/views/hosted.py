"""Pictures of Hosted (event costs, host load, swap) and HostTop (the host's processes)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hvlib.models.hosted import Environment, Hosted, HostedResult, HostTop, HostTopResult, Process
from hvlib.numbers import three_digits
from hvlib.published.chapter3 import KEYS
from hvlib.published.figures import figure as published
from hvlib.views.chart import Asked, Chart, draws
from hvlib.views.marks import Bar, Text
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROWS: tuple[tuple[Environment, str, Layer], ...] = (
    ("uml", _("User-Mode Linux"), "application"),
    ("workstation", _("Workstation"), "runtime"),
    ("xen", _("Xen"), "hypervisor"),
)


def _time_at(percent: float, result: HostedResult) -> float:
    """The guest's time if it got this share of a CPU."""
    return 100 * result.share * result.hosted / max(percent, 1e-6)


@draws(Hosted)
class HostedChart(Chart):
    """Left: time on an idle machine, with the published values. Right: time on this host."""

    size = (7.6, 3.4)
    asks = Asked("here", "x", _time_at, words=0.66)
    subject = ("total", "programs")

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        self._build_alone(left)
        self._build_here(right)
        self.total = self.totals[0]
        self.aim("times", right, "x")
        self.remember(*self.bars, *self.totals)

    def _build_alone(self, axes: Axes) -> None:
        axes.set_title(_("Machine otherwise idle"))
        axes.set_xlabel(_("time, native = 1   (bar: model, ◇: published)"))
        axes.set_xlim(0, 2)
        axes.set_ylim(-0.6, 3)
        axes.set_yticks(range(3), [name for _key, name, _layer in _ROWS])
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.axvline(1, color=self.theme.muted, lw=1, ls=":")
        self.alone = self.panel(axes)
        self.bars = [self._bar(axes, row, layer) for row, (_k, _n, layer) in enumerate(_ROWS)]
        style: dict[str, Any] = {"ms": 7, "mfc": "none", "mew": 1.8, "color": self.theme.bad}
        (known,) = axes.plot([], [], "D", ls="none", **style)
        self.known = self.live(known)
        place: dict[str, Any] = {"transform": axes.transAxes, "va": "top"}
        ground = {"facecolor": self.theme.paper, "edgecolor": "none", "pad": 1}
        self.title = self.live(axes.text(0.02, 0.97, "", bbox=ground, **place))

    def _build_here(self, axes: Axes) -> None:
        axes.set_title(_("With this host's load"))
        axes.set_xlabel(_("time, native = 1"))
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xlim(0.5, 2000)
        axes.set_ylim(-0.6, 3)
        axes.set_yticks(range(2), [_("Workstation"), _("Xen")])
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        self.here = self.panel(axes)
        self.totals = [self._bar(axes, 0, "runtime"), self._bar(axes, 1, "hypervisor")]
        self.numbers = [self.live(axes.text(1, row, "", va="center")) for row in range(2)]
        place: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "top"}
        self.why = self.live(axes.text(0.98, 0.97, "", fontsize=NOTE, **place))

    def _bar(self, axes: Axes, row: int, layer: Layer) -> Bar:
        paint = self.theme.layers[layer]
        style: dict[str, Any] = {"color": paint.fill, "edgecolor": paint.line, "hatch": paint.hatch}
        bar: Bar = self.live(axes.barh([row], [0], height=0.5, **style)[0])
        return bar

    def move(self, result: HostedResult) -> None:
        workload = result.workload
        times = [result.alone(key) for key, _name, _layer in _ROWS]
        known = [workload.slowdown(_published(workload.name, key)) for key, _n, _l in _ROWS]
        for bar, time in zip(self.bars, times, strict=True):
            bar.set_width(time)
        self.known.set_data(known, range(3))
        self.title.set_text(workload.title)
        self.fit(self.alone, x=1.05 * max(*times, *known))
        self._move_here(result)

    def _move_here(self, result: HostedResult) -> None:
        totals = (result.hosted, result.type1)
        if not self.held:
            self.here.set_xlim(right=2e6 if result.hosted > 400 else 2e3)
        for bar, number, time in zip(self.totals, self.numbers, totals, strict=True):
            bar.set_x(0.5)
            bar.set_width(time - 0.5)
            number.set_x(time * 1.2)
            number.set_text(_("{time}×").format(time=three_digits(time)))
        why = _("VM's share of a CPU: {share:.3g}%\nVM's memory in swap: {missing:.0%}")
        self.why.set_text(why.format(share=100 * result.share, missing=result.missing))


def _published(workload: str, environment: Environment) -> float:
    return published(f"barham2003/{KEYS[workload]}.{environment}").value


_COLUMNS: tuple[tuple[str, float, str], ...] = (
    (_("process"), 0.0, "left"),
    (_("nice"), 0.44, "right"),
    (_("memory"), 0.72, "right"),
    (_("state"), 0.76, "left"),
)
"""(heading, place as a share of the table's width, alignment) of the table beside the bars."""


_STATES = {"running": _("running"), "suspended": _("suspended")}


@draws(HostTop)
class HostTopChart(Chart):
    """A table of processes in the manner of top, with the CPU of each as a bar."""

    size = (7.6, 3.4)
    narrow_size = (3.4, 7.2)
    ROWS = 14
    subject = ("first", "nice_a")

    def build(self, figure: Figure) -> None:
        table, bars = self.beside(figure, 1, 1)
        table.set_title(_("Processes of the host"))
        table.set_axis_off()
        bars.set_title(_("CPUs it gets (outline: could use)"))
        bars.set_xticks([])
        bars.tick_params(axis="y", length=0, labelleft=self.narrow)
        bars.grid(visible=False)
        for spine in bars.spines.values():
            spine.set_visible(False)
        for axes in (table, bars):
            axes.set_xlim(0, 1)
            axes.set_ylim(4, -1.5)
        for head, x, align in _COLUMNS:
            table.text(x, -1, head, ha=align, va="center", weight="bold", fontsize=NOTE)
        self.table, self.bars = self.panel(table), self.panel(bars)
        self.cells = [self._texts(table, row) for row in range(self.ROWS)]
        self.wants = [self._box(bars, row) for row in range(self.ROWS)]
        self.gets = [self._box(bars, row) for row in range(self.ROWS)]
        self.numbers = [
            self.live(bars.text(1, row, "", va="center", fontsize=NOTE)) for row in range(self.ROWS)
        ]
        self.note = self.live(bars.text(1, 0, "", ha="right", va="center", fontsize=NOTE))
        self.first = self.gets[0]
        self.aim("a", bars, "x")
        self.remember(*self.gets)

    def _texts(self, axes: Axes, row: int) -> list[Text]:
        return [
            self.live(axes.text(x, row, "", ha=align, va="center", fontsize=NOTE))
            for _head, x, align in _COLUMNS
        ]

    def _box(self, axes: Axes, row: int) -> Bar:
        style: dict[str, Any] = {"fc": "none", "ec": self.theme.muted, "lw": 0.8}
        bar: Bar = self.live(axes.barh([row], [0], height=0.6, **style)[0])
        return bar

    def move(self, result: HostTopResult) -> None:
        shown = len(result.processes)
        rows = next(rows for rows in (4, 7, 11, self.ROWS) if shown <= rows)
        for panel in (self.table, self.bars):
            panel.set_ylim(rows + 0.5, -1.5)
        self.bars.set_yticks(range(shown), [process.name for process in result.processes])
        self.note.set_y(rows)
        widest = max(2.0, *(process.wants for process in result.processes))
        end = widest / 0.86  # room for a number
        self.bars.set_xlim(right=end)
        self.note.set_x(end)
        for row in range(self.ROWS):
            process = result.processes[row] if row < shown else None
            self._show(row, process, end)
        note = _("idle: {idle:.2f} CPUs   in swap: {missing:.0%} of memory")
        self.note.set_text(note.format(idle=result.idle, missing=result.missing))

    def _show(self, row: int, process: Process | None, end: float) -> None:
        for mark in (*self.cells[row], self.wants[row], self.gets[row], self.numbers[row]):
            mark.set_visible(process is not None)
        if process is None:
            return
        paint = self.theme.layers["guest" if process.is_vm else "application"]
        self.gets[row].set(
            width=process.cpu, facecolor=paint.fill, edgecolor=paint.line, hatch=paint.hatch
        )
        self.wants[row].set_width(process.wants)
        self._write(row, process, end)

    def _write(self, row: int, process: Process, end: float) -> None:
        words: Sequence[str] = (
            process.name,
            f"{process.nice}",
            _("{memory:,.0f} MB").format(memory=process.memory),
            _STATES[process.state],
        )
        for cell, word in zip(self.cells[row], words, strict=True):
            cell.set_text(word)
        self.numbers[row].set_text(f"{process.cpu:.2f}")
        self.numbers[row].set_x(process.wants + 0.02 * end)
