"""Who falls when a component crashes, system by system, as a table computed from the needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hvlib.systems.parts import State
from hvlib.systems.system import System, load
from hvlib.table import Table, Tabular
from hvlib.words import _

COLUMNS: tuple[State, ...] = ("down", "stalled", "limited", "unmanaged", "up")
"""The states in which a crash can leave the other guests, worst first."""


@dataclass(frozen=True)
class VictimRow:
    """One crash: the system, what crashed, and the other guests' names by the state they are in."""

    system: str
    crashed: str
    guests: Mapping[State, tuple[str, ...]]


@dataclass(frozen=True, repr=False)
class VictimTable(Tabular):
    """What each of several crashes does to the guests, to print or to show in a notebook."""

    rows: tuple[VictimRow, ...]

    def table(self) -> Table:
        """A line for each crash, without the states in which no guest ever is."""
        titles: dict[State, str] = {
            "down": _("Guests down"),
            "stalled": _("Guests stalled"),
            "limited": _("Guests cut off"),
            "unmanaged": _("Guests unmanaged"),
            "up": _("Guests that go on"),
        }
        used = [state for state in COLUMNS if any(row.guests[state] for row in self.rows)]
        head = (_("System"), _("Crashes"), *(titles[state] for state in used))
        return Table(head, tuple(_line(row, used) for row in self.rows))

    def describe(self) -> str:
        """How many of the crashes leave every other guest running."""
        harmless = sum(not row.guests["down"] and not row.guests["stalled"] for row in self.rows)
        text = _("{n} of {all} crashes leave all other guests running.")
        return text.format(n=harmless, all=len(self.rows))


def victims_table(crashes: Mapping[str, Iterable[str]]) -> VictimTable:
    """What each crash does to the other guests: ``victims_table({"xen": ["dom0", "xen"]})``.

    Raises KeyError for an unknown system or component.
    """
    loaded = ((load(id), components) for id, components in crashes.items())
    return VictimTable(
        tuple(_row(system, crashed) for system, components in loaded for crashed in components)
    )


def _row(system: System, crashed: str) -> VictimRow:
    states = system.states((crashed,))
    all_guests = system.of_role("guest")  # the crashed one is in none of these states
    guests = {
        state: tuple(item.name for item in all_guests if states[item.id] == state)
        for state in COLUMNS
    }
    return VictimRow(system.name, system.component(crashed).name, guests)


def _line(row: VictimRow, states: Iterable[State]) -> tuple[str, ...]:
    cells = (", ".join(row.guests[state]) or _("none") for state in states)
    return row.system, row.crashed, *cells
