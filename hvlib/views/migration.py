"""Picture of a migration: what each round sends, and what clients get meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvlib.models.migration import Migration, MigrationResult
from hvlib.numbers import duration
from hvlib.views.chart import Chart, draws
from hvlib.views.guess import Asked
from hvlib.views.panel import Scale
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = 0.01
"""MB: the lower end of the logarithmic axis."""


@draws(Migration)
class MigrationChart(Chart):
    """Left: MB sent by each round, the last copy apart. Right: the service that clients see."""

    size = (7.6, 3.4)
    asks = Asked("service_axes", "x", lambda ms, result: result.stopped_at + ms / 1000)

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 2, 3)
        theme = self.theme
        left.set_title(_("MB sent by round"))
        left.set_xlabel(_("round"))
        left.set_yscale("log")
        left.set_ylim(LEAST, 40_000)
        left.set_xlim(0, 10)
        self.rounds_axes = self.panel(left, Scale(whole=True), Scale(form="plain"))
        (dirtied,) = left.plot(
            [], [], "--", lw=1.2, color=theme.muted, label=_("dirtied meanwhile")
        )
        (sent,) = left.plot([], [], "o-", ms=4.5, color=theme.series[0], label=_("guest running"))
        (last,) = left.plot(
            [], [], "D", ms=8, mfc="none", mew=2, color=theme.bad, label=_("guest standing still")
        )
        self.sent, self.dirtied, self.last = map(self.live, (sent, dirtied, last))
        columns = 1 if self.narrow else 3
        figure.legend(handles=[sent, dirtied, last], loc="outside lower left", ncols=columns)
        self.none = self.live(left.text(0.5, 0.5, "", transform=left.transAxes, ha="center"))
        right.set_title(_("Clients get, Mbit/s"))
        right.set_xlabel(_("seconds"))
        right.set_xlim(0, 10)
        right.set_ylim(0, 1000)
        right.margins(0)
        self.service_axes = self.panel(right)
        (service,) = right.plot([], [], "-", color=theme.series[2])
        (wanted,) = right.plot([], [], ":", lw=1.2, color=theme.muted)
        (still,) = right.plot([], [], "-", lw=7, color=theme.bad, solid_capstyle="butt")
        still.set_zorder(4)
        self.service, self.wanted, self.still_line = map(self.live, (service, wanted, still))
        self.note = self.live(
            right.text(
                0.06,
                0.12,
                "",
                transform=right.transAxes,
                color=theme.ink,
                bbox={"facecolor": theme.paper, "edgecolor": theme.bad, "pad": 4},
            )
        )

    def move(self, result: MigrationResult) -> None:
        numbers = range(1, len(result.rounds) + 1)
        self.sent.set_data(numbers, [max(LEAST, r.sent) for r in result.rounds])
        self.dirtied.set_data(numbers, [max(LEAST, r.dirtied) for r in result.rounds])
        shown = result.policy != "post-copy"
        last = ([len(numbers) + 1], [max(LEAST, result.left)]) if shown else ([], [])
        self.last.set_data(*last)
        self.none.set_text("" if shown else _("no rounds:\nthe pages follow the guest"))
        self.fit(self.rounds_axes, x=max(10, len(numbers) + 1.5))
        self._move_service(result)

    def _move_service(self, result: MigrationResult) -> None:
        end = result.total * 1.12
        self.fit(self.service_axes, x=end, y=result.demand * 1.12)
        right = self.service_axes.get_xlim()[1]
        times = [time for time, _rate in result.service]
        rates = [rate for _time, rate in result.service]
        stairs_x = [t for time in times[1:] for t in (time, time)]
        stairs_y = [r for rate in rates for r in (rate, rate)]
        self.service.set_data([0.0, *stairs_x, right], stairs_y)
        self.wanted.set_data([0, right], [result.demand] * 2)
        start = result.stopped_at
        self.still_line.set_data([start, start + max(result.downtime, right / 80)], [0, 0])
        text = _("stands still for {time} at {at:,.1f} s")
        self.note.set_text(text.format(time=duration(result.downtime), at=start))
