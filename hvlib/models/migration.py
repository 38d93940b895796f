"""Moving a running guest: stop-and-copy, iterative pre-copy, post-copy (chapter 2).

Pre-copy follows Clark et al., "Live Migration of Virtual Machines", NSDI 2005, section 5.3. What
each round dirties comes from :mod:`hvlib.models.working_set`; MB and Mbit are decimal, as there.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from hvlib.models.model import Knob, Model, Quantity, Result, within
from hvlib.models.working_set import WorkingSet, from_curve, two_classes
from hvlib.numbers import duration
from hvlib.trace import Event, Trace
from hvlib.words import _, ngettext

Policy = Literal["pre-copy", "stop-and-copy", "post-copy"]
POLICIES: dict[Policy, str] = {
    "pre-copy": _("pre-copy"),
    "stop-and-copy": _("stop-and-copy"),
    "post-copy": _("post-copy"),
}
"""What each is called."""
Stop = Literal["little left", "limit over maximum", "no rounds", "not shrinking", "enough rounds"]

PAGE = 0.004096
"""MB of one page."""
POST_COPY_STEPS = 120
MOST_ROUNDS = 500
CLARK_RESUME = 40.0
"""ms from the end of the copy to the guest's running again: what remains of Quake 3's 60 ms
(section 6.4: 20 ms to copy the last portion, 40 ms to start up)."""


@dataclass(frozen=True, slots=True)
class Round:
    """One pass over the pages dirtied in the pass before.

    start, duration: seconds. limit: Mbit/s. sent: MB. dirtied: MB that differ at its end.
    skipped: MB left out because they were written again before their turn came.
    """

    start: float
    duration: float
    limit: float
    sent: float
    dirtied: float
    skipped: float


@dataclass(frozen=True, slots=True)
class Link:
    """The rate limits of one migration (section 5.3): Mbit/s each, ``leftover`` in MB.

    Raises ValueError for a rate or an increment that is not above 0: the rounds would never end.
    """

    minimum: float = 100.0
    maximum: float = 500.0
    increment: float = 50.0
    leftover: float = 0.256

    def __post_init__(self) -> None:
        low = 1e-3
        within(self, minimum=(low, math.inf), maximum=(low, math.inf), increment=(low, math.inf),
               leftover=(0, math.inf))  # fmt: skip


@dataclass(frozen=True, slots=True)
class PreCopied:
    """Rounds with the guest running, MB left for the stop-and-copy, and why the rounds ended."""

    rounds: tuple[Round, ...]
    left: float
    stop: Stop


def pre_copy(pages: WorkingSet, link: Link, skip: bool = True) -> PreCopied:
    """The rounds of iterative pre-copy, exactly by the rule of Clark et al. 2005, section 5.3.

    The first round sends all memory at the minimum rate. The next limit is the dirtying rate of
    the round before plus the increment. It ends when that exceeds the maximum or little is left.
    ``skip``: a page that is dirty again when its turn comes waits for the next round.

    It always ends: a round is shorter than the one before, so that its dirtying rate, and with it
    the limit, can only rise, by about the increment once all pages are hot; and MOST_ROUNDS is
    the limit for a maximum beyond all networks.
    """
    sizes = [page.size for page in pages.classes]
    limit, start = min(link.minimum, link.maximum), 0.0
    rounds: list[Round] = []
    for _number in range(MOST_ROUNDS):
        duration = _round_time(pages, sizes, limit / 8, skip)
        sent = duration * limit / 8
        skipped = max(0.0, sum(sizes) - sent)
        sizes = [page.dirty_after(duration) for page in pages.classes]
        dirtied = sum(sizes)
        rounds.append(Round(start, duration, limit, sent, dirtied, skipped))
        start += duration
        limit = dirtied * 8 / duration + link.increment
        if dirtied < link.leftover:
            return PreCopied(tuple(rounds), dirtied, "little left")
        if limit > link.maximum:
            return PreCopied(tuple(rounds), dirtied, "limit over maximum")
    return PreCopied(tuple(rounds), dirtied, "enough rounds")


def _round_time(pages: WorkingSet, sizes: Sequence[float], rate: float, skip: bool) -> float:
    """Seconds to send ``sizes`` MB of each class at ``rate`` MB/s.

    With skipping, a page whose turn comes at a time u, spread evenly over the round, is sent with
    probability exp(-r u). So T solves rate T = sum of size (1 - exp(-r T)) / (r T). The difference
    of both sides is concave and rises, so that Newton's steps from 0 approach T from below.
    """
    if not skip:
        return sum(sizes) / rate
    rates = [page.rate for page in pages.classes]
    time = 0.0
    for _step in range(60):
        short = sum(s * _still_clean(r * time) for s, r in zip(sizes, rates, strict=True))
        slope = sum(s * r * _clean_slope(r * time) for s, r in zip(sizes, rates, strict=True))
        change = (short - rate * time) / (rate - slope)
        time += change
        if change <= 1e-12 * time:
            break
    return time


def _still_clean(x: float) -> float:
    """(1 - exp(-x)) / x: the mean of exp(-u) for u from 0 to x."""
    return -math.expm1(-x) / x if x > 1e-9 else 1 - x / 2


def _clean_slope(x: float) -> float:
    """Derivative of :func:`_still_clean`."""
    return (math.exp(-x) * (x + 1) - 1) / (x * x) if x > 1e-4 else x / 3 - 0.5


@dataclass(frozen=True, slots=True)
class PostCopied:
    """A guest that runs at the target before its pages are there.

    duration: seconds until the last page came. faults: pages that the guest had to wait for.
    speed: (seconds, share of full speed) of the guest.
    """

    duration: float
    faults: float
    speed: tuple[tuple[float, float], ...]


def post_copy(pages: WorkingSet, rate: float, round_trip: float, touches: float) -> PostCopied:
    """Push all pages at ``rate`` Mbit/s while the guest runs and fetches those that it misses.

    round_trip: seconds of one fetch besides the page's own transfer. touches: touches of a page
    for each write. A guest that would miss F pages a second at full speed, each for s seconds,
    runs at 1 / (1 + F s). Time steps grow, because the misses crowd at the start.
    """
    duration = pages.memory * 8 / rate
    stall = round_trip + PAGE * 8 / rate
    absent = [page.size for page in pages.classes]
    speed: list[tuple[float, float]] = []
    faults = now = 0.0
    for step in range(1, POST_COPY_STEPS + 1):
        until = duration * (step / POST_COPY_STEPS) ** 3
        misses = _misses(pages, absent, touches)
        share = 1 / (1 + misses * stall)
        speed.append((now, share))
        left = _after_step(pages, absent, touches * share, rate, misses * share, until - now)
        faults += min(misses * share * (until - now), (sum(absent) - sum(left)) / PAGE)
        absent, now = left, until
    speed.append((duration, 1.0))
    return PostCopied(duration, faults, tuple(speed))


def _misses(pages: WorkingSet, absent: Sequence[float], touches: float) -> float:
    """Absent pages that a guest at full speed touches in a second."""
    pairs = zip(pages.classes, absent, strict=True)
    return sum(size / PAGE * page.rate * touches for page, size in pairs)


def _after_step(
    pages: WorkingSet,
    absent: Sequence[float],
    touch: float,
    rate: float,
    fetched: float,
    seconds: float,
) -> list[float]:
    """MB still absent of each class: fetched by touch, or pushed with what the fetches leave."""
    total = sum(absent)
    if total <= 0:
        return list(absent)
    pushed = max(0.0, rate / 8 - fetched * PAGE) / total
    return [
        size * math.exp(-(touch * page.rate + pushed) * seconds)
        for page, size in zip(pages.classes, absent, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationResult(Result):
    """A migration, whichever way.

    rounds: with the guest running (pre-copy). left: MB copied while it stood still.
    sent: MB in all. total: seconds from the start to the last page and the guest running.
    copying, resuming: seconds of standing still, for the copy and for starting at the target.
    faults: pages that the guest waited for at the target (post-copy).
    service: (seconds, Mbit/s) that clients get from then on. demand: Mbit/s that they want.
    """

    policy: Policy
    sent: float
    total: float
    resuming: float
    demand: float
    maximum: float
    service: tuple[tuple[float, float], ...]
    rounds: tuple[Round, ...] = ()
    stop: Stop = "no rounds"
    left: float = 0.0
    copying: float = 0.0
    faults: float = 0.0
    stopped_at: float = 0.0

    @property
    def downtime(self) -> float:
        """Seconds in which the guest ran nowhere."""
        return self.copying + self.resuming

    @property
    def lost(self) -> float:
        """Mbit that clients wanted and did not get, over the whole migration."""
        ends = [time for time, _rate in self.service[1:]] + [self.total]
        pairs = zip(self.service, ends, strict=True)
        return sum((self.demand - rate) * (end - time) for (time, rate), end in pairs)

    @property
    def trace(self) -> Trace:
        """Events ``round``, ``copy``, ``resume`` and ``fetch``, with the sizes in MB."""
        events = [
            Event(r.start, "round", "source", r.duration, {"sent": r.sent, "limit": r.limit})
            for r in self.rounds
        ]
        stop = self.stopped_at
        events.append(Event(stop, "copy", "source", self.copying, {"sent": self.left}))
        events.append(Event(stop + self.copying, "resume", "target", self.resuming))
        if self.policy == "post-copy":
            start = stop + self.downtime
            detail = {"faults": self.faults, "sent": self.sent}
            events.append(Event(start, "fetch", "target", self.total - start, detail))
        summary = {"total": self.total, "downtime": self.downtime, "sent": self.sent}
        return Trace(_("Migration by {policy}").format(policy=self.policy), tuple(events), "model",
                     None, summary)  # fmt: skip

    def describe(self) -> str:
        parts = {
            "pre-copy": _(
                "Pre-copy sends {sent:,.1f} MB in {rounds} and a last copy, {total:,.1f} s "
                "in all. The guest stands still for {down}: {copy} for the last {left:,.2f} MB and "
                "{resume} to resume; {why}."
            ),
            "stop-and-copy": _(
                "Stop-and-copy sends {sent:,.1f} MB while the guest stands still for {down}: "
                "{copy} of copying and {resume} to resume."
            ),
            "post-copy": _(
                "Post-copy moves the guest at once, standing still for {down}; then it waits for "
                "{faults:,.0f} missing pages until all {sent:,.1f} MB have come after "
                "{total:,.1f} s. Its speed starts at {speed:.0%}."
            ),
        }
        return self.told(
            parts[self.policy],
            rounds=ngettext("{n} round", "{n} rounds", len(self.rounds)).format(n=len(self.rounds)),
            down=duration(self.downtime),
            copy=duration(self.copying),
            resume=duration(self.resuming),
            why=reason(self.stop, self.maximum),
            speed=self._first_speed(),
        )

    def _first_speed(self) -> float:
        after = [rate for time, rate in self.service if time >= self.stopped_at + self.downtime]
        return after[0] / self.service[-1][1] if after and self.service[-1][1] else 0.0


def reason(stop: Stop, maximum: float) -> str:
    """Why the rounds ended, as a clause."""
    texts: dict[Stop, str] = {
        "little left": _("the rounds ended because little was left"),
        "limit over maximum": _(
            "the rounds ended because the next would need more than {maximum:,.0f} Mbit/s"
        ),
        "no rounds": _("there were no rounds"),
        "not shrinking": _("the rounds ended because they no longer shrank"),
        "enough rounds": _("the rounds ended because they were enough"),
    }
    return texts[stop].format(maximum=maximum)


class Migration(Model):
    """Moving a running guest over a network, in one of three ways.

    Pre-copy: Clark et al., NSDI 2005, section 5.3. The link is shared with the guest's clients: a
    migration at r Mbit/s leaves link - r of it to them, and neither limit can exceed the link.
    ``resume`` is reported apart from the copy. Post-copy's ``touches`` says how much oftener a
    page is touched than written; it has no published value here.
    """

    title: ClassVar[str] = _("Moving a running guest")
    quantities: ClassVar[dict[str, Quantity]] = {
        "downtime": Quantity(_("standstill"), lambda result: 1000 * result.downtime, "ms"),
        "total": Quantity(_("in all"), lambda result: result.total, "s"),
        "last": Quantity(_("last copy"), lambda result: result.left, "MB"),
    }

    policy: Annotated[Policy, Knob(_("Way of moving"), names=POLICIES)] = "pre-copy"
    memory: Annotated[float, Knob(_("VM memory"), 16, 16_384, "MB", log=True)] = 800
    hot: Annotated[
        float,
        Knob(_("Hot pages"), 0, 2_000, "MB", log=True, step=0.5, ticks=((8, _("web server")),)),
    ] = 8
    hot_rate: Annotated[float, Knob(_("Writes of a hot page"), 0.01, 1_000, "1/s", log=True)] = 31
    cold_rate: Annotated[float, Knob(_("Writes of another page"), 1e-5, 1, "1/s", log=True)] = (
        6.6e-4
    )
    minimum: Annotated[float, Knob(_("First round's rate"), 10, 10_000, "Mbit/s", log=True)] = 100
    maximum: Annotated[float, Knob(_("Highest rate"), 10, 10_000, "Mbit/s", log=True)] = 500
    increment: Annotated[
        float, Knob(_("Added to the dirtying rate"), 25, 1_000, "Mbit/s", step=25)
    ] = 50
    leftover: Annotated[float, Knob(_("Little enough to stop"), 16, 16_384, "KB", log=True)] = 256
    skip: Annotated[bool, Knob(_("Skip pages that are dirty again"))] = True
    resume: Annotated[float, Knob(_("Resume"), 0, 1_000, "ms", step=5)] = CLARK_RESUME
    link: Annotated[float, Knob(_("Link shared with clients"), 10, 40_000, "Mbit/s", log=True)] = (
        870
    )
    demand: Annotated[float, Knob(_("What clients want"), 1, 40_000, "Mbit/s", log=True)] = 870
    round_trip: Annotated[float, Knob(_("Fetch of a missing page"), 0.01, 100, "ms", log=True)] = (
        0.2
    )
    touches: Annotated[float, Knob(_("Touches for each write"), 1, 100, log=True)] = 3

    def pages(self) -> WorkingSet:
        """The guest's pages by how often they are written."""
        return two_classes(self.memory, self.hot, self.hot_rate, self.cold_rate)

    def limits(self) -> Link:
        """The rate limits, none above what the link carries."""
        top = min(self.maximum, self.link)
        return Link(min(self.minimum, top), top, self.increment, self.leftover / 1e3)

    def left_for_clients(self, rate: float) -> float:
        """Mbit/s that clients get while the migration takes ``rate``."""
        return max(0.0, min(self.demand, self.link - rate))

    def run(self) -> MigrationResult:
        ways: dict[Policy, Callable[[], MigrationResult]] = {
            "pre-copy": self._pre_copy,
            "stop-and-copy": self._stop_and_copy,
            "post-copy": self._post_copy,
        }
        return ways[self.policy]()

    def _pre_copy(self) -> MigrationResult:
        done = pre_copy(self.pages(), self.limits(), self.skip)
        steps = [(r.start, self.left_for_clients(r.limit)) for r in done.rounds]
        return self._stopped(done.rounds, done.stop, done.left, steps)

    def _stop_and_copy(self) -> MigrationResult:
        return self._stopped((), "no rounds", self.memory, [])

    def _stopped(
        self, rounds: tuple[Round, ...], stop: Stop, left: float, steps: list[tuple[float, float]]
    ) -> MigrationResult:
        """The result after the guest stood still for the last ``left`` MB."""
        start = rounds[-1].start + rounds[-1].duration if rounds else 0.0
        copying, resuming = left * 8 / self.limits().maximum, self.resume / 1e3
        total = start + copying + resuming
        sent = sum(r.sent for r in rounds) + left
        service = (*steps, (start, 0.0), (total, self.left_for_clients(0)))
        return self._result(rounds=rounds, stop=stop, left=left, sent=sent, total=total,
                            copying=copying, service=service, stopped_at=start)  # fmt: skip

    def _post_copy(self) -> MigrationResult:
        rate, resuming = self.limits().maximum, self.resume / 1e3
        done = post_copy(self.pages(), rate, self.round_trip / 1e3, self.touches)
        most = self.left_for_clients(rate)
        steps = [(resuming + time, most * share) for time, share in done.speed[:-1]]
        total = resuming + done.duration
        service = ((0.0, 0.0), *steps, (total, self.left_for_clients(0)))
        return self._result(sent=self.memory, total=total, faults=done.faults, service=service)

    def _result(self, **what: Any) -> MigrationResult:
        """A result with what all three ways have in common."""
        return MigrationResult(
            policy=self.policy,
            resuming=self.resume / 1e3,
            demand=self.demand,
            maximum=self.limits().maximum,
            **what,
        )


QUAKE3 = Migration(memory=64, hot=1.37, hot_rate=37.5, cold_rate=0.0582, demand=10, link=1000)
"""Clark et al. 2005, section 6.4. The three numbers of the working set are fitted to the first six
rounds of its Figure 11 (least squares of logarithms); the later rounds are predicted. The first
round's 100 Mbit/s is the rate that the paper states for its other workloads."""

APACHE = Migration()
"""Clark et al. 2005, section 6.2: 512 KB files, 100 clients. The working set is fitted to the
first round (776 MB) and to the copy's part of the downtime (165 ms less Quake 3's 40 ms of
start-up); the rounds after the first, the total and what clients get are predicted."""


@dataclass(frozen=True, slots=True)
class PredictedRounds:
    """What the first rounds of a real migration foretell.

    rounds: (pages, seconds) of the rounds after the given ones. left: pages of the last copy.
    downtime, total: seconds, ``total`` with the given rounds. stop: why the rounds end.
    """

    rounds: tuple[tuple[float, float], ...]
    left: float
    downtime: float
    total: float
    stop: Stop


def predict_rounds(
    first_rounds: Sequence[tuple[float, float]],
    *,
    memory: float,
    stop_below: float = 64,
    max_rounds: int = 30,
    resume: float = 0.0,
) -> PredictedRounds:
    """Later rounds and downtime of a measured pre-copy, from its first rounds.

    first_rounds: (pages sent, seconds) of each, at least two. What a round sends was dirtied during
    the one before: each pair is a point of the guest's dirtying curve. The time of a round is taken
    as a fixed cost plus a cost for each page. memory: all pages of the guest. The rounds end below
    ``stop_below`` pages, after ``max_rounds`` in all, or when a round is no smaller than the one
    before it. resume: seconds added to the downtime.

    Raises ValueError for fewer than two rounds and for pages or seconds that are not positive.
    """
    if len(first_rounds) < 2:
        raise ValueError(_("a prediction needs at least two measured rounds"))
    if not all(0 < n < math.inf and 0 < t < math.inf for n, t in first_rounds):
        raise ValueError(_("pages and seconds of a measured round must be more than 0"))
    fixed, each = _round_cost(first_rounds)
    times = [seconds for _pages, seconds in first_rounds[:-1]]
    curve = list(zip(times, [pages for pages, _s in first_rounds[1:]], strict=True))
    guest = from_curve(memory, curve)
    later: list[tuple[float, float]] = []
    pages, seconds = first_rounds[-1]
    left = guest.dirty_after(seconds)
    measured = len(first_rounds)
    while (stop := _end(left, pages, measured + len(later), stop_below, max_rounds)) is None:
        pages, seconds = left, fixed + each * left
        later.append((pages, seconds))
        left = guest.dirty_after(seconds)
    downtime = fixed + each * left + resume
    total = sum(s for _n, s in (*first_rounds, *later)) + downtime
    return PredictedRounds(tuple(later), left, downtime, total, stop)


def _end(left: float, pages: float, rounds: int, stop_below: float, most: int) -> Stop | None:
    if left < stop_below:
        return "little left"
    if rounds >= most:
        return "enough rounds"
    return "not shrinking" if left >= pages else None


def _round_cost(rounds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Seconds for a round and for each page of it, by least squares, neither below 0."""
    n = len(rounds)
    mean_pages = sum(pages for pages, _s in rounds) / n
    mean_time = sum(seconds for _p, seconds in rounds) / n
    spread = sum((pages - mean_pages) ** 2 for pages, _s in rounds)
    common = sum((pages - mean_pages) * (seconds - mean_time) for pages, seconds in rounds)
    each = common / spread if spread > 0 else 0.0
    fixed = mean_time - each * mean_pages
    if each <= 0 or fixed < 0:
        return 0.0, mean_time / mean_pages
    return fixed, each
