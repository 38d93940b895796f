"""Picture of GuestWaits: which of the VM's vCPUs run when, and what becomes of its time."""

from hvlib.models.waiting import GuestWaits, GuestWaitsResult
from hvlib.views.chart import Asked, Axes, Chart, Figure, draws
from hvlib.views.marks import Bar, Point, Text, corners
from hvlib.views.panel import Scale
from hvlib.views.theme import NOTE, Layer
from hvlib.words import _

MOST = 4
"""vCPUs that a VM may have here."""
PARTS: tuple[tuple[str, Layer], ...] = (
    (_("gets on"), "application"),
    (_("spins"), "hypervisor"),
    (_("ready, waits"), "host"),
)


@draws(GuestWaits)
class GuestWaitsChart(Chart):
    """Left: a row for each vCPU; where some wait, those that run are marked. Right: the shares."""

    size = (7.6, 3.2)
    asks = Asked("shares", "x", lambda percent, _result: percent / 100, words=0.9)
    subject = ("ready", "others")

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        self._build_rows(left)
        self._build_shares(right)
        self.ready = self.bars[2]
        self.remember(*self.bars)

    def _build_rows(self, axes: Axes) -> None:
        axes.set(title=_("When each vCPU runs"), xlim=(0, 1000), ylim=(MOST + 1, 0))
        axes.set_xlabel(_("ms"), fontsize=NOTE)
        axes.set_yticks([n + 0.5 for n in range(MOST)], [f"vCPU {n + 1}" for n in range(MOST)])
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        self.time = self.panel(axes)
        app, risk = self.theme.layers["application"], self.theme.layers["hypervisor"]
        self.runs = self.new_areas(axes, lw=0.6, **app.style)
        self.apart = self.new_areas(axes, lw=0.6, **(risk.style | {"fc": "none"}))
        names = [_("runs"), _("runs while another waits")]
        self.key(axes, (self.runs, self.apart), names, loc="lower right", ncols=2)

    def _build_shares(self, axes: Axes) -> None:
        axes.set(title=_("The time it asks for"), xlim=(0, 1), ylim=(-0.6, 2.6))
        self.name_rows(axes, [name for name, _layer in reversed(PARTS)])
        self.shares = self.panel(axes, Scale(form="percent"))
        self.bars: list[Bar] = []
        self.numbers: list[Text] = []
        for row, (_name, layer) in enumerate(reversed(PARTS)):
            self.bars[:0] = self.new_bars(axes, [row], layer, 0.55)
            self.numbers.insert(0, self.new_text(axes, 0, row, va="center", fontsize=NOTE))

    def move(self, result: GuestWaitsResult) -> None:
        shown = max((end for _vcpu, _start, end in result.runs), default=0.1) / 2
        self.time.set_xlim(0, 1e3 * shown)
        rows = range(result.vcpus)
        self.time.set_ylim(result.vcpus + 0.25 * result.vcpus, 0)  # room for the legend
        self.time.set_yticks([n + 0.5 for n in rows], [_("vCPU {n}").format(n=n + 1) for n in rows])
        runs = [(n, s, min(e, shown)) for n, s, e in result.runs if s < shown]
        self.runs.verts = [_box(*run) for run in runs]
        alone = [s for s in result.stretches if 0 < s.running < result.vcpus and s.start < shown]
        self.apart.verts = [
            _box(n, max(start, s.start), min(end, s.end, shown))
            for n, start, end in runs
            for s in alone
            if start < s.end and s.start < end
        ]
        shares = (result.useful, result.spun, result.ready)
        for bar, number, share in zip(self.bars, self.numbers, shares, strict=True):
            bar.width = share
            number.x = share + 0.02 if share < 0.75 else share - 0.2
            number.text = f"{share:.0%}" if share >= 0.1 or not share else f"{share:.1%}"


def _box(vcpu: int, start: float, end: float) -> list[Point]:
    return corners(1e3 * start, vcpu + 0.15, 1e3 * end, vcpu + 0.85)
