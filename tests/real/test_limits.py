"""A limit on CPU time, on a real container; and the model beside it, on a recording."""

import pytest

from hvlib.real import cgroup, limits
from hvlib.trace import Event, Trace
from hvlib.views.limits import CpuLimit, predicted

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.mark.skipif(cgroup.place("x", cpu=True) is None, reason="CPU time can't be limited here")
def test_a_limit_stops_a_service_in_some_periods_and_slows_it() -> None:
    trace = limits.cpu_limit.live(limit=0.1, requests=2, need=0.06)
    s = trace.summary
    assert s["throttled"] > 0
    assert s["still"] > 0
    # Some six quotas are needed, so it takes five periods or so; three at the very least.
    assert s["limited"] > 3 * s["period"], "the limit did not slow it"
    assert len(trace.of_kind("request")) == 4


def test_the_model_foretells_the_recorded_requests() -> None:
    """It was fitted to nothing: limit and CPU time go in, a range comes out."""
    trace = limits.cpu_limit.stored()
    least, most = predicted(trace)
    assert least <= trace.summary["limited"] <= most
    assert trace.summary["free"] < 0.5 * least


def test_a_request_that_the_quota_holds_is_foretold_to_be_as_fast_as_without_one() -> None:
    summary = {"limit": 1.0, "period": 0.1, "workers": 4, "need": 0.05, "free": 0.02,
               "limited": 0.02, "periods": 9, "throttled": 0, "limits_by": "cgroup v2"}  # fmt: skip
    events = (Event(0, "request", "free", 0.02), Event(0, "request", "limited", 0.02))
    trace = Trace("a limit", events, "measured", summary=summary)
    assert predicted(trace)[0] == pytest.approx(0.02)
    assert "in 0 of them the quota ran out" in CpuLimit.says(trace)
