"""What was measured on a real machine, as a picture and a sentence: what all experiments share.

One chart an experiment; the experiments of ``hvlib.real.x`` are shown by ``hvlib.views.x``. A chart
knows nothing of how the trace was made, so a live one and a recording are drawn alike.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any, ClassVar, TypeVar

from hvlib.columns import fill
from hvlib.real.recording import Experiment
from hvlib.trace import Trace
from hvlib.views.chart import Axes, Chart
from hvlib.views.marks import Bar, Line, Text
from hvlib.views.panel import Panel
from hvlib.views.theme import Layer
from hvlib.words import _, ngettext

MIB = 1 << 20
Rows = list[tuple[Bar, Text]]
"""Bars with their values in words."""


class TraceChart(Chart):
    """The picture of one experiment, and what it found in words."""

    size: ClassVar[tuple[float, float]] = (7.6, 3.0)
    narrow_size: ClassVar[tuple[float, float]] = (3.4, 3.2)

    @staticmethod
    @abstractmethod
    def says(trace: Trace) -> str:
        """What a run found, in one to four sentences."""

    # --- for build --------------------------------------------------------------------------

    def rows(self, axes: Axes, names: Sequence[str], layers: Sequence[Layer] = ()) -> Rows:
        """Horizontal bars, first on top, each with room for its value in words at its end."""
        found: Rows = []
        for row in range(len(names)):
            place = len(names) - 1 - row
            paint = self.theme.layers[layers[row] if layers else "host"]
            (bar,) = axes.barh([place], [1.0], 0.6, **paint.style)
            found.append((self.live(bar), self.note(axes, 1, place, 6)))
        self.name_rows(axes, [fill(name, 18) for name in names][::-1])
        axes.set_ylim(-0.5, len(names) - 0.5)
        return found

    def note(self, axes: Axes, x: float, y: float, right: float) -> Text:
        """A text that moves, so many points beside its place."""
        beside: dict[str, Any] = {"xytext": (right, 0), "textcoords": "offset points"}
        return self.live(axes.annotate("", (x, y), va="center", **beside))

    def ticking(self, axes: Axes, number: int) -> Line:
        """A stroke at each time when something gave a sign of life, in a row of its own."""
        return self.new_line(axes, "|", ms=16, ls="none", color=self.theme.series[number])

    # --- for move ---------------------------------------------------------------------------

    @staticmethod
    def fill(rows: Rows, values: Iterable[float], says: Callable[[float], str]) -> None:
        """Give bars their values, and say each at its end."""
        for (bar, text), value in zip(rows, values, strict=True):
            bar.width = value
            text.set(x=value, text=says(value))

    @staticmethod
    def span(panel: Panel, times: Sequence[float]) -> None:
        """Let a panel hold all times, with a little room at both ends."""
        margin = 0.03 * (max(times) - min(times) or 1.0)
        panel.set_xlim(min(times) - margin, max(times) + margin)


_charts: dict[str, type[TraceChart]] = {}
C = TypeVar("C", bound=type[TraceChart])


def shows(experiment: str) -> Callable[[C], C]:
    """Class decorator: this chart shows what the experiment of that name found."""

    def register(chart: C) -> C:
        _charts[experiment] = chart
        return chart

    return register


def chart_of(experiment: Experiment) -> type[TraceChart]:
    """The chart of an experiment. Raises LookupError for one that no chart shows."""
    import_module(experiment.function.__module__.replace("hvlib.real", "hvlib.views", 1))
    if experiment.name not in _charts:
        raise LookupError(f"no chart shows {experiment.name}; decorate one with @shows")
    return _charts[experiment.name]


def so_often(n: int) -> str:
    """How often something happened."""
    return ngettext("{n} time", "{n} times", n).format(n=n)


# --- what ran a guest -----------------------------------------------------------------------

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
    return short_name(trace, ran)


def short_name(trace: Trace, engine: str) -> str:
    """The short name of an engine by the name that a trace's summary has for it."""
    by = trace.provenance.kvm if trace.provenance else ""
    return {"kvm": by or "KVM", "tcg": "TCG"}.get(engine, engine)


def ran(trace: Trace) -> str:
    """One sentence on what ran the guest, and on what kind of machine."""
    text = _("The guest was run by {engine}.")
    if virtual(trace):
        text = _("The guest was run by {engine}, on a machine that is itself a virtual one.")
    return text.format(engine=ENGINES[engine_of(trace)])


def virtual(trace: Trace) -> bool:
    """Whether it is known that the machine which ran a guest is itself a virtual one."""
    return trace.provenance is not None and trace.provenance.virtual
