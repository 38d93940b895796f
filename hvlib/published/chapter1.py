"""Models of chapter 1 beside published figures."""

from hvlib.models.exits import (
    ASSUMED_EXIT,
    EXITS_PER_ROUND_TRIP,
    MMU_EXITS_SAVED,
    ROUND_TRIP,
    ExitCost,
    ExitsOfWork,
)
from hvlib.published.comparison import Comparison, ComparisonTable, compare
from hvlib.published.figures import figure
from hvlib.words import _


def comparisons() -> ComparisonTable:
    """Cost, number and saving of VM exits beside Agesen et al. 2012."""
    rows = [*_round_trips(), _reduction(), _exit(), *_netperf(), *_saved(), _mail(), _mmu()]
    return ComparisonTable(_("VM exits: model and published"), rows)


def _round_trips() -> list[Comparison]:
    return [
        compare(
            _("hardware round trip, {p}").format(p=name),
            ExitCost(processor=name, software=0).run().cycles,
            f"agesen2012/round_trip.{name.lower().replace(' ', '_')}",
            role="fitted",
        )
        for name in ROUND_TRIP
    ]


def _reduction() -> Comparison:
    part = 1 - ROUND_TRIP["Sandy Bridge"] / ROUND_TRIP["Prescott"]
    return compare(
        _("round trip, saved from Prescott to Sandy Bridge"),
        100 * part,
        "agesen2012/round_trip.reduction",
        note=_("arithmetic on the same table, which the authors round"),
    )


def _exit() -> Comparison:
    return compare(
        _("one exit, hardware and software"),
        ExitCost(processor="Sandy Bridge", clock=3.33).run().microseconds,
        "agesen2012/exit.cost",
        role="fitted",
        note=_("the software part is what is missing to the authors' 3,000 cycles"),
    )


def _netperf() -> list[Comparison]:
    return [
        compare(
            _("exits a round trip, {d}, {how}").format(d=device, how=how),
            ExitsOfWork(device=device, clustered=clustered).run().each,
            f"agesen2012/netperf.{device}.{'clustered' if clustered else 'plain'}",
            role="fitted",
        )
        for device in EXITS_PER_ROUND_TRIP
        for clustered, how in ((False, _("one by one")), (True, _("clustered")))
    ]


def _saved() -> list[Comparison]:
    return [
        compare(
            _("exits saved by clustering, {d}").format(d=device),
            100 * ExitsOfWork(device=device).run().saved,
            f"agesen2012/netperf.{device}.saved",
            note=_("arithmetic on the two counts above; the authors round to whole percent"),
        )
        for device in EXITS_PER_ROUND_TRIP
    ]


def _mail() -> Comparison:
    """The exits that the saved time stands for, put through the model's own arithmetic."""
    exits = figure("agesen2012/mail.saved_time").value / ASSUMED_EXIT
    clock = 3.33
    result = ExitCost(processor="Sandy Bridge", rate=exits, clock=clock).run()
    return compare(
        _("share of a core that clustering saves for a mail server"),
        100 * result.share,
        "agesen2012/mail.saved_share",
        role="fitted",
        note=_("{n:,.0f} exits a second fewer, derived from the time saved").format(n=exits),
    )


def _mmu() -> Comparison:
    return compare(
        _("exits that hardware MMU support saves at best"),
        100 * MMU_EXITS_SAVED,
        "agesen2012/mmu.saved",
        role="fitted",
    )
