"""Pictures of ImageFleet (storing and pulling) and Portability (where an image runs)."""

from __future__ import annotations

from itertools import accumulate, pairwise, zip_longest
from typing import TYPE_CHECKING, Any

from hvlib.columns import fill
from hvlib.models.images import ImageFleet, ImageFleetResult, Portability, PortabilityResult
from hvlib.numbers import three_digits
from hvlib.views.chart import Chart, draws
from hvlib.views.marks import Bar, Text
from hvlib.views.panel import Panel, Scale
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _, pgettext

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STORES: tuple[tuple[str, str, Layer], ...] = (
    ("VM disks", _("VM disks"), "guest"),
    ("whole images", _("whole images"), "application"),
    ("layers", _("layers, each once"), "runtime"),
)
_PULLS: tuple[tuple[str, str, Layer], ...] = (
    ("vm", _("a VM disk"), "guest"),
    ("first", _("first image"), "runtime"),
    ("next", _("next image"), "runtime"),
    ("update", _("an update"), "runtime"),
)
COLUMNS = 8
"""Services whose layers are drawn."""
_Bars = tuple[Panel, list[tuple[Bar, Text]]]


@draws(ImageFleet)
class ImageFleetChart(Chart):
    """Left: the layers of some services as bricks, a shared one once. Middle: gigabytes in the
    registry. Right: seconds to pull.
    """

    size = (7.6, 3.6)
    narrow_size = (3.4, 7.4)
    subject = ("base", "bases")

    def build(self, figure: Figure) -> None:
        bricks, registry, pulls = self.beside(figure, 6, 4, 4)
        self._build_bricks(bricks)
        names = [name for _key, name, _layer in _STORES]
        layers = [layer for _key, _name, layer in _STORES]
        self._scale(registry, _("Registry, GB"), names)
        self.registry = self._bars(registry, layers)
        self._scale(pulls, _("Pull, seconds"), [name for _key, name, _layer in _PULLS])
        self.pulls = self._bars(pulls, [layer for _key, _name, layer in _PULLS])
        self.aim("registry", registry, "x")
        self.aim("next", pulls, "x")
        for _panel, rows in (self.registry, self.pulls):
            self.remember(*(bar for bar, _text in rows))

    def _build_bricks(self, axes: Axes) -> None:
        from matplotlib.collections import PolyCollection

        axes.set_title(_("Layers, each once"))
        axes.set_xticks([])
        axes.set(xlim=(0, COLUMNS), ylim=(0, 3.6))
        axes.grid(visible=False)
        axes.set_yticks([0.5, 1.5, 2.5], [_("base"), _("depen-\ndencies"), _("program")])
        axes.tick_params(axis="y", length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        self.bricks = self.panel(axes)
        base, own = self.theme.layers["host"], self.theme.layers["runtime"]
        bricks = [
            PolyCollection([], fc=paint.fill, ec=paint.line, lw=1, hatch=hatch, label=name)
            for paint, hatch, name in (
                (base, "", _("a base, shared")),
                (own, "\\\\", _("dependencies")),
                (self.theme.layers["application"], "", _("a program")),
            )
        ]
        for areas in bricks:
            axes.add_collection(areas, autolim=False)
        self.base, self.own, self.programs = map(self.live, bricks)
        pulled = PolyCollection([], fc="none", ec=self.theme.bad, lw=2.4, label=_("next image"))
        axes.add_collection(pulled, autolim=False)
        self.pulled_bricks = self.live(pulled)
        self.names = [
            self.live(axes.text(0, 0.5, "", ha="center", va="center", fontsize=NOTE))
            for _base in range(COLUMNS)
        ]
        place = axes.transAxes
        self.more = self.live(
            axes.text(1, 0.99, "", transform=place, ha="right", va="top", fontsize=NOTE)
        )
        self.next = self.live(
            axes.text(0, -0.03, "", transform=place, color=self.theme.bad, va="top", fontsize=NOTE)
        )

    def _scale(self, axes: Axes, title: str, names: list[str]) -> None:
        axes.set_title(title)
        axes.set_xlim(0, 1)
        self.panel(axes, Scale(most=4, open=True, form="three_digits"))
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")

    def _bars(self, axes: Axes, layers: list[Layer]) -> _Bars:
        bars = []
        for row, layer in enumerate(layers):
            paint = self.theme.layers[layer]
            style: dict[str, Any] = {
                "color": paint.fill,
                "edgecolor": paint.line,
                "hatch": paint.hatch,
            }
            bars.append(self.live(axes.barh([row], [0], height=0.55, **style)[0]))
        texts = [
            self.live(axes.text(1, row, "", va="center", fontsize=NOTE))
            for row in range(len(layers))
        ]
        return self.panel(axes), list(zip(bars, texts, strict=True))

    def move(self, result: ImageFleetResult) -> None:
        self._move_bricks(result)
        self._show(self.registry, [result.registry[key] / 1000 for key, _n, _l in _STORES])
        pulls = {**result.pulls, "vm": result.vm_pull}
        self._show(self.pulls, [pulls[key] for key, _n, _l in _PULLS])

    def _move_bricks(self, result: ImageFleetResult) -> None:
        shown = min(result.services, COLUMNS)
        self.bricks.set_xlim(0, shown)
        groups = [list(range(base, shown, result.bases)) for base in range(result.bases)]
        groups = [group for group in groups if group]
        ends = [0, *accumulate(len(group) for group in groups)]
        spans = list(pairwise(ends))
        self.base.set_verts([_brick(left, right, 0) for left, right in spans])
        self.own.set_verts([_brick(n, n + 1, 1) for n in range(shown)])
        self.programs.set_verts([_brick(n, n + 1, 2) for n in range(shown)])
        last = shown - 1
        fresh = [_brick(last, last + 1, row) for row in (1, 2)]
        alone = spans[-1][1] - spans[-1][0] == 1
        self.pulled_bricks.set_verts([*fresh, *([_brick(*spans[-1], 0)] if alone else [])])
        for text, span in zip_longest(self.names, spans):
            text.set_text(_("{size} MB").format(size=three_digits(result.sizes[0])) if span else "")
            text.set_position((sum(span) / 2 if span else 0, 0.5))
            text.set_visible(bool(span) and span[1] - span[0] > 1)
        more = _("services: {n}")
        if shown < result.services:
            more = _("{shown} of {n} services")
        self.more.set_text(more.format(shown=shown, n=result.services))
        self.next.set_text(_("outlined: what the last one pulls"))

    def _show(self, bars: _Bars, values: list[float]) -> None:
        panel, rows = bars
        self.fit(panel, x=1.45 * max(values))  # the number of the longest bar needs room
        for (bar, text), value in zip(rows, values, strict=True):
            bar.set_width(value)
            text.set_x(value + 0.03 * panel.get_xlim()[1])
            text.set_text(three_digits(value))


def _brick(left: float, right: float, row: int) -> list[tuple[float, float]]:
    a, b, low, high = left + 0.06, right - 0.06, row + 0.06, row + 0.94
    return [(a, low), (b, low), (b, high), (a, high)]


ROWS = (1.9, 0.7)
"""Where the verdicts on container and VM stand."""


@draws(Portability)
class PortabilityChart(Chart):
    """Top: what a container needs of the host, with tick or cross. Below: where the container and
    the VM end up, from not running at all to running at full speed.
    """

    size = (7.6, 3.6)
    narrow_size = (3.4, 4.6)
    subject = ("container", "os")

    def build(self, figure: Figure) -> None:
        checks, field = figure.subplots(2, 1, height_ratios=(5, 3))
        for axes in (checks, field):
            axes.set_axis_off()
            axes.set_xlim(0, 1)
        checks.set_ylim(-0.4, 5)
        checks.set_title(_("Does the image run on the host?"))
        self.lines = [
            [
                self.live(checks.text(x, 4.4 - row, "", va="center", fontsize=size))
                for x, size in ((0.0, 13), (0.07, 10), (0.47, NOTE))
            ]
            for row in range(5)
        ]
        self._build_field(field)
        self.remember(*self.tokens)

    def _build_field(self, axes: Axes) -> None:
        axes.set_ylim(0, 3.4)
        paints = self.theme.bad, self.theme.warn, self.theme.good
        names = _("doesn't run"), _("runs slowly"), pgettext("image", "runs")
        for zone, (paint, name) in enumerate(zip(paints, names, strict=True)):
            left, right = 0.3 + zone * 0.235, 0.3 + zone * 0.235 + 0.22
            axes.plot([left, right], [2.75, 2.75], color=paint, lw=3, solid_capstyle="butt")
            axes.text(
                (left + right) / 2, 2.9, name, ha="center", va="bottom", color=paint, fontsize=NOTE
            )
        self.tokens = []
        heads = _("as a container"), _("as a VM")
        looks = self.theme.layers["runtime"], self.theme.layers["guest"]
        for row, head, look in zip(ROWS, heads, looks, strict=True):
            axes.text(0, row, head, va="center", weight="bold")
            (token,) = axes.plot(
                [], [], "s", ms=15, mfc=look.fill, mec=look.line, mew=2, label=head
            )
            self.tokens.append(self.live(token))
        self.container = self.tokens[0]

    def move(self, result: PortabilityResult) -> None:
        for line, (name, ok, reason) in zip(self.lines, result.checks, strict=True):
            words = (_mark(ok), name, "" if ok else fill(reason, 27))
            for text, word in zip(line, words, strict=True):
                text.set_text(word)
            line[0].set_color(self.theme.good if ok else self.theme.bad)
        verdicts = (result.container, result.vm)
        for token, row, verdict in zip(self.tokens, ROWS, verdicts, strict=True):
            zone = 0 if not verdict.ok else 1 if verdict.emulated else 2
            token.set_data([0.41 + zone * 0.235], [row])


def _mark(ok: bool) -> str:
    return "✓" if ok else "✗"
