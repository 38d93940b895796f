"""Picture and sentence of what :mod:`hvlib.real.snapshots` found."""

from hvlib.numbers import digits
from hvlib.trace import Trace
from hvlib.views.chart import Figure
from hvlib.views.measured import MIB, TraceChart, ran, shows
from hvlib.words import _

WAYS = {
    "page by page": _("page by page"),
    "prefetched": _("read ahead"),
    "resident": _("in memory already"),
}


@shows("snapshot_restore")
class SnapshotRestore(TraceChart):
    """Time and faults of the same guest, restored in two ways, and never saved."""

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 1, 1)
        names = list(WAYS.values())
        self.times, self.faults = (
            self.rows(axes, names, ["hypervisor", "host", "guest"]) for axes in (left, right)
        )
        left.set(title=_("Until it is done, ms"), xlim=(0, 100))
        right.set(title=_("Faults while it ran"), xlim=(0, 3000))
        self.left, self.right = self.panel(left), self.panel(right)

    def move(self, trace: Trace) -> None:
        times = [1e3 * (trace.summary[w]["load"] + trace.summary[w]["run"]) for w in WAYS]
        faults = [_faults(trace, way) for way in WAYS]
        self.fill(self.times, times, lambda v: digits(v, 2))
        self.fill(self.faults, faults, lambda v: f"{v:,.0f}")
        self.fit(self.left, x=1.25 * max(times))
        self.fit(self.right, x=1.25 * max(faults))

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        text = _(
            "The guest has {memory:,.0f} MiB and touches {touched:,} pages. Restored page by page "
            "it met {faults:,} faults, of which {major:,} had to wait for the disk, and was done "
            "after {lazy:,.0f} ms. Its pages read ahead, in {load:,.0f} ms, it met {few:,} and was "
            "done after {ahead:,.0f} ms in all. Never saved, it takes {resident} ms. {same} "
            "{ran}"
        )
        same = _("Its memory ended alike each time.")
        other = _("Its memory did not end alike each time.")
        lazy, ahead = s["page by page"], s["prefetched"]
        return text.format(
            memory=s["memory"] / MIB,
            touched=s["touched"],
            faults=_faults(trace, "page by page"),
            major=lazy["major"],
            lazy=1e3 * lazy["run"],
            load=1e3 * ahead["load"],
            few=_faults(trace, "prefetched"),
            ahead=1e3 * (ahead["load"] + ahead["run"]),
            resident=digits(1e3 * s["resident"]["run"], 2),
            same=same if s["same"] else other,
            ran=ran(trace),
        )


def _faults(trace: Trace, way: str) -> int:
    return int(trace.summary[way]["major"] + trace.summary[way]["minor"])
