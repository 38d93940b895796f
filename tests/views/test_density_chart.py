"""DensityChart marks the resource that binds, and holds the largest counts."""

import pytest

from hvlib.models.density import Density
from hvlib.views.density import DensityChart
from hvlib.views.panel import ONE
from hvlib.views.restore import drawing, restored

CASES = [
    Density(),
    Density(host_memory=1, app_memory=16_384),
    Density(host_memory=1024, app_memory=1, app_cpu=0.01, container_disk=1, host_disk=10_000),
]

CHART = restored(DensityChart)


@pytest.mark.parametrize("model", CASES, ids=["default", "nothing fits", "most"])
def test_the_binding_resource_is_named_and_all_bars_fit(model: Density) -> None:
    chart, result = CHART, model.run()
    chart.move(result)
    for numbers, fit in zip(chart.numbers, (result.vm, result.container), strict=True):
        bound = [text.text for text in numbers if "binds" in text.text]
        assert bound == [f"{fit.count:,} binds"]
        assert max(fit.limits.values()) < chart.limits.get_xlim()[1]


@pytest.mark.parametrize("model", CASES, ids=["default", "nothing fits", "most"])
def test_numbers_end_inside_and_scales_are_written_out(model: Density) -> None:
    drawn = drawing(DensityChart)
    drawn.draw(model.run())
    frame = drawn.figure.axes[0].get_window_extent()
    texts = [drawn.artist(text) for numbers in drawn.chart.numbers for text in numbers]
    assert max(text.get_window_extent().x1 for text in texts) < frame.x1
    assert "100" in [name for _place, name in drawn.chart.limits.x.ticks()]


def test_the_longest_bar_uses_most_of_the_width() -> None:
    CHART.move(CASES[0].run())
    ends = [bar.item()[0][1][2] for bars in CHART.bars for bar in bars]
    assert 0.7 * ONE < max(ends) < ONE
