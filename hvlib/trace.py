"""What a run of a model and a run of a real machine both produce: a Trace of Events.

Models and real experiments never import each other. They meet here, so that one picture
draws either and a comparison of the two needs no glue.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from hvlib.words import _, ngettext

Source = Literal["model", "measured", "recorded"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    time: seconds since the start of the run.
    kind: what happened, in the field's terms (``"run"``, ``"exit"``, ``"round"``, ``"console"``).
    actor: to whom (a vCPU, domain, host or process).
    duration: seconds it took; 0 for an instant.
    detail: anything else, JSON-able.
    """

    time: float
    kind: str
    actor: str
    duration: float = 0.0
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> float:
        """Seconds since the start of the run at which it was over."""
        return self.time + self.duration


_MACHINE = re.compile(
    r"(?P<processor>.+), (?P<n>\d+) CPUs?(?:, busy with other work \(load (?P<load>[\d.]+)\))?"
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a measured trace comes from: enough for a reader to judge it and to repeat it.

    kvm: by what the machine's KVM runs a guest ("VT-x", "SVM" or "PVM"; empty without KVM).
    virtual: whether the machine was itself a guest.
    """

    machine: str
    kernel: str
    date: str
    command: str
    kvm: str = ""
    virtual: bool = False

    @property
    def machine_in_words(self) -> str:
        """``machine``, which recordings store in English, in the reader's language."""
        parts = _MACHINE.fullmatch(self.machine)
        if parts is None:
            return self.machine
        n = int(parts["n"])
        told = ngettext("{processor}, {n} CPU", "{processor}, {n} CPUs", n)
        told = told.format(processor=parts["processor"], n=n)
        if parts["load"] is None:
            return told
        busy = _("{machine}, busy with other work (load {load:.1f})")
        return busy.format(machine=told, load=float(parts["load"]))


@dataclass(frozen=True, slots=True)
class Trace:
    """Events in the order of their times, with where they come from.

    source: ``"model"`` (computed), ``"measured"`` (just now, here) or ``"recorded"`` (earlier,
    perhaps elsewhere). A recorded trace always carries its provenance.
    summary: named totals of the run (``{"downtime": 0.0045}``), JSON-able.
    instead: why a recording stands in for a run here and now; it is not stored with the trace.

    Raises ValueError for a recorded trace without provenance and for times that run backwards.
    """

    title: str
    events: tuple[Event, ...]
    source: Source = "model"
    provenance: Provenance | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    instead: str = ""

    def __post_init__(self) -> None:
        if self.source == "recorded" and self.provenance is None:
            raise ValueError(f"recorded trace {self.title!r} has no provenance")
        previous = 0.0
        for number, event in enumerate(self.events):
            if event.time < previous:
                raise ValueError(
                    f"trace {self.title!r}: event {number} ({event.kind}) at {event.time} s "
                    f"comes after one at {previous} s"
                )
            previous = event.time

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    @property
    def duration(self) -> float:
        """Seconds from 0 to the end of the last event."""
        return max((event.end for event in self.events), default=0.0)

    def where(self, test: Callable[[Event], bool]) -> tuple[Event, ...]:
        """The events for which ``test`` holds."""
        return tuple(event for event in self.events if test(event))

    def of_kind(self, *kinds: str) -> tuple[Event, ...]:
        """The events of these kinds."""
        return self.where(lambda event: event.kind in kinds)

    def to_json(self) -> str:
        """The trace as JSON text that :meth:`from_json` reads back to an equal trace."""
        data = asdict(self)
        del data["instead"]
        return json.dumps(data, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Trace":
        """Read what :meth:`to_json` wrote. Raises ValueError for anything else."""
        try:
            data = json.loads(text)
            data["events"] = tuple(Event(**event) for event in data["events"])
            if data.get("provenance"):
                data["provenance"] = Provenance(**data["provenance"])
            return cls(**data)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a stored trace: {error}") from error
