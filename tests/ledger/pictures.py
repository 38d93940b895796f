"""The pictures of the ledger: every chart, every measured chart and a few diagrams, in words."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from hvlib.models.cluster import Cluster
from hvlib.models.model import Field, Model, models
from hvlib.real import recording
from hvlib.systems.system import load
from hvlib.views import measured
from hvlib.views.board import board
from hvlib.views.chart import chart_of
from hvlib.views.diagram import canvas
from hvlib.views.restore import drawing
from hvlib.views.scene import scene_of
from tests.ledger.artists import shown

FOLDER = Path(__file__).parent / "pictures"
DIAGRAMS: dict[str, tuple[str, tuple[str, ...], str, int]] = {
    "diagram-xen": ("xen", ("dom0",), "packet", 2),
    "diagram-kvm": ("kvm", (), "disk", 1),
    "diagram-docker": ("docker", (), "", 0),
}
"""System, what has crashed, flow and step."""


def pictures() -> dict[str, Callable[[], str]]:
    """The text of each picture, by the name of its file."""
    found: dict[str, Callable[[], str]] = {m.__name__: partial(of_model, m) for m in models()}
    recording.load_all()
    found |= {f"measured-{name}": partial(of_trace, name) for name in sorted(recording.REGISTRY)}
    found |= {name: partial(of_diagram, name) for name in DIAGRAMS}
    return found | {"board": of_board}


def of_model(model: type[Model]) -> str:
    """The chart at the defaults, at two more states, and at each choice alone."""
    chart = drawing(chart_of(model))
    lines = []
    for question in _states(model):
        result = question.run()
        chart.show(result)
        lines += [f"# {question!r}", result.describe(), *shown(chart.figure), ""]
    return "\n".join(lines)


def _states(model: type[Model]) -> list[Model]:
    knobs = model.knobs().values()
    states = [{}, *({f.name: _value(f, share) for f in knobs} for share in (0.35, 0.7))]
    states += [
        {f.name: value}
        for f in knobs
        for value in ((False, True) if f.kind == "bool" else f.choices)
        if value != f.default
    ]
    found = [model(**state) for state in states]
    return [state for at, state in enumerate(found) if state not in found[:at]]


def _value(field: Field, share: float) -> Any:
    """The value at a share of the knob's range."""
    if field.kind == "bool":
        return share > 0.5
    if field.kind == "choice":
        return field.choices[round(share * (len(field.choices) - 1))]
    low, high = field.knob.low or 0, field.knob.high or 0
    value = low + share * (high - low)
    return round(value) if field.kind == "int" else float(f"{value:.3g}")


def of_trace(name: str) -> str:
    """The chart of a recording, and its sentence."""
    experiment = recording.named(name)
    kind, trace = measured.chart_of(experiment), experiment.stored()
    chart = drawing(kind)
    chart.show(trace)
    return "\n".join([kind.says(trace), *shown(chart.figure), ""])


def of_diagram(name: str) -> str:
    system, crashed, flow, step = DIAGRAMS[name]
    figure = canvas(scene_of(load(system)), crashed, flow, step).figure
    return "\n".join([f"# {DIAGRAMS[name]}", *shown(figure), ""])


def of_board() -> str:
    """Each failure at its moment and a little later: every box's state, and the sentence."""
    lines = []
    for fails in Cluster.knobs()["fails"].choices:
        run = Cluster(fails=fails).setup()
        result = run.run()
        for time in (760.0, 800.0):
            at = board(run, result, time)
            states = " ".join(f"{id}={state}" for id, state in at.states.items())
            lines += [f"# {fails} at 750 s, shown at {time:g} s", at.moment.says, states, ""]
    return "\n".join(lines)


def stored(name: str) -> Path:
    return FOLDER / f"{name}.txt"


def stale() -> Iterator[Path]:
    """Files whose picture is gone."""
    names = pictures()
    return (path for path in sorted(FOLDER.glob("*.txt")) if path.stem not in names)
