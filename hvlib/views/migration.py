"""Picture of a migration: the rounds, what clients get meanwhile, and the guest's standstill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvlib.models.migration import Migration, MigrationResult
from hvlib.numbers import duration
from hvlib.views.chart import Asked, Chart, draws
from hvlib.views.panel import Scale
from hvlib.views.theme import NOTE
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
        handles = self._build_rounds(left)
        self._build_service(middle)
        handles += self._build_lens(right)
        columns = 1 if self.narrow else 5
        figure.legend(
            handles=handles,
            loc="outside lower left",
            ncols=columns,
            columnspacing=1.2,
            handlelength=1.6,
        )
        self.aim("total", middle, "x")
        self.aim("downtime", right, "x")
        self.remember(self.sent, self.last, self.still)

    def _build_rounds(self, axes: Axes) -> list[Artist]:
        theme = self.theme
        axes.set_title(_("MB sent by round"))
        axes.set_xlabel(_("round"))
        axes.set_yscale("log")
        axes.set_ylim(LEAST, 40_000)
        axes.set_xlim(0, 10)
        self.rounds_axes = self.panel(axes, Scale(whole=True), Scale(form="plain"))
        (dirtied,) = axes.plot(
            [], [], "--", lw=1.2, color=theme.muted, label=_("dirtied meanwhile")
        )
        (sent,) = axes.plot([], [], "o-", ms=4.5, color=theme.series[0], label=_("guest running"))
        (last,) = axes.plot(
            [], [], "D", ms=8, mfc="none", mew=2, color=theme.bad, label=_("last copy")
        )
        self.sent, self.dirtied, self.last = map(self.live, (sent, dirtied, last))
        self.none = self.live(axes.text(0.5, 0.5, "", transform=axes.transAxes, ha="center"))
        return [sent, dirtied, last]

    def _build_service(self, axes: Axes) -> None:
        theme = self.theme
        axes.set_title(_("Clients get, Mbit/s"))
        axes.set_xlabel(_("seconds"))
        axes.set_xlim(0, 10)
        axes.set_ylim(0, 1000)
        axes.margins(0)
        self.service_axes = self.panel(axes, Scale(most=5))
        (service,) = axes.plot([], [], "-", color=theme.series[2], label=_("clients get"))
        (wanted,) = axes.plot([], [], ":", lw=1.2, color=theme.muted)
        (still,) = axes.plot([], [], "-", lw=7, color=theme.bad, solid_capstyle="butt")
        still.set_zorder(4)
        self.service, self.wanted, self.still_line = map(self.live, (service, wanted, still))

    def _build_lens(self, axes: Axes) -> list[Artist]:
        theme = self.theme
        axes.set_title(_("Guest stands still, ms"))
        axes.set_xlim(0, 200)
        axes.set_ylim(-1, 1)
        axes.set_yticks([])
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
        place = axes.transAxes
        self.note = self.live(
            axes.text(0.03, 0.82, "", transform=place, weight="bold", fontsize=11)
        )
        self.when = self.live(axes.text(0.03, 0.06, "", transform=place, fontsize=NOTE))
        return [copying, resuming]

    def move(self, result: MigrationResult) -> None:
        numbers = range(1, len(result.rounds) + 1)
        self.sent.set_data(numbers, [max(LEAST, r.sent) for r in result.rounds])
        self.dirtied.set_data(numbers, [max(LEAST, r.dirtied) for r in result.rounds])
        shown = result.policy != "post-copy"
        last = ([len(numbers) + 1], [max(LEAST, result.left)]) if shown else ([], [])
        self.last.set_data(*last)
        self.none.set_text("" if shown else _("no rounds:\nthe pages\nfollow the guest"))
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
        self.still.set_width(copying + resuming)
        self.copying.set_width(copying)
        self.resuming.set(x=copying, width=resuming)
        self.note.set_text(duration(result.downtime))
        self.when.set_text(_("from {at:,.1f} s on").format(at=result.stopped_at))
