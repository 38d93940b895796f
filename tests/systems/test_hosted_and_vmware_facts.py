"""Facts of VMware's, Oracle's and Microsoft's products: each test fails with what stood before."""

import pytest

from hvlib.questions.misconceptions import misconception
from hvlib.systems.system import load


def texts(name: str) -> str:
    """All that a system's file says to a reader."""
    system = load(name)
    kind = system.classification
    parts = [system.summary, system.status, kind.because, kind.argued]
    parts += [item.does for item in system.components]
    parts += [step.says for flow in system.flows for step in flow.steps]
    parts += [text for item in system.misconceptions for text in (item.claim, item.truth)]
    return " ".join(parts)


def truth(name: str, claim: str) -> str:
    """What is true where a system's file quotes a mistake."""
    found = [item.truth for item in load(name).misconceptions if item.claim.startswith(claim)]
    assert len(found) == 1, f"{name} has {len(found)} misconceptions “{claim}…”"
    return found[0]


@pytest.mark.parametrize("name", ["workstation", "player", "virtualbox"])
def test_no_file_says_that_a_vm_process_has_its_users_rights_and_no_more(name: str) -> None:
    """VirtualBox: SUPR3HardenedMain.cpp. VMware: vmmon's source; CVE-2017-4915; CVE-2019-5511."""
    privileges = {item.privilege for item in load(name).components}
    assert not any("user’s rights" in privilege for privilege in privileges)


def test_virtualboxs_guests_do_not_outlive_their_service_for_long() -> None:
    """UIMachineLogic.cpp: "Request to power VM off due to VBoxSVC is unavailable"; 30 s probes."""
    assert "30 s" in truth("virtualbox", "VBoxSVC only manages")
    assert "run on without it" not in load("virtualbox").component("vboxsvc").does


def test_virtualbox_has_no_driver_in_macos() -> None:
    """Change log of 7.0: all kernel extensions dropped."""
    system = load("virtualbox")
    assert "macOS" not in system.component("host").does
    assert "Apple’s hypervisor framework" in system.status


def test_windows_schedules_the_guests_of_windows_10_and_11() -> None:
    """Microsoft Learn: root scheduler on clients since 1803, core scheduler on servers."""
    assert "on a server" in load("hyper-v").component("hypervisor").does
    assert "root scheduler" in load("hyper-v").status
    assert load("wsl2").component("scheduler").inside == "root"


def test_wsls_machine_ends_with_its_service() -> None:
    """WslCoreVm.cpp: ShouldTerminateOnLastHandleClosed."""
    states = load("wsl2").states(["wsl"])
    assert {states[id] for id in ("vm", "distro1", "distro2")} == {"down"}


def test_failure_policy_strikes_only_domains_that_name_their_master() -> None:
    """Administration Guide 3.4, "Configuring Domain Dependencies"."""
    assert "name primary as their master" in load("oracle-sparc").component("primary").does


def test_the_ha_agent_waits_while_hostd_is_away() -> None:
    """Epping, HA Deepdive: "if HOSTD is not operational, FDM halts all functions and waits"."""
    vsphere = load("vsphere")
    assert vsphere.states(["hostd1"])["fdm1"] not in ("up", "unmanaged")
    start = next(s for s in vsphere.flow("ha-restart").steps if s.at == "fdm2")
    assert "hostd" in start.says


def test_a_silent_host_counts_as_dead_after_18_seconds() -> None:
    """T18 with heartbeat datastores; 15 s was the agent of vSphere 4."""
    assert "18 s" in load("vsphere").flow("ha-restart").steps[0].says


def test_an_isolated_host_leaves_its_machines_on_by_default() -> None:
    """ClusterDasVmSettingsIsolationResponse; the response comes 30 s after the declaration."""
    said = truth("vsphere", "A host that is cut off")
    assert "By default it leaves them on" in said
    assert "30 s after" in said
    assert "partition" in said


def test_vm_monitoring_must_be_switched_on() -> None:
    assert "if it is switched on" in truth("vsphere", "HA restarts a machine whose")


def test_drs_scores_machines_and_does_not_even_out_hosts() -> None:
    """Since 7.0: a score of each VM on each host, every minute."""
    vsphere = load("vsphere")
    assert "once a minute" in vsphere.component("drs").does
    assert "up to version 6.7" in truth("vsphere", "DRS keeps the load")
    assert "fuller" not in vsphere.flow("vmotion").steps[0].says


def test_pages_are_shared_inside_a_machine_only() -> None:
    """Mem.ShareForceSalting=2 by default since the updates of 2014 and ESXi 6.0."""
    assert "only inside one machine" in truth("vsphere", "Page sharing gives")
    assert "only inside a machine" in misconception("sharing-is-large").breaks


def test_todays_name_is_esx() -> None:
    """Broadcom: VCF and VVF 9.0 rename ESXi to ESX."""
    system = load("vsphere")
    assert system.component("esxi1").name == "ESX (VMkernel)"
    assert "called ESX since version 9.0" in system.status


@pytest.mark.parametrize("name", ["vsphere", "hyper-v", "virtualbox", "workstation", "wsl2"])
def test_no_news_site_stands_for_an_issuer(name: str) -> None:
    assert not any("Hacker News" in source for source in load(name).sources)


def test_windows_is_more_than_a_guest_under_wsl() -> None:
    assert "Windows schedules the VM" in texts("wsl2")


def last(name: str, crashed: str) -> dict[str, str]:
    """The state of each part when all that follows a crash has happened."""
    return {id: one.state for id, one in load(name).moments([crashed])[-1].conditions.items()}


def test_virtualboxs_guests_are_off_in_the_end_though_their_service_is_back() -> None:
    """VirtualBoxClientImpl.cpp probes every 30 s; UIMachineLogic.cpp powers off."""
    at_once = load("virtualbox").states(["vboxsvc"])
    assert at_once["guest1"] == at_once["guest2"] == "unmanaged"
    left = last("virtualbox", "vboxsvc")
    assert left["guest1"] == left["guest2"] == "down"
    assert left["vboxsvc"] == "up"


def test_ha_takes_18_seconds_for_a_secondary_and_35_for_the_primary() -> None:
    """Epping, HA Deepdive: T18 with heartbeat datastores; T10, T25, T35."""
    vsphere = load("vsphere")
    waits = [moment.event.after for moment in vsphere.moments(["host3"]) if moment.event]
    assert waits[0] == "18 s"
    waits = [moment.event.after for moment in vsphere.moments(["host1"]) if moment.event]
    assert sum(int(wait.removesuffix(" s")) for wait in waits) == 35


def test_ha_restarts_a_machine_that_ended_by_itself_and_watchdogs_the_agents() -> None:
    """ClusterDasFdmHostState; HA Deepdive, "Components of High Availability"."""
    assert last("vsphere", "vmx1")["vm1"] == "up"
    assert last("vsphere", "hostd1")["fdm1"] == "up"
    assert last("vsphere", "fdm1")["fdm1"] == "up"


def test_a_host_without_network_is_isolated_and_its_machines_run_on() -> None:
    left = last("vsphere", "nic1")
    assert left["vm1"] == "limited"
    assert left["client"] == "stalled"


def test_running_guests_of_hyper_v_outlive_vmms() -> None:
    """Microsoft Learn: running virtual machines continue to run."""
    assert load("hyper-v").states(["vmms"])["guest1"] == "unmanaged"
    assert last("hyper-v", "vmms")["guest1"] == "up"


def test_blocked_disks_resume_when_the_service_domain_is_back() -> None:
    """Administration Guide 3.4, "Virtual Disk Timeout"."""
    assert load("oracle-sparc").states(["primary"])["guest2"] == "stalled"
    assert last("oracle-sparc", "primary")["guest2"] == "up"


def test_a_dead_network_card_leaves_a_hosted_guest_its_disk() -> None:
    for name in ("workstation", "player", "virtualbox", "hyper-v", "wsl2"):
        states = load(name).states(["nic"])
        guests = [item.id for item in load(name).of_role("guest")]
        assert {states[guest] for guest in guests} == {"limited"}, name


@pytest.mark.parametrize(
    "name",
    ["workstation", "player", "virtualbox", "hyper-v", "wsl2", "oracle-sparc", "vsphere"],
)
def test_each_file_says_where_its_product_stands_and_against_what_it_was_checked(name: str) -> None:
    system = load(name)
    assert system.status
    assert system.checked


def test_two_parts_of_ring_0_have_one_privilege() -> None:
    """A world switch, and the VMM's call into VMkernel, change the domain and not the privilege."""
    for name, by in (("workstation", "world switch"), ("vsphere", "call into VMkernel")):
        assert {item.equal for item in load(name).passages("packet") if item.by == by} == {True}


def test_the_shortest_way_of_a_packet_is_kvms_though_linux_hosts_it() -> None:
    """vhost: the packet doesn't pass QEMU's process; a block does."""
    ways = {name: len(load(name).crossings("packet")) for name in ("kvm", "vsphere", "workstation")}
    assert ways["kvm"] < ways["vsphere"] < ways["workstation"]
    assert len(load("kvm").crossings("disk")) > ways["kvm"]
