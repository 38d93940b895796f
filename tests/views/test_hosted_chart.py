"""HostedChart and HostTopChart show what the models say, and the published values beside it."""

import pytest

from hvlib.models.hosted import WORKLOADS, Hosted, HostTop
from hvlib.views.hosted import HostedChart, HostTopChart
from hvlib.views.restore import restored

CHART = restored(HostedChart)


@pytest.mark.parametrize("workload", list(WORKLOADS))
def test_bars_are_the_model_and_marks_the_published_times(workload: str) -> None:
    chart, result = CHART, Hosted(workload=workload).run()
    chart.move(result)
    assert [bar.width for bar in chart.bars] == [
        result.alone("uml"),
        result.alone("workstation"),
        result.alone("xen"),
    ]
    marks = chart.known.x
    assert marks[2] == pytest.approx(result.alone("xen")), "Xen is fitted: bar and mark agree"
    assert max(marks) < chart.alone.get_xlim()[1], "a published value lies outside the picture"


def test_the_worst_slowdown_fits_the_picture() -> None:
    chart = CHART
    worst = Hosted(programs=12, nice=19, touches=10_000, swap=20, vm_memory=16_384).run()
    chart.move(worst)
    assert worst.hosted < chart.here.get_xlim()[1]


@pytest.mark.parametrize("programs", [0, 2, 9, 12])
def test_each_process_has_a_line(programs: int) -> None:
    chart, result = restored(HostTopChart), HostTop(programs=programs, suspend_a=True).run()
    chart.move(result)
    shown = [row[0].text for row in chart.cells if row[0].visible]
    assert shown == [process.name for process in result.processes]
    assert chart.cells[0][3].text == "suspended"
    widths = [box.width for box in chart.gets[: len(shown)]]
    assert widths[0] == 0
    assert all(got <= box.width for got, box in zip(widths[1:], chart.wants[1:], strict=False))
