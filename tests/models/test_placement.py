"""Laws of placement: the fast way agrees with looking at every host, and no host is overfull."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.models.placement import Size, choose, place

SIZES = st.builds(Size, st.integers(0, 9), st.integers(0, 9))
HOSTS = st.lists(st.builds(Size, st.integers(0, 16), st.integers(0, 16)), max_size=8)
FITS = st.sampled_from(["first", "best", "worst"])


@given(st.lists(SIZES, max_size=20), HOSTS, FITS)
def test_it_agrees_with_looking_at_every_host(vms, hosts, fit):
    whole = Size(max((h.cpu for h in hosts), default=1), max((h.memory for h in hosts), default=1))
    free, expected = list(hosts), []
    for vm in vms:
        host = choose(vm, free, whole, fit)
        expected.append(host)
        if host is not None:
            free[host] = Size(free[host].cpu - vm.cpu, free[host].memory - vm.memory)
    assert place(vms, hosts, fit) == expected


@given(st.lists(SIZES, max_size=40), HOSTS, FITS)
def test_no_host_is_overfull_and_none_refused_that_fits(vms, hosts, fit):
    placed = place(vms, hosts, fit)
    free = []
    for index, host in enumerate(hosts):
        mine = [vm for vm, where in zip(vms, placed, strict=True) if where == index]
        free.append(
            (host.cpu - sum(vm.cpu for vm in mine), host.memory - sum(vm.memory for vm in mine))
        )
    assert all(cpu >= 0 and memory >= 0 for cpu, memory in free), "a host is overfull"
    for vm, where in zip(vms, placed, strict=True):
        if where is None:
            assert not any(vm.cpu <= c and vm.memory <= m for c, m in free), "refused, but fits"


@pytest.mark.parametrize(
    ("fit", "expected"), [("first", 0), ("best", 1), ("worst", 2)], ids=["first", "best", "worst"]
)
def test_each_fit_takes_its_host(fit, expected):
    hosts = [Size(6, 6), Size(4, 4), Size(9, 9)]
    assert place([Size(4, 4)], hosts, fit) == [expected]


def test_no_vms_and_no_hosts():
    assert place([], [Size(1, 1)]) == []
    assert place([Size(1, 1)], []) == [None]


@pytest.mark.parametrize("size", [Size(-1, 1), Size(1, math.nan), Size(math.inf, 1)])
def test_a_bad_size_is_named(size):
    with pytest.raises(ValueError, match="VM: CPU and memory must be 0 or more"):
        place([size], [Size(1, 1)])
