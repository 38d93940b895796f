"""The same service four ways, one picture at a time: a switch above a clickable diagram."""

from typing import Any

import ipywidgets as widgets

from hvlib.systems.sharing import serving, sharing
from hvlib.systems.system import System, load
from hvlib.widgets.diagram import Diagram, bundled
from hvlib.widgets.live import Live
from hvlib.words import _

WAYS: dict[str, str] = {
    _("process"): "way-process",
    _("container"): "way-container",
    _("virtual machine"): "way-vm",
    _("container in a VM"): "way-container-in-vm",
}
"""The words on the switch and the systems that they show."""

FLOW = "syscall"


class Ways(widgets.VBox):
    """A switch with four positions, the picture for it, and who serves and who shares.

    ``way`` is the switch, ``diagram`` the picture below it.
    """

    def __init__(self) -> None:
        self.way = widgets.ToggleButtons(options=WAYS, description=_("Run it as"))
        self.diagram = Diagram(load(self.way.value), flow=FLOW)
        self._live = Live()
        super().__init__([self.way, self._live, self.diagram])
        self.add_class("hv-ways")
        self.way.observe(lambda change: self._turn(change.new), names="value")
        self._live.say(describe(self.diagram.system))

    def _turn(self, system: str) -> None:
        """Show another way, from the beginning of its flow."""
        self.diagram.draw(load(system))
        self.diagram.flow = FLOW
        self._live.say(describe(self.diagram.system))

    @property
    def says(self) -> str:
        """The line between switch and picture."""
        return self._live.text

    def describe(self) -> str:
        """All four ways in words, for who can't turn the switch."""
        return " ".join(f"{load(id).name}: {describe(load(id))}" for id in WAYS.values())

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget, still pictures of all four ways, and the sentences."""
        stills = [Diagram(load(id), flow=FLOW) for id in WAYS.values()]
        return bundled(super()._repr_mimebundle_(**kwargs), stills, self.describe())


def describe(system: System) -> str:
    """Which kernel serves the call of one way, what is shared with the neighbour and what is not.

    The neighbours are all services in the picture but the one that makes the call.
    """
    kernel = serving(system, FLOW)
    text = [_("The {kernel} serves the call.").format(kernel=kernel.name.lower())]
    for item in system.components:
        if item.layer == "application" and item.id != "service":
            text.append(_neighbour(system, item.id))
    return " ".join(text)


def _neighbour(system: System, other: str) -> str:
    found = sharing(system, "service", other)
    text = _("Shared with the {other}: {shared}. For itself alone: {own}.")
    return text.format(
        other=system.component(other).name.lower(),
        shared=_listed(found.shared),
        own=_listed(found.own),
    )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(name.lower() for name in names) or _("nothing but its process")


def ways() -> Ways:
    """The same service as process, container, virtual machine, and container in one."""
    return Ways()
