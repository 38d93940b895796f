"""The picture of a cluster draws for the ends of all knobs and shows what happened."""

from conftest import knob_values
from hypothesis import given, settings

from hvlib.models.cluster import Cluster
from hvlib.views.chart import chart_of
from hvlib.views.cluster import GROUPS
from hvlib.views.theme import DARK, LIGHT

CHART = chart_of(Cluster)(LIGHT)


@given(knob_values(Cluster))
@settings(max_examples=12)
def test_any_knobs_draw(values):
    assert CHART.png(Cluster(**values).run()).startswith(b"\x89PNG")


def boxes(chart, group):
    return len(chart.boxes[group].get_path().vertices) // 5


def test_every_span_is_in_the_picture():
    chart = chart_of(Cluster)(DARK)
    result = Cluster(fails="host", vms=40).run()
    chart.png(result)
    spans = [span.status for vm in result.vms for span in vm.spans]
    for group, statuses in GROUPS.items():
        assert boxes(chart, group) == sum(spans.count(status) for status in statuses), group


def test_a_failed_host_is_drawn_apart():
    chart = chart_of(Cluster)(LIGHT)
    chart.png(Cluster(hosts=4, fails="host").run())
    assert (len(chart.steady.get_segments()), len(chart.gone.get_segments())) == (3, 1)
