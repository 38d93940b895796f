"""Every chart: a picture in both themes and layouts, the same as matplotlib draws, and quick."""

import io
import json
import re
import subprocess
import sys
from functools import cache
from statistics import median
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from PIL import Image

from conftest import knob_values
from hvlib.models.exits import ExitCost
from hvlib.models.model import KnobError, Model, models
from hvlib.real import recording
from hvlib.views import svg
from hvlib.views.chart import Chart, chart_of
from hvlib.views.drawing import Drawing
from hvlib.views.export import charts, examples, exported, text_of
from hvlib.views.panel import ONE
from hvlib.views.record import recorded
from hvlib.views.restore import drawing, restored, scene
from hvlib.views.stored import path_of
from hvlib.views.theme import LIGHT, THEMES, Theme

pytestmark = pytest.mark.slow


MODELS = models()
CHARTS = charts()
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
every_chart = pytest.mark.parametrize("kind", CHARTS, ids=lambda kind: kind.__name__)
both_layouts = pytest.mark.parametrize("layout", ["wide", "narrow"])


@cache
def drawn(kind: type[Chart], layout: str, mode: str = "light") -> Drawing[Chart]:
    boxes = scene(kind)["layouts"][layout]["boxes"]
    return Drawing(kind, THEMES[mode], narrow=layout == "narrow", boxes=boxes)


@every_chart
def test_the_file_of_a_chart_is_what_its_code_makes(kind: type[Chart]) -> None:
    made = text_of(exported(kind))
    assert path_of(kind).read_text(encoding="utf-8") == made, (
        f"{kind.__name__} is built otherwise than its file says: run `make charts`"
    )


@pytest.mark.parametrize(
    ("model", "mode"), [*((model, "light") for model in MODELS), (ExitCost, "dark")]
)
def test_every_model_has_a_picture(model: type[Model], mode: str) -> None:
    """In the dark one will do: of each, the file says that only colours differ."""
    canvas = drawn(chart_of(model), "wide", mode).draw(model().run())
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    assert picture.getcolors(10) is None, f"{model.__name__}: an empty picture, of ten colours"
    assert picture.getpixel((1, 1)) == _rgb(THEMES[mode].paper)


# --- the same as matplotlib draws ---------------------------------------------------------------


@both_layouts
@every_model
def test_a_display_list_is_what_matplotlib_draws(model: type[Model], layout: str) -> None:
    kind = chart_of(model)
    drawing, chart = drawn(kind, layout), restored(kind, LIGHT)
    sheet = svg.Sheet(scene(kind), layout, lambda pair: pair.split(" ")[0])
    size = tuple(scene(kind)["layouts"][layout]["size"])
    compared: set[tuple[int, str]] = set()  # what the ticks of a panel show

    @settings(
        max_examples=15 if layout == "wide" else 3,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
    )
    @given(knob_values(model))
    def agree(values: dict[str, object]) -> None:
        try:
            result = model(**values).run()
        except KnobError:
            return
        drawing.show(result)
        chart.move(result)
        items = chart.items()
        for mark, item, other in zip(
            scene(kind)["marks"], items[: len(chart.marks)], drawing.chart.marks, strict=True
        ):
            artist = drawing.artist(other)
            want = recorded([artist], size) if artist.get_visible() else []
            got = ElementTree.fromstring(f"<svg>{sheet._mark(mark, item)}</svg>")
            _agree(want, got, f"{model.__name__} {values}: {mark['kind']} {mark['label']}")
        for number, axes in enumerate(drawing.figure.axes):
            item = items[len(chart.marks) + number]
            if axes.axison and (number, str(item)) not in compared:
                compared.add((number, str(item)))
                words = ElementTree.fromstring(f"<svg>{sheet._axes(number, *item)}</svg>")
                labels = axes.get_xticklabels() + axes.get_yticklabels()
                _agree_in_words(recorded(labels, size), words, f"{values}")

    agree()


def _agree(want: list[list[object]], got: ElementTree.Element, where: str) -> None:
    _agree_in_words(want, got, where)
    ours = list(got.iter("path"))
    if got.find("text") is not None:
        return  # the ground of a text is as wide as the page's own letters
    theirs = [op for op in want if op[0] == "path"]
    one, other = (
        _outlines(paths) for paths in ([p.get("d") for p in ours], [op[2] for op in theirs])
    )
    assert len(one) == len(other), f"{where}: {len(one)} outlines painted, {len(other)} drawn"
    for mine, theirs_at_once in zip(one, other, strict=True):
        # Where each polygon has a look of its own, they come in another order.
        candidates = [theirs_at_once, *other]
        assert any(_alike(mine, it) for it in candidates), f"{where}: {mine} is not drawn"
    looks = ((name, {path.get(name, "none") for path in ours}) for name in ("fill", "stroke"))
    for name, painted in looks:
        drawn = {op[1].get(name, "none") for op in theirs}
        unlike = {colour for colour in painted if "url" not in colour} - drawn - {"none"}
        assert not unlike, f"{where}: {name} {unlike}, drawn {drawn}"


def _agree_in_words(want: list[list[object]], got: ElementTree.Element, where: str) -> None:
    theirs = [(op[5], op[2], op[3], op[1]["anchor"]) for op in want if op[0] == "text"]
    for text in got.iter("text"):
        if (text.text or "").strip():
            x, y = float(text.get("x")), float(text.get("y"))
            # Of several lines matplotlib tells the left ends, whatever their alignment.
            at = [(x if side == "left" else a, b) for w, a, b, side in theirs if w == text.text]
            assert any(_near(x, a) and _near(y, b) for a, b in at), (
                f"{where}: {text.text!r} stands at {x}, {y}, matplotlib's at {at}"
            )


def _outlines(paths: list[str]) -> list[list[float]]:
    """The numbers of all single outlines."""
    outlines = [part for d in paths for part in d.split("M") if part]
    return [[float(v) for v in re.findall(r"-?[\d.]+", part)] for part in outlines]


def _alike(one: list[float], other: list[float]) -> bool:
    return len(one) == len(other) and all(map(_near, one, other))


def _near(a: float, b: float, most: float = 1.0) -> bool:
    """Whether two places are within 1 px, or both far outside of the picture."""
    return abs(a - b) <= most or (min(abs(a), abs(b)) > 2_000 and a * b > 0)


# --- legible -------------------------------------------------------------------------------------


@both_layouts
@every_model
def test_no_number_of_an_axis_is_cut_off(model: type[Model], layout: str) -> None:
    chart = restored(chart_of(model))
    where = scene(type(chart))["layouts"][layout]
    wide, high = where["size"]
    for result in examples(type(chart)):
        chart.move(result)
        for panel, box, look in zip(chart.panels, where["boxes"], where["looks"], strict=True):
            if not look:
                continue
            (left, top, width, height), (across, down) = box, panel.item()
            for x, name in across if look["x"]["fill"] else []:
                half, middle = extent(name, look["x"]["size"])[0] / 2, left + x / ONE * width
                assert middle - half > -1, f"{model.__name__} {result}: {name} cut off"
                assert middle + half < wide + 1, f"{model.__name__} {result}: {name} cut off"
                below = top + height + look["x"]["length"] + look["x"]["pad"]
                assert below + extent(name, look["x"]["size"])[1] < high + 1, f"{name} cut off"
            for y, name in down if look["y"]["fill"] else []:
                length, tall = extent(name, look["y"]["size"])
                begin = left - look["y"]["length"] - look["y"]["pad"]
                begin -= 0 if look["y"]["anchor"] == "left" else length
                assert begin > -1, f"{model.__name__} {result}: {name} cut off"
                assert top + y / ONE * height - tall / 2 > -1, f"{name} cut off"


@both_layouts
@every_chart
def test_no_title_or_legend_is_cut_off(kind: type[Chart], layout: str) -> None:
    where = scene(kind)["layouts"][layout]
    wide, high = where["size"]
    texts = (rest for what, *rest in where["fixed"] if what != "path")
    for style, x, y, turn, words in texts:
        length, _tall = extent(words, style["size"])
        left = x - {"left": 0.0, "center": length / 2, "right": length}[style.get("anchor", "left")]
        assert turn or (left > -1 and left + length < wide + 1), f"{words} cut off"
        assert 0 < y < high, f"{words} cut off"


@cache
def extent(words: str, size: float) -> tuple[float, float]:
    """Width and height of a text, in px."""
    letters, lines = FontProperties(size=size), words.split("\n")  # points, but in the same unit
    widths = [text_to_path.get_text_width_height_descent(line, letters, False) for line in lines]
    return max(width for width, _h, _d in widths), size * len(lines)


@every_chart
def test_no_letter_is_smaller_than_11_px(kind: type[Chart]) -> None:
    data = scene(kind)
    sizes = [mark["look"]["size"] for mark in data["marks"] if mark["kind"] == "text"]
    for layout in data["layouts"].values():
        sizes += [look[axis]["size"] for look in layout["looks"] if look for axis in "xy"]
        sizes += [entry[1]["size"] for entry in layout["fixed"] if entry[0] == "text"]
    assert min(sizes, default=11) >= 11, f"{kind.__name__}: letters of {min(sizes)} px"


# --- quick ---------------------------------------------------------------------------------------


@every_model
def test_a_move_is_a_message_of_less_than_10_kb(model: type[Model]) -> None:
    chart, sizes, before = restored(chart_of(model)), [], None
    for result in examples(type(chart)):
        chart.move(result)
        items = chart.items()
        changed = {n: i for n, i in enumerate(items) if before is None or before[n] != i}
        sizes.append(len(json.dumps(changed)))
        before = items
    assert median(sizes) < 10_000, f"{model.__name__}: {median(sizes):,.0f} bytes a move"


def test_charts_move_where_numpy_and_matplotlib_are_not_installed() -> None:
    code = """
import sys
sys.modules |= dict.fromkeys(("numpy", "matplotlib", "PIL", "cycler"))
import hvlib.real.recording as recording
from hvlib.models.model import models
from hvlib.real import recording
from hvlib.views import svg
from hvlib.views.chart import chart_of
from hvlib.views.restore import restored, scene
from hvlib.views import measured
recording.load_all()
shown = [(chart_of(model), model().run()) for model in models()]
shown += [(measured.chart_of(one), one.stored()) for one in recording.REGISTRY.values()]
for kind, result in shown:
    chart = restored(kind)
    chart.move(result)
    assert "<path" in svg.still(scene(kind), chart.items(), "what it says")
print(len(shown))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    recording.load_all()
    assert int(done.stdout) == len(MODELS) + len(recording.REGISTRY)


def test_the_still_picture_is_higher_by_its_caption() -> None:
    chart = drawing(chart_of(ExitCost))
    result = ExitCost().run()
    live, still = (Image.open(io.BytesIO(chart.png(result, text))) for text in ("", "It says."))
    assert still.width == live.width
    assert still.height > live.height + 20


def test_a_model_without_a_chart_is_named() -> None:
    class Unseen(Model):
        def run(self):  # type: ignore[no-untyped-def]
            raise NotImplementedError

    with pytest.raises(LookupError, match="no chart draws Unseen"):
        chart_of(Unseen)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_text_reads_on_paper_and_on_every_layer(theme: Theme) -> None:
    grounds = {"paper": theme.paper, **{name: p.fill for name, p in theme.layers.items()}}
    for name, ground in grounds.items():
        assert contrast(theme.ink, ground) >= 4.5, f"{theme.mode}: ink on {name}"
    for name in ("muted", "accent", "good", "bad", "warn"):
        assert contrast(getattr(theme, name), theme.paper) >= 4.5, f"{theme.mode}: {name} on paper"
    for name, paint in theme.layers.items():
        assert contrast(paint.line, paint.fill) >= 3, f"{theme.mode}: line of {name}"


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [channel / 255 for channel in _rgb(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
