"""A named system as data: components, needs and flows, and the questions one can ask of them.

Each system is one TOML file in this folder; ``load("xen")`` reads and checks it. What fails when a
component fails is computed from the needs, and what follows from the file's events
(``hvlib.systems.failure``). What the tables of a file mean is said at their classes in
``hvlib.systems.parts``. A component that says nothing of its layer, privilege or boundary has those
of its container.
"""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from hvlib.systems.failure import Condition, Moment, conditions, moments
from hvlib.systems.parts import (
    BACK,
    After,
    Checked,
    Classification,
    Component,
    Crossing,
    Flow,
    Identifier,
    Link,
    Misconception,
    Option,
    Record,
    State,
)
from hvlib.texts import SYSTEM, translate
from hvlib.words import _

if TYPE_CHECKING:
    import networkx as nx


class SystemFileError(ValueError):
    """A system file that can't be used: names the file, the key and the reason."""


class System(Record):
    """A system: what it consists of, what needs what, and how things flow through it."""

    id: Identifier
    name: str
    summary: str
    classification: Classification
    status: str = ""
    checked: tuple[Checked, ...] = ()
    options: tuple[Option, ...] = ()
    components: tuple[Component, ...] = Field(min_length=1)
    links: tuple[Link, ...] = ()
    flows: tuple[Flow, ...] = ()
    after: tuple[After, ...] = ()
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
        """The flow with this id, with its way back for ``packet+back``.

        Raises KeyError naming system and known flows.
        """
        for item in self.all_flows:
            if item.id == id:
                return item
        known = ", ".join(item.id for item in self.flows)
        raise KeyError(f"{self.id} has no flow {id!r}; it has {known}")

    @property
    def all_flows(self) -> tuple[Flow, ...]:
        """Every flow, and after each that has a way back the flow with it."""
        return tuple(way for flow in self.flows for way in _ways(flow))

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

    def settings(self, chosen: Mapping[str, str] | None = None) -> dict[str, str]:
        """The value of each option: the chosen ones, else the defaults.

        Raises ValueError for an option or a value that the system doesn't have.
        """
        known = {option.id: option for option in self.options}
        for id, value in (chosen or {}).items():
            if id not in known or value not in known[id].values:
                listed = "; ".join(f"{o.id}: {', '.join(o.values)}" for o in self.options)
                raise ValueError(f"{self.id} has no setting {id} = {value!r}; it has {listed}")
        return {id: option.default for id, option in known.items()} | dict(chosen or {})

    def conditions(
        self,
        crashed: Iterable[str],
        *,
        ended: Iterable[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> dict[str, Condition]:
        """State of every component, and what it lacks, when those in ``crashed`` have failed.

        ``ended``: those that somebody ended; they are down. See ``hvlib.systems.failure``.
        """
        failed, gone = ([self.component(id).id for id in ids] for ids in (crashed, ended))
        return conditions(self.components, failed, gone, self.settings(settings))

    def states(
        self, crashed: Iterable[str], *, settings: Mapping[str, str] | None = None
    ) -> dict[str, State]:
        """The state of every component when those in ``crashed`` have just failed."""
        found = self.conditions(crashed, settings=settings)
        return {id: condition.state for id, condition in found.items()}

    def at_once(self, crashed: Iterable[str]) -> Moment:
        """What is so when those in ``crashed`` have just failed, with all settings as they are."""
        struck = frozenset(crashed)
        return Moment(None, self.conditions(struck), struck)

    def moments(
        self, crashed: Iterable[str], settings: Mapping[str, str] | None = None
    ) -> tuple[Moment, ...]:
        """What follows when those in ``crashed`` fail: what is so at once, then each event.

        The last moment is what is left in the end.
        """
        failed = [self.component(id).id for id in crashed]
        return moments(self.components, self.after, failed, self.settings(settings))

    def crossings(self, flow: str) -> tuple[tuple[str, str], ...]:
        """The changes of protection domain in a flow: (from boundary, to boundary) in order."""
        return tuple((item.source, item.target) for item in self.passages(flow))

    def save(self, path: str | Path) -> Path:
        """Write it to a file in the form of the book's own, which :func:`load` reads again.

        Raises OSError.
        """
        from hvlib.systems.writing import as_toml

        target = Path(path).expanduser()
        target.write_text(as_toml(self), encoding="utf-8")
        return target

    def passages(self, flow: str) -> tuple[Crossing, ...]:
        """The changes of protection domain in a flow, with step and mechanism.

        A device has no privilege level, so a step to or from the hardware is not a crossing.
        """
        steps = self.flow(flow).steps
        stops = [self.component(step.at) for step in steps]
        return tuple(
            Crossing(number, here.boundary, there.boundary, steps[number].by, steps[number].equal)
            for number, (here, there) in enumerate(pairwise(stops), start=1)
            if _crosses(here, there)
        )


def _ways(flow: Flow) -> Iterator[Flow]:
    yield flow
    if flow.back:
        name = _("{flow}, and the way back").format(flow=flow.name)
        yield Flow(id=flow.id + BACK, name=name, steps=flow.steps + flow.back)


def _crosses(here: Component, there: Component) -> bool:
    software = here.layer != "hardware" and there.layer != "hardware"
    return software and here.boundary != there.boundary


_INHERITED = ("layer", "privilege", "boundary")


def parse(text: str, where: str) -> System:
    """A system from TOML text. Raises SystemFileError naming ``where``, the key and the reason."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SystemFileError(f"{where}: {error}") from error
    _inherit(data, where)
    translate(data, SYSTEM)
    try:
        system = System.model_validate(data)
    except ValidationError as error:
        raise SystemFileError(f"{where}: {_fault(error, data)}") from error
    for problem in _problems(system):
        raise SystemFileError(f"{where}: {problem}")
    return system


def _inherit(data: dict[str, Any], where: str) -> None:
    """Give each raw component what it leaves open and its container states."""
    items = data.get("components")
    raw = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    by_id = {item["id"]: item for item in raw if isinstance(item.get("id"), str)}
    if len(by_id) == len(raw):
        _check_containers(by_id, where)
    for item in raw:
        for key in _INHERITED:
            if key not in item and (value := _from_containers(item, key, by_id)) is not None:
                item[key] = value


def _check_containers(by_id: dict[str, dict[str, Any]], where: str) -> None:
    """Said first, because what fails later is what a container should have given."""
    inside = {id: item["inside"] for id, item in by_id.items() if "inside" in item}
    for id, container in inside.items():
        if container not in list(by_id):  # a list, since it may be anything
            raise SystemFileError(f"{where}: {id}.inside: no component {container!r}")
    try:
        TopologicalSorter({id: [container] for id, container in inside.items()}).prepare()
    except CycleError as circle:
        path = " in ".join(circle.args[1])
        raise SystemFileError(f"{where}: inside: a circle, {path}") from circle


def _from_containers(item: dict[str, Any], key: str, by_id: dict[str, dict[str, Any]]) -> Any:
    for _step in by_id:  # at most as many containers as components, even in a circle
        inside = item.get("inside")
        if not isinstance(inside, str) or inside not in by_id:
            return None
        item = by_id[inside]
        if key in item:
            return item[key]
    return None


def _fault(error: ValidationError, data: dict[str, Any]) -> str:
    """The first key at fault and why; a misspelt one rather than the one that is then missing."""
    errors = error.errors()
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    key = _key(first["loc"], data)
    if first["type"] != "extra_forbidden":
        return f"{key}: {first['msg']}"
    known = {f.alias or name for r in Record.__subclasses__() for name, f in r.model_fields.items()}
    close = difflib.get_close_matches(name := str(first["loc"][-1]), known - {name}, n=1)
    return f"{key}: no such key" + (f"; did you mean {close[0]!r}?" if close else " here")


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
    yield from _bad_links(system)
    yield from _bad_steps(system)
    yield from _bad_settings(system)


def _repeated(what: str, ids: list[str]) -> Iterator[str]:
    for id in sorted({id for id in ids if ids.count(id) > 1}):
        yield f"{what}: the id {id!r} is used twice"


def _unknown(system: System) -> Iterator[str]:
    """References to components that don't exist (containers are checked before)."""
    named = [(f"{item.id}.needs", need.of) for item in system.components for need in item.needs]
    named += [(f"{item.id}.controls", id) for item in system.components for id in item.controls]
    named += [("links", end) for link in system.links for end in link.between]
    named += [(f"flow {flow.id}", step.at) for flow in system.all_flows for step in flow.steps]
    named += [("after", id) for event in system.after for id in (event.of, *event.what)]
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
    for flow in system.all_flows:
        for before, step in pairwise(flow.steps):
            if frozenset((before.at, step.at)) not in joined:
                yield f"flow {flow.id}: no link {before.at} - {step.at}"
        crossed = {item.step for item in system.passages(flow.id)}
        for number, step in enumerate(flow.steps):
            if bool(step.by) != (number in crossed):
                fault = "crosses no boundary but has" if step.by else "crosses a boundary without"
                yield f"flow {flow.id}: step {number} at {step.at} {fault} a `by`"
            if step.equal and number not in crossed:
                yield f"flow {flow.id}: step {number} at {step.at} crosses no boundary but is equal"


def _bad_settings(system: System) -> Iterator[str]:
    """Defaults that aren't among the values, and conditions that name no setting."""
    known = {option.id: option.values for option in system.options}
    for option in system.options:
        if option.default not in option.values:
            yield f"options: {option.id} has no value {option.default!r}"
    said = [(f"{item.id}.needs", need.when) for item in system.components for need in item.needs]
    said += [(f"after {event.of}", event.when) for event in system.after]
    for key, when in said:
        for id, value in when:
            if value not in known.get(id, ()):
                yield f"{key}: no setting {id} = {value!r}"


@cache
def names() -> tuple[str, ...]:
    """The ids of the systems that come with the book, sorted."""
    entries = (entry.name for entry in files("hvlib.systems").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml")))


def load(system: str | Path | System) -> System:
    """A system by id (``"xen"``) or from a file of the reader's own; a System is one already.

    Raises KeyError for an unknown id and SystemFileError for a file that can't be used.
    """
    if isinstance(system, System):
        return system
    if isinstance(system, Path) or str(system).endswith(".toml"):
        return parse(_read(Path(system)), str(system))
    return _load(str(system))


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
