"""A named system as data: components, needs and flows, and the questions one can ask of them.

Each system is one TOML file in this folder; ``load("xen")`` reads and checks it. What fails when a
component fails is computed here from the needs; no file lists victims.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import networkx as nx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hvlib.words import _

Layer = Literal["hardware", "host", "hypervisor", "guest", "runtime", "application"]
For = Literal["run", "io", "manage"]
State = Literal["up", "crashed", "down", "stalled", "unmanaged"]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class SystemFileError(ValueError):
    """A system file that can't be used: names the file, the key and the reason."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(_Record):
    """What a component needs another for.

    run: it dies with it. io: it stalls without it. manage: it runs on but can't be changed.
    Several needs with the same ``any`` name are alternatives: one that is up is enough.
    """

    of: Identifier
    for_: For = Field(alias="for")
    any: str = ""


class Component(_Record):
    """A part of the system.

    inside: the component that contains it in the picture. layer: which layer it belongs to, and so
    its colour. privilege: where it runs, in words ("ring 0, root mode"). boundary: the protection
    domain it belongs to; a step between two different ones crosses a privilege boundary. owns: what
    it has sole control of. row: its row inside its container, 0 at the bottom. tenant: for what a
    customer sees as theirs (a guest, a container): its name.
    """

    id: Identifier
    name: str
    layer: Layer
    does: str
    privilege: str
    boundary: str
    inside: Identifier | None = None
    owns: str = ""
    row: int = Field(default=0, ge=0)
    role: Literal["", "guest", "container", "hypervisor", "kernel", "manager", "hardware"] = ""
    needs: tuple[Need, ...] = ()
    sources: tuple[str, ...] = ()


class Link(_Record):
    """An undirected connection over which a flow may step. kind: what travels there."""

    between: tuple[Identifier, Identifier]
    kind: Literal["data", "control"] = "data"
    label: str = ""


class Step(_Record):
    """One step of a flow: to which component, and one sentence on what happens there."""

    at: Identifier
    says: str


class Flow(_Record):
    """A packet sent, a disk write, a page fault or a management command, step by step."""

    id: Identifier
    name: str
    steps: tuple[Step, ...] = Field(min_length=2)


class Misconception(_Record):
    """A mistake people make about the system, and what is true."""

    claim: str
    truth: str
    source: str = ""


class Classification(_Record):
    """The type it is usually given (``"1"``, ``"2"``, ...), why, and the other side."""

    type: Literal["os", "1", "2", "1 or 2", "container", "container in a VM", "user-space kernel"]
    because: str
    argued: str
    owns_hardware: str
    """Who owns the hardware: Goldberg's question."""


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
        places = [self.component(step.at).boundary for step in self.flow(flow).steps]
        pairs = pairwise(places)
        return tuple((here, there) for here, there in pairs if here != there)


_DEAD: frozenset[State] = frozenset({"crashed", "down"})
_RANK: dict[State, int] = {"up": 0, "unmanaged": 1, "stalled": 2, "down": 3, "crashed": 4}


def parse(text: str, where: str) -> System:
    """A system from TOML text. Raises SystemFileError naming ``where``, the key and the reason."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SystemFileError(f"{where}: {error}") from error
    try:
        system = System(**data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SystemFileError(f"{where}: {key}: {first['msg']}") from error
    _check(system, where)
    return system


def _check(system: System, where: str) -> None:
    ids = [item.id for item in system.components]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise SystemFileError(f"{where}: components: the id {twice[0]!r} is used twice")
    known = set(ids)
    graph = system.graph()
    for item in system.components:
        if item.inside is not None and item.inside not in known:
            raise SystemFileError(f"{where}: {item.id}.inside: no component {item.inside!r}")
        for need in item.needs:
            if need.of not in known:
                raise SystemFileError(f"{where}: {item.id}.needs: no component {need.of!r}")
    containers = nx.DiGraph((item.id, item.inside) for item in system.components if item.inside)
    if not nx.is_directed_acyclic_graph(containers):
        raise SystemFileError(f"{where}: inside: components contain each other in a circle")
    for link in system.links:
        for end in link.between:
            if end not in known:
                raise SystemFileError(f"{where}: links: no component {end!r}")
    for flow in system.flows:
        stops = [step.at for step in flow.steps]
        for stop in stops:
            if stop not in known:
                raise SystemFileError(f"{where}: flow {flow.id}: no component {stop!r}")
        for here, there in pairwise(stops):
            if here != there and not graph.has_edge(here, there):
                raise SystemFileError(f"{where}: flow {flow.id}: no link {here} - {there}")


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
        return parse(Path(system).read_text(encoding="utf-8"), str(system))
    return _load(system)


@cache
def _load(id: str) -> System:
    if id not in names():
        message = _("no system {id!r}; the book has {known}")
        raise KeyError(message.format(id=id, known=", ".join(names())))
    text = (files("hvlib.systems") / f"{id}.toml").read_text(encoding="utf-8")
    return parse(text, f"hvlib/systems/{id}.toml")
