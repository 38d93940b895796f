"""DensityChart marks the resource that binds, and holds the largest counts."""

import pytest

from hvlib.models.density import Density
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
