"""Building questions from computed values, so that no answer is ever typed in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from hvlib.questions.question import Choice, Misconception, Order, Pick, Trap
from hvlib.questions.wrong_rules import stopped
from hvlib.systems.system import System, load
from hvlib.table import Table


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice. value: what a model would have to say for it to be right.

    reveals: the misconception behind choosing it, if any.
    """

    text: str
    value: Any
    reveals: Misconception | None = None


def choice(prompt: str, value: Any, *options: Option, **more: Any) -> Choice:
    """A choice whose right option is the one that has the computed ``value``.

    ``more``: what any question has. Raises ValueError unless exactly one option has the value.
    """
    right = [number for number, option in enumerate(options) if option.value == value]
    if len(right) != 1:
        raise ValueError(f"{len(right)} options have the value {value!r}")
    traps = tuple(
        Trap(number, option.reveals) for number, option in enumerate(options) if option.reveals
    )
    return Choice(
        prompt=prompt,
        options=tuple(option.text for option in options),
        answer=right[0],
        traps=traps,
        **more,
    )


def facts(*rows: tuple[str, str]) -> Table:
    """An exhibit of names and what goes with each, a line a fact."""
    return Table(("", ""), rows, (False, False))


def pick(
    prompt: str,
    system: System,
    failed: str,
    candidates: Sequence[str],
    *traps: tuple[Iterable[str], Misconception],
    **more: Any,
) -> Pick:
    """What stops when ``failed`` does, to be clicked among the candidates.

    A click on a part counts for its whole. What stops, and what ``traps`` name, besides the
    candidates is left out. ``more``: what any question has.
    """
    counted = frozenset(candidates)
    return Pick(
        prompt=prompt,
        system=system.id,
        crashed=(failed,),
        names={item: system.component(item).name for item in candidates},
        inside=_wholes(system, counted),
        answer=stopped(system, (failed,)) & counted,
        traps=tuple(Trap(frozenset(guess) & counted, known) for guess, known in traps),
        **more,
    )


def _wholes(system: System, candidates: frozenset[str]) -> dict[str, str]:
    """Each part of a candidate, with the innermost candidate that it is a part of."""
    found = {}
    for item in system.components:
        around = [id for id in system.ancestors(item.id) if id in candidates]
        if item.id not in candidates and around:
            found[item.id] = around[0]
    return found


def order(
    prompt: str,
    right: Sequence[str],
    wrong: Sequence[tuple[Sequence[str], Misconception]] = (),
    *,
    seed: int = 1,
    flow: tuple[str, str] | None = None,
    **more: Any,
) -> Order:
    """Steps to put in order, shown shuffled (never in the right order) by ``seed``.

    ``flow`` is the system and its flow whose parts they are. ``more``: what any question has.
    Raises ValueError when two steps read alike.
    """
    if len(set(right)) != len(right):
        raise ValueError("two steps read alike")
    shown = shuffled(right, seed)
    place = {step: number for number, step in enumerate(shown)}
    return Order(
        prompt=prompt,
        options=shown,
        answer=tuple(place[step] for step in right),
        traps=tuple(Trap(tuple(place[step] for step in steps), known) for steps, known in wrong),
        flow=flow,
        at=_places(shown, *flow) if flow else (),
        **more,
    )


def _places(names: Sequence[str], system: str, flow: str) -> tuple[str, ...]:
    """The components of a flow by their names."""
    loaded = load(system)
    ids = {loaded.component(step.at).name: step.at for step in loaded.flow(flow).steps}
    return tuple(ids[name] for name in names)


def shuffled(steps: Sequence[str], seed: int) -> tuple[str, ...]:
    """The steps in another order than the given one."""
    random = Random(seed)
    shown = list(steps)
    while tuple(shown) == tuple(steps) and len(set(steps)) > 1:
        random.shuffle(shown)
    return tuple(shown)


def route(system: str, flow: str) -> tuple[str, ...]:
    """The names of the components that a flow passes, in order."""
    loaded = load(system)
    return tuple(loaded.component(step.at).name for step in loaded.flow(flow).steps)
