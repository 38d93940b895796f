"""The quick redraw shows exactly what a full redraw would."""

import importlib
import io
import pkgutil

import pytest
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image, ImageChops

import hvlib.models
import hvlib.views
from hvlib.models.exits import ExitCost
from hvlib.models.model import Model
from hvlib.views.chart import chart_of, pixels, quickly_encoded
from hvlib.views.theme import DARK, LIGHT, THEMES, Theme


def _models() -> list[type[Model]]:
    for info in pkgutil.iter_modules(hvlib.models.__path__):
        importlib.import_module(f"hvlib.models.{info.name}")
    return sorted(
        (m for m in Model.__subclasses__() if m.__module__.startswith("hvlib.models.")),
        key=lambda m: m.__name__,
    )


MODELS = _models()
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def image(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def _elsewhere(model: type[Model]) -> Model:
    """The model with its first numeric knob in another place."""
    for field in model.knobs().values():
        if field.kind in ("int", "float") and field.knob.low != field.default:
            return model(**{field.name: field.knob.low})
    return model()


@every_model
def test_a_quick_redraw_equals_a_full_one(model: type[Model]) -> None:
    used = chart_of(model)()
    used.png(_elsewhere(model).run())
    used.png(model().run())
    quick = image(used.png(model().run()))
    used._background = None
    full = image(used.png(model().run()))
    assert ImageChops.difference(quick, full).getbbox() is None, (
        f"{model.__name__}: something fixed changed without a full redraw; add it to frame()"
    )


@every_model
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_model_has_a_picture_in_both_themes(model: type[Model], theme: Theme) -> None:
    picture = image(chart_of(model)(theme).png(model().run()))
    colours = picture.getcolors(maxcolors=2**24) or []
    assert len(colours) > 10, f"{model.__name__}: an empty picture"
    assert picture.getpixel((1, 1)) == _rgb(theme.paper)


@every_model
def test_no_number_of_an_axis_is_cut_off(model: type[Model]) -> None:
    chart = chart_of(model)()
    for name, field in model.knobs().items():
        if field.kind in ("int", "float"):
            chart.png(model(**{name: field.knob.high}).run())
            shown = [axes for axes in chart.figure.axes if axes.axison]
            labels = [text for axes in shown for text in _labels(axes.xaxis) + _labels(axes.yaxis)]
            cut = [text.get_text() for text in labels if not _lies_inside(text, chart.figure)]
            assert not cut, f"{model.__name__}, {name} at its highest: {cut} cut off"


def _labels(axis: Axis) -> list[Text]:
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1 for tick in ticks if tick.label1.get_text()]


def _lies_inside(text: Text, figure: Figure) -> bool:
    box, paper = text.get_window_extent(), figure.bbox
    return box.x0 > -1 and box.x1 < paper.width + 1 and box.y0 > -1 and box.y1 < paper.height + 1


def test_the_still_picture_is_higher_by_its_caption() -> None:
    chart = chart_of(ExitCost)()
    result = ExitCost().run()
    live, still = image(chart.png(result)), image(chart.still(result))
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


def test_a_quickly_written_picture_has_the_pixels_of_the_image() -> None:
    stripes = Image.frombytes("RGB", (5, 3), bytes(range(45)))
    assert image(quickly_encoded(stripes)).tobytes() == stripes.tobytes()
    chart = chart_of(ExitCost)(LIGHT)
    result = ExitCost().run()
    png = chart.png(result)
    assert image(png).tobytes() == pixels(chart.canvas).tobytes()
    assert len(png) < 100_000, f"a picture of {len(png):,} bytes is slow to send"
