"""Chapter 2, sharing devices: what a packet costs, beside published figures."""

from hvlib.models.devices import ACCESSES, EXIT, KICK, KICKS, PACKET, Devices
from hvlib.published.comparison import Comparison, compare, fitted
from hvlib.published.figures import figure
from hvlib.words import _

MANY = 256
"""Packets a kick where the guest never waits for a kick: so many that its cost hardly counts."""
HEADERS = 40
"""Bytes of a packet that carry no data of the program: the headers of IP and TCP."""
SYSTEMS = {"xen": "Xen", "workstation": "VMware Workstation", "uml": "UML"}
DIRECTIONS = {"tx": _("sends"), "rx": _("receives")}


def comparisons() -> tuple[Comparison, ...]:
    """All rows of the model of devices, misses included."""
    return (*_maffione(), *_barham())


def _maffione() -> tuple[Comparison, ...]:
    ring = Devices(kick=MANY, posted=True, exit=EXIT, sending=KICK, packet=PACKET)
    most = ring.cost("ring", MANY).most
    note = _(
        "From the packet’s own cost, fitted to the imitated card. Kicks and interrupts were too "
        "rare to count."
    )
    set_by = _("Exit, kick and packet are fitted to the three rows of the imitated card.")
    rates = {"plain": _("as it is"), "moderated": _("fewer interrupts"), "batched": _("and kicks")}
    return (
        *(
            fitted(
                _("Packets a second from an imitated e1000, {how}").format(how=how),
                1e6 / ((ACCESSES[row] - KICKS[row]) * EXIT + KICKS[row] * KICK + PACKET),
                f"maffione2012/tx.{row}",
                note=set_by,
            )
            for row, how in rates.items()
        ),
        compare(_("Packets a second by virtio"), most, "maffione2012/tx.virtio", note=note),
        compare(
            _("Packets a second, e1000 with a paravirtual driver"),
            most,
            "maffione2012/tx.paravirtual",
            note=note,
        ),
    )


def at_1500(system: str, way: str) -> float:
    """Mbit/s with packets of 1500 bytes, from the same system's with packets of 500.

    A packet is taken to cost the same whatever its size, and nothing is faster than the wire.
    """
    wire = figure(f"barham2003/ttcp.{way}1500.native").value
    small = figure(f"barham2003/ttcp.{way}500.{system}").value
    return min(wire, small * (1500 - HEADERS) / (500 - HEADERS))


def _barham() -> tuple[Comparison, ...]:
    note = _(
        "From the same system’s figure at packets of 500 bytes: each packet costs the same, "
        "whatever its size, up to the speed of the wire."
    )
    return tuple(
        compare(
            _("{system} {does} packets of 1500 bytes").format(system=name, does=does),
            at_1500(system, way),
            f"barham2003/ttcp.{way}1500.{system}",
            note=note,
        )
        for way, does in DIRECTIONS.items()
        for system, name in SYSTEMS.items()
    )
