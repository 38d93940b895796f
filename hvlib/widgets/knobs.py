"""One control for each knob of a model: slider, switch or menu, as the knob declares."""

from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets

from hvlib.models.model import Field
from hvlib.numbers import unit_name
from hvlib.widgets.picture import Aside
from hvlib.widgets.script import Scripted
from hvlib.widgets.transport import Transport

_HERE = Path(__file__).parent
_LAYOUT = {"width": "100%"}
_STYLE = {"description_width": "170px"}


class _Switch(Aside, widgets.Checkbox): ...


class Menu(Aside, widgets.Dropdown):
    """A list of choices."""


class Slider(Aside, Scripted):
    """A long track from ``min`` to ``max``, and the number beside its name to type into.

    stops: the values on which the thumb stands, where they are not ``step`` apart. ticks: (value,
    name) of the named values, which are buttons. held: a hand holds the thumb.
    """

    _esm = _HERE / "slider.js"
    _css = _HERE / "slider.css"

    value = traitlets.Any(0).tag(sync=True)
    held = traitlets.Bool(False).tag(sync=True)
    min = traitlets.Float(0.0).tag(sync=True)
    max = traitlets.Float(1.0).tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    stops: Any = traitlets.List().tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    unit = traitlets.Unicode("").tag(sync=True)
    tip = traitlets.Unicode("").tag(sync=True)
    ticks: Any = traitlets.List().tag(sync=True)


def control(field: Field, value: Any) -> widgets.Widget:
    """The control of one knob, set to ``value``."""
    tip = field.knob.help or field.allowed
    if field.knob.stepper:
        return Transport(field.knob.label, value=value, layout=_LAYOUT)
    if field.kind in ("int", "float"):
        return Slider(
            value=value,
            min=float(field.knob.low or 0),
            max=float(field.knob.high or 0),
            step=float(field.step),
            stops=list(field.stops),
            whole=field.kind == "int",
            caption=field.knob.label,
            unit=unit_name(field.knob.unit),
            tip=tip,
            ticks=[list(tick) for tick in field.knob.ticks],
            layout=_LAYOUT,
        )
    common: dict[str, Any] = {"tooltip": tip, "layout": _LAYOUT, "style": _STYLE}
    common["description"] = field.knob.label
    if field.kind == "bool":
        return _Switch(value=value, indent=False, **common)
    return Menu(
        options=[(field.name_of(choice), choice) for choice in field.choices], value=value, **common
    )


def chosen(field: Field, value: Any) -> Any:
    """What the reader means by a control that stands at ``value``, inside the knob's range."""
    if field.kind not in ("int", "float"):
        return value
    low, high = float(field.knob.low or 0), float(field.knob.high or 0)
    inside = min(max(float(value), low), high)
    return round(inside) if field.kind == "int" else inside


def nearest(field: Field, value: Any) -> Any:
    """The value on which a slider would stand that is nearest to one that a mark was pulled to."""
    value = chosen(field, value)
    if field.kind not in ("int", "float"):
        return value
    if field.stops:
        return min(field.stops, key=lambda stop: abs(field.share(stop) - field.share(value)))
    low = float(field.knob.low or 0)
    step = float(field.step)
    return chosen(field, round(low + step * round((value - low) / step), 10))
