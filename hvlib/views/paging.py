"""Pictures of PageWalk (a grid to step through) and NestedPaging (what translation costs)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from hvlib.models.paging import (
    Cost,
    NestedPaging,
    NestedPagingResult,
    PageWalk,
    PageWalkResult,
    Reference,
)
from hvlib.views.chart import Asked, Chart, draws
from hvlib.views.panel import Scale
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE = 6
"""Rows and columns of the largest walk: five levels and the data or the guest's entry."""

Corners = list[tuple[float, float]]


@draws(PageWalk)
class PageWalkChart(Chart):
    """The references of a walk as a numbered grid; those already made are filled.

    One row for each guest level and one for the data. In a row the nested levels come first, then
    (dotted) the guest's own entry. Right: references made, beside those of a native miss.
    """

    size = (7.6, 3.6)
    asks = Asked("count", "y")
    subject = ("made", "step")
    handles: ClassVar[dict[str, str]] = {"cells": "step"}

    def build(self, figure: Figure) -> None:
        grid, count = self.beside(figure, 3.4, 1)
        self.grid = self.panel(grid)
        theme = self.theme
        grid.set_title(_("One TLB miss, reference by reference"))
        grid.grid(visible=False)
        grid.set_xlim(0, SIDE)
        grid.set_ylim(SIDE, 0)
        grid.tick_params(length=0)
        for spine in grid.spines.values():
            spine.set_visible(False)
        cells = grid.broken_barh([], (0, 1), facecolor="none", edgecolor=theme.muted, lw=1)
        self.cells = self.live(cells)
        self.numbers = [
            self.live(grid.text(0, 0, "", ha="center", va="center", zorder=5))
            for _cell in range(35)
        ]
        nested, guest = theme.layers["hypervisor"], theme.layers["guest"]
        self.nested, self.guest = (
            self.live(
                grid.broken_barh(
                    [], (0, 1), facecolor=paint.fill, edgecolor=paint.line, hatch=hatch
                )
            )
            for paint, hatch in ((nested, ""), (guest, ".."))
        )
        here = grid.broken_barh([], (0, 1), fc="none", ec=theme.accent, lw=3, zorder=2)
        self.here = self.live(here)
        self._build_count(count)
        self._levels: tuple[int, int] = (0, 0)

    def _build_count(self, axes: Axes) -> None:
        theme = self.theme
        self.count = self.panel(axes)
        axes.set_title(_("References"))
        axes.set_xticks([0, 1], [_("native"), _("nested")])
        axes.set_ylim(0, 40)
        axes.set_xlim(-0.6, 1.6)
        axes.axhline(0, color=theme.muted, lw=0.8)
        guest, nested = theme.layers["guest"], theme.layers["hypervisor"]
        self.bars = [
            self.live(axes.bar([0], [0], color=guest.fill, edgecolor=guest.line, hatch="..")[0]),
            self.live(axes.bar([1], [0], facecolor="none", edgecolor=nested.line, ls="--")[0]),
            self.live(axes.bar([1], [0], color=nested.fill, edgecolor=nested.line)[0]),
        ]
        self.made = self.bars[2]
        self.counts = [self.live(axes.text(x, 0, "", ha="center", va="bottom")) for x in (0, 1)]

    def move(self, result: PageWalkResult) -> None:
        if self._levels != (result.guest, result.host):
            self._lay_out(result)
        made = result.references[: result.done]
        self.nested.set_verts([self._square(at) for at in made if at.host])
        self.guest.set_verts([self._square(at) for at in made if not at.host])
        at = result.current
        self.here.set_verts([self._square(at)] if at else [])
        total = len(result.references)
        for bar, height in zip(self.bars, (result.native, total, result.done), strict=True):
            bar.set_height(height)
        self.counts[0].set_text(str(result.native))
        self.counts[0].set_y(result.native)
        self.counts[1].set_text(_("{done} of {total}").format(done=result.done, total=total))
        self.counts[1].set_y(total)

    def _lay_out(self, result: PageWalkResult) -> None:
        """Number the cells and name rows and columns for these levels."""
        self._levels = (result.guest, result.host)
        self.cells.set_verts([self._square(at) for at in result.references])
        for text in self.numbers:
            text.set_text("")
        for number, at in enumerate(result.references):
            column, row = self._place(at)
            self.numbers[number].set_position((column + 0.5, row + 0.5))
            self.numbers[number].set_text(str(number + 1))
        rows = [_("guest level {n}").format(n=n) for n in range(result.guest, 0, -1)]
        columns = [_("nested\n{n}").format(n=n) for n in range(result.host, 0, -1)]
        self.grid.set_ylim(result.guest + 1, 0)
        self.grid.set_xlim(0, result.host + 1)
        self.grid.set_yticks([n + 0.5 for n in range(result.guest + 1)], [*rows, _("the data")])
        names = [*columns, _("guest\nentry")]
        self.grid.set_xticks([n + 0.5 for n in range(result.host + 1)], names)

    def pulled(self, knob: str, x: float, y: float) -> Any:
        """The step at which the cell under the hand is read."""
        guest, host = self._levels
        column, row = min(int(x), host), min(int(y), guest)
        return row * (host + 1) + column + 1

    def _place(self, at: Reference) -> tuple[int, int]:
        guest, host = self._levels
        return host - at.host, guest - at.guest

    def _square(self, at: Reference) -> Corners:
        column, row = self._place(at)
        left, top, right, bottom = column + 0.06, row + 0.08, column + 0.94, row + 0.92
        return [(left, top), (right, top), (right, bottom), (left, bottom)]


@draws(NestedPaging)
class NestedPagingChart(Chart):
    """Left: the share of one CPU by scheme, walks and exits stacked. Right: shadow against nested
    over the rate of page-table updates, with the point where they cost the same.
    """

    size = (7.6, 3.4)
    subject = ("spot", "updates")
    handles: ClassVar[dict[str, str]] = {"now": "updates", "spot": "updates"}

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 2, 3)
        self.left = self.panel(left, y=Scale(form="percent"))
        self._build_bars(left)
        self._build_lines(right)

    def _build_bars(self, axes: Axes) -> None:
        theme = self.theme
        walks, exits = theme.layers["hardware"], theme.layers["hypervisor"]
        axes.set_title(_("Share of one CPU"))
        axes.set_xticks([0, 1, 2], [_("native"), _("shadow"), _("nested")])
        axes.set_xlim(-0.6, 2.6)
        axes.set_ylim(0, 0.3)
        walking = axes.bar(
            [0, 1, 2], [0, 0, 0], 0.6, color=walks.fill, edgecolor=walks.line, hatch="//"
        )
        exiting = axes.bar(
            [0, 1, 2], [0, 0, 0], 0.6, color=exits.fill, edgecolor=exits.line, hatch="xx"
        )
        self.walking = [self.live(bar) for bar in walking]
        self.exiting = [self.live(bar) for bar in exiting]
        self.totals = [
            self.live(axes.text(x, 0, "", ha="center", va="bottom", fontsize=9)) for x in range(3)
        ]
        axes.legend([walking, exiting], [_("walks"), _("exits")], loc="upper left", ncols=2)
        self.aim("nested", axes, "y", 0.01)
        self.aim("shadow", axes, "y", 0.01)

    def _build_lines(self, axes: Axes) -> None:
        self.right = self.panel(axes, y=Scale(form="percent"))
        theme = self.theme
        axes.set_title(_("Shadow or nested?"))
        axes.set_xlabel(_("page-table updates a second"))
        axes.set(xscale="log", yscale="log", xlim=(1, 1e6), ylim=(1e-4, 1))
        (shadow,) = axes.plot([], [], "--", color=theme.series[1], label=_("shadow"))
        (nested,) = axes.plot([], [], "-", color=theme.series[0], label=_("nested"))
        (level,) = axes.plot([], [], "D", ms=8, color=theme.ink, label=_("same cost"), ls="none")
        now = axes.axvline(1, ls=":", color=theme.muted, lw=1.5, label=_("now"))
        (spot,) = axes.plot([], [], "o", ms=12, mfc="none", mew=2.2, color=theme.bad, ls="none")
        self.spot = self.live(spot)
        self.shadow, self.nested, self.level, self.now = map(
            self.live, (shadow, nested, level, now)
        )
        axes.legend(loc="upper left", ncols=2)
        self.remember(self.shadow, self.nested, self.level, self.spot)

    def move(self, result: NestedPagingResult) -> None:
        self.fit(self.left, y=1.25 * max(cost.share for cost in result.costs))
        for place, cost in enumerate(result.costs):
            self._move_bar(place, cost)
        rates = [10 ** (n / 20) for n in range(121)]
        shadow, nested = result.cost("shadow"), result.cost("nested").share
        each = shadow.exits / result.updates
        costs = [shadow.walking + rate * each for rate in rates]
        self._fit_decades(costs[0], max(costs[-1], nested))
        self.shadow.set_data(rates, costs)
        self.nested.set_data([1, 1e6], [nested, nested])
        self.level.set_data([result.crossover], [nested])
        self.now.set_xdata([result.updates, result.updates])
        self.spot.set_data([result.updates], [shadow.share])

    def _fit_decades(self, least: float, most: float) -> None:
        """Let the right picture hold both costs, with room for the legend above."""
        if self.held:
            return
        bottom, top = math.floor(math.log10(least)), math.ceil(math.log10(most))
        self.right.set_ylim(10.0**bottom, 10.0 ** (top + 0.4 * (top - bottom)))

    def _move_bar(self, place: int, cost: Cost) -> None:
        self.walking[place].set_height(cost.walking)
        self.exiting[place].set_height(cost.exits)
        self.exiting[place].set_y(cost.walking)
        self.totals[place].set_text(_("{share:.1%}").format(share=cost.share))
        self.totals[place].set_y(cost.share)
