"""Two neighbours on one server, in containers and in virtual machines: who falls with which flaw.

A page shows it as boxes to click; a file that is only looked at, as the PNG of one state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from hvlib.models.isolation import Arrangement, arrangement, one_in_each
from hvlib.trust import Layer
from hvlib.views.theme import LIGHT, NOTE, TEXT, TITLE, Theme
from hvlib.words import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TENANTS = 2
FLAWS = ("kernel", "hypervisor")


@dataclass(frozen=True, slots=True)
class Box:
    """A protection domain as it is drawn. wall: the flaw that opens it; empty: where one attacks.

    tenant: whose it is, 0 for what all share.
    """

    id: str
    name: str
    layer: Layer
    wall: str
    tenant: int


@dataclass(frozen=True, slots=True)
class Side:
    """One arrangement: its rows of boxes, from the top down."""

    kind: Arrangement
    title: str
    rows: tuple[tuple[Box, ...], ...]

    def fallen(self, attacker: int, broken: Iterable[str]) -> frozenset[str]:
        """The domains that fall to an attacker in one tenant's program."""
        return arrangement(self.kind, TENANTS).reached(f"app-{attacker}", frozenset(broken))

    def taken(self, attacker: int, broken: Iterable[str]) -> int:
        """How many tenants fall."""
        fallen = self.fallen(attacker, broken)
        return sum(f"app-{tenant}" in fallen for tenant in range(1, TENANTS + 1))


def _row(id: str, name: str, layer: Layer, wall: str) -> tuple[Box, ...]:
    tenants = range(1, TENANTS + 1)
    return tuple(Box(f"{id}-{n}", name.format(n=n), layer, wall, n) for n in tenants)


SIDES = (
    Side(
        "container",
        _("Containers"),
        (
            _row("app", _("container {n}"), "application", ""),
            (Box("host", _("kernel"), "host", "kernel", 0),),
        ),
    ),
    Side(
        "VM",
        _("Virtual machines"),
        (
            _row("app", _("program {n}"), "application", ""),
            _row("guest", _("kernel {n}"), "guest", "kernel"),
            (Box("host", _("hypervisor"), "hypervisor", "hypervisor", 0),),
        ),
    ),
)


def says(attacker: int, broken: Iterable[str]) -> str:
    """What the picture shows, in a sentence."""
    flaws = tuple(broken)
    if not flaws:
        return _("The attacker sits in number {n}. Nothing is broken yet.").format(n=attacker)
    containers, machines = (side.taken(attacker, flaws) for side in SIDES)
    names = {"kernel": _("the kernel"), "hypervisor": _("the hypervisor")}
    text = _(
        "With a flaw in {flaws}, {containers} of {all} containers fall, and {machines} of {all} "
        "virtual machines."
    )
    if flaws == ("hypervisor",):
        text = _(
            "With a flaw in {flaws}, {containers} of {all} containers fall, and {machines} of "
            "{all} virtual machines: the attacker’s own. A kernel stands between him and the "
            "hypervisor."
        )
    return text.format(
        flaws=one_in_each([names[flaw] for flaw in flaws]),
        containers=containers,
        machines=machines,
        all=TENANTS,
    )


def scene() -> dict[str, Any]:
    """All that a page shows: the boxes, and each state by ``"attacker flaw flaw"``."""
    states = {}
    for attacker, kernel, hypervisor in product(range(1, TENANTS + 1), (0, 1), (0, 1)):
        broken = [flaw for flaw, on in zip(FLAWS, (kernel, hypervisor), strict=True) if on]
        states[" ".join([str(attacker), *broken])] = {
            "fallen": [sorted(side.fallen(attacker, broken)) for side in SIDES],
            "says": says(attacker, broken),
        }
    return {"sides": [_side(side) for side in SIDES], "states": states, "words": _WORDS}


_WORDS = {"attacker": _("the attacker’s"), "fallen": _("taken over"), "flaw": _("has a flaw")}


def _side(side: Side) -> dict[str, Any]:
    names = ("id", "name", "layer", "wall", "tenant")
    rows = [[{name: getattr(box, name) for name in names} for box in row] for row in side.rows]
    return {"title": side.title, "rows": rows}


# --- for a file that is only looked at --------------------------------------------------------


def png(broken: Iterable[str] = ("kernel",), theme: Theme = LIGHT) -> bytes:
    """Both arrangements with these flaws, and the sentence below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from hvlib.views.still import captioned, encoded, pixels
    from hvlib.views.style import own_style

    with own_style():
        figure = Figure(figsize=(7.6, 2.3), dpi=100, facecolor=theme.paper)
        canvas = FigureCanvasAgg(figure)
        for axes, side in zip(figure.subplots(1, 2), SIDES, strict=True):
            _draw(axes, side, side.fallen(1, broken), theme)
        figure.subplots_adjust(0.01, 0.02, 0.99, 0.88, wspace=0.06)
        canvas.draw()
        return encoded(captioned(pixels(canvas), says(1, broken), theme))


def _draw(axes: "Axes", side: Side, fallen: frozenset[str], theme: Theme) -> None:
    axes.set_axis_off()
    axes.set(xlim=(0, TENANTS), ylim=(len(side.rows), 0))
    axes.set_title(side.title, loc="left", size=TITLE, weight="bold", color=theme.ink)
    for number, row in enumerate(side.rows):
        width = TENANTS / len(row)
        for place, box in enumerate(row):
            paint, down = theme.layers[box.layer], box.id in fallen
            edge = {"ec": theme.bad if down else paint.line, "lw": 2.4 if down else 1}
            corner = (place * width + 0.02, number + 0.06)
            axes.add_patch(_rectangle(corner, width - 0.04, 0.88, fc=paint.fill, **edge))
            middle = (place + 0.5) * width
            name = f"✕ {box.name}" if down else box.name
            style: dict[str, Any] = {"ha": "center", "va": "center", "color": theme.ink}
            axes.text(middle, number + 0.42, name, size=TEXT, **style)
            if down:
                note = _WORDS["attacker"] if box.id == "app-1" else _WORDS["fallen"]
                axes.text(middle, number + 0.72, note, size=NOTE, **(style | {"color": theme.bad}))


def _rectangle(corner: tuple[float, float], width: float, height: float, **look: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, **look)
