"""The same call returns a live Trace or a stored one, and a stored one says where it is from.

    @experiment(needs=("kvm",))
    def exit_timing(exits: int = 20_000) -> Trace: ...

    exit_timing()           # runs here if it can, else the recording of an earlier run
    badge(exit_timing())    # "Measured here ..." or "Recorded on 2026-11-24 ..."

An experiment returns a plain Trace; its call stamps source and provenance on it. Recordings
are ``recordings/<name>.json``, made with the experiment's default arguments. An experiment
that finds out only while it runs that it can't go on raises :class:`UnavailableError`.
"""

import contextlib
import importlib
import inspect
import os
import pkgutil
import platform
import reprlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import hvlib.real
from hvlib.arguments import is_in
from hvlib.listed import sentence
from hvlib.numbers import digits
from hvlib.real import probe
from hvlib.trace import Provenance, Trace
from hvlib.words import _

RECORDINGS = Path(__file__).parent / "recordings"
# Set to "recorded" to show stored traces even where a live run is possible (book builds), and to
# "page" in a web page, which has no machine to run on.
MODE_VARIABLE = "HVLIB_TRACES"


Bounds = tuple[float, float] | tuple[str, ...]


class UnavailableError(RuntimeError):
    """This machine can't run the experiment; the message is one sentence for the reader."""


@dataclass(frozen=True)
class Experiment:
    """A function that measures something on this machine, with what it needs from it.

    needs: names of :mod:`hvlib.real.probe` questions, all of which must be answered yes.
    bounds: of the numbers among the function's arguments, inclusive; of a word, those there are.
    """

    function: Callable[..., Trace]
    needs: tuple[str, ...] = ()
    bounds: Mapping[str, Bounds] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.function.__doc__)  # what help() shows

    @property
    def name(self) -> str:
        """The function's name: also the name of its recording."""
        return self.function.__name__

    def why_not(self) -> str:
        """One sentence why it can't run live here; empty if it can."""
        mode = os.environ.get(MODE_VARIABLE)
        if mode == "page":
            return _("A web page can't measure a machine; the notebook of this page can.")
        if mode == "recorded":
            return _("{name} is set to 'recorded'.").format(name=MODE_VARIABLE)
        answers = (probe.ask(need) for need in self.needs)
        return next((answer.why for answer in answers if not answer.yes), "")

    def _checked(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, with Python's own numbers: a child that is handed numpy's starts numpy.

        Raises ValueError for one that there is not, or that nothing can be measured with. One
        without bounds is for the function to judge.
        """
        known, checked = inspect.signature(self.function).parameters, dict(arguments)
        for name, value in arguments.items():
            if name not in known:
                text = _("{experiment} has no argument {name!r}; it has {known}")
                there = ", ".join(known) or _("none")
                raise ValueError(text.format(experiment=self.name, name=name, known=there))
            default = known[name].default
            if name in self.bounds and not (value is None is default):
                checked[name] = _within(name, value, isinstance(default, int), self.bounds[name])
        return checked

    def live(self, **arguments: Any) -> Trace:
        """Run it now. Raises UnavailableError, with the reason, where it can't.

        Raises ValueError, with what is allowed, for an argument out of its bounds.
        """
        arguments = self._checked(arguments)
        if reason := self.why_not():
            raise UnavailableError(reason)
        shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        command = f"{self.function.__module__}.{self.name}({shown})"
        with turn():
            where = here(command)  # before the run, which makes the machine busy itself
            try:
                trace = self.function(**arguments)
            except (OSError, ImportError, MemoryError) as error:  # in use elsewhere, or not there
                raise UnavailableError(str(error) or _("The memory does not suffice.")) from error
        return replace(trace, source="measured", provenance=where)

    def stored(self, folder: Path = RECORDINGS) -> Trace:
        """The recording. Raises UnavailableError if there is none."""
        path = folder / f"{self.name}.json"
        if not path.exists():
            raise UnavailableError(_("There is no recording of {name}.").format(name=self.name))
        return replace(Trace.from_json(path.read_text("utf-8")), source="recorded")

    def __call__(self, **arguments: Any) -> Trace:
        """A live trace if this machine can, else the stored one (whose arguments were fixed)."""
        try:
            return self.live(**arguments)
        except UnavailableError as reason:
            return replace(self.stored(), instead=sentence(str(reason)))


def _within(name: str, value: Any, whole: bool, bounds: Bounds) -> Any:
    """One of the words, or a number from the lower to the higher bound. Else raises ValueError."""
    if isinstance(bounds[0], str):
        if isinstance(value, str) and value in bounds:
            return value
        text = _("{name}={value} is not there; there are {known}")
        known = ", ".join(map(str, bounds))
        raise ValueError(text.format(name=name, value=reprlib.repr(value), known=known))
    number = isinstance(value, Real) and not isinstance(value, bool)
    if number and bounds[0] <= value <= bounds[1] and not (whole and value % 1):
        return int(value) if whole or isinstance(value, Integral) else float(value)
    low, high = (f"{bound:,.10g}" for bound in bounds)
    text = (
        _("{name}={value} measures nothing; write a whole number from {low} to {high}")
        if whole
        else _("{name}={value} measures nothing; write a number from {low} to {high}")
    )
    raise ValueError(text.format(name=name, value=reprlib.repr(value), low=low, high=high))


PATIENCE = 60.0  # seconds that a reader waits for another's experiment to end
_ours = threading.RLock()
_depth = 0


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """One experiment at a time on a machine, whoever runs it: two would measure each other.

    Readers of one machine queue on a lock of this file, which each of them can read and none
    needs to write. Who has waited for :data:`PATIENCE` seconds goes on; the badge then says that
    the machine is busy. Where files can't be locked, only this process's own experiments queue.
    """
    global _depth
    with _ours, contextlib.ExitStack() as held:
        if _depth == 0:
            _queue(held)
        _depth += 1
        try:
            yield
        finally:
            _depth -= 1


def _queue(held: contextlib.ExitStack) -> None:
    """Hold the machine's lock until ``held`` is closed, or go on without it."""
    try:
        import fcntl

        file = os.open(__file__, os.O_RDONLY | os.O_CLOEXEC)
        held.callback(os.close, file)
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                time.sleep(0.05)
    except (ImportError, OSError):
        return


REGISTRY: dict[str, Experiment] = {}


def experiment(
    needs: tuple[str, ...] = (), **bounds: Bounds
) -> Callable[[Callable[..., Trace]], Experiment]:
    """Decorator: make a function that returns a Trace an Experiment, known to :func:`record_all`.

    ``bounds``, by argument, are those with which it measures something and comes to an end.

    Raises ValueError for two experiments of one name.
    """

    def register(function: Callable[..., Trace]) -> Experiment:
        made = Experiment(function, needs, bounds)
        known = REGISTRY.setdefault(made.name, made)
        if known.function.__module__ != function.__module__:
            raise ValueError(f"two experiments are called {made.name!r}")
        REGISTRY[made.name] = made
        return made

    return register


def named(name: str) -> Experiment:
    """The experiment of this name. Raises KeyError naming the known ones."""
    load_all()
    if not is_in(name, REGISTRY):
        text = _("no experiment {name}; there are {known}")
        raise KeyError(text.format(name=name, known=", ".join(sorted(REGISTRY))))
    return REGISTRY[name]


def badge(trace: Trace) -> str:
    """One line for the reader that says where a trace comes from."""
    if trace.source == "model":
        return _("Computed by a model.")
    if trace.provenance is None:
        return _("Measured here, now.")
    template = {
        "measured": _("Measured here on {date}: {machine}, {system}, {command}."),
        "recorded": _("Recorded on {date}, not here: {machine}, {system}, {command}."),
    }[trace.source]
    origin = trace.provenance
    system = origin.kernel if origin.kernel[:1].isalpha() else f"Linux {origin.kernel}"
    virtual = _("{machine}, itself a virtual machine")
    machine = origin.machine_in_words
    machine = virtual.format(machine=machine) if origin.virtual else machine
    told = template.format(date=origin.date, machine=machine, system=system, command=origin.command)
    return f"{told} {trace.instead}".rstrip()


def here(command: str) -> Provenance:
    """The provenance of something that ``command`` measures on this machine today."""
    cpus = os.cpu_count() or 1
    machine = f"{_processor()}, {cpus} CPUs" if cpus > 1 else f"{_processor()}, 1 CPU"
    if (load := _load()) > cpus:
        machine += f", busy with other work (load {load:.1f})"
    system = {"Linux": "", "Darwin": "macOS, Darwin "}.get(
        platform.system(), platform.system() + " "
    )
    kernel, today = system + platform.release(), date.today().isoformat()
    return Provenance(machine, kernel, today, command, _kvm(), _is_guest())


BY = {"kvm_intel": "VT-x", "kvm_amd": "SVM", "kvm_pvm": "PVM"}
"""What KVM runs a guest by, by the name of its module."""


def _kvm() -> str:
    return next((by for name, by in BY.items() if Path("/sys/module", name).exists()), "")


def _is_guest() -> bool:
    """Whether this machine is itself a guest, as an x86 processor tells Linux."""
    try:
        return " hypervisor" in Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False


def _load() -> float:
    """How many processes ran or waited to run in the last minute; 0 where nobody counts them."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return 0.0


def _processor() -> str:
    """The processor's own name for itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def record_all(folder: Path = RECORDINGS, only: tuple[str, ...] = ()) -> list[str]:
    """Run all experiments (or ``only`` those named), store their traces, say what changed.

    Returns one line an experiment. What can't run here keeps its old recording.
    """
    load_all()
    names = only or tuple(sorted(REGISTRY))
    return [_("{name}: {news}").format(name=n, news=record(REGISTRY[n], folder)) for n in names]


def load_all() -> None:
    """Import every module of hvlib.real, so that all experiments are registered."""
    for module in pkgutil.iter_modules(hvlib.real.__path__):
        importlib.import_module(f"hvlib.real.{module.name}")


def record(what: Experiment, folder: Path = RECORDINGS) -> str:
    """Run one experiment and store its trace; returns what changed, in words."""
    try:
        new = replace(what.live(), source="recorded")
    except UnavailableError as reason:
        return _("kept as it was. {reason}").format(reason=reason)
    try:
        news = changes(what.stored(folder).summary, new.summary)
    except UnavailableError:
        news = _("recorded for the first time.")
    (folder / f"{what.name}.json").write_text(new.to_json() + "\n", "utf-8")
    return news


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Which totals of a summary differ, old and new side by side."""
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    if not keys:
        return _("nothing changed.")
    parts = [f"{key} {_short(old.get(key))} → {_short(new.get(key))}" for key in keys]
    return ", ".join(parts)


def _short(value: Any) -> str:
    """A total with four significant digits at most; a dash for one that is not there."""
    if value is None:
        return "–"
    return digits(value, 4) if isinstance(value, float) else str(value)
