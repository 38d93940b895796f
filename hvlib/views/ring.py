"""Picture and sentence of what :mod:`hvlib.real.ring` found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvlib.numbers import three_digits
from hvlib.trace import Trace
from hvlib.views.measured import TraceChart, ran, shows
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WAYS = {"port": _("byte by byte, a port"), "ring": _("through a ring")}


@shows("port_and_ring")
class PortAndRing(TraceChart):
    """Exits and time of the same bytes, sent in both ways."""

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 1, 1)
        names = list(WAYS.values())
        self.exits, self.times = (
            self.rows(axes, names, ["hypervisor", "guest"]) for axes in (left, right)
        )
        for axes in (left, right):
            axes.set(xscale="log", xlim=(1, 1e6))
        left.set_title(_("Exits"))
        right.set_title(_("Time, ms"))
        self.left, self.right = self.panel(left), self.panel(right)

    def move(self, trace: Trace) -> None:
        exits = [trace.summary[way]["exits"] for way in WAYS]
        times = [trace.summary[way]["seconds"] * 1e3 for way in WAYS]
        self.fill(self.exits, exits, lambda v: f"{v:,.0f}")
        self.fill(self.times, times, three_digits)
        self.left.set_xlim(0.5, 50 * max(exits))
        self.right.set_xlim(min(times) / 4, 50 * max(times))

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        text = _(
            "{size:,} bytes took {port:,} exits and {port_ms:,.3g} ms through a port; {ring:,} "
            "exits and {ring_ms:,.3g} ms through a ring, with {kick} packets of {buffer} bytes a "
            "kick: {ratio:,.0f} times as many bytes an exit. {same} {ran}"
        )
        same = _("The device got the same bytes both times.")
        other = _("The device did not get the same bytes both times.")
        return text.format(
            size=s["bytes"],
            port=s["port"]["exits"],
            port_ms=1e3 * s["port"]["seconds"],
            ring=s["ring"]["exits"],
            ring_ms=1e3 * s["ring"]["seconds"],
            kick=s["kick"],
            buffer=s["buffer"],
            ratio=s["ratio"],
            same=same if s["received"] else other,
            ran=ran(trace),
        )
