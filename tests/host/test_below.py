"""What lies below: each platform by its documented marks, and each trap that others fell into."""

import os
import platform
import re
from pathlib import Path

import pytest
from host import trees
from host.trees import A, Made, host

from hvlib.host import cpuid
from hvlib.host.below import INITIAL, below, inside
from hvlib.host.tree import Tree

AZURE = "7783-7084-3265-9085-8269-3286-77"
QEMU = {"sys_vendor": "QEMU", "product_name": "Standard PC (Q35 + ICH9, 2009)"}
MICROSOFT = {"sys_vendor": "Microsoft Corporation"}

MACHINES: dict[str, tuple[Made, str, str, bool]] = {
    # made, hypervisor ("" for none that shows), cloud, whether the answer is sure
    "a laptop, whose own vmx flag makes it no guest": (host(sys_vendor="LENOVO"), "", "", False),
    "KVM under QEMU": (host(hypervisor=True, vendor="KVMKVMKVM", **QEMU), "KVM", "", True),
    "QEMU without KVM has the same firmware": (
        host(hypervisor=True, vendor="TCGTCGTCGTCG", **QEMU),
        *("QEMU (TCG)", "", True),
    ),
    "KVM with Hyper-V's mask (systemd#17894)": (
        host(hypervisor=True, vendor="Microsoft Hv", **QEMU),
        *("KVM", "", False),
    ),
    "a Surface laptop is no guest (systemd#21468)": (
        host(product_name="Surface Laptop 4", **MICROSOFT),
        *("", "", False),
    ),
    "an old Hyper-V without its name (systemd#21816), on Azure": (
        host(
            hypervisor=True,
            vendor="Microsoft Hv",
            product_name="Virtual Machine",
            product_version="7.0",
            chassis_asset_tag=AZURE,
            **MICROSOFT,
        ),
        *("Hyper-V", "Microsoft Azure", True),
    ),
    "Hyper-V's own root partition looks like a guest": (
        host(hypervisor=True, vendor="Microsoft Hv", product_name="Surface Pro", **MICROSOFT),
        *("Hyper-V", "", False),
    ),
    "Xen with Hyper-V's mask (systemd#8844)": (trees.xen(dom0=False), "Xen", "", True),
    "EC2 on bare metal": (
        host(sys_vendor="Amazon EC2", product_name="m5.metal"),
        *("", "Amazon EC2", True),
    ),
    "EC2 on bare metal, sized": (
        host(sys_vendor="Amazon EC2", product_name="c7g.metal-48xl"),
        *("", "Amazon EC2", True),
    ),
    "a name that begins with metal is none of metal": (
        host(hypervisor=True, sys_vendor="Amazon EC2", product_name="x9.metallic"),
        *("KVM", "Amazon EC2", True),
    ),
    "EC2 on Nitro": (
        host(hypervisor=True, vendor="KVMKVMKVM", sys_vendor="Amazon EC2", product_name="m5.large"),
        *("KVM", "Amazon EC2", True),
    ),
    "Oracle's server is no VirtualBox": (
        host(sys_vendor="Oracle Corporation", product_name="ORACLE SERVER X9-2"),
        *("", "", False),
    ),
    "VirtualBox, which shows KVM's name": (
        host(hypervisor=True, vendor="KVMKVMKVM", sys_vendor="innotek GmbH"),
        *("VirtualBox", "", True),
    ),
    "VMware": (
        host(hypervisor=True, vendor="VMwareVMware", sys_vendor="VMware, Inc."),
        *("VMware", "", True),
    ),
    "bhyve": (host(hypervisor=True, vendor="bhyve bhyve"), "bhyve", "", True),
    "a Firecracker guest has no firmware": (
        host(hypervisor=True, vendor="KVMKVMKVM"),
        *("KVM", "", True),
    ),
    "a hypervisor that nobody names": (host(hypervisor=True), "Hypervisor", "", False),
    "a cloud image's kernel named microsoft is no WSL (systemd#15614)": (
        trees.wsl(image=True),
        *("Hyper-V", "", True),
    ),
}


@pytest.mark.parametrize("kind", list(MACHINES))
def test_what_lies_below(kind: str) -> None:
    made, hypervisor, cloud, sure = MACHINES[kind]
    found = below(Tree(made), made.vendor)
    assert (found.hypervisor, found.cloud) == (hypervisor, cloud), kind
    assert (not found.unsure) == sure, f"{kind}: {found.unsure!r}"
    assert found.evidence, f"{kind}: nothing to show for it"
    assert found.wsl == 0


def test_dom0_is_told_from_a_guest_of_xen() -> None:
    found = below(Tree(trees.xen(dom0=True)), "XenVMMXenVMM")
    assert (found.hypervisor, found.dom0) == ("Xen", True)
    assert not below(Tree(trees.xen(dom0=False)), "Microsoft Hv").dom0


def test_what_is_not_x86_tells_by_other_files() -> None:
    arm = Made(files={"proc/device-tree/hypervisor/compatible": "linux,kvm\0"})
    assert below(Tree(arm)).hypervisor == "KVM"
    power = Made(files={"proc/device-tree/compatible": "IBM,pSeries\0qemu,pseries\0"})
    assert below(Tree(power)).hypervisor == "KVM"
    mainframe = Made(files={"proc/sysinfo": "VM00 Control Program: z/VM    7.2.0\n"})
    assert below(Tree(mainframe)).hypervisor == "z/VM"
    assert below(Tree(Made(files={"proc/sysinfo": "x\n"}))).hypervisor == "PR/SM"


def test_wsl_is_told_in_both_its_kinds() -> None:
    two, one = (below(Tree(trees.wsl(version=number))) for number in (2, 1))
    assert (two.wsl, two.hypervisor) == (2, "Hyper-V")
    assert (one.wsl, one.hypervisor) == (1, ""), "WSL 1 has no Linux kernel, and no machine"


def test_gvisor_is_told_by_the_date_that_all_its_versions_bear() -> None:
    made = host()
    made.files["proc/version"] = "Linux version 9.9.9-gvisor #1 SMP Sun Jan 10 15:06:54 PST 2016\n"
    assert below(Tree(made)).userspace == "gVisor"


# --- am I in a container? ----------------------------------------------------------------------


def around(made: Made) -> tuple[str, str] | None:
    found = inside(Tree(made), made.environ)
    return found and (found.maker, found.id)


def test_a_docker_container_is_told_from_within_and_its_id_is_not_that_of_its_layer() -> None:
    assert around(trees.in_docker()) == ("Docker", A)
    assert around(trees.in_docker(marked=False)) == ("", ""), "a container of an unknown maker"


def test_a_file_that_came_with_an_image_makes_docker_no_more_than_likely() -> None:
    made = trees.in_docker(marked=False)
    made.files[".dockerenv"] = ""
    found = inside(Tree(made), {})
    assert found is not None
    assert (found.maker, bool(found.unsure)) == ("Docker", True)
    sure = inside(Tree(trees.in_docker()), {})
    assert sure is not None
    assert not sure.unsure


def test_a_container_with_the_hosts_process_list_is_still_one() -> None:
    made = trees.in_docker()
    made.links["proc/self/ns/pid"] = f"pid:[{INITIAL['pid']}]"
    assert around(made) == ("Docker", A)


def test_marks_of_a_container_make_none_of_a_machine() -> None:
    made = host()
    made.files[".dockerenv"] = ""  # an image that became a virtual machine's disk
    made.files["proc/self/mounts"] = "overlay / overlay rw 0 0\n"  # a live CD
    made.files["proc/1/cgroup"] = "4:cpuacct,cpu:/sensor.falcon\n1:name=systemd:/init.scope\n"
    made.environ = {"container": "oci"}
    assert around(made) is None


def test_the_distribution_of_wsl_is_no_container_and_one_in_it_is() -> None:
    assert around(trees.wsl()) is None
    assert around(trees.wsl(docker=True)) == ("Docker", "")


def test_a_sandbox_is_called_no_container() -> None:
    made = host()
    made.links["proc/self/ns/pid"] = "pid:[4026532999]"
    made.files["proc/1/comm"] = "bwrap\n"
    found = inside(Tree(made), {})
    assert found is not None
    assert found.sandbox


@pytest.mark.parametrize(
    ("files", "environ", "maker"),
    [
        ({"run/.containerenv": 'engine="podman-5"\nid="' + A + '"\n'}, {}, "Podman"),
        ({"run/systemd/container": "systemd-nspawn\n"}, {}, "systemd-nspawn"),
        ({}, {"container": "lxc"}, "LXC"),
        ({".dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "Kubernetes"),
    ],
)
def test_makers_are_told_by_their_marks(
    files: dict[str, str], environ: dict[str, str], maker: str
) -> None:
    made = trees.in_docker(marked=False)
    made.files |= files
    made.environ = environ
    assert (around(made) or ("none",))[0] == maker


# --- this machine ------------------------------------------------------------------------------


@pytest.mark.skipif(platform.machine() != "x86_64" or os.name != "posix", reason="x86-64 Linux")
def test_the_processor_answers_exactly_where_linux_sees_the_flag() -> None:
    flags = re.findall(r"^flags.*", Path("/proc/cpuinfo").read_text(), re.MULTILINE)[0].split()
    assert bool(cpuid.vendor()) == ("hypervisor" in flags)
