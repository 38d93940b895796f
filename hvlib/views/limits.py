"""Picture and sentence of what :mod:`hvlib.real.limits` found, with the model beside it."""

from hvlib.models.throttling import Budget
from hvlib.trace import Trace
from hvlib.views.chart import Figure
from hvlib.views.measured import TraceChart, shows
from hvlib.words import _, ngettext

PHASES = 50
"""At so many points of a period the model lets a request begin."""


def predicted(trace: Trace) -> tuple[float, float]:
    """Seconds that a request takes by the model: at least and at most, wherever in a period it
    begins. From the limit, the CPU time of a request and how long it took without the limit."""
    s = trace.summary
    cpus = max(s["need"] / s["free"], s["limit"])
    took = []
    for phase in range(PHASES):
        start = phase / PHASES * s["period"]
        budget = Budget(s["limit"] * s["period"], s["period"])
        took.append(budget.work(start, s["need"], cpus) - start)
    return min(took), max(took)


@shows("cpu_limit")
class CpuLimit(TraceChart):
    """How long each request took, without and with the limit; the model's range as a bar."""

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        (self.model,) = self.new_bars(axes, [0], "hypervisor")
        self.took = {}
        for row, (actor, series) in enumerate((("limited", 1), ("free", 0))):
            look = {"mfc": "none", "color": self.theme.series[series]}
            self.took[actor] = (row, self.new_line(axes, "o", ms=7, mew=1.5, **look))
        axes.set_yticks([0, 1], [_("with the limit"), _("without")])
        axes.set(ylim=(-0.6, 1.9), xlabel=_("ms"))
        axes.grid(axis="y", visible=False)
        axes.set_title(_("Requests") if self.narrow else _("How long each request took"))
        self.key(axes, [self.model], [_("the model’s range")], loc="upper right")
        self.time = self.panel(axes)

    def move(self, trace: Trace) -> None:
        least, most = (1e3 * seconds for seconds in predicted(trace))
        self.model.set(left=least, width=most - least)
        longest = most
        for actor, (row, dots) in self.took.items():
            times = [1e3 * e.duration for e in trace.of_kind("request") if e.actor == actor]
            dots.set_data(times, [row] * len(times))
            longest = max(longest, *times)
        self.fit(self.time, x=1.1 * longest)

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        least, most = predicted(trace)
        text = _(
            "A request of {workers} needs {need:.0f} ms of CPU time. Without a limit it took "
            "{free:,.0f} ms (the median), with a limit of {limit} {limited:,.0f} ms; the model "
            "says {least:,.0f} to {most:,.0f}. The kernel counted {periods}, and in {throttled} of "
            "them the quota ran out (by {limits_by})."
        )
        cpus = ngettext("{n:g} CPU", "{n:g} CPUs", 1 if s["limit"] == 1 else 2)
        return text.format(
            workers=ngettext("{n} worker", "{n} workers", s["workers"]).format(n=s["workers"]),
            need=1e3 * s["need"],
            free=1e3 * s["free"],
            limit=cpus.format(n=s["limit"]),
            limited=1e3 * s["limited"],
            least=1e3 * least,
            most=1e3 * most,
            periods=ngettext("{n} period", "{n} periods", s["periods"]).format(n=s["periods"]),
            throttled=s["throttled"],
            limits_by=s["limits_by"],
        )
