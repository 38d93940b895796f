"""Laws and known answers of the cluster."""

import itertools
import math
import typing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.cluster import MANAGEMENT, Cluster, ClusterRun
from hvlib.models.inventory import (
    VM,
    Admission,
    Failure,
    Host,
    Settings,
    choose_host,
    dedicated,
    reservation,
    slot,
    slots_left,
)
from hvlib.models.placement import Fit, Size

KNOBS = knob_values(Cluster)
ON_HOST = {"running", "moving", "booting", "unreachable", "stalled", "crashed"}


@given(KNOBS)
@settings(max_examples=25)
def test_any_knobs_give_a_sentence_and_finite_numbers(values):
    result = Cluster(**values).run()
    assert "nan" not in result.describe()
    assert all(0 <= vm.downtime < math.inf for vm in result.vms)
    assert all(0 <= load < math.inf for _time, row in result.balance for load in row)
    assert 0 < result.delivered <= 1
    assert result.trace.duration <= result.horizon + 1e-9


@given(KNOBS)
@settings(max_examples=25)
def test_each_vm_is_in_one_place_all_the_time(values):
    result = Cluster(**values).run()
    for vm in result.vms:
        spans = vm.spans
        assert spans[0].start == 0
        assert spans[-1].end == result.horizon
        for before, after in itertools.pairwise(spans):
            assert before.end == after.start, f"{vm.vm.name} is in two places or in none"


@given(KNOBS)
@settings(max_examples=25)
def test_no_host_ever_promises_more_than_it_has(values):
    model = Cluster(**values)
    result = model.run()
    times = sorted({span.start for vm in result.vms for span in vm.spans})[:40]
    for time in times:
        for index, host in enumerate(result.hosts):
            here = [
                reservation(vm.vm, model.reserved)
                for vm in result.vms
                for span in vm.spans
                if span.start <= time < span.end and span.host == index and span.status in ON_HOST
            ]
            assert sum(vm.cpu for vm in here) <= host.host.cpu + 1e-6, f"CPU at {time}"
            assert sum(vm.memory for vm in here) <= host.host.memory + 1e-6, f"memory at {time}"


@given(KNOBS)
@settings(max_examples=25)
def test_every_vm_that_does_not_serve_has_a_reason(values):
    result = Cluster(**values).run()
    for vm in (*result.not_restarted, *result.refused):
        assert vm.reason, f"{vm.vm.name} does not run, and nothing says why"


@given(KNOBS)
@settings(max_examples=25)
def test_nothing_runs_on_a_dead_host(values):
    values = {**values, "fails": "host", "repair": 0.0}
    model = Cluster(**values)
    result = model.run()
    dead = (model.target - 1) % model.hosts
    late = [
        span
        for vm in result.vms
        for span in vm.spans
        if span.host == dead and span.status in ON_HOST and span.end > model.at
    ]
    assert late == []


@given(KNOBS)
@settings(max_examples=25)
def test_without_vcenter_ha_restarts_and_drs_rests(values):
    """vCenter is down from the start until the end; a host fails meanwhile."""
    values = {**values, "fails": "nothing", "ha": True, "at": 400.0, "horizon": 3_600.0}
    run = (
        Cluster(**values)
        .setup()
        .failing(Failure(0.0, "vCenter", "", 3_599.5), Failure(400.0, "host", "host 1"))
    )
    result = run.run()
    assert result.moves == 0, "DRS moved a VM though vCenter was down"
    waiting = [vm for vm in result.not_restarted if vm.vm != MANAGEMENT]
    assert all("free" in vm.reason or "no host" in vm.reason for vm in waiting), waiting


HOSTS = st.builds(
    lambda sizes: tuple(Host(f"host {n}", *size) for n, size in enumerate(sizes, 1)),
    st.lists(st.tuples(st.integers(4, 24), st.integers(4, 24)), min_size=2, max_size=6),
)
VMS = st.builds(
    lambda sizes: tuple(VM(f"VM {n}", *size) for n, size in enumerate(sizes)),
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=16),
)


RESERVED = st.sampled_from([0.0, 0.3, 1.0])


@given(HOSTS, VMS, st.integers(1, 3), RESERVED, st.data())
def test_slots_for_n_failures_restart_every_vm_after_n_failures(
    hosts, vms, tolerate, reserved, data
):
    count = min(tolerate, len(hosts) - 1)
    dying = data.draw(st.permutations(hosts))[:count]
    failures = tuple(Failure(100.0 + n, "host", h.name) for n, h in enumerate(dying))
    rules = Settings(
        admission="slots", tolerate=tolerate, reserved=reserved, management="", horizon=2_000
    )
    result = ClusterRun(hosts, vms, failures, rules).run()
    assert result.not_restarted == ()


@given(HOSTS, VMS, st.integers(0, 3), RESERVED)
def test_slots_are_enough_for_what_is_admitted(hosts, vms, tolerate, reserved):
    rules = Settings(admission="slots", tolerate=tolerate, reserved=reserved, management="")
    result = ClusterRun(hosts, vms, (), rules).run()
    started = [vm.vm for vm in result.vms if vm.powered_on]
    assert slots_left(hosts, started, rules) >= 0


@given(HOSTS, VMS, st.integers(0, 3))
def test_slots_are_counted_for_the_worst_failure(hosts, vms, tolerate):
    """Whichever hosts fail, at least so many slots stay free, and for some of them no more."""
    rules = Settings(admission="slots", tolerate=tolerate)
    left = itertools.combinations(hosts, max(0, len(hosts) - tolerate))
    none = replace(rules, tolerate=0)
    worst = min(slots_left(survivors, vms, none) for survivors in left)
    assert slots_left(hosts, vms, rules) == worst


@pytest.mark.parametrize("fit", typing.get_args(Fit))
@pytest.mark.parametrize("idle", [8.0, 1.0], ids=["all CPU", "less CPU"])
def test_of_hosts_as_good_as_each_other_the_first_takes_a_vm(fit, idle):
    whole = Size(8, 8)
    free, load = [None, Size(1, 1), whole, whole], [idle] * 4
    assert choose_host(VM("VM", 2, 2), Size(2, 2), free, load, whole, fit) == 2


@given(HOSTS, VMS, st.integers(0, 3))
def test_percentage_keeps_its_share_free(hosts, vms, tolerate):
    rules = Settings(admission="percentage", tolerate=tolerate, reserved=1, management="")
    result = ClusterRun(hosts, vms, (), rules).run()
    started = [vm.vm for vm in result.vms if vm.powered_on]
    used = sum(vm.cpu for vm in started) / sum(host.cpu for host in hosts)
    assert used <= 1 - min(1, tolerate / len(hosts)) + 1e-9


@given(HOSTS, VMS, st.integers(1, 3))
def test_dedicated_hosts_stay_empty_until_a_failure(hosts, vms, tolerate):
    rules = Settings(admission="dedicated hosts", tolerate=tolerate, management="")
    result = ClusterRun(hosts, vms, (), rules).run()
    spare = dedicated(hosts, rules)
    assert all(span.host not in spare for vm in result.vms for span in vm.spans)


def pair(*failures, **settings):
    """Three hosts with room to spare; one VM stands on each of the first two."""
    hosts = tuple(Host(f"host {n}", 10, 10) for n in (1, 2, 3))
    vms = (VM("a", 2, 2), VM("b", 2, 2))
    defaults = {"management": "", "boot": 60, "horizon": 1_000, "drs": False}
    return ClusterRun(hosts, vms, failures, Settings(**{**defaults, **settings})).run()


def outage(result, name):
    vm = next(vm for vm in result.vms if vm.vm.name == name)
    return vm.failed


def when(result, kind):
    return [time - 100 for time, name, *_rest in result.log if name == kind]


def test_a_secondary_is_declared_dead_after_18_s_or_15_without_heartbeat_datastores():
    """18 s since vSphere 5.0; the 15 s of version 4 hold only without heartbeat datastores."""
    result = pair(Failure(100, "host", "host 2"))
    assert when(result, "datastore heartbeats") == [3]
    assert when(result, "unreachable") == [10]
    assert when(result, "declared failed") == [18]
    assert outage(result, "b") == pytest.approx(18 + 10 + 60), "listing and placing, then booting"
    assert outage(result, "a") == 0
    without = pair(Failure(100, "host", "host 2"), heartbeat_datastores=False)
    assert when(without, "declared failed") == [15]


def test_silence_counts_from_the_last_heartbeat_and_one_comes_each_second():
    assert when(pair(Failure(101.5, "host", "host 2")), "declared failed") == [1 + 18]


def test_after_an_election_the_first_restart_is_at_35_s():
    result = pair(Failure(100, "host", "host 1"))
    assert when(result, "election") == [10]
    assert when(result, "elected") == [25]
    assert when(result, "power-on") == [35]
    assert outage(result, "a") == pytest.approx(35 + 60)


def test_the_isolation_response_is_off_by_default():
    assert Settings().response == Cluster().response == "leave on"
    result = pair(Failure(100, "management network", "host 2"))
    assert when(result, "isolated") == [30]
    assert outage(result, "b") == 0


def test_an_isolated_secondary_declares_itself_at_30_s_and_responds_at_60():
    result = pair(Failure(100, "network", "host 2"), response="power off")
    assert when(result, "isolated") == [30]
    assert when(result, "response") == [60]
    assert outage(result, "b") == pytest.approx(60 + 10 + 60)


def test_an_isolated_primary_declares_itself_at_5_s_and_responds_at_35():
    result = pair(Failure(100, "network", "host 1"), response="power off")
    assert when(result, "isolated") == [5]
    assert when(result, "response") == [35]
    assert outage(result, "a") == pytest.approx(35 + 10 + 60)


def test_a_host_that_reaches_its_isolation_address_is_a_partition_and_does_nothing():
    cut = Failure(100, "management network", "host 2")
    result = pair(cut, response="power off", partitioned=True)
    assert when(result, "partitioned") == [30]
    assert when(result, "isolated") == when(result, "response") == []
    assert outage(result, "b") == 0


def test_the_response_waits_until_some_host_is_primary():
    """No primary, no response: nobody would restart the VMs."""
    failures = [Failure(100, "network", f"host {n}", None if n == 1 else 200) for n in (1, 2, 3)]
    result = pair(*failures, response="power off")
    assert when(result, "response") == when(result, "elected") == [125]


def test_losing_only_the_management_network_costs_service_only_by_the_response():
    cut = Failure(100, "management network", "host 2", 500)
    assert outage(pair(cut, response="leave on"), "b") == 0
    assert outage(pair(cut, response="power off"), "b") == pytest.approx(10 + 60)


def test_a_glitch_shorter_than_isolation_moves_nothing():
    result = pair(Failure(100, "network", "host 2", 120), response="power off")
    assert outage(result, "b") == pytest.approx(20)
    assert {span.host for vm in result.vms for span in vm.spans if vm.vm.name == "b"} == {1}


def test_without_the_datastore_all_stall_and_none_restarts():
    result = pair(Failure(100, "datastore", "", 400), Failure(200, "host", "host 2"))
    assert outage(result, "a") == pytest.approx(300)
    assert outage(result, "b") == pytest.approx(300 + 60), "restarted without its disk"
    boots = [span.start for vm in result.vms for span in vm.spans if span.status == "booting"]
    assert boots == [400], "HA tried to boot a VM while the datastore was down"


def test_without_ha_the_vms_stay_down():
    result = pair(Failure(100, "host", "host 2", 150), ha=False)
    assert [vm.reason for vm in result.not_restarted] == ["HA is off"]


def test_a_crashed_vcenter_stays_down_unless_vm_monitoring_is_switched_on():
    """VM monitoring is off by default, and waits for 120 s without I/O where it is on."""
    (center,) = Cluster(fails="vCenter", boot=60, drs=False).run().hit
    assert (center.vm, center.running) == (MANAGEMENT, False)
    result = Cluster(fails="vCenter", boot=60, drs=False, vm_monitoring=True).run()
    assert [(vm.vm, vm.failed) for vm in result.hit] == [(MANAGEMENT, pytest.approx(180))]


def test_a_slot_is_as_large_as_the_largest_reservation_not_the_largest_vm():
    vms = [VM("small", 1, 4), VM("large", 4, 16)]
    assert slot(vms, reserved=0).cpu == 0.032
    assert slot(vms, reserved=0).memory == pytest.approx(0.136, abs=0.002), "overhead alone"
    assert slot(vms, reserved=1).cpu == 4
    assert slot(vms, reserved=1).memory == pytest.approx(16.136, abs=0.002)


@pytest.mark.parametrize("admission", typing.get_args(Admission))
def test_without_reservations_admission_control_keeps_nobody_off(admission):
    """61 VMs ask for 139 GHz; a host less leaves 120, and all are admitted and restarted."""
    result = Cluster(vms=60, admission=admission, reserved=0).run()
    assert result.refused == result.not_restarted == ()
    assert result.delivered < 0.9, "nobody is refused, so all must be slower"


def test_reserved_vms_are_refused_or_find_no_room():
    full = Cluster(vms=60, reserved=1)
    assert full.run().refused
    off = full.with_(admission="off").run()
    assert off.refused == ()
    assert off.not_restarted


def test_all_hosts_down_and_up_again():
    failures = [Failure(100, "host", f"host {n}", 200) for n in (1, 2, 3)]
    result = pair(*failures)
    assert result.not_restarted == ()
    assert outage(result, "a") == pytest.approx(100 + 35 + 60)


def test_high_priority_starts_first():
    hosts = (Host("host 1", 10, 10), Host("host 2", 10, 10))
    vms = tuple(VM(p, 1, 1, p) for p in ("low", "medium", "high"))
    rules = Settings(management="", drs=False, admission="off", fit="first", power_on=10)
    result = ClusterRun(hosts, vms, (Failure(5, "host", "host 1"),), rules).run()
    times = {vm.vm.name: vm.failed for vm in result.vms}
    assert times["high"] < times["medium"] < times["low"]


def test_a_host_gets_32_power_on_tasks_at_a_time():
    hosts = (Host("host 1", 100, 100), Host("host 2", 100, 100))
    vms = tuple(VM(f"VM {n}", 1, 1) for n in range(40))
    rules = Settings(management="", drs=False, admission="off", fit="first", power_on=10)
    result = ClusterRun(hosts, vms, (Failure(100, "host", "host 1"),), rules).run()
    times = sorted(vm.failed for vm in result.vms)
    assert times == pytest.approx([35 + 60] * 32 + [35 + 60 + 10] * 8)


def test_drs_by_score_moves_for_a_vm_that_lacks_cpu_and_not_for_even_loads():
    """Since vSphere 7.0 an uneven load alone moves nothing; a VM that would fare better does."""
    uneven = Cluster(fails="nothing", fit="first", drs_level=5, horizon=3_600)
    assert uneven.run().moves == 0
    assert uneven.with_(drs_rule="host load").run().moves > 0
    scarce = Cluster(vms=60, fails="host", at=100, repair=300)
    with_drs, without = scarce.run(), scarce.with_(drs=False).run()
    assert with_drs.moves > 0
    assert with_drs.delivered > without.delivered


@pytest.mark.parametrize(("rule", "period"), [("VM score", 60), ("host load", 300)])
def test_drs_looks_each_minute_since_7_0_and_every_five_minutes_before(rule, period):
    assert Settings(drs_rule=rule).period == period


def test_drs_evens_out_what_first_fit_fills_up():
    values = {"fit": "first", "drs_rule": "host load", "drs_level": 5, "horizon": 3_600}
    result = Cluster(fails="nothing", **values).run()
    assert result.moves > 0
    assert result.spread(3_600) < result.spread(0) / 3
    assert all(vm.downtime < 0.5 * vm.moves for vm in result.vms if vm.moves)


@given(HOSTS, VMS)
def test_drs_never_makes_it_worse(hosts, vms):
    manager = VM("vCenter", 1, 1)
    rules = Settings(drs_level=5, drs_rule="host load", horizon=3_000)
    result = ClusterRun(hosts, (manager, *vms), (), rules).run()
    assert result.spread(3_000) <= result.spread(0) + 1e-9


def test_drs_moves_no_vm_to_a_host_without_memory_for_it():
    hosts = (Host("host 1", 40, 256), Host("host 2", 40, 16))
    vms = (MANAGEMENT, *(VM(f"VM {n}", 4, 24) for n in range(1, 8)))
    rules = Settings(
        fit="first", admission="off", drs_level=5, drs_rule="host load", reserved=1, horizon=3_600
    )
    result = ClusterRun(hosts, vms, (), rules).run()
    on_second = [vm.vm.memory for vm in result.vms if vm.host == "host 2"]
    assert sum(on_second) <= 16, f"host 2 has 16 GB and holds VMs of {on_second} GB"


def test_a_move_holds_its_room_at_the_target():
    hosts = (Host("host 1", 10, 10), Host("host 2", 10, 10))
    vms = (VM("vCenter", 1, 1), VM("a", 4, 4), VM("b", 4, 4))
    rules = Settings(fit="first", admission="off", drs_level=2, drs_rule="host load", move_rate=500)
    result = ClusterRun(hosts, vms, (), rules).run()
    start = next(s.start for vm in result.vms for s in vm.spans if s.status == "moving")
    loads = next(row for time, row in result.balance if time == start)
    assert loads == pytest.approx((0.9, 0.4)), "the target's room is not kept during the move"


def test_a_target_may_be_the_host_of_a_vm():
    result = pair(Failure(100, "host", "b"))
    assert not result.hosts[1].heard_at(101)


def test_bad_clusters_are_named():
    host, vm = Host("h", 1, 1), VM("v", 1, 1)
    with pytest.raises(ValueError, match="no host or VM 'x' to fail; the hosts are h"):
        ClusterRun((host,), (vm,), (Failure(1, "host", "x"),))
    with pytest.raises(ValueError, match="two hosts or VMs are called 'h'"):
        ClusterRun((host, host), ())
    with pytest.raises(ValueError, match="Host\\.cpu must be 0\\.001 or more, not 0"):
        Host("h", 0, 1)
    with pytest.raises(ValueError, match="must come after"):
        Failure(5, "host", "h", 4)


def test_a_host_of_odd_size_is_never_emptier_than_empty():
    """Rounding what is free once gave a load below 0."""
    result = Cluster(hosts=1, vms=0, host_cpu=8.878845647861922, at=0, admission="off").run()
    assert all(load >= 0 for _time, row in result.balance for load in row)


def test_an_empty_cluster_answers():
    assert "on 0 hosts" in ClusterRun((), (VM("v", 1, 1),)).run().describe()
    assert "0 of 0 VMs" in ClusterRun((Host("h", 1, 1),), ()).run().describe()
