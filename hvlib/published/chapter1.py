"""Models of chapter 1 beside published figures."""

from hvlib.models.exits import (
    ASSUMED_EXIT,
    EXITS_PER_ROUND_TRIP,
    MMU_EXITS_SAVED,
    ROUND_TRIP,
    ExitCost,
    ExitsOfWork,
)
from hvlib.published.comparison import Comparison, compare, fitted
from hvlib.published.figures import figure
from hvlib.words import _


def comparisons() -> tuple[Comparison, ...]:
    """Cost, number and saving of VM exits beside Agesen et al. 2012."""
    return (*_round_trips(), _reduction(), _exit(), *_netperf(), *_saved(), _mail(), _mmu())


def _round_trips() -> list[Comparison]:
    return [
        fitted(
            _("Hardware round trip of an exit, {p}").format(p=name),
            ExitCost(processor=name, software=0).run().cycles,
            f"agesen2012/round_trip.{name.lower().replace(' ', '_')}",
        )
        for name in ROUND_TRIP
    ]


def _reduction() -> Comparison:
    part = 1 - ROUND_TRIP["Sandy Bridge"] / ROUND_TRIP["Prescott"]
    return compare(
        _("Round trip, saved from Prescott to Sandy Bridge"),
        100 * part,
        "agesen2012/round_trip.reduction",
        note=_("Arithmetic on the cycles of both processors, which the authors round."),
    )


def _exit() -> Comparison:
    return fitted(
        _("One exit, hardware and software, at 3.33 GHz"),
        ExitCost(processor="Sandy Bridge", clock=3.33).run().microseconds,
        "agesen2012/exit.cost",
        note=_(
            "The authors assume 3,000 cycles; the model's software is what the hardware leaves."
        ),
    )


def _netperf() -> list[Comparison]:
    return [
        fitted(
            _("Exits in a netperf round trip, {d} card, {how}").format(d=device, how=how),
            ExitsOfWork(device=device, clustered=clustered).run().each,
            f"agesen2012/netperf.{device}.{'clustered' if clustered else 'plain'}",
        )
        for device in EXITS_PER_ROUND_TRIP
        for clustered, how in ((False, _("one by one")), (True, _("clustered")))
    ]


def _saved() -> list[Comparison]:
    return [
        compare(
            _("Exits saved by clustering, {d} card").format(d=device),
            100 * ExitsOfWork(device=device).run().saved,
            f"agesen2012/netperf.{device}.saved",
            note=_(
                "Arithmetic on the published counts of exits; the authors round to whole percent."
            ),
        )
        for device in EXITS_PER_ROUND_TRIP
    ]


def _mail() -> Comparison:
    """The exits that the saved time stands for, put through the model's own arithmetic."""
    exits = figure("agesen2012/mail.saved_time").value / ASSUMED_EXIT
    clock = 3.33
    result = ExitCost(processor="Sandy Bridge", rate=exits, clock=clock).run()
    return fitted(
        _("Part of a core that clustering saves a mail server"),
        100 * result.share,
        "agesen2012/mail.saved_share",
        note=_(
            "About {n:,.0f} exits a second fewer: the time saved over the time of an exit."
        ).format(n=round(exits, -2)),
    )


def _mmu() -> Comparison:
    return fitted(
        _("Exits that hardware MMU support saves at best"),
        100 * MMU_EXITS_SAVED,
        "agesen2012/mmu.saved",
    )
