"""What matplotlib made of a chart's artists: their looks as plain data."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.transforms import Affine2D, Transform

from hvlib.views.marks import Areas, Bar, Line, Mark, Segments, Style, Text, pixels
from hvlib.views.panel import Panel

LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", 79: "Z"}


def look(mark: Mark, artist: Any, panel: Panel) -> None:
    """Fill a mark with what its artist shows, and how."""
    mark.panel, mark.at = panel, _counted(artist)
    mark.clip = bool(artist.get_clip_on() and artist.get_clip_box() is not None)
    mark.z, mark.visible = artist.get_zorder(), artist.get_visible()
    name = str(artist.get_label())
    mark.label = "" if name.startswith("_") else name
    if isinstance(mark, Line):
        mark.x, mark.y = _floats(artist.get_xdata()), _floats(artist.get_ydata())
        mark.look = _line(artist)
    elif isinstance(mark, Bar):
        mark.left, mark.low = float(artist.get_x()), float(artist.get_y())
        mark.width, mark.height = float(artist.get_width()), float(artist.get_height())
        mark.look = _patch(artist)
    elif isinstance(mark, Areas | Segments):
        mark.verts = [_points(path.vertices) for path in artist.get_paths()]
        mark.look = _collection(artist)
    elif isinstance(mark, Text):
        mark.text, mark.align = artist.get_text(), artist.get_verticalalignment()
        x, y = artist.xy if isinstance(artist, Annotation) else artist.get_position()
        mark.x, mark.y = float(x), float(y)
        mark.look = _letters(artist)
    mark.look = {key: value for key, value in mark.look.items() if value}
    mark.style = dict(mark.look)


def panel_look(axes: Axes) -> dict[str, Any]:
    """How frame, grid and ticks of an axes are drawn; empty where nothing is."""
    if not axes.axison:
        return {}
    spines = {name: spine for name, spine in axes.spines.items() if spine.get_visible()}
    some = next(iter(axes.spines.values()))
    found: dict[str, Any] = {
        "spines": list(spines),
        "stroke": colour(some.get_edgecolor()),
        "width": pixels(some.get_linewidth()),
    }
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        tick: Any = axis.get_major_ticks(1)[0]
        label = tick.label1
        shown = label.get_visible() and label.get_alpha() != 0
        found[name] = {
            "grid": colour(tick.gridline.get_color()) if tick.gridline.get_visible() else "",
            "length": pixels(tick.tick1line.get_markersize()),
            "pad": pixels(tick.get_pad()),
            "size": pixels(label.get_fontsize()),
            "fill": colour(label.get_color()) if shown else "",
            "anchor": label.get_horizontalalignment(),
        }
    return found


def colour(value: Any) -> str:
    """A colour as #rrggbb, empty for one that is not seen; its transparency is left out."""
    if value is None or (isinstance(value, str) and value == "none"):
        return ""
    rgba = to_rgba(value)
    return to_hex(rgba[:3]) if rgba[3] else ""


def outline(path: Path, transform: Transform) -> str:
    """A path as SVG writes it."""
    out = []
    for points, code in path.iter_segments(transform, simplify=False, curves=True):
        letter = LETTERS[int(code)]
        out.append(letter if letter == "Z" else letter + " ".join(number(v) for v in points))
    return "".join(out)


def number(value: float) -> str:
    """A number of px, to a tenth."""
    return f"{round(value, 1) + 0:g}"


def dashes(artist: Any) -> str:
    """The dashes of a line in px; empty for a solid one."""
    lines = getattr(artist, "_linestyles", None)  # a collection has one for each of its lines
    _offset, pattern = lines[0] if lines else artist._dash_pattern
    return "" if pattern is None else " ".join(number(pixels(v)) for v in pattern)


def _counted(artist: Any) -> str:
    """How an artist's x and y count: in data, in shares of the axes, or one of each."""
    axes: Axes = artist.axes
    if isinstance(artist, Annotation):
        return "data" if artist.xycoords == "data" else "xdata"
    transform = artist.get_data_transform() if isinstance(artist, Patch) else artist.get_transform()
    known = (
        ("data", axes.transData),
        ("axes", axes.transAxes),
        ("xdata", axes.get_xaxis_transform()),
        ("ydata", axes.get_yaxis_transform()),
    )
    spots = [(1.3, 1.4), (1.7, 2.9)]
    for name, other in known:
        if np.abs(transform.transform(spots) - other.transform(spots)).max() < 1e-6:
            return name
    raise ValueError(f"{artist!r} stands neither in data nor in shares of its axes")


def _floats(values: Any) -> list[float]:
    return [float(value) for value in values]


def _points(vertices: Any) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in vertices]


def _line(artist: Any) -> Style:
    dashed = artist.is_dashed()
    drawn = artist.get_linestyle() not in ("None", " ", "")
    found: Style = {"opacity": artist.get_alpha()}
    if drawn:
        cap = artist.get_dash_capstyle() if dashed else artist.get_solid_capstyle()
        join = artist.get_dash_joinstyle() if dashed else artist.get_solid_joinstyle()
        found |= {
            "stroke": colour(artist.get_color()),
            "width": pixels(artist.get_linewidth()),
            "dash": dashes(artist),
            "cap": _cap(cap),
            "join": join,
        }
    marker = artist._marker
    if artist.get_marker() not in ("None", None, "", " "):
        found["sign"] = {
            "d": outline(marker.get_path(), _sign_transform(marker, artist)),
            "fill": colour(artist.get_markerfacecolor()) if marker.is_filled() else "",
            "stroke": colour(artist.get_markeredgecolor()),
            "width": pixels(artist.get_markeredgewidth()),
            "join": str(marker.get_joinstyle()),
            "cap": _cap(marker.get_capstyle()),
        }
    return found


def _cap(name: Any) -> str:
    return {"projecting": "square"}.get(str(name), str(name))


def _sign_transform(marker: Any, artist: Any) -> Transform:
    size = pixels(artist.get_markersize())
    scaled: Transform = marker.get_transform().frozen().scale(size)
    return scaled + Affine2D().scale(1, -1)


def _patch(artist: Any) -> Style:
    return {
        "fill": colour(artist.get_facecolor()) if artist.get_fill() else "",
        "stroke": colour(artist.get_edgecolor()),
        "width": pixels(artist.get_linewidth()),
        "dash": dashes(artist),
        "join": str(artist.get_joinstyle()),
        "opacity": artist.get_alpha(),
        "hatch": artist.get_hatch(),
    }


def _collection(artist: Any) -> Style:
    faces, edges, widths = artist.get_facecolor(), artist.get_edgecolor(), artist.get_linewidth()
    return {
        "fill": colour(faces[0]) if len(faces) else "",
        "stroke": colour(edges[0]) if len(edges) else "",
        "width": pixels(float(widths[0])) if len(widths) else 0.0,
        "dash": dashes(artist),
        "join": "miter" if len(faces) else "round",
        "opacity": artist.get_alpha(),
        "hatch": artist.get_hatch(),
    }


def _letters(artist: Any) -> Style:
    found: Style = {
        "fill": colour(artist.get_color()),
        "size": pixels(artist.get_fontsize()),
        "anchor": artist.get_horizontalalignment(),
        "bold": str(artist.get_fontweight()) in ("bold", "700"),
        "mono": "monospace" in artist.get_fontfamily(),
    }
    if isinstance(artist, Annotation):
        right, up = artist.xyann
        found |= {"dx": pixels(right), "dy": -pixels(up)}
    box = artist.get_bbox_patch()
    if box is not None:
        pad = box.get_boxstyle().pad * artist.get_fontsize()
        found["ground"] = {
            "fill": colour(box.get_facecolor()),
            "stroke": colour(box.get_edgecolor()),
            "width": pixels(box.get_linewidth()),
            "pad": pixels(pad),
        }
    return found
