"""The stepping view: program, registers, mode, memory map, trap log and console at one step."""

from typing import Any

from hvlib.models.machine import Cause
from hvlib.models.stepping import GuestRun, GuestRunResult, Happening, Place
from hvlib.views.chart import Axes, Chart, Figure, draws
from hvlib.views.marks import Point, Text, corners
from hvlib.views.theme import MONO, NOTE
from hvlib.words import _, pgettext

LINES = 11
"""Lines of the listing in sight, the next instruction in the middle."""
LOG_LINES = 6
WIDEST = 340
"""Words that the memory map has room for."""


@draws(GuestRun)
class GuestRunChart(Chart):
    """Left the listing, in the middle the state, on the right memory, log and console."""

    size = (7.6, 4.4)
    narrow_size = (3.4, 9.6)
    subject = ("pointer", "step")

    def build(self, figure: Figure) -> None:
        left, middle, right = self.beside(figure, 27, 22, 35)
        for axes, title in ((left, _("Program")), (middle, _("State")), (right, _("Memory"))):
            axes.set_title(title)
            axes.set_axis_off()
            axes.set(xlim=(0, 1), ylim=(0, 1))
        self._build_listing(left)
        self._build_state(middle)
        self._build_memory(right)

    def _text(self, axes: Axes, x: float, y: float, **style: Any) -> Text:
        return self.new_text(axes, x, y, **{"fontsize": NOTE, "va": "center", **style})

    def _build_listing(self, axes: Axes) -> None:
        paint = self.theme.layers["guest"]
        rows = [0.95 - 0.091 * line for line in range(LINES)]
        middle = rows[LINES // 2]
        axes.axhspan(
            middle - 0.045, middle + 0.045, facecolor=paint.fill, ec=paint.line, clip_on=False
        )
        axes.text(-0.03, middle, "▶", color=paint.line, va="center", ha="left", fontsize=NOTE)
        self.lines = [self._text(axes, 0.06, y, family=MONO) for y in rows]

    def _build_state(self, axes: Axes) -> None:
        self.mode = self._text(axes, 0, 0.93, fontweight="bold", fontsize=10)
        rows = [0.82 - 0.055 * row for row in range(6)]
        self.registers = [self._text(axes, 0, y, family=MONO) for y in rows]
        axes.text(0, 0.45, _("Next instruction is at"), fontsize=NOTE, color=self.theme.muted)
        rows = [0.40 - 0.055 * row for row in range(4)]
        self.where = [self._text(axes, 0, y, family=MONO) for y in rows]
        axes.text(0, 0.12, _("Console"), fontsize=NOTE, color=self.theme.muted)
        self.console = self._text(axes, 0, 0.03, family=MONO, fontsize=11)

    def _build_memory(self, axes: Axes) -> None:
        theme = self.theme
        looks = {
            "monitor": theme.layers["hypervisor"].style,
            "vm": theme.layers["hardware"].style | {"hatch": ""},
            "guest": theme.layers["guest"].style | {"hatch": ""},
        }
        self.boxes = {owner: self.new_areas(axes, **look) for owner, look in looks.items()}
        self.pointer = self.new_line(axes, "v", color=theme.bad, ms=9, ls="none")
        self.names = [self._text(axes, 0, 0, ha="center") for _place in range(5)]
        self.titles = [self._text(axes, 0, 0, color=theme.muted) for _level in range(3)]
        axes.text(0, 0.435, _("Trap log, newest last"), fontsize=NOTE, color=theme.muted)
        self.log = [self._text(axes, 0, 0.38 - 0.06 * row) for row in range(LOG_LINES)]
        self.verdict = self._text(axes, 0, 0.015, fontweight="bold")

    def move(self, result: GuestRunResult) -> None:
        self._move_listing(result)
        self._move_state(result)
        self._move_memory(result)
        self._move_log(result)

    def _move_listing(self, result: GuestRunResult) -> None:
        lines = dict(result.listing)
        order = sorted(lines)
        here = order.index(result.current) if result.current in lines else len(order)
        for offset, text in enumerate(self.lines):
            number = here + offset - LINES // 2
            if 0 <= number < len(order):
                text.text = f"{order[number]:>3} {lines[order[number]][:19]}"
            else:
                text.text = ""

    def _move_state(self, result: GuestRunResult) -> None:
        now = result.now
        names = _("halted") if now.halted else _("supervisor mode")
        self.mode.text = names if result.supervisor or now.halted else _("user mode")
        self.mode.set_color(self.theme.ink if result.supervisor else self.theme.accent)
        rows = [f"r{n} {now.registers[n]:<6} r{n + 4} {now.registers[n + 4]}" for n in range(4)]
        timer = str(now.timer) if now.timer else _("off")
        rows.append(_("timer {t}").format(t=timer))
        rows.append(_("base {b} bound {l}").format(b=now.psw.base, l=now.psw.bound))
        for text, row in zip(self.registers, rows, strict=True):
            text.text = row
        for text, row in zip(self.where, _padded(_where(result.addresses), 4), strict=True):
            text.text = row or ""
        self.console.text = now.console or "—"

    def _move_memory(self, result: GuestRunResult) -> None:
        levels = max(place.level for place in result.places) + 1
        for owner, boxes in self.boxes.items():
            mine = [place for place in result.places if place.owner == owner]
            boxes.verts = [_box(place, levels) for place in mine]
        for text, place in zip(self.names, _padded(result.places, 5), strict=True):
            _name(text, place, levels)
        for level, text in enumerate(self.titles):
            text.text = _level_name(level, levels) if level < levels else ""
            text.set(x=0, y=_row(level, levels) + 0.105)
        spots = result.addresses[:0:-1]
        self.pointer.set_data(
            [min(1.0, address / WIDEST) for address in spots],
            [_row(level, levels) + 0.075 for level in range(levels)],
        )

    def _move_log(self, result: GuestRunResult) -> None:
        shown = _padded(result.log[-LOG_LINES:], LOG_LINES)
        for text, item in zip(self.log, shown, strict=True):
            text.text = _logged(item) if item else ""
            fresh = item is not None and item.step == result.now.step
            text.set_fontweight("bold" if fresh else "normal")
        broken = result.diverges is not None and result.now.step >= result.diverges
        verdict = _("≠ bare machine since step {n}") if broken else _("= bare machine")
        self.verdict.text = verdict.format(n=result.diverges)
        self.verdict.set_color(self.theme.bad if broken else self.theme.good)
        self.verdict.visible = len(result.addresses) > 2


def _padded(items: tuple[Any, ...], length: int) -> list[Any]:
    return [*items, *[None] * (length - len(items))]


def _where(addresses: tuple[int, ...]) -> tuple[str, ...]:
    names = {
        2: (_("program"), pgettext("address", "machine")),
        3: (_("program"), _("VM"), _("real")),
        4: (_("program"), _("inner VM"), _("outer VM"), _("real")),
    }[len(addresses)]
    return tuple(f"{name:<9}{a:>4}" for name, a in zip(names, addresses, strict=True))


def _row(level: int, levels: int) -> float:
    """Bottom of a level's bar in the memory map: the hardware lowest."""
    return 0.52 + 0.17 * level + (0.085 * (3 - levels) if levels < 3 else 0)


def _box(place: Place, levels: int) -> list[Point]:
    low = _row(place.level, levels)
    return corners(place.start / WIDEST, low, place.end / WIDEST, low + 0.06)


def _name(text: Text, place: Place | None, levels: int) -> None:
    names = {"monitor": "", "vm": _("outer VM"), "guest": _("this guest")}
    text.text = names[place.owner] if place else ""
    if place:
        middle = (place.start + place.end) / 2 / WIDEST
        text.set(x=middle, y=_row(place.level, levels) + 0.028)


def _level_name(level: int, levels: int) -> str:
    if level == 0:
        return _("real memory (hatched: the monitor)") if levels > 1 else _("real memory")
    return _("as the VM sees it") if level == levels - 1 else _("as the outer VM sees it")


def _logged(item: Happening) -> str:
    who = (_("guest"), _("monitor"), _("inner monitor"))[item.who]
    causes = {
        Cause.MEMORY: _("memory trap"),
        Cause.PRIVILEGED: item.instruction or _("privileged instruction"),
        Cause.ILLEGAL: _("illegal instruction"),
        Cause.SYSTEM: _("system call"),
        Cause.TIMER: _("timer"),
    }
    whats = {"interpret": _("interprets"), "reflect": _("passes on"), "take": _("takes")}
    text = _("{step}: {who} {what} {cause}")
    return text.format(step=item.step, who=who, what=whats[item.what], cause=causes[item.cause])
