"""ImageFleetChart and PortabilityChart say what the models say."""

import pytest

from hvlib.models.images import ImageFleet, Portability
from hvlib.views.images import ImageFleetChart, PortabilityChart
from hvlib.views.restore import restored

LARGEST = ImageFleet(
    services=200, base=2000, dependencies=5000, program=1000, copies=50, guest=40_000, network=10
)


@pytest.mark.parametrize("model", [ImageFleet(), LARGEST], ids=["default", "largest"])
def test_bars_end_at_the_values_inside_the_axes(model: ImageFleet) -> None:
    chart, result = restored(ImageFleetChart), model.run()
    chart.move(result)
    ends = [bar.left + bar.width for bar, _text in chart.registry[1]]
    assert ends[0] == pytest.approx(result.registry["VM disks"] / 1000)
    assert ends[2] == pytest.approx(result.registry["layers"] / 1000)
    for panel, bars in (chart.registry, chart.pulls):
        for bar, _text in bars:
            assert bar.left + bar.width < panel.get_xlim()[1]


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    """On a logarithmic scale fifteen times as much looked like a fifth more."""
    chart, result = restored(ImageFleetChart), ImageFleet().run()
    chart.move(result)
    bars = [chart.registry[1][row][0] for row in (0, 2)]
    wide = [right - left for left, _y, right, *_rest in (bar.item()[0][1] for bar in bars)]
    ratio = result.registry["VM disks"] / result.registry["layers"]
    assert wide[0] / wide[1] == pytest.approx(ratio, rel=0.05)


def test_each_check_has_a_mark_and_the_failed_one_its_reason() -> None:
    chart = restored(PortabilityChart)
    chart.move(Portability(needs="io_uring", host_has=False).run())
    assert [line[0].text for line in chart.lines] == ["✓", "✓", "✓", "✓", "✗"]
    assert "io_uring" in chart.lines[4][2].text
    container, vm = (token.x[0] for token in chart.tokens)
    assert container < 0.5 < vm, "the container doesn't run, the VM does"


def test_a_shared_base_is_one_brick_and_the_next_image_pulls_what_is_not_there() -> None:
    chart = restored(ImageFleetChart)
    chart.move(ImageFleet(services=6, bases=2).run())
    assert [len(marks.verts) for marks in (chart.base, chart.own)] == [2, 6]
    assert len(chart.pulled_bricks.verts) == 2, "dependencies and program, not the base"
    chart.move(ImageFleet(services=6, bases=6).run())
    assert len(chart.pulled_bricks.verts) == 3, "a base of its own comes as well"
