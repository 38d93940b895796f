"""The scheduler's picture shows what the result says."""

import pytest
from hypothesis import given, settings

from conftest import knob_values
from hvlib.models.scheduler import CreditScheduler
from hvlib.views.restore import restored
from hvlib.views.scheduler import SchedulerChart, _round_below, _rows

CHART = restored(SchedulerChart)


@settings(max_examples=10)
@given(knob_values(CreditScheduler))
def test_it_draws_any_slider_position(knobs) -> None:  # type: ignore[no-untyped-def]
    result = CreditScheduler(**knobs).run()
    CHART.move(result)
    shown = [bar for bar in CHART.bars if bar.visible]
    assert sum(bar.width for bar in shown) == pytest.approx(result.useful)
    rows = CHART.gantt.get_ylim()
    assert rows == (result.pcpus + 0.5, 0.5)


def test_further_vms_share_the_last_row() -> None:
    rows = _rows(CreditScheduler(vms=20).run().vms)
    assert len(rows) == 8
    assert rows[-1][0] == "13 more"
    assert len(rows[-1][1]) == 13


def test_a_vm_without_strand_is_named() -> None:
    CHART.move(CreditScheduler(policy="partition", pcpus=1, vms=2).run())
    assert "no strand" in CHART.names[1].text


@pytest.mark.parametrize(("window", "end"), [(225, 200), (1.4, 1), (99, 70), (1000, 1000)])
def test_the_time_axis_ends_where_runs_still_are(window: float, end: float) -> None:
    assert _round_below(window) == pytest.approx(end)
