"""One fact a system that was once told wrong, held to its documentation or source."""

import pytest

from hvlib.questions.misconceptions import DAEMON_RUNS_CONTAINERS, WRITES_ONLY_CHANGE
from hvlib.systems.system import load


def stops(system: str, flow: str) -> list[str]:
    """The parts that a flow passes."""
    return [step.at for step in load(system).flow(flow).steps]


def says(system: str, flow: str, at: str) -> str:
    """What is said at the first stop of a flow at a part."""
    return next(step.says for step in load(system).flow(flow).steps if step.at == at)


def in_the_end(system: str, crashed: str, of: str) -> tuple[str, str]:
    """The state of a part at once and when all is done that follows a crash."""
    moments = load(system).moments([crashed])
    return moments[0].conditions[of].state, moments[-1].conditions[of].state


@pytest.mark.parametrize(
    ("system", "bell", "grants", "netback"),
    [("xen", "events", "grants", "netback"), ("oracle-x86", "grants1", "grants1", "netback1")],
)
def test_xen_looks_at_a_grant_when_netback_asks_and_not_when_the_bell_is_rung(
    system: str, bell: str, grants: str, netback: str
) -> None:
    """Linux, drivers/net/xen-netback/netback.c: GNTTABOP_copy of 128 bytes, then a map."""
    way = stops(system, "packet")
    first = way.index(netback)
    assert way[first - 1] == bell, f"{system}: who wakes netback?"
    assert way[first + 1 : first + 3] == [grants, netback], f"{system}: netback maps nothing"
    assert "grant" not in says(system, "packet", bell).replace("looks at no grant", "")
    checks = [
        step.says for step in load(system).flow("packet").steps if "checks the grant" in step.says
    ]
    assert len(checks) == 1, f"{system}: {checks}"
    assert "copies" in checks[0], f"{system}: Xen copies the head of each packet"


def test_the_xen_of_today_runs_guests_in_guest_mode() -> None:
    """Xen, SUPPORT.md (PVH) and xen/arch/x86/x86_64/entry.S (a PV guest's call enters Xen)."""
    xen = load("xen")
    names = [item.name for item in xen.of_role("guest")]
    assert names == ["domU 1 (PVH)", "domU 2 (HVM)"]
    assert "guest mode" in xen.component("stack1").privilege
    assert [item.by for item in xen.passages("page-fault")] == ["page fault", "return"]
    assert "each system call of their programs enters Xen" in xen.status


def test_a_dockerd_that_comes_back_shuts_containers_down_unless_live_restore_is_on() -> None:
    """Moby, daemon/daemon.go: “shutting down container considered alive by containerd”."""
    docker = load("docker")
    texts = [docker.component("dockerd").does, load("docker-desktop").component("dockerd").does]
    texts += [item.truth for item in docker.misconceptions if "crashes" in item.claim]
    texts += [DAEMON_RUNS_CONTAINERS.breaks]
    assert len(texts) == 4
    for text in texts:
        assert "live-restore" in text
        assert "shut" in text or "ends the containers" in text, text
    assert DAEMON_RUNS_CONTAINERS.claim != "When dockerd stops, the containers stop."


def test_not_everything_of_a_container_goes_past_dockerd() -> None:
    """Moby, libnetwork/resolver.go and portmapper/proxy_linux.go; Docker docs, live-restore."""
    (truth,) = (m.truth for m in load("docker").misconceptions if "traffic" in m.claim)
    for part in ("127.0.0.11", "docker-proxy", "log"):
        assert part in truth


def test_containerd_removes_the_container_of_a_dead_shim_whatever_the_runtime() -> None:
    """containerd, core/runtime/v2/shim.go: cleanupAfterDeadShim."""
    for system, shim in (("docker", "shim1"), ("kata", "shim1"), ("gvisor", "runsc")):
        assert "containerd" in load(system).component(shim).does, system
    assert in_the_end("docker", "shim1", "container1") == ("limited", "down")
    assert in_the_end("kata", "shim1", "pod1") == ("unmanaged", "down")
    assert in_the_end("gvisor", "runsc", "sandbox1") == ("unmanaged", "down")


def test_a_packet_of_kata_passes_vhost_and_not_the_vmm_process() -> None:
    """Kata, configuration-qemu-runtime-rs.toml.in: disable_vhost_net = false."""
    assert "vhost" in stops("kata", "packet")
    assert "vmm1" not in stops("kata", "packet")
    assert len(load("kata").crossings("packet")) == len(load("kvm").crossings("packet")) == 2


def test_gvisor_hands_a_call_over_in_shared_memory_and_rewrites_it() -> None:
    """gVisor, pkg/sentry/platform/systrap: sysmsg, usertrap_amd64.go."""
    gvisor = load("gvisor")
    ways = {item.by for flow in gvisor.flows for item in gvisor.passages(flow.id)}
    assert "shared memory" in ways
    assert "signal" not in ways, "SIGSYS goes to the application's own thread, not to the Sentry"
    assert "rewrites" in gvisor.component("systrap").does


def test_copying_up_is_a_matter_of_the_file_system_too() -> None:
    """Linux, fs/overlayfs/copy_up.c: clones within one file system where that can."""
    assert "reflink" in WRITES_ONLY_CHANGE.breaks
    assert "Opening" in WRITES_ONLY_CHANGE.breaks


@pytest.mark.parametrize(
    ("system", "crashed", "by", "does", "guest"),
    [
        ("kvm", "qemu1", "libvirtd", "notices", "guest1"),
        ("bhyve", "bhyve1", "manager", "notices", "guest1"),
        ("firecracker", "kernel1", "firecracker1", "ends", "guest1"),
    ],
)
def test_nobody_starts_a_crashed_guest_anew_unless_told_to(
    system: str, crashed: str, by: str, does: str, guest: str
) -> None:
    """libvirt, qemu_process.c; vm-bhyve, lib/vm-run; Firecracker, FAQ.md."""
    *_, last = load(system).moments([crashed])
    assert last.event is not None
    assert (last.event.by, last.event.does) == (by, does)
    assert last.conditions[guest].state == "down", f"{system}: {guest} is back"


def test_a_published_port_passes_dockers_programs_only_by_loopback() -> None:
    docker = load("docker")
    programs = {"dockerd", "containerd", "runc", "shim1", "docker-proxy"}

    def passed(flow: str) -> set[str]:
        return programs & {step.at for step in docker.flow(flow).steps}

    assert passed("packet") == passed("published") == set()
    assert passed("proxied") == {"docker-proxy"}
    assert passed("names") == {"dockerd"}
    incoming = [step.says for step in docker.flow("published").steps if step.at == "netfilter"]
    assert "prerouting" in incoming[0]
    assert "forward" in incoming[1]


def test_gvisors_sentry_opens_files_itself_by_default() -> None:
    """gVisor, g3doc/user_guide/filesystem.md: "Directfs is enabled by default in runsc"."""
    gvisor = load("gvisor")
    assert "gofer1" not in [step.at for step in gvisor.flow("open").steps]
    assert len(gvisor.crossings("open")) == 3
    assert "the default" in gvisor.component("gofer1").does


def test_dom0s_drivers_wait_without_event_channels_for_they_bring_the_interrupts() -> None:
    """Xen, public/event_channel.h: "EVTCHNOP_bind_pirq: Bind a local event channel to PIRQ"."""
    states = load("xen").states(["events"])
    assert states["nic-driver"] == states["disk-driver"] == "stalled"
    assert "real interrupts" in load("xen").component("events").does
