"""The look of every picture: one palette, one type scale, light and dark.

The same hue always means the same layer, and never alone: a hatch or a label says it again.
The hues are chosen to stay apart for colour-blind readers (after Okabe and Ito's set).
"""

from collections.abc import Callable
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


_COLOURS: dict[str, str] = {
    "paper": "#ffffff #111111",
    "ink": "#1b1f24 #e8eaed",
    "muted": "#57606a #a3abb5",
    "grid": "#e1e4e8 #30363d",
    "accent": "#0060a8 #6cb8ff",
    "good": "#00735a #4fd1a8",
    "bad": "#b83b00 #ff8f5a",
    "warn": "#8a6100 #e3b341",
}
"""Of each colour the light one and the dark one."""
_LAYERS: dict[Layer, Paint] = {
    "hardware": Paint("#e4e6e9 #33383f", "#6b7280 #9aa3ad", "//"),
    "host": Paint("#d3e6f5 #12395a", "#0072b2 #5ab0ee", ""),
    "hypervisor": Paint("#fbdcc7 #552a10", "#c24e00 #ff9a5c", "xx"),
    "guest": Paint("#cdeee2 #0c4636", "#00805f #3fcfa0", ".."),
    "runtime": Paint("#f3dbe9 #4d2440", "#a84f82 #e79bc6", "\\\\"),
    "application": Paint("#fbf1c0 #4a4208", "#8f7a00 #e0cc55", "--"),
}
_SERIES = (
    "#0072b2 #5ab0ee",
    "#d55e00 #ff9a5c",
    "#009e73 #3fcfa0",
    "#cc79a7 #e79bc6",
    "#8f7a00 #e0cc55",
    "#56b4e9 #9bd6ff",
    "#6b7280 #9aa3ad",
)


def _theme(mode: Mode, pick: Callable[[str], str]) -> Theme:
    """The theme whose colours are what ``pick`` gives of each pair."""
    return Theme(
        mode=mode,
        **{name: pick(pair) for name, pair in _COLOURS.items()},
        layers={
            layer: Paint(pick(paint.fill), pick(paint.line), paint.hatch)
            for layer, paint in _LAYERS.items()
        },
        series=tuple(map(pick, _SERIES)),
    )


LIGHT = _theme("light", lambda pair: pair.split()[0])
DARK = _theme("dark", lambda pair: pair.split()[1])
BOTH = _theme("both", str)
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
