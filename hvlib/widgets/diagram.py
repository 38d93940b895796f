"""The clickable architecture diagram: select, crash and restore parts, step through flows.

Python lays the picture out and computes every state; the browser draws it and reports what the
reader did by setting ``crashed``, ``selected``, ``flow``, ``step`` or ``picked``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import traitlets

from hvlib.arguments import of_kind, several
from hvlib.systems.failure import Moment
from hvlib.systems.system import System, load
from hvlib.views import sent, svg, telling
from hvlib.views.scene import layer_names, scene_of
from hvlib.views.sketch import Sketch, in_rows
from hvlib.views.theme import THEMES, Theme
from hvlib.widgets.forms import as_form, with_forms
from hvlib.widgets.script import Scripted, script
from hvlib.widgets.stage import as_png
from hvlib.widgets.transport import transport_words
from hvlib.words import _, pgettext

_COLUMN = 980.0  # px, how wide a still picture gets in a page
_SHRINK = 0.78  # how far stills may shrink to stand beside each other; text stays above 10 px
STILL_SCALE = 1.5  # pixels to a px in the still picture, so that it stays crisp when enlarged

Moments = Callable[[Iterable[str], Mapping[str, str]], tuple[Moment, ...]]
"""What follows when some components fail under some settings, moment by moment."""

_TOLD = ("crashed", "flow", "step", "settings", "moment")
Click = Literal["select", "crash", "pick", "order"]


class Diagram(Scripted):
    """A system's picture that a reader can click, and what they did with it.

    ``crashed`` and ``picked`` are tuples of component ids; ``selected`` is an id or empty;
    ``flow`` is a flow's id or empty, ``step`` 0 for the flow as a whole, else 1 to its length.
    All can be set from code, which raises TraitError for an id that the system doesn't have.
    ``settings`` are those of the system's options that are not at their defaults; ``moment`` counts
    the events after a failure, 0 for what is so at once, up to the last of ``sequence``.
    ``states`` (id to state) and ``sentence`` follow from them.

    ``click`` is what a click on a box does: "select" it, "crash" or restore it, "pick" it, or give
    it the next number in an "order"; ``picked`` then holds the ids in that order.
    ``moments`` says what follows a failure; without it the system's needs and events do.
    ``start``: traits to begin with, as ``crashed`` and then ``moment``.
    ``bare``: without steps and legend of its own, as in a comparison. ``pale``: ids of boxes that
    matter less: what the others of a comparison have too, what isn't asked for.
    """

    _esm = script(
        "manners.js",
        "nodes.js",
        "transport.js",
        "diagram-build.js",
        "diagram-act.js",
        "diagram-paint.js",
        "diagram.js",
    )
    _css = script("transport.css", "diagram.css")

    scene = traitlets.Dict().tag(sync=True)
    look = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    crashed = traitlets.Tuple().tag(sync=True, echo_update=False)
    picked = traitlets.Tuple().tag(sync=True, echo_update=False)
    selected = traitlets.Unicode("").tag(sync=True, echo_update=False)
    flow = traitlets.Unicode("").tag(sync=True, echo_update=False)
    step = traitlets.Int(0).tag(sync=True, echo_update=False)
    settings = traitlets.Dict().tag(sync=True, echo_update=False)
    moment = traitlets.Int(0).tag(sync=True, echo_update=False)
    sequence: Any = traitlets.List().tag(sync=True)
    states = traitlets.Dict()
    shown = traitlets.Dict().tag(sync=True)
    sentence = traitlets.Unicode("").tag(sync=True)
    pale: Any = traitlets.List().tag(sync=True)
    bare = traitlets.Bool(False).tag(sync=True)
    click = traitlets.Enum(["select", "crash", "pick", "order"], "select").tag(sync=True)

    def __init__(
        self,
        system: System,
        *,
        click: Click = "select",
        width: float = 860.0,
        moments: Moments | None = None,
        bare: bool = False,
        **start: Any,
    ) -> None:
        self._scene = scene_of(system, width)
        self._moments = moments or system.moments
        super().__init__(look=look(), words=words(), click=click, bare=bare)
        self.scene = sent.as_json(self._scene, by_needs=moments is None)
        for name, value in start.items():
            self.set_trait(name, value)
        self._tell()
        self.observe(self._restart, names=["flow"])
        self.observe(self._at_once, names=["crashed", "settings"])
        self.observe(lambda _change: self._tell(), names=list(_TOLD))

    @property
    def system(self) -> System:
        """The system that is shown."""
        return self._scene.system

    def draw(
        self, system: System, crashed: Iterable[str] = (), moments: Moments | None = None
    ) -> None:
        """Show another system, or the same after a change; a chosen box stays so if it is there."""
        with self.hold_sync():
            chosen = self.selected
            if system != self.system:
                self.flow, self.selected, self.crashed, self.picked = "", "", (), ()
                self.settings = {}
                self._scene = scene_of(system)
                self.scene = sent.as_json(self._scene, by_needs=moments is None)
            self._moments = moments or system.moments
            if any(item.id == chosen for item in system.components):
                self.selected = chosen
            if set(crashed := tuple(crashed)) != set(self.crashed):  # in whatever order
                self.crashed = crashed
            self._tell()

    def set_state(self, sync_data: Any) -> None:
        """Take what the page says; all that follows from it goes back in one message."""
        with self.hold_sync():
            super().set_state(sync_data)

    @property
    def sketch(self) -> Sketch:
        """What the picture shows, for a still."""
        now = self._now()[self.moment]
        return Sketch(self._scene, now, self.flow, self.step, self.settings)

    def describe(self) -> str:
        """What the picture shows, in a sentence or two."""
        return self._described(self._now())

    def _now(self) -> tuple[Moment, ...]:
        return self._moments(self.crashed, self.settings)

    def _described(self, found: tuple[Moment, ...]) -> str:
        return telling.describe_moments(
            self._scene, found, self.flow, self.step, self.moment, self.settings
        )

    def _restart(self, _change: Any) -> None:
        self.step = 0

    def _at_once(self, _change: Any) -> None:
        self.moment = 0

    def _tell(self) -> None:
        """Send states and sentence in one message."""
        found = self._now()
        now = found[self.moment]
        with self.hold_sync():
            self.states = {id: one.state for id, one in now.conditions.items()}
            self.shown = sent.shown(self._scene, now, self.settings)
            self.sequence = telling.sequence_told(found)
            self.sentence = self._described(found)

    @traitlets.validate("crashed", "picked")
    def _known(self, proposal: Any) -> Any:
        for id in proposal.value:
            self._check(id)
        return tuple(dict.fromkeys(proposal.value))

    @traitlets.validate("selected")
    def _one_known(self, proposal: Any) -> Any:
        if proposal.value:
            self._check(proposal.value)
        return proposal.value

    @traitlets.validate("flow")
    def _known_flow(self, proposal: Any) -> Any:
        known = [flow.id for flow in self.system.all_flows]
        if proposal.value and proposal.value not in known:
            message = _("{system} has no flow {id!r}; it has {known}")
            raise traitlets.TraitError(
                message.format(system=self.system.id, id=proposal.value, known=", ".join(known))
            )
        return proposal.value

    @traitlets.validate("step")
    def _step_in_flow(self, proposal: Any) -> Any:
        last = len(self.system.flow(self.flow).steps) if self.flow else 0
        if not 0 <= proposal.value <= last:
            message = _("step {step} is outside 0..{last}, the steps of flow {flow!r}")
            raise traitlets.TraitError(
                message.format(step=proposal.value, last=last, flow=self.flow)
            )
        return proposal.value

    @traitlets.validate("settings")
    def _known_settings(self, proposal: Any) -> Any:
        try:
            self.system.settings(proposal.value)
        except ValueError as error:
            raise traitlets.TraitError(error.args[0]) from error
        return proposal.value

    @traitlets.validate("moment")
    def _moment_in_sequence(self, proposal: Any) -> Any:
        last = len(self._now()) - 1
        if not 0 <= proposal.value <= last:
            message = _("moment {moment} is outside 0..{last}, what follows these failures")
            raise traitlets.TraitError(message.format(moment=proposal.value, last=last))
        return proposal.value

    def _check(self, id: str) -> None:
        try:
            self.system.component(id)
        except KeyError as error:
            raise traitlets.TraitError(error.args[0]) from error

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget, still picture and sentence: whichever a reader's program can show."""
        return bundled(super()._repr_mimebundle_(**kwargs), [self], self.describe())


def show(
    system: str | Path | System,
    *,
    flow: str = "",
    step: int = 0,
    crashed: Iterable[str] | str = (),
    selected: str = "",
    pick: bool = False,
    settings: Mapping[str, str] | None = None,
    moment: int = 0,
) -> Diagram:
    """The clickable picture of a system: ``show("xen", flow="packet", crashed=("dom0",))``.

    ``system`` is the id of one of the book's systems, a file of the reader's own, or a System.
    With ``pick``, a click marks a box as chosen (``picked``) instead of selecting it. ``settings``
    are the system's: ``show("docker", crashed=("dockerd",), settings={"live-restore": "on"})``;
    ``moment`` counts the events after the failure.

    Raises KeyError for an unknown system, SystemFileError for a bad file, and TraitError for a
    component, flow or step that the system doesn't have.
    """
    chosen = of_kind(settings or {}, Mapping, 'settings={"live-restore": "on"}')
    return Diagram(
        system_of(system),
        click="pick" if pick else "select",
        crashed=several(crashed),
        selected=selected,
        flow=flow,
        step=step,
        settings=dict(chosen),
        moment=moment,
    )


def system_of(system: str | Path | System) -> System:
    return system if isinstance(system, System) else load(system)


# --- what is sent to the browser ------------------------------------------------------------


def look() -> dict[str, Any]:
    """Colours of both themes."""
    return {mode: _colours(theme) for mode, theme in THEMES.items()}


def _colours(theme: Theme) -> dict[str, Any]:
    colours = asdict(theme)
    keys = ("paper", "ink", "muted", "grid", "accent", "good", "bad", "warn", "layers")
    return {key: colours[key] for key in keys}


def words() -> dict[str, Any]:
    """All text that the browser shows around the picture."""
    return {
        "kinds": {kind: [name, means] for kind, (name, means, _all) in telling.KINDS.items()},
        "after": _("After the crash"),
        "status": _("Status"),
        "checked": _("Checked against {product}, {version}, on {date}"),
        "layers": layer_names(),
        "flow": _("Flow"),
        "no_flow": pgettext("flow", "none"),
        **transport_words(_("Steps")),
        "crash": ["✕ " + _("Crash"), _("Crash {name}")],
        "restore": ["↺ " + _("Restore"), _("Restore {name}")],
        "why": ["? " + _("Why"), _("Why {name} is so: {state}")],
        "undo": _("Undo"),
        "replay": _("Replay"),
        "restore_all": _("Restore all"),
        "select_hint": _(
            "Choose a box: click it, or reach the picture with Tab, move with the arrow keys and "
            "press Enter. C crashes or restores it, Z takes that back."
        ),
        "crash_hint": _("Click a box, or press Enter on it, to crash or restore it."),
        "order_hint": _(
            "Click the boxes in order, or press Enter on them; again on the last takes it back."
        ),
        "pick_hint": _("Click boxes, or press Enter on them, to choose them."),
        "picked": "✓ " + _("chosen"),
        "privilege": _("Privilege"),
        "owns": _("Owns"),
        "sources": _("Sources"),
        "unsure": _("Uncertain"),
        "source": _("Source"),
        "misconceptions": _("What people get wrong here"),
        "claim": _("Said"),
        "truth": _("True"),
        "marks": telling.mark_words(),
        "states": {
            state: [telling.state_signs()[state], word]
            for state, word in telling.state_words().items()
        },
    }


def bundled(bundle: Any, diagrams: Sequence[Diagram], sentence: str) -> Any:
    """A widget's mime bundle with the still picture and the sentence added.

    Pictures stand beside each other where that shrinks them no more than in the live comparison.
    """
    sketches = [item.sketch for item in diagrams]
    numbers = in_rows([sketch.width for sketch in sketches], _COLUMN / _SHRINK)
    rows = [[sketches[number] for number in row] for row in numbers]
    if not as_png():
        pieces = [[svg.diagram(sketch) for sketch in row] for row in rows]
        still = {"image/svg+xml": svg.together(pieces, sentence, most=_COLUMN)}
        return with_forms(bundle, sentence, **still)
    from hvlib.views import diagram as drawing  # needs matplotlib, which the widget does not
    from hvlib.views.still import pixels

    pictures = [[pixels(drawing.drawn(sketch, STILL_SCALE)) for sketch in row] for row in rows]
    png = drawing.still(pictures, sentence, scale=STILL_SCALE)
    width = max(sum(sketch.width for sketch in row) for row in rows)
    data, metadata = with_forms(bundle, sentence, **as_form(png))
    return data, {**metadata, "image/png": {"width": round(min(width, _COLUMN))}}


__all__ = ["Diagram", "show"]
