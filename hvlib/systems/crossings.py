"""How many boundaries between domains a packet or a block crosses, system by system, as a table."""

from collections.abc import Iterable
from dataclasses import dataclass

from hvlib.arguments import several
from hvlib.systems.parts import Crossing
from hvlib.systems.system import System, load
from hvlib.table import Table, Tabular
from hvlib.texts import in_words
from hvlib.words import _


@dataclass(frozen=True)
class Row:
    """One flow of one system and the privilege boundaries it crosses, in order."""

    system: str
    flow: str
    crossings: tuple[Crossing, ...]

    @property
    def path(self) -> str:
        """The protection domains that the flow passes, in order.

        One that a device's interrupt leads into is named where the flow leaves it.
        """
        stops: list[str] = []
        for item in self.crossings:
            stops += [item.target] if stops[-1:] == [item.source] else [item.source, item.target]
        return " → ".join(in_words("boundary", stop) for stop in stops)


@dataclass(frozen=True, repr=False)
class CrossingTable(Tabular):
    """The boundary crossings of several systems, to print or to draw."""

    rows: tuple[Row, ...]

    def table(self) -> Table:
        """A line for each flow: how many boundaries, which way, and how each is crossed."""
        head = (_("System"), _("Flow"), _("Crossings"), _("Path"), _("How"))
        return Table(head, tuple(map(_line, self.rows)))

    def describe(self) -> str:
        """Which flow crosses the fewest boundaries and which the most."""
        if not self.rows:
            return _("No system has such a flow.")
        counts = [len(row.crossings) for row in self.rows]
        few, many = min(counts), max(counts)
        return _("Fewest crossings: {few} ({least}). Most: {many} ({most}).").format(
            few=few, least=self._with(few), many=many, most=self._with(many)
        )

    def _with(self, count: int) -> str:
        rows = [row for row in self.rows if len(row.crossings) == count]
        return "; ".join(f"{row.system}: {row.flow}" for row in rows)


def crossing_table(
    systems: Iterable[str | System] | str, flows: Iterable[str] | str = ("packet",)
) -> CrossingTable:
    """The crossings of these flows in these systems; a system without a flow has no row for it.

    A crossing is a change of protection domain; one that leaves the privilege as it was is counted
    and marked so. ``packet+back`` counts the way back too, where the file has one.

    Raises KeyError for an unknown system.
    """
    wanted = several(flows)
    found = (load(id) for id in several(systems))
    return CrossingTable(tuple(row for system in found for row in _rows(system, wanted)))


def _rows(system: System, flows: tuple[str, ...]) -> list[Row]:
    own = {flow.id: flow for flow in system.all_flows}
    return [Row(system.name, own[id].name, system.passages(id)) for id in flows if id in own]


def _line(row: Row) -> tuple[str, ...]:
    equal = _("{by} (same privilege)")
    ways = [(x.words()["by"], x.equal) for x in row.crossings]
    how = ", ".join(equal.format(by=by) if same else by for by, same in ways)
    return row.system, row.flow, str(len(row.crossings)), row.path, how
