"""A cluster to break: click a host, a network, the datastore or vCenter, at any time of a run."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from hvlib.arguments import of_kind
from hvlib.models.cluster import Cluster, ClusterRun
from hvlib.models.inventory import Failure
from hvlib.views import svg
from hvlib.views.board import Board, ClockChart, active, board, events, failures_told, part_of
from hvlib.widgets.diagram import STILL_SCALE, Diagram, Moments
from hvlib.widgets.forms import as_form, with_forms
from hvlib.widgets.live import Live
from hvlib.widgets.stage import Stage, as_png
from hvlib.widgets.transport import Transport
from hvlib.words import _, pgettext

_START: dict[str, Any] = {"hosts": 4, "vms": 11, "fails": "nothing", "fit": "worst"}


class ClusterBoard(widgets.VBox):
    """Boxes of a cluster at the clock's time, and the timeline of the whole run below.

    A click on a box lets it fail at that time, or repairs it from then on. ``run``: the cluster
    with its failures. ``result``: what happens. ``now``: the clock, in seconds.
    """

    def __init__(self, start: ClusterRun, now: float) -> None:
        self._start = self.run = start
        self.result = start.run()
        horizon = int(start.settings.horizon)
        self._clock = Transport(
            pgettext("time", "Clock"),
            value=round(min(max(0.0, now), horizon)),
            last=horizon,
            reach=horizon,
            stride=5,
            told=_("{n} s of {all} s"),
            layout={"flex": "1 1 420px"},
        )
        at = self._moment()
        self._boxes = Diagram(at.system, crashed=at.failed, click="crash", moments=_run_says(at))
        self._picture = self._clock.bearer = Stage(ClockChart)
        self._note = Live()
        self._quiet = False
        again = widgets.Button(description=_("Start over"), icon="undo")
        again.on_click(lambda _button: self._take(self._start))
        bar = widgets.HBox([self._clock, again], layout={"flex_flow": "row wrap"})
        super().__init__([bar, self._boxes, self._note, self._picture])
        self.add_class("hv-explorer")
        self._clock.observe(lambda _change: self._show(), names="value")
        self._boxes.observe(self._clicked, names="crashed")
        self._paint()

    @property
    def now(self) -> float:
        """The clock, in seconds."""
        return float(self._clock.value)

    @now.setter
    def now(self, time: float) -> None:
        self._clock.value = round(time)

    def toggle(self, id: str) -> None:
        """Let the box ``id`` fail at the clock's time, or repair it from then on.

        Raises KeyError for a box that is not there and ValueError for one that can't fail.
        """
        self._take(self._toggled(id))

    def _toggled(self, id: str) -> ClusterRun:
        self._boxes.system.component(id)
        part = part_of(self.run, id)
        if part is None:
            raise ValueError(_("Only hosts, networks, the datastore and vCenter can fail here."))
        state = self._boxes.states[id]
        if part[0] == "vCenter" and state in ("down", "stalled"):
            raise ValueError(_("vCenter does not serve at this time, so it can't crash."))
        failures = _before(self.run.failures, part, self.now, repaired=state == "crashed")
        if state != "crashed":
            failures.append(_failure(self.now, part))
        return replace(self.run, failures=tuple(failures))

    def _clicked(self, change: Any) -> None:
        if self._quiet:
            return
        self._note.say("")
        for id in sorted(set(change.old) ^ set(change.new)):
            try:
                self.run = self._toggled(id)
            except ValueError as error:
                self._note.say(str(error))
        self._take(self.run)

    def _take(self, run: ClusterRun) -> None:
        self.run = run
        self.result = run.run()
        self._show()

    def _show(self) -> None:
        self._quiet = True
        try:
            now = self._moment()
            self._boxes.draw(now.system, now.failed, _run_says(now))
        finally:
            self._quiet = False
        self._paint()

    def _moment(self) -> Board:
        return board(self.run, self.result, self.now)

    def _paint(self) -> None:
        self._clock.ticks = [list(event) for event in events(self.run, self.result)]
        self._picture.chart.now = self.now
        self._picture.draw(self.result, self._whole_run())

    def _whole_run(self) -> str:
        return f"{failures_told(self.run.failures)} {self.result.describe()}".strip()

    def describe(self) -> str:
        """The moment and the whole run in words."""
        return f"{self._boxes.describe()} {self._whole_run()}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget, still picture and sentence: whichever a reader's program can show."""
        return with_forms(super()._repr_mimebundle_(**kwargs), self.describe(), **self._still())

    def _still(self) -> dict[str, str]:
        """The boxes above the timeline, by mime type (see :meth:`Stage.still`)."""
        boxes, text = self._boxes.sketch, self.describe()
        if not as_png():
            rows = [[svg.diagram(boxes)], [svg.chart(self._picture.scene, self._picture.items)]]
            return {"image/svg+xml": svg.together(rows, text)}
        from hvlib.views import diagram  # needs matplotlib, which the widget does not
        from hvlib.views.restore import drawing
        from hvlib.views.still import pixels

        timeline = drawing(ClockChart, scale=STILL_SCALE)
        timeline.chart.now = self.now
        drawn = [[pixels(diagram.drawn(boxes, STILL_SCALE))], [pixels(timeline.draw(self.result))]]
        return as_form(diagram.still(drawn, text, scale=STILL_SCALE))


def cluster_board(
    start: ClusterRun | None = None, *, now: float = 300, **knobs: Any
) -> ClusterBoard:
    """A cluster whose parts the reader lets fail: ``cluster_board(hosts=3, vms=8)``.

    ``start`` is a cluster of the reader's own; otherwise ``knobs`` are those of
    :class:`~hvlib.models.cluster.Cluster`. ``now`` is where the clock stands, in seconds. Raises
    KnobError for a bad knob.
    """
    run = start if start is not None else Cluster(**{**_START, **knobs}).setup()
    of_kind(run, ClusterRun, "cluster_board(Cluster(hosts=3).setup())")
    return ClusterBoard(run, of_kind(now, (int, float), "now=300"))


def _run_says(now: Board) -> Moments:
    """What the run says, whatever is said to have crashed."""
    return lambda _crashed, _settings: (now.moment,)


def _failure(time: float, part: tuple[str, str]) -> Failure:
    return Failure(time, part[0], part[1])  # type: ignore[arg-type]  # checked by Failure


def _before(
    failures: Iterable[Failure], part: tuple[str, str], time: float, *, repaired: bool
) -> list[Failure]:
    """The failures without those of ``part`` from ``time`` on; ``repaired`` ends it there."""
    ending = active(failures, part, time) if repaired else []
    return [
        replace(failure, until=time) if failure in ending else failure
        for failure in failures
        if (failure.component, failure.target) != part or failure.time < time
    ]
