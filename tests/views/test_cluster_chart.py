"""The picture of a cluster shows what happened."""

from hvlib.models.cluster import Cluster
from hvlib.views.chart import chart_of
from hvlib.views.cluster import GROUPS
from hvlib.views.restore import restored
from hvlib.views.theme import DARK, LIGHT


def test_every_span_is_in_the_picture():
    chart = restored(chart_of(Cluster), DARK)
    result = Cluster(fails="host", vms=40).run()
    chart.move(result)
    spans = [span.status for vm in result.vms for span in vm.spans]
    for group, statuses in GROUPS.items():
        assert len(chart.boxes[group].verts) == sum(spans.count(status) for status in statuses), (
            group
        )


def test_a_failed_host_is_drawn_apart():
    chart = restored(chart_of(Cluster), LIGHT)
    chart.move(Cluster(hosts=4, fails="host").run())
    assert (len(chart.steady.verts), len(chart.gone.verts)) == (3, 1)
