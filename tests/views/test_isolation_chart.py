"""IsolationChart draws every domain once and crosses out those that fall."""

from typing import get_args

import pytest

from hvlib.models.isolation import Arrangement, Isolation, Sandbox
from hvlib.views.isolation import IsolationChart
from hvlib.views.restore import restored
from hvlib.widgets.explorer import explore

CHART = restored(IsolationChart)


@pytest.mark.parametrize("kind", get_args(Arrangement))
@pytest.mark.parametrize("sandbox", get_args(Sandbox))
@pytest.mark.parametrize("tenants", [1, 8])
def test_a_box_a_domain_and_a_cross_for_each_that_falls(
    kind: Arrangement, sandbox: Sandbox, tenants: int
) -> None:
    chart = CHART
    result = Isolation(kind=kind, sandbox=sandbox, tenants=tenants).run()
    chart.move(result)
    assert len(chart.boxes.verts) == len(result.graph.domains)
    assert len(chart.crosses.x) == len(result.reached)
    centres = {
        (round(sum(x for x, _y in box) / 4, 6), round(sum(y for _x, y in box) / 4, 6))
        for box in chart.boxes.verts
    }
    assert len(centres) == len(result.graph.domains), "two domains lie on one another"
    assert sum(text.visible for text in chart.tenants) == tenants


def test_a_press_on_a_layer_breaks_it() -> None:
    explorer = explore(Isolation, "flaw", tenants=4)
    chart = explorer._picture.chart
    number = chart.marks.index(chart.boxes)
    for kind, flaws in (("container", {"runtime", "kernel"}), ("VM", {"hypervisor", "kernel"})):
        explorer.set(kind=kind)
        broken = set()
        for height in range(0, 55, 5):
            down = round((1 - chart.boxes.panel.y.share(height / 10)) * 10_000)
            explorer._picture._handle_custom_msg({"pull": [number, 5_000, down]}, [])
            broken.add(explorer.model.flaw)
            assert explorer._controls["flaw"].value == explorer.model.flaw
        assert flaws < broken, f"{kind}: a press reaches only {broken}"
