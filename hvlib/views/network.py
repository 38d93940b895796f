"""Picture and sentence of what :mod:`hvlib.real.network` found, taken apart into its hops."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hvlib.listed import sentences
from hvlib.numbers import rounded, three_digits
from hvlib.trace import Trace
from hvlib.views.chart import Axes, Figure
from hvlib.views.measured import TraceChart, shows
from hvlib.views.theme import Layer
from hvlib.words import _

WAYS = {
    "loopback": _("loopback"),
    "cable": _("one cable"),
    "bridge": _("cable, bridge, cable"),
    "published": _("published port"),
    "tunnel": _("bridge, in a tunnel"),
    "program": _("program between"),
}
PARTS: tuple[Layer, ...] = ("host", "runtime", "hypervisor", "application")


@dataclass(frozen=True)
class Hops:
    """Seconds of a round trip, by part: of three ways the parts follow, the rest adds to them.

    stacks: through both ends' network stacks. cable, switch: once there and once back.
    """

    stacks: float
    cable: float
    switch: float

    @property
    def through(self) -> float:
        """What the program between should take: two round trips, each to the next socket."""
        return 2 * self.stacks + 2 * self.cable + self.switch


def hops(trace: Trace) -> Hops:
    """The parts, from loopback, one cable, and two cables with a bridge."""
    took = {name: way["round_trip"] for name, way in trace.summary["ways"].items()}
    cable = max(0.0, took["cable"] - took["loopback"])
    switch = max(0.0, took["bridge"] - took["loopback"] - 2 * cable)
    return Hops(took["loopback"], cable, switch)


def parts(trace: Trace) -> dict[str, tuple[float, ...]]:
    """Of each way, seconds of stacks, cables and bridge, of NAT or tunnel, and of the program."""
    each = hops(trace)
    found: dict[str, tuple[float, ...]] = {}
    links = {"loopback": 0.0, "cable": each.cable}
    for name, way in trace.summary["ways"].items():
        link = links.get(name, 2 * each.cable + each.switch)
        rest = max(0.0, way["round_trip"] - each.stacks - link)
        wrapped = rest if name in ("published", "tunnel") else 0.0
        found[name] = (each.stacks, link, wrapped, rest if name == "program" else 0.0)
    return found


@shows("network_hops")
class NetworkHops(TraceChart):
    """Left: a round trip of each way, by its parts. Right: packets a second on one CPU."""

    size = (7.6, 3.4)
    narrow_size = (3.4, 6.4)

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 4, 3)
        self._build_trips(left)
        right.set_title(_("Packets, thousand/s"))
        self.packets = self.rows(right, list(WAYS.values()))
        right.set_ylim(left.get_ylim())
        self.rates = self.panel(right)

    def _build_trips(self, axes: Axes) -> None:
        self.bars, self.numbers = self.stacked(axes, PARTS, len(WAYS), height=0.6)
        look: dict[str, Any] = {"mew": 1.5, "mfc": "none", "color": self.theme.bad}
        self.expected = self.new_line(axes, "D", ms=7, **look)
        axes.set_yticks(range(len(WAYS))[::-1], list(WAYS.values()))
        axes.set(title=_("Round trip, µs"), ylim=(-0.6, len(WAYS) + 1.3))
        axes.grid(axis="y", visible=False)
        names = [_("stacks"), _("cables, bridge"), _("NAT, tunnel"), _("program"), _("sum of hops")]
        marks = [*(part[0] for part in self.bars), self.expected]
        self.key(axes, marks, names, loc="upper right", ncols=2 if self.narrow else 3)
        self.trips = self.panel(axes)

    def move(self, trace: Trace) -> None:
        found, ways = parts(trace), trace.summary["ways"]
        longest = max(sum(shares) for shares in found.values())
        for row, name in enumerate(WAYS):
            shares = found.get(name, (0.0,) * len(PARTS))
            end = self.lay(self.bars, row, (1e6 * seconds for seconds in shares))
            text = three_digits(end) if name in found else _("not here")
            self.numbers[row].set(x=end + 0.015e6 * longest, text=text)
        at = list(WAYS)[::-1].index("program")
        self.expected.set_data([1e6 * hops(trace).through], [at])
        self.fit(self.trips, x=1.25e6 * longest)
        rates = [1e-3 / ways[name]["packet"] if name in ways else 0.0 for name in WAYS]
        self.fill(self.packets, rates, rounded)
        self.fit(self.rates, x=1.3 * max(rates))

    @staticmethod
    def says(trace: Trace) -> str:
        ways, each = trace.summary["ways"], hops(trace)
        text = _(
            "A round trip by loopback took {loopback} µs; a virtual cable adds {cable} µs and a "
            "bridge {switch} µs. By a program between it took {program} µs; the sum of its hops is "
            "{through} µs."
        )
        said = [
            text.format(
                loopback=_us(each.stacks),
                cable=_us(each.cable),
                switch=_us(each.switch),
                program=_us(ways["program"]["round_trip"]),
                through=_us(each.through),
            )
        ]
        if "published" in ways:
            nat = _("A published port, by routing and NAT in the kernel, took {took} µs.")
            said.append(nat.format(took=_us(ways["published"]["round_trip"])))
        if "tunnel" in ways:
            tunnel = _(
                "The tunnel added {more} µs to the bridge, and left {mtu:,} of {whole:,} bytes for "
                "a packet."
            )
            more = max(0.0, ways["tunnel"]["round_trip"] - ways["bridge"]["round_trip"])
            mtus: Mapping[str, int] = {name: ways[name]["mtu"] for name in ways}
            said.append(tunnel.format(more=_us(more), mtu=mtus["tunnel"], whole=mtus["bridge"]))
        return sentences(*said)


def _us(seconds: float) -> str:
    return three_digits(1e6 * seconds)
