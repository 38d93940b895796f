"""What a container gets at through a list of processes that it shares with the machine."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from hvlib.host.containers import Container
from hvlib.host.processes import Process
from hvlib.host.tree import Tree
from hvlib.host.walls import Fact, Walls, rights
from hvlib.trust import DAC_OVERRIDE
from hvlib.words import _

Held = tuple[Container, Walls]


def with_doors(tree: Tree, found: Sequence[Held], others: Iterable[Process]) -> tuple[Held, ...]:
    """The containers, with the doors that a shared process list is. others: in no container."""
    programs = list(others)
    return tuple((one, _opened(tree, one, around, found, programs)) for one, around in found)


def opens(around: Walls, other: Walls) -> bool:
    """Whether a container behind these walls has the files of another one's processes."""
    return bool(
        _shares(around)
        and around.rights is not None
        and other.rights is not None
        and around.rights.opens(other.rights)
    )


def _shares(around: Walls) -> bool:
    return any(fact.setting == "--pid=host" for fact in around.facts)


def _opened(
    tree: Tree, one: Container, around: Walls, found: Sequence[Held], programs: list[Process]
) -> Walls:
    if not _shares(around):
        return around
    doors: list[Fact] = []
    if any(it is not one and opens(around, other) for it, other in found):
        says = _("By the process list it has the files of other containers.")
        doors.append(_door(one, says, "neighbours"))
    doors.extend(_to_the_machine(tree, one, around, programs))
    return replace(around, facts=(*around.facts, *doors))


def _to_the_machine(
    tree: Tree, one: Container, around: Walls, programs: list[Process]
) -> Iterator[Fact]:
    """The door that a program outside is: its root is the machine's, and so are its files."""
    mine = around.rights
    if mine is None or not mine.may(DAC_OVERRIDE):
        return
    for item in programs:
        if (theirs := rights(tree, item)) is not None and mine.opens(theirs):
            says = _("By the process list it has the machine’s files, as user {user} sees them.")
            yield _door(one, says.format(user=item.user), "kernel")
            return


def _door(one: Container, says: str, controls: str) -> Fact:
    evidence = f"/proc/{one.leader.pid}/ns/pid"
    return Fact("door", "doors", says, evidence, controls, "--pid=host")
