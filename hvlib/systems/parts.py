"""What a system file is made of: components and needs, flows, settings, what follows a crash.

Each class is a table of the file and describes its keys; ``hvlib.systems.system`` puts
them together.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hvlib.columns import columns
from hvlib.texts import in_words
from hvlib.trust import Guard, Layer, Setting


def _pairs(value: object) -> object:
    return tuple(value.items()) if isinstance(value, dict) else value


def _fits(name: str) -> str:
    if columns(name) > NAME:
        raise ValueError(f"{name!r} takes {columns(name)} columns; there is room for {NAME}")
    return name


NAME = 22
"""Columns that the name of a component may take."""

Lack = Literal["disk", "network", "names", "log", "service", "manage"]
For = Literal["run", "io", "disk", "network", "names", "log", "service", "manage"]
State = Literal["up", "crashed", "down", "stalled", "limited", "unmanaged"]
Role = Literal["", "hardware", "hypervisor", "kernel", "manager", "guest", "container", "outside"]
When = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)]
"""Settings and the values they must have; in the file a table, here pairs, which can be hashed."""
Does = Literal["notices", "ends", "cleans up", "restarts", "fails over"]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
FlowIdentifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*(\+back)?$")]
BACK = "+back"
"""What follows a flow's id where its way back is meant too: ``packet+back``."""


class Record(BaseModel):
    """A part of a system file: fixed once read, and with no key that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(Record):
    """What a component needs another for.

    run: it dies with it. disk: reads and writes wait without it. network: packets come and go by
    it. io: disk and network in one. names: name lookups. log: where its output goes. service: a
    client's requests are answered there, or go by there. manage: it is changed from there, and
    runs on without. Several needs with the same ``any`` name are alternatives: one that is up is
    enough. power: whether what is needed to run or to manage also controls the component, as it
    mostly does. when: the settings of the system with which it is needed (all, if it says none).
    """

    of: Identifier
    for_: For = Field(alias="for")
    any: str = ""
    power: bool = True
    when: When = ()

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What is lacking when this need isn't met; nothing for ``run``, without which it dies."""
        if self.for_ == "run":
            return ()
        return ("disk", "network") if self.for_ == "io" else (self.for_,)


class Remark(Record):
    """Something worth knowing of a component: a sentence, what it rests on, and where to read on.

    page: a notebook of the book and a heading in it, ``"04-containers-vs-vms.ipynb#Guards"``.
    """

    says: str
    source: str = ""
    page: str = Field(default="", pattern=r"^(|[\w./-]+\.ipynb(#.*)?)$")


class Component(Record):
    """A part of the system.

    inside: the component that contains it in the picture. layer: which layer it belongs to, and so
    its colour. privilege: where it runs, in words ("ring 0, root mode"). boundary: the protection
    domain it belongs to, in words; a step between two different ones is a crossing.
    owns: what it has sole control of. row: its row inside its container, 0 at the bottom.
    controls: components that it touches with power over them though none needs it, as a tool does
    that runs as root and exits; it matters to an attacker, not to a crash. role: what it is to
    the others; "outside" stands on another machine, in the picture only because it
    talks to this one. guards: what stands between a container and the kernel beside its
    namespaces. settings: how it is run, where an option takes a wall away or opens a door.
    unsure: what isn't known of it, in words; it is then drawn with a question mark.
    """

    id: Identifier
    name: Annotated[str, AfterValidator(_fits)]  # two lines in a box
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
    guards: tuple[Guard, ...] = ()
    settings: tuple[Setting, ...] = ()
    unsure: str = ""
    remarks: tuple[Remark, ...] = ()
    sources: tuple[str, ...] = ()


class Link(Record):
    """An undirected connection over which a flow may step. kind: what travels there."""

    between: tuple[Identifier, Identifier]
    kind: Literal["data", "control"] = "data"
    label: str = ""


class Step(Record):
    """One step of a flow: to which component, and one sentence on what happens there.

    by: for a step into another protection domain, how ("system call", "VM exit"). equal: whether
    both domains have the same privilege, as two user processes have, or two parts of ring 0.
    """

    at: Identifier
    says: str
    by: str = ""
    equal: bool = False


class Flow(Record):
    """A packet sent, a disk write, a page fault or a management command, step by step.

    back: the steps of the way back (an interrupt, an event, an unmap), from the last of ``steps``.
    """

    id: FlowIdentifier
    name: str
    steps: tuple[Step, ...] = Field(min_length=2)
    back: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Crossing:
    """A change of protection domain in a flow: at which step, from where to where, and how.

    equal: whether the privilege stays as it was.
    """

    step: int
    source: str
    target: str
    by: str
    equal: bool = False

    def words(self) -> dict[str, str]:
        """From where, to where and how, in the reader's language."""
        return {
            "source": in_words("boundary", self.source),
            "target": in_words("boundary", self.target),
            "by": in_words("by", self.by),
        }


class Option(Record):
    """A setting of the system that its needs and what follows a crash depend on.

    The option with the id ``end`` says how a component ends: "crash", or "stop" for an
    ordinary one.
    """

    id: Identifier
    name: str
    values: tuple[str, ...] = Field(min_length=2)
    default: str
    note: str = ""


class After(Record):
    """One event that follows the failure of a component; they happen in the order of the file.

    of: the component that fails. by: who does it, a component's id or, for what isn't drawn, a
    name ("systemd"); a component that is dead itself does nothing until it is back. does: notices
    (nothing changes yet), ends or cleans up ``what``, restarts it, or fails it over (it is started
    anew on another machine; here it stays dead with its own). ``what`` names all that changes; what
    lies inside comes along. after: the time since the event before ("2 s"), empty for at once.
    says: one sentence on it. when: the settings with which it happens (all, if it says none).
    """

    of: Identifier
    by: str = Field(min_length=1)
    does: Does
    what: tuple[Identifier, ...] = ()
    after: str = ""
    says: str
    when: When = ()
    source: str = Field(min_length=1)


class Checked(Record):
    """Against which version of which product a file was checked, when, and in which source."""

    product: str
    version: str
    date: date
    source: str


class Misconception(Record):
    """A mistake people make, what is true, and a source for either."""

    claim: str
    truth: str
    source: str = ""


class Answers(Record):
    """Four yes/no answers that tell the types of hypervisor apart (see ``classify``)."""

    os_first: bool
    """Does a general-purpose operating system boot first and keep the hardware?"""
    guest_is_process: bool
    """Is each guest a process of that system, scheduled like its other processes?"""
    os_drivers: bool
    """Do the drivers of a general-purpose operating system do the guests' I/O?"""
    os_is_vmm: bool
    """Is the code that enters and leaves the guest part of that system's own kernel?"""


class Classification(Record):
    """The type it is usually given (``"1"``, ``"2"``, ...), why, and the other side.

    ``answers`` are those for the hypervisor in it; None where no guest has a kernel of its own.
    """

    type: Literal["os", "1", "2", "1 or 2", "container", "container in a VM", "user-space kernel"]
    because: str
    argued: str
    owns_hardware: str
    """Who owns the hardware: Goldberg's question."""
    answers: Answers | None = None
