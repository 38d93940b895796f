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
