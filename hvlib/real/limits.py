"""What a limit on CPU time does to a service in a container. Times in seconds."""

import itertools
import statistics
from collections.abc import Iterator

from hvlib.real import cgroup, container
from hvlib.real.recording import UnavailableError, experiment
from hvlib.trace import Event, Trace
from hvlib.words import _

# Some processes count at once, as the threads of a service do that work on one request.
SERVICE = """
request() {{
  for worker in {workers}; do
    (i=0; while [ $i -lt {turns} ]; do i=$((i+1)); done) &
  done
  wait
}}
n=0; while [ $n -lt {requests} ]; do echo begin; request; echo end; sleep {pause}; n=$((n+1)); done
times
"""
PAUSE = 0.137  # no multiple of the kernel's period, so that requests begin anywhere in it
TRIAL = 20_000  # turns of a first try, which tells how many make up the wanted work


@experiment(
    needs=("container",),
    limit=(0.01, 64),
    workers=(1, 64),
    need=(0.001, 5),
    requests=(1, 100),
)
def cpu_limit(limit: float = 0.2, workers: int = 4, need: float = 0.06, requests: int = 6) -> Trace:
    """A service in a container answers requests, first without and then with a limit on CPU time.

    limit: in CPUs, by the kernel's default period of 100 ms. need: CPU time of a request, about,
    of all its workers together. Events "request" of the actors "free" and "limited", as long as
    they took. summary: ``limit``, ``period``, ``workers``, ``need`` (CPU time of a request as
    measured), the median ``free`` and ``limited`` request, and of the limited container
    ``periods``, ``throttled`` (periods in which its quota ran out), ``still`` (seconds for which
    it was stopped on some CPU), where the kernel tells it ``pressure`` (seconds in which some of
    it waited for a CPU), and ``limits_by``.
    """
    try:
        tried = _serve(1, TRIAL, 10, pause=0)
        turns = max(1, round(TRIAL * need / workers / _cpu_time(tried) * 10))
        free = _serve(workers, turns, requests)
        limited = _serve(workers, turns, requests, cpus=limit)
    except container.ContainerError as error:
        raise UnavailableError(str(error)) from error
    events = [*_requests(free, "free"), *_requests(limited, "limited")]
    both = ("free", "limited")
    took = {who: [event.duration for event in events if event.actor == who] for who in both}
    summary = {
        "limit": limit,
        "period": cgroup.PERIOD / 1e6,
        "workers": workers,
        "need": _cpu_time(free) / requests,
        **{who: statistics.median(took[who]) for who in both},
        **limited.summary["cpu"],
        "limits_by": limited.summary["limits_by"],
    }
    title = _("A limit on CPU time")
    return Trace(title, tuple(sorted(events, key=lambda e: e.time)), "measured", summary=summary)


def _serve(
    workers: int, turns: int, requests: int, pause: float = PAUSE, cpus: float | None = None
) -> Trace:
    """A container in which so many workers take so many turns for each request."""
    names = " ".join(map(str, range(workers)))
    script = SERVICE.format(workers=names, turns=turns, requests=requests, pause=pause)
    trace = container.run(["sh", "-c", script], cpus=cpus, seconds=30)
    if trace.summary["stopped_by"]:
        raise container.ContainerError(_("the service did not end within 30 seconds"))
    return trace


def _cpu_time(trace: Trace) -> float:
    """Seconds of CPU of the workers: the last line of the shell's ``times``."""
    words = trace.summary["output"].split()[-2:]
    parts = (word.rstrip("s").split("m") for word in words)
    return sum(60 * float(minutes) + float(seconds) for minutes, seconds in parts) or 0.01


def _requests(trace: Trace, actor: str) -> Iterator[Event]:
    """Each request of a service, from its "begin" to its "end"."""
    said = [
        (event.time, word)
        for event in trace.of_kind("console")
        for word in event.detail["text"].split()
        if word in ("begin", "end")
    ]
    for (start, first), (end, second) in itertools.pairwise(said):
        if (first, second) == ("begin", "end"):
            yield Event(start, "request", actor, end - start)
