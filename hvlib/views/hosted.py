"""Pictures of Hosted (event costs, host load, swap) and HostTop (the host's processes)."""

from collections.abc import Sequence
from typing import Any

from hvlib.models.hosted import Environment, Hosted, HostedResult, HostTop, HostTopResult, Process
from hvlib.numbers import three_digits
from hvlib.published.chapter3 import KEYS
from hvlib.published.figures import figure as published
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

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
        axes.set(title=_("Machine otherwise idle"), xlim=(0, 2), ylim=(-0.6, 3))
        axes.set_xlabel(_("time, native = 1   (bar: model, ◇: published)"))
        self.name_rows(axes, [name for _key, name, _layer in _ROWS])
        axes.axvline(1, color=self.theme.muted, lw=1, ls=":")
        self.alone = self.panel(axes)
        self.bars = [
            self.new_bars(axes, [row], layer, 0.5)[0] for row, (_k, _n, layer) in enumerate(_ROWS)
        ]
        style: dict[str, Any] = {"ms": 7, "mfc": "none", "mew": 1.8, "color": self.theme.bad}
        self.known = self.new_line(axes, "D", ls="none", **style)
        place: dict[str, Any] = {"transform": axes.transAxes, "va": "top"}
        self.title = self.new_text(axes, 0.02, 0.97, bbox=self.ground(1), **place)

    def _build_here(self, axes: Axes) -> None:
        axes.set(title=_("With this host's load"), xlabel=_("time, native = 1"))
        axes.set(xscale="log", xlim=(0.5, 2000), ylim=(-0.6, 3))
        self.name_rows(axes, [_("Workstation"), _("Xen")])
        self.here = self.panel(axes)
        layers: tuple[Layer, ...] = ("runtime", "hypervisor")
        self.totals = [self.new_bars(axes, [row], of, 0.5)[0] for row, of in enumerate(layers)]
        self.numbers = [self.new_text(axes, 1, row, va="center") for row in range(2)]
        place: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "top"}
        self.why = self.new_text(axes, 0.98, 0.97, fontsize=NOTE, **place)

    def move(self, result: HostedResult) -> None:
        workload = result.workload
        times = [result.alone(key) for key, _name, _layer in _ROWS]
        known = [workload.slowdown(_published(workload.name, key)) for key, _n, _l in _ROWS]
        for bar, time in zip(self.bars, times, strict=True):
            bar.width = time
        self.known.set_data(known, range(3))
        self.title.text = workload.title
        self.fit(self.alone, x=1.05 * max(*times, *known))
        self._move_here(result)

    def _move_here(self, result: HostedResult) -> None:
        totals = (result.hosted, result.type1)
        if not self.held:
            self.here.set_xlim(right=2e6 if result.hosted > 400 else 2e3)
        for bar, number, time in zip(self.totals, self.numbers, totals, strict=True):
            bar.set(left=0.5, width=time - 0.5)
            number.set(x=time * 1.2, text=_("{time}×").format(time=three_digits(time)))
        why = _("VM's share of a CPU: {share:.3g}%\nVM's memory in swap: {missing:.0%}")
        self.why.text = why.format(share=100 * result.share, missing=result.missing)


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
        self._build_table(table)
        self._build_bars(bars)
        self.first = self.gets[0]
        self.aim("a", bars, "x")
        self.remember(*self.gets)

    def _build_table(self, axes: Axes) -> None:
        axes.set(title=_("Processes of the host"), xlim=(0, 1), ylim=(4, -1.5))
        axes.set_axis_off()
        look: dict[str, Any] = {"va": "center", "fontsize": NOTE}
        for head, x, align in _COLUMNS:
            axes.text(x, -1, head, ha=align, weight="bold", **look)
        self.table = self.panel(axes)
        self.cells = [
            [self.new_text(axes, x, row, ha=align, **look) for _head, x, align in _COLUMNS]
            for row in range(self.ROWS)
        ]

    def _build_bars(self, axes: Axes) -> None:
        axes.set(title=_("CPUs it gets (outline: could use)"), xlim=(0, 1), ylim=(4, -1.5))
        axes.set_xticks([])
        axes.tick_params(axis="y", length=0, labelleft=self.narrow)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        self.bars = self.panel(axes)
        box: dict[str, Any] = {"fc": "none", "ec": self.theme.muted, "hatch": "", "lw": 0.8}
        rows = range(self.ROWS)
        self.wants, self.gets = (self.new_bars(axes, rows, "guest", **box) for _all in range(2))
        look: dict[str, Any] = {"va": "center", "fontsize": NOTE}
        self.numbers = [self.new_text(axes, 1, row, **look) for row in rows]
        self.note = self.new_text(axes, 1, 0, ha="right", **look)

    def move(self, result: HostTopResult) -> None:
        shown = len(result.processes)
        rows = next(rows for rows in (4, 7, 11, self.ROWS) if shown <= rows)
        for panel in (self.table, self.bars):
            panel.set_ylim(rows + 0.5, -1.5)
        self.bars.set_yticks(range(shown), [process.name for process in result.processes])
        self.note.y = rows
        widest = max(2.0, *(process.wants for process in result.processes))
        end = widest / 0.86  # room for a number
        self.bars.set_xlim(right=end)
        self.note.x = end
        for row in range(self.ROWS):
            process = result.processes[row] if row < shown else None
            self._show(row, process, end)
        note = _("idle: {idle:.2f} CPUs   in swap: {missing:.0%} of memory")
        self.note.text = note.format(idle=result.idle, missing=result.missing)

    def _show(self, row: int, process: Process | None, end: float) -> None:
        for mark in (*self.cells[row], self.wants[row], self.gets[row], self.numbers[row]):
            mark.visible = process is not None
        if process is None:
            return
        paint = self.theme.layers["guest" if process.is_vm else "application"]
        self.gets[row].set(
            width=process.cpu, facecolor=paint.fill, edgecolor=paint.line, hatch=paint.hatch
        )
        self.wants[row].width = process.wants
        self._write(row, process, end)

    def _write(self, row: int, process: Process, end: float) -> None:
        words: Sequence[str] = (
            process.name,
            f"{process.nice}",
            _("{memory:,.0f} MB").format(memory=process.memory),
            _STATES[process.state],
        )
        for cell, word in zip(self.cells[row], words, strict=True):
            cell.text = word
        self.numbers[row].set(text=f"{process.cpu:.2f}", x=process.wants + 0.02 * end)
