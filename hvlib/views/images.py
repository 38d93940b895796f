"""Pictures of ImageFleet (storing and pulling) and Portability (where an image runs)."""

from collections.abc import Sequence
from itertools import accumulate, pairwise, zip_longest
from typing import Any

from hvlib.columns import fill
from hvlib.models.images import ImageFleet, ImageFleetResult, Portability, PortabilityResult
from hvlib.numbers import three_digits
from hvlib.views.chart import Axes, Chart, Figure, draws
from hvlib.views.marks import Bar, Point, Text, corners
from hvlib.views.panel import Panel, Scale
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _, pgettext

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
        self.registry = self._build_bars(registry, _("Registry, GB"), _STORES)
        self.pulls = self._build_bars(pulls, _("Pull, seconds"), _PULLS)
        self.aim("registry", registry, "x")
        self.aim("next", pulls, "x")
        for _panel, rows in (self.registry, self.pulls):
            self.remember(*(bar for bar, _text in rows))

    def _build_bricks(self, axes: Axes) -> None:
        axes.set(title=_("Layers, each once"), xlim=(0, COLUMNS), ylim=(0, 3.6), xticks=[])
        axes.grid(visible=False)
        axes.set_yticks([0.5, 1.5, 2.5], [_("base"), _("depen-\ndencies"), _("program")])
        axes.tick_params(axis="y", length=0)
        axes.spines[:].set_visible(False)
        self.bricks = self.panel(axes)
        layers = self.theme.layers
        look = {**layers["host"].style, "label": _("a base, shared")}
        self.base = self.new_areas(axes, lw=1, **look)
        look = {**layers["runtime"].style, "label": _("dependencies")}
        self.own = self.new_areas(axes, lw=1, **look)
        look = {**layers["application"].style, "hatch": "", "label": _("a program")}
        self.programs = self.new_areas(axes, lw=1, **look)
        look = {"fc": "none", "ec": self.theme.bad, "label": _("next image")}
        self.pulled_bricks = self.new_areas(axes, lw=2.4, **look)
        self._build_names(axes)

    def _build_names(self, axes: Axes) -> None:
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": NOTE}
        self.names = [self.new_text(axes, 0, 0.5, **look) for _base in range(COLUMNS)]
        place: dict[str, Any] = {"transform": axes.transAxes, "va": "top", "fontsize": NOTE}
        self.more = self.new_text(axes, 1, 0.99, ha="right", **place)
        self.next = self.new_text(axes, 0, -0.03, color=self.theme.bad, **place)

    def _build_bars(self, axes: Axes, title: str, rows: Sequence[tuple[str, str, Layer]]) -> _Bars:
        axes.set(title=title, xlim=(0, 1), ylim=(-0.6, len(rows) - 0.4))
        self.name_rows(axes, [name for _key, name, _layer in rows])
        bars = [
            self.new_bars(axes, [row], layer, 0.55)[0]
            for row, (_key, _name, layer) in enumerate(rows)
        ]
        texts = [
            self.new_text(axes, 1, row, va="center", fontsize=NOTE) for row in range(len(rows))
        ]
        panel = self.panel(axes, Scale(most=4, open=True, form="three_digits"))
        return panel, list(zip(bars, texts, strict=True))

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
        self.base.verts = [_brick(left, right, 0) for left, right in spans]
        self.own.verts = [_brick(n, n + 1, 1) for n in range(shown)]
        self.programs.verts = [_brick(n, n + 1, 2) for n in range(shown)]
        last = shown - 1
        fresh = [_brick(last, last + 1, row) for row in (1, 2)]
        alone = spans[-1][1] - spans[-1][0] == 1
        self.pulled_bricks.verts = [*fresh, *([_brick(*spans[-1], 0)] if alone else [])]
        for text, span in zip_longest(self.names, spans):
            text.text = _("{size} MB").format(size=three_digits(result.sizes[0])) if span else ""
            text.x = sum(span) / 2 if span else 0
            text.visible = bool(span) and span[1] - span[0] > 1
        more = _("{shown} of {n} services") if shown < result.services else _("services: {n}")
        self.more.text = more.format(shown=shown, n=result.services)
        self.next.text = _("outlined: what the last one pulls")

    def _show(self, bars: _Bars, values: list[float]) -> None:
        panel, rows = bars
        self.fit(panel, x=1.45 * max(values))  # the number of the longest bar needs room
        for (bar, text), value in zip(rows, values, strict=True):
            bar.width = value
            text.set(x=value + 0.03 * panel.get_xlim()[1], text=three_digits(value))


def _brick(left: float, right: float, row: int) -> list[Point]:
    return corners(left + 0.06, row + 0.06, right - 0.06, row + 0.94)


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
        checks.set(ylim=(-0.4, 5), title=_("Does the image run on the host?"))
        self.lines = [
            [
                self.new_text(checks, x, 4.4 - row, va="center", fontsize=size)
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
        place: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": NOTE}
        for zone, (paint, name) in enumerate(zip(paints, names, strict=True)):
            left, right = 0.3 + zone * 0.235, 0.3 + zone * 0.235 + 0.22
            axes.plot([left, right], [2.75, 2.75], color=paint, lw=3, solid_capstyle="butt")
            axes.text((left + right) / 2, 2.9, name, color=paint, **place)
        self.tokens = []
        heads = _("as a container"), _("as a VM")
        paints_of = self.theme.layers["runtime"], self.theme.layers["guest"]
        for row, head, of in zip(ROWS, heads, paints_of, strict=True):
            axes.text(0, row, head, va="center", weight="bold")
            look: dict[str, Any] = {"mfc": of.fill, "mec": of.line, "mew": 2, "label": head}
            self.tokens.append(self.new_line(axes, "s", ms=15, **look))
        self.container = self.tokens[0]

    def move(self, result: PortabilityResult) -> None:
        for line, (name, ok, reason) in zip(self.lines, result.checks, strict=True):
            words = (_mark(ok), name, "" if ok else fill(reason, 27))
            for text, word in zip(line, words, strict=True):
                text.text = word
            line[0].set_color(self.theme.good if ok else self.theme.bad)
        verdicts = (result.container, result.vm)
        for token, row, verdict in zip(self.tokens, ROWS, verdicts, strict=True):
            zone = 0 if not verdict.ok else 1 if verdict.emulated else 2
            token.set_data([0.41 + zone * 0.235], [row])


def _mark(ok: bool) -> str:
    return "✓" if ok else "✗"
