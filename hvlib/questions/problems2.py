"""Problems of chapter 2, made by seed: hypervisors on the bare machine."""

from dataclasses import dataclass
from itertools import count, pairwise
from random import Random

from hvlib.models.credit import VM, Machine, simulate
from hvlib.models.paging import nested_references, walked
from hvlib.models.shares import fair_shares
from hvlib.questions import misconceptions as known
from hvlib.questions import system_problems, wrong_rules
from hvlib.questions.building import Option, choice, facts
from hvlib.questions.question import Part, Question, Trap, Working
from hvlib.questions.register import kind
from hvlib.table import Table
from hvlib.words import _

SYSTEMS = ("xen", "vsphere", "oracle-sparc", "oracle-x86")
"""Those that the chapter shows."""


system_problems.about(
    2, SYSTEMS, known.VCENTER_RUNS_VMS, (("xen", "netback", "events", known.XEN_DRIVES),)
)

# --- reading a scheduler's trace --------------------------------------------------------------


@kind("2.read-schedule", _("Read a scheduler’s trace"))
def read_schedule(random: Random, level: int) -> Question:
    """Add up who ran, or find who waited longest, in a trace of the credit scheduler."""
    weights = [random.choice((128, 256, 512)) for _vm in range(2 + (level > 1))]
    runs = _schedule(weights, random.choice((10, 20, 30)))
    often = sorted(who for who in {run.who for run in runs} if len(_of(runs, who)) > 1)
    name = random.choice(often)
    rows = [(f"{run.at}", f"{run.length}", run.who) for run in runs]
    return Working(
        prompt=_("{n} busy VMs shared one CPU. What does this trace say of {name}: {what}?").format(
            n=len(weights), name=name, what=_WHAT[level]
        ),
        exhibit=Table((_("at ms"), _("for ms"), _("who")), tuple(rows)),
        parts=_schedule_parts(runs, name, level),
        because=_("{name} ran {times} times.").format(name=name, times=len(_of(runs, name))),
        hints=(_("A wait goes from the end of one run to the start of its next."),),
    )


_WHAT = {
    1: _("how many ms it ran"),
    2: _("what part of the time it ran, in percent"),
    3: _("how long it waited at most between two runs, in ms"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """A stay on the CPU, in whole milliseconds."""

    at: int
    length: int
    who: str


def _schedule(weights: list[int], slice_ms: int) -> list[Run]:
    """A dozen slices of busy VMs with these weights on one CPU."""
    vms = [VM(_("VM {n}").format(n=n), weight) for n, weight in enumerate(weights, 1)]
    machine = Machine(pcpus=1, slice=slice_ms / 1000)
    outcome = simulate(machine, vms, 12 * slice_ms / 1000, record=1.0)
    stays = [
        Run(round(1000 * event.time), round(1000 * event.duration), event.actor)
        for event in outcome.trace.of_kind("run")
    ]
    return [stay for stay in stays if stay.length > 0]


def _of(runs: list[Run], name: str) -> list[Run]:
    return [run for run in runs if run.who == name]


def _schedule_parts(runs: list[Run], name: str, level: int) -> tuple[Part, ...]:
    own = _of(runs, name)
    if level == 3:
        waits = [later.at - (run.at + run.length) for run, later in pairwise(own)]
        return (
            Part(_("how often it ran"), len(own)),
            Part(_("its longest wait between two runs"), max(waits), "ms"),
        )
    ran, total = sum(run.length for run in own), sum(run.length for run in runs)
    first = Part(_("how long it ran"), ran, "ms", _("All its runs together."))
    if level == 1:
        return (first,)
    share = Part(_("its part of the time"), 100 * ran / total, "%", tolerance=0.02)
    return (first, Part(_("all runs together"), total, "ms"), share)


# --- a mutated scheduler ----------------------------------------------------------------------


@kind("2.broken-scheduler", _("Find the broken rule"))
def broken_scheduler(random: Random, level: int) -> Question:
    """Which rule does a scheduler break, by the shares that it gave?"""
    vms = 2 + level
    weights = random.sample((128, 256, 384, 512, 1024), vms)
    caps = [100.0] * vms
    first = max(range(vms), key=lambda number: weights[number])
    caps[first] = float(random.choice((20, 25)))
    right = fair_shares(weights, caps, 100.0)
    rule = random.choice(("none", "weight", "cap", "idle"))
    shares = {
        "none": right,
        "weight": fair_shares([1.0] * vms, caps, 100.0),
        "cap": fair_shares(weights, [100.0] * vms, 100.0),
        "idle": [share * 0.8 for share in right],
    }[rule]
    rows = [
        (f"VM {n}", f"{w}", f"{c:.0f} %" if c < 100 else "—", f"{s:.1f} %")
        for n, w, c, s in zip(count(1), weights, caps, shares, strict=False)
    ]
    return choice(
        _("All these VMs are always busy, on one CPU. Which rule does the scheduler break?"),
        _broken(weights, caps, shares),
        Option(_("by weight: who is not capped gets time in proportion to its weight"), "weight"),
        Option(_("a cap is never exceeded"), "cap"),
        Option(_("no time is left idle while an uncapped VM wants it"), "idle"),
        Option(_("none"), "none"),
        exhibit=Table(
            ("", _("weight"), _("cap"), _("share")), tuple(rows), (False, True, True, True)
        ),
        because=_("Right would be: {shares}.").format(
            shares=", ".join(f"VM {n}: {share:.1f} %" for n, share in enumerate(right, 1))
        ),
        hints=(_("Add up the shares; look at the cap; then compare shares over weights."),),
    )


def _broken(weights: list[int], caps: list[float], shares: list[float]) -> str:
    """The first rule that these shares break."""
    if any(share > cap + 0.05 for share, cap in zip(shares, caps, strict=True)):
        return "cap"
    if sum(shares) < 99.9:
        return "idle"
    free = [s / w for s, w, c in zip(shares, weights, caps, strict=True) if c >= 100]
    return "none" if max(free) - min(free) < 1e-3 * max(free) else "weight"


# --- numbers ----------------------------------------------------------------------------------


@kind("2.walk", _("Count a nested walk"))
def walk(random: Random, level: int) -> Question:
    """Memory references of a nested walk with other depths and page sizes."""
    guest, host = (random.randint(2, 5), random.randint(2, 5)) if level > 1 else (4, 5)
    guest = random.randint(3, 5) if level == 1 else guest
    large_guest, large_host = (level > 1 and random.random() < 0.5, level > 2)
    g, h = walked(guest, large_guest), walked(host, large_host)
    return Working(
        prompt=_("Nothing is cached. How many memory references does this nested walk take?"),
        exhibit=facts(
            (_("levels of the guest’s tables"),
             _("{n}, {size} pages").format(n=guest, size=_("2 MB") if large_guest else _("4 KB"))),
            (_("levels of the nested tables"),
             _("{n}, {size} pages").format(n=host, size=_("2 MB") if large_host else _("4 KB"))),
        ),
        parts=(
            Part(_("levels walked in the guest"), g, says=_walked_says(large_guest)),
            Part(_("nested levels walked"), h, says=_walked_says(large_host)),
            Part(_("references"), nested_references(g, h)),
        ),
        traps=(
            Trap(wrong_rules.walk_by_adding(g, h), known.WALK_ADDS),
            Trap(wrong_rules.walk_by_product(g, h), known.WALK_ONLY_MULTIPLIES),
            Trap(nested_references(4, 4), known.WALK_ALWAYS_WORST),
        ),
        because=_("{g} × {h} + {g} + {h}.").format(g=g, h=h),
        hints=(_("For each guest level: the nested walk, then its entry. Then the data."),),
    )  # fmt: skip


def _walked_says(large: bool) -> str:
    return _("A 2 MB page ends one level early.") if large else _("All levels are walked.")


@kind("2.device-exits", _("Count a device’s exits"))
def device_exits(random: Random, level: int) -> Question:
    """Exits a second of an imitated card and of a ring, and what they take from a CPU."""
    accesses, kick = random.randint(3, 8), 2 ** random.randint(1, 1 + 2 * level)
    rate = 1000 * kick * random.randint(1, 40)
    cost = random.choice((1.5, 2.0, 4.0)) if level > 1 else 2.0
    exits = rate // kick
    return Working(
        prompt=_("The guest gets a ring instead of an imitated card. Which part of one CPU do the "
                 "exits to send still take?"),
        exhibit=facts(
            (_("packets a second"), f"{rate:,}"),
            (_("imitated card"), _("{n} register accesses a packet").format(n=accesses)),
            (_("ring"), _("{n} packets a kick").format(n=kick)),
            (_("an exit, either way"), _("{n:g} µs").format(n=cost)),
        ),
        parts=(
            Part(_("exits a second with the card"), rate * accesses),
            Part(_("exits a second with the ring"), exits),
            Part(_("part of one CPU with the ring"), exits * cost / 1e4, "%", tolerance=0.02),
        ),
        traps=(Trap(rate * cost / 1e4, known.EVERY_PACKET_EXITS),),
        because=_("{rate:,} packets a second, {kick} a kick, {cost:g} µs each kick.").format(
            rate=rate, kick=kick, cost=cost),
        hints=(_("Of the ring, only the kick is an exit."),),
    )  # fmt: skip


@kind("2.size-cluster", _("Size a cluster"))
def size_cluster(random: Random, level: int) -> Question:
    """How many hosts does a cluster need that must bear failures?"""
    cpu, memory = random.choice((1, 2, 4)), random.choice((4, 8, 16))
    host_cpu, host_memory = random.choice((16, 32, 40)), random.choice((64, 128, 256))
    by_cpu, by_memory = host_cpu // cpu, host_memory // memory
    slots = min(by_cpu, by_memory)
    number = random.randint(2 * slots, 8 * slots)
    tolerate = level - 1
    hosts = -(-number // slots) + tolerate
    return Working(
        prompt=_how_many_hosts(tolerate),
        exhibit=facts(
            (_("VMs"),
             _("{n}, each reserves {cpu} GHz, and {memory} GB with its overhead").format(
                 n=number, cpu=cpu, memory=memory)),
            (_("host"), _("{cpu} GHz and {memory} GB").format(cpu=host_cpu, memory=host_memory)),
        ),
        parts=(
            Part(_("VMs on a host by CPU"), by_cpu),
            Part(_("VMs on a host by memory"), by_memory),
            Part(_("hosts for all VMs"), hosts - tolerate,
                 says=_("All VMs over the smaller of the two, rounded up.")),
            *((Part(_("hosts with spare ones"), hosts),) if tolerate else ()),
        ),
        because=(
            _("{slots} VMs fit on a host, so {number} fill {hosts}, and {spare} more to spare.")
            if tolerate else _("{slots} VMs fit on a host, so {number} fill {hosts}.")
        ).format(slots=slots, number=number, hosts=hosts - tolerate, spare=tolerate),
        hints=(_("CPU and memory must both suffice; the scarcer one decides."),),
    )  # fmt: skip


def _how_many_hosts(fail: int) -> str:
    """The question, and what the cluster must bear."""
    if not fail:
        return _(
            "All VMs are to start, and what they reserve is kept. How many equal hosts does this "
            "cluster need?"
        )
    if fail == 1:
        return _(
            "All VMs are to start, and what they reserve is kept. How many equal hosts does this "
            "cluster need, even after one of them has failed?"
        )
    text = _(
        "All VMs are to start, and what they reserve is kept. How many equal hosts does this "
        "cluster need, even after {n} of them have failed?"
    )
    return text.format(n=fail)
