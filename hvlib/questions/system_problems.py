"""Problems about a named system, made by seed from its file: a flow, a crash, a wrong drawing.

Chapters give them the systems they teach; a system added as a file can be asked about at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from random import Random

from hvlib.questions.building import Option, choice, facts, order, pick
from hvlib.questions.question import Misconception, Number, Question
from hvlib.questions.register import Made, kind
from hvlib.questions.wrong_rules import if_management_were_life, moved, stopped
from hvlib.systems.parts import Flow
from hvlib.systems.system import System, load
from hvlib.texts import in_words
from hvlib.words import _, ngettext

Misplaced = tuple[str, str, str, Misconception]
"""System, component put in the wrong place, component before which, and whose mistake that is."""


def about(
    chapter: int,
    systems: tuple[str, ...],
    whose: Misconception,
    misplaced: Sequence[Misplaced] = (),
    *,
    crossings: bool = False,
) -> None:
    """Add a chapter's kinds of problem about its systems, with ``crossings`` one that counts them.

    whose: the mistake of who takes managing for running. misplaced: parts in a wrong place.
    """
    flow = partial(trace_flow, systems, misplaced=misplaced)
    kinds: tuple[tuple[str, str, Made], ...] = (
        ("trace-packet", _("Trace a packet"), flow),
        ("read-crossings", _("Read a flow"), partial(count_crossings, systems)),
        ("crash", _("What stops after a crash?"), partial(blast, systems, whose=whose)),
        ("wrong-drawing", _("Find what a drawing left out"), partial(missing_need, systems)),
    )
    for name, title, make in kinds:
        if crossings or name != "read-crossings":
            kind(f"{chapter}.{name}", title)(make)


# --- tracing a packet -----------------------------------------------------------------------


@cache
def _flows(systems: tuple[str, ...], level: int) -> tuple[tuple[System, Flow], ...]:
    """Flows past four parts or more: short ones on level 1, the longest on level 3."""
    found = [
        (system, flow)
        for system in map(load, systems)
        for flow in system.flows
        if len({system.component(at).name for at in _visited(flow)}) == len(_visited(flow)) > 3
    ]
    found.sort(key=lambda pair: (len(pair[1].steps), pair[0].id, pair[1].id))
    third = max(1, len(found) // 3)
    return tuple(found[(level - 1) * third : level * third if level < 3 else None])


def _visited(flow: Flow) -> tuple[str, ...]:
    """The parts of a flow in the order in which it first comes to each."""
    return tuple(dict.fromkeys(step.at for step in flow.steps))


def trace_flow(
    systems: tuple[str, ...], random: Random, level: int, misplaced: Sequence[Misplaced]
) -> Question:
    """Put the parts that something passes in order."""
    system, flow = random.choice(_flows(systems, level))
    ids = _visited(flow)
    path = tuple(system.component(at).name for at in ids)
    wrong = [
        (moved(path, system.component(what).name, system.component(before).name), whose)
        for name, what, before, whose in misplaced
        if name == system.id and what in ids and before in ids
    ]
    says = tuple(f"{system.component(step.at).name}: {step.says}" for step in flow.steps)
    return order(
        _("{system}: {flow}. Put these parts in order, by when it first comes to each.").format(
            system=system.name, flow=flow.name
        ),
        path,
        [(steps, whose) for steps, whose in wrong if steps != path],
        because=_("It begins at “{first}” and ends at “{last}”.").format(
            first=path[0], last=path[-1]
        ),
        seed=random.randrange(1_000_000),
        hints=(
            _("It begins at “{first}”.").format(first=path[0]),
            _("What needs a service comes before what gives it."),
        ),
        steps=says,
        flow=(system.id, flow.id),
    )


def count_crossings(systems: tuple[str, ...], random: Random, level: int) -> Question:
    """Read a flow step by step and count the privilege boundaries it crosses."""
    system, flow = random.choice(_flows(systems, level))
    passages = system.passages(flow.id)
    stops = [system.component(step.at) for step in flow.steps]
    rows = [
        (f"{number}. {stop.name}", in_words("boundary", stop.boundary))
        for number, stop in enumerate(stops, 1)
    ]
    return Number(
        prompt=_("{system}: {flow}. Beside each part stands its protection domain. How many "
                 "boundaries between two domains are crossed? (A device belongs to whoever "
                 "drives it and adds none.)").format(system=system.name, flow=flow.name),
        exhibit=facts(*rows),
        answer=len(passages),
        unit=_("{n} crossings"),
        scale=(0, len(flow.steps)),
        tolerance=0.0,
        because=_("They are: {list}.").format(
            list=", ".join("{source} → {target} ({by})".format(**item.words()) for item in passages)
            or _("none")
        ),
        hints=(_("A step within one domain crosses nothing."),),
        steps=tuple(
            _("Step {n}: {source} → {target}, by {by}.").format(
                n=item.step + 1, **item.words()
            )
            for item in passages
        ),
    )  # fmt: skip


# --- a crash --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crash:
    """A failed component, the parts that count, and those of them that stop."""

    system: System
    failed: str
    candidates: tuple[str, ...]
    stopped: frozenset[str]


@cache
def _crashes(systems: tuple[str, ...], level: int) -> tuple[Crash, ...]:
    """Crashes after which some parts stop and others don't; more parts on higher levels."""
    return tuple(
        crash
        for system in map(load, systems)
        for failed in (item.id for item in system.components if item.role != "hardware")
        if _alone(system, failed) and _fails_by_itself(system, failed)
        if (crash := _crash(system, failed, 2 + 2 * level))
    )


def _crash(system: System, failed: str, most: int) -> Crash | None:
    down = stopped(system, (failed,))
    roles = ("guest", "container", "manager", "hypervisor", "kernel")
    counted = [
        item.id
        for item in system.of_role(*roles)
        if item.id != failed
        and failed not in system.ancestors(item.id)
        and item.id not in system.ancestors(failed)
    ][:most]
    names = {system.component(id).name for id in counted}
    hit = frozenset(counted) & down
    if len(counted) < 3 or len(names) < len(counted) or not 0 < len(hit) < len(counted):
        return None
    return Crash(system, failed, tuple(counted), hit)


def blast(systems: tuple[str, ...], random: Random, level: int, whose: Misconception) -> Question:
    """Click what stops when a component fails."""
    crash = random.choice(_crashes(systems, level))
    system = crash.system
    names = [system.component(item).name for item in crash.candidates]
    failed = system.component(crash.failed).name
    return pick(
        _("{system}: “{failed}” fails. Which of these stop or stall: {names}?").format(
            system=system.name, failed=failed, names=", ".join(names)
        ),
        system,
        crash.failed,
        crash.candidates,
        (if_management_were_life(system, (crash.failed,)), whose),
        because=ngettext(
            "It needs “{failed}”, directly or through another part, to run or for its input and "
            "output.",
            "They need “{failed}”, directly or through another part, to run or for their input and "
            "output.",
            len(crash.stopped),
        ).format(failed=failed),
        hints=(_("Whoever needs it only to be managed runs on."),),
    )


# --- a wrong drawing ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Omission:
    """A need left out of a system, and a crash that shows it. spared: what then wrongly runs on."""

    system: System
    owner: str
    of: str
    spared: frozenset[str]


@cache
def _omissions(systems: tuple[str, ...]) -> tuple[Omission, ...]:
    return tuple(
        Omission(system, item.id, need.of, spared)
        for system in map(load, systems)
        for item in system.components
        for number, need in enumerate(item.needs)
        if need.for_ != "manage"
        and _alone(system, item.id)
        and _alone(system, need.of)
        and _fails_by_itself(system, need.of)
        and item.id in (spared := _spared(system, item.id, number, need.of))
    )


def _spared(system: System, owner: str, number: int, failed: str) -> frozenset[str]:
    """What no longer stops when one need is left out and what it names fails."""
    item = system.component(owner)
    without = item.model_copy(update={"needs": item.needs[:number] + item.needs[number + 1 :]})
    changed = tuple(without if other.id == owner else other for other in system.components)
    mutated = system.model_copy(update={"components": changed})
    return stopped(system, (failed,)) - stopped(mutated, (failed,))


def missing_need(systems: tuple[str, ...], random: Random, level: int) -> Question:
    """A drawing of the system left out one need: which part wrongly survives?"""
    omission = random.choice(_omissions(systems))
    system, failed = omission.system, system_name(omission.system, omission.of)
    drawn = stopped(system, (omission.of,)) - omission.spared
    names = dict.fromkeys(system_name(system, item) for item in sorted(drawn))
    unhurt = _unhurt(omission, {*names, system_name(system, omission.owner), failed})
    offered = [omission.owner, *random.sample(unhurt, min(len(unhurt), level + 1))]
    prompt = _(
        "Somebody drew {system} and left out one thing that a part needs. When “{failed}” fails "
        "in the drawing, what is listed below stops and no more. Which part ought to stop as well?"
    )
    return choice(
        prompt.format(system=system.name, failed=failed),
        omission.owner,
        *[
            *(Option(system_name(system, id), id) for id in random.sample(offered, len(offered))),
            Option(_("none of these"), ""),
        ],
        exhibit=", ".join(names) or _("(nothing else)"),
        because=_("“{name}” needs “{of}”.").format(
            name=system_name(system, omission.owner), of=failed
        ),
        hints=(_("Follow the way of each down to the hardware."),),
    )


def _unhurt(omission: Omission, named: set[str]) -> list[str]:
    """The parts that run on, rightly, when the component of an omission fails, sorted by id.

    Of those of one name only the first; none that bears a name in ``named``.
    """
    states = omission.system.states((omission.of,))
    taken = named | {system_name(omission.system, id) for id in omission.spared}
    found: dict[str, str] = {}
    for item in sorted(omission.system.components, key=lambda item: item.id):
        runs = states[item.id] in ("up", "unmanaged") and item.role != "hardware"
        if runs and item.name not in taken:
            found.setdefault(item.name, item.id)
    return list(found.values())


def _alone(system: System, id: str) -> bool:
    """Whether no other part bears the same name, so that a question can name it."""
    names = [item.name for item in system.components]
    return names.count(system_name(system, id)) == 1


def _fails_by_itself(system: System, id: str) -> bool:
    """Whether it can fail alone. A part of a kernel or of a process takes the whole with it."""
    around = map(system.component, system.ancestors(id))
    boundary = system.component(id).boundary
    return system.component(id).layer == "hardware" or not any(
        item.boundary == boundary and item.role not in ("guest", "container") for item in around
    )


def system_name(system: System, id: str) -> str:
    """The name of a component."""
    return system.component(id).name
