"""Picture of a cluster's run: what each VM does when, and how evenly the hosts are loaded."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from hvlib.models.cluster import Cluster, ClusterResult, VMResult
from hvlib.models.cluster_state import Span, Status
from hvlib.views.chart import Axes, Chart, Figure, draws
from hvlib.views.marks import Point, corners
from hvlib.views.panel import Scale
from hvlib.words import _, pgettext

MOST_HOSTS = 16
GROUPS: dict[str, tuple[Status, ...]] = {
    "running": ("running",),
    "moving": ("moving",),
    "cut": ("unreachable", "stalled", "crashed"),
    "lost": ("lost",),
    "booting": ("booting",),
    "off": ("off",),
}
"""The statuses that one colour stands for."""


@draws(Cluster)
class ClusterChart(Chart):
    """Left: a row for each VM, by its first host, in the colours of its status. Right: CPU load."""

    size = (7.6, 3.6)
    narrow_size = (3.4, 7.0)
    subject = ("booting", "boot")

    def build(self, figure: Figure) -> None:
        left, right = self.beside(figure, 3, 2)
        self.rows_axes = self.panel(left)
        self.load_axes = self.panel(right, y=Scale(form="percent"))
        self._build_rows(left)
        self._build_loads(right)
        where: dict[str, Any] = {"loc": "outside lower left", "ncols": 2 if self.narrow else 4}
        marks = (*self.boxes.values(), self.steady, self.gone)
        self.key(figure, marks, columnspacing=1.2, handlelength=1.6, **where)
        look: dict[str, Any] = {"colors": [self.theme.ink], "linestyles": ":", "linewidths": 1.4}
        self.failures = [self.new_strokes(axes, **look) for axes in (left, right)]
        self.booting = self.boxes["booting"]
        self.remember(self.booting, self.boxes["lost"])
        self.aim("load", right, "y", 0.01)

    def _build_rows(self, axes: Axes) -> None:
        axes.set(title=_("VMs by first host"), xlabel=_("seconds"), xlim=(0, 1_000), ylim=(1, 0))
        axes.grid(False)
        # An invisible label keeps the room that the moving labels of the hosts need.
        axes.set_yticks([0.5], [_("host {n}").format(n=16)], alpha=0)
        axes.tick_params(axis="y", length=0)
        theme = self.theme
        looks = {
            "running": (theme.layers["guest"].fill, "", _("running")),
            "moving": (theme.series[0], "", _("moving")),
            "cut": (theme.series[3], "....", _("stalled, cut off or crashed")),
            "lost": (theme.bad, "", _("down")),
            "booting": (theme.warn, "////", _("booting")),
            "off": (theme.grid, "", _("not started")),
        }
        self.boxes = {
            group: self.new_areas(axes, fc=face, ec=theme.paper, hatch=hatch, label=label, lw=0)
            for group, (face, hatch, label) in looks.items()
        }
        look: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": 8.5}
        look["transform"] = axes.get_yaxis_transform()
        self.labels = [self.new_text(axes, -0.015, 0, **look) for _host in range(MOST_HOSTS + 1)]

    def _build_loads(self, axes: Axes) -> None:
        axes.set(title=_("CPU load of each host"), xlabel=_("seconds"), xlim=(0, 1_000))
        axes.set_ylim(0, 1.18)
        look: dict[str, Any] = {"colors": [self.theme.series[0]], "label": _("load")}
        self.steady = self.new_strokes(axes, linewidths=1.5, alpha=0.8, **look)
        look = {"colors": [self.theme.bad], "label": _("a host that fails")}
        self.gone = self.new_strokes(axes, linestyles="--", linewidths=1.8, **look)
        look = {"transform": axes.transAxes, "ha": "right", "va": "top", "fontsize": 9}
        self.note = self.new_text(axes, 0.98, 0.97, **look)

    def move(self, result: ClusterResult) -> None:
        if not self.held:
            for axes in (self.rows_axes, self.load_axes):
                axes.set_xlim(*_episode(result))
        self._move_rows(result)
        self._move_loads(result)
        times = sorted({time for time, kind, *_rest in result.log if kind == "failure"})
        for lines in self.failures:
            lines.verts = [[(time, 0), (time, 1)] for time in times]

    def _move_rows(self, result: ClusterResult) -> None:
        rows = _by_first_host(result)
        height = 1 / max(1, sum(len(vms) for vms in rows.values()))
        boxes: dict[Status, list[list[Point]]] = defaultdict(list)
        labels: list[tuple[float, str]] = []
        top = 0.0
        for host, vms in rows.items():
            labels.append((top + len(vms) * height / 2, host))
            for vm in vms:
                for span in vm.spans:
                    boxes[span.status].append(_rectangle(span, top, height))
                top += height
        for group, statuses in GROUPS.items():
            self.boxes[group].verts = [box for status in statuses for box in boxes[status]]
        self._move_labels(_spaced(labels, 0.05))

    def _move_labels(self, labels: list[tuple[float, str]]) -> None:
        for number, text in enumerate(self.labels):
            middle, host = labels[number] if number < len(labels) else (0.0, "")
            text.set(y=middle, text=host)

    def _move_loads(self, result: ClusterResult) -> None:
        lines = [_steps(result, index) for index in range(len(result.hosts))]
        top = max((load for _time, loads in result.balance for load in loads), default=1.0)
        if not self.held:
            self.load_axes.set_ylim(0, 1.18 * max(1.0, top))
        fails = [bool(host.heard) for host in result.hosts]
        self.steady.verts = [line for line, bad in zip(lines, fails, strict=True) if not bad]
        self.gone.verts = [line for line, bad in zip(lines, fails, strict=True) if bad]
        self.note.text = _("spread {first:.0%} → {last:.0%}").format(
            first=result.spread(0), last=result.spread(result.horizon)
        )


def _episode(result: ClusterResult) -> tuple[float, float]:
    """The seconds in which something happens, with a minute around; all of them if nothing does."""
    edges = [edge for vm in result.vms for span in vm.spans for edge in (span.start, span.end)]
    edges += [time for time, kind, *_rest in result.log if kind == "failure"]
    inside = [edge for edge in edges if 0 < edge < result.horizon]
    if not inside:
        return 0, result.horizon
    return max(0, 10 * (min(inside) // 10) - 60), min(result.horizon, max(inside) + 60)


def _by_first_host(result: ClusterResult) -> dict[str, list[VMResult]]:
    """The VMs by the host on which they begin, in the hosts' order; those never started last."""
    rows: dict[str, list[VMResult]] = {host.host.name: [] for host in result.hosts}
    for vm in result.vms:
        first = vm.spans[0].host if vm.spans else None
        name = pgettext("host", "none") if first is None else result.hosts[first].host.name
        rows.setdefault(name, []).append(vm)
    return {name: vms for name, vms in rows.items() if vms}


def _spaced(labels: Iterable[tuple[float, str]], gap: float) -> list[tuple[float, str]]:
    """The labels without those that would lie on the one before."""
    kept: list[tuple[float, str]] = []
    for middle, text in labels:
        if not kept or middle - kept[-1][0] >= gap:
            kept.append((middle, text))
    return kept


def _rectangle(span: Span, top: float, height: float) -> list[Point]:
    return corners(span.start, top + 0.06 * height, span.end, top + 0.94 * height)


def _steps(result: ClusterResult, host: int) -> list[Point]:
    """The load of one host as stairs from 0 to the horizon."""
    points: list[Point] = []
    for time, loads in result.balance:
        if points:
            points.append((time, points[-1][1]))
        points.append((time, loads[host]))
    points.append((result.horizon, points[-1][1]))
    return points
