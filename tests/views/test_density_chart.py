"""DensityChart marks the resource that binds, and holds the largest counts."""

import matplotlib
import pytest

from hvlib.models.density import Density
from hvlib.views.chart import rc_of
from hvlib.views.density import DensityChart

CASES = [
    Density(),
    Density(host_memory=1, app_memory=16_384),
    Density(host_memory=1024, app_memory=1, app_cpu=0.01, container_disk=1, host_disk=10_000),
]

CHART = DensityChart()
"""One figure for all tests here, as in a notebook: building one is the slow part."""


@pytest.mark.parametrize("model", CASES, ids=["default", "nothing fits", "most"])
def test_the_binding_resource_is_named_and_all_bars_fit(model: Density) -> None:
    chart, result = CHART, model.run()
    chart.move(result)
    for numbers, fit in zip(chart.numbers, (result.vm, result.container), strict=True):
        bound = [text.get_text() for text in numbers if "binds" in text.get_text()]
        assert bound == [f"{fit.count:,} binds"]
        assert max(fit.limits.values()) < chart.limits.get_xlim()[1]


@pytest.mark.parametrize("model", CASES, ids=["default", "nothing fits", "most"])
def test_numbers_end_inside_and_scales_are_written_out(model: Density) -> None:
    CHART.png(model.run())
    frame = CHART.limits.get_window_extent()
    texts = [text for numbers in CHART.numbers for text in numbers]
    assert max(text.get_window_extent().x1 for text in texts) < frame.x1
    with matplotlib.rc_context(rc_of(CHART.theme)):  # as png does
        labels = [label.get_text() for label in CHART.limits.get_xticklabels()]
    assert any("1000" in label for label in labels)
    assert not any("10^{3}" in label for label in labels)


def test_the_longest_bar_uses_most_of_the_width() -> None:
    CHART.png(CASES[0].run())
    longest = max(bar.get_window_extent().x1 for bars in CHART.bars for bar in bars)
    frame = CHART.limits.get_window_extent()
    assert longest - frame.x0 > 0.7 * frame.width
