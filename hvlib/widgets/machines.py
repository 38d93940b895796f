"""Computers in the reader's own page: two PCs, each with a Linux of its own, run by the browser.

The page does all of it: ``machines.js`` and, in a worker for each computer, ``machine.mjs``. Python
gives the image where the page can't load it from a site, and foretells a migration's later rounds.
"""

import html
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets

from hvlib.real import guests, image, ring
from hvlib.real.recording import named
from hvlib.systems.system import load
from hvlib.trace import Event, Trace
from hvlib.views.experiments import LiveMigration, predicted_rounds
from hvlib.widgets.diagram import Diagram
from hvlib.widgets.forms import with_forms
from hvlib.widgets.script import Scripted, script
from hvlib.widgets.stage import Stage
from hvlib.words import _, pgettext

_HERE = Path(__file__).parent
TURNS = 20_000_000
"""Of the loop of five instructions, when the page measures its own speed."""
FEW, MOST = 64, 30
"""machine.mjs ends its rounds below so many pages, or after so many rounds, as the model does."""

_PROGRAMS: dict[str, tuple[guests.Guest, dict[str, int]]] = {
    "hello": (guests.HELLO, {}),
    "counter": (guests.COUNTER, {}),
    "writer": (guests.WRITER, {"edi": 0x20000, "esi": 64, "edx": 1000}),
    "storm": (guests.PORT_STORM, {}),
    **{
        f"by {way}": (guest, {f"e{name[1:]}": value for name, value in registers.items()})
        for way, (guest, registers) in ring.senders(8192, 256, 16).items()
    },
    "loop": (guests.LOOP, {"ecx": TURNS}),
}


class Machines(Scripted):
    """The computers themselves. ``count``: one or two. ``bytes``: to load, 0 if nothing is built.

    The page sends ``{"ask": "parts"}`` once, and gets the image's files. It sends ``rounds`` of a
    migration while it goes on, and ``migration`` when it is over; ``on_rounds`` takes both.
    ``on_crashed`` takes the names of the machines whose kernels have panicked.
    """

    _esm = script("manners.js", "nodes.js", "machines.js")
    _css = _HERE / "machines.css"

    count = traitlets.Int(2).tag(sync=True)
    core = traitlets.Unicode().tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)
    parts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    bytes = traitlets.Int().tag(sync=True)
    guests = traitlets.Dict().tag(sync=True)
    turns = traitlets.Int(TURNS).tag(sync=True)
    ways = traitlets.Dict().tag(sync=True)
    own = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, count: int) -> None:
        summary = named("three_ways").stored().summary
        super().__init__(
            count=count,
            core=(_HERE / "machine.mjs").read_text("utf-8"),
            key=image.key(),
            parts=list(image.PARTS),
            bytes=image.size(),
            guests={
                name: {"code": guest.code.hex(), "registers": registers}
                for name, (guest, registers) in _PROGRAMS.items()
            },
            ways={way: summary[way] for way in ("direct", "translated", "interpreted")},
            own=_own(),
            words={**WORDS, "missing": image.missing()},
        )
        self.on_rounds: Any = lambda _rounds, _rate, _downtime: None
        self.on_crashed: Any = lambda _names: None
        self.on_msg(self._heard)

    def _heard(self, _widget: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        if content.get("ask") == "parts":
            files = [(image.folder() / name).read_bytes() for name in image.PARTS]
            self.send({"parts": list(image.PARTS)}, buffers=files)
        elif "rounds" in content:
            self.on_rounds(content["rounds"], content["rate"], None)
        elif "migration" in content:
            found = content["migration"]
            self.on_rounds(found["rounds"], found["rate"], found["downtime"])
        elif "crashed" in content:
            self.on_crashed(content["crashed"])


class PageMachines(widgets.VBox):
    """Computers in the page.

    Once a kernel panicked, the picture below says what that takes down by each part's needs; once a
    guest moved, it sets the rounds beside those that the model foretells.
    """

    def __init__(self, count: int) -> None:
        self.machines = Machines(count)
        self._stage = Stage(LiveMigration)
        self._picture = Diagram(load(_HERE / "machines.toml"))
        self._below: list[widgets.Widget] = []
        super().__init__([self.machines])
        self.add_class("hv-explorer")
        self.machines.on_rounds = self._show
        self.machines.on_crashed = self._fell

    def _show(self, rounds: Sequence[Mapping[str, float]], rate: float, down: float | None) -> None:
        trace = migration(rounds, rate, down)
        if len(trace.events) < 2:
            return
        self._stage.draw(trace, foretold(trace))
        self._add(self._stage)

    def _fell(self, names: Sequence[str]) -> None:
        self._picture.crashed = tuple(f"kernel-{name.lower()}" for name in names)
        if names and self.machines.count > 1:
            self._add(self._picture)

    def _add(self, below: widgets.Widget) -> None:
        if below not in self._below:
            self._below.append(below)
            self.children = (self.machines, *self._below)

    def describe(self) -> str:
        """What the page can do, in words."""
        if self.machines.count == 1:
            return _(
                "A computer in this page, switched off: a PC with 72 MiB of memory that the "
                "browser emulates, and a Debian Linux for it. Where the page is live you can start "
                "it, type in its console, let it panic, save it and bring it back."
            )
        return _(
            "Two computers in this page, switched off: PCs with 72 MiB of memory each that the "
            "browser emulates, and a Debian Linux for both. Where the page is live you can start "
            "them, type in their consoles, let one panic beside the other, and move a running one."
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget, and in words what it is."""
        text = self.describe()
        forms = {"text/html": f"<p>{html.escape(text)}</p>"}
        return with_forms(super()._repr_mimebundle_(**kwargs), text, **forms)


def page_machines(count: int = 2) -> PageMachines:
    """One or two computers in the reader's own page. Raises ValueError for another number."""
    if count not in (1, 2):
        raise ValueError(_("There are one or two computers in the page, not {n}.").format(n=count))
    return PageMachines(count)


def migration(rounds: Sequence[Mapping[str, float]], rate: float, down: float | None) -> Trace:
    """What the page measured of a migration, as the Trace that a real one gives."""
    events: list[Event] = []
    for number, one in enumerate(rounds, 1):
        start = events[-1].end if events else 0.0
        detail = {"pages": int(one["pages"])}
        events.append(Event(start, "round", f"round {number}", one["seconds"], detail))
    summary = {"rounds": [event.detail["pages"] for event in events], "bandwidth": rate}
    if down is not None:
        summary["downtime"] = down
    return Trace("migration in the page", tuple(events), "measured", summary=summary)


def foretold(trace: Trace) -> str:
    """What the model makes of the first two rounds, beside what came."""
    later = [f"{pages:,.0f}" for pages, _seconds in predicted_rounds(trace)[2:]]
    if not later:
        return _("There was no second round, so there is nothing to foretell.")
    came = [f"{pages:,}" for pages in trace.summary["rounds"][2:]]
    text = _("From the first two rounds the model foretells {later} pages.")
    if "downtime" in trace.summary:
        text = _(
            "From the first two rounds the model foretold {later} pages; it came to {came}, the "
            "last of them while the guest stood still. The model takes the guest's writes to go on "
            "as in those two rounds. The counter here works in steps, so a short round may meet a "
            "step, or none."
        )
    return text.format(later=", ".join(later), came=", ".join(came) or _("nothing more"))


def _own() -> str:
    """The system that Python runs on; on the site that is the browser's, which the page knows."""
    if os.environ.get("HVLIB_TRACES") == "page":
        return ""
    return f"{platform.system()} {platform.release()}"


WORDS: dict[str, Any] = {
    "and": _("and"),
    "broke": _(
        "Machine {name} broke: {why}. That is an error of the emulator, not of its guest. "
        "Start puts a new machine in its place."
    ),
    "console": _("Console of machine {name}. Escape leaves it."),
    "count": _("counted to"),
    "dark": _("switched off"),
    "exits": _("I/O exits"),
    "first": _(
        "Nothing runs yet. A machine takes up to 72 MiB of memory and most of one processor "
        "core of yours, has no network, and pauses when you leave the page."
    ),
    "go_on": _("Go on"),
    "guests": {
        "hello": _("hello, no system"),
        "counter": _("counter, no system"),
        "writer": _("writer, no system"),
        "storm": _("port storm, no system"),
        "by port": _("bytes by a port, no system"),
        "by ring": _("bytes by a ring, no system"),
        "loop": _("a loop, to time it"),
    },
    "hot": _("pages written a step"),
    "how": _("how"),
    "idle": _("Ten minutes went by without you, so the machines pause."),
    "instructions": _("instructions a second"),
    "link": _("link"),
    "machine": _("Machine {name}"),
    "missed": _("It went on counting at {count}, and {missed} numbers are missing."),
    "move": _("Move {from} to {to}"),
    "moved": _(
        "The guest of {from} runs in {to} now. It stood still for {ms} ms, while {last} pages "
        "and {size} MB of processor and devices went over the link."
    ),
    "moved_live": _(
        "The guest of {from} runs in {to} now. {rounds} pages went over the link while it ran. "
        "Then it stood still for {ms} ms, for the last {last} pages and {size} MB of processor "
        "and devices."
    ),
    "moving": _("The guest of {from} is on its way to {to}."),
    "moving_over": _("The guest of {from} is on its way to {to}, in the place of that one's."),
    "no_missed": _("Its counter stands at {count}, and no number is missing."),
    "not_moved": _(
        "The guest of {from} did not get to {to}: {why}. It runs on in {from}. "
        "Start puts a new machine in place of {to}."
    ),
    "of_file": _(
        "From a file a browser starts no machine. On a page that comes from a server it does."
    ),
    "panic": _("Panic"),
    "panicked": _("The kernel of machine {name} panicked, and its processor stopped."),
    "panicking": _("Machine {name} is told to crash: root writes c to /proc/sysrq-trigger."),
    "pause": pgettext("machine", "Pause"),
    "paused": _("Machine {name} pauses: its processor executes nothing until it goes on."),
    "replace": _("New machine"),
    "resident": _("resident pages"),
    "restore": pgettext("machine", "Restore"),
    "restored": _("Machine {name} is as it was when it was saved, {ms} ms after the click."),
    "rounds": _("Pages sent so far, round by round: {pages}."),
    "runs": pgettext("machine", "runs"),
    "runs_on": _("Machine {name} runs."),
    "save": _("Save"),
    "saved": _("Machine {name} is saved: {size} MB, in {ms} ms. Restore brings it back."),
    "screen": _("Screen of machine {name}"),
    "shutdown": _(
        "The program in machine {name} did what it may not, and there is no system to handle "
        "that: the machine shut down. I/O exits: {count}."
    ),
    "silent": _("nothing answers there"),
    "speed": _(
        "Here one instruction took {each} ns: {times} times as long as direct execution in "
        "section 1.8 ({direct} ns there, {translated} ns by unicorn, {interpreted} ns "
        "interpreted; all on another machine). The page's emulator translates the guest's "
        "instructions to WebAssembly, which your browser translates once more."
    ),
    "start": pgettext("machine", "Start"),
    "start_load": _("Start (loads {size} MB)"),
    "started": _(
        "Machine {name} runs Linux. Type in its console, and leave it by Escape. Beside its "
        "shell a program counts, and writes some pages at each step."
    ),
    "starting": _("Machine {name} starts."),
    "states": {
        "off": pgettext("machine", "off"),
        "starting": _("starting"),
        "running": pgettext("machine", "running"),
        "paused": _("paused"),
        "panicked": _("panicked"),
        "shutdown": _("shut down"),
        "stopped": _("ended"),
        "moving": pgettext("machine", "moving"),
        "broken": _("broken"),
        "missing": _("not there"),
    },
    "stopped": _(
        "The program in machine {name} ended with code {code}. I/O exits on the way: {count}, "
        "as many as KVM would count."
    ),
    "survives": _("Machine {name} runs on."),
    "survives_counting": _("Machine {name} runs on; it has counted to {count}."),
    "version": _("Machine {name} runs Linux {kernel}. Your browser says it runs on {own}."),
    "version_python": _(
        "Machine {name} runs Linux {kernel}. The computer that runs Python for you: {own}."
    ),
    "ways": {"live": _("pre-copy"), "stop": _("stop-and-copy")},
}
"""All that the page says, but what is missing."""
