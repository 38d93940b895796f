"""Picture and sentence of what :mod:`hvlib.real.settings` found."""

from typing import Any, ClassVar

from hvlib.columns import fill
from hvlib.models.isolation import SETTING_NAMES
from hvlib.trace import Trace
from hvlib.trust import SETTINGS
from hvlib.views.chart import Axes, Figure
from hvlib.views.measured import TraceChart, shows
from hvlib.views.theme import NOTE
from hvlib.words import _

WHAT = {
    "forgotten folder": _("folder left open"),
    "blocked call": _("blocked call"),
    "mounting": _("mount"),
    "loopback": _("loopback"),
    "neighbour": _("another’s file"),
    "host's file": _("host’s /etc"),
    "manager": _("socket"),
    "disk": _("disk"),
    "kernel setting": _("kernel setting"),
}
"""What was tried, in a word or two."""


@shows("wrong_settings")
class WrongSettings(TraceChart):
    """A row for each setting, with a cross for what got through.

    A ring says that it got through with a user namespace, too.
    """

    size: ClassVar[tuple[float, float]] = (7.6, 3.4)
    narrow_size: ClassVar[tuple[float, float]] = (3.4, 4.2)

    def build(self, figure: Figure) -> None:
        axes = figure.subplots()
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.set(xticks=[], xlim=(-0.6, len(WHAT) - 0.4), ylim=(-1.1, len(SETTINGS) + 0.8))
        names = [SETTING_NAMES.get(setting, setting) for setting in SETTINGS]
        axes.set_yticks([_height(row) for row in range(len(names))], names, fontsize=NOTE)
        for row in range(len(names)):
            axes.axhline(_height(row) - 0.5, color=self.theme.grid, lw=0.8)
        self._heads(axes)
        size = 0.6 if self.narrow else 1.0
        look: dict[str, Any] = {"mew": 2.2, "color": self.theme.bad, "ls": "none"}
        self.crosses = self.new_line(axes, "x", ms=8 * size, **look)
        self.rings = self.new_ring(axes, 17 * size, 1.6)
        told = _("✕ got through   ○ with a user namespace, too")
        end: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": NOTE}
        axes.text(len(WHAT) - 0.4, -0.8, told, color=self.theme.bad, **end)

    def _heads(self, axes: Axes) -> None:
        """The attempts above their columns; on a narrow page letters, and their words below."""
        letters = [chr(ord("a") + column) for column in range(len(WHAT))]
        for column, (letter, words) in enumerate(zip(letters, WHAT.values(), strict=True)):
            label = letter if self.narrow else fill(words, 9)
            place: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": NOTE}
            axes.text(column, len(SETTINGS) - 0.35, label, **place)
        if self.narrow:
            pairs = zip(letters, WHAT.values(), strict=True)
            told = ", ".join(f"{letter}: {words}".replace(" ", "\xa0") for letter, words in pairs)
            axes.set_xlabel(fill(told, 44), fontsize=NOTE, loc="right")

    def move(self, trace: Trace) -> None:
        columns = list(WHAT)
        for marks, key in ((self.crosses, "through"), (self.rings, "mapped")):
            spots = [
                (columns.index(what), _height(row))
                for row, setting in enumerate(SETTINGS)
                for what in trace.summary[key].get(setting, [])
            ]
            marks.set_data([x for x, _y in spots], [y for _x, y in spots])

    @staticmethod
    def says(trace: Trace) -> str:
        s = trace.summary
        plain, most = (len(s["through"][name]) for name in ("defaults", "--privileged"))
        text = _(
            "Of {n} attempts {plain} got through with the defaults, and {most} with --privileged. "
            "{mapped} All this was done to a stand-in: processes in namespaces of their "
            "own, whose root is nobody on this machine. The kernel is this machine’s own."
        )
        return text.format(n=len(WHAT), plain=plain, most=most, mapped=_with_namespace(trace))


def _with_namespace(trace: Trace) -> str:
    """What a user namespace stopped, or why that could not be tried."""
    s = trace.summary
    if not s["mapped"]:
        return _(
            "With a user namespace it could not be tried: only root may give a container other "
            "users."
        )
    before, after = (sum(map(len, s[key].values())) for key in ("through", "mapped"))
    text = _("Of all {all} that got through, a user namespace stopped {n}.")
    return text.format(n=before - after, all=before)


def _height(row: int) -> float:
    return len(SETTINGS) - 1 - row
