"""What a matplotlib figure shows, one line an artist: panel, kind, label, colour, data.

The only place that knows artists. Data stands in the units of its axes, to four digits.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter

MOST_POINTS = 24
"""A longer run of points is told by samples and its mean, so that a line stays readable."""


def shown(figure: Figure) -> Iterator[str]:
    """A line for each visible thing, panel by panel, in the order of drawing."""
    for number, axes in enumerate(figure.axes, 1):
        for line in _panel(axes):
            yield f"{number} {line}"
    for artist in (*figure.texts, *figure.legends, *figure.patches, *figure.lines):
        for line in _artist(artist):
            yield f"0 {line}"


def _panel(axes: Axes) -> Iterator[str]:
    for side, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        limits = axes.get_xlim() if side == "x" else axes.get_ylim()
        yield f"{side} {axis.get_label_text()!r} {axis.get_scale()} {_numbers(limits)}"
        formatter = axis.get_major_formatter()
        if isinstance(formatter, FixedFormatter):
            yield f"{side} ticks {_numbers(axis.get_ticklocs())} {list(formatter.seq)!r}"
    own = {axes.patch, *axes.spines.values()}
    children = [item for item in axes.get_children() if item not in own]
    for artist in sorted(children, key=lambda item: item.get_zorder()):
        yield from _artist(artist)


def _artist(artist: Artist) -> Iterator[str]:
    if not artist.get_visible():
        return
    if isinstance(artist, Legend):
        for handle, text in zip(artist.legend_handles, artist.get_texts(), strict=True):
            yield f"legend {text.get_text()!r} {_look(handle)}"
    elif isinstance(artist, Text):
        if artist.get_text().strip():
            yield f"text {artist.get_text()!r} {_look(artist)} {_numbers(artist.get_position())}"
    elif isinstance(artist, Line2D):
        if len(artist.get_xydata()):
            yield f"line {_label(artist)} {_look(artist)} {_points(artist.get_xydata())}"
    elif isinstance(artist, Collection):
        yield from _collection(artist)
    elif isinstance(artist, Patch):
        path = artist.get_patch_transform().transform_path(artist.get_path())
        if len(path.vertices) > 1:
            yield f"patch {_label(artist)} {_look(artist)} {_points(path.vertices)}"
    elif isinstance(artist, AxesImage):
        yield f"image {_label(artist)} {_points(np.asarray(artist.get_array()))}"


def _collection(artist: Collection) -> Iterator[str]:
    paths = [path.vertices for path in artist.get_paths() if len(path.vertices)]
    offsets = artist.get_offsets()
    if len(offsets) and np.any(np.asarray(offsets)):
        paths = [np.asarray(offsets)]
    if paths:
        parts = "; ".join(_points(path) for path in paths)
        yield f"{type(artist).__name__} {_label(artist)} {_look(artist)} {parts}"


def _label(artist: Artist) -> str:
    label = str(artist.get_label())
    return repr("" if label.startswith("_") else label)


def _look(artist: Any) -> str:
    """Colours and what else tells one series from another."""
    if isinstance(artist, Text):
        return to_hex(artist.get_color())
    if isinstance(artist, Line2D):
        sign = artist.get_marker()
        parts = [to_hex(artist.get_color()), artist.get_linestyle()]
        return " ".join([*parts, *([str(sign)] if sign not in ("", "None", None) else [])])
    faces = _colours(artist.get_facecolor())
    edges = _colours(artist.get_edgecolor())
    return " ".join(filter(None, [faces, f"edge {edges}", artist.get_hatch() or ""]))


def _colours(colours: Any) -> str:
    many = np.atleast_2d(np.asarray(colours, dtype=float))
    return ",".join(to_hex(colour, keep_alpha=colour[3] < 1) for colour in many if len(colour))


def _points(points: Any) -> str:
    """Numbers, pair by pair; of a long run samples, its length and its mean."""
    table = np.ma.filled(np.ma.asarray(points, dtype=float), np.nan)
    if len(table) <= MOST_POINTS:
        return ", ".join(_numbers(np.ravel(row)) for row in table)
    step = -(-len(table) // MOST_POINTS)
    mean = _numbers(np.atleast_1d(np.nanmean(table, axis=0)).ravel()[:4])
    samples = ", ".join(_numbers(np.ravel(row)[:4]) for row in table[::step])
    return f"{len(table)} points, mean {mean}: {samples}"


def _numbers(values: Iterable[float]) -> str:
    return " ".join(f"{round(float(value), 9) + 0.0:.4g}" for value in values)
