"""Pictures of ImageFleet (storing and pulling) and Portability (where an image runs)."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from hvlib.models.images import (
    ImageFleet,
    ImageFleetResult,
    Portability,
    PortabilityResult,
    Verdict,
)
from hvlib.numbers import three_digits
from hvlib.views.chart import Chart, draws
from hvlib.views.marks import Bar, Text
from hvlib.views.panel import Panel, Scale
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

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
_Bars = tuple[Panel, list[tuple[Bar, Text]]]


@draws(ImageFleet)
class ImageFleetChart(Chart):
    """Left: gigabytes in the registry and on a host. Right: seconds to pull."""

    size = (7.6, 3.4)
    narrow_size = (3.4, 6.4)

    def build(self, figure: Figure) -> None:
        registry, host, pulls = self.beside(figure, 1, 1, 1)
        names = [name for _key, name, _layer in _STORES]
        layers = [layer for _key, _name, layer in _STORES]
        self._scale(registry, _("Registry, GB"), names)
        self._scale(host, _("One host, GB"), names)
        host.tick_params(axis="y", labelleft=self.narrow)
        self.registry = self._bars(registry, layers)
        self.host = self._bars(host, layers)
        self._scale(pulls, _("Pull, seconds"), [name for _key, name, _layer in _PULLS])
        self.pulls = self._bars(pulls, [layer for _key, _name, layer in _PULLS])

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
        self._show(self.registry, [result.registry[key] / 1000 for key, _n, _l in _STORES])
        self._show(self.host, [result.host[key] / 1000 for key, _n, _l in _STORES])
        pulls = {**result.pulls, "vm": result.vm_pull}
        self._show(self.pulls, [pulls[key] for key, _n, _l in _PULLS])

    def _show(self, bars: _Bars, values: list[float]) -> None:
        panel, rows = bars
        self.fit(panel, x=1.45 * max(values))  # the number of the longest bar needs room
        for (bar, text), value in zip(rows, values, strict=True):
            bar.set_width(value)
            text.set_x(value + 0.03 * panel.get_xlim()[1])
            text.set_text(three_digits(value))


@draws(Portability)
class PortabilityChart(Chart):
    """A check list: what a container needs of the host, with tick or cross, and the verdicts."""

    size = (7.6, 3.6)
    narrow_size = (3.4, 4.2)

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.2, 7.6)
        axes.set_title(_("Does the image run on the host?"))
        self.lines = [
            [
                self.live(axes.text(x, 6.9 - row, "", va="center", fontsize=size))
                for x, size in ((0.0, 13), (0.07, 10), (0.33, 10))
            ]
            for row in range(5)
        ]
        axes.axhline(2.35, color=self.theme.muted, lw=0.8)
        self.verdicts = [self.live(axes.text(0.0, y, "", va="top")) for y in (2.0, 0.75)]

    def move(self, result: PortabilityResult) -> None:
        for line, (name, ok, reason) in zip(self.lines, result.checks, strict=True):
            words = (_mark(ok), name, "" if ok else fill(reason, 32))
            for text, word in zip(line, words, strict=True):
                text.set_text(word)
            line[0].set_color(self.theme.good if ok else self.theme.bad)
        heads = (_("As a container"), _("As a VM with its own kernel"))
        for text, head, verdict in zip(
            self.verdicts, heads, (result.container, result.vm), strict=True
        ):
            text.set_text(_verdict(head, verdict))
            text.set_color(self.theme.good if verdict else self.theme.bad)


def _mark(ok: bool) -> str:
    return "✓" if ok else "✗"


def _verdict(head: str, verdict: Verdict) -> str:
    reason = fill(verdict.reason, 46, initial_indent=" " * 5, subsequent_indent=" " * 5)
    return f"{_mark(verdict.ok)} {head}:\n{reason}"
