"""Models of chapter 2's second half, migration and the cluster, beside published figures."""

from functools import cache

from hvlib.models.cluster import ClusterResult, ClusterRun
from hvlib.models.inventory import VM, Component, Failure, Host, Settings
from hvlib.models.migration import APACHE, QUAKE3, Migration, MigrationResult
from hvlib.published.comparison import Comparison, Role, compare, fitted
from hvlib.words import _

FITTED_ROUNDS = 6
"""Rounds of Quake 3 to which its working set was fitted."""
PUBLISHED_ROUNDS = 10
"""Rounds of Quake 3 in Figure 11 before the stop-and-copy."""

SKIPPED = _(
    "Fitted together with the other early rounds: a guest that writes at random can't skip as "
    "little in round 1 and send as much in round 2 as Quake 3 did; its writes fell mostly on pages "
    "already sent."
)
LAST = _(
    "A miss by a factor of five: 148 KB at 500 Mbit/s take 2.4 ms, but the paper’s 20 ms make 59 "
    "Mbit/s. The last copy was slower than the highest rate, or holds more than the transfer."
)
ROUNDS = _("The real rounds fall off faster at the end, from 0.8 to 0.2 MB in one round.")
LATER = _(
    "A miss by half: random writes of which 24 MB are skipped in round 1 dirty about twice that, "
    "and no sizes or rates of the classes make it more; the measured later rounds sent more."
)
PLAY = _("The real rounds go up and down with the play; the model's are means that only fall.")
SERVICE = _(
    "The model sends its few later pages slowly, so that clients keep more of the link; the real "
    "migration raised its rate, and it took processor time, which the model does not count."
)
SET = _("Set in the model from this figure; the row shows only that the run obeys it.")


def comparisons() -> tuple[Comparison, ...]:
    """Every published figure that the migration and the cluster models give."""
    return (*_apache(), *_quake3(), *_stop_and_copy(), *_cluster())


def _apache() -> list[Comparison]:
    result = _run(APACHE)
    first = result.rounds[0]
    later = result.stopped_at - first.duration
    rows: list[tuple[str, float, str, Role, str]] = [
        (_("Apache, sent in the first round"), first.sent, "first", "fitted", ""),
        (_("Apache, time of the first round"), first.duration, "first.time", "predicted", ""),
        (_("Apache, time of the later rounds"), later, "later.time", "predicted", LATER),
        (_("Apache, time of all rounds"), result.stopped_at, "total", "predicted", ""),
        (_("Apache, downtime"), result.downtime * 1e3, "downtime", "fitted",
         _("The copy's part is fitted; the 40 ms to resume are Quake 3's.")),
        (_("Apache, served to clients in the first round"), result.service[0][1], "service.first",
         "predicted", _("What 870 Mbit/s leave beside a migration at 100 Mbit/s.")),
        (_("Apache, served to clients in the later rounds"), _later_service(result),
         "service.later", "predicted", SERVICE),
    ]  # fmt: skip
    return [
        compare(w, value, f"clark2005/apache.{key}", role=r, note=n) for w, value, key, r, n in rows
    ]


def _later_service(result: MigrationResult) -> float:
    """Mean Mbit/s of the clients from the second round to the last."""
    pairs = list(zip(result.rounds[1:], result.service[1:], strict=False))
    seconds = sum(r.duration for r, _step in pairs)
    return sum(r.duration * step[1] for r, step in pairs) / seconds


def _quake3() -> list[Comparison]:
    result = _run(QUAKE3)
    rounds = [
        _quake3_round(number, result.rounds[number - 1].sent)
        for number in range(1, PUBLISHED_ROUNDS + 1)
    ]
    rows: list[tuple[str, float, str, Role, str]] = [
        (_("Quake 3, number of rounds"), len(result.rounds) + 1, "rounds", "predicted", ROUNDS),
        (_("Quake 3, sent in all"), result.sent, "total", "predicted", ""),
        (_("Quake 3, sent in the last copy"), result.left * 1e3, "last", "predicted", ROUNDS),
        (_("Quake 3, downtime of the copy"), result.copying * 1e3, "copy", "predicted", LAST),
        (_("Quake 3, resume"), result.resuming * 1e3, "resume", "fitted", ""),
        (_("Quake 3, downtime"), result.downtime * 1e3, "downtime", "predicted", LAST),
    ]
    return rounds + [
        compare(w, value, f"clark2005/quake3.{key}", role=r, note=n) for w, value, key, r, n in rows
    ]


def _quake3_round(number: int, sent: float) -> Comparison:
    role: Role = "fitted" if number <= FITTED_ROUNDS else "predicted"
    what = _("Quake 3, sent in round {n}").format(n=number)
    note = SKIPPED if number == 2 else PLAY if role == "predicted" else ""
    return compare(what, sent, f"clark2005/quake3.round{number:02}", role=role, note=note)


def _stop_and_copy() -> list[Comparison]:
    return [
        compare(
            _("Stop-and-copy of 512 MB at {rate} Mbit/s").format(rate=rate),
            Migration(policy="stop-and-copy", memory=512, maximum=rate).run().copying,
            f"clark2005/stop.{rate}",
        )
        for rate in (128, 256, 512)
    ]


@cache
def _run(model: Migration) -> MigrationResult:
    return model.run()


def _cluster() -> list[Comparison]:
    bare, off = Settings(heartbeat_datastores=False), Settings(response="power off")
    monitored = Settings(vm_monitoring=True)
    rows: list[tuple[str, Component, str, str, Settings, str]] = [
        (_("HA: looks for a silent secondary on the datastore"), "host", "host 2",
         "datastore heartbeats", Settings(), "epping2016/heartbeats.watched"),
        (_("HA: calls a secondary unreachable"), "host", "host 2", "unreachable", Settings(),
         "epping2016/unreachable"),
        (_("HA: a secondary is declared dead"), "host", "host 2", "declared failed", Settings(),
         "epping2016/dead"),
        (_("HA: the same without heartbeat datastores"), "host", "host 2", "declared failed",
         bare, "epping2016/dead.without_datastores"),
        (_("HA: an election begins"), "host", "host 1", "election", Settings(),
         "epping2016/election"),
        (_("HA: a new primary is elected"), "host", "host 1", "elected", Settings(),
         "epping2016/new.primary"),
        (_("HA: first restart after an election"), "host", "host 1", "power-on", Settings(),
         "epping2016/restart.primary"),
        (_("HA: the primary declares itself isolated"), "network", "host 1", "isolated",
         Settings(), "broadcom-kb322784/isolated.primary"),
        (_("HA: a secondary declares itself isolated"), "network", "host 2", "isolated",
         Settings(), "broadcom-kb322784/isolated.secondary"),
        (_("HA: an isolated primary responds"), "network", "host 1", "response", off,
         "epping2016/response.primary"),
        (_("HA: an isolated secondary responds"), "network", "host 2", "response", off,
         "epping2016/response.secondary"),
        (_("VM monitoring, switched on, resets a crashed VM"), "vCenter", "", "reset", monitored,
         "epping2016/io.silent"),
    ]  # fmt: skip
    return [
        fitted(what, _noticed(component, target, kind, settings), key, note=SET)
        for what, component, target, kind, settings, key in rows
    ]


def _noticed(component: Component, target: str, kind: str, settings: Settings) -> float:
    """Seconds from a failure until ``kind`` first appears in the log of a run."""
    start = 100.0
    result = _three_hosts(Failure(start, component, target), settings)
    return next(time - start for time, name, _actor, _detail in result.log if name == kind)


def _three_hosts(failure: Failure, settings: Settings) -> ClusterResult:
    hosts = tuple(Host(f"host {n}", 40, 128) for n in (1, 2, 3))
    vms = (VM("vCenter", 4, 16, "high"), VM("VM 1", 2, 8))
    return ClusterRun(hosts, vms, (failure,), settings).run()
