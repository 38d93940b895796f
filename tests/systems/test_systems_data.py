"""Every system file: it can be drawn and walked, and what fails is what the documentation says."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx import Graph, is_connected

from hvlib.systems.system import System, load, names

WAYS = ("way-process", "way-container", "way-vm", "way-container-in-vm")
HYPERVISORS = tuple(name for name in names() if load(name).of_role("guest"))
BOOK = Path(__file__).parents[2] / "notebooks"
CALL = re.compile(r'\b(?:show|compare|load|classifier)\("([\w-]+)"(?:, "([\w-]+)")?')

every_system = pytest.mark.parametrize("name", names())


def outside(system: System) -> set[str]:
    """The components on another machine."""
    return {
        item.id
        for item in system.components
        if any(
            system.component(id).role == "outside" for id in (item.id, *system.ancestors(item.id))
        )
    }


def test_the_book_has_all_the_systems_it_speaks_of() -> None:
    code = [
        "".join(cell["source"])
        for path in BOOK.glob("0*.ipynb")
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    shown = {id for text in code for pair in CALL.findall(text) for id in pair if id}
    assert len(shown) > 15, "the chapters show fewer systems than they have"
    assert {*shown, *WAYS} <= {*names()}, f"no file for {shown - {*names()}}"


@every_system
def test_a_file_is_named_after_its_system(name: str) -> None:
    assert load(name).id == name


@every_system
def test_the_picture_stays_readable(name: str) -> None:
    system = load(name)
    few, many = (5, 14) if name in WAYS else (12, 30)
    count = len(system.components)
    assert few <= count <= many, f"{name} has {count} components, not {few} to {many}"
    for item in system.components:
        assert len(system.ancestors(item.id)) < 4, f"{name}: {item.id} is nested too deep"
    bottom = [item for item in system.children(None) if item.row == 0]
    assert all(item.layer == "hardware" for item in bottom), f"{name}: not hardware in row 0"


@every_system
def test_every_component_is_part_of_the_picture(name: str) -> None:
    system = load(name)
    graph = Graph(system.graph())
    graph.add_edges_from((item.id, item.inside) for item in system.components if item.inside)
    assert is_connected(graph), f"{name}: some component hangs on nothing"
    for item in system.components:
        alone = not system.graph().degree(item.id) and not system.children(item.id)
        # A program or guest beside the others, and what has exited, may stand without an edge.
        free = item.role in ("guest", "container", "hardware") or item.layer == "hardware"
        assert free or not alone, f"{name}: {item.id} has no link and nothing in it"


@every_system
def test_a_system_has_the_flows_that_the_chapters_step_through(name: str) -> None:
    flows = {flow.id for flow in load(name).flows}
    needed = {"syscall"} if name in WAYS else {"packet", "disk", "manage"}
    assert needed <= flows, f"{name} lacks {needed - flows}"


@every_system
def test_a_flow_is_a_walk_along_links(name: str) -> None:
    system = load(name)
    graph = system.graph()
    for flow in system.flows:
        stops = [step.at for step in flow.steps]
        for here, there in pairwise(stops):
            assert graph.has_edge(here, there), f"{name}: {flow.id} jumps from {here} to {there}"


@every_system
def test_packets_and_blocks_end_at_a_device(name: str) -> None:
    system = load(name)
    for id in {"packet", "disk", "syscall"} & {flow.id for flow in system.flows}:
        last = system.component(system.flow(id).steps[-1].at)
        assert last.layer == "hardware", f"{name}: {id} ends at {last.id}"


@every_system
def test_every_need_names_another_component(name: str) -> None:
    system = load(name)
    known = {item.id for item in system.components}
    for item in system.components:
        for need in item.needs:
            assert need.of in known - {item.id}, f"{name}: {item.id} needs {need.of}"


@every_system
def test_texts_are_sentences(name: str) -> None:
    system = load(name)
    kind = system.classification
    texts = [system.summary, kind.because, kind.argued, kind.owns_hardware]
    texts += [item.does for item in system.components]
    texts += [step.says for flow in system.flows for step in flow.steps]
    texts += [text for item in system.misconceptions for text in (item.claim, item.truth)]
    for text in texts:
        assert text[-1] in ".?)”", f"{name}: no full stop: {text!r}"


@every_system
def test_a_system_has_sources_and_misconceptions(name: str) -> None:
    system = load(name)
    assert all(system.sources), f"{name} has an empty source"
    assert system.misconceptions, f"{name} has no misconceptions"


@every_system
def test_crashing_the_hardware_takes_everything(name: str) -> None:
    system = load(name)
    hardware = [item.id for item in system.of_role("hardware")]
    assert hardware, f"{name} has no component of role hardware"
    states = system.states(hardware)
    left = {id for id, state in states.items() if state not in ("crashed", "down")}
    assert left <= outside(system), f"{name}: {left - outside(system)} survive without hardware"


@every_system
def test_no_part_of_the_machine_or_of_a_kernel_fails_unnoticed(name: str) -> None:
    system = load(name)
    for item in system.components:
        # Without vMotion all goes on, and can still be managed.
        if item.layer in ("hardware", "host", "hypervisor") and item.id != "vmotion1":
            others = {id: state for id, state in system.states([item.id]).items() if id != item.id}
            hurt = [id for id, state in others.items() if state != "up"]
            assert hurt, f"{name}: crashing “{item.name}” changes nothing"


@every_system
def test_without_its_disk_no_guest_or_container_works(name: str) -> None:
    system = load(name)
    disks = [item.id for item in system.components if item.id in ("disk", "datastore")]
    for tenant in system.of_role("guest", "container") if disks else ():
        if tenant.id not in ("program", "room2"):  # some program of the host; room for a guest
            state = system.states(disks)[tenant.id]
            assert state != "up", f"{name}: “{tenant.name}” works on without its disk"


def bystanders(system: System, victim: str) -> list[str]:
    """All that a tenant must not take along: all but its inside and the tools that talk to it."""
    return [
        item.id
        for item in system.components
        if victim not in (item.id, *system.ancestors(item.id))
        and (item.layer != "runtime" or item.role in ("guest", "container"))
    ]


@every_system
def test_crashing_a_guest_or_container_leaves_the_others_as_they_were(name: str) -> None:
    system = load(name)
    for victim in system.of_role("guest", "container"):
        states = system.states([victim.id])
        for id in bystanders(system, victim.id):
            assert states[id] == "up", f"{name}: {victim.id} crashes and {id} is {states[id]}"


@given(st.data(), st.sampled_from(HYPERVISORS))
def test_a_guest_changes_nothing_for_others_whatever_else_has_crashed(
    data: st.DataObject, name: str
) -> None:
    system = load(name)
    before = data.draw(st.sets(st.sampled_from([item.id for item in system.components])))
    victim = data.draw(st.sampled_from(system.of_role("guest"))).id
    first, then = system.states(before), system.states(before | {victim})
    for id in bystanders(system, victim):
        assert then[id] == first[id], f"{name}: {victim} takes {id} along"


def effect(
    down: str = "", stalled: str = "", limited: str = "", unmanaged: str = ""
) -> dict[str, str]:
    """State by component, from a list of ids for each state."""
    listed = {"down": down, "stalled": stalled, "limited": limited, "unmanaged": unmanaged}
    return {id: state for state, ids in listed.items() for id in ids.split()}


# What one crash leaves not up, spelled out: (system, crashed component) -> effect.
EFFECTS = {
    ("xen", "dom0"): effect(
        down="nic-driver disk-driver privcmd netback blkback qemu2 xl xenstored",
        stalled="domu1 netfront1 blkfront1 stack1 app1 domu2 stack2 app2",
    ),
    ("xen", "xl"): effect(unmanaged="domu1 domu2"),
    ("xen", "netback"): effect(limited="domu1 netfront1 blkfront1 stack1 app1 domu2 stack2 app2"),
    ("xen", "qemu2"): effect(stalled="domu2 stack2 app2"),
    ("xen", "xenstored"): effect(unmanaged="xl domu1 domu2"),
    ("os", "web"): effect(),
    ("type-1", "manager"): effect(unmanaged="guest1 guest2"),
    ("type-2", "manager"): effect(unmanaged="guest1 guest2"),
    ("type-2", "process1"): effect(down="devices1 guest1 kernel1 app1"),
    ("virtualbox", "vboxsvc"): effect(stalled="gui", unmanaged="process1 guest1 process2 guest2"),
    ("virtualbox", "vboxdrv"): effect(
        down="process1 nat1 devices1 guest1 kernel1 app1 process2 guest2 kernel2 app2",
    ),
    ("virtualbox", "process1"): effect(down="nat1 devices1 guest1 kernel1 app1"),
    ("docker", "dockerd"): effect(
        down="docker-proxy", stalled="cli", limited="container1 container2"
    ),
    ("docker", "docker-proxy"): effect(),
    ("docker", "containerd"): effect(
        stalled="dockerd cli",
        unmanaged="shim1 shim2 container1 container2",
    ),
    ("docker", "shim1"): effect(limited="container1"),
    ("vsphere", "vcenter"): effect(down="vmotion1 drs", stalled="client", unmanaged="vpxa1"),
    ("vsphere", "hostd1"): effect(stalled="fdm1", unmanaged="vm1"),
    ("vsphere", "esxi1"): effect(
        down="drivers1 vswitch1 vmfs1 vmotion1 vm1 kernel1 app1 vmx1 vcenter drs vpxa1 hostd1 fdm1",
        stalled="client",
    ),
    ("vsphere", "host2"): effect(down="hardware2 fdm2 vm3 room2"),
    ("vsphere", "datastore"): effect(
        stalled="hba1 vmfs1 vm1 kernel1 app1 vcenter drs hardware2 vm3 hardware3 vm4 client",
        unmanaged="vpxa1",
    ),
    ("oracle-sparc", "primary"): effect(
        down="nic-driver0 disk-driver0 vsw0 vds0 ldmd",
        stalled="guest2 kernel2 app2",
        unmanaged="secondary guest1",
    ),
    ("oracle-sparc", "secondary"): effect(down="vsw1 vds1"),
    ("oracle-sparc", "ldmd"): effect(unmanaged="secondary guest1 guest2"),
    ("oracle-x86", "dom0"): effect(
        down="nic-driver1 disk-driver1 netback1 blkback1 agent1",
        stalled="vm1 netfront1 blkfront1 kernel1 app1 vm2",
    ),
    ("oracle-x86", "manager"): effect(unmanaged="agent1 vm1 vm2 agent2 vm3"),
    ("oracle-x86", "agent1"): effect(unmanaged="vm1 vm2"),
    ("workstation", "gui"): effect(unmanaged="guest1 guest2"),
    ("workstation", "vmx1"): effect(down="vmm1 guest1 kernel1 app1"),
    ("workstation", "vmmon"): effect(
        down="vmx1 vmx2 vmm1 guest1 kernel1 app1 vmm2 guest2 kernel2 app2",
    ),
    ("player", "gui1"): effect(unmanaged="guest1"),
    ("player", "vmx1"): effect(down="vmm1 guest1 kernel1 app1"),
    ("kvm", "libvirtd"): effect(stalled="virsh", unmanaged="qemu1 guest1 qemu2 guest2"),
    ("kvm", "qemu1"): effect(down="iothread1 guest1 kernel1 app1"),
    ("kvm", "kvm"): effect(down="qemu1 iothread1 guest1 kernel1 app1 qemu2 guest2 kernel2 app2"),
    ("hyper-v", "vmms"): effect(unmanaged="vmwp1 vmwp2 guest1 guest2"),
    ("hyper-v", "vmwp1"): effect(down="guest1 netvsc1 storvsc1 kernel1 app1"),
    ("bhyve", "manager"): effect(unmanaged="guest1 guest2"),
    ("bhyve", "bhyve1"): effect(down="devices1 guest1 kernel1 app1"),
    ("kata", "containerd"): effect(unmanaged="shim1 pod1 pod2"),
    ("kata", "agent1"): effect(limited="container1a container1b"),
    ("kata", "shim1"): effect(unmanaged="pod1", limited="container1a container1b"),
    ("kata", "vmm1"): effect(down="pod1 kernel1 agent1 container1a container1b"),
    ("gvisor", "sentry1"): effect(down="sandbox1 netstack1 app1 app1b"),
    ("gvisor", "gofer1"): effect(stalled="sandbox1 sentry1 netstack1 app1 app1b"),
    ("gvisor", "runsc"): effect(unmanaged="sandbox1 sandbox2"),
    ("firecracker", "firecracker1"): effect(down="api1 vmm1 guest1 kernel1 app1"),
    ("firecracker", "api1"): effect(down="firecracker1 vmm1 guest1 kernel1 app1"),
    ("kvm", "iothread1"): effect(down="qemu1 guest1 kernel1 app1"),
    ("virtualbox", "nat1"): effect(down="process1 devices1 guest1 kernel1 app1"),
    ("gvisor", "netstack1"): effect(down="sandbox1 sentry1 app1 app1b"),
    ("firecracker", "orchestrator"): effect(unmanaged="guest1 guest2"),
    ("docker-desktop", "dockerd"): effect(stalled="cli", limited="container1 container2"),
    ("docker-desktop", "desktop"): effect(unmanaged="vm-process vm"),
    ("wsl2", "wsl"): effect(down="file-server vm kernel distro1 app1 distro2 app2"),
}


@pytest.mark.parametrize(("name", "crashed"), EFFECTS)
def test_a_crash_has_exactly_the_documented_effect(name: str, crashed: str) -> None:
    states = load(name).states([crashed])
    found = {id: state for id, state in states.items() if state != "up" and id != crashed}
    assert found == EFFECTS[name, crashed], f"{name}: crashing {crashed}"


@pytest.mark.parametrize(
    ("name", "crashed"),
    [
        ("os", "kernel"), ("type-1", "hypervisor"), ("type-2", "host"), ("virtualbox", "host"),
        ("workstation", "host"), ("player", "host"), ("docker", "kernel"), ("kvm", "kernel"),
        ("bhyve", "kernel"), ("kata", "kernel"), ("gvisor", "kernel"), ("firecracker", "kernel"),
        ("docker-desktop", "host"), ("xen", "xen"), ("hyper-v", "hypervisor"), ("wsl2", "root"),
        ("hyper-v", "root"), ("wsl2", "hypervisor"), ("oracle-sparc", "hypervisor"),
        *((way, "kernel") for way in WAYS[:2]), *((way, "hypervisor") for way in WAYS[2:]),
    ],
)  # fmt: skip
def test_a_host_or_hypervisor_takes_all_but_the_hardware(name: str, crashed: str) -> None:
    system = load(name)
    states = system.states([crashed])
    left = {id for id, state in states.items() if state not in ("down", "crashed")}
    assert left == {item.id for item in system.components if item.layer == "hardware"}


def test_vms_run_and_ha_works_when_vcenter_is_down() -> None:
    states = load("vsphere").states(["vcenter"])
    for id in ("vm1", "vm3", "vm4", "fdm1", "fdm2", "fdm3", "esxi1", "hostd1"):
        assert states[id] == "up", f"vCenter is down and {id} is {states[id]}"
    assert {states["drs"], states["vmotion1"]} == {"down"}


def test_a_second_service_domain_carries_a_guest_over_the_loss_of_the_first() -> None:
    system = load("oracle-sparc")
    assert system.states(["primary"])["guest1"] == "unmanaged"
    assert system.states(["primary"])["guest2"] == "stalled"
    assert system.states(["primary", "secondary"])["guest1"] == "stalled"


def test_runc_and_the_jailer_are_not_needed_once_they_have_exited() -> None:
    for name, gone in (("docker", "runc"), ("firecracker", "jailer")):
        states = load(name).states([gone])
        assert {id for id, state in states.items() if state != "up"} == {gone}


def test_management_is_in_no_data_path() -> None:
    paths = {
        "docker": {"dockerd", "containerd", "runc", "cli", "shim1", "shim2"},
        "oracle-x86": {"manager", "database", "agent1", "manager-host"},
        "vsphere": {"vcenter", "vpxa1", "hostd1", "client"},
        "xen": {"xl", "xenstored"},
        "kvm": {"libvirtd", "virsh"},
        "hyper-v": {"vmms", "vmwp1"},
    }
    for name, managers in paths.items():
        for flow in ("packet", "disk"):
            stops = {step.at for step in load(name).flow(flow).steps}
            assert not stops & managers, f"{name}: a {flow} passes {stops & managers}"


def test_workstation_crosses_more_boundaries_than_esxi_and_docker_fewest() -> None:
    count = {name: len(load(name).crossings("packet")) for name in names() if name not in WAYS}
    assert count["docker"] == count["os"] == 1
    assert count["vsphere"] < count["workstation"] == count["player"]
    assert any(item.by == "world switch" for item in load("workstation").passages("packet"))


def test_ha_restarts_the_lost_vm_on_a_host_that_is_left() -> None:
    """VMware's roles: the primary decides, a secondary starts, and vCenter has no part in it."""
    vsphere = load("vsphere")
    steps = vsphere.flow("ha-restart").steps
    states = vsphere.states(["host3"])
    assert all(states[step.at] == "up" for step in steps), "a step runs on the failed host"
    assert [vsphere.component(step.at).name for step in steps] == [
        "HA agent (primary)",
        "HA agent, hostd",
        "Room for VM 4",
    ]
    assert "vcenter" not in {step.at for step in steps}
    agents = {item.id for item in vsphere.components if item.name.startswith("HA agent")}
    beats = {frozenset(link.between) for link in vsphere.links if link.label == "heartbeat"}
    assert beats == {frozenset({"fdm1", other}) for other in agents - {"fdm1"}}
