"""macOS, Windows and FreeBSD by their own means: what these tell, and what they leave open."""

import pytest

from hvlib.host.drawing import drawn
from hvlib.host.elsewhere import freebsd, mac, told, windows
from hvlib.host.processes import Process


@pytest.mark.parametrize(
    ("guest", "model", "hypervisor", "sure"),
    [
        ("0", "Mac14,2", "", True),
        ("1", "VirtualMac2,1", "Apple Virtualization", True),
        ("1", "VMware20,1", "VMware", True),
        ("1", "Mac14,2", "Hypervisor", False),
        ("", "MacBookPro9,1", "", False),  # an old macOS that doesn't know the question
    ],
)
def test_a_mac_says_whether_it_is_a_guest(
    guest: str, model: str, hypervisor: str, sure: bool
) -> None:
    found = mac({"kern.hv_vmm_present": guest, "hw.model": model})
    assert (found.hypervisor, not found.unsure) == (hypervisor, sure)


@pytest.mark.parametrize(
    ("maker", "product", "hypervisor", "sure"),
    [
        ("Microsoft Corporation", "Virtual Machine", "Hyper-V", True),
        ("Microsoft Corporation", "Surface Laptop 4", "", False),
        ("innotek GmbH", "VirtualBox", "VirtualBox", True),
        ("VMware, Inc.", "VMware Virtual Platform", "VMware", True),
        ("Amazon EC2", "m5.large", "KVM", True),
        ("Amazon EC2", "m5.metal", "", False),
        ("LENOVO", "20XW", "", False),
    ],
)
def test_windows_is_told_by_its_firmware_and_not_by_the_hypervisor_that_it_may_start_itself(
    maker: str, product: str, hypervisor: str, sure: bool
) -> None:
    found = windows({"SystemManufacturer": maker, "SystemProductName": product})
    assert (found.hypervisor, not found.unsure) == (hypervisor, sure)


@pytest.mark.parametrize(
    ("said", "hypervisor", "sure"),
    [("none", "", False), ("bhyve", "bhyve", True), ("generic", "Hypervisor", False)],
)
def test_freebsd_names_what_it_booted_on_and_its_own_guests_name_themselves(
    said: str, hypervisor: str, sure: bool
) -> None:
    under = freebsd({"kern.vm_guest": said})
    assert (under.hypervisor, not under.unsure) == (hypervisor, sure)
    running = {9: Process(9, "bhyve", ("bhyve: vm one (bhyve)",))}
    (guest,) = told(running, under, "FreeBSD 14.1").machines
    assert (guest.vmm, guest.name) == ("bhyve", "vm one")


def test_its_guests_are_drawn_and_its_containers_said_to_be_out_of_sight() -> None:
    words = ("C:\\VirtualBoxVM.exe", "--comment", "Lab", "--startvm", "x")
    running = {7: Process(7, "VirtualBoxVM.exe", words)}
    system = drawn(told(running, windows({}), "Windows 11"))
    assert "Lab" in {item.name for item in system.of_role("guest")}
    assert "can't be seen from outside" in system.status
