"""Trust boundaries read from the files, and the victims of a dead host."""

import pytest

from hvlib.systems.blast import trust_graph, who_falls
from hvlib.systems.system import SystemFileError, load, names, parse

NESTED = """
id = "nested"
name = "Nested"
summary = "Two guests whose only tie to the hypervisor is that they lie in it."
sources = ["a test"]
classification = { type = "1", because = "-", argued = "-", owns_hardware = "-" }
[[components]]
id = "monitor"
name = "Monitor"
layer = "hypervisor"
does = "-"
privilege = "-"
boundary = "monitor"

[[components]]
id = "one"
name = "One"
layer = "guest"
does = "-"
privilege = "-"
boundary = "one"
inside = "monitor"
role = "guest"

[[components]]
id = "two"
name = "Two"
layer = "guest"
does = "-"
privilege = "-"
boundary = "two"
inside = "monitor"
role = "guest"
"""

HOSTED = [name for name in ("type-2", "virtualbox", "workstation", "player") if name in names()]
SYSTEMS = pytest.mark.parametrize("name", names())


@SYSTEMS
def test_every_system_makes_a_trust_graph(name: str) -> None:
    system = load(name)
    graph = trust_graph(system)
    software = {item.boundary for item in system.components if item.layer != "hardware"}
    assert {domain.id for domain in graph.domains} == software
    assert graph.walls <= software


@SYSTEMS
def test_one_more_flaw_never_saves_a_tenant(name: str) -> None:
    system = load(name)
    tenants = system.of_role("guest", "container")
    parts = [item.id for item in system.components if item.layer != "hardware"]
    for tenant in tenants:
        one = set(who_falls(system, tenant.id, parts[:1]))
        assert one <= set(who_falls(system, tenant.id, parts))
        assert tenant.name in one, "the attacker's own domain is his"


@pytest.mark.parametrize("name", HOSTED)
def test_everything_dies_with_the_host_operating_system(name: str) -> None:
    system = load(name)
    kernels = [item for item in system.of_role("kernel") if item.layer == "host"]
    assert kernels, f"{name} has no host kernel"
    states = system.states([kernels[0].id])
    victims = [item for item in system.components if item.layer not in ("hardware", "host")]
    alive = [item.id for item in victims if states[item.id] not in ("down", "crashed")]
    assert not alive, f"{name}: the host died and {alive} did not"


@pytest.mark.parametrize("name", HOSTED)
def test_a_flaw_in_the_host_kernel_or_the_monitor_takes_all_that_runs_on_it(name: str) -> None:
    system = load(name)
    tenants = tuple(item.name for item in system.of_role("guest", "container"))
    flaws = [item.id for item in system.of_role("kernel", "hypervisor")]
    for guest in system.of_role("guest"):
        assert who_falls(system, guest.id, []) == (guest.name,), f"{name}: nothing is broken"
        assert who_falls(system, guest.id, flaws[:1]) == tenants, f"{name}: the host kernel is"
        assert who_falls(system, guest.id, flaws) == tenants


@pytest.mark.parametrize("name", ["workstation", "player"])
def test_the_monitor_of_a_guest_has_power_over_the_host(name: str) -> None:
    system = load(name)
    tenants = tuple(item.name for item in system.of_role("guest", "container"))
    assert who_falls(system, "guest1", ["vmm1"]) == tenants, "it is as privileged as the kernel"
    assert who_falls(system, "guest1", ["vmm2"]) == ("Guest 1",), "it can't touch another's monitor"


@pytest.mark.parametrize(
    ("name", "process"), [("workstation", "vmx1"), ("player", "vmx1"), ("virtualbox", "process1")]
)
def test_who_takes_over_the_process_of_a_guest_has_a_way_into_the_hosts_kernel(
    name: str, process: str
) -> None:
    """It holds a handle to the driver, through which code is loaded into the kernel.

    VirtualBox: SUPR3HardenedMain.cpp, "full unrestricted access". VMware: vmmon's source takes the
    monitor's code from the VMX process; on ESX, unlike here, a sandbox contains that process.
    """
    system = load(name)
    assert "with a handle to" in system.component(process).privilege
    start = system.component("guest1").boundary
    taken = trust_graph(system).reached(start, {system.component(process).boundary})
    assert system.component("host").boundary in taken
    assert {"guest 2 kernel", "other program"} <= taken
    states = system.states([process])
    assert states["guest1"] == "down", "a guest dies with its process"
    assert states["guest2"] == "up"


def test_what_lies_inside_is_controlled_from_around_it() -> None:
    nested = parse(NESTED, "nested.toml")
    assert who_falls(nested, "one", ["monitor"]) == ("One", "Two")
    assert who_falls(nested, "one", ["two"]) == ("One",)
    assert who_falls(nested, "monitor", []) == ("One", "Two")


def test_a_flaw_in_xen_takes_all_domains_and_one_in_a_guest_only_its_own() -> None:
    xen = load("xen")
    guests = tuple(guest.name for guest in xen.of_role("guest"))
    assert who_falls(xen, "domu1", ["xen"]) == guests
    assert who_falls(xen, "domu1", ["domu1"]) == guests[:1]
    assert who_falls(xen, "domu1", ["domu2"]) == guests[:1]


def test_a_flaw_in_the_kernel_under_docker_takes_all_containers() -> None:
    docker = load("docker")
    containers = tuple(item.name for item in docker.of_role("container"))
    assert who_falls(docker, "container1", ["kernel"]) == containers
    assert who_falls(docker, "container1", ["container2"]) == containers[:1]


def test_a_flaw_in_runc_takes_all_containers_though_none_needs_it_to_run() -> None:
    docker = load("docker")
    containers = tuple(item.name for item in docker.of_role("container"))
    assert who_falls(docker, "container1", ["runc"]) == containers
    graph = trust_graph(docker)
    assert "host kernel" in graph.reached("container 1", {"runc"}), "runc is root on the host"
    assert graph.fallen("container 1", set()) == containers[:1], "a sound runc holds"


def test_a_component_can_only_control_what_the_system_has() -> None:
    text = """
id = "odd"
name = "Odd"
summary = "s"
sources = ["s"]
classification = { type = "os", because = "b", argued = "a", owns_hardware = "o" }
[[components]]
id = "tool"
name = "Tool"
layer = "runtime"
privilege = "root"
boundary = "tool"
does = "d"
controls = ["nobody"]
"""
    with pytest.raises(SystemFileError, match=r"odd\.toml: tool\.controls: no component 'nobody'"):
        parse(text, "odd.toml")


def test_a_flaw_on_an_unknown_component_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="xen has no component 'kernal'; it has hardware"):
        who_falls(load("xen"), "domu1", ["kernal"])


def test_hardware_is_no_way_across() -> None:
    assert all(item.layer != "hardware" for item in trust_graph(load("xen")).domains)
