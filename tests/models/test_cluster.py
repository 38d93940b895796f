"""Laws and known answers of the cluster."""

import itertools
import math
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.cluster import MANAGEMENT, Cluster, ClusterRun, Fails
from hvlib.models.inventory import VM, Failure, Host, Settings, dedicated, slots_left

KNOBS = knob_values(Cluster)
ON_HOST = {"running", "moving", "booting", "unreachable", "stalled", "crashed"}


@given(KNOBS)
@settings(max_examples=25)
def test_any_knobs_give_a_sentence_and_finite_numbers(values):
    result = Cluster(**values).run()
    assert "nan" not in result.describe()
    assert all(0 <= vm.downtime < math.inf for vm in result.vms)
    assert all(0 <= load <= 1 + 1e-9 for _time, row in result.balance for load in row)
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
def test_no_host_is_ever_overfull(values):
    result = Cluster(**values).run()
    times = sorted({span.start for vm in result.vms for span in vm.spans})[:40]
    for time in times:
        for index, host in enumerate(result.hosts):
            here = [
                vm.vm
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


@given(HOSTS, VMS, st.integers(1, 3), st.data())
def test_slots_for_n_failures_restart_every_vm_after_n_failures(hosts, vms, tolerate, data):
    count = min(tolerate, len(hosts) - 1)
    dying = data.draw(st.permutations(hosts))[:count]
    failures = tuple(Failure(100.0 + n, "host", h.name) for n, h in enumerate(dying))
    rules = Settings(admission="slots", tolerate=tolerate, management="", horizon=2_000)
    result = ClusterRun(hosts, vms, failures, rules).run()
    assert result.not_restarted == ()


@given(HOSTS, VMS, st.integers(0, 3))
def test_slots_are_enough_for_what_is_admitted(hosts, vms, tolerate):
    rules = Settings(admission="slots", tolerate=tolerate, management="")
    result = ClusterRun(hosts, vms, (), rules).run()
    started = [vm.vm for vm in result.vms if vm.powered_on]
    assert slots_left(hosts, started, tolerate) >= 0


@given(HOSTS, VMS, st.integers(0, 3))
def test_percentage_keeps_its_share_free(hosts, vms, tolerate):
    rules = Settings(admission="percentage", tolerate=tolerate, management="")
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


def test_a_secondary_is_declared_failed_after_15_s():
    result = pair(Failure(100, "host", "host 2"))
    assert outage(result, "b") == pytest.approx(15 + 60)
    assert outage(result, "a") == 0


def test_a_primary_waits_for_the_election():
    result = pair(Failure(100, "host", "host 1"))
    assert outage(result, "a") == pytest.approx(25 + 60)


def test_an_isolated_secondary_powers_its_vms_off_after_30_s():
    result = pair(Failure(100, "network", "host 2"))
    assert outage(result, "b") == pytest.approx(30 + 60)


def test_an_isolated_primary_powers_off_after_5_s_and_waits_for_the_election():
    result = pair(Failure(100, "network", "host 1"))
    assert [entry[0] for entry in result.log if entry[1] == "isolated"] == [105]
    assert outage(result, "a") == pytest.approx(25 + 60)


def test_losing_only_the_management_network_costs_service_only_by_the_response():
    cut = Failure(100, "management network", "host 2", 500)
    assert outage(pair(cut, response="leave on"), "b") == 0
    assert outage(pair(cut, response="power off"), "b") == pytest.approx(60)


def test_a_glitch_shorter_than_isolation_moves_nothing():
    result = pair(Failure(100, "network", "host 2", 120))
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


def test_a_crashed_vcenter_is_reset_by_vm_monitoring():
    result = Cluster(fails="vCenter", boot=60, drs=False).run()
    assert [(vm.vm, vm.failed) for vm in result.hit] == [(MANAGEMENT, pytest.approx(90))]


def test_all_hosts_down_and_up_again():
    failures = [Failure(100, "host", f"host {n}", 200) for n in (1, 2, 3)]
    result = pair(*failures)
    assert result.not_restarted == ()
    assert outage(result, "a") == pytest.approx(100 + 25 + 60)


def test_high_priority_starts_first():
    hosts = (Host("host 1", 10, 10), Host("host 2", 10, 10))
    vms = tuple(VM(p, 1, 1, p) for p in ("low", "medium", "high"))
    rules = Settings(management="", drs=False, admission="off", fit="first", stagger=10)
    result = ClusterRun(hosts, vms, (Failure(5, "host", "host 1"),), rules).run()
    times = {vm.vm.name: vm.failed for vm in result.vms}
    assert times["high"] < times["medium"] < times["low"]


def test_drs_evens_out_what_first_fit_fills_up():
    result = Cluster(fails="nothing", fit="first", drs_level=5, horizon=3_600).run()
    assert result.moves > 0
    assert result.spread(3_600) < result.spread(0) / 3
    assert all(vm.downtime < 0.5 * vm.moves for vm in result.vms if vm.moves)


@given(HOSTS, VMS)
def test_drs_never_makes_it_worse(hosts, vms):
    manager = VM("vCenter", 1, 1)
    result = ClusterRun(hosts, (manager, *vms), (), Settings(drs_level=5, horizon=3_000)).run()
    assert result.spread(3_000) <= result.spread(0) + 1e-9


def test_drs_moves_no_vm_to_a_host_without_memory_for_it():
    hosts = (Host("host 1", 40, 256), Host("host 2", 40, 16))
    vms = (MANAGEMENT, *(VM(f"VM {n}", 4, 24) for n in range(1, 8)))
    rules = Settings(fit="first", admission="off", drs_level=5, horizon=3_600)
    result = ClusterRun(hosts, vms, (), rules).run()
    on_second = [vm.vm.memory for vm in result.vms if vm.host == "host 2"]
    assert sum(on_second) <= 16, f"host 2 has 16 GB and holds VMs of {on_second} GB"


def test_a_move_holds_its_room_at_the_target():
    hosts = (Host("host 1", 10, 10), Host("host 2", 10, 10))
    vms = (VM("vCenter", 1, 1), VM("a", 4, 4), VM("b", 4, 4))
    rules = Settings(fit="first", admission="off", drs_level=2, move_rate=500)
    result = ClusterRun(hosts, vms, (), rules).run()
    start = next(s.start for vm in result.vms for s in vm.spans if s.status == "moving")
    loads = next(row for time, row in result.balance if time == start)
    assert loads == pytest.approx((0.9, 0.4)), "the target's room is not kept during the move"


def test_a_target_may_be_the_host_of_a_vm():
    result = pair(Failure(100, "host", "b"))
    assert not result.hosts[1].alive


@pytest.mark.parametrize("fails", typing.get_args(Fails))
def test_a_cluster_goes_through_json(fails):
    run = Cluster(fails=fails, repair=100).setup()
    again = ClusterRun.from_json(run.to_json())
    assert again == run
    assert again.run() == run.run()


def test_bad_clusters_are_named():
    host, vm = Host("h", 1, 1), VM("v", 1, 1)
    with pytest.raises(ValueError, match="no host or VM 'x' to fail; the hosts are h"):
        ClusterRun((host,), (vm,), (Failure(1, "host", "x"),))
    with pytest.raises(ValueError, match="two hosts or VMs are called 'h'"):
        ClusterRun((host, host), ())
    with pytest.raises(ValueError, match="h: CPU and memory must be more than 0"):
        Host("h", 0, 1)
    with pytest.raises(ValueError, match="must come after"):
        Failure(5, "host", "h", 4)
    with pytest.raises(ValueError, match="not a stored cluster"):
        ClusterRun.from_json("{}")


def test_a_host_of_odd_size_is_never_emptier_than_empty():
    """Rounding what is free once gave a load below 0."""
    result = Cluster(hosts=1, vms=0, host_cpu=8.878845647861922, at=0, admission="off").run()
    assert all(load >= 0 for _time, row in result.balance for load in row)


def test_an_empty_cluster_answers():
    assert "on 0 hosts" in ClusterRun((), (VM("v", 1, 1),)).run().describe()
    assert "0 of 0 VMs" in ClusterRun((Host("h", 1, 1),), ()).run().describe()
