"""The one contract of every model: knobs in, ``run()``, result out.

A model is a question with knobs. Its fields are the knobs, each with its range, unit and label
beside the type, so that one declaration gives validation, sliders, the Hypothesis strategies of
the tests, the table of parameters and the short string that stores a state::

    class Migration(Model):
        memory: Annotated[float, Knob(_("VM memory"), 64, 4096, "MB")] = 800

        def run(self) -> MigrationResult: ...
"""

import difflib
import math
import pkgutil
import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from string import Formatter
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints
from urllib.parse import unquote_plus

import annotated_types
from pydantic import BaseModel, ConfigDict, ValidationError

import hvlib.models
from hvlib.listed import sentences
from hvlib.models.goal import Quantity as Quantity
from hvlib.numbers import with_unit
from hvlib.words import _

ROUND = (1, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9)
"""Round numbers, each about 12% above the one before."""


class KnobError(ValueError):
    """A knob that the model does not have, or a value outside the knob's range."""


@dataclass(frozen=True, slots=True)
class Knob(annotated_types.GroupedMetadata):
    """Label, range and unit of one parameter of a model.

    low, high: inclusive bounds; left out for a choice (``Literal``) or a switch (``bool``).
    unit: a symbol (``"ms"``) or, where it is a word, a template (``_("{n} hosts")``).
    step: the slider's step; by default 1 for ``int`` and a hundredth of the range for ``float``.
    log: whether a slider should move by factors instead of differences.
    help: one sentence for the tooltip.
    stepper: the knob walks through the steps of a run; it gets Back, Step and Run buttons.
    ticks: values with a name each, marked on the slider; a press goes there.
    names: what each choice is called, where that isn't a proper name. Messages and stored states
    keep the value itself.
    """

    label: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    step: float | None = None
    log: bool = False
    help: str = ""
    stepper: bool = False
    ticks: tuple[tuple[float, str], ...] = ()
    names: Mapping[Any, str] = field(default_factory=dict, hash=False)

    def __iter__(self) -> Iterator[annotated_types.BaseMetadata]:
        if self.low is not None:
            yield annotated_types.Ge(self.low)
        if self.high is not None:
            yield annotated_types.Le(self.high)


Kind = Literal["int", "float", "bool", "choice"]


@dataclass(frozen=True, slots=True)
class Field:
    """A knob with its place in a model: what a slider, a test or a table needs to know of it."""

    name: str
    knob: Knob
    kind: Kind
    default: Any
    choices: tuple[Any, ...] = ()

    def name_of(self, value: Any) -> str:
        """What a choice is called; its own name where the knob gives it no other."""
        return self.knob.names.get(value, str(value))

    @property
    def step(self) -> float:
        """The slider's step in the knob's unit."""
        if self.knob.step is not None:
            return self.knob.step
        if self.kind == "int" or self.knob.low is None or self.knob.high is None:
            return 1
        return (self.knob.high - self.knob.low) / 100

    @property
    def stops(self) -> tuple[float, ...]:
        """The values on which a slider by factors stands, as far from each other on its track.

        Round numbers, 20 for each power of ten, with the ends, the default and the named values.
        A range that begins at 0 goes on at its step. Empty for a slider by differences.
        """
        low, high = self.knob.low, self.knob.high
        if not self.knob.log or low is None or high is None:
            return ()
        least = low or self.step
        powers = range(math.floor(math.log10(least)), math.ceil(math.log10(high)) + 1)
        found = {float(f"{digits}e{power}") for power in powers for digits in ROUND}
        if self.kind == "int":
            found = {round(value) for value in found}
        named = (self.default, *(value for value, _name in self.knob.ticks))
        return tuple(sorted({low, high, *named, *(v for v in found if least <= v <= high)}))

    def share(self, value: float) -> float:
        """Where a value stands on the slider's track: 0 at its left end, 1 at its right."""
        low, high = float(self.knob.low or 0), float(self.knob.high or 0)
        stops = self.stops
        if not stops:
            return (value - low) / (high - low)
        above = next((n for n, stop in enumerate(stops) if stop >= value), len(stops) - 1)
        part = (stops[above] - value) / (stops[above] - stops[above - 1]) if above else 0.0
        return (above - part) / (len(stops) - 1)

    @property
    def allowed(self) -> str:
        """The allowed values in words, for messages and tables."""
        if self.kind == "bool":
            return _("True or False")
        if self.kind == "choice":
            return _("one of {choices}").format(choices=", ".join(map(self._written, self.choices)))
        low, high = f"{self.knob.low:g}", f"{self.knob.high:g}"
        return with_unit(_("{low} to {high}").format(low=low, high=high), self.knob.unit)

    def _written(self, choice: Any) -> str:
        """A choice as it is written in code, and in words where those are others."""
        name = self.name_of(choice)
        return repr(choice) if name == choice else f"{choice!r} ({name})"


class Result(ABC):
    """What a model answers: a frozen dataclass with a sentence."""

    __slots__ = ()

    @abstractmethod
    def describe(self) -> str:
        """One or two sentences that say, with the numbers, what the picture shows."""

    def told(self, text: str, **more: Any) -> str:
        """``text`` with these values in its places, and in the others with its own of that name."""
        names = (name for _words, name, _form, _how in Formatter().parse(text) if name)
        own = {name: getattr(self, name) for name in names if name not in more}
        return text.format(**own, **more)


def within(record: object, **bounds: tuple[float, float]) -> None:
    """Check the numbers of a parameter record, from its ``__post_init__``; None passes.

    Raises ValueError, naming record, field, range and value, for one outside its bounds
    (inclusive) or not finite.
    """
    for name, (low, high) in bounds.items():
        value = getattr(record, name)
        if value is None or (math.isfinite(value) and low <= value <= high):
            continue
        allowed = _("{low:g} to {high:g}") if high < math.inf else _("{low:g} or more")
        message = _("{record}.{name} must be {allowed}, not {value!r}")
        allowed = allowed.format(low=low, high=high)
        kind = type(record).__name__
        raise ValueError(message.format(record=kind, name=name, allowed=allowed, value=value))


class Model(BaseModel, ABC):
    """A frozen record of knob values whose ``run()`` gives a :class:`Result`.

    Raises KnobError, naming model, field, allowed range and value, when it is built with an
    unknown knob or a value out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: ClassVar[str] = ""
    quantities: ClassVar[dict[str, Quantity]] = {}
    """The numbers of a result that a reader may aim at, the most important first."""
    presets: ClassVar[dict[str, dict[str, Any]]] = {}
    """Settings of some knobs that have a name."""

    def __init__(self, **values: Any) -> None:
        fields = type(self).knobs()
        for name in values:
            if name not in fields:
                raise KnobError(_unknown(type(self).__name__, name, tuple(fields)))
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise KnobError(_out_of_range(type(self), error)) from None

    @abstractmethod
    def run(self) -> Result:
        """The answer for these knob values. Pure: no drawing, I/O, clock or global randomness."""

    @classmethod
    def knobs(cls) -> dict[str, Field]:
        """The model's knobs by name, in the order of their declaration."""
        return dict(_fields(cls))

    def with_(self, **changes: Any) -> Self:
        """A new model with some knobs changed. Raises KnobError as building one does."""
        return type(self)(**{**self.model_dump(), **changes})

    def state(self) -> str:
        """The knobs that differ from their defaults, as ``"memory=1024 rate=200"``."""
        fields = type(self).knobs()
        values = {name: getattr(self, name) for name in fields}
        return " ".join(
            f"{name}={_written(value)}"
            for name, value in values.items()
            if _written(value) != _written(fields[name].default)
        )

    @classmethod
    def from_state(cls, text: str) -> Self:
        """The model that :meth:`state` describes; an empty string gives all defaults.

        A link to a state on the site will do, whole or from its ``#`` or ``?`` on.
        Raises KnobError for text that is not a state of this model.
        """
        values: dict[str, Any] = {}
        for part in _parts(cls, _unlinked(text)):
            name, equals, value = part.partition("=")
            if not equals:
                message = _("{model}: {part!r} is not name=value")
                raise KnobError(message.format(model=cls.__name__, part=part))
            values[name] = value
        return cls(**values)


@cache
def _fields(model: type[Model]) -> dict[str, Field]:
    hints = get_type_hints(model, include_extras=True)
    return {name: _field(model, name, hints[name]) for name in model.model_fields}


def _field(model: type[Model], name: str, annotation: Any) -> Field:
    # Read from the annotation: pydantic's own metadata has the Knob already taken apart.
    knob = next((item for item in get_args(annotation)[1:] if isinstance(item, Knob)), None)
    if knob is None:
        raise TypeError(f"{model.__name__}.{name} is declared without a Knob")
    info = model.model_fields[name]
    kind, choices = _kind(info.annotation)
    return Field(name, knob, kind, info.default, choices)


def _kind(annotation: Any) -> tuple[Kind, tuple[Any, ...]]:
    if get_origin(annotation) is Literal:
        return "choice", get_args(annotation)
    if annotation is bool:
        return "bool", ()
    if annotation is int:
        return "int", ()
    if annotation is float:
        return "float", ()
    raise TypeError(f"no knob for the type {annotation!r}")


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    text = str(value)
    # shlex would write an apostrophe as '"'"', which no reader types.
    return f'"{text}"' if "'" in text and not set(text) & set('"\\$`') else shlex.quote(text)


_LINK = re.compile(r"(?:\S*#)?[^\s=?]*\?(.*)|(\S*(?:%[0-9A-Fa-f]{2}|(?<!\de)\+)\S*)")
"""A link to a state, or what is behind its ``?`` where that is written as no state is."""


def _unlinked(text: str) -> str:
    """The state that a link asks for, such as ``page.html#migration?hot=13+rate=200``."""
    link = _LINK.fullmatch(text.strip())
    return unquote_plus(link[1] or link[2] or "") if link else text


def _parts(model: type[Model], text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        message = _("{model}: {text!r} is no state: {error}")
        raise KnobError(message.format(model=model.__name__, text=text, error=error)) from None


def _unknown(model: str, name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = _("Did you mean {name!r}?").format(name=close[0]) if close else ""
    message = _("{model} has no knob {name!r}; it has {known}.")
    return sentences(message.format(model=model, name=name, known=", ".join(known)), hint)


def _out_of_range(model: type[Model], error: ValidationError) -> str:
    fields = model.knobs()
    message = _("{model}.{name} must be {allowed}, not {value!r}")
    return "; ".join(
        message.format(
            model=model.__name__,
            name=problem["loc"][0],
            allowed=fields[str(problem["loc"][0])].allowed,
            value=problem["input"],
        )
        for problem in error.errors()
        if problem["loc"]
    ) or str(error)


def models() -> list[type[Model]]:
    """All models of the book, by name."""
    for module in pkgutil.iter_modules(hvlib.models.__path__):
        import_module(f"hvlib.models.{module.name}")
    found, waiting = [], [Model]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting += children
        found += [model for model in children if model.__module__.startswith("hvlib.models.")]
    return sorted(found, key=lambda model: model.__name__)
