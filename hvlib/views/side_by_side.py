"""Pictures and sentences of what :mod:`hvlib.real.side_by_side` found, with the model beside it."""

from typing import Any, ClassVar

from hvlib.columns import fill
from hvlib.listed import sentences
from hvlib.models.hosted import weight_of
from hvlib.numbers import three_digits
from hvlib.trace import Trace
from hvlib.views.chart import Figure
from hvlib.views.measured import (
    ENGINES,
    MIB,
    TraceChart,
    engine_of,
    ran,
    short_name,
    shows,
    so_often,
    virtual,
)
from hvlib.views.panel import Scale
from hvlib.views.theme import Layer
from hvlib.words import _


@shows("process_container_vm")
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
            axes.set(xscale="log", xlim=(1, 1000))
        left.set_title(_("Start time (median)"))
        right.set_title(_("Resident memory (median)"))
        self.left, self.right = self.panel(left), self.panel(right)

    def move(self, trace: Trace) -> None:
        starts = [trace.summary[kind]["start"] * 1e3 for kind in self.KINDS]
        memories = [trace.summary[kind]["memory"] / MIB for kind in self.KINDS]
        self.fill(self.starts, starts, lambda v: f"{three_digits(v)} ms")
        self.fill(self.memories, memories, lambda v: f"{three_digits(v)} MiB")
        for rows in (self.starts, self.memories):
            _bar, text = rows[-1]
            text.text += f" ({engine_of(trace)})"
        for panel, values in ((self.left, starts), (self.right, memories)):
            panel.set_xlim(min(values) / 4, max(values) * 2000)

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        text = _(
            "A process started in {process:.1f} ms, a container in {container:.1f} ms, a VM in "
            "{vm:,.0f} ms. Resident: {process_memory:.1f}, {container_memory:.1f} and "
            "{vm_memory:,.0f} MiB. Process and container say they run on kernel {host}, the VM on "
            "{guest}. {ran}"
        )
        return text.format(
            ran=ran(trace),
            process_memory=s["process"]["memory"] / MIB,
            container_memory=s["container"]["memory"] / MIB,
            vm_memory=s["VM"]["memory"] / MIB,
            process=s["process"]["start"] * 1e3,
            container=s["container"]["start"] * 1e3,
            vm=s["VM"]["start"] * 1e3,
            host=s["container"]["kernel"],
            guest=s["VM"]["kernel"],
        )


@shows("memory_hog")
class MemoryHog(TraceChart):
    """Ticks of the neighbour and of the host before, while and after the hog runs."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        self.ticks = {
            actor: self.ticking(axes, place) for place, actor in enumerate(("neighbour", "host"))
        }
        self.hog = self.new_line(axes, lw=6, color=self.theme.series[1])
        place: dict[str, Any] = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center"}
        self.end = self.live(axes.annotate("", (0, 2), **place))
        axes.set_yticks([0, 1, 2], [_("neighbour ticks"), _("host ticks"), _("hog runs")])
        axes.set(title=_("A memory hog beside a neighbour"), xlabel=_("seconds"), ylim=(-0.6, 2.6))
        axes.grid(axis="y", visible=False)
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        for place, (actor, line) in enumerate(self.ticks.items()):
            times = [e.time for e in trace.of_kind("tick") if e.actor == actor]
            line.set_data(times, [place] * len(times))
        hog = [e.time for e in trace.events if e.actor == "hog"]
        self.hog.set_data([hog[0], hog[-1]], [2, 2])
        self.end.x = (hog[0] + hog[-1]) / 2
        at_limit = trace.summary["stopped_by"] == "memory"
        self.end.text = _("ended at its limit") if at_limit else _("not ended by its limit")
        self.span(self.time, [e.time for e in trace.events])

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        told = {
            "memory": _("The hog was ended at its limit of {limit:,.0f} MiB."),
            "time": _("The hog was not ended by its limit of {limit:,.0f} MiB: when its time was "
                      "up, it had used {used:,.0f} MiB at most."),
        }  # fmt: skip
        other = _("The hog ended by itself, below its limit of {limit:,.0f} MiB.")
        text = _("{hog} After that the neighbour ticked {neighbour} and the host {host}.")
        ticks = {who: s[f"{who}_ticks"] for who in ("neighbour", "host")}
        if s["stopped_by"] == "time":  # then the neighbour's is up as well
            text = _("{hog} Meanwhile the neighbour ticked {neighbour} and the host {host}.")
            began = next(e.time for e in trace.events if e.actor == "hog")
            while_it_ran = [e.actor for e in trace.of_kind("tick") if e.time > began]
            ticks = {who: while_it_ran.count(who) for who in ticks}
        hog = told.get(s["stopped_by"], other)
        return text.format(
            hog=hog.format(limit=s["limit"] / MIB, used=(s["peak_memory"] or 0) / MIB),
            **{who: so_often(n) for who, n in ticks.items()},
        )


@shows("steal")
class Steal(TraceChart):
    """How long the vCPU waited, by the host's count and by the guest's, alone and beside a load."""

    LOADS: ClassVar = {"alone": _("alone"), "loaded": _("beside a busy program")}

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        names = [
            name
            for load in self.LOADS.values()
            for name in (_("{load}: host").format(load=load), _("{load}: guest").format(load=load))
        ]
        self.waits = self.rows(axes, names, ["host", "guest"] * 2)
        axes.set_xlim(0, 1.12)
        axes.set_title(_("Wait") if self.narrow else _("Part of the time in which the vCPU waits"))
        self.panel(axes, Scale(form="percent"))

    def move(self, trace: Trace) -> None:
        shares = [
            min(1.0, trace.summary[load][key] / trace.summary[load]["seconds"])
            for load in self.LOADS
            for key in ("waited", "stolen")
        ]
        self.fill(self.waits, shares, lambda v: f"{v:.0%}")

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        text = _(
            "Beside a busy program the host counted {waited:.1f} s of {seconds:.1f} s in which the "
            "vCPU was ready and waited (alone: {alone:.1f} s); the guest counted {stolen:.1f} s as "
            "steal. Its loop ran {ticks}, alone {before}."
        )
        why = _("Nobody tells a translated guest of steal, so it only finds itself slow.")
        loaded, alone = s["loaded"], s["alone"]
        whole = text.format(
            waited=loaded["waited"],
            seconds=loaded["seconds"],
            alone=alone["waited"],
            stolen=loaded["stolen"],
            ticks=so_often(loaded["ticks"]),
            before=so_often(alone["ticks"]),
        )
        return sentences(whole, why if engine_of(trace) == "TCG" else "", ran(trace))


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


@shows("guest_as_process")
class GuestAsProcess(TraceChart):
    """The guest's share of the CPU under four settings of the host, beside the model."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        self.places = list(range(len(PHASES)))[::-1]
        style: dict[str, Any] = {"label": _("measured"), **self.theme.layers["guest"].style}
        self.shares = [self.live(bar) for bar in axes.barh(self.places, [1] * 4, 0.5, **style)]
        style = {"ms": 8, "mfc": "none", "mew": 2, "color": self.theme.bad, "ls": "none"}
        self.model = self.new_line(axes, "D", label=_("model"), **style)
        self.numbers = [self.note(axes, 1, place, 12) for place in self.places]
        self.name_rows(axes, [fill(name, 18) for name in PHASES.values()][::-1])
        axes.set_xlim(0, 1.45)  # room for numbers and key; no share is above 1
        axes.set_xticks([0, 0.5, 1] if self.narrow else [0, 0.25, 0.5, 0.75, 1])
        self.panel(axes, Scale(form="percent"))
        full = _("The guest's share of the CPU that it and its rival had")
        axes.set_title(_("The guest's share") if self.narrow else full)
        axes.legend(loc="lower right")

    def move(self, trace: Trace) -> None:
        shares = [trace.summary["cpu_share"][phase] for phase in PHASES]
        foreseen = [predicted_share(phase) for phase in PHASES]
        self.model.set_data(foreseen, self.places)
        rows = zip(self.shares, self.numbers, shares, foreseen, strict=True)
        for bar, number, share, model in rows:
            bar.width = share
            number.set(x=max(share, model), text=f"{share:.0%}")

    @staticmethod
    def says(trace: Trace) -> str:
        text = _(
            "To the host the guest is process {pid} with {threads} threads and {memory:.0f} MiB. "
            "Beside a busy program it got {loaded:.0%} of their CPU (the model says {model:.0%}). "
            "{ran}"
        )
        s = trace.summary
        return text.format(
            ran=ran(trace),
            pid=s["pid"],
            threads=s["threads"],
            memory=s["memory"] / MIB,
            loaded=s["cpu_share"]["loaded"],
            model=predicted_share("loaded"),
        )


@shows("two_guests")
class TwoGuests(TraceChart):
    """Signs of life of two different guests on one host."""

    GUESTS = ("Linux guest", "bare-metal guest")

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        self.ticks = [self.ticking(axes, place) for place in range(2)]
        axes.set_yticks([0, 1], [_("Linux guest\nspeaks"), _("bare-metal guest\ncounts")])
        axes.set(title=_("Two guests at once"), ylim=(-0.6, 1.6))
        axes.set_xlabel(_("seconds since the Linux guest was started"))
        axes.grid(axis="y", visible=False)
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        for place, (actor, line) in enumerate(zip(self.GUESTS, self.ticks, strict=True)):
            times = [e.time for e in trace.events if e.actor == actor]
            line.set_data(times, [place] * len(times))
        self.span(self.time, [e.time for e in trace.events])

    @staticmethod
    def says(trace: Trace) -> str:
        text = _(
            "The host runs Linux {host}, one guest Linux {linux}. The other guest has no kernel "
            "at all: it said “{says}” and counted to {count:,} meanwhile."
        )
        by = _("The first was run by {linux_by}, the other by {bare_by}.")
        if virtual(trace):
            by = _(
                "The first was run by {linux_by}, the other by {bare_by}, on a machine that is "
                "itself a virtual one."
            )
        s = trace.summary
        engines = {who: ENGINES[short_name(trace, ran)] for who, ran in s["engines"].items()}
        ran_by = by.format(linux_by=engines["Linux guest"], bare_by=engines["bare-metal guest"])
        whole = text.format(
            host=s["host_kernel"],
            linux=s["linux_kernel"],
            says=s["bare_metal_says"],
            count=s["bare_metal_count"],
        )
        return sentences(whole, ran_by)
