"""Who falls when a component crashes, system by system, as a table computed from the needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hvlib.arguments import of_kind, several
from hvlib.systems.parts import State
from hvlib.systems.system import System, load
from hvlib.table import Table, Tabular
from hvlib.words import _, pgettext

COLUMNS: tuple[State, ...] = ("down", "stalled", "limited", "unmanaged", "up")
"""The states in which a crash can leave the other guests, worst first."""


@dataclass(frozen=True)
class VictimRow:
    """One crash: the system, what crashed, and the other guests' names by the state they are in.

    guests: at once. end: in the end, when all that the file says has followed; moved: those
    that then run on another machine, though they are dead on their own.
    """

    system: str
    crashed: str
    guests: Mapping[State, tuple[str, ...]]
    end: Mapping[State, tuple[str, ...]]
    moved: tuple[str, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether the first moment is not the last."""
        return bool(self.moved) or self.end != self.guests


@dataclass(frozen=True, repr=False)
class VictimTable(Tabular):
    """What each of several crashes does to the guests, to print or to show in a notebook."""

    rows: tuple[VictimRow, ...]

    def table(self) -> Table:
        """A line for each crash, without the states in which no guest ever is.

        A column says how the crash ends, where one in the table ends otherwise than it begins.
        """
        titles: dict[State, str] = {
            "down": _("Guests down"),
            "stalled": _("Guests stalled"),
            "limited": _("Guests cut off"),
            "unmanaged": _("Guests unmanaged"),
            "up": _("Guests that go on"),
        }
        used = [state for state in COLUMNS if any(row.guests[state] for row in self.rows)]
        head = (_("System"), _("Crashes"), *(titles[state] for state in used))
        lines = [_line(row, used) for row in self.rows]
        if any(row.goes_on for row in self.rows):
            head = (*head, _("In the end"))
            lines = [(*line, _end(row)) for line, row in zip(lines, self.rows, strict=True)]
        return Table(head, tuple(lines))

    def describe(self) -> str:
        """How many of the crashes leave every other guest running."""
        harmless = sum(not row.guests["down"] and not row.guests["stalled"] for row in self.rows)
        text = _("{n} of {all} crashes leave all other guests running.")
        return text.format(n=harmless, all=len(self.rows))


def victims_table(crashes: Mapping[str | System, Iterable[str]]) -> VictimTable:
    """What each crash does to the other guests: ``victims_table({"xen": ["dom0", "xen"]})``.

    Raises KeyError for an unknown system or component.
    """
    of_kind(crashes, Mapping, 'victims_table({"xen": ["dom0"]})')
    loaded = ((load(id), several(components)) for id, components in crashes.items())
    return VictimTable(
        tuple(_row(system, crashed) for system, components in loaded for crashed in components)
    )


def _row(system: System, crashed: str) -> VictimRow:
    moments = system.moments((crashed,))
    others = [item for item in system.of_role("guest") if item.id != crashed]
    at_once, end = (
        {
            state: tuple(item.name for item in others if moment.conditions[item.id].state == state)
            for state in COLUMNS
        }
        for moment in (moments[0], moments[-1])
    )
    events = (moment.event for moment in moments if moment.event)
    ids = {id for event in events if event.does == "fails over" for id in event.what}
    moved = tuple(item.name for item in others if item.id in ids)
    return VictimRow(system.name, system.component(crashed).name, at_once, end, moved)


def _end(row: VictimRow) -> str:
    """How the guests are in the end: those who don't go on, by state."""
    if not row.goes_on:
        return _("as at once")
    told: dict[State, str] = {
        "down": _("{names} down"),
        "stalled": _("{names} stalled"),
        "limited": _("{names} cut off"),
        "unmanaged": _("{names} unmanaged"),
    }
    said = (
        [_("{names} restarted elsewhere").format(names=", ".join(row.moved))] if row.moved else []
    )
    for state, text in told.items():
        if left := [name for name in row.end[state] if name not in row.moved]:
            said.append(text.format(names=", ".join(left)))
    return "; ".join(said) or _("all go on")


def _line(row: VictimRow, states: Iterable[State]) -> tuple[str, ...]:
    cells = (", ".join(row.guests[state]) or pgettext("guests", "none") for state in states)
    return row.system, row.crashed, *cells
