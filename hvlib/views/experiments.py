"""Pictures and sentences of what :mod:`hvlib.real.experiments` found, with the model beside it."""

from typing import Any

from hvlib.listed import sentences
from hvlib.models.exits import ROUND_TRIP, YEARS
from hvlib.models.migration import predict_rounds
from hvlib.numbers import digits
from hvlib.trace import Trace
from hvlib.views.chart import Figure
from hvlib.views.marks import Point, corners
from hvlib.views.measured import ENGINES, MIB, TraceChart, engine_of, ran, shows, virtual
from hvlib.views.panel import Scale, room
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _, ngettext


@shows("exit_timing")
class ExitTiming(TraceChart):
    """The measured exit, hypervisor in Python included, beside the published round trips."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        names = [f"{name}, {int(YEARS[name])}" for name in ROUND_TRIP] + [_("measured")]
        layers: list[Layer] = ["hardware" for _name in ROUND_TRIP]
        self.bars = self.rows(axes, names, [*layers, "hypervisor"])
        axes.set(xscale="log", xlim=(300, 3_000_000))
        axes.set_title(_("Cycles of one exit") if self.narrow else _CYCLES)
        self.cycles = self.panel(axes)

    def move(self, trace: Trace) -> None:
        cycles = [*map(float, ROUND_TRIP.values()), trace.summary["cycles_per_exit"]]
        self.fill(self.bars, cycles, lambda v: f"{v:,.0f}")
        bar, text = self.bars[-1]
        if cycles[-1]:
            text.text = _("{n:,.0f} ({engine})").format(n=cycles[-1], engine=engine_of(trace))
        else:  # nobody says how fast the clock is
            bar.width = 300
            text.set(x=300, text=_("clock unknown"))
        self.cycles.set_xlim(300, 40 * max(cycles))

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        text = _(
            "One exit, answered by a hypervisor in Python, took {us:,.1f} µs (median of {n} "
            "batches). {ran}"
        )
        if s["mhz"]:
            text = _(
                "One exit, answered by a hypervisor in Python, took {us:,.1f} µs, about "
                "{cycles:,.0f} cycles at {mhz:,.0f} MHz (median of {n} batches). {ran}"
            )
        return text.format(
            us=s["per_exit"] * 1e6,
            cycles=s["cycles_per_exit"],
            mhz=s["mhz"],
            n=len(trace.events),
            ran=ran(trace),
        )


_CYCLES = _("Cycles of one exit (published: hardware alone)")


@shows("three_ways")
class ThreeWays(TraceChart):
    """Nanoseconds an instruction: direct, translated, interpreted."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        names = [_("direct execution"), _("binary translation"), _("interpretation")]
        self.bars = self.rows(axes, names, ["hardware", "hypervisor", "runtime"])
        axes.set(xscale="log", xlim=(0.1, 10_000))
        axes.set_title(_("Time of one instruction of the same loop"))
        self.times = self.panel(axes)

    def move(self, trace: Trace) -> None:
        times = [trace.summary[way] for way in ("direct", "translated", "interpreted")]
        self.fill(self.bars, times, lambda v: f"{digits(v, 2)} ns")
        for (_bar, text), engine in zip(self.bars, (engine_of(trace), "unicorn"), strict=False):
            text.text += f" ({engine})"
        self.times.set_xlim(min(times) / 3, 60 * max(times))

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        text = _(
            "One instruction took {direct} ns directly, {translated} ns translated "
            "({slower:.1f} times) and {interpreted:,.0f} ns interpreted ({slowest:,.0f} times). "
            "The results {agree}."
        )
        by = _("Directly means by {direct_by}; unicorn translates.")
        if virtual(trace):
            by = _(
                "Directly means by {direct_by}, on a machine that is itself a virtual one; unicorn "
                "translates."
            )
        whole = text.format(
            direct=digits(s["direct"], 2),
            translated=digits(s["translated"], 2),
            interpreted=s["interpreted"],
            slower=s["translated"] / s["direct"],
            slowest=s["interpreted"] / s["direct"],
            agree=_("agree") if s["checksums_agree"] else _("DIFFER"),
        )
        return sentences(whole, by.format(direct_by=ENGINES[engine_of(trace)]))


@shows("fault_isolation")
class FaultIsolation(TraceChart):
    """Two guests count; one is made to die."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        first, second = self.theme.series[:2]
        self.counts = {
            "VM A": self.new_line(axes, "--", color=first, label="VM A"),
            "VM B": self.new_line(axes, "-", color=second, label="VM B"),
        }
        self.died = self.live(axes.axvline(0, color=self.theme.bad, linestyle=":"))
        place: dict[str, Any] = {"xy": (0, 1), "xycoords": axes.get_xaxis_transform()}
        place |= {"xytext": (5, -12), "textcoords": "offset points"}
        self.dies = self.live(axes.annotate(_("VM A dies"), **place))
        axes.set(xlabel=_("seconds"), title=_("Millions counted so far"))
        figure.legend(loc="outside lower left", ncols=2)
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        counts = trace.of_kind("count")
        for actor, line in self.counts.items():
            own = [event for event in counts if event.actor == actor]
            line.set_data([e.time for e in own], [e.detail["count"] / 1e6 for e in own])
        died = trace.summary["died_at"]
        self.died.x = [died, died]
        self.dies.x = died
        self.span(self.time, [event.time for event in counts])
        self.time.set_ylim(0, room(max(event.detail["count"] for event in counts) / 1e6))

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        text = _(
            "VM A died after {died:.2f} s ({ending}). VM B stood at {after:,}: it was not seen to "
            "count on. {ran}"
        )
        if s["survivor_after"] > s["survivor_before"]:
            text = _(
                "VM A died after {died:.2f} s ({ending}). VM B counted on, from {before:,} to "
                "{after:,}. {ran}"
            )
        return text.format(
            ran=ran(trace),
            died=s["died_at"],
            ending=s["ending"],
            before=s["survivor_before"],
            after=s["survivor_after"],
        )


@shows("live_migration")
class LiveMigration(TraceChart):
    """Pages of each round, measured, beside those predicted from the first two rounds."""

    LABELLED = 24
    """Bars of each kind that bear their number."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        look = self.theme.layers["host"].style | {"label": _("measured")}
        self.measured = self.new_areas(axes, **look)
        look = self.theme.layers["guest"].style | {"label": _("predicted from rounds 1 and 2")}
        self.predicted = self.new_areas(axes, **look)
        above: dict[str, Any] = {"xytext": (0, 3), "textcoords": "offset points", "ha": "center"}
        self.numbers = [
            self.live(axes.annotate("", (1, 1), fontsize=NOTE, **above))
            for _bar in range(2 * self.LABELLED)
        ]
        axes.set(yscale="log", ylim=(0.4, 100_000), xlim=(0.4, 5.6))
        axes.set(xlabel=_("round"), title=_("Pages sent in each round"))
        axes.legend(loc="upper right")
        self.rounds = self.panel(axes, Scale(whole=True), Scale(form="plain"))

    def move(self, trace: Trace) -> None:
        measured = [float(event.detail["pages"]) for event in trace.of_kind("round")]
        predicted = [pages for pages, _seconds in predicted_rounds(trace)]
        self.measured.verts = [_pages(n + 0.8, pages) for n, pages in enumerate(measured)]
        self.predicted.verts = [_pages(n + 1.2, pages) for n, pages in enumerate(predicted)]
        shown = [(n + 0.8, pages) for n, pages in enumerate(measured)]
        shown += [(n + 1.2, pages) for n, pages in enumerate(predicted) if n >= 2]
        for number, text in enumerate(self.numbers):
            text.visible = number < len(shown)
            if number < len(shown):
                at, pages = shown[number]
                text.set(x=at, y=max(pages, 0.5), text=f"{pages:,.0f}")
        self.rounds.set_ylim(0.4, max(measured) * 40)
        self.rounds.set_xlim(0.4, max(len(measured), len(predicted)) + 0.6)

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        text = _(
            "Pages sent: {rounds}, the last of them while the guest stood still, for {ms:.1f} ms. "
            "{differing} {model} {ran}"
        )
        n = s["pages_differing"]
        differing = ngettext("{n} page differed afterwards.", "{n} pages differed afterwards.", n)
        return text.format(
            rounds=", ".join(f"{pages:,}" for pages in s["rounds"]),
            ms=s["downtime"] * 1e3,
            differing=differing.format(n=n),
            model=_foreseen(trace),
            ran=ran(trace),
        )


def _pages(middle: float, pages: float) -> list[Point]:
    return corners(middle - 0.18, 0.01, middle + 0.18, max(pages, 0.5))


def predicted_rounds(trace: Trace) -> list[tuple[float, float]]:
    """(pages, seconds) of each round of a measured migration, from the third on predicted."""
    rounds = [(e.detail["pages"], e.duration) for e in trace.of_kind("round")]
    first = [(float(pages), seconds) for pages, seconds in rounds[:2] if pages and seconds]
    if len(first) < 2:
        return first
    guess = predict_rounds(first, memory=first[0][0])
    return [*first, *guess.rounds, (guess.left, guess.downtime)]


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


@shows("page_merging")
class PageMerging(TraceChart):
    """Pages shared between two VMs while the kernel's scanner works."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        self.pages = self.new_line(axes)
        axes.set(ylim=(0, 10_000), xlabel=_("seconds"), title=_("Pages saved by merging"))
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        events = trace.of_kind("sharing")
        self.pages.set_data([e.time for e in events], [e.detail["pages"] for e in events])
        self.span(self.time, [e.time for e in events])
        self.time.set_ylim(0, room(max(e.detail["pages"] for e in events)))

    @staticmethod
    def says(trace: Trace) -> str:
        text = _(
            "Of {pages:,} pages that both VMs hold together, all equal, the kernel merged "
            "{merged:,} in {seconds:.1f} s. {ran}"
        )
        return text.format(**trace.summary, ran=ran(trace))


@shows("balloon")
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
        self.fill(self.bars, values, lambda v: f"{v:,.0f} MiB")
        self.memory.set_xlim(0, 1.4 * max(values))

    @staticmethod
    def says(trace: Trace) -> str:
        sizes = {e.actor: e.detail["bytes"] / MIB for e in trace.of_kind("resident")}
        text = _(
            "The VM held {used} MiB. When its balloon gave back {given} MiB, {inflated} MiB were "
            "left on the host. {ran}"
        )
        sizes["given"] = trace.summary["given_back"] / MIB
        return text.format(**{name: digits(v, 2) for name, v in sizes.items()}, ran=ran(trace))
