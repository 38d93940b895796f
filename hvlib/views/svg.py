"""Charts and diagrams as SVG text: for files that show a picture without a program.

The rules for a chart's display list are those of ``hvlib/widgets/painter.js``, which paints the
same list in a page.
"""

import html
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from hvlib.columns import columns, wrapped
from hvlib.edition import ENGLISH
from hvlib.views.marks import ASCENT, DESCENT, GAP, Style, first_line
from hvlib.views.panel import ONE
from hvlib.views.sketch import Frame, Part, Shape, Sketch, Stroke, Words
from hvlib.views.theme import NOTE, THEMES, Mode
from hvlib.words import LANGUAGE

STEP = ASCENT + DESCENT + GAP
LETTER = 0.55
"""About the width of a letter, in font sizes."""
_SIGNS = {"left": "start", "center": "middle", "right": "end"}
_SPOKEN = "" if LANGUAGE == ENGLISH else f' lang="{LANGUAGE}"'
_CAPTION = NOTE * 100 / 72 + 1
_DASHES = {"--": "5 3", "-.": "8 3 2 3", ":": "2 3"}

Colour = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A picture's content, and its size in px."""

    content: str
    width: float
    height: float


class Sheet:
    """Writes one chart in one layout. ``colour`` turns "light dark" into what SVG shall say."""

    def __init__(self, scene: dict[str, Any], layout: str, colour: Colour, id: str = "hv") -> None:
        self.scene, self.layout, self.colour, self.id = scene, scene["layouts"][layout], colour, id
        self._hatches: dict[str, str] = {}

    def written(self, items: list[Any]) -> str:
        """The chart's content, without the ``<svg>`` around it."""
        marks, looks = self.scene["marks"], self.layout["looks"]
        ticks = items[len(marks) :]
        grids = "".join(self._grid(n, *item) for n, item in enumerate(ticks) if looks[n])
        drawn = "".join(map(self._mark, marks, items))
        axes = "".join(self._axes(n, *item) for n, item in enumerate(ticks) if looks[n])
        fixed = "".join(map(self._fixed, self.layout["fixed"]))
        boxes = (
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}"/>'
            for x, y, w, h in self.layout["boxes"]
        )
        clips = "".join(
            f'<clipPath id="{self.id}-{n}">{box}</clipPath>' for n, box in enumerate(boxes)
        )
        return f"<defs>{clips}{''.join(self._hatches.values())}</defs>{grids}{drawn}{axes}{fixed}"

    def _place(self, panel: int, x: float, y: float) -> tuple[float, float]:
        left, top, width, height = self.layout["boxes"][panel]
        return left + x / ONE * width, top + y / ONE * height

    def _mark(self, mark: dict[str, Any], item: Any) -> str:
        if item is None:
            return ""
        inner = self._text(mark, *item) if mark["kind"] == "text" else self._shapes(mark, item)
        clip = f' clip-path="url(#{self.id}-{mark["panel"]})"' if mark["clip"] else ""
        return f"<g{clip}>{inner}</g>" if clip else inner

    def _shapes(self, mark: dict[str, Any], groups: list[Any]) -> str:
        out = ""
        end = "Z" if mark["kind"] in ("bar", "areas") else ""
        for differs, *paths in groups:
            style = {**mark["look"], **(differs or {})}
            points = [
                [self._place(mark["panel"], *path[i : i + 2]) for i in range(0, len(path), 2)]
                for path in paths
            ]
            if any(style.get(name) for name in ("width", "fill", "hatch")):
                lines = ("L".join(f"{_n(x)} {_n(y)}" for x, y in path) for path in points)
                out += self._path("".join(f"M{line}{end}" for line in lines), style)
            if sign := style.get("sign"):
                spots = (spot for path in points for spot in path)
                out += self._path("".join(_moved(sign["d"], x, y) for x, y in spots), sign)
        return out

    def _text(
        self, mark: dict[str, Any], x: int, y: int, drop: float, words: str, differs: Any = None
    ) -> str:
        style = {**mark["look"], **(differs or {})}
        right, down = self._place(mark["panel"], x, y)
        at = right + style.get("dx", 0.0), down + style.get("dy", 0.0) + drop
        ground = self._ground(style, *at, words) if "ground" in style else ""
        return ground + self._words(style, *at, words)

    def _ground(self, style: Style, x: float, y: float, words: str) -> str:
        lines, size, ground = words.split("\n"), style["size"], style["ground"]
        width = max(map(columns, lines)) * LETTER * size
        left = x - {"left": 0.0, "center": width / 2, "right": width}[style["anchor"]]
        pad, high = ground["pad"], size * (1 + STEP * (len(lines) - 1))
        return (
            f'<rect x="{_n(left - pad)}" y="{_n(y - ASCENT * size - pad)}" '
            f'width="{_n(width + 2 * pad)}" height="{_n(high + 2 * pad)}"{self._look(ground)}/>'
        )

    def _words(self, style: Style, x: float, y: float, words: str, turn: float = 0) -> str:
        sign = _SIGNS[style.get("anchor", "left")]
        look = f' font-size="{style["size"]}" fill="{self.colour(style["fill"])}"'
        look += f' text-anchor="{sign}"' if sign != "start" else ""
        look += ' font-weight="bold"' if style.get("bold") else ""
        look += ' font-family="monospace"' if style.get("mono") else ""
        look += f' transform="rotate({-turn} {_n(x)} {_n(y)})"' if turn else ""
        return "".join(
            f'<text x="{_n(x)}" y="{_n(y + n * STEP * style["size"])}"{look}>'
            f"{html.escape(line, quote=False)}</text>"
            for n, line in enumerate(words.split("\n"))
        )

    def _fixed(self, entry: list[Any]) -> str:
        kind, style, *rest = entry
        if kind == "path":
            return self._path(rest[0], style)
        x, y, turn, words = rest
        return self._words(style, x, y, words, turn)

    def _grid(self, number: int, across: list[Any], down: list[Any]) -> str:
        look = self.layout["looks"][number]
        left, top, width, height = self.layout["boxes"][number]
        xs = "".join(f"M{_n(self._place(number, x, 0)[0])} {top}v{height}" for x, _w in across)
        ys = "".join(f"M{left} {_n(self._place(number, 0, y)[1])}h{width}" for y, _w in down)
        return "".join(
            self._path(d, {"stroke": look[axis]["grid"], "width": look["width"]})
            for axis, d in (("x", xs), ("y", ys))
            if look[axis]["grid"] and d
        )

    def _axes(self, number: int, across: list[Any], down: list[Any]) -> str:
        look = self.layout["looks"][number]
        left, top, width, height = self.layout["boxes"][number]
        low, x_look, y_look = top + height, look["x"], look["y"]
        d = f"M{left} {top}v{height}" if "left" in look["spines"] else ""
        d += f"M{left} {low}h{width}" if "bottom" in look["spines"] else ""
        words = ""
        for x, name in across:
            at = self._place(number, x, 0)[0]
            d += f"M{_n(at)} {_n(low)}v{x_look['length']}" if x_look["length"] else ""
            if x_look["fill"]:
                drop = first_line("top", x_look["size"], name.count("\n"))
                y = low + x_look["length"] + x_look["pad"] + drop
                words += self._words(x_look, at, y, name)
        for y, name in down:
            at = self._place(number, 0, y)[1]
            d += f"M{left} {_n(at)}h{-y_look['length']}" if y_look["length"] else ""
            if y_look["fill"]:
                away = y_look["length"] + y_look["pad"]
                drop = first_line("center_baseline", y_look["size"], name.count("\n"))
                words += self._words(y_look, left - away, at + drop, name)
        return (self._path(d, look) if d else "") + words

    def _path(self, d: str, style: Style) -> str:
        return f'<path d="{d}"{self._look(style)}/>'

    def _look(self, style: Style) -> str:
        fill = style.get("fill", "")
        if style.get("hatch"):
            found = f' fill="{self._hatch(style["hatch"], fill, style.get("stroke", ""))}"'
        else:
            found = f' fill="{self.colour(fill) if fill else "none"}"'
        if style.get("width") and style.get("stroke"):
            found += f' stroke="{self.colour(style["stroke"])}" stroke-width="{style["width"]}"'
            names = {"dash": "stroke-dasharray", "cap": "stroke-linecap", "join": "stroke-linejoin"}
            for key, name in names.items():
                if style.get(key) not in (None, "", "butt", "miter"):
                    found += f' {name}="{style[key]}"'
        return found + (f' opacity="{style["opacity"]}"' if style.get("opacity") else "")

    def _hatch(self, kind: str, fill: str, stroke: str) -> str:
        side = round(100 / 6 / len(kind), 1)
        id = f"{self.id}-{ord(kind[0])}-{len(kind)}-{fill}-{stroke}"
        id = id.replace("#", "").replace(" ", "")
        over, under = _n(side + 1), _n(side - 1)  # the corners of the lines beside
        up = f"M0 {side}L{side} 0M-1 1L1 -1M{under} {over}L{over} {under}"
        fall = f"M0 0L{side} {side}M-1 {under}L1 {over}M{under} -1L{over} 1"
        dot = "M{} {}a.8 .8 0 1 0 1.6 0a.8 .8 0 1 0 -1.6 0"
        dots = "".join(dot.format(_n(s * side - 0.8), _n(s * side)) for s in (0.25, 0.75))
        lines = {"/": up, "\\": fall, "x": up + fall, "-": f"M0 {_n(side / 2)}H{side}", ".": dots}
        line = self.colour(stroke)
        paint = f'fill="{line}"' if kind[0] == "." else f'stroke="{line}" stroke-width=".83"'
        ground = self.colour(fill) if fill else "none"
        self._hatches[id] = (
            f'<pattern id="{id}" width="{side}" height="{side}" patternUnits="userSpaceOnUse">'
            f'<rect width="{side}" height="{side}" fill="{ground}"/>'
            f'<path d="{lines[kind[0]]}" {paint}/></pattern>'
        )
        return f"url(#{id})"


def _moved(d: str, right: float, down: float) -> str:
    """A path's data, moved."""
    moves = cycle((right, down))
    return re.sub(r"-?[\d.]+", lambda found: _n(float(found[0]) + next(moves)), d)


def _n(value: float) -> str:
    return f"{round(value, 1) + 0:g}"


def still(scene: dict[str, Any], items: list[Any], sentence: str, mode: Mode = "light") -> str:
    """A chart as a whole SVG file, with the sentence below it."""
    return together([[chart(scene, items, mode)]], sentence, mode)


def chart(scene: dict[str, Any], items: list[Any], mode: Mode = "light") -> Piece:
    """A chart in the colours of a mode."""
    number = 0 if mode == "light" else 1

    def colour(pair: str) -> str:
        return pair.split(" ")[number] if " " in pair else pair

    width, height = scene["layouts"]["wide"]["size"]
    return Piece(Sheet(scene, "wide", colour).written(items), width, height)


def diagram(sketch: Sketch) -> Piece:
    """A system's diagram, its letters and lines as wide as in matplotlib's."""
    parts = sorted(sketch.parts(), key=lambda part: part.order)
    return Piece("".join(map(_drawn, parts)), sketch.width, sketch.height)


def _drawn(part: Part) -> str:
    match part:
        case Words():
            x, y = part.at
            look = ' font-weight="bold"' if part.bold else ""
            return (
                f'<text x="{_n(x)}" y="{_n(y + 0.36 * part.size)}" font-size="{_n(part.size)}" '
                f'fill="{part.colour}" text-anchor="{_SIGNS[part.anchor]}"{look}>'
                f"{html.escape(part.words, quote=False)}</text>"
            )
        case Stroke():
            d = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in part.path)
            return f'<path d="{d}" fill="none"{_line(part.colour, part.width, part.style)}/>'
        case Shape():
            corners = " ".join(f"{_n(x)},{_n(y)}" for x, y in part.corners)
            line = _line(part.line, part.width)
            return f'<polygon points="{corners}" fill="{part.fill}"{line}/>'
        case Frame():
            rect, line = part.rect, _line(part.line, part.width, part.style)
            return (
                f'<rect x="{_n(rect.x)}" y="{_n(rect.y)}" width="{_n(rect.width)}" '
                f'height="{_n(rect.height)}" rx="{_n(part.radius)}" fill="{part.fill}"{line}/>'
            )


def _line(colour: str, points: float, style: str = "-") -> str:
    dash = f' stroke-dasharray="{_DASHES[style]}"' if style in _DASHES else ""
    return f' stroke="{colour}" stroke-width="{_n(points * 100 / 72)}"{dash}' if points else ""


def together(
    rows: Sequence[Sequence[Piece]], sentence: str, mode: Mode = "light", most: float = math.inf
) -> str:
    """Rows of pictures as a whole SVG file, shown at most ``most`` px wide, with the sentence."""
    theme, content, height = THEMES[mode], "", 0.0
    width = max(sum(piece.width for piece in row) for row in rows)
    for row in rows:
        x = 0.0
        for piece in row:
            moved = f' transform="translate({_n(x)} {_n(height)})"' if x or height else ""
            content += f"<g{moved}>{piece.content}</g>" if moved else piece.content
            x += piece.width
        height += max(piece.height for piece in row)
    lines = wrapped(sentence, int(width / (_CAPTION * LETTER)))
    spans = "".join(
        f'<text x="9" y="{_n(height + _CAPTION * (1.1 + 1.4 * n))}" font-size="{_n(_CAPTION)}" '
        f'fill="{theme.ink}">{html.escape(line, quote=False)}</text>'
        for n, line in enumerate(lines)
    )
    whole = height + _CAPTION * (0.8 + 1.4 * len(lines))
    scale = min(1.0, most / width)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(scale * width)}" '
        f'height="{_n(scale * whole)}" '
        f'viewBox="0 0 {_n(width)} {_n(whole)}" role="img"{_SPOKEN} '
        f'font-family="system-ui, sans-serif" '
        f'style="white-space: pre"><title>{html.escape(sentence, quote=False)}</title>'
        f'<rect width="100%" height="100%" fill="{theme.paper}"/>{content}{spans}</svg>'
    )
