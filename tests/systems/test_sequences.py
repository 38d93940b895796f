"""What follows a crash, held to each product's documentation: once a system."""

import pytest

from hvlib.systems.failure import DEAD
from hvlib.systems.system import load, names

GENERIC = {"os", "type-1", "type-2"} | {name for name in names() if name.startswith("way-")}


def ends(system: str, crashed: str, *ids: str, **settings: str) -> list[list[str]]:
    """The states of some components, moment by moment."""
    chosen = {name.replace("_", "-"): value for name, value in settings.items()}
    moments = load(system).moments((crashed,), chosen)
    return [[moment.conditions[id].state for id in ids] for moment in moments]


def test_a_new_dockerd_shuts_down_the_containers_it_finds_unless_it_may_keep_them() -> None:
    both = ("dockerd", "container1")
    assert ends("docker", "dockerd", *both) == [
        ["crashed", "limited"],
        ["up", "up"],
        ["up", "down"],
    ]
    assert ends("docker", "dockerd", *both, restart_policy="always")[-1] == ["up", "up"]
    kept = ends("docker", "dockerd", *both, live_restore="on")
    assert ["up", "down"] not in kept
    assert kept[-1] == ["up", "up"]


def test_a_dockerd_that_is_stopped_takes_its_containers_along_and_stays_down() -> None:
    both = ("dockerd", "container1")
    assert ends("docker", "dockerd", *both, end="stop")[-1] == ["crashed", "down"]
    assert ends("docker", "dockerd", *both, end="stop", live_restore="on") == [
        ["crashed", "limited"]
    ]


def test_containerd_removes_the_container_of_a_dead_shim_and_only_it_does() -> None:
    docker = load("docker")
    assert ends("docker", "shim1", "container1") == [["limited"], ["down"]]
    alone = docker.moments(("shim1", "containerd"))
    assert [moment.conditions["container1"].state for moment in alone] == [
        *("limited", "limited", "down"),
    ], "while containerd is down, the processes run on"


def test_without_dockerd_names_of_a_network_of_the_users_own_are_not_found() -> None:
    docker = load("docker")
    own = docker.conditions(("dockerd",), settings={"network": "of the user’s own"})
    assert "names" in own["container1"].lacks
    assert "names" not in docker.conditions(("dockerd",))["container1"].lacks


@pytest.mark.parametrize("image", ["image", "initrd"])
def test_a_pod_ends_with_its_agent(image: str) -> None:
    last = ends("kata", "agent1", "pod1", "container1a", "pod2", guest_image=image)[-1]
    assert last == ["down", "down", "up"]


def test_a_pod_is_cleaned_up_when_its_shim_dies() -> None:
    assert ends("kata", "shim1", "pod1", "virtiofsd1") == [["unmanaged", "up"], ["down", "down"]]


def test_xen_reboots_the_machine_when_dom0_reports_a_crash_and_not_when_it_hangs() -> None:
    """Xen source, xen/common/shutdown.c: SHUTDOWN_crash, SHUTDOWN_watchdog."""
    three = ("xen", "dom0", "domu1")
    assert ends("xen", "dom0", *three) == [["up", "crashed", "stalled"]]
    for how in ("a crash it reports", "hanging, with a watchdog"):
        assert ends("xen", "dom0", *three, dom0_fails=how) == [
            ["up", "crashed", "stalled"],
            ["down", "crashed", "down"],
            ["up", "up", "down"],
        ]


def test_a_new_libvirtd_finds_the_guests_running() -> None:
    assert ends("kvm", "libvirtd", "guest1", "qemu1")[-1] == ["up", "up"]


@pytest.mark.parametrize("name", ["docker", "docker-desktop", "gvisor", "kata"])
def test_containers_without_a_network_card_compute_and_write_as_before(name: str) -> None:
    tenants = load(name).of_role("container")
    found = load(name).conditions(("nic",))
    assert {found[item.id].state for item in tenants} == {"limited"}
    assert {found[item.id].lacks for item in tenants} == {frozenset({"network"})}
    programs = [item.id for item in load(name).components if item.layer == "application"]
    assert "stalled" not in {found[id].state for id in programs}


@pytest.mark.parametrize("name", ["workstation", "player"])
def test_vmmon_clears_away_a_monitor_whose_process_ended_and_starts_nothing(name: str) -> None:
    """VMware, vmmon's source, LinuxDriver_Close(): "most often when the process exits"."""
    assert ends(name, "vmx1", "vmm1", "guest1", "guest2") == 2 * [["down", "down", "up"]]


def test_oracles_pool_restarts_the_machines_of_a_dead_server_if_told_to() -> None:
    """Oracle VM Concepts Guide 3.3, section 6.10."""
    assert len(ends("oracle-x86", "server1", "vm1")) == 1
    events = [moment.event for moment in load("oracle-x86").moments(("server1",), {"ha": "on"})]
    assert [event.does for event in events if event] == ["fails over"]


@pytest.mark.parametrize("name", sorted(set(names()) - GENERIC))
def test_a_products_file_says_what_it_was_checked_against(name: str) -> None:
    system = load(name)
    assert system.checked, f"{name} has no [[checked]]"
    assert system.status, f"{name} has no status"


@pytest.mark.parametrize("name", names())
def test_who_is_marked_as_struck_is_dead_at_that_moment(name: str) -> None:
    system = load(name)
    for item in system.components:
        for moment in system.moments((item.id,)):
            alive = {id for id in moment.struck if moment.conditions[id].state not in DEAD}
            assert not alive, f"{name}: {item.id} fails, and {moment.event} leaves {alive} struck"


@pytest.mark.parametrize("name", names())
def test_every_event_can_happen_and_names_its_source(name: str) -> None:
    system = load(name)
    for event in system.after:
        found = system.moments((event.of,), dict(event.when))
        assert event in [moment.event for moment in found], f"{name}: never: {event.says}"
        assert event.says.endswith((".", ")")), event.says
