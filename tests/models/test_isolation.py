"""Reachability over trust boundaries: the laws of blast radius, guards and real cases."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.deployment import Deployment
from hvlib.models.isolation import (
    CAPABILITIES_KEPT,
    CASES,
    GUARDS,
    SECCOMP_ALLOWED,
    SECCOMP_WITH_SYS_ADMIN,
    SYSCALLS,
    Arrangement,
    Domain,
    Flaw,
    Isolation,
    TrustGraph,
    Way,
    arrangement,
)
from hvlib.published.figures import figure
from hvlib.trust import SETTINGS, Rights, Setting, TrustError

NAMES = "abcdef"
WALLS = ("kernel", "runtime", "VMM process")


@st.composite
def graphs(draw: st.DrawFn) -> TrustGraph:
    """Any trust graph of six domains, each of a tenant of its own."""
    walls = st.frozensets(st.sampled_from(WALLS))
    way = st.builds(Way, st.sampled_from(NAMES), st.sampled_from(NAMES), walls)
    ways = draw(st.lists(way, min_size=1, max_size=14))
    return TrustGraph(
        tuple(Domain(name, name, "application", f"tenant {name}") for name in NAMES), tuple(ways)
    )


broken = st.frozensets(st.sampled_from(WALLS))


def fortified(graph: TrustGraph, wall: str, source: str, target: str) -> TrustGraph:
    """The graph with one more boundary on each way from source to target."""
    return with_walls(graph, (source, target), lambda walls: walls | {wall})


def opened(graph: TrustGraph, wall: str, source: str, target: str) -> TrustGraph:
    """The graph with one boundary less on each way from source to target."""
    return with_walls(graph, (source, target), lambda walls: walls - {wall})


def with_walls(
    graph: TrustGraph, here: tuple[str, str], change: Callable[[frozenset[str]], frozenset[str]]
) -> TrustGraph:
    ways = (
        replace(way, walls=change(way.walls)) if (way.source, way.target) == here else way
        for way in graph.ways
    )
    return replace(graph, ways=tuple(ways))


@given(graph=graphs(), broken=broken, data=st.data())
def test_adding_a_boundary_never_widens_the_blast(
    graph: TrustGraph, broken: frozenset[str], data: st.DataObject
) -> None:
    way = data.draw(st.sampled_from(graph.ways))
    wall = data.draw(st.sampled_from([*WALLS, "a wall that holds"]))
    before = graph.reached("a", broken)
    assert fortified(graph, wall, way.source, way.target).reached("a", broken) <= before


@given(graph=graphs(), broken=broken, data=st.data())
def test_removing_a_boundary_never_narrows_the_blast(
    graph: TrustGraph, broken: frozenset[str], data: st.DataObject
) -> None:
    way = data.draw(st.sampled_from(graph.ways))
    wall = data.draw(st.sampled_from(WALLS))
    before = graph.reached("a", broken)
    assert opened(graph, wall, way.source, way.target).reached("a", broken) >= before


@given(graph=graphs(), some=broken, more=broken)
def test_more_flaws_never_narrow_the_blast(
    graph: TrustGraph, some: frozenset[str], more: frozenset[str]
) -> None:
    assert graph.reached("a", some) <= graph.reached("a", some | more)


def test_one_boundary_makes_the_difference() -> None:
    domains = (
        Domain("app", "app", "application", "1"),
        Domain("kernel", "kernel", "host"),
        Domain("other", "app", "application", "2"),
    )
    ways = (Way("app", "kernel", frozenset({"kernel"})), Way("kernel", "other"))
    graph = TrustGraph(domains, ways)
    assert graph.fallen("app", {"kernel"}) == ("1", "2")
    assert fortified(graph, "seccomp", "app", "kernel").fallen("app", {"kernel"}) == ("1",)
    assert opened(graph, "kernel", "app", "kernel").fallen("app", set()) == ("1", "2")


def test_unknown_components_are_named_with_the_known_ones() -> None:
    graph = arrangement("VM", 1)
    with pytest.raises(TrustError, match=r"no component 'app-2'; there are app-1, guest-1"):
        graph.reached("app-2", set())
    with pytest.raises(TrustError, match="no component 'b'"):
        TrustGraph((Domain("a", "a", "host"),), (Way("a", "b"),))
    with pytest.raises(TrustError, match="'a' is there twice"):
        TrustGraph((Domain("a", "a", "host"), Domain("a", "b", "guest")), ())


def fallen(**knobs: object) -> int:
    return len(Isolation(**knobs).run().fallen)


def test_a_flaw_in_the_shared_kernel_takes_all_containers_and_no_vm() -> None:
    assert fallen(kind="container", flaw="kernel") == 4
    assert fallen(kind="process", flaw="kernel") == 4
    assert fallen(kind="VM", flaw="kernel") == 1
    assert fallen(kind="container in a VM", flaw="kernel") == 1


def test_a_flaw_in_the_application_stays_with_its_tenant() -> None:
    for kind in get_args(Arrangement):
        assert fallen(kind=kind, flaw="application") == 1, kind


def test_the_management_plane_takes_everything_in_every_arrangement() -> None:
    for kind in get_args(Arrangement):
        assert fallen(kind=kind, flaw="management plane", root=False) == 4, kind


def test_containers_in_a_vm_fall_only_to_two_flaws_together() -> None:
    knobs = {"kind": "container in a VM"}
    singles = [flaw for flaw in get_args(Flaw) if flaw != "management plane"]
    assert all(fallen(**knobs, flaw=flaw) == 1 for flaw in singles)
    assert fallen(**knobs, flaw="kernel", second="hypervisor") == 4


def test_a_sandbox_needs_a_flaw_of_its_own() -> None:
    for sandbox in ("gVisor", "Kata"):
        assert fallen(kind="container", flaw="kernel", sandbox=sandbox) == 1, sandbox
    assert fallen(kind="container", flaw="kernel", second="sandbox", sandbox="gVisor") == 4
    assert fallen(kind="container", flaw="kernel", second="hypervisor", sandbox="Kata") == 4


def test_an_unconfined_vmm_process_is_the_hypervisor() -> None:
    assert fallen(kind="VM", flaw="VMM process", root=True, confined=True) == 1
    assert fallen(kind="VM", flaw="VMM process", root=True, confined=False) == 4


def test_every_arrangement_is_attacked_from_the_same_start() -> None:
    starts = {Isolation(kind=kind).run().start for kind in get_args(Arrangement)}
    assert starts == {"app-1"}, "else containers and VMs are not compared alike"
    assert Isolation.knobs()["root"].default == Deployment.knobs()["root"].default


@pytest.mark.parametrize("kind", get_args(Arrangement))
@pytest.mark.parametrize("root", [False, True])
def test_the_sentence_says_where_the_attacker_starts(kind: Arrangement, root: bool) -> None:
    result = Isolation(kind=kind, root=root).run()
    who = "who is root in tenant 1's VM" if result.start == "guest-1" else "in tenant 1's app"
    assert who in result.describe()


@pytest.mark.parametrize("guard", list(GUARDS))
def test_a_guard_stops_what_it_denies_and_nothing_else(guard: str) -> None:
    switch = guard.replace(" ", "_")
    off = {name.replace(" ", "_"): False for name in GUARDS}
    for needs in ("nothing", *GUARDS.values()):
        stopped = fallen(needs=needs, **{**off, switch: True}) == 1
        assert stopped == (needs == GUARDS[guard]), f"{guard} against a flaw that needs {needs}"
        assert fallen(needs=needs, **off) == 4


@given(values=knob_values(Isolation))
def test_each_switch_only_ever_shrinks_the_reached_set(values: dict[str, object]) -> None:
    without = dict.fromkeys(("seccomp", "capabilities", "user_namespaces", "confined"), False)
    bare = Isolation(**{**values, **without}).run()
    assert Isolation(**values).run().reached <= bare.reached
    assert "1" in bare.fallen


def test_real_cases_stand_on_known_layers_with_a_source() -> None:
    for case in CASES:
        assert case.layer in get_args(Flaw)
        assert len(case.source) > 15, case.name


def of_case(name: str) -> Isolation:
    """The model with a real flaw."""
    case = next(case for case in CASES if case.name == name)
    return Isolation(flaw=case.layer, needs=case.needs, confined=case.confined)


def test_default_guards_stop_the_cgroup_flaw_but_not_dirty_pipe() -> None:
    assert len(of_case("CVE-2022-0492 (cgroup release_agent)").run().fallen) == 1
    assert len(of_case("CVE-2022-0847 (Dirty Pipe)").run().fallen) == 4


def test_user_namespaces_stop_a_flaw_that_needs_root_on_the_host() -> None:
    runc = of_case("CVE-2019-5736 (runc)")
    assert len(runc.run().fallen) == 4
    assert len(runc.with_(user_namespaces=True).run().fallen) == 1


def test_guards_are_as_published() -> None:
    assert len(CAPABILITIES_KEPT) == len(set(CAPABILITIES_KEPT))
    assert len(CAPABILITIES_KEPT) == figure("moby/capabilities.kept").value
    assert figure("moby-profiles/seccomp.allowed").value == SECCOMP_ALLOWED
    assert figure("moby-profiles/seccomp.calls").value == SYSCALLS
    assert figure("moby-profiles/seccomp.sys_admin").value == SECCOMP_WITH_SYS_ADMIN
    blocked = SYSCALLS - SECCOMP_ALLOWED
    assert blocked > figure("docker-seccomp/seccomp.blocked").value, "the sentence of 2016"


def test_an_advisory_is_cited_at_its_issuer_first() -> None:
    issuers = ("MITRE", "Red Hat", "runc", "VMware", "Broadcom", "FreeBSD")
    for case in CASES:
        assert case.source.startswith(issuers), f"{case.name}: {case.source}"


# --- settings ---------------------------------------------------------------------------------


DOORS = {"--privileged", "docker.sock inside", "/etc inside"}
"""By Docker's documentation and source: these hand over the host without a flaw."""


@pytest.mark.parametrize("setting", list(SETTINGS))
def test_a_door_needs_no_flaw(setting: Setting) -> None:
    result = Isolation(setting=setting, flaw="application").run()
    assert result.host_falls == (setting in DOORS)
    assert len(result.fallen) == (4 if setting in DOORS | {"--pid=host"} else 1)


def test_a_shared_process_list_opens_what_the_kernel_lets_it_open() -> None:
    every = Rights(0, (1 << 41) - 1)
    kept = Rights(0, 0xA80425FB)  # as Docker starts a container
    assert kept.opens(kept), "another container"
    assert kept.opens(Rights(1000, 0)), "an ordinary user's process: it may become that user"
    assert not kept.opens(every), "root's own process"
    assert every.opens(kept)
    assert not Rights(1000, 0).opens(Rights(1001, 0))
    assert not replace(kept, mapped=True).opens(kept)
    confined = replace(kept, label="docker-default (enforce)")
    assert confined.opens(confined)
    assert not confined.opens(Rights(1000, 0))


@given(values=knob_values(Isolation))
def test_a_setting_never_shrinks_what_is_reached(values: dict[str, object]) -> None:
    plain = Isolation(**{**values, "setting": "defaults"}).run()
    assert Isolation(**values).run().reached >= plain.reached


@given(values=knob_values(Isolation))
def test_a_user_namespace_shuts_every_door(values: dict[str, object]) -> None:
    mapped = {**values, "user_namespaces": True, "flaw": "application", "second": "none"}
    assert Isolation(**mapped).run().fallen == ("1",)


@given(values=knob_values(Isolation))
def test_a_setting_changes_nothing_where_there_is_no_container(values: dict[str, object]) -> None:
    for kind in ("process", "VM"):
        bare = Isolation(**{**values, "kind": kind})
        assert bare.run() == bare.with_(setting="defaults").run()


@given(values=knob_values(Isolation))
def test_in_a_vm_of_its_own_a_setting_costs_nobody_else(values: dict[str, object]) -> None:
    alone = {**values, "kind": "container in a VM", "flaw": "application", "second": "none"}
    assert Isolation(**alone).run().fallen == ("1",)


@pytest.mark.parametrize("setting", list(SETTINGS))
@pytest.mark.parametrize("guard", list(GUARDS))
def test_a_setting_lets_through_what_its_guards_denied(setting: Setting, guard: str) -> None:
    on = {name.replace(" ", "_"): name == guard for name in GUARDS}
    stopped = fallen(setting=setting, needs=GUARDS[guard], flaw="runtime", **on) == 1
    shut = guard == "user namespaces" or SETTINGS[setting].door == ""
    assert stopped == (shut and guard not in SETTINGS[setting].guards)


def test_a_sandbox_stands_before_a_door_but_hands_on_the_folders_it_was_given() -> None:
    for sandbox in ("gVisor", "Kata"):
        taken = {
            setting: fallen(setting=setting, flaw="application", sandbox=sandbox)
            for setting in SETTINGS
        }
        assert {setting for setting, count in taken.items() if count > 1} == {"/etc inside"}


def test_the_sentence_names_the_setting() -> None:
    assert "run with --pid=host," in Isolation(setting="--pid=host").run().describe()
    assert "run with" not in Isolation(setting="--pid=host", kind="VM").run().describe()
