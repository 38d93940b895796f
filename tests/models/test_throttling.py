"""Laws of a limit on CPU time, and the arithmetic of the kernel's documentation."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.models.throttling import Budget, CpuLimit, on_more_memory
from tests.conftest import knob_values

FINE = 1e-6


def test_a_service_far_below_its_limit_waits_for_the_next_period() -> None:
    """8 threads of 20 ms draw 100 ms of quota in 12.5 ms; the last 60 ms need the next period."""
    service = CpuLimit(threads=8, burst=20, limit=1, period=100, server=8)
    assert service.budget().work(0, 160, 8) == pytest.approx(107.5)
    assert service.run().use == pytest.approx(0.32)
    assert service.run().free_typical == pytest.approx(20)


def test_without_a_limit_a_request_runs_on_as_many_cpus_as_the_server_has() -> None:
    """16 threads of 20 ms on 8 CPUs."""
    service = CpuLimit(threads=16, burst=20, limit=8, period=100, server=8, rate=0.1)
    assert service.run().free_typical == pytest.approx(40)


@pytest.mark.parametrize(
    ("quota", "period", "cpus"), [(250, 250, 1), (1000, 500, 2), (10, 50, 0.2)]
)
def test_the_kernels_examples_are_so_many_cpus(quota: float, period: float, cpus: float) -> None:
    """Documentation/scheduler/sched-bwc.rst, "Examples"."""
    long, threads = 1000 * period, 16
    done = Budget(quota, period).work(0, cpus * long, threads)
    assert done == pytest.approx(long, abs=period)


@given(
    st.floats(1, 500),
    st.floats(1, 100),
    st.floats(0, 1000),
    st.floats(0.1, 5000),
    st.integers(1, 64),
)
def test_work_takes_at_least_what_the_cpus_and_the_quota_take(
    quota: float, period: float, start: float, need: float, cpus: int
) -> None:
    end = Budget(quota, period).work(start, need, cpus)
    assert end >= start + need / cpus - FINE
    # At most the quota of each period that it touches.
    touched = end // period - start // period + 1
    assert need <= touched * quota + FINE * need


@given(knob_values(CpuLimit))
def test_a_limit_never_makes_a_request_faster(knobs: dict[str, float]) -> None:
    result = CpuLimit(**knobs).run()
    assert result.tail >= result.free_tail - FINE
    assert result.typical >= result.free_typical - FINE
    assert 0 <= result.throttled <= 1


@given(knob_values(CpuLimit))
def test_a_limit_of_all_that_can_run_at_once_never_stops_anybody(knobs: dict[str, float]) -> None:
    model = CpuLimit(**knobs)
    if model.limit >= model.at_once:
        result = model.run()
        assert result.throttled == 0
        assert result.tail == pytest.approx(result.free_tail)


@given(knob_values(CpuLimit))
def test_the_request_that_is_drawn_is_whole(knobs: dict[str, float]) -> None:
    model = CpuLimit(**knobs)
    shown = list(model.one())
    assert all(a.end == pytest.approx(b.start) for a, b in itertools.pairwise(shown))
    done = sum((s.end - s.start) * s.cpus for s in shown)
    assert done <= model.need + FINE * model.need
    if shown[-1].cpus and done == pytest.approx(model.need):
        assert shown[-1].end == pytest.approx(model.budget().work(0, model.need, model.at_once))


def test_more_threads_burn_the_same_quota_sooner() -> None:
    latencies = [CpuLimit(threads=n, burst=160 / n).run().typical for n in (1, 2, 8)]
    alone = [CpuLimit(threads=n, burst=160 / n).run().free_typical for n in (1, 2, 8)]
    assert alone[2] < alone[0] / 6
    assert latencies[2] > latencies[0] / 2, "eight times the threads, not even twice as fast"


def test_nothing_is_no_limit() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Budget(0, 100)


def test_only_the_upper_limit_kills() -> None:
    """Who stands at a bound gets more memory only beyond it."""
    told = [on_more_memory(held, 400, 500) for held in (300, 399, 400, 499, 500)]
    assert told == ["given", "given", "slowed", "slowed", "killed"]
