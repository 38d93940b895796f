"""DeploymentChart: true points, letters apart, everything inside, the advice ringed."""

import pytest

from hvlib.models.deployment import STRATEGIES, Deployment
from hvlib.views.deployment import DeploymentChart
from hvlib.views.restore import drawing, restored

CASES = [
    Deployment(),
    Deployment(services=0),
    Deployment(services=1000, tenants=100, server=16, app=4096, guest=4096, price=50_000),
    Deployment(tenants=1, groups=1),
]

CHART = restored(DeploymentChart)


@pytest.mark.parametrize("model", CASES, ids=["default", "nothing", "most", "one tenant"])
def test_points_and_letters_stand_inside_and_apart(model: Deployment) -> None:
    chart, result = CHART, model.run()
    chart.move(result)
    left, right = chart.pareto.get_xlim()
    low, high = chart.pareto.get_ylim()
    for point, plan in zip(chart.points, result.plans, strict=True):
        assert left < point.x[0] < right
        assert low < point.y[0] < high
        assert point.y[0] == max(plan.worst, 0.7)
    drawn = drawing(DeploymentChart)
    drawn.draw(result)
    boxes = [drawn.artist(letter).get_window_extent() for letter in drawn.chart.letters]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number]), "two letters collide"


def test_the_ring_is_at_the_recommended_strategy() -> None:
    chart, result = CHART, Deployment().run()
    chart.move(result)
    best = result.plan(result.best)
    assert chart.ring.x[0] == best.cost
    widths = [bar.width for bar in chart.costs][::-1]
    assert widths == [result.plan(name).cost for name in STRATEGIES]
