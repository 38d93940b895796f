"""What a container's packets cost, hop by hop and by what is wrapped around them (chapter 4).

On its way a packet passes network stacks, virtual cables (veth), a bridge, perhaps a change of
address (NAT) or a tunnel (VXLAN). Each takes a little of one CPU's time. A tunnel takes bytes as
well: the whole packet with its Ethernet header is the load of another.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.listed import capital
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.numbers import rounded, three_digits
from hvlib.words import _

Mode = Literal["host network", "bridge", "published port", "overlay", "user-mode stack"]
MODES: tuple[Mode, ...] = ("host network", "bridge", "published port", "overlay", "user-mode stack")
NAMES: dict[Mode, str] = {
    "host network": _("host’s network"),
    "bridge": _("bridge, same host"),
    "published port": _("published port"),
    "overlay": _("overlay"),
    "user-mode stack": _("user-mode stack"),
}

FRAME = 14 + 4 + 8 + 12
"""Bytes that Ethernet adds to a packet on the wire: header, checksum, preamble and gap."""
HEADERS = 20 + 32
"""Bytes of a packet's IP and TCP headers, with TCP's time stamps."""
TUNNEL = 20 + 8 + 8 + 14
"""Bytes that VXLAN adds: IP, UDP, its own header, and the Ethernet header that it carries along."""
STEP = 65_536
"""Bytes that the kernel handles as one packet where the card cuts them up (offload)."""
MESSAGE = 64
"""Bytes of the small message of a round trip."""


@dataclass(frozen=True, slots=True)
class Hops:
    """How often a packet passes what, on one machine."""

    stack: int
    cable: int = 0
    switch: int = 0
    nat: int = 0
    tunnel: int = 0


HERE: dict[Mode, Hops] = {
    "host network": Hops(1),
    "bridge": Hops(2, cable=2, switch=1),  # both containers are here
    "published port": Hops(1, cable=1, switch=1, nat=1),
    "overlay": Hops(1, cable=1, switch=1, tunnel=1),
    "user-mode stack": Hops(3, cable=1),  # the container's; in to the program and out again
}
"""On the container's machine, by mode."""
THERE: dict[Mode, Hops] = {
    "host network": Hops(1),
    "bridge": Hops(0),
    "published port": Hops(1),
    "overlay": HERE["overlay"],
    "user-mode stack": Hops(1),
}
"""On the machine at the other end; there is none between two containers on one bridge."""


def room(mtu: int, tunnels: int = 0) -> int:
    """Bytes of data in the largest packet, inside so many tunnels one in the other."""
    return mtu - HEADERS - TUNNEL * tunnels


def efficiency(mtu: int, tunnels: int = 0) -> float:
    """Share of a wire that carries data, where each packet is as large as the MTU allows."""
    return room(mtu, tunnels) / (mtu + FRAME)


@dataclass(frozen=True, slots=True)
class Way:
    """What one mode costs. Round trip in µs by its parts: stacks, cables and bridges, NAT, tunnel
    and wire. goodput: Gbit/s of data that one CPU and the wire carry. packets: small ones a second
    that one CPU of the container's machine carries. wire: whether the wire, and not the CPU, binds.
    """

    mode: Mode
    stacks: float
    links: float
    wraps: float
    wire_time: float
    goodput: float
    packets: float
    wire: bool

    @property
    def round_trip(self) -> float:
        """µs in all."""
        return self.stacks + self.links + self.wraps + self.wire_time


@dataclass(frozen=True, slots=True)
class ContainerNetworkResult(Result):
    """ways: of all modes. mode: the chosen one. curve: (MTU, its goodput). Gbit/s throughout."""

    mode: Mode
    ways: tuple[Way, ...]
    mtu: int
    link: float
    curve: tuple[tuple[int, float], ...]

    @property
    def way(self) -> Way:
        """The chosen mode's costs."""
        return self.ways[MODES.index(self.mode)]

    def describe(self) -> str:
        text = _(
            "{mode}: a round trip of a small message takes {trip} µs, {share:.0%} of that by "
            "the host’s network. One CPU carries at most {packets} small packets a second. "
            "With an MTU of {mtu:,} bytes {goodput} Gbit/s of data get through; {binds}."
        )
        wire, cpu = _("the wire is full"), _("one CPU is busy")
        way, host = self.way, self.ways[0]
        return text.format(
            mode=capital(NAMES[self.mode]),
            trip=three_digits(way.round_trip),
            share=way.round_trip / host.round_trip,
            packets=rounded(way.packets),
            mtu=self.mtu,
            goodput=three_digits(way.goodput),
            binds=wire if way.wire else cpu,
        )


class ContainerNetwork(Model):
    """A container's way to its peer: on another machine, and by the bridge on the same.

    host network: the container has none of its own. published port: cable, bridge and NAT here, a
    plain machine there. overlay: a container there too, and each packet travels inside another
    (VXLAN). user-mode stack: a program takes each packet and sends it by a socket of its own, as
    for rootless containers. Costs are added up. Queues and losses are left out; all work of a
    machine is done by one CPU. Defaults are of the size that the experiment network_hops found on
    one machine; what the wire takes, and copying, are assumptions.
    """

    title: ClassVar[str] = _("A container’s network")
    quantities: ClassVar[dict[str, Quantity]] = {
        "trip": Quantity(_("round trip"), lambda result: result.way.round_trip, "µs"),
        "goodput": Quantity(_("data a second"), lambda result: result.way.goodput, "Gbit/s"),
    }

    mode: Annotated[Mode, Knob(_("Network"), names=NAMES)] = "published port"
    mtu: Annotated[
        int,
        Knob(
            _("MTU, largest packet"),
            576,
            65_520,
            _("{n} bytes"),
            log=True,
            ticks=((1_500, _("Ethernet")), (9_000, _("jumbo frames"))),
        ),
    ] = 1_500
    link: Annotated[float, Knob(_("Wire"), 0.1, 100, "Gbit/s", log=True)] = 10
    offload: Annotated[bool, Knob(_("The card cuts large packets up (offload)"))] = True
    stack: Annotated[float, Knob(_("One network stack"), 0.1, 50, "µs", log=True)] = 3.6
    cable: Annotated[float, Knob(_("Virtual cable"), 0, 10, "µs", step=0.05)] = 0.65
    switch: Annotated[float, Knob(_("Bridge"), 0, 10, "µs", step=0.05)] = 0.7
    nat: Annotated[float, Knob(_("Routing and NAT"), 0, 50, "µs", step=0.05)] = 1.05
    tunnel: Annotated[float, Knob(_("Into or out of a tunnel"), 0, 50, "µs", step=0.05)] = 1.2
    copy_time: Annotated[float, Knob(_("Copying 1,000 bytes"), 0.01, 5, "µs", log=True)] = 0.2
    wire: Annotated[float, Knob(_("Wire, one way"), 0, 1_000, "µs", step=1)] = 10

    def run(self) -> ContainerNetworkResult:
        places = sorted({*(round(576 * 2 ** (n / 6)) for n in range(41)), 65_520, self.mtu})
        return ContainerNetworkResult(
            mode=self.mode,
            ways=tuple(self.way(mode) for mode in MODES),
            mtu=self.mtu,
            link=self.link,
            curve=tuple((mtu, self.goodput(self.mode, mtu)) for mtu in places),
        )

    def way(self, mode: Mode) -> Way:
        """What a mode costs."""
        ends = (HERE[mode], THERE[mode])
        size = MESSAGE + HEADERS + TUNNEL * HERE[mode].tunnel + FRAME
        wire = 0.0 if mode == "bridge" else self.wire + size * 8 / self.link / 1000
        copies = self.copy_time * MESSAGE / 1000
        return Way(
            mode=mode,
            stacks=2 * sum(hops.stack for hops in ends) * (self.stack + copies),
            links=2 * sum(hops.cable * self.cable + hops.switch * self.switch for hops in ends),
            wraps=2 * sum(hops.nat * self.nat + hops.tunnel * self.tunnel for hops in ends),
            wire_time=2 * wire,
            goodput=self.goodput(mode, self.mtu),
            packets=1e6 / self.busy(mode, MESSAGE),
            wire=self.goodput(mode, self.mtu) < self.carried(mode, self.mtu),
        )

    def busy(self, mode: Mode, data: float) -> float:
        """µs of a CPU of the container's machine for one packet, or for a step of several."""
        hops = HERE[mode]
        return (
            hops.stack * (self.stack + self.copy_time * data / 1000)
            + hops.cable * self.cable
            + hops.switch * self.switch
            + hops.nat * self.nat
            + hops.tunnel * self.tunnel
        )

    def carried(self, mode: Mode, mtu: int) -> float:
        """Gbit/s of data that one CPU carries. A program takes packets one by one, in any case."""
        whole = self.offload and mode != "user-mode stack"
        together = max(1, STEP // mtu) if whole else 1
        data = together * room(mtu, HERE[mode].tunnel)
        return data * 8 / self.busy(mode, data) / 1000

    def goodput(self, mode: Mode, mtu: int) -> float:
        """Gbit/s of data that get through: as one CPU or the wire allows."""
        if mode == "bridge":
            return self.carried(mode, mtu)
        wire = self.link * efficiency(mtu, HERE[mode].tunnel)
        return min(wire, self.carried(mode, mtu))
