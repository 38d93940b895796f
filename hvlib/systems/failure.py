"""What fails with what, and what follows: who notices, who restarts or cleans up, what is left.

A crash is a sequence. Its first moment follows from the needs alone, and no file lists victims;
the later ones are the events that the file gives, each with who does it and after how long.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from hvlib.systems.parts import After, Component, Lack, Need, State

Aspect = Lack | Literal["dead", "stalled"]
"""What about a component can let another fail: that it is dead, that it waits, what it lacks."""
Want = Lack | Literal["run"]
"""What a component can need another for, each kind alone."""
DEAD: frozenset[State] = frozenset({"crashed", "down"})


@dataclass(frozen=True, slots=True)
class Condition:
    """How a component is: its state, and what it lacks while it runs.

    stalled: it lacks its disk, an answer, or all that it does I/O with. limited: it lacks its
    network, its names or its log and can do the rest. unmanaged: it lacks no more than somebody
    to manage it.
    """

    state: State
    lacks: frozenset[Lack] = frozenset()


_UP, _CRASHED, _DOWN = Condition("up"), Condition("crashed"), Condition("down")


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment after a failure: the event that led to it (None: the failure) and what it left.

    struck: those that failed or were ended themselves. says: it in words, where it isn't derived
    from needs, as in a run of a model.
    """

    event: After | None
    conditions: Mapping[str, Condition]
    struck: frozenset[str] = frozenset()
    says: str = ""


def conditions(
    components: Sequence[Component],
    crashed: Collection[str],
    ended: Collection[str],
    settings: Mapping[str, str],
) -> dict[str, Condition]:
    """How each component is when some have crashed and somebody has ended others.

    A component is down when what it needs to run, or its container, is dead. What it lacks is what
    it needs from a component that is dead or lacks the same; the container's lack of disk, network
    and names is that of all inside.
    """
    found = dict.fromkeys((item.id for item in components), _UP)
    found |= dict.fromkeys(ended, _DOWN) | dict.fromkeys(crashed, _CRASHED)
    changed = True
    while changed:
        changed = False
        for item in components:
            before = found[item.id]
            if before.state not in DEAD:
                now = found[item.id] = _condition(item, found, settings)
                changed |= now is not before and now != before
    return found


def holds(when: Iterable[tuple[str, str]], settings: Mapping[str, str]) -> bool:
    """Whether the settings are as ``when`` asks."""
    return all(settings[id] == value for id, value in when)


def _condition(
    item: Component, found: Mapping[str, Condition], settings: Mapping[str, str]
) -> Condition:
    outer = found[item.inside] if item.inside is not None else _UP
    needs = [need for need in item.needs if not need.when or holds(need.when, settings)]
    if outer is _UP and all(found[need.of] is _UP for need in needs):
        return _UP
    unmet = _unmet(needs, found)
    if outer.state in DEAD or "run" in unmet:
        return _DOWN
    lacks: set[Lack] = {want for want in unmet if want != "run"} | (outer.lacks & SHARED)
    return Condition(_state(needs, lacks, outer), frozenset(lacks))


def groups(needs: Iterable[Need], what: Want) -> list[list[str]]:
    """Those needed for ``what``: of each group any one is enough."""
    found: dict[str, list[str]] = {}
    for number, need in enumerate(needs):
        if need.for_ == what or what in need.lacks:
            found.setdefault(need.any or f"#{number}", []).append(need.of)
    return list(found.values())


def _unmet(needs: Iterable[Need], found: Mapping[str, Condition]) -> set[Want]:
    """Which kinds of need are not met: alternatives fail only when all of them do."""
    failed: dict[tuple[Want, str | int], bool] = {}
    for number, need in enumerate(needs):
        wrong = aspects(found[need.of])
        for want in need.lacks or ("run",):
            group = want, need.any or number
            failed[group] = failed.get(group, True) and bool(wrong & FAILS[want])
    return {want for (want, _group), all_failed in failed.items() if all_failed}


def aspects(one: Condition) -> frozenset[Aspect]:
    """Everything about a component that can let others fail."""
    if one.state in DEAD:
        return _IS_DEAD
    return one.lacks | {"stalled"} if one.state == "stalled" else one.lacks


_IS_DEAD: frozenset[Aspect] = frozenset({"dead"})


def _state(needs: Sequence[Need], lacks: Set[Lack], outer: Condition) -> State:
    if any(stalls(lack, needs) for lack in lacks) or outer.state == "stalled":
        return "stalled"
    if lacks - {"manage"}:
        return "limited"
    return "unmanaged" if lacks else "up"


def stalls(lack: Lack, needs: Iterable[Need]) -> bool:
    """Whether who has these needs can do nothing for lack of this."""
    used = {lack for need in needs for lack in need.lacks}
    all_network = "network" in used and "disk" not in used
    return lack in ("disk", "service") or (lack == "network" and all_network)


SHARED: frozenset[Lack] = frozenset({"disk", "network", "names"})
"""What those inside a container lack when it does."""

FAILS: dict[Want, frozenset[Aspect]] = {
    "run": frozenset({"dead"}),
    "disk": frozenset({"dead", "stalled"}),
    "network": frozenset({"dead", "network", "service"}),
    "names": frozenset({"dead", "stalled", "network", "names"}),
    "log": frozenset({"dead", "disk", "log"}),
    "service": frozenset({"dead", "stalled"}),
    "manage": frozenset({"dead", "stalled", "manage"}),
}
"""For each kind of need: what about the one that is needed lets it fail."""


# --- what follows -----------------------------------------------------------------------------


def moments(
    components: Sequence[Component],
    events: Iterable[After],
    crashed: Collection[str],
    settings: Mapping[str, str],
) -> tuple[Moment, ...]:
    """The moments after a failure: at once, then one for each event that happens.

    What is dead stays dead until an event restarts it. An event waits for the component that
    brings it about, and those of one failure wait for each other; an event whose component
    doesn't come back never happens.
    """
    now = conditions(components, crashed, (), settings)
    found = [Moment(None, now, frozenset(crashed))]
    gone = {id for id, one in now.items() if one.state in DEAD}
    ended: set[str] = set()
    waiting = [event for event in events if event.of in crashed and holds(event.when, settings)]
    while event := _next(waiting, now):
        waiting.remove(event)
        what = _with_contents(components, event.what)
        if event.does in ("restarts", "fails over"):
            gone -= what
            ended -= what
        elif event.does in ("ends", "cleans up"):
            gone |= what
            ended |= what
        failed = [id for id in crashed if id in gone]
        now = conditions(components, failed, gone - set(failed), settings)
        found.append(Moment(event, now, frozenset({*failed, *ended})))
    return tuple(found)


def _next(waiting: Iterable[After], now: Mapping[str, Condition]) -> After | None:
    """The first event that can happen: the first of its failure, by somebody who is alive."""
    begun: set[str] = set()
    for event in waiting:
        if event.of not in begun and (event.by not in now or now[event.by].state not in DEAD):
            return event
        begun.add(event.of)
    return None


def _with_contents(components: Sequence[Component], ids: Iterable[str]) -> set[str]:
    found = set(ids)
    for item in components:
        if item.inside in found:
            found.add(item.id)
    return found
