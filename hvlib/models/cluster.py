"""A cluster: hosts, VMs, one shared datastore and the VM that manages it all (chapter 2).

:class:`ClusterRun` takes any hosts, VMs and failures, as a picture of hosts that the reader clicks
gives them. :class:`Cluster` is the same with knobs. What happens is in
:mod:`hvlib.models.failover`; what admission control lets start in :mod:`hvlib.models.inventory`.
"""

import random
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, ClassVar, Literal

from hvlib.listed import sentences
from hvlib.models.cluster_state import DOWN, ClusterState, Guest, Span, delivered, spread
from hvlib.models.failover import Failover
from hvlib.models.inventory import (
    ADMISSIONS,
    PRIORITIES,
    RESPONSES,
    RULES,
    VM,
    Admission,
    Failure,
    Host,
    Priority,
    Response,
    Rule,
    Settings,
)
from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.models.placement import FITS, Fit
from hvlib.trace import Event, Trace
from hvlib.words import _, ngettext, pgettext

Fails = Literal[
    "nothing",
    "host",
    "two hosts",
    "vCenter's host",
    "host's network",
    "host's management network",
    "datastore",
    "vCenter",
]
FAILS: dict[Fails, str] = {
    "nothing": pgettext("failure", "nothing"),
    "host": pgettext("failure", "host"),
    "two hosts": pgettext("failure", "two hosts"),
    "vCenter's host": pgettext("failure", "vCenter's host"),
    "host's network": pgettext("failure", "host's network"),
    "host's management network": pgettext("failure", "host's management network"),
    "datastore": pgettext("failure", "datastore"),
    "vCenter": pgettext("failure", "vCenter"),
}
"""What each is called."""


@dataclass(frozen=True, slots=True)
class VMResult:
    """What became of one VM.

    host: at the end, or where it last ran. downtime: seconds without service, moves included.
    moves: by DRS. running: at the end. reason: why it does not run. spans: all its statuses.
    """

    vm: VM
    host: str
    downtime: float
    moves: int
    running: bool
    powered_on: bool
    reason: str
    spans: tuple[Span, ...]

    @property
    def failed(self) -> float:
        """Seconds without service because something failed."""
        return sum(span.end - span.start for span in self.spans if span.status in DOWN)


@dataclass(frozen=True, slots=True)
class HostResult:
    """A host at the end, and which VMs it has.

    heard: (seconds, whether the other hosts hear it from then on); before the first, they do.
    """

    host: Host
    heard: tuple[tuple[float, bool], ...]
    vms: tuple[str, ...]

    def heard_at(self, time: float) -> bool:
        """Whether the other hosts hear it at ``time``."""
        states = [heard for start, heard in self.heard if start <= time]
        return states[-1] if states else True


@dataclass(frozen=True, slots=True)
class ClusterResult(Result):
    """vms, hosts: what became of each. balance: (seconds, CPU load of each host; above 1 its VMs
    ask for more than it has).

    log: failures and what was noticed of them, as (seconds, kind, actor, detail).
    """

    vms: tuple[VMResult, ...]
    hosts: tuple[HostResult, ...]
    balance: tuple[tuple[float, tuple[float, ...]], ...]
    log: tuple[tuple[float, str, str, dict[str, Any]], ...]
    horizon: float

    @property
    def hit(self) -> tuple[VMResult, ...]:
        """The VMs that a failure kept from serving."""
        return tuple(vm for vm in self.vms if vm.failed > 0)

    @property
    def not_restarted(self) -> tuple[VMResult, ...]:
        """The VMs that ran and do not serve at the end; each with its reason."""
        return tuple(vm for vm in self.vms if vm.powered_on and not vm.running)

    @property
    def refused(self) -> tuple[VMResult, ...]:
        """The VMs that were not powered on at all; each with its reason."""
        return tuple(vm for vm in self.vms if not vm.powered_on)

    @property
    def moves(self) -> int:
        """Live migrations that DRS finished."""
        return sum(vm.moves for vm in self.vms)

    def spread(self, time: float) -> float:
        """Standard deviation of the CPU load over the hosts that the others hear then."""
        loads = [row for start, row in self.balance if start <= time][-1]
        return spread([load for load, h in zip(loads, self.hosts, strict=True) if h.heard_at(time)])

    @property
    def delivered(self) -> float:
        """The least share of the CPU it wants that a running VM gets at the end (0 to 1)."""
        return delivered(self.balance[-1][1])

    @property
    def trace(self) -> Trace:
        """One event for each span of a VM and for each failure, repair and discovery."""
        spans = [
            Event(span.start, span.status, vm.vm.name, span.end - span.start,
                  {"host": None if span.host is None else self.hosts[span.host].host.name})
            for vm in self.vms
            for span in vm.spans
        ]  # fmt: skip
        instants = [Event(time, kind, actor, 0.0, detail) for time, kind, actor, detail in self.log]
        events = sorted([*spans, *instants], key=lambda event: event.time)
        summary = {
            "hit": len(self.hit),
            "not restarted": len(self.not_restarted),
            "moves": self.moves,
        }
        return Trace(_("Cluster"), tuple(events), "model", None, summary)

    def describe(self) -> str:
        """One sentence on what failed and one on balance."""
        failed = _("{start}; {end}").format(start=self._start_in_words(), end=self._hit_in_words())
        return sentences(failed, *self._balance_in_words())

    def _start_in_words(self) -> str:
        text = ngettext(
            "Started on {hosts} host: {n} of {all} VMs",
            "Started on {hosts} hosts: {n} of {all} VMs",
            len(self.hosts),
        )
        if self.refused:
            text = ngettext(
                "Started on {hosts} host: {n} of {all} VMs ({refused} not: {why})",
                "Started on {hosts} hosts: {n} of {all} VMs ({refused} not: {why})",
                len(self.hosts),
            )
        refused, all = len(self.refused), len(self.vms)
        why = _reasons(self.refused) if self.refused else ""
        return text.format(
            hosts=len(self.hosts), n=all - refused, all=all, refused=refused, why=why
        )

    def _hit_in_words(self) -> str:
        if not self.hit:
            return _("no failure touches them.")
        times = [vm.failed for vm in self.hit]
        text = _("{n} of them stops serving, for {worst:,.0f} s; {end}.")
        if len(times) > 1:
            text = _(
                "{n} of them stop serving, for {median:,.0f} s in the median and {worst:,.0f} s at "
                "most; {end}."
            )
        end = _("all serve again at the end")
        if self.not_restarted:
            end = _("not serving at the end: {n} ({why})").format(
                n=len(self.not_restarted), why=_reasons(self.not_restarted)
            )
        median = statistics.median(times)
        return text.format(n=len(times), median=median, worst=max(times), end=end)

    def _balance_in_words(self) -> Iterator[str]:
        text = ngettext(
            "DRS moves {n} VM; the spread of the hosts' load goes from {first:.0%} to {last:.0%}.",
            "DRS moves {n} VMs; the spread of the hosts' load goes from {first:.0%} to {last:.0%}.",
            self.moves,
        )
        if not self.hosts:
            return
        first, last = self.spread(0.0), self.spread(self.horizon)
        yield text.format(n=self.moves, first=first, last=last)
        if self.delivered < 1:
            scarce = _("On the busiest host, VMs then get {share:.0%} of the CPU that they want.")
            yield scarce.format(share=self.delivered)


def _reasons(vms: Sequence[VMResult]) -> str:
    counts = Counter(vm.reason for vm in vms)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{count}: {reason}" for reason, count in counts.most_common())


DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class ClusterRun:
    """A cluster and a list of failures; ``run()`` tells what happens.

    Raises ValueError for two of the same name and for a failure of a host that is not there.
    """

    hosts: tuple[Host, ...]
    vms: tuple[VM, ...]
    failures: tuple[Failure, ...] = ()
    settings: Settings = DEFAULTS

    def __post_init__(self) -> None:
        names = Counter([host.name for host in self.hosts] + [vm.name for vm in self.vms])
        for name, count in names.items():
            if count > 1:
                raise ValueError(_("two hosts or VMs are called {name!r}").format(name=name))
        known = set(names)
        for failure in self.failures:
            needs_host = failure.component not in ("datastore", "vCenter")
            if needs_host and failure.target not in known:
                text = _("no host or VM {name!r} to fail; the hosts are {known}")
                known_text = ", ".join(host.name for host in self.hosts)
                raise ValueError(text.format(name=failure.target, known=known_text))

    def failing(self, *failures: Failure) -> "ClusterRun":
        """The same cluster with more failures."""
        return replace(self, failures=(*self.failures, *failures))

    def run(self) -> ClusterResult:
        """What happens up to the horizon of the settings."""
        run = Failover(self.hosts, self.vms, self.failures, self.settings)
        run.run()
        state = run.state
        return ClusterResult(
            tuple(self._vm_result(guest) for guest in state.guests),
            tuple(_host_result(state, index) for index in range(len(self.hosts))),
            tuple(state.balance),
            tuple(state.log),
            self.settings.horizon,
        )

    def _vm_result(self, guest: Guest) -> VMResult:
        spans = tuple(guest.spans)
        last = spans[-1].status if spans else "off"
        failed = sum(span.end - span.start for span in spans if span.status in DOWN)
        return VMResult(
            guest.vm,
            "" if guest.host is None else self.hosts[guest.host].name,
            failed + guest.move_down,
            guest.moves,
            last in ("running", "moving"),
            guest.state != "off",
            guest.reason or _STILL.get(last, ""),
            spans,
        )


def _host_result(state: ClusterState, index: int) -> HostResult:
    machine = state.machines[index]
    names = tuple(guest.vm.name for guest in machine.guests)
    return HostResult(machine.host, tuple(machine.changes), names)


_STILL = {
    "stalled": _("the datastore is down"),
    "unreachable": _("its host's network is down"),
    "crashed": _("the program in it has crashed"),
}

SIZES: tuple[tuple[float, float], ...] = ((1.0, 4.0), (2.0, 4.0), (2.0, 8.0), (4.0, 16.0))
"""GHz and GB of the VMs that :class:`Cluster` makes, all equally likely."""
MANAGEMENT = VM("vCenter", 4.0, 16.0, "high")


class Cluster(Model):
    """A cluster in which one thing fails, once.

    The hosts are equal. The VMs' sizes and restart priorities are drawn with ``seed``; each wants
    all its CPU all the time. vCenter is a VM like the others, started first, so that it stands on
    the first host. ``target`` says which host fails; the primary is host 1 until it fails.
    ``repair`` below 1: not in this run. ``reserved``: a host takes a VM where this part of the VM
    is not yet reserved, however busy the host is.
    """

    title: ClassVar[str] = _("A cluster when something fails")
    quantities: ClassVar[dict[str, Quantity]] = {
        "serving": Quantity(
            _("VMs that serve at the end"), lambda result: sum(vm.running for vm in result.vms)
        ),
        "load": Quantity(
            _("load of the fullest host"), lambda result: 100 * max(result.balance[-1][1]), "%"
        ),
        "out": Quantity(
            _("longest outage"),
            lambda result: max((vm.failed for vm in result.vms), default=0.0),
            "s",
        ),
        "hit": Quantity(_("VMs hit"), lambda result: len(result.hit)),
        "left": Quantity(_("VMs not restarted"), lambda result: len(result.not_restarted)),
        "moves": Quantity(_("moves"), lambda result: result.moves),
    }

    hosts: Annotated[int, Knob(_("Hosts"), 1, 16)] = 4
    vms: Annotated[int, Knob(_("VMs besides vCenter"), 0, 100)] = 23
    host_cpu: Annotated[float, Knob(_("CPU of a host"), 8, 128, "GHz", step=4)] = 40
    host_memory: Annotated[float, Knob(_("Memory of a host"), 32, 512, "GB", step=16)] = 128
    fails: Annotated[Fails, Knob(_("What fails"), names=FAILS)] = "host"
    target: Annotated[int, Knob(_("Which host"), 1, 16)] = 2
    at: Annotated[float, Knob(_("It fails at"), 0, 1_800, "s", step=10)] = 750
    repair: Annotated[float, Knob(_("Repaired after (0: not)"), 0, 1_800, "s", step=10)] = 0
    ha: Annotated[bool, Knob(_("High availability"))] = True
    admission: Annotated[Admission, Knob(_("Admission control"), names=ADMISSIONS)] = "percentage"
    tolerate: Annotated[int, Knob(_("Host failures to tolerate"), 0, 4)] = 1
    reserved: Annotated[float, Knob(_("Part of a VM that is reserved"), 0, 1, step=0.05)] = 0
    heartbeat_datastores: Annotated[bool, Knob(_("Heartbeats on the datastore"))] = True
    response: Annotated[Response, Knob(_("An isolated host's VMs"), names=RESPONSES)] = "leave on"
    partitioned: Annotated[bool, Knob(_("It still reaches its isolation address"))] = False
    vm_monitoring: Annotated[bool, Knob(_("VM monitoring"))] = False
    fit: Annotated[Fit, Knob(_("Placement"), names=FITS)] = "first"
    drs: Annotated[bool, Knob(_("Load balancing (DRS)"))] = True
    drs_rule: Annotated[Rule, Knob(_("DRS looks at"), names=RULES)] = "VM score"
    drs_level: Annotated[int, Knob(_("DRS threshold"), 1, 5)] = 3
    boot: Annotated[float, Knob(_("Boot of a VM"), 5, 300, "s", step=5)] = 60
    move_rate: Annotated[float, Knob(_("Rate of a move"), 500, 40_000, "Mbit/s", log=True)] = 5_000
    horizon: Annotated[float, Knob(_("Shown"), 300, 3_600, "s", step=60)] = 1_200
    seed: Annotated[int, Knob(_("Seed of the sizes"), 0, 99)] = 1

    def setup(self) -> ClusterRun:
        """The cluster and its failures, to run or to change."""
        hosts = tuple(
            Host(_("host {n}").format(n=n), self.host_cpu, self.host_memory)
            for n in range(1, self.hosts + 1)
        )
        vms = (MANAGEMENT, *_random_vms(self.vms, self.seed))
        cluster = ClusterRun(hosts, vms, (), self._settings())
        return cluster.failing(*self._failures(hosts))

    def run(self) -> ClusterResult:
        return self.setup().run()

    def _settings(self) -> Settings:
        names = {field.name for field in fields(Settings)} & self.knobs().keys()
        return Settings(**{name: getattr(self, name) for name in names})

    def _failures(self, hosts: Sequence[Host]) -> list[Failure]:
        until = self.at + self.repair if self.repair >= 1 else None
        first = (self.target - 1) % len(hosts)
        second = (first + 1) % len(hosts)
        one, other = hosts[first].name, hosts[second].name
        table: dict[Fails, list[Failure]] = {
            "nothing": [],
            "host": [Failure(self.at, "host", one, until)],
            "two hosts": [Failure(self.at, "host", name, until) for name in {one: 0, other: 0}],
            "vCenter's host": [Failure(self.at, "host", MANAGEMENT.name, until)],
            "host's network": [Failure(self.at, "network", one, until)],
            "host's management network": [Failure(self.at, "management network", one, until)],
            "datastore": [Failure(self.at, "datastore", "", until)],
            "vCenter": [Failure(self.at, "vCenter", "", until)],
        }
        return table[self.fails]


def _random_vms(count: int, seed: int) -> list[VM]:
    generator = random.Random(seed)
    return [_random_vm(generator, number) for number in range(1, count + 1)]


def _random_vm(generator: random.Random, number: int) -> VM:
    cpu, memory = generator.choice(SIZES)
    priority: Priority = generator.choice(PRIORITIES)
    return VM(_("VM {n}").format(n=number), cpu, memory, priority)
