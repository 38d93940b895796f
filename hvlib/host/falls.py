"""Who falls on this machine: each container's own walls, and the isolation model set to them."""

from dataclasses import dataclass
from pathlib import Path

from hvlib.models.isolation import Isolation
from hvlib.systems.blast import who_falls
from hvlib.systems.parts import Component
from hvlib.systems.system import System, load
from hvlib.table import Table, Tabular
from hvlib.trust import GUARDS, Needs
from hvlib.words import _, ngettext

MOST_TENANTS = 8


@dataclass(frozen=True, repr=False)
class FallTable(Tabular):
    """For an attacker in each container: who falls without a flaw, and by one in the kernel.

    A guard around the container stops the flaws that need what it denies.
    """

    system: System

    def table(self) -> Table:
        """A line for each attacker; a number counts the containers and guests that fall."""
        head = (
            _("Attacker in"),
            _("Without a flaw"),
            _("By a flaw in the kernel"),
            _("… that needs a blocked call"),
            _("… a dropped capability"),
            _("… root on the host"),
            _("… the host’s network"),
        )
        none = (_("no container that can be seen"), *("",) * (len(head) - 1))
        rows = tuple(self._line(item) for item in held(self.system)) or (none,)
        return Table(head, rows, (False,) * len(head))

    def describe(self) -> str:
        """Who needs no flaw to take others."""
        found = ((item, who_falls(self.system, item.id, [])) for item in held(self.system))
        alone = [item.name for item, fallen in found if len(fallen) > 1]
        if not alone:
            return _("Nobody here reaches another without a flaw.")
        return _("Without any flaw these reach others: {names}.").format(names=", ".join(alone))

    def _line(self, item: Component) -> tuple[str, ...]:
        needs: tuple[Needs, ...] = ("nothing", *GUARDS.values())
        by_flaw = (who_falls(self.system, item.id, ["kernel"], needs=what) for what in needs)
        found = (who_falls(self.system, item.id, []), *by_flaw)
        return item.name, *(self._told(fallen, item) for fallen in found)

    def _told(self, fallen: tuple[str, ...], item: Component) -> str:
        others = [name for name in fallen if name != item.name]
        if not others:
            return _("itself")
        if len(others) <= 2:
            return ", ".join((_("itself"), *others))
        text = ngettext("itself and {n} other", "itself and {n} others", len(others))
        return text.format(n=len(others))


def falls(system: str | Path | System) -> FallTable:
    """Who falls, for an attacker in each container: ``falls(here())``.

    Raises KeyError for a system without a component ``kernel``.
    """
    system = load(system)
    system.component("kernel")
    return FallTable(system)


def held(system: System) -> tuple[Component, ...]:
    """The containers that can be seen."""
    return tuple(item for item in system.of_role("container") if not item.unsure)


def isolation(system: str | Path | System, name: str = "") -> Isolation:
    """Chapter 4's model, set to the walls of the container of this name, or of the first.

    ``explore(Isolation, **dict(isolation(here())))`` shows it. Where there is no container it is
    the model as it comes. Raises KeyError, with the names that there are, for one that isn't.
    """
    named = {item.name: item for item in held(load(system))}
    if not name and not named:
        return Isolation()
    name = name or next(iter(named))
    if name not in named:
        text = _("no container {name!r}; there are {known}")
        raise KeyError(text.format(name=name, known=", ".join(named) or _("none")))
    guards, settings = named[name].guards, named[name].settings
    return Isolation(
        kind="container",
        flaw="kernel",
        tenants=max(2, min(MOST_TENANTS, len(named))),
        seccomp="seccomp" in guards,
        capabilities="capabilities" in guards,
        user_namespaces="user namespaces" in guards,
        network_namespace="network namespace" in guards,
        setting=settings[0] if settings else "defaults",
    )
