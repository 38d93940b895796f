"""Pictures and sentences of what was measured on a real machine, with the model beside it.

One chart an experiment of :mod:`hvlib.real`; the experiment's name finds it. A chart knows nothing
of how the trace was made, so a live one and a recording are drawn alike.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hvlib.models.exits import ROUND_TRIP, YEARS
from hvlib.models.hosted import weight_of
from hvlib.models.migration import predict_rounds
from hvlib.trace import Trace
from hvlib.views.chart import Chart
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

MIB = 1 << 20


class TraceChart(Chart):
    """The picture of one experiment: drawn once for one trace."""

    size: ClassVar[tuple[float, float]] = (7.6, 3.0)

    def __init__(self, trace: Trace, *rest: Any) -> None:
        self.trace = trace
        super().__init__(*rest)

    def move(self, result: Any) -> None:
        """Nothing moves: the run is over."""

    def bars(
        self,
        axes: Axes,
        names: Sequence[str],
        values: Sequence[float],
        says: Callable[[float], str],
        layers: Sequence[Layer] = (),
    ) -> None:
        """Horizontal bars, first on top, each with its value in words at its end."""
        places = list(range(len(names)))[::-1]
        paints = [self.theme.layers[layer] for layer in layers or ["host"] * len(names)]
        for place, value, paint in zip(places, values, paints, strict=True):
            axes.barh(
                place, value, height=0.6, color=paint.fill, edgecolor=paint.line, hatch=paint.hatch
            )
            axes.annotate(
                says(value), (value, place), xytext=(6, 0), textcoords="offset points", va="center"
            )
        axes.set_yticks(places, names)
        axes.grid(axis="x")
        axes.grid(axis="y", visible=False)
        axes.margins(x=0.28)


class ExitTiming(TraceChart):
    """The measured exit, hypervisor in Python included, beside the published round trips."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        names = [f"{name}, {int(YEARS[name])}" for name in ROUND_TRIP] + [_("measured")]
        cycles = [float(value) for value in ROUND_TRIP.values()]
        cycles.append(self.trace.summary["cycles_per_exit"])
        layers: list[Layer] = ["hardware" for _name in ROUND_TRIP]
        layers.append("hypervisor")
        self.bars(axes, names, cycles, lambda v: f"{v:,.0f}", layers)
        axes.set_xscale("log")
        axes.set_xlim(300, max(cycles) * 6)
        axes.set_title(_("Cycles of one exit (published: hardware alone)"))


class ThreeWays(TraceChart):
    """Nanoseconds an instruction: direct, translated, interpreted."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        summary = self.trace.summary
        names = [_("direct execution"), _("binary translation"), _("interpretation")]
        times = [summary["direct"], summary["translated"], summary["interpreted"]]
        layers: list[Layer] = ["hardware", "hypervisor", "runtime"]
        self.bars(
            axes, names, times, lambda v: f"{v:,.2g} ns" if v < 10 else f"{v:,.0f} ns", layers
        )
        axes.set_xscale("log")
        axes.set_xlim(min(times) / 3, max(times) * 8)
        axes.set_title(_("Time of one instruction of the same loop"))


class FaultIsolation(TraceChart):
    """Two guests count; one is made to die."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        for number, (actor, style) in enumerate((("VM A", "--"), ("VM B", "-"))):
            counts = [e for e in self.trace.of_kind("count") if e.actor == actor]
            axes.plot(
                [e.time for e in counts],
                [e.detail["count"] / 1e6 for e in counts],
                style,
                color=self.theme.series[number],
                label=actor,
            )
        died = self.trace.summary["died_at"]
        axes.axvline(died, color=self.theme.bad, linestyle=":")
        axes.annotate(
            _("VM A dies"), (died, axes.get_ylim()[1]), xytext=(5, -12), textcoords="offset points"
        )
        axes.set_xlabel(_("seconds"))
        axes.set_title(_("Millions counted so far"))
        axes.legend(loc="upper left")


class LiveMigration(TraceChart):
    """Pages of each round, measured, beside those predicted from the first two rounds."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        rounds = self.trace.of_kind("round")
        measured = [e.detail["pages"] for e in rounds]
        predicted = [float(n) for n, _s in predicted_rounds(self.trace)]
        host, guest = self.theme.layers["host"], self.theme.layers["guest"]
        for number, pages in enumerate(measured):
            axes.bar(
                number + 0.8, max(pages, 0.5), 0.36, color=host.fill, edgecolor=host.line,
                label=_("measured") if number == 0 else None,
            )  # fmt: skip
            axes.annotate(f"{pages:,}", (number + 0.8, max(pages, 0.5)), ha="center",
                          xytext=(0, 3), textcoords="offset points", fontsize=NOTE)  # fmt: skip
        for number, pages in enumerate(predicted):
            axes.bar(
                number + 1.2, max(pages, 0.5), 0.36, color=guest.fill, edgecolor=guest.line,
                hatch="..", label=_("predicted from rounds 1 and 2") if number == 2 else None,
            )  # fmt: skip
            if number >= 2:
                axes.annotate(f"{pages:,.0f}", (number + 1.2, max(pages, 0.5)), ha="center",
                              xytext=(0, 3), textcoords="offset points", fontsize=NOTE)  # fmt: skip
        axes.set_yscale("log")
        axes.set_ylim(0.4, max(measured) * 8)
        axes.set_xticks(range(1, max(len(measured), len(predicted)) + 1))
        axes.set_xlabel(_("round"))
        axes.set_title(_("Pages sent in each round"))
        axes.legend(loc="upper right")


def predicted_rounds(trace: Trace) -> list[tuple[float, float]]:
    """(pages, seconds) of each round of a measured migration, from the third on predicted."""
    rounds = [(e.detail["pages"], e.duration) for e in trace.of_kind("round")]
    first = [(float(pages), seconds) for pages, seconds in rounds[:2] if pages and seconds]
    if len(first) < 2:
        return first
    guess = predict_rounds(first, memory=first[0][0])
    return [*first, *guess.rounds, (guess.left, guess.downtime)]


class PageMerging(TraceChart):
    """Pages shared between two VMs while the kernel's scanner works."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        events = self.trace.of_kind("sharing")
        axes.plot([e.time for e in events], [e.detail["pages"] for e in events])
        axes.set_ylim(bottom=0)
        axes.set_xlabel(_("seconds"))
        axes.set_title(_("Pages saved by merging"))


class Balloon(TraceChart):
    """Resident memory before, with and after the balloon."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        events = self.trace.of_kind("resident")
        words = {
            "start": _("guest not started"),
            "used": _("guest used all its memory"),
            "inflated": _("balloon inflated"),
            "deflated": _("balloon deflated, memory used"),
        }
        names = [words.get(e.actor, e.actor) for e in events]
        sizes = [e.detail["bytes"] / MIB for e in events]
        self.bars(axes, names, sizes, lambda v: f"{v:,.0f} MiB", ["guest"] * len(names))
        axes.set_title(_("Resident memory of the VM on the host"))


class ProcessContainerVM(TraceChart):
    """Start time and memory of a process, a container and a virtual machine."""

    def build(self, figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        kinds = ("process", "container", "VM")
        layers: list[Layer] = ["host", "runtime", "guest"]
        start = [self.trace.summary[kind]["start"] * 1e3 for kind in kinds]
        memory = [self.trace.summary[kind]["memory"] / MIB for kind in kinds]
        self.bars(
            left, kinds, start, lambda v: f"{v:,.3g} ms" if v < 100 else f"{v:,.0f} ms", layers
        )
        self.bars(right, kinds, memory, lambda v: f"{v:,.3g} MiB", layers)
        for axes, values in ((left, start), (right, memory)):
            axes.set_xscale("log")
            axes.set_xlim(min(values) / 4, max(values) * 30)
        left.set_title(_("Start time (median)"))
        right.set_title(_("Resident memory (median)"))


class MemoryHog(TraceChart):
    """Ticks of the neighbour and of the host before, while and after the hog runs."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        actors = ("neighbour", "host")
        for place, actor in enumerate(actors):
            times = [e.time for e in self.trace.of_kind("tick") if e.actor == actor]
            axes.plot(times, [place] * len(times), "|", ms=16, color=self.theme.series[place])
        hog = [e.time for e in self.trace.events if e.actor == "hog"]
        axes.plot([hog[0], hog[-1]], [2, 2], lw=6, color=self.theme.series[1])
        axes.annotate(
            _("ended at its limit"), (hog[-1], 2), xytext=(8, 0), textcoords="offset points",
            va="center",
        )  # fmt: skip
        axes.set_yticks([0, 1, 2], [_("neighbour ticks"), _("host ticks"), _("hog runs")])
        axes.set_ylim(-0.6, 2.6)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(_("seconds"))
        axes.set_title(_("A memory hog beside a neighbour"))


PHASES = {
    "alone": _("alone"),
    "loaded": _("beside a busy program"),
    "load nice 19": _("the program at nice 19"),
    "guest nice 19": _("the guest at nice 19"),
}


def predicted_share(phase: str) -> float:
    """The guest's share of the CPU in a phase, by the host scheduler's published weights."""
    normal, low = weight_of(0), weight_of(19)
    weights = {"loaded": (normal, normal), "load nice 19": (normal, low)}
    guest, load = weights.get(phase, (low, normal))
    return 1.0 if phase == "alone" else guest / (guest + load)


class GuestAsProcess(TraceChart):
    """The guest's share of the CPU under four settings of the host, beside the model."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        share = self.trace.summary["cpu_share"]
        names = list(PHASES)
        places = list(range(len(names)))[::-1]
        guest = self.theme.layers["guest"]
        axes.barh(
            places, [share[n] for n in names], 0.5, color=guest.fill, edgecolor=guest.line,
            hatch=guest.hatch, label=_("measured"),
        )  # fmt: skip
        axes.plot(
            [predicted_share(n) for n in names], places, "D", ms=8, mfc="none", mew=2,
            color=self.theme.bad, label=_("model"),
        )  # fmt: skip
        for place, name in zip(places, names, strict=True):
            axes.annotate(
                f"{share[name]:.0%}", (max(share[name], predicted_share(name)), place),
                xytext=(12, 0), textcoords="offset points", va="center",
            )  # fmt: skip
        axes.set_yticks(places, list(PHASES.values()))
        axes.set_xlim(0, 1.45)  # room for numbers and key; no share is above 1
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.xaxis.set_major_formatter(lambda value, _place: f"{value:.0%}")
        axes.grid(axis="x")
        axes.grid(axis="y", visible=False)
        axes.set_title(_("The guest's share of the CPU that it and its rival had"))
        axes.legend(loc="lower right")


class TwoGuests(TraceChart):
    """Signs of life of two different guests on one host."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        guests = ("Linux guest", "bare-metal guest")
        for place, actor in enumerate(guests):
            times = [e.time for e in self.trace.events if e.actor == actor]
            axes.plot(times, [place] * len(times), "|", ms=16, color=self.theme.series[place])
        axes.set_yticks([0, 1], [_("Linux guest speaks"), _("bare-metal guest counts")])
        axes.set_ylim(-0.6, 1.6)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(_("seconds since the Linux guest was started"))
        axes.set_title(_("Two guests at once"))


CHARTS: dict[str, type[TraceChart]] = {
    "exit_timing": ExitTiming,
    "three_ways": ThreeWays,
    "fault_isolation": FaultIsolation,
    "live_migration": LiveMigration,
    "page_merging": PageMerging,
    "balloon": Balloon,
    "process_container_vm": ProcessContainerVM,
    "memory_hog": MemoryHog,
    "guest_as_process": GuestAsProcess,
    "two_guests": TwoGuests,
}
"""The chart of each experiment, by the experiment's name."""


def _exit_timing(trace: Trace) -> str:
    s = trace.summary
    text = _(
        "One exit, answered by a hypervisor in Python, took {us:.1f} µs, about {cycles:,.0f} "
        "cycles at {mhz:,.0f} MHz (median of {n} batches)."
    )
    return text.format(
        us=s["per_exit"] * 1e6, cycles=s["cycles_per_exit"], mhz=s["mhz"], n=len(trace.events)
    )


def _three_ways(trace: Trace) -> str:
    s = trace.summary
    text = _(
        "One instruction took {direct:.2g} ns directly, {translated:.2g} ns translated "
        "({slower:.1f} times) and {interpreted:,.0f} ns interpreted ({slowest:,.0f} times). "
        "The results {agree}."
    )
    return text.format(
        **s,
        slower=s["translated"] / s["direct"],
        slowest=s["interpreted"] / s["direct"],
        agree=_("agree") if s["checksums_agree"] else _("DIFFER"),
    )


def _fault_isolation(trace: Trace) -> str:
    text = _(
        "VM A died after {died:.2f} s ({ending}). VM B counted on, from {before:,} to {after:,}."
    )
    s = trace.summary
    return text.format(
        died=s["died_at"],
        ending=s["ending"],
        before=s["survivor_before"],
        after=s["survivor_after"],
    )


def _live_migration(trace: Trace) -> str:
    s = trace.summary
    text = _(
        "Pages sent: {rounds}, the last of them while the guest stood still, for {ms:.1f} ms. "
        "{differing} pages differed afterwards. {model}"
    )
    return text.format(
        rounds=", ".join(f"{pages:,}" for pages in s["rounds"]),
        ms=s["downtime"] * 1e3,
        differing=s["pages_differing"],
        model=_foreseen(trace),
    )


def _foreseen(trace: Trace) -> str:
    """What the model makes of the first two rounds, beside what came."""
    later = predicted_rounds(trace)[2:]
    if not later:
        return _("The model foresaw no further round.")
    came = trace.summary["rounds"][2:]
    return _("After the first two the model foresaw {predicted}; it came to {measured}.").format(
        predicted=", ".join(f"{pages:,.0f}" for pages, _seconds in later),
        measured=", ".join(f"{pages:,}" for pages in came) or _("nothing"),
    )


def _page_merging(trace: Trace) -> str:
    text = _("Of {pages:,} equal pages of each VM the kernel merged {merged:,} in {seconds:.1f} s.")
    return text.format(**trace.summary)


def _balloon(trace: Trace) -> str:
    sizes = {e.actor: e.detail["bytes"] / MIB for e in trace.of_kind("resident")}
    text = _(
        "The VM held {used:.0f} MiB. When its balloon gave back {given:.0f} MiB, "
        "{inflated:.0f} MiB were left on the host."
    )
    given = trace.summary["given_back"] / MIB
    return text.format(used=sizes["used"], given=given, inflated=sizes["inflated"])


def _process_container_vm(trace: Trace) -> str:
    s = trace.summary
    text = _(
        "A process started in {process:.1f} ms, a container in {container:.1f} ms, a VM in "
        "{vm:,.0f} ms. Resident: {process_memory:.1f}, {container_memory:.1f} and "
        "{vm_memory:,.0f} MiB. Process and container say they run on kernel {host}, the VM on "
        "{guest}."
    )
    return text.format(
        process_memory=s["process"]["memory"] / MIB,
        container_memory=s["container"]["memory"] / MIB,
        vm_memory=s["VM"]["memory"] / MIB,
        process=s["process"]["start"] * 1e3,
        container=s["container"]["start"] * 1e3,
        vm=s["VM"]["start"] * 1e3,
        host=s["container"]["kernel"],
        guest=s["VM"]["kernel"],
    )


def _memory_hog(trace: Trace) -> str:
    text = _(
        "The hog was ended at its limit of {limit:.0f} MiB. After that the neighbour ticked "
        "{neighbour} times and the host {host} times."
    )
    s = trace.summary
    return text.format(limit=s["limit"] / MIB, neighbour=s["neighbour_ticks"], host=s["host_ticks"])


def _guest_as_process(trace: Trace) -> str:
    text = _(
        "To the host the guest is process {pid} with {threads} threads and {memory:.0f} MiB. "
        "Beside a busy program it got {loaded:.0%} of their CPU (the model says {model:.0%})."
    )
    s = trace.summary
    return text.format(
        pid=s["pid"],
        threads=s["threads"],
        memory=s["memory"] / MIB,
        loaded=s["cpu_share"]["loaded"],
        model=predicted_share("loaded"),
    )


def _two_guests(trace: Trace) -> str:
    text = _(
        "The host runs Linux {host}, one guest Linux {linux}. The other guest has no kernel "
        "at all: it said “{says}” and counted to {count:,} meanwhile."
    )
    s = trace.summary
    return text.format(
        host=s["host_kernel"],
        linux=s["linux_kernel"],
        says=s["bare_metal_says"],
        count=s["bare_metal_count"],
    )


SENTENCES: dict[str, Callable[[Trace], str]] = {
    "exit_timing": _exit_timing,
    "three_ways": _three_ways,
    "fault_isolation": _fault_isolation,
    "live_migration": _live_migration,
    "page_merging": _page_merging,
    "balloon": _balloon,
    "process_container_vm": _process_container_vm,
    "memory_hog": _memory_hog,
    "guest_as_process": _guest_as_process,
    "two_guests": _two_guests,
}
"""What each experiment found, in words, by the experiment's name."""
