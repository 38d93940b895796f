"""Picture and sentence of what :mod:`hvlib.real.ring` found."""

from hvlib.numbers import digits, three_digits
from hvlib.trace import Trace
from hvlib.views.chart import Figure
from hvlib.views.measured import TraceChart, ran, shows
from hvlib.words import _, ngettext

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
            "{size} took {port} and {port_ms} ms through a port; {ring} and {ring_ms} ms through a "
            "ring, with {packets} of {buffer} a kick: {ratio} times as many bytes an exit. {same} "
            "{ran}"
        )
        same = _("The device got the same bytes both times.")
        packets = min(s["kick"], s["bytes"] // s["buffer"])  # there may be fewer in all
        other = _("The device did not get the same bytes both times.")
        return text.format(
            size=_bytes(s["bytes"]),
            port=_exits(s["port"]["exits"]),
            port_ms=three_digits(1e3 * s["port"]["seconds"]),
            ring=_exits(s["ring"]["exits"]),
            ring_ms=three_digits(1e3 * s["ring"]["seconds"]),
            packets=ngettext("{n} packet", "{n} packets", packets).format(n=packets),
            buffer=_bytes(s["buffer"]),
            ratio=digits(s["ratio"], 2),
            same=same if s["received"] else other,
            ran=ran(trace),
        )


def _bytes(n: int) -> str:
    return ngettext("{n:,} byte", "{n:,} bytes", n).format(n=n)


def _exits(n: int) -> str:
    return ngettext("{n:,} exit", "{n:,} exits", n).format(n=n)
