"""Picture of ColdStart: what the time until the first answer is made of, way by way."""

from itertools import chain

from hvlib.models.cold_start import ColdStart, ColdStartResult, Start, Way
from hvlib.numbers import digits
from hvlib.views.chart import Asked, Chart, Figure, draws
from hvlib.views.theme import Layer
from hvlib.words import _

NAMES: dict[Way, str] = {
    "boot": _("boot"),
    "whole": _("snapshot, read whole"),
    "lazy": _("snapshot, page by page"),
    "prefetch": _("snapshot, read ahead"),
    "resident": _("in memory already"),
}
PARTS: dict[str, Layer] = {
    _("before it runs"): "hardware",
    _("waits for pages"): "hypervisor",
    _("the answer"): "application",
}


@draws(ColdStart)
class ColdStartChart(Chart):
    """A bar for each way, stacked of what comes before the guest runs, its waits and its work.

    The scale ends with the snapshots; a boot that is longer is cut off and says how long it is.
    """

    size = (7.6, 3.2)
    narrow_size = (3.4, 3.8)
    subject = ("waits", "touched")
    asks = Asked("time", "x", words=0.05)

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        axes.set(title=_("Until the first answer, ms"), xlim=(0, 500), ylim=(-0.6, 5.4))
        self.name_rows(axes, [*NAMES.values()][::-1])
        self.time = self.panel(axes)
        self.bars, self.numbers = self.stacked(axes, list(PARTS.values()), rows=5)
        self.waits = self.bars[1][list(NAMES).index("lazy")]
        self.aim("lazy", axes, "x")
        self.aim("prefetch", axes, "x")
        self.remember(*chain(*self.bars))
        columns = 1 if self.narrow else 3
        self.key(axes, next(zip(*self.bars, strict=True)), PARTS, loc="upper right", ncols=columns)

    def move(self, result: ColdStartResult) -> None:
        longest = max(start.whole for start in result.starts if start.way not in ("boot", "whole"))
        self.fit(self.time, x=1.6 * longest)
        for row, start in enumerate(result.starts):
            self._move_row(row, start, end=1.3 * longest, gap=0.02 * longest)

    def _move_row(self, row: int, start: Start, *, end: float, gap: float) -> None:
        right = self.lay(self.bars, row, (start.before, start.stalls, start.work), most=end)
        text = _("{ms:,.0f}, cut off") if start.whole > end else digits(start.whole, 2)
        self.numbers[row].set(x=right + gap, text=text.format(ms=start.whole))
