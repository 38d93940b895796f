"""Memory that a hypervisor needs for a VM beside the VM's own, by published tables and formulas."""

from collections.abc import Callable, Mapping
from typing import Literal

Hypervisor = Literal["KVM (OpenShift)", "ESXi", "Firecracker"]

ESXI_CORNERS = {(256, 1): 20.29, (256, 8): 48.16, (16384, 1): 139.62, (16384, 8): 168.60}
"""MB by (MB, vCPUs): the corners of Table 6-1 (vSphere Resource Management 6.5.1)."""


def esxi_overhead(memory: float, vcpus: float) -> float:
    """MB that ESXi needs for a VM, by bilinear interpolation of Table 6-1's corners.

    Only the four corners enter; the table's other twelve values are predictions. Beyond the table
    the same planes go on, except below its smallest VM.
    """
    right = max(0.0, (memory - 256) / (16384 - 256))
    up = (vcpus - 1) / 7
    corner = ESXI_CORNERS
    one = corner[256, 1] * (1 - right) + corner[16384, 1] * right
    eight = corner[256, 8] * (1 - right) + corner[16384, 8] * right
    return one * (1 - up) + eight * up


def openshift_overhead(memory: float, vcpus: float, graphics: int = 0) -> float:
    """MiB that a KVM VM of OpenShift Virtualization needs beside its own memory.

    0.002 of the memory + 218 MiB + 8 MiB a vCPU + 16 MiB a graphics device (OpenShift
    documentation after pull request 98819; it had printed 1.002 for the first factor).
    """
    return 0.002 * memory + 218 + 8 * vcpus + 16 * graphics


def firecracker_overhead(_memory: float, _vcpus: float) -> float:
    """MiB, the upper limit in Firecracker's SPECIFICATION.md for 1 vCPU and 128 MiB."""
    return 5.0


OVERHEADS: Mapping[Hypervisor, Callable[[float, float], float]] = {
    "KVM (OpenShift)": openshift_overhead,
    "ESXi": esxi_overhead,
    "Firecracker": firecracker_overhead,
}
