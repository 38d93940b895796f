"""A device passed on and a confidential VM, held to the kernel's documentation."""

from hvlib.systems.blast import host_parts, who_falls
from hvlib.systems.system import load


def test_a_card_of_the_guests_own_leaves_its_packet_one_crossing() -> None:
    """vfio.rst: device assignment turns the VM into a driver of the device."""
    system = load("passthrough")
    assert [crossing.by for crossing in system.passages("packet")] == ["system call"]
    assert len(system.passages("packet-virtio")) == 2


def test_a_stray_write_of_the_card_ends_at_the_iommu() -> None:
    """vfio.rst: DMA is by far the most critical aspect of a secure environment."""
    assert load("passthrough").flow("stray-dma").steps[-1].at == "iommu"


def test_a_failed_card_costs_the_network_of_the_guest_that_has_it() -> None:
    system = load("passthrough")
    for card, hit, spared in (("card1", "guest1", "guest2"), ("nic", "guest2", "guest1")):
        states = system.states([card])
        assert (states[hit], states[spared]) == ("limited", "up"), f"{card} fails"


def test_a_card_is_reset_when_its_guests_process_has_ended() -> None:
    """vfio_pci_core_disable() calls __pci_reset_function_locked()."""
    event = load("passthrough").moments(["qemu1"])[-1].event
    assert event is not None
    assert event.by == "vfio"


def test_a_host_that_is_taken_over_falls_short_of_the_confidential_guest() -> None:
    """snp-tdx-threat-model.rst: the host is outside of the guest's trusted computing base."""
    system = load("confidential")
    assert who_falls(system, "kernel", []) == ("Other program", "Guest 2 (ordinary)")
    assert host_parts(system, "program", ["kernel"]) == ("host kernel",)
    for flaw in ("tdx", "kernel1"):
        assert "Guest 1 (confidential)" in who_falls(system, "kernel", [flaw]), flaw


def test_the_host_can_still_stop_a_confidential_guest() -> None:
    """Denial of service by the host is beyond the scope of the threat model."""
    system = load("confidential")
    for part in ("kernel", "kvm", "qemu1", "tdx"):
        assert system.states([part])["guest1"] == "down", f"the guest runs on without {part}"


def test_what_leaves_a_confidential_guest_passes_shared_buffers_and_the_module() -> None:
    """tdx.rst: DMA buffers are converted to shared; MMIO becomes a TDCALL."""
    for flow in ("packet", "disk"):
        way = [step.at for step in load("confidential").flow(flow).steps]
        assert way.index("buffers1") < way.index("tdx") < way.index("kvm"), flow
