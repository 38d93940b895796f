"""Pictures of PageWalk (a grid to step through) and NestedPaging (what translation costs)."""

import math
from typing import Any, ClassVar

from hvlib.models.paging import (
    Cost,
    NestedPaging,
    NestedPagingResult,
    PageWalk,
    PageWalkResult,
    Reference,
)
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.marks import Point, corners
from hvlib.views.panel import Scale
from hvlib.views.theme import Layer
from hvlib.words import _

SIDE = 6
"""Rows and columns of the largest walk: five levels and the data or the guest's entry."""


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
        self._build_grid(grid)
        self._build_count(count)
        self._levels: tuple[int, int] = (0, 0)

    def _build_grid(self, axes: Axes) -> None:
        axes.set(title=_("One TLB miss, reference by reference"), xlim=(0, SIDE), ylim=(SIDE, 0))
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        self.grid = self.panel(axes)
        self.cells = self.new_areas(axes, fc="none", ec=self.theme.muted, lw=1)
        look: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 5}
        self.numbers = [self.new_text(axes, 0, 0, **look) for _cell in range(35)]
        nested = self.theme.layers["hypervisor"]
        self.nested = self.new_areas(axes, fc=nested.fill, ec=nested.line)
        self.guest = self.new_areas(axes, **self.theme.layers["guest"].style)
        self.here = self.new_areas(axes, fc="none", ec=self.theme.accent, lw=3, zorder=2)

    def _build_count(self, axes: Axes) -> None:
        self.count = self.panel(axes)
        axes.set(title=_("References"), xlim=(-0.6, 1.6), ylim=(0, 40))
        axes.set_xticks([0, 1], [_("native"), _("nested")])
        axes.axhline(0, color=self.theme.muted, lw=0.8)
        nested = self.theme.layers["hypervisor"]
        bars = [
            axes.bar([0], [0], **self.theme.layers["guest"].style),
            axes.bar([1], [0], fc="none", ec=nested.line, ls="--"),
            axes.bar([1], [0], fc=nested.fill, ec=nested.line),
        ]
        self.bars = [self.live(bar) for (bar,) in bars]
        self.made = self.bars[2]
        self.counts = [self.new_text(axes, x, 0, ha="center", va="bottom") for x in (0, 1)]

    def move(self, result: PageWalkResult) -> None:
        if self._levels != (result.guest, result.host):
            self._lay_out(result)
        made = result.references[: result.done]
        self.nested.verts = [self._square(at) for at in made if at.host]
        self.guest.verts = [self._square(at) for at in made if not at.host]
        at = result.current
        self.here.verts = [self._square(at)] if at else []
        total = len(result.references)
        for bar, height in zip(self.bars, (result.native, total, result.done), strict=True):
            bar.height = height
        self.counts[0].set(text=str(result.native), y=result.native)
        text = _("{done} of {total}").format(done=result.done, total=total)
        self.counts[1].set(text=text, y=total)

    def _lay_out(self, result: PageWalkResult) -> None:
        """Number the cells and name rows and columns for these levels."""
        self._levels = (result.guest, result.host)
        self.cells.verts = [self._square(at) for at in result.references]
        for text in self.numbers:
            text.text = ""
        for number, at in enumerate(result.references):
            column, row = self._place(at)
            self.numbers[number].set(x=column + 0.5, y=row + 0.5, text=str(number + 1))
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

    def _square(self, at: Reference) -> list[Point]:
        column, row = self._place(at)
        return corners(column + 0.06, row + 0.08, column + 0.94, row + 0.92)


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
        axes.set(title=_("Share of one CPU"), xlim=(-0.6, 2.6), ylim=(0, 0.3))
        axes.set_xticks([0, 1, 2], [_("native"), _("shadow"), _("nested")])
        layers: tuple[Layer, ...] = ("hardware", "hypervisor")
        self.walking, self.exiting = (
            [self.live(bar) for bar in axes.bar(range(3), [0] * 3, 0.6, **paint.style)]
            for paint in (self.theme.layers[layer] for layer in layers)
        )
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 9}
        self.totals = [self.new_text(axes, x, 0, **look) for x in range(3)]
        marks = (self.walking[0], self.exiting[0])
        self.key(axes, marks, [_("walks"), _("exits")], loc="upper left", ncols=2)
        self.aim("nested", axes, "y", 0.01)
        self.aim("shadow", axes, "y", 0.01)

    def _build_lines(self, axes: Axes) -> None:
        self.right = self.panel(axes, y=Scale(form="percent"))
        theme = self.theme
        axes.set(title=_("Shadow or nested?"), xlabel=_("page-table updates a second"))
        axes.set(xscale="log", yscale="log", xlim=(1, 1e6), ylim=(1e-4, 1))
        self.shadow = self.new_line(axes, "--", color=theme.series[1], label=_("shadow"))
        self.nested = self.new_line(axes, color=theme.series[0], label=_("nested"))
        look: dict[str, Any] = {"color": theme.ink, "ls": "none", "label": _("same cost")}
        self.level = self.new_line(axes, "D", ms=8, **look)
        self.now = self.live(axes.axvline(1, ls=":", color=theme.muted, lw=1.5, label=_("now")))
        self.spot = self.new_ring(axes, 12, 2.2)
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
        self.now.x = [result.updates, result.updates]
        self.spot.set_data([result.updates], [shadow.share])

    def _fit_decades(self, least: float, most: float) -> None:
        """Let the right picture hold both costs, with room for the legend above."""
        if self.held:
            return
        bottom, top = math.floor(math.log10(least)), math.ceil(math.log10(most))
        self.right.set_ylim(10.0**bottom, 10.0 ** (top + 0.4 * (top - bottom)))

    def _move_bar(self, place: int, cost: Cost) -> None:
        self.walking[place].height = cost.walking
        self.exiting[place].set(height=cost.exits, low=cost.walking)
        text = _("{share:.1%}").format(share=cost.share)
        self.totals[place].set(text=text, y=cost.share)
