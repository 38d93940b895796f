"""Problems without end, made from the models by seed: ``problem("2.walk", seed=7, level=2)``.

The same kind, seed and level give the same problem on any machine.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from hvlib.questions import problems1, problems2, problems3, problems4
from hvlib.questions.question import Question, Working
from hvlib.words import _

LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem. title: for a menu. make: the question of a generator and a level."""

    id: str
    title: str
    make: Callable[[Random, int], Question]


_ALL: tuple[Kind, ...] = (
    Kind("1.read-trace", _("Read a program"), problems1.read_trace),
    Kind("1.theorem", _("Apply the theorems"), problems1.theorem),
    Kind("1.broken-monitor", _("Find the broken property"), problems1.broken_monitor),
    Kind("1.exit-budget", _("Work out what exits cost"), problems1.exit_budget),
    Kind("1.size-hosts", _("Size a consolidation"), problems1.size_hosts),
    Kind("2.trace-packet", _("Trace a packet"), problems2.trace_packet),
    Kind("2.crash", _("What stops after a crash?"), problems2.crash),
    Kind("2.wrong-drawing", _("Find what a drawing left out"), problems2.wrong_drawing),
    Kind("2.read-schedule", _("Read a scheduler’s trace"), problems2.read_schedule),
    Kind("2.broken-scheduler", _("Find the broken rule"), problems2.broken_scheduler),
    Kind("2.walk", _("Count a nested walk"), problems2.walk),
    Kind("2.size-cluster", _("Size a cluster"), problems2.size_cluster),
    Kind("3.trace-packet", _("Trace a packet"), problems3.trace_packet),
    Kind("3.read-crossings", _("Read a flow"), problems3.read_crossings),
    Kind("3.crash", _("What stops after a crash?"), problems3.crash),
    Kind("3.wrong-drawing", _("Find what a drawing left out"), problems3.wrong_drawing),
    Kind("3.classify", _("Type 1 or Type 2?"), problems3.classify_system),
    Kind("3.share-cpu", _("Share the host’s CPU"), problems3.share_cpu),
    Kind("3.size-host", _("Size a host’s memory"), problems3.size_host),
    Kind("4.trace-packet", _("Trace a packet"), problems4.trace_packet),
    Kind("4.crash", _("What stops after a crash?"), problems4.crash),
    Kind("4.wrong-drawing", _("Find what a drawing left out"), problems4.wrong_drawing),
    Kind("4.who-falls", _("Who falls?"), problems4.who_falls),
    Kind("4.missing-wall", _("Find the broken wall"), problems4.missing_wall),
    Kind("4.layers", _("Store images"), problems4.layers),
    Kind("4.read-writes", _("Read a trace of writes"), problems4.read_writes),
    Kind("4.density", _("Compare densities"), problems4.density),
    Kind("4.vm-overhead", _("Work out a VM’s overhead"), problems4.vm_overhead),
    Kind("4.size-servers", _("Size a deployment"), problems4.size_servers),
)
_BY_ID = {kind.id: kind for kind in _ALL}


def kinds(chapter: int | None = None) -> tuple[Kind, ...]:
    """All kinds of problem, or one chapter's. Raises KeyError for a chapter without problems."""
    found = tuple(kind for kind in _ALL if chapter is None or kind.id.startswith(f"{chapter}."))
    if not found:
        raise KeyError(f"chapter {chapter} has no problems; chapters 1 to 4 have")
    return found


def problem(kind: str, seed: int, level: int = 1) -> Question:
    """The problem of a kind, seed and level. Raises KeyError for an unknown kind or level."""
    if kind not in _BY_ID:
        raise KeyError(f"no kind of problem {kind!r}; there are {', '.join(_BY_ID)}")
    if level not in LEVELS:
        raise KeyError(f"a level is one of {LEVELS}, not {level!r}")
    question = _BY_ID[kind].make(Random(f"{kind} {level} {seed}"), level)
    return _without_right_traps(question)


def _without_right_traps(question: Question) -> Question:
    """The question without traps that happen to be right this time."""
    wrong = tuple(trap for trap in question.traps if not _is_right(question, trap.guess))
    return replace(question, traps=wrong)


def _is_right(question: Question, guess: object) -> bool:
    return question.is_right((guess,) if isinstance(question, Working) else guess)
