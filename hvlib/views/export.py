"""Makes the files of charts: ``python -m hvlib.views.export`` (``make charts``).

Each chart is built in both themes, for wide and for narrow pages. What differs between the themes
are colours, kept as pairs.
"""

import copy
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import hvlib.views
from hvlib.edition import ENGLISH
from hvlib.models.model import KnobError, Model, models
from hvlib.real import recording
from hvlib.views import measured
from hvlib.views.chart import Chart, chart_of
from hvlib.views.drawing import DPI, Box, Drawing, rc_of
from hvlib.views.marks import Mark
from hvlib.views.panel import Panel
from hvlib.views.record import recorded
from hvlib.views.stored import code_of, path_of
from hvlib.views.style import own_style
from hvlib.views.theme import DARK
from hvlib.words import LANGUAGE


def exported(kind: type[Chart]) -> dict[str, Any]:
    """What ``build`` of a chart class gives, as plain data."""
    drawings = [Drawing(kind, narrow=narrow) for narrow in (False, True)]
    built = [_parts(drawing.chart) for drawing in drawings]
    widest = _widest(drawings[0].chart)  # moves its marks
    wide, narrow = (
        _in_both_themes(drawing, parts, widest)
        for drawing, parts in zip(drawings, built, strict=True)
    )
    layouts = {"wide": wide.pop("layout"), "narrow": narrow.pop("layout")}
    if _limits(wide) != _limits(narrow):  # what moves is told to both alike
        raise ValueError(f"{kind.__name__}: an axis has other limits on a narrow page")
    return {"code": code_of(kind), "name": kind.__name__, "layouts": layouts, **wide}


def _limits(parts: dict[str, Any]) -> list[Any]:
    return [
        panel[axis][end] for panel in parts["panels"] for axis in "xy" for end in ("low", "high")
    ]


def made(kind: type[Chart]) -> dict[str, Any]:
    """What ``build`` gives, kept in the chart's file where that is a translated edition's."""
    data = exported(kind)
    if LANGUAGE != ENGLISH:
        with suppress(OSError):  # the book may lie where a reader can't write
            _write(kind, data)
    return data


def _in_both_themes(
    light: Drawing[Chart], parts: dict[str, Any], widest: list[Panel]
) -> dict[str, Any]:
    """The parts and the layout of a chart, with what the dark theme makes of both.

    The dark one is not laid out: in another colour everything stands where it does in the light.
    """
    for panel, wide in zip(light.chart.panels, widest, strict=True):
        panel.x, panel.y = wide.x, wide.y
    boxes = light.arrange()
    dark = Drawing(type(light.chart), DARK, narrow=light.chart.narrow)
    one, other = _layout(light, boxes), _layout(dark, boxes)
    for here, there in zip(one["fixed"], other["fixed"], strict=True):
        there[2:5] = here[2:5]
    both: dict[str, Any] = _paired(
        {"layout": one, **parts}, {"layout": other, **_parts(dark.chart)}
    )
    return both


def _parts(chart: Chart) -> dict[str, Any]:
    return {
        "panels": [asdict(panel) for panel in chart.panels],
        "marks": [_mark(mark, chart.panels) for mark in chart.marks],
        "attributes": _attributes(chart),
    }


def _layout(drawing: Drawing[Chart], boxes: list[Box]) -> dict[str, Any]:
    """How what stands fast is drawn. boxes: where the panels stand."""
    size = drawing.size[0] * DPI, drawing.size[1] * DPI
    with own_style(rc_of(drawing.chart.theme)):
        fixed = recorded(drawing.heads(), size)
    return {"size": size, "boxes": boxes, "fixed": fixed, "looks": drawing.looks()}


def _widest(chart: Chart) -> list[Panel]:
    """The panels of a chart at limits where their ticks take most room, of all knobs' reach."""
    widest = copy.deepcopy(chart.panels)
    most = [-1] * len(widest)
    for result in examples(type(chart)):
        chart.move(result)
        for number, panel in enumerate(chart.panels):
            letters = max((len(name) for _place, name in panel.y.ticks()), default=0)
            if letters > most[number]:
                most[number], widest[number] = letters, copy.deepcopy(panel)
    return widest


def examples(kind: type[Chart]) -> Iterator[Any]:
    """Results that a chart may be asked to show: the model at its defaults and at the ends of each
    knob, or the recording of an experiment.
    """
    recording.load_all()
    for experiment in recording.REGISTRY.values():
        if measured.chart_of(experiment) is kind:
            yield experiment.stored()
    for model in models():
        if issubclass(kind, chart_of(model)):
            yield model().run()
            yield from _at_the_ends(model)


def _at_the_ends(model: type[Model]) -> Iterator[Any]:
    for field in model.knobs().values():
        ends = field.choices or (field.knob.low, field.knob.high)
        for value in ends if field.kind != "bool" else (False, True):
            with suppress(KnobError):  # the ends of two knobs need not go together
                yield model(**{field.name: value}).run()


def _mark(mark: Mark, panels: list[Panel]) -> dict[str, Any]:
    data: dict[str, Any] = {
        name: copy.deepcopy(value)  # a move may write into it
        for name, value in vars(mark).items()
        if name not in ("panel", "style")
    }
    number = next((n for n, panel in enumerate(panels) if panel is mark.panel), None)
    return {"kind": mark.kind, "panel": number, **data}


def _attributes(chart: Chart) -> dict[str, Any]:
    """What ``build`` stored in a chart, with marks and panels by their numbers."""
    numbers: dict[int, dict[str, int]] = {id(m): {"mark": n} for n, m in enumerate(chart.marks)}
    numbers |= {id(panel): {"panel": n} for n, panel in enumerate(chart.panels)}

    def plain(value: Any) -> Any:
        if id(value) in numbers:
            return numbers[id(value)]
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, tuple):
            return {"tuple": [plain(item) for item in value]}
        if isinstance(value, dict):
            return {"pairs": [[plain(key), plain(item)] for key, item in value.items()]}
        if value is None or isinstance(value, str | int | float | bool):
            return value
        raise TypeError(f"{type(chart).__name__}: a {type(value).__name__} can't be stored")

    own = {"theme", "narrow", "marks", "panels", "goal", "_hand"}
    return {name: plain(value) for name, value in vars(chart).items() if name not in own}


def _paired(light: Any, dark: Any) -> Any:
    """Two equal pieces of plain data; where colours differ, both of them."""
    if isinstance(light, dict):
        return {key: _paired(value, dark[key]) for key, value in light.items()}
    if isinstance(light, list | tuple):
        return [_paired(*items) for items in zip(light, dark, strict=True)]
    if light != dark:
        if not (isinstance(light, str) and light.startswith("#")):
            raise ValueError(
                f"{light!r} in the light, {dark!r} in the dark: only colours may differ"
            )
        return f"{light} {dark}"
    return light


def charts() -> list[type[Chart]]:
    """All chart classes of the book, by name."""
    for info in iter_modules(hvlib.views.__path__):
        import_module(f"hvlib.views.{info.name}")
    found, todo = set(), [Chart]
    while todo:
        children = todo.pop().__subclasses__()
        todo += children
        found |= {kind for kind in children if not kind.__abstractmethods__}
    return sorted((k for k in found if k.__module__.startswith("hvlib.")), key=lambda k: k.__name__)


def text_of(data: dict[str, Any]) -> str:
    """A chart's file: a line a mark, so that a change can be read."""
    lines = []
    for key, value in data.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(item, ensure_ascii=False) for item in value)
            lines.append(f'"{key}": [\n{rows}\n]')
        else:
            lines.append(f'"{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(names: list[str]) -> None:
    """Write the files of the named chart classes, or of all."""
    for kind in charts():
        if not names or kind.__name__ in names:
            _write(kind, exported(kind))
            print(path_of(kind).name, flush=True)


def _write(kind: type[Chart], data: dict[str, Any]) -> None:
    path = path_of(kind)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text_of(data), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
