"""Several systems beside each other: one menu of flows and one transport for all their pictures."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets

from hvlib.systems.system import System
from hvlib.views.layout import Layout, layout
from hvlib.views.scene import layer_names
from hvlib.widgets.diagram import Diagram, bundled, look, system_of, words
from hvlib.widgets.knobs import Menu
from hvlib.widgets.script import Scripted, script
from hvlib.widgets.transport import Transport
from hvlib.words import _, pgettext

ROOM = (940.0, 470.0)
"""Width and height, px, that two pictures share on a laptop's screen with a list of files open."""
LEAST = 0.5
"""How far pictures shrink to stand beside each other; in less room they stand below each other."""


class Legend(Scripted):
    """What the signs in several pictures mean; ``present``: those that occur."""

    _esm = script("manners.js", "nodes.js", "diagram-build.js", "diagram-paint.js", "legend.js")
    _css = script("diagram.css")

    look = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    layers: Any = traitlets.List().tag(sync=True)
    present: Any = traitlets.List().tag(sync=True)


class Comparison(widgets.VBox):
    """Several diagrams at one scale: side by side where they fit, else below each other.

    ``flow`` and ``step`` are those of all; a diagram without the flow shows none, and one that
    ends sooner, or in which something is broken, stays where it ends.
    """

    def __init__(self, systems: Sequence[System], flow: str = "") -> None:
        _check(flow, systems)
        widths = zip(systems, _widths(systems), strict=True)
        self.diagrams = tuple(Diagram(it, width=width, bare=True) for it, width in widths)
        for diagram in self.diagrams:
            width = diagram.scene["width"]
            flex = f"{round(width)} 1 {round(LEAST * width)}px"
            diagram.layout = {"flex": flex, "max_width": f"{width + 16}px", "min_width": "0"}
            diagram.pale = sorted(_alike(diagram.system, systems))
            diagram.observe(self._paint, names=["shown"])
            diagram.observe(self._choose, names=["selected"])
        self._menu = Menu(
            options=[(pgettext("flow", "none"), ""), *_flows(systems)],
            value=flow,
            description=_("Flow"),
            style={"description_width": "auto"},
            layout={"width": "auto", "max_width": "100%"},
        )
        self._steps = Transport(_("Steps"), layout={"flex": "1 1 380px"})
        self._legend = Legend(look=look(), words=words(), layers=_layers())
        row = {"flex_flow": "row wrap", "align_items": "flex-start"}
        bar = widgets.HBox([self._menu, self._steps], layout={**row, "align_items": "center"})
        pictures = widgets.Box(self.diagrams, layout=row)
        super().__init__([bar, pictures, self._legend])
        self.add_class("hv-comparison")
        self._menu.observe(self._flow_chosen, names="value")
        self._steps.observe(lambda _change: self._step_all(), names="value")
        self._flow_chosen()

    @property
    def flow(self) -> str:
        """The flow that all show which have it; empty for none."""
        return str(self._menu.value)

    @property
    def step(self) -> int:
        """The step at which all are that get so far."""
        return int(self._steps.value)

    def _flow_chosen(self, _change: Any = None) -> None:
        with self._at_once():
            for diagram in self.diagrams:
                known = {flow.id for flow in diagram.system.all_flows}
                diagram.flow = self.flow if self.flow in known else ""
            self._steps.run, self._steps.value = self.flow, 0
            self._paint()

    def _step_all(self) -> None:
        with self._at_once():
            for diagram in self.diagrams:
                diagram.step = min(self.step, _length(diagram))

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Each part sends what becomes of it in one message, at the end."""
        with ExitStack() as stack:
            for part in (*self.diagrams, self._steps):
                stack.enter_context(part.hold_sync())
            yield

    def _choose(self, change: Any) -> None:
        """One box is chosen in all, so that one panel tells of it."""
        if change.new:
            for diagram in self.diagrams:
                if diagram is not change.owner:
                    diagram.selected = ""

    def _paint(self, _change: Any = None) -> None:
        ticks = dict(tick for diagram in self.diagrams for tick in _shown_flow(diagram)["ticks"])
        with self._steps.hold_sync():
            self._steps.last = max(map(_length, self.diagrams))
            self._steps.reach = max(map(_reach, self.diagrams))
            self._steps.ticks = [list(tick) for tick in sorted(ticks.items())]
        self._legend.present = sorted(set().union(*map(_signs, self.diagrams)))

    def describe(self) -> str:
        """What the pictures show, one after the other, each with its name."""
        return " ".join(_named(diagram) for diagram in self.diagrams)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widgets, still picture and sentence: whichever a reader's program can show."""
        return bundled(super()._repr_mimebundle_(**kwargs), self.diagrams, self.describe())


def compare(first: str | Path | System, *others: str | Path | System, flow: str = "") -> Comparison:
    """The clickable pictures of several systems at one scale: ``compare("xen", "virtualbox")``.

    Raises as :func:`~hvlib.widgets.diagram.show` does, and TraitError for a flow that none has.
    """
    return Comparison([system_of(system) for system in (first, *others)], flow)


def _named(diagram: Diagram) -> str:
    name, says = diagram.system.name, diagram.describe()
    return says if says.startswith(name) else _("{name}: {says}").format(name=name, says=says)


# --- what they have in common -----------------------------------------------------------------


def _alike(system: System, all: Iterable[System]) -> set[str]:
    """The ids of the components that every system has, by name and layer."""
    others = [{(item.name, item.layer) for item in other.components} for other in all]
    return {
        item.id
        for item in system.components
        if sum((item.name, item.layer) in other for other in others) == len(others)
    }


def _flows(systems: Sequence[System]) -> list[tuple[str, str]]:
    """Name and id of each flow, those that all have first; the others say whose they are."""
    names: dict[str, str] = {}
    owners: dict[str, list[str]] = {}
    for system in systems:
        for flow in system.all_flows:
            names.setdefault(flow.id, flow.name)
            owners.setdefault(flow.id, []).append(system.name)
    only = _("{flow} (only {systems})")
    shared = [(names[id], id) for id, of in owners.items() if len(of) == len(systems)]
    return shared + [
        (only.format(flow=names[id], systems=", ".join(of)), id)
        for id, of in owners.items()
        if len(of) < len(systems)
    ]


def _check(flow: str, systems: Sequence[System]) -> None:
    known = dict.fromkeys(own.id for system in systems for own in system.all_flows)
    if flow and flow not in known:
        message = _("none of these systems has a flow {id!r}; there are {known}")
        raise traitlets.TraitError(message.format(id=flow, known=", ".join(known)))


def _layers() -> list[dict[str, str]]:
    return [{"id": id, "name": name} for id, name in reversed(layer_names().items())]


# --- one diagram of them ----------------------------------------------------------------------


def _shown_flow(diagram: Diagram) -> dict[str, Any]:
    """The data of the flow that a diagram shows."""
    none: dict[str, Any] = {"legs": [], "ticks": [], "marks": []}
    return next((it for it in diagram.scene["flows"] if it["id"] == diagram.flow), none)


def _length(diagram: Diagram) -> int:
    return len(_shown_flow(diagram)["legs"])


def _reach(diagram: Diagram) -> int:
    return int(diagram.shown["stops"].get(diagram.flow, _length(diagram)))


def _signs(diagram: Diagram) -> set[str]:
    """The signs that a legend has to explain."""
    states = {state for state, _text, _kind in diagram.shown["marks"].values()}
    layers = {layer["id"] for layer in diagram.scene["layers"]}
    kinds = {edge["kind"] for edge in diagram.scene["edges"]}
    return states | layers | kinds | set(_shown_flow(diagram)["marks"])


# --- room -------------------------------------------------------------------------------------


def _widths(systems: Sequence[System]) -> tuple[float, ...]:
    """The widths for which to lay the pictures out, so that side by side they shrink least."""
    tried = (360.0, 430.0, 500.0, 600.0, 700.0, 860.0)
    sizes = [[(layout(system, width), width) for width in tried] for system in systems]
    best = max(product(*sizes), key=lambda some: _scale([placed for placed, _width in some]))
    return tuple(width for _placed, width in best)


def _scale(placed: Sequence[Layout]) -> float:
    """How much pictures shrink that stand beside each other in ROOM."""
    width, height = ROOM
    across = width / sum(it.width + 16 for it in placed)
    return min(1.0, across, height / max(it.height for it in placed))
