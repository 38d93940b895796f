"""A named system as data: components, needs and flows, and the questions one can ask of them.

Each system is one TOML file in this folder; ``load("xen")`` reads and checks it. What fails when a
component fails is computed here from the needs; no file lists victims. A component that says
nothing of its layer, privilege or boundary has those of its container.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hvlib.trust import Layer
from hvlib.words import _

if TYPE_CHECKING:
    import networkx as nx

For = Literal["run", "io", "manage"]
State = Literal["up", "crashed", "down", "stalled", "unmanaged"]
Role = Literal["", "hardware", "hypervisor", "kernel", "manager", "guest", "container", "outside"]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class SystemFileError(ValueError):
    """A system file that can't be used: names the file, the key and the reason."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(_Record):
    """What a component needs another for.

    run: it dies with it. io: it stalls without it. manage: it runs on but can't be changed.
    Several needs with the same ``any`` name are alternatives: one that is up is enough. power:
    whether what is needed to run or to manage also controls the component, as it mostly does.
    """

    of: Identifier
    for_: For = Field(alias="for")
    any: str = ""
    power: bool = True


class Component(_Record):
    """A part of the system.

    inside: the component that contains it in the picture. layer: which layer it belongs to, and so
    its colour. privilege: where it runs, in words ("ring 0, root mode"). boundary: the protection
    domain it belongs to, in words; a step between two different ones crosses a privilege boundary.
    owns: what it has sole control of. row: its row inside its container, 0 at the bottom.
    controls: components that it touches with power over them though none needs it, as a tool does
    that runs as root and exits; it matters to an attacker, not to a crash. role: what it is to
    the others; "outside" stands on another machine, in the picture only because it
    talks to this one.
    """

    id: Identifier
    name: str = Field(max_length=22)  # two lines in a box
    layer: Layer
    does: str
    privilege: str
    boundary: str
    inside: Identifier | None = None
    owns: str = ""
    row: int = Field(default=0, ge=0)
    role: Role = ""
    needs: tuple[Need, ...] = ()
    controls: tuple[Identifier, ...] = ()
    sources: tuple[str, ...] = ()


class Link(_Record):
    """An undirected connection over which a flow may step. kind: what travels there."""

    between: tuple[Identifier, Identifier]
    kind: Literal["data", "control"] = "data"
    label: str = ""


class Step(_Record):
    """One step of a flow: to which component, and one sentence on what happens there.

    by: for a step that crosses a privilege boundary, how ("system call", "VM exit").
    """

    at: Identifier
    says: str
    by: str = ""


class Flow(_Record):
    """A packet sent, a disk write, a page fault or a management command, step by step."""

    id: Identifier
    name: str
    steps: tuple[Step, ...] = Field(min_length=2)


@dataclass(frozen=True)
class Crossing:
    """A privilege boundary that a flow crosses: at which step, from where to where, and how."""

    step: int
    source: str
    target: str
    by: str


class Misconception(_Record):
    """A mistake people make, what is true, and a source for either."""

    claim: str
    truth: str
    source: str = ""


class Answers(_Record):
    """Four yes/no answers that tell the types of hypervisor apart (see ``classify``)."""

    os_first: bool
    """Does a general-purpose operating system boot first and keep the hardware?"""
    guest_is_process: bool
    """Is each guest a process of that system, scheduled like its other processes?"""
    os_drivers: bool
    """Do the drivers of a general-purpose operating system do the guests' I/O?"""
    os_is_vmm: bool
    """Is the code that enters and leaves the guest part of that system's own kernel?"""


class Classification(_Record):
    """The type it is usually given (``"1"``, ``"2"``, ...), why, and the other side.

    ``answers`` are those for the hypervisor in it; None where no guest has a kernel of its own.
    """

    type: Literal["os", "1", "2", "1 or 2", "container", "container in a VM", "user-space kernel"]
    because: str
    argued: str
    owns_hardware: str
    """Who owns the hardware: Goldberg's question."""
    answers: Answers | None = None


class System(_Record):
    """A system: what it consists of, what needs what, and how things flow through it."""

    id: Identifier
    name: str
    summary: str
    classification: Classification
    status: str = ""
    components: tuple[Component, ...] = Field(min_length=1)
    links: tuple[Link, ...] = ()
    flows: tuple[Flow, ...] = ()
    misconceptions: tuple[Misconception, ...] = ()
    sources: tuple[str, ...] = Field(min_length=1)

    def component(self, id: str) -> Component:
        """The component with this id. Raises KeyError naming system and known ids."""
        for item in self.components:
            if item.id == id:
                return item
        known = ", ".join(item.id for item in self.components)
        raise KeyError(f"{self.id} has no component {id!r}; it has {known}")

    def flow(self, id: str) -> Flow:
        """The flow with this id. Raises KeyError naming system and known flows."""
        for item in self.flows:
            if item.id == id:
                return item
        known = ", ".join(item.id for item in self.flows)
        raise KeyError(f"{self.id} has no flow {id!r}; it has {known}")

    def of_role(self, *roles: str) -> tuple[Component, ...]:
        """The components with one of these roles."""
        return tuple(item for item in self.components if item.role in roles)

    def children(self, id: str | None) -> tuple[Component, ...]:
        """The components directly inside ``id``; with None, those inside nothing."""
        return tuple(item for item in self.components if item.inside == id)

    def ancestors(self, id: str) -> tuple[str, ...]:
        """The containers around a component, innermost first."""
        chain: list[str] = []
        inside = self.component(id).inside
        while inside is not None:
            chain.append(inside)
            inside = self.component(inside).inside
        return tuple(chain)

    def graph(self) -> "nx.Graph[str]":
        """The links as a networkx graph over component ids."""
        import networkx as nx  # takes as long to load as all the rest, and is asked for only here

        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(item.id for item in self.components)
        for link in self.links:
            graph.add_edge(*link.between, kind=link.kind, label=link.label)
        return graph

    def states(self, crashed: Iterable[str]) -> dict[str, State]:
        """The state of every component when those in ``crashed`` have failed.

        A component is down when what it needs to run, or its container, is down; stalled when what
        it needs for I/O is down or stalled; unmanaged when what it needs for management is not up.
        """
        states: dict[str, State] = {item.id: "up" for item in self.components}
        for id in crashed:
            states[self.component(id).id] = "crashed"
        changed = True
        while changed:
            changed = False
            for item in self.components:
                worse = self._state(item, states)
                if _RANK[worse] > _RANK[states[item.id]]:
                    states[item.id] = worse
                    changed = True
        return states

    def _state(self, item: Component, states: Mapping[str, State]) -> State:
        if item.inside is not None and states[item.inside] in _DEAD:
            return "down"
        if self._lacks(item, "run", states, _DEAD):
            return "down"
        stalled: frozenset[State] = _DEAD | {"stalled"}
        if item.inside is not None and states[item.inside] == "stalled":
            return "stalled"
        if self._lacks(item, "io", states, stalled):
            return "stalled"
        if self._lacks(item, "manage", states, stalled | {"unmanaged"}):
            return "unmanaged"
        return "up"

    @staticmethod
    def _lacks(
        item: Component, purpose: For, states: Mapping[str, State], bad: frozenset[State]
    ) -> bool:
        groups: dict[str, list[bool]] = {}
        for number, need in enumerate(item.needs):
            if need.for_ == purpose:
                groups.setdefault(need.any or f"#{number}", []).append(states[need.of] in bad)
        return any(all(group) for group in groups.values())

    def crossings(self, flow: str) -> tuple[tuple[str, str], ...]:
        """The privilege boundaries that a flow crosses: (from boundary, to boundary) in order."""
        return tuple((item.source, item.target) for item in self.passages(flow))

    def passages(self, flow: str) -> tuple[Crossing, ...]:
        """The privilege boundaries that a flow crosses, with step and mechanism.

        A device has no privilege level, so a step to or from the hardware is not a crossing.
        """
        steps = self.flow(flow).steps
        stops = [self.component(step.at) for step in steps]
        return tuple(
            Crossing(number, here.boundary, there.boundary, steps[number].by)
            for number, (here, there) in enumerate(pairwise(stops), start=1)
            if _crosses(here, there)
        )


def _crosses(here: Component, there: Component) -> bool:
    software = here.layer != "hardware" and there.layer != "hardware"
    return software and here.boundary != there.boundary


_DEAD: frozenset[State] = frozenset({"crashed", "down"})
_RANK: dict[State, int] = {"up": 0, "unmanaged": 1, "stalled": 2, "down": 3, "crashed": 4}


_INHERITED = ("layer", "privilege", "boundary")


def parse(text: str, where: str) -> System:
    """A system from TOML text. Raises SystemFileError naming ``where``, the key and the reason."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SystemFileError(f"{where}: {error}") from error
    _inherit(data, where)
    try:
        system = System.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = _key(first["loc"], data)
        raise SystemFileError(f"{where}: {key}: {first['msg']}") from error
    for problem in _problems(system):
        raise SystemFileError(f"{where}: {problem}")
    return system


def _inherit(data: dict[str, Any], where: str) -> None:
    """Give each raw component what it leaves open and its container states."""
    items = data.get("components")
    raw = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    by_id = {item["id"]: item for item in raw if isinstance(item.get("id"), str)}
    for item in raw if len(by_id) == len(raw) else []:
        # Said here, because what fails later is what the container should have given.
        if "inside" in item and item["inside"] not in list(by_id):
            raise SystemFileError(f"{where}: {item['id']}.inside: no component {item['inside']!r}")
    for item in raw:
        for key in _INHERITED:
            if key not in item and (value := _from_containers(item, key, by_id)) is not None:
                item[key] = value


def _from_containers(item: dict[str, Any], key: str, by_id: dict[str, dict[str, Any]]) -> Any:
    for _step in by_id:  # at most as many containers as components, even in a circle
        inside = item.get("inside")
        if not isinstance(inside, str) or inside not in by_id:
            return None
        item = by_id[inside]
        if key in item:
            return item[key]
    return None


def _key(loc: tuple[int | str, ...], data: dict[str, Any]) -> str:
    """Where in the file an error is, with ids in place of numbers."""
    parts: list[str] = []
    value: Any = data
    for part in loc:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            value = None
        named = isinstance(part, int) and isinstance(value, dict) and "id" in value
        parts.append(str(value["id"]) if named else str(part))
    return ".".join(parts)


def _problems(system: System) -> Iterator[str]:
    """What is wrong with a system whose every record is well formed."""
    yield from _repeated("components", [item.id for item in system.components])
    yield from _repeated("flows", [flow.id for flow in system.flows])
    yield from _unknown(system)
    containers = {item.id: [item.inside] for item in system.components if item.inside}
    try:
        TopologicalSorter(containers).prepare()
    except CycleError:
        yield "inside: components contain each other in a circle"
        return
    yield from _bad_links(system)
    yield from _bad_steps(system)


def _repeated(what: str, ids: list[str]) -> Iterator[str]:
    for id in sorted({id for id in ids if ids.count(id) > 1}):
        yield f"{what}: the id {id!r} is used twice"


def _unknown(system: System) -> Iterator[str]:
    """References to components that don't exist (containers are checked before)."""
    named = [(f"{item.id}.needs", need.of) for item in system.components for need in item.needs]
    named += [(f"{item.id}.controls", id) for item in system.components for id in item.controls]
    named += [("links", end) for link in system.links for end in link.between]
    named += [(f"flow {flow.id}", step.at) for flow in system.flows for step in flow.steps]
    known = {item.id for item in system.components}
    for key, id in named:
        if id not in known:
            yield f"{key}: no component {id!r}"


def _bad_links(system: System) -> Iterator[str]:
    seen: set[frozenset[str]] = set()
    for link in system.links:
        here, there = link.between
        if here == there or here in system.ancestors(there) or there in system.ancestors(here):
            yield f"links: {here} - {there} joins a component with itself or its own container"
        if frozenset(link.between) in seen:
            yield f"links: {here} - {there} is there twice"
        seen.add(frozenset(link.between))


def _bad_steps(system: System) -> Iterator[str]:
    joined = {frozenset(link.between) for link in system.links}
    for flow in system.flows:
        for before, step in pairwise(flow.steps):
            if frozenset((before.at, step.at)) not in joined:
                yield f"flow {flow.id}: no link {before.at} - {step.at}"
        crossed = {item.step for item in system.passages(flow.id)}
        for number, step in enumerate(flow.steps):
            if bool(step.by) != (number in crossed):
                fault = "crosses no boundary but has" if step.by else "crosses a boundary without"
                yield f"flow {flow.id}: step {number} at {step.at} {fault} a `by`"


@cache
def names() -> tuple[str, ...]:
    """The ids of the systems that come with the book, sorted."""
    entries = (entry.name for entry in files("hvlib.systems").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml")))


def load(system: str | Path) -> System:
    """A system by id (``"xen"``) or from a file of the reader's own.

    Raises KeyError for an unknown id and SystemFileError for a file that can't be used.
    """
    if isinstance(system, Path) or str(system).endswith(".toml"):
        return parse(_read(Path(system)), str(system))
    return _load(system)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SystemFileError(f"{path}: can't be read: {error}") from error


@cache
def _load(id: str) -> System:
    if id not in names():
        message = _("no system {id!r}; the book has {known}")
        raise KeyError(message.format(id=id, known=", ".join(names())))
    text = (files("hvlib.systems") / f"{id}.toml").read_text(encoding="utf-8")
    return parse(text, f"hvlib/systems/{id}.toml")
