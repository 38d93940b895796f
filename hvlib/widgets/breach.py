"""Who falls on a system: an attacker in one box, a flaw in another, and the walls between them."""

from pathlib import Path
from typing import Any

import ipywidgets as widgets

from hvlib.systems.blast import trust_graph
from hvlib.systems.parts import Component
from hvlib.systems.system import System, load
from hvlib.trust import GUARDS, Needs, passed
from hvlib.widgets.diagram import Diagram, bundled
from hvlib.widgets.live import Live
from hvlib.words import _, ngettext

_NEEDS: dict[str, Needs] = {
    _("nothing more"): "nothing",
    _("a system call that seccomp blocks"): "a blocked system call",
    _("a capability that is dropped"): "a dropped capability",
    _("to be root on the host"): "root on the host",
    _("the host’s network"): "the host's network",
}
_GUARDS = {
    "seccomp": _("seccomp filter"),
    "capabilities": _("Capabilities dropped"),
    "user namespaces": _("User namespace"),
    "network namespace": _("Network of its own"),
}


class Breach(widgets.VBox):
    """A system's picture in which a click puts the attacker into a box, or a flaw.

    ``attacker`` and ``flaw`` hold ids of components, ``needs`` what the flaw needs; ``guards`` are
    switches for the walls of the attacker's container, which start as they are. ``fallen`` are the
    ids of all that falls, ``names`` those of the containers and guests among it.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        starts, flawed = _starts(system), _flawed(system)
        self.attacker = _menu(_("Attacker in"), {item.name: item.id for item in starts})
        self.flaw = _menu(_("Flaw in"), {_("nothing"): ""} | {x.name: x.id for x in flawed})
        self.needs = _menu(_("It needs"), _NEEDS)
        self.guards = {guard: _switch(_GUARDS[guard]) for guard in GUARDS}
        self._places = {item.id for item in starts}
        self._breakable = {item.id for item in flawed}
        self.diagram = Diagram(system.model_copy(update={"flows": ()}), click="pick")
        hint = _(
            "Click a container or a guest to put the attacker there, any other box for a flaw."
        )
        words = {"picked": "✕ " + _("falls"), "pick_hint": hint}
        self.diagram.words = {**self.diagram.words, **words}
        self._live = Live()
        row = {"flex_flow": "row wrap", "align_items": "center"}
        menus = widgets.HBox([self.attacker, self.flaw, self.needs], layout=row)
        walls = widgets.HBox([*self.guards.values()], layout=row)
        super().__init__([menus, walls, self._live, self.diagram])
        self.add_class("hv-explorer")
        self._stand()
        self.attacker.observe(lambda _change: self._stand(), names="value")
        for knob in (self.flaw, self.needs, *self.guards.values()):
            knob.observe(lambda _change: self._paint(), names="value")
        self.diagram.observe(self._clicked, names="picked")
        self._paint()

    @property
    def fallen(self) -> tuple[str, ...]:
        """The ids of all components that fall."""
        _names, reached = self._found()
        return tuple(item.id for item in self._system.components if item.boundary in reached)

    @property
    def names(self) -> tuple[str, ...]:
        """The containers and guests that fall, the attacker's own among them."""
        return self._found()[0]

    def _found(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """Names and boundaries of what falls."""
        system = self._as_set()
        start = system.component(self.attacker.value).boundary
        broken: set[str] = set(passed(self.needs.value))
        if self.flaw.value:
            broken.add(system.component(self.flaw.value).boundary)
        graph = trust_graph(system)
        return graph.fallen(start, broken), graph.reached(start, broken)

    def _as_set(self) -> System:
        """The system with the attacker's walls as the switches have them."""
        guards = tuple(guard for guard, knob in self.guards.items() if knob.value)
        changed = (
            item.model_copy(update={"guards": guards}) if item.id == self.attacker.value else item
            for item in self._system.components
        )
        return self._system.model_copy(update={"components": tuple(changed)})

    def _stand(self) -> None:
        """Set the switches as the attacker's own walls are; they are those of a container."""
        item = self._system.component(self.attacker.value)
        for guard, knob in self.guards.items():
            knob.value = guard in item.guards
            knob.disabled = item.role != "container"
        self._paint()

    def _clicked(self, change: Any) -> None:
        """A box was clicked: the attacker moves there, or the flaw."""
        for id in set(change.new) ^ set(self.fallen):
            if id in self._places:
                self.attacker.value = id
            elif id in self._breakable:
                self.flaw.value = "" if self.flaw.value == id else id
        self._paint()

    def _paint(self) -> None:
        self.diagram.picked = self.fallen
        self._live.say(self.describe())

    def describe(self) -> str:
        """Who falls, in a sentence."""
        text = _("An attacker in {attacker}, and a flaw in {flaw}: {fallen}.")
        if not self.flaw.value:
            text = _("An attacker in {attacker}, and no flaw: {fallen}.")
        others = [name for name in self.names if name != self.attacker.label]
        told = _("nobody else falls")
        if others:
            told = ngettext("{names} falls too", "{names} fall too", len(others))
        return text.format(
            attacker=self.attacker.label,
            flaw=self.flaw.label,
            fallen=told.format(names=", ".join(others)),
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget, still picture and sentence: whichever a reader's program can show."""
        return bundled(super()._repr_mimebundle_(**kwargs), [self.diagram], self.describe())


def _menu(name: str, options: dict[str, Any]) -> widgets.Dropdown:
    style = {"description_width": "initial"}
    return widgets.Dropdown(options=list(options.items()), description=name, style=style)


def _switch(name: str) -> widgets.Checkbox:
    return widgets.Checkbox(description=name, indent=False, layout={"width": "auto"})


def _starts(system: System) -> list[Component]:
    """Where an attacker can stand: in a container, in a guest, or in an ordinary program."""
    tenants = [
        item for item in system.of_role("container", "guest") if not system.children(item.id)
    ]
    programs = [item for item in system.components if item.layer == "application"]
    return list(dict.fromkeys((*tenants, *programs))) or list(system.components)


def _flawed(system: System) -> list[Component]:
    """What can have a flaw: each domain that serves others, once."""
    starts = {item.boundary for item in _starts(system)}
    found: dict[str, Component] = {}
    for item in system.components:
        if item.layer != "hardware" and item.boundary not in starts:
            named = item.role in ("kernel", "hypervisor")
            if named or item.boundary not in found:
                found[item.boundary] = item
    return list(found.values())


def breach(system: str | Path | System) -> Breach:
    """Who falls on a system, click by click: ``breach(here())``.

    The attacker stands in a container, a guest or a program; a flaw in another part opens its wall,
    unless a guard around the attacker denies what the flaw needs.
    """
    return Breach(load(system))
