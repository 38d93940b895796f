"""Picture of a migration: the rounds, what clients get meanwhile, and the guest's standstill."""

from typing import Any

from hvlib.models.migration import Migration, MigrationResult
from hvlib.numbers import duration
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.panel import Scale
from hvlib.views.theme import NOTE
from hvlib.words import _

LEAST = 0.01
"""MB: the lower end of the logarithmic axis."""


@draws(Migration)
class MigrationChart(Chart):
    """Left: MB sent by each round, the last copy apart. Middle: the service that clients see, from
    the first second to the last. Right: the moment in which the guest stands still, in ms.
    """

    size = (7.6, 3.6)
    narrow_size = (3.4, 7.6)
    subject = ("still", "maximum")
    asks = Asked("lens", "x", words=0.4)

    def build(self, figure: Figure) -> None:
        left, middle, right = self.beside(figure, 5, 6, 6)
        self._build_rounds(left)
        self._build_service(middle)
        self._build_lens(right)
        where: dict[str, Any] = {"loc": "outside lower left", "ncols": 1 if self.narrow else 5}
        marks = (self.sent, self.dirtied, self.last, self.copying, self.resuming)
        self.key(figure, marks, columnspacing=1.2, handlelength=1.6, **where)
        self.aim("total", middle, "x")
        self.aim("downtime", right, "x")
        self.remember(self.sent, self.last, self.still)

    def _build_rounds(self, axes: Axes) -> None:
        theme = self.theme
        axes.set(title=_("MB sent by round"), xlabel=_("round"))
        axes.set(yscale="log", xlim=(0, 10), ylim=(LEAST, 40_000))
        self.rounds_axes = self.panel(axes, Scale(whole=True), Scale(form="plain"))
        look: dict[str, Any] = {"color": theme.muted, "label": _("dirtied meanwhile")}
        self.dirtied = self.new_line(axes, "--", lw=1.2, **look)
        look = {"color": theme.series[0], "label": _("guest running")}
        self.sent = self.new_line(axes, "o-", ms=4.5, **look)
        look = {"color": theme.bad, "label": _("last copy")}
        self.last = self.new_line(axes, "D", ms=8, mfc="none", mew=2, **look)
        self.none = self.new_text(axes, 0.5, 0.5, transform=axes.transAxes, ha="center")

    def _build_service(self, axes: Axes) -> None:
        theme = self.theme
        axes.set(title=_("Clients get, Mbit/s"), xlabel=_("seconds"), xlim=(0, 10), ylim=(0, 1000))
        self.service_axes = self.panel(axes, Scale(most=5))
        self.service = self.new_line(axes, color=theme.series[2], label=_("clients get"))
        self.wanted = self.new_line(axes, ":", lw=1.2, color=theme.muted)
        look: dict[str, Any] = {"color": theme.bad, "solid_capstyle": "butt", "zorder": 4}
        self.still_line = self.new_line(axes, lw=7, **look)

    def _build_lens(self, axes: Axes) -> None:
        theme = self.theme
        axes.set(title=_("Guest stands still, ms"), xlim=(0, 200), ylim=(-1, 1), yticks=[])
        axes.grid(axis="x")
        self.lens = self.panel(axes, Scale(most=4, open=True, form="amount"))
        style: dict[str, Any] = {"ec": theme.bad, "lw": 1.5}
        (still,) = axes.barh([0], [0], 0.7, fc="none", **style)
        (copying,) = axes.barh([0], [0], 0.7, fc=theme.bad, **style)
        (resuming,) = axes.barh([0], [0], 0.7, fc=theme.paper, hatch="////", **style)
        copying.set_label(_("copying"))
        resuming.set_label(_("resuming"))
        self.still, self.copying = self.live(still), self.live(copying)
        self.resuming = self.live(resuming)
        place: dict[str, Any] = {"transform": axes.transAxes}
        self.note = self.new_text(axes, 0.03, 0.82, weight="bold", fontsize=11, **place)
        self.when = self.new_text(axes, 0.03, 0.06, fontsize=NOTE, **place)

    def move(self, result: MigrationResult) -> None:
        numbers = range(1, len(result.rounds) + 1)
        self.sent.set_data(numbers, [max(LEAST, r.sent) for r in result.rounds])
        self.dirtied.set_data(numbers, [max(LEAST, r.dirtied) for r in result.rounds])
        shown = result.policy != "post-copy"
        last = ([len(numbers) + 1], [max(LEAST, result.left)]) if shown else ([], [])
        self.last.set_data(*last)
        self.none.text = "" if shown else _("no rounds:\nthe pages\nfollow the guest")
        self.fit(self.rounds_axes, x=max(10, len(numbers) + 1.5))
        self._move_service(result)
        self._move_lens(result)

    def _move_service(self, result: MigrationResult) -> None:
        end = result.total * 1.12
        self.fit(self.service_axes, x=end, y=result.demand * 1.12)
        right = max(end, self.service_axes.get_xlim()[1])
        times = [time for time, _rate in result.service]
        rates = [rate for _time, rate in result.service]
        stairs_x = [t for time in times[1:] for t in (time, time)]
        stairs_y = [r for rate in rates for r in (rate, rate)]
        self.service.set_data([0.0, *stairs_x, right], stairs_y)
        self.wanted.set_data([0, right], [result.demand] * 2)
        start = result.stopped_at
        self.still_line.set_data([start, start + max(result.downtime, right / 80)], [0, 0])

    def _move_lens(self, result: MigrationResult) -> None:
        copying, resuming = 1000 * result.copying, 1000 * result.resuming
        self.fit(self.lens, x=1.15 * (copying + resuming))
        self.still.width = copying + resuming
        self.copying.width = copying
        self.resuming.set(left=copying, width=resuming)
        self.note.text = duration(result.downtime)
        self.when.text = _("from {at:,.1f} s on").format(at=result.stopped_at)
