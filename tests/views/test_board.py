"""A cluster at a moment: every VM is in exactly one box, in the state that the run gives it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvlib.models.cluster import Cluster
from hvlib.models.inventory import Failure
from hvlib.views.board import ClockChart, active, board, failures_told, part_of
from hvlib.views.restore import restored
from hvlib.views.theme import LIGHT

START = Cluster(hosts=3, vms=8, fails="nothing", fit="worst").setup()
PARTS = [("host", "host 1"), ("network", "host 2"), ("management network", "host 3"),
         ("datastore", ""), ("vCenter", "")]  # fmt: skip


def at(time, *failures):
    run = START.failing(*failures)
    return board(run, run.run(), time)


@settings(max_examples=25, deadline=None)
@given(part=st.sampled_from(PARTS), time=st.integers(0, 1_200), begin=st.integers(0, 1_100))
def test_each_vm_has_one_box_and_a_state_at_any_time(part, time, begin):
    now = at(float(time), Failure(float(begin), part[0], part[1]))
    names = [item.name for item in now.system.components if item.id.startswith("vm-")]
    assert sorted(names) == sorted(vm.name for vm in START.vms), "a VM is lost or drawn twice"
    assert set(now.states) == {item.id for item in now.system.components}
    serving = sum(state == "up" for id, state in now.states.items() if id.startswith("vm-"))
    assert f"{serving} of 9 VMs serve" in now.moment.says, "boxes and sentence disagree"


def test_vms_of_a_failed_host_come_back_elsewhere():
    failure = Failure(300.0, "host", "host 2")
    before, during, after = (at(time, failure) for time in (299.0, 301.0, 600.0))
    moved = [
        item.id for item in before.system.components if item.inside == "host-1" and "vm" in item.id
    ]
    assert moved
    assert during.failed == ("host-1",)
    assert {during.states[id] for id in moved} == {"down"}
    assert {after.states[id] for id in moved} == {"up"}
    assert "host-1" not in {after.system.component(id).inside for id in moved}


def test_without_vcenter_every_host_runs_on_unmanaged():
    now = at(301.0, Failure(300.0, "vCenter"))
    assert now.failed == ("vm-0",)
    assert {now.states[f"host-{n}"] for n in range(3)} == {"unmanaged"}
    assert now.moment.says == "At 301 s, 8 of 9 VMs serve. Crashed: vCenter."


def test_an_isolated_host_is_unmanaged_and_its_vms_serve_until_it_notices():
    now = at(310.0, Failure(300.0, "management network", "host 3"))
    assert now.failed == ("management-2",)
    assert now.states["host-2"] == "unmanaged"
    assert "9 of 9 VMs serve" in now.moment.says


def test_vms_that_were_not_started_have_a_box_of_their_own():
    run = Cluster(hosts=1, vms=20, fails="nothing", admission="off", reserved=1).setup()
    now = board(run, run.run(), 0.0)
    off = [item for item in now.system.components if item.inside == "nowhere"]
    assert off
    assert {now.states[item.id] for item in off} == {"down"}


@pytest.mark.parametrize(
    ("id", "part"),
    [
        ("host-1", ("host", "host 2")),
        ("network-0", ("network", "host 1")),
        ("management-2", ("management network", "host 3")),
        ("datastore", ("datastore", "")),
        ("vm-0", ("vCenter", "")),
        ("vm-3", None),
    ],
)
def test_what_a_box_lets_fail(id, part):
    assert part_of(START, id) == part


def test_a_repaired_failure_is_no_longer_active():
    failure = Failure(300.0, "host", "host 2", 400.0)
    assert active([failure], ("host", "host 2"), 300.0) == [failure]
    assert active([failure], ("host", "host 2"), 400.0) == []


def test_failures_are_told_in_the_order_of_time():
    told = failures_told([Failure(500.0, "datastore"), Failure(300.0, "host", "host 2", 400.0)])
    assert told == "Failures: host 2 from 300 to 400 s; datastore at 500 s."
    assert failures_told([]) == ""


def test_the_clock_is_a_line_in_both_pictures():
    chart = restored(ClockChart, LIGHT)
    chart.now = 340.0
    chart.move(START.run())
    assert [lines.verts[0][0][0] for lines in chart.clocks] == [340.0, 340.0]
