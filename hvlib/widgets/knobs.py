"""One control for each knob of a model: slider, switch or menu, as the knob declares."""

import math
from typing import Any

import ipywidgets as widgets

from hvlib.models.model import Field
from hvlib.widgets.picture import Aside

LOG_STEP = 0.05
"""A step of a log slider, in powers of ten: about 12%."""

_STYLE = {"description_width": "170px"}
_LAYOUT = {"width": "100%", "max_width": "440px"}


class _Switch(Aside, widgets.Checkbox): ...


class _Menu(Aside, widgets.Dropdown): ...


class _Whole(Aside, widgets.IntSlider): ...


class _Slider(Aside, widgets.FloatSlider): ...


class _LogSlider(Aside, widgets.FloatLogSlider): ...


class _Readout(Aside, widgets.Label): ...


def control(field: Field, value: Any) -> widgets.ValueWidget:
    """The control of one knob, set to ``value``."""
    common: dict[str, Any] = {
        "description": _caption(field),
        "tooltip": field.knob.help or field.allowed,
        "style": _STYLE,
        "layout": _LAYOUT,
    }
    if field.kind == "bool":
        return _Switch(value=value, indent=False, **common)
    if field.kind == "choice":
        return _Menu(options=list(field.choices), value=value, **common)
    if field.kind == "int":
        low, high = int(field.knob.low or 0), int(field.knob.high or 0)
        step = max(1, int(field.step))
        return _Whole(value=value, min=low, max=high, step=step, **common)
    return _float_slider(field, value, common)


def _float_slider(field: Field, value: float, common: dict[str, Any]) -> widgets.ValueWidget:
    low, high = float(field.knob.low or 0), float(field.knob.high or 0)
    if field.knob.scale == "log":
        return _LogSlider(
            value=value,
            base=10,
            min=math.log10(low),
            max=math.log10(high),
            step=LOG_STEP,
            readout=False,  # it would show the slider's place, not the model's round value
            **common,
        )
    return _Slider(
        value=value, min=low, max=high, step=field.step, readout_format=_digits(field), **common
    )


def with_readout(field: Field, slider: widgets.ValueWidget, value: Any) -> widgets.Widget:
    """The control as it is shown: a log slider gets the model's own value beside it."""
    if field.kind != "float" or field.knob.scale != "log":
        return slider
    # At the right end the slider's handle stands out by half its width.
    readout = _Readout(written(value), layout={"width": "76px", "margin": "2px 2px 2px 14px"})
    readout.add_class("widget-readout")
    return widgets.HBox([slider, readout], layout=_LAYOUT)


def written(value: float) -> str:
    """A value with three digits, and no power of ten where people write none."""
    if 1e-3 <= abs(value) < 1e7 or value == 0:
        digits = 0 if abs(value) >= 100 else 3 - math.ceil(math.log10(abs(value) or 1) + 1e-9)
        text = f"{value:,.{max(0, digits)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.3g}"


def _digits(field: Field) -> str:
    """As many decimals as the step needs to be seen."""
    if field.step >= 1 and float(field.step).is_integer():
        return ",.0f"
    return f".{min(4, max(1, math.ceil(-math.log10(field.step))))}f"


def _caption(field: Field) -> str:
    unit = f" ({field.knob.unit})" if field.knob.unit else ""
    return f"{field.label}{unit}"


def chosen(field: Field, value: Any, current: Any) -> Any:
    """What the reader means by a control that now stands at ``value``.

    A slider snaps to its nearest step as soon as it is shown; while it stays within half a step
    of ``current``, nobody has moved it and ``current`` holds. A log slider's value is rounded to
    three digits, but for the range's ends, and every value is kept inside the knob's range.
    """
    low, high = field.knob.low, field.knob.high
    if field.kind not in ("int", "float") or low is None or high is None:
        return value
    if field.knob.scale == "log":
        if abs(math.log10(value) - math.log10(current)) < LOG_STEP / 2:
            return current
        ends = (end for end in (low, high) if math.isclose(value, end, rel_tol=1e-6))
        value = next(ends, float(f"{value:.3g}"))
    elif field.kind == "float" and abs(value - current) < 0.499 * field.step:
        return current
    return min(max(value, low), high)
