"""Picture of CpuLimit: one request as the quota lets it run, and what it does to the slowest."""

from typing import Any

from hvlib.models.throttling import CpuLimit, CpuLimitResult, Stretch
from hvlib.numbers import digits
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.marks import Point, corners
from hvlib.views.panel import Scale
from hvlib.views.theme import NOTE
from hvlib.words import _

_ROWS = (_("slowest of 100"), _("median"))


@draws(CpuLimit)
class CpuLimitChart(Chart):
    """Left: the CPUs that one request uses, and where it stands still. Right: latencies."""

    size = (7.6, 3.4)
    subject = ("slowest", "limit")
    asks = Asked("request", "x", words=0.5)

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 1, 1)
        self._build_request(left)
        self._build_latencies(right)
        self.slowest = self.bars[1][0]
        self.aim("slowest", right, "x")
        self.remember(*self.bars[1])

    def _build_request(self, axes: Axes) -> None:
        theme = self.theme
        axes.set(title=_("One request: CPUs in use"), xlim=(0, 250), ylim=(0, 10))
        axes.set_xlabel(_("ms since it came, with a period’s start"), fontsize=NOTE)
        axes.grid(visible=False)
        self.request = self.panel(axes)
        self.edges = self.live(axes.vlines([], 0, 1, color=theme.muted, lw=1, ls=":"))
        line = theme.layers["host"].line
        self.still = self.new_areas(axes, fc="none", ec=line, hatch="xx", lw=0)
        self.runs = self.new_areas(axes, **theme.layers["application"].style)
        self.limit = self.new_line(axes, "--", color=theme.bad, lw=1.5)
        names = [_("runs"), _("stands still"), _("limit")]
        self.key(axes, (self.runs, self.still, self.limit), names, loc="upper right", ncols=3)

    def _build_latencies(self, axes: Axes) -> None:
        axes.set(title=_("Latency of requests, ms"), xlim=(0, 300), ylim=(-0.6, 1.9))
        self.name_rows(axes, _ROWS)
        self.latencies = self.panel(axes, Scale(form="amount"))
        above, below = [0.18, 1.18], [-0.18, 0.82]
        look: dict[str, Any] = {"hatch": "", "label": _("without limit")}
        free = self.new_bars(axes, above, "application", 0.32, **look)
        look = {"hatch": "xx", "label": _("with it")}
        self.bars = [free, self.new_bars(axes, below, "host", 0.32, **look)]
        look = {"va": "center", "fontsize": NOTE}
        self.numbers = [
            [self.new_text(axes, 0, row, **look) for row in rows] for rows in (above, below)
        ]
        axes.legend(loc="upper right", ncols=2)

    def move(self, result: CpuLimitResult) -> None:
        self._move_request(result)
        pairs = ((result.free_tail, result.free_typical), (result.tail, result.typical))
        most = max(max(pair) for pair in pairs)
        self.fit(self.latencies, x=1.25 * most)
        for bars, numbers, values in zip(self.bars, self.numbers, pairs, strict=True):
            for bar, number, value in zip(bars, numbers, values, strict=True):
                bar.width = value
                number.set(x=value + 0.02 * most, text=digits(value, 2))

    def _move_request(self, result: CpuLimitResult) -> None:
        end, high = result.one[-1].end, max(result.cpus, result.limit)
        self.fit(self.request, x=1.02 * end, y=1.35 * high)
        self.runs.verts = [_box(s, s.cpus) for s in result.one if s.cpus]
        self.still.verts = [_box(s, result.cpus) for s in result.one if not s.cpus]
        self.limit.set_data([0, 1e6], [result.limit, result.limit])
        periods = range(1, int(end / result.period) + 1)
        self.edges.verts = [
            [(n * result.period, 0), (n * result.period, 1.05 * high)] for n in periods
        ]


def _box(stretch: Stretch, high: float) -> list[Point]:
    return corners(stretch.start, 0, stretch.end, high)
