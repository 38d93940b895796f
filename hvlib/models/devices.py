"""Four ways to give a guest a network device, and what a packet costs in each (chapter 2).

The guest can drive an imitated card register by register; put packets into a ring in memory and
tell the hypervisor now and then; do the same with the host's kernel at the other end; or drive a
real card itself.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from hvlib.listed import capital
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.numbers import digits, three_digits
from hvlib.words import _

Way = Literal["registers", "ring", "ring in the kernel", "passed through"]
WAYS: tuple[Way, ...] = ("registers", "ring", "ring in the kernel", "passed through")
NAMES: dict[Way, str] = {
    "registers": _("registers, imitated"),
    "ring": _("ring to a program"),
    "ring in the kernel": _("ring to the kernel"),
    "passed through": _("passed through"),
}

# From three rows of one table: packets/s, register accesses and kicks a packet (Maffione, MSc
# thesis, Univ. of Pisa, chapter 3, e1000 on QEMU 1.2 and KVM, UDP from one vCPU to the host).
PACKETS = {"plain": 20_600.0, "moderated": 47_800.0, "batched": 163_500.0}
ACCESSES = {
    "plain": (61.7 + 61.7) / 20.6,
    "moderated": (55.5 + 11.5) / 47.8,
    "batched": (5.5 + 5.6) / 163.5,
}
"""Register accesses a packet, kicks included: thousands a second over thousands of packets."""
KICKS = {"plain": 1.0, "moderated": 1.0, "batched": 5.5 / 163.5}
"""Kicks a packet. The last is our reading: of its few writes, each is a kick."""


def fitted() -> tuple[float, float, float]:
    """(exit, kick, packet) in µs: what an access, a kick and a packet itself cost in that table.

    The first two rows differ in accesses alone; the last tells a kick from a packet.
    """
    took = {name: 1e6 / rate for name, rate in PACKETS.items()}
    plain, moderated, batched = (ACCESSES[n] - KICKS[n] for n in ACCESSES)
    exit = (took["plain"] - took["moderated"]) / (plain - moderated)
    both = took["moderated"] - moderated * exit  # a kick and a packet
    kick = (both - took["batched"] + batched * exit) / (1 - KICKS["batched"])
    return exit, kick, both - kick


EXIT, KICK, PACKET = fitted()


def kicks(packets: int, kick: int) -> int:
    """How many kicks send so many packets, ``kick`` at a time; the last may be for fewer."""
    return -(-packets // kick)


@dataclass(frozen=True, slots=True)
class Cost:
    """One way's cost of a packet, in µs of one CPU. exits: how many a packet causes."""

    way: Way
    exits: float
    packet: float
    leaving: float
    interrupts: float

    @property
    def whole(self) -> float:
        """µs of a packet in all."""
        return self.packet + self.leaving + self.interrupts

    @property
    def most(self) -> float:
        """Packets a second that one CPU can send at most."""
        return 1e6 / self.whole


@dataclass(frozen=True, slots=True)
class DevicesResult(Result):
    """costs: of all four ways. rate: packets/s that the guest wants to send. way: the chosen one.

    latency: µs from a packet's offer to its being sent, on average. sent: packets/s that leave.
    curve: (packets a kick, latency) of the chosen way. kick: packets a kick, now.
    """

    way: Way
    costs: tuple[Cost, ...]
    rate: float
    kick: int
    size: float
    latency: float
    curve: tuple[tuple[int, float], ...]

    @property
    def cost(self) -> Cost:
        """The chosen way's cost."""
        return self.costs[WAYS.index(self.way)]

    @property
    def sent(self) -> float:
        """Packets a second that leave."""
        return min(self.rate, self.cost.most)

    def describe(self) -> str:
        text = _(
            "{way}: exits a packet {exits}, CPU time a packet {us} µs. So one CPU sends at "
            "most {most:,.0f} packets a second ({mbit:,.0f} Mbit/s). {load} From its offer to its "
            "sending a packet takes {latency}."
        )
        asked = _("The {rate:,.0f} asked for take {share:.0%} of it.")
        more = _("That is less than the {rate:,.0f} asked for.")
        share = self.rate / self.cost.most
        return text.format(
            way=capital(NAMES[self.way]),
            exits=digits(self.cost.exits, 2),
            us=three_digits(self.cost.whole),
            most=self.cost.most,
            mbit=self.cost.most * self.size * 8 / 1e6,
            load=(asked if share <= 1 else more).format(rate=self.rate, share=share),
            latency=_time(self.latency),
        )


def _time(us: float) -> str:
    if us < 1000:
        return _("{n} µs").format(n=three_digits(us))
    return _("{n} ms").format(n=three_digits(us / 1000))


class Devices(Model):
    """What a packet costs, by the way in which the guest has its network device.

    registers: each packet takes some accesses to an imitated card, one of which is the kick that
    makes the hypervisor send; each is an exit to a program. ring: only the kick is one, and one
    kick sends several packets. In the kernel: the kick is answered there, and is cheaper. Passed
    through: no exit to send, and the packet is not copied by the host; only interrupts may cost.
    Rings and cards interrupt the guest once for the packets of a kick; what the imitated card's
    interrupt takes is among its accesses. Defaults of exit, kick and packet are fitted to one
    table (Maffione); the rest are assumptions.
    """

    title: ClassVar[str] = _("Four ways to share a network device")
    quantities: ClassVar[dict[str, Quantity]] = {
        "packet": Quantity(_("CPU time of a packet"), lambda result: result.cost.whole, "µs"),
        "wait": Quantity(_("offer to sending"), lambda result: result.latency, "µs"),
    }

    way: Annotated[Way, Knob(_("Way"), names=NAMES)] = "registers"
    rate: Annotated[float, Knob(_("Packets asked for"), 1_000, 1_000_000, "1/s", log=True)] = (
        100_000
    )
    kick: Annotated[int, Knob(_("Packets a kick"), 1, 256, log=True)] = 1
    size: Annotated[float, Knob(_("Size of a packet"), 64, 9_000, _("{n} bytes"), log=True)] = 1_500
    accesses: Annotated[int, Knob(_("Register accesses a packet"), 1, 12)] = 6
    exit: Annotated[float, Knob(_("Exit to a program"), 0.2, 50, "µs", log=True)] = round(EXIT, 1)
    sending: Annotated[float, Knob(_("Kick, with what it starts"), 0.2, 50, "µs", log=True)] = (
        round(KICK, 1)
    )
    in_kernel: Annotated[float, Knob(_("Kick answered in the kernel"), 0.2, 50, "µs", log=True)] = 2
    packet: Annotated[float, Knob(_("The packet itself"), 0.1, 50, "µs", log=True)] = round(
        PACKET, 1
    )
    own: Annotated[float, Knob(_("The packet itself, passed through"), 0.1, 50, "µs", log=True)] = 2
    interrupt: Annotated[float, Knob(_("Exit of an interrupt"), 0, 20, "µs", step=0.1)] = 2.5
    posted: Annotated[bool, Knob(_("Interrupts delivered without an exit"))] = False

    def run(self) -> DevicesResult:
        costs = tuple(self.cost(way, self.kick) for way in WAYS)
        places = sorted({round(2 ** (n / 4)) for n in range(33)})
        curve = tuple((n, self.latency(self.way, n)) for n in places)
        return DevicesResult(
            way=self.way,
            costs=costs,
            rate=self.rate,
            kick=self.kick,
            size=self.size,
            latency=self.latency(self.way, self.kick),
            curve=curve,
        )

    def cost(self, way: Way, kick: int) -> Cost:
        """What a packet costs in one way, with so many packets a kick."""
        if way == "registers":
            leaving = (self.accesses - 1) * self.exit + self.sending
            return Cost(way, self.accesses, self.packet, leaving, 0.0)
        noticed = (0.0 if self.posted else 1.0) / kick
        if way == "passed through":
            return Cost(way, noticed, self.own, 0.0, noticed * self.interrupt)
        each = self.sending if way == "ring" else self.in_kernel
        return Cost(way, 1 / kick + noticed, self.packet, each / kick, noticed * self.interrupt)

    def latency(self, way: Way, kick: int) -> float:
        """µs from a packet's offer to its being sent, on average.

        It waits until the last packet of its kick has been offered, which come at the rate that
        gets through, and then for those of its kick that are sent before it.
        """
        cost = self.cost(way, kick)
        together = 1 if way == "registers" else kick
        spacing = 1e6 / min(self.rate, cost.most)
        return (together - 1) / 2 * (spacing + cost.packet) + cost.whole
