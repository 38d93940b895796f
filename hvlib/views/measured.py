"""Pictures and sentences of what was measured on a real machine, with the model beside it.

One chart an experiment of :mod:`hvlib.real`; the experiment's name finds it. A chart knows nothing
of how the trace was made, so a live one and a recording are drawn alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, ClassVar

from hvlib.models.exits import ROUND_TRIP, YEARS
from hvlib.models.hosted import weight_of
from hvlib.models.migration import predict_rounds
from hvlib.trace import Trace
from hvlib.views.chart import Chart
from hvlib.views.marks import Bar, Line, Text
from hvlib.views.panel import Panel, Scale, room
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MIB = 1 << 20
Rows = list[tuple[Bar, Text]]
"""Bars with their values in words."""


class TraceChart(Chart):
    """The picture of one experiment."""

    size: ClassVar[tuple[float, float]] = (7.6, 3.0)
    narrow_size: ClassVar[tuple[float, float]] = (3.4, 3.2)

    def rows(self, axes: Axes, names: Sequence[str], layers: Sequence[Layer] = ()) -> Rows:
        """Horizontal bars, first on top, each with room for its value in words at its end."""
        places = list(range(len(names)))[::-1]
        paints = [self.theme.layers[layer] for layer in layers or ["host"] * len(names)]
        found: Rows = []
        for place, paint in zip(places, paints, strict=True):
            style: dict[str, Any] = {
                "color": paint.fill,
                "edgecolor": paint.line,
                "hatch": paint.hatch,
            }
            (bar,) = axes.barh([place], [1.0], height=0.6, **style)
            text = axes.annotate(
                "", (1, place), xytext=(6, 0), textcoords="offset points", va="center"
            )
            found.append((self.live(bar), self.live(text)))
        axes.set_yticks(places, [fill(name, 18) for name in names])
        axes.set_ylim(-0.5, len(names) - 0.5)
        axes.grid(axis="x")
        axes.grid(axis="y", visible=False)
        return found

    def ticking(self, axes: Axes, number: int) -> Line:
        """A stroke at each time when something gave a sign of life, in a row of its own."""
        style: dict[str, Any] = {"ms": 16, "ls": "none", "color": self.theme.series[number]}
        return self.live(axes.plot([], [], "|", **style)[0])


ENGINES = {
    "KVM": _("KVM"),
    "VT-x": _("KVM (VT-x)"),
    "SVM": _("KVM (SVM)"),
    "PVM": _("KVM (PVM, without VT-x or SVM)"),
    "TCG": _("TCG (QEMU’s binary translation, without the processor’s help)"),
    "unicorn": _("unicorn (a binary translator)"),
}
"""What ran a guest, in words, by its short name."""


def engine_of(trace: Trace) -> str:
    """The short name of what ran the guest that a trace is about."""
    summary = trace.summary
    ran = summary.get("engine") or summary.get("accelerator") or "kvm"
    ran = summary["VM"].get("accelerator", ran) if "VM" in summary else ran
    return _short_name(trace, ran)


def _short_name(trace: Trace, engine: str) -> str:
    by = trace.provenance.kvm if trace.provenance else ""
    return {"kvm": by or "KVM", "tcg": "TCG"}.get(engine, engine)


def _ran(trace: Trace) -> str:
    """One sentence on what ran the guest, and on what kind of machine."""
    text = _("The guest was run by {engine}{where}.")
    return text.format(engine=ENGINES[engine_of(trace)], where=_where(trace))


def _where(trace: Trace) -> str:
    virtual = trace.provenance is not None and trace.provenance.virtual
    return _(", on a machine that is itself a virtual one") if virtual else ""


def _fill(rows: Rows, values: Iterable[float], says: Callable[[float], str]) -> None:
    for (bar, text), value in zip(rows, values, strict=True):
        bar.set_width(value)
        text.set_x(value)
        text.set_text(says(value))


def _span(panel: Panel, times: Sequence[float]) -> None:
    """Let a panel hold all times, with a little room at both ends."""
    margin = 0.03 * (max(times) - min(times) or 1.0)
    panel.set_xlim(min(times) - margin, max(times) + margin)


class ExitTiming(TraceChart):
    """The measured exit, hypervisor in Python included, beside the published round trips."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        names = [f"{name}, {int(YEARS[name])}" for name in ROUND_TRIP] + [_("measured")]
        layers: list[Layer] = ["hardware" for _name in ROUND_TRIP]
        self.bars = self.rows(axes, names, [*layers, "hypervisor"])
        axes.set_xscale("log")
        axes.set_xlim(300, 3_000_000)
        axes.set_title(_("Cycles of one exit") if self.narrow else _CYCLES)
        self.cycles = self.panel(axes)

    def move(self, trace: Trace) -> None:
        cycles = [*map(float, ROUND_TRIP.values()), trace.summary["cycles_per_exit"]]
        _fill(self.bars, cycles, lambda v: f"{v:,.0f}")
        bar, text = self.bars[-1]
        if cycles[-1]:
            text.set_text(_("{n:,.0f} ({engine})").format(n=cycles[-1], engine=engine_of(trace)))
        else:  # nobody says how fast the clock is
            bar.set_width(300)
            text.set_x(300)
            text.set_text(_("clock unknown"))
        self.cycles.set_xlim(300, 40 * max(cycles))


_CYCLES = _("Cycles of one exit (published: hardware alone)")


class ThreeWays(TraceChart):
    """Nanoseconds an instruction: direct, translated, interpreted."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        names = [_("direct execution"), _("binary translation"), _("interpretation")]
        self.bars = self.rows(axes, names, ["hardware", "hypervisor", "runtime"])
        axes.set_xscale("log")
        axes.set_xlim(0.1, 10_000)
        axes.set_title(_("Time of one instruction of the same loop"), loc="left")
        self.times = self.panel(axes)

    def move(self, trace: Trace) -> None:
        times = [trace.summary[way] for way in ("direct", "translated", "interpreted")]
        _fill(self.bars, times, lambda v: f"{v:,.2g} ns" if v < 10 else f"{v:,.0f} ns")
        for (_bar, text), engine in zip(self.bars, (engine_of(trace), "unicorn"), strict=False):
            text.set_text(f"{text.get_text()} ({engine})")
        self.times.set_xlim(min(times) / 3, 60 * max(times))


class FaultIsolation(TraceChart):
    """Two guests count; one is made to die."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        styles = (("VM A", "--"), ("VM B", "-"))
        lines = {
            actor: axes.plot([], [], style, color=self.theme.series[number], label=actor)[0]
            for number, (actor, style) in enumerate(styles)
        }
        self.counts = {actor: self.live(line) for actor, line in lines.items()}
        self.died = self.live(axes.axvline(0, color=self.theme.bad, linestyle=":"))
        place: dict[str, Any] = {
            "xy": (0, 1),
            "xycoords": axes.get_xaxis_transform(),
            "xytext": (5, -12),
        }
        self.note = self.live(axes.annotate(_("VM A dies"), textcoords="offset points", **place))
        axes.set_xlabel(_("seconds"))
        axes.set_title(_("Millions counted so far"))
        figure.legend(handles=list(lines.values()), loc="outside lower left", ncols=2)
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        counts = trace.of_kind("count")
        for actor, line in self.counts.items():
            own = [event for event in counts if event.actor == actor]
            line.set_data([e.time for e in own], [e.detail["count"] / 1e6 for e in own])
        died = trace.summary["died_at"]
        self.died.set_xdata([died, died])
        self.note.set_x(died)
        _span(self.time, [event.time for event in counts])
        self.time.set_ylim(0, room(max(event.detail["count"] for event in counts) / 1e6))


class LiveMigration(TraceChart):
    """Pages of each round, measured, beside those predicted from the first two rounds."""

    LABELLED = 24
    """Bars of each kind that bear their number."""

    def build(self, figure: Figure) -> None:
        from matplotlib.collections import PolyCollection

        axes = figure.subplots()
        looks: tuple[tuple[str, Layer, str], ...] = (
            (_("measured"), "host", ""),
            (_("predicted from rounds 1 and 2"), "guest", ".."),
        )
        bars = []
        for name, layer, hatch in looks:
            paint = self.theme.layers[layer]
            bars.append(PolyCollection([], fc=paint.fill, ec=paint.line, hatch=hatch, label=name))
            axes.add_collection(bars[-1], autolim=False)
        self.measured, self.predicted = map(self.live, bars)
        self.numbers = [
            self.live(
                axes.annotate(
                    "",
                    (1, 1),
                    ha="center",
                    xytext=(0, 3),
                    textcoords="offset points",
                    fontsize=NOTE,
                )
            )
            for _bar in range(2 * self.LABELLED)
        ]
        axes.set_yscale("log")
        axes.set_ylim(0.4, 100_000)
        axes.set_xlim(0.4, 5.6)
        axes.set_xlabel(_("round"))
        axes.set_title(_("Pages sent in each round"))
        axes.legend(handles=bars, loc="upper right")
        self.rounds = self.panel(axes, Scale(whole=True), Scale(form="plain"))

    def move(self, trace: Trace) -> None:
        measured = [float(event.detail["pages"]) for event in trace.of_kind("round")]
        predicted = [pages for pages, _seconds in predicted_rounds(trace)]
        self.measured.set_verts([_pages(n + 0.8, pages) for n, pages in enumerate(measured)])
        self.predicted.set_verts([_pages(n + 1.2, pages) for n, pages in enumerate(predicted)])
        shown = [(n + 0.8, pages) for n, pages in enumerate(measured)]
        shown += [(n + 1.2, pages) for n, pages in enumerate(predicted) if n >= 2]
        for number, text in enumerate(self.numbers):
            text.set_visible(number < len(shown))
            if number < len(shown):
                at, pages = shown[number]
                text.set_position((at, max(pages, 0.5)))
                text.set_text(f"{pages:,.0f}")
        self.rounds.set_ylim(0.4, max(measured) * 40)
        self.rounds.set_xlim(0.4, max(len(measured), len(predicted)) + 0.6)


def _pages(middle: float, pages: float) -> list[tuple[float, float]]:
    left, right, high = middle - 0.18, middle + 0.18, max(pages, 0.5)
    return [(left, 0.01), (right, 0.01), (right, high), (left, high)]


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
        self.pages = self.live(axes.plot([], [])[0])
        axes.set_ylim(0, 10_000)
        axes.set_xlabel(_("seconds"))
        axes.set_title(_("Pages saved by merging"))
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        events = trace.of_kind("sharing")
        self.pages.set_data([e.time for e in events], [e.detail["pages"] for e in events])
        _span(self.time, [e.time for e in events])
        self.time.set_ylim(0, room(max(e.detail["pages"] for e in events)))


class Balloon(TraceChart):
    """Resident memory before, with and after the balloon."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        self.words = {
            "start": _("guest not started"),
            "used": _("guest used all its memory"),
            "inflated": _("balloon inflated"),
            "deflated": _("balloon deflated, memory used"),
        }
        self.bars = self.rows(axes, list(self.words.values()), ["guest"] * len(self.words))
        axes.set_title(_("Resident memory of the VM on the host"))
        self.memory = self.panel(axes, Scale(most=4 if self.narrow else 6))

    def move(self, trace: Trace) -> None:
        sizes = {e.actor: e.detail["bytes"] / MIB for e in trace.of_kind("resident")}
        values = [sizes.get(actor, 0.0) for actor in self.words]
        _fill(self.bars, values, lambda v: f"{v:,.0f} MiB")
        self.memory.set_xlim(0, 1.4 * max(values))


class ProcessContainerVM(TraceChart):
    """Start time and memory of a process, a container and a virtual machine."""

    narrow_size: ClassVar[tuple[float, float]] = (3.4, 4.6)
    KINDS = ("process", "container", "VM")

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 1, 1)
        layers: list[Layer] = ["host", "runtime", "guest"]
        names = [_("process"), _("container"), _("VM")]
        self.starts, self.memories = (self.rows(axes, names, layers) for axes in (left, right))
        for axes in (left, right):
            axes.set_xscale("log")
            axes.set_xlim(1, 1000)
        left.set_title(_("Start time (median)"))
        right.set_title(_("Resident memory (median)"))
        self.left, self.right = self.panel(left), self.panel(right)

    def move(self, trace: Trace) -> None:
        starts = [trace.summary[kind]["start"] * 1e3 for kind in self.KINDS]
        memories = [trace.summary[kind]["memory"] / MIB for kind in self.KINDS]
        _fill(self.starts, starts, lambda v: f"{v:,.3g} ms" if v < 100 else f"{v:,.0f} ms")
        _fill(self.memories, memories, lambda v: f"{v:,.3g} MiB")
        for rows in (self.starts, self.memories):
            _bar, text = rows[-1]
            text.set_text(f"{text.get_text()} ({engine_of(trace)})")
        for panel, values in ((self.left, starts), (self.right, memories)):
            panel.set_xlim(min(values) / 4, max(values) * 2000)


class MemoryHog(TraceChart):
    """Ticks of the neighbour and of the host before, while and after the hog runs."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        self.ticks = {
            actor: self.ticking(axes, place) for place, actor in enumerate(("neighbour", "host"))
        }
        self.hog = self.live(axes.plot([], [], lw=6, color=self.theme.series[1])[0])
        place: dict[str, Any] = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center"}
        self.end = self.live(axes.annotate("", (0, 2), **place))
        axes.set_yticks([0, 1, 2], [_("neighbour ticks"), _("host ticks"), _("hog runs")])
        axes.set_ylim(-0.6, 2.6)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(_("seconds"))
        axes.set_title(_("A memory hog beside a neighbour"))
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        for place, (actor, line) in enumerate(self.ticks.items()):
            times = [e.time for e in trace.of_kind("tick") if e.actor == actor]
            line.set_data(times, [place] * len(times))
        hog = [e.time for e in trace.events if e.actor == "hog"]
        self.hog.set_data([hog[0], hog[-1]], [2, 2])
        self.end.set_x((hog[0] + hog[-1]) / 2)
        at_limit = trace.summary["stopped_by"] == "memory"
        self.end.set_text(_("ended at its limit") if at_limit else _("not ended by its limit"))
        _span(self.time, [e.time for e in trace.events])


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
        self.places = list(range(len(PHASES)))[::-1]
        guest = self.theme.layers["guest"]
        style: dict[str, Any] = {"color": guest.fill, "edgecolor": guest.line, "hatch": guest.hatch}
        shares = axes.barh(self.places, [1] * 4, 0.5, label=_("measured"), **style)
        self.shares = [self.live(bar) for bar in shares]
        style = {"ms": 8, "mfc": "none", "mew": 2, "color": self.theme.bad, "ls": "none"}
        (model,) = axes.plot([], [], "D", label=_("model"), **style)
        self.model = self.live(model)
        self.numbers = [
            self.live(
                axes.annotate(
                    "", (1, place), xytext=(12, 0), textcoords="offset points", va="center"
                )
            )
            for place in self.places
        ]
        axes.set_yticks(self.places, [fill(name, 18) for name in PHASES.values()])
        axes.set_xlim(0, 1.45)  # room for numbers and key; no share is above 1
        axes.set_xticks([0, 0.5, 1] if self.narrow else [0, 0.25, 0.5, 0.75, 1])
        self.panel(axes, Scale(form="percent"))
        axes.grid(axis="x")
        axes.grid(axis="y", visible=False)
        full = _("The guest's share of the CPU that it and its rival had")
        axes.set_title(_("The guest's share") if self.narrow else full)
        axes.legend(loc="lower right")

    def move(self, trace: Trace) -> None:
        shares = [trace.summary["cpu_share"][phase] for phase in PHASES]
        foreseen = [predicted_share(phase) for phase in PHASES]
        self.model.set_data(foreseen, self.places)
        rows = zip(self.shares, self.numbers, shares, foreseen, strict=True)
        for bar, number, share, model in rows:
            bar.set_width(share)
            number.set_x(max(share, model))
            number.set_text(f"{share:.0%}")


class TwoGuests(TraceChart):
    """Signs of life of two different guests on one host."""

    GUESTS = ("Linux guest", "bare-metal guest")

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        self.ticks = [self.ticking(axes, place) for place in range(2)]
        axes.set_yticks([0, 1], [_("Linux guest\nspeaks"), _("bare-metal guest\ncounts")])
        axes.set_ylim(-0.6, 1.6)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(_("seconds since the Linux guest was started"))
        axes.set_title(_("Two guests at once"))
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        for place, (actor, line) in enumerate(zip(self.GUESTS, self.ticks, strict=True)):
            times = [e.time for e in trace.events if e.actor == actor]
            line.set_data(times, [place] * len(times))
        _span(self.time, [e.time for e in trace.events])


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
    clock = _(", about {cycles:,.0f} cycles at {mhz:,.0f} MHz") if s["mhz"] else ""
    text = _(
        "One exit, answered by a hypervisor in Python, took {us:.1f} µs{clock} (median of {n} "
        "batches). {ran}"
    )
    return text.format(
        us=s["per_exit"] * 1e6,
        clock=clock.format(cycles=s["cycles_per_exit"], mhz=s["mhz"]),
        n=len(trace.events),
        ran=_ran(trace),
    )


def _three_ways(trace: Trace) -> str:
    s = trace.summary
    text = _(
        "One instruction took {direct:.2g} ns directly, {translated:.2g} ns translated "
        "({slower:.1f} times) and {interpreted:,.0f} ns interpreted ({slowest:,.0f} times). "
        "The results {agree}. Directly means by {direct_by}{where}; unicorn translates."
    )
    return text.format(
        **s,
        slower=s["translated"] / s["direct"],
        slowest=s["interpreted"] / s["direct"],
        agree=_("agree") if s["checksums_agree"] else _("DIFFER"),
        direct_by=ENGINES[engine_of(trace)],
        where=_where(trace),
    )


def _fault_isolation(trace: Trace) -> str:
    s = trace.summary
    went_on = s["survivor_after"] > s["survivor_before"]
    text = (
        _("VM A died after {died:.2f} s ({ending}). VM B counted on, from {before:,} to "
          "{after:,}. {ran}")
        if went_on
        else _("VM A died after {died:.2f} s ({ending}). VM B stood at {after:,}: it was not "
               "seen to count on. {ran}")
    )  # fmt: skip
    return text.format(
        ran=_ran(trace),
        died=s["died_at"],
        ending=s["ending"],
        before=s["survivor_before"],
        after=s["survivor_after"],
    )


def _live_migration(trace: Trace) -> str:
    s = trace.summary
    text = _(
        "Pages sent: {rounds}, the last of them while the guest stood still, for {ms:.1f} ms. "
        "{differing} pages differed afterwards. {model} {ran}"
    )
    return text.format(
        rounds=", ".join(f"{pages:,}" for pages in s["rounds"]),
        ms=s["downtime"] * 1e3,
        differing=s["pages_differing"],
        model=_foreseen(trace),
        ran=_ran(trace),
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
    text = _(
        "Of {pages:,} pages that both VMs hold together, all equal, the kernel merged {merged:,} "
        "in {seconds:.1f} s. {ran}"
    )
    return text.format(**trace.summary, ran=_ran(trace))


def _balloon(trace: Trace) -> str:
    sizes = {e.actor: e.detail["bytes"] / MIB for e in trace.of_kind("resident")}
    text = _(
        "The VM held {used:.0f} MiB. When its balloon gave back {given:.0f} MiB, "
        "{inflated:.0f} MiB were left on the host. {ran}"
    )
    given = trace.summary["given_back"] / MIB
    return text.format(used=sizes["used"], given=given, inflated=sizes["inflated"], ran=_ran(trace))


def _process_container_vm(trace: Trace) -> str:
    s = trace.summary
    text = _(
        "A process started in {process:.1f} ms, a container in {container:.1f} ms, a VM in "
        "{vm:,.0f} ms. Resident: {process_memory:.1f}, {container_memory:.1f} and "
        "{vm_memory:,.0f} MiB. Process and container say they run on kernel {host}, the VM on "
        "{guest}. {ran}"
    )
    return text.format(
        ran=_ran(trace),
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
    s = trace.summary
    told = {
        "memory": _("The hog was ended at its limit of {limit:,.0f} MiB."),
        "time": _("The hog was not ended by its limit of {limit:,.0f} MiB: when its time was up, "
                  "it had used {used:,.0f} MiB at most."),
    }  # fmt: skip
    other = _("The hog ended by itself, below its limit of {limit:,.0f} MiB.")
    text = _("{hog} After that the neighbour ticked {neighbour} times and the host {host} times.")
    hog = told.get(s["stopped_by"], other)
    return text.format(
        hog=hog.format(limit=s["limit"] / MIB, used=(s["peak_memory"] or 0) / MIB),
        neighbour=s["neighbour_ticks"],
        host=s["host_ticks"],
    )


def _guest_as_process(trace: Trace) -> str:
    text = _(
        "To the host the guest is process {pid} with {threads} threads and {memory:.0f} MiB. "
        "Beside a busy program it got {loaded:.0%} of their CPU (the model says {model:.0%}). {ran}"
    )
    s = trace.summary
    return text.format(
        ran=_ran(trace),
        pid=s["pid"],
        threads=s["threads"],
        memory=s["memory"] / MIB,
        loaded=s["cpu_share"]["loaded"],
        model=predicted_share("loaded"),
    )


def _two_guests(trace: Trace) -> str:
    text = _(
        "The host runs Linux {host}, one guest Linux {linux}. The other guest has no kernel "
        "at all: it said “{says}” and counted to {count:,} meanwhile. The first was run by "
        "{linux_by}, the other by {bare_by}{where}."
    )
    s = trace.summary
    by = {who: ENGINES[_short_name(trace, ran)] for who, ran in s["engines"].items()}
    return text.format(
        linux_by=by["Linux guest"],
        bare_by=by["bare-metal guest"],
        where=_where(trace),
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
