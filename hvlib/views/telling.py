"""A picture of a system in words: how each part is, what has failed, where a flow is."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hvlib.listed import listed
from hvlib.systems.failure import DEAD, Condition, Moment
from hvlib.systems.parts import After, Component, State
from hvlib.systems.spread import Spread, spread
from hvlib.systems.system import System
from hvlib.views.scene import Leg, Scene, legs, reached
from hvlib.words import _, ngettext


def state_signs() -> dict[State, str]:
    """The sign that goes with each state, so that colour is never alone."""
    return {
        "up": "",
        "crashed": "\N{MULTIPLICATION SIGN}",
        "down": "\N{MINUS SIGN}",
        "stalled": "\N{DOUBLE VERTICAL LINE}",
        "limited": "\N{NOT EQUAL TO}",
        "unmanaged": "?",
    }


def state_words() -> dict[State, str]:
    """What each state but "up" is called."""
    return {state: KINDS[state][0] for state in state_signs() if state != "up"}


def mark_words() -> dict[str, str]:
    """What the signs on edges are called: of links, and of the boundaries that a flow crosses."""
    return {
        "data": _("data"),
        "control": _("control"),
        "gate": _("privilege boundary"),
        "equal": _("boundary between equal privileges"),
    }


def gate_kinds(way: Iterable[Leg]) -> list[str]:
    """Which marks of boundaries a flow has: diamonds, circles."""
    found = {"equal" if leg.equal else "gate" for leg in way if leg.crossing}
    return [kind for kind in ("gate", "equal") if kind in found]


def kind_of(condition: Condition, *, stop: bool = False) -> str:
    """Which of :func:`kinds` a condition is. stop: whether what failed was told to stop."""
    lacks = condition.lacks
    if condition.state == "crashed" and stop:
        return "stopped"
    if condition.state not in ("stalled", "limited") or {"disk", "network"} <= lacks:
        return condition.state
    for lack in ("disk", "service", "network", "names", "log"):
        if lack in lacks:
            alone = lack == "network" and condition.state == "stalled"
            unmanaged = lack == "log" and "manage" in lacks
            return "idle" if alone else lack + "-unmanaged" * unmanaged
    return condition.state


KINDS: dict[str, tuple[str, str, str]] = {
    "crashed": (_("crashed"), _("has failed"), _("{name} with {who} crashed.")),
    "stopped": (_("stopped"), _("was told to stop"), _("{name} with {who} stopped.")),
    "down": (
        _("down"),
        _("dead, because something it needs to run is dead, or because it was ended"),
        _("Down: {who}."),
    ),
    "stalled": (
        _("stalled"),
        _("runs, but waits for I/O that doesn't come"),
        _("Stalled, waiting for I/O: {who}."),
    ),
    "disk": (
        _("no disk"),
        _("computes until it reads or writes; then it waits for the disk"),
        _("Running until they read or write, for they have no disk: {who}."),
    ),
    "service": (
        _("no answer"),
        _("runs, but waits for an answer that doesn't come"),
        _("Waiting for an answer: {who}."),
    ),
    "idle": (
        _("no network"),
        _("runs, but has nothing to do without the network"),
        _("With nothing to do for want of the network: {who}."),
    ),
    "limited": (
        _("cut off"),
        _("works, but lacks something that it needs"),
        _("Running, but cut off: {who}."),
    ),
    "network": (
        _("no network"),
        _("computes and writes to disk, but hears nothing from the network"),
        _("Computing and writing to disk, but without the network: {who}."),
    ),
    "names": (
        _("no names"),
        _("works, but can't look up names"),
        _("Working, but unable to look up names: {who}."),
    ),
    "log": (
        _("no log"),
        _("works until what it prints, and nobody takes, has filled its pipe"),
        _("Working, though nobody takes what they print: {who}."),
    ),
    "log-unmanaged": (
        _("no log"),
        _("works, but nobody manages it or takes what it prints"),
        _("Working, but nobody manages them or takes what they print: {who}."),
    ),
    "unmanaged": (
        _("unmanaged"),
        _("runs on, but nobody can manage it"),
        _("Running, but unmanaged: {who}."),
    ),
    "up": (_("up"), _("works"), _("Untouched: {who}.")),
}
"""For each way to be: its name, what it means, and a sentence on all that are so."""


def spread_of(
    system: System, moment: Moment, settings: Mapping[str, str] | None = None
) -> Spread | None:
    """How the failure spread up to a moment; None where a run says it, not needs."""
    if moment.says:
        return None
    conditions = moment.conditions
    return spread(system.components, conditions, moment.struck, system.settings(settings))


Mark = tuple[State, str, str]
"""A component's state, the text at its box, and which of :func:`kinds` it is."""


def marks(
    system: System,
    conditions: Mapping[str, Condition],
    found: Spread | None = None,
    *,
    stop: bool = False,
) -> dict[str, Mark]:
    """What the picture says at each box that isn't up; nothing where its container says it.

    ``found`` gives the number of the ring in which a failure reached it.
    """
    signs, words = state_signs(), KINDS
    marked: dict[str, Mark] = {}
    for item in system.components:
        condition = conditions[item.id]
        if condition.state != "up":
            kind = kind_of(condition, stop=stop)
            outer = conditions[item.inside].state if item.inside else None
            text = f"{signs[condition.state]} {words[kind][0]}"
            if found and (ring := found.ring(item.id)):
                text = f"{_circled(ring)} {text}"
            marked[item.id] = (condition.state, "" if said(condition.state, outer) else text, kind)
    return marked


def _circled(number: int) -> str:
    """A number in a circle, so that it isn't read as a step of a flow."""
    return chr(ord("\N{CIRCLED DIGIT ONE}") + number - 1) if number <= 20 else f"({number})"


def said(state: State, outer: State | None) -> bool:
    """Whether a container's state already tells that of a box inside it."""
    return outer is not None and (state == outer or (state == "down" and outer in DEAD))


def describe(
    scene: Scene,
    crashed: Iterable[str] = (),
    flow: str = "",
    step: int = 0,
    moment: int = 0,
    settings: Mapping[str, str] | None = None,
) -> str:
    """The picture in words: what has failed and what follows, where the flow is, what is there."""
    found = scene.system.moments(crashed, settings)
    return describe_moments(scene, found, flow, step, moment, settings)


def describe_moments(
    scene: Scene,
    found: Sequence[Moment],
    flow: str = "",
    step: int = 0,
    moment: int = 0,
    settings: Mapping[str, str] | None = None,
) -> str:
    """As :func:`describe`, where the moments are known."""
    if found[moment].says:
        return found[moment].says
    now = found[moment].conditions
    parts = []
    if any(one.state != "up" for one in found[0].conditions.values()):
        parts.append(_sequence(scene.system, found, moment, settings))
    if flow:
        states = {id: one.state for id, one in now.items()}
        parts.append(told(scene, flow, step, states))
    return " ".join(parts) or _structure(scene.system)


def stops(system: System, settings: Mapping[str, str] | None) -> bool:
    """Whether the settings say that what fails was told to stop."""
    return system.settings(settings).get("end") == "stop"


def _sequence(
    system: System, found: Sequence[Moment], moment: int, settings: Mapping[str, str] | None
) -> str:
    """What is so at a moment; at the first, also what is left in the end."""
    event = found[moment].event
    now = _failures(system, found[moment], settings)
    if event is not None:
        return _("{when}: {says} {now}").format(when=when_told(event), says=event.says, now=now)
    if len(found) == 1:
        return now
    last = _failures(system, found[-1], settings, untouched=False)
    return _("At once: {now} In the end: {last}").format(now=now, last=last)


def when_told(event: After) -> str:
    """When an event happens and who brings it about, as the head of a sentence."""
    if event.after:
        return _("{after} later").format(after=event.after)
    return _("Then")


def sequence_told(found: Sequence[Moment]) -> list[str]:
    """A short title for each moment; none if nothing follows the first."""
    titles = [_("at once")]
    titles += [when_told(moment.event) for moment in found if moment.event is not None]
    return titles if len(titles) > 1 else []


def _structure(system: System) -> str:
    """The top-level boxes from the bottom up, and what is in the topmost if it is but one."""
    rows: dict[int, list[str]] = {}
    for item in system.children(None):
        rows.setdefault(item.row, []).append(item.name)
    stack = "; ".join(listed(rows[row]) for row in sorted(rows))
    *_others, top = sorted(system.children(None), key=lambda item: item.row)
    contents = [item.name for item in system.children(top.id)]
    if contents and len(rows[top.row]) == 1:
        text = _("{name}, from the bottom up: {stack}, with {contents} in it.")
        return text.format(name=system.name, stack=stack, contents=listed(contents))
    return _("{name}, from the bottom up: {stack}.").format(name=system.name, stack=stack)


def _failures(
    system: System, now: Moment, settings: Mapping[str, str] | None, *, untouched: bool = True
) -> str:
    """Who is how, in the order in which a failure reaches them, naming the outermost only."""
    conditions, stop = now.conditions, stops(system, settings)
    if all(one.state == "up" for one in conditions.values()):
        return _("Everything works again.")
    found = spread_of(system, now, settings)
    groups: dict[str, list[str]] = {}
    how = {id: kind_of(conditions[id], stop=stop) for id in _outermost(system, conditions)}
    order = list(KINDS)
    for id in sorted(how, key=lambda id: (_reached(found, id), order.index(how[id]))):
        kind = how[id]
        groups.setdefault(kind, []).append(_full_name(system, system.component(id)))
    parts = [
        KINDS[kind][2].format(name=system.name, who=listed(names))
        for kind, names in groups.items()
        if untouched or kind != "up"
    ]
    if "up" not in groups:
        parts.append(_("Nothing is left untouched."))
    return " ".join(parts)


def _reached(found: Spread | None, id: str) -> float:
    """When a failure reaches a component: its ring; last of all those that it doesn't reach."""
    if found is None or id not in found.starts:
        return math.inf
    return found.ring(id)


def _outermost(system: System, conditions: Mapping[str, Condition]) -> Iterator[str]:
    """All components that crashed, else only the outermost.

    What lies in a container that is dead or in the same state goes without saying. A container
    is untouched only if all in it are; else those of its parts that are untouched get named.
    """
    states = {id: one.state for id, one in conditions.items()}
    touched = _touched(system, states)
    whole = {i: s for i, s in states.items() if s != "up" or i not in touched}
    for item in system.components:
        state = whole.get(item.id)
        outer = whole.get(item.inside or "")
        if state is not None and (state == "crashed" or outer not in (state, *DEAD)):
            yield item.id


def _touched(system: System, states: Mapping[str, State]) -> set[str]:
    """The containers around anything that isn't up."""
    inside = {item.id: item.inside for item in system.components}
    found: set[str] = set()
    for name, state in states.items():
        outer = inside.get(name) if state != "up" else None
        while outer is not None:
            found.add(outer)
            outer = inside[outer]
    return found


def _full_name(system: System, item: Component) -> str:
    """The name, with its container's where the system has several of that name."""
    twins = [other for other in system.components if other.name == item.name]
    if len(twins) == 1 or item.inside is None:
        return item.name
    outer = system.component(item.inside).name
    return _("{name} in {outer}").format(name=item.name, outer=outer)


def told(scene: Scene, flow: str, step: int, states: Mapping[str, State]) -> str:
    """Where a flow is: as a whole at step 0, else at one of its steps."""
    way = legs(scene, flow)
    stop = reached(way, states)
    step = min(step, stop)  # what doesn't happen isn't told
    if stop == len(way):
        return _whole(scene, flow, way) if step == 0 else _at_step(scene, flow, step)
    item = scene.system.component(way[stop].at)
    stuck = _("It gets no further than step {n}: {name} is {state}.")
    if stop == 0:
        stuck = _("It can't start: {name} is {state}.")
    text = _at_step(scene, flow, step) if step else _whole(scene, flow, way)
    state = KINDS[states[item.id]][0]
    return f"{text} {stuck.format(n=stop, name=item.name, state=state)}"


def _whole(scene: Scene, flow: str, way: tuple[Leg, ...]) -> str:
    crossings = max(leg.crossing for leg in way)
    template = ngettext(
        "{flow}: {steps} steps, {n} privilege boundary crossed.",
        "{flow}: {steps} steps, {n} privilege boundaries crossed.",
        crossings,
    )
    name = scene.system.flow(flow).name
    return template.format(flow=name, steps=len(way), n=crossings)


def _at_step(scene: Scene, flow: str, step: int) -> str:
    way = legs(scene, flow)
    leg = way[step - 1]
    name = scene.system.component(leg.at).name
    text = _("Step {n} of {steps}, {name}: {says}").format(
        n=step, steps=len(way), name=name, says=leg.says
    )
    return f"{text} {crossing_told(scene, flow, step)}".strip()


def counted(way: tuple[Leg, ...], step: int) -> str:
    """Which step of how many, and how many of its crossings a flow has made by then."""
    text = _("Step {n} of {steps}").format(n=step, steps=len(way))
    if step == 0:
        return text
    template = _("{step} · {n} of {all} boundaries crossed")
    if way[step - 1].crossing:
        template = _("{step} · ◆ crossing {n} of {all}")
    n, all = (max(leg.crossing for leg in part) for part in (way[:step], way))
    return template.format(step=text, n=n, all=all)


def crossing_told(scene: Scene, flow: str, step: int) -> str:
    """Which privilege boundary a step crosses, and how; empty where it crosses none."""
    passages = scene.system.passages(flow)
    for number, item in enumerate(passages, 1):
        if item.step == step - 1:
            template = _("Crossing {n} of {all}, from {source} to {target}, by {by}.")
            if item.equal:
                template = _(
                    "Crossing {n} of {all}, from {source} to {target}, by {by}; "
                    "the privilege stays the same."
                )
            if not item.by:
                template = _("Crossing {n} of {all}, from {source} to {target}.")
            return template.format(n=number, all=len(passages), **item.words())
    return ""
