"""The look of every picture: one palette, one type scale, light and dark.

The same hue always means the same layer, and never alone: a hatch or a label says it again.
The hues are chosen to stay apart for colour-blind readers (after Okabe and Ito's set).
"""

from dataclasses import dataclass
from typing import Any, Literal

from hvlib.edition import ENGLISH, edition
from hvlib.trust import Layer as Layer
from hvlib.words import LANGUAGE

Mode = Literal["light", "dark", "both"]


@dataclass(frozen=True, slots=True)
class Paint:
    """How one layer is painted: fill and line colour of a box, and the hatch of a bar."""

    fill: str
    line: str
    hatch: str

    @property
    def style(self) -> dict[str, Any]:
        """The same as matplotlib's patches and collections take it."""
        return {"fc": self.fill, "ec": self.line, "hatch": self.hatch}


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of one mode; ``ink`` reads at 4.5:1 or better on ``paper`` and on every fill."""

    mode: Mode
    paper: str
    ink: str
    muted: str
    grid: str
    accent: str
    good: str
    bad: str
    warn: str
    layers: dict[Layer, Paint]
    series: tuple[str, ...]


LIGHT = Theme(
    mode="light",
    paper="#ffffff",
    ink="#1b1f24",
    muted="#57606a",
    grid="#e1e4e8",
    accent="#0060a8",
    good="#00735a",
    bad="#b83b00",
    warn="#8a6100",
    layers={
        "hardware": Paint("#e4e6e9", "#6b7280", "//"),
        "host": Paint("#d3e6f5", "#0072b2", ""),
        "hypervisor": Paint("#fbdcc7", "#c24e00", "xx"),
        "guest": Paint("#cdeee2", "#00805f", ".."),
        "runtime": Paint("#f3dbe9", "#a84f82", "\\\\"),
        "application": Paint("#fbf1c0", "#8f7a00", "--"),
    },
    series=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8f7a00", "#56b4e9", "#6b7280"),
)

DARK = Theme(
    mode="dark",
    paper="#111111",
    ink="#e8eaed",
    muted="#a3abb5",
    grid="#30363d",
    accent="#6cb8ff",
    good="#4fd1a8",
    bad="#ff8f5a",
    warn="#e3b341",
    layers={
        "hardware": Paint("#33383f", "#9aa3ad", "//"),
        "host": Paint("#12395a", "#5ab0ee", ""),
        "hypervisor": Paint("#552a10", "#ff9a5c", "xx"),
        "guest": Paint("#0c4636", "#3fcfa0", ".."),
        "runtime": Paint("#4d2440", "#e79bc6", "\\\\"),
        "application": Paint("#4a4208", "#e0cc55", "--"),
    },
    series=("#5ab0ee", "#ff9a5c", "#3fcfa0", "#e79bc6", "#e0cc55", "#9bd6ff", "#9aa3ad"),
)


def _pair(light: str, dark: str) -> str:
    return light if light == dark else f"{light} {dark}"


BOTH = Theme(
    mode="both",
    **{
        name: _pair(getattr(LIGHT, name), getattr(DARK, name))
        for name in ("paper", "ink", "muted", "grid", "accent", "good", "bad", "warn")
    },
    layers={
        layer: Paint(_pair(paint.fill, other.fill), _pair(paint.line, other.line), paint.hatch)
        for (layer, paint), other in zip(LIGHT.layers.items(), DARK.layers.values(), strict=True)
    },
    series=tuple(map(_pair, LIGHT.series, DARK.series)),
)
"""Colours as pairs, "light dark": what is painted picks the one of the reader's page."""

THEMES: dict[Mode, Theme] = {"light": LIGHT, "dark": DARK}

TEXT = 10.0
"""Points of running text in a picture; titles are one step larger, notes one step smaller."""
TITLE = 12.0
NOTE = 8.5

FONTS = edition(LANGUAGE).fonts if LANGUAGE != ENGLISH else ()
"""Families of the language's letters, after those that pictures have in English."""
MONO = ["monospace", *FONTS]
"""The families of a text whose letters stand below each other."""
