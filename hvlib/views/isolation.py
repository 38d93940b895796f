"""Picture of Isolation: every protection domain as a box, those that fall marked with a cross."""

from typing import Any, ClassVar

from hvlib.columns import fill
from hvlib.models.isolation import Flaw, Isolation, IsolationResult
from hvlib.trust import Domain
from hvlib.views.chart import Asked, Chart, Figure, draws
from hvlib.views.marks import corners
from hvlib.views.theme import NOTE
from hvlib.words import _

_ORDER = ("host", "runtime", "vmm", "guest", "vmm-kata", "guest-kata", "sandbox", "app", "manager")
"""Kinds of domains from the bottom up, the management plane, which stands apart, on top.

A row is left out where an arrangement has none."""

_ROWS = 8
_GAP = 0.08

_Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


@draws(Isolation)
class IsolationChart(Chart):
    """Tenants side by side, layers from the bottom up; shared domains span all tenants."""

    size = (7.6, 3.4)
    narrow_size = (3.4, 3.8)
    asks = Asked("tenants_side_by_side", "x", lambda tenants, result: tenants / result.tenants)
    subject = ("crosses", "flaw")
    handles: ClassVar[dict[str, str]] = {"boxes": "flaw"}

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_axis_off()
        left, top = -0.42, 8.0  # room for the longest name, and for a head of five lines
        axes.set(xlim=(left, 1.0), ylim=(-0.62, top))
        self.tenants_side_by_side = self.panel(axes)
        self.boxes = self.new_areas(axes, linewidths=1.2)
        self.layers: list[Flaw] = []
        self.crosses = self.new_line(axes, "x", ms=9, mew=2.4, color=self.theme.bad, ls="none")
        self.start = self.new_ring(axes, 17)
        self.remember(self.crosses)
        note: dict[str, Any] = {"va": "center", "fontsize": NOTE}
        self.names = [self.new_text(axes, -0.02, row, ha="right", **note) for row in range(_ROWS)]
        self.tenants = [self.new_text(axes, 0, 0, ha="center", **note) for _number in range(8)]
        self.head = self.new_text(axes, left, top, weight="bold", va="top", fontsize=12)
        told = _("○ the attacker's start   ✕ taken over")
        axes.text(1, -0.55, told, ha="right", color=self.theme.bad, **note)

    def move(self, result: IsolationResult) -> None:
        kinds = {_kind(domain.id) for domain in result.graph.domains}
        rows = [kind for kind in _ORDER if kind in kinds]
        height = 5.4 / len(rows)
        self.layers = [_flaw(kind, virtual="guest" in kinds) for kind in rows]
        placed = {
            domain.id: _box(domain, rows.index(_kind(domain.id)) * height, height, result.tenants)
            for domain in result.graph.domains
        }
        self._draw_boxes(result, placed)
        self._name_rows(result, rows, height)
        self._name_tenants(result, len(rows) * height)
        each = fill(_("{each}.").format(each=result.each), 32, hyphens=False)
        told = _("Tenants that fall: {fallen} of {tenants}")
        told = fill(told.format(fallen=len(result.fallen), tenants=result.tenants), 32)
        self.head.text = f"{each}\n{told}"

    def pulled(self, knob: str, x: float, y: float) -> Any:
        """The layer under the hand: there the flaw is."""
        row = int(y * len(self.layers) / 5.4)
        return self.layers[min(max(row, 0), len(self.layers) - 1)]

    def _draw_boxes(self, result: IsolationResult, placed: dict[str, _Box]) -> None:
        paints = [self.theme.layers[domain.layer] for domain in result.graph.domains]
        fallen = [domain.id in result.reached for domain in result.graph.domains]
        self.boxes.verts = [corners(*box) for box in placed.values()]
        self.boxes.set_facecolors([paint.fill for paint in paints])
        self.boxes.set_edgecolors(
            [
                self.theme.bad if down else paint.line
                for paint, down in zip(paints, fallen, strict=True)
            ]
        )
        self.boxes.set_linewidths([2.4 if down else 1.0 for down in fallen])
        centres = [_centre(placed[id]) for id in placed if id in result.reached]
        self.crosses.set_data([x for x, _y in centres], [y for _x, y in centres])
        x, y = _centre(placed[result.start])
        self.start.set_data([x], [y])

    def _name_rows(self, result: IsolationResult, rows: list[str], height: float) -> None:
        names = {_kind(domain.id): domain.name for domain in result.graph.domains}
        for number, text in enumerate(self.names):
            text.visible = number < len(rows)
            if number < len(rows):
                text.y = (number + 0.5) * height
                text.text = fill(names[rows[number]], 11)

    def _name_tenants(self, result: IsolationResult, top: float) -> None:
        name = _("tenant {n}") if result.tenants <= 2 else "{n}"
        for number, text in enumerate(self.tenants):
            text.visible = number < result.tenants
            text.set(x=(number + 0.5) / result.tenants, y=top + 0.25)
            text.text = name.format(n=number + 1)


_FLAWS: dict[str, Flaw] = {
    "runtime": "runtime",
    "vmm": "VMM process",
    "vmm-kata": "VMM process",
    "guest": "kernel",
    "guest-kata": "kernel",
    "sandbox": "sandbox",
    "app": "application",
    "manager": "management plane",
}


def _flaw(kind: str, *, virtual: bool) -> Flaw:
    """What the model calls a flaw in domains of this kind; the host's is a hypervisor or kernel."""
    return _FLAWS.get(kind, "hypervisor" if virtual else "kernel")


def _kind(id: str) -> str:
    """The kind of a domain: its id without the tenant's number."""
    head, _dash, tail = id.rpartition("-")
    return head if tail.isdigit() else id


def _box(domain: Domain, bottom: float, height: float, tenants: int) -> _Box:
    tail = domain.id.rpartition("-")[2]
    left, right = (0, tenants) if not tail.isdigit() else (int(tail) - 1, int(tail))
    gap = 0.006
    return left / tenants + gap, bottom + _GAP, right / tenants - gap, bottom + height - _GAP


def _centre(box: _Box) -> tuple[float, float]:
    left, bottom, right, top = box
    return (left + right) / 2, (bottom + top) / 2
