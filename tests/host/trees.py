"""Made machines: the files of /proc and /sys that each kind of host has, by documented formats.

Ids are invented. INITIAL are the numbers that Linux gives its first namespaces.
"""

import errno
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from hvlib.host.below import INITIAL
from hvlib.host.looking import Findings, look
from hvlib.host.tree import Files

A, B, C, D = (letter * 64 for letter in "abcd")
POD = "0f1e2d3c-1111-2222-3333-444455556666"
KINDS = ("pid", "net", "mnt", "ipc", "uts", "cgroup", "user")
FIRST = dict(INITIAL) | {"net": 4026531840, "mnt": 4026531841}
DOCKER, ALL, PODMAN = "00000000a80425fb", "000001ffffffffff", "00000000800405fb"
OVERLAY = "900 800 0:50 / / {root} - overlay overlay rw,lowerdir=/x"
OWN_MAP = "         0          0 4294967295\n"


@dataclass
class Made(Files):
    """Files in memory. files: content by path. links: targets by path. refused: path by path."""

    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    inodes: dict[str, int] = field(default_factory=dict)
    refused: Callable[[str], bool] = lambda path: False
    vendor: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)

    def _known(self, path: str, known: Iterable[str]) -> None:
        if self.refused(path):
            raise PermissionError(errno.EACCES, "not for you", path)
        if path not in known:
            raise FileNotFoundError(errno.ENOENT, "not there", path)

    def content(self, path: str) -> bytes:
        self._known(path, self.files)
        return self.files[path].encode("utf-8", "surrogateescape")

    def target(self, path: str) -> str:
        self._known(path, self.links)
        return self.links[path]

    def names(self, path: str) -> list[str]:
        self._known(path, [path])
        every = [*self.files, *self.links]
        found = {one[len(path) + 1 :].split("/")[0] for one in every if one.startswith(f"{path}/")}
        if not found:
            raise FileNotFoundError(errno.ENOENT, "not there", path)
        return sorted(found)

    def number(self, path: str) -> int:
        if path not in self.files and not any(one.startswith(f"{path}/") for one in self.files):
            raise FileNotFoundError(errno.ENOENT, "not there", path)
        if self.refused(path):
            raise PermissionError(errno.EACCES, "not for you", path)
        return self.inodes.get(path, 1)

    def process(
        self,
        pid: int,
        words: str | Iterable[str],
        group: str = "",
        *,
        name: str = "",
        parent: int = 1,
        user: int = 0,
        inner: tuple[int, ...] = (),
        own: str | Iterable[str] = (),
        caps: str = ALL,
        bounding: str = "",
        seccomp: str = "0",
        more: str = "",
        mounts: str = "",
        users: str = OWN_MAP,
        label: str = "",
        threads: Iterable[str] = (),
        open_: Iterable[str] = (),
    ) -> "Made":
        """One process. own: kinds of namespace that are its own ("all" for all but user)."""
        parts = words.split(" ") if isinstance(words, str) else list(words)
        name = name or parts[0].rpartition("/")[2][:15]
        numbers = "\t".join(map(str, (pid, *inner)))
        folder = f"proc/{pid}"
        ids = f"{user}\t{user}\t{user}\t{user}"
        status = (
            f"Name:\t{name}\nPPid:\t{parent}\nUid:\t{ids}\nNSpid:\t{numbers}\nCapEff:\t{caps}\n"
            f"CapBnd:\t{bounding or caps}\nSeccomp:\t{seccomp}\n{more}"
        )
        own = [kind for kind in KINDS if kind != "user"] if own == "all" else own
        self.files |= {
            f"{folder}/status": status,
            f"{folder}/comm": f"{name}\n",
            f"{folder}/cmdline": "".join(f"{part}\0" for part in parts),
            f"{folder}/cgroup": group if ":" in group else f"0::{group or '/init.scope'}\n",
            f"{folder}/uid_map": users,
            f"{folder}/mountinfo": f"{mounts or '20 1 8:1 / / rw - ext4 /dev/sda1 rw'}\n",
        }
        if label:
            self.files[f"{folder}/attr/apparmor/current"] = f"{label}\n"
        for number, kind in enumerate(KINDS):
            inode = 4026533000 + 10 * pid + number if kind in own else FIRST[kind]
            self.links[f"{folder}/ns/{kind}"] = f"{kind}:[{inode}]"
        for number, thread in enumerate(threads, pid + 1):
            self.files[f"{folder}/task/{number}/comm"] = f"{thread}\n"
        for number, target in enumerate(open_, 3):
            self.links[f"{folder}/fd/{number}"] = target
        return self

    def dmi(self, **fields: str) -> "Made":
        """The firmware's strings."""
        self.files |= {f"sys/class/dmi/id/{key}": f"{value}\n" for key, value in fields.items()}
        return self

    def look(self) -> Findings:
        """What the book finds here."""
        return look(self, vendor=lambda: self.vendor, environ=self.environ)


def host(*, hypervisor: bool = False, vendor: str = "", release: str = "6.1.0", **dmi: str) -> Made:
    """A Linux with its first process and the reader's own Python."""
    flags = "fpu vmx" + (" hypervisor" if hypervisor else "")
    made = Made(vendor=vendor)
    made.files |= {
        "proc/cpuinfo": f"processor\t: 0\nflags\t\t: {flags}\n",
        "proc/sys/kernel/osrelease": f"{release}\n",
        "proc/version": f"Linux version {release} (gcc) #1 SMP\n",
        "proc/mounts": "proc /proc proc rw,nosuid 0 0\n",
        "proc/self/mounts": "/dev/sda1 / ext4 rw 0 0\n",
        "proc/self/mountinfo": "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
    }
    made.links |= {f"proc/self/ns/{kind}": f"{kind}:[{FIRST[kind]}]" for kind in KINDS}
    made.process(1, "/sbin/init", "/init.scope", name="systemd", parent=0)
    made.process(50, "/usr/bin/python3 -m hvlib", "/user.slice/user-1000.slice/session-1.scope")
    return made.dmi(**dmi)


def docker() -> Made:
    """A Docker container as it comes beside one without walls that holds dockerd's socket."""
    made = host(sys_vendor="LENOVO", product_name="20XW")
    shim = "/usr/bin/containerd-shim-runc-v2 -namespace moby -id {id} -address /run/c.sock"
    made.process(700, "/usr/bin/dockerd -H fd://", "/system.slice/docker.service")
    made.process(650, "/usr/bin/containerd", "/system.slice/containerd.service")
    for pid, id in ((810, A), (910, B)):
        made.process(pid, shim.format(id=id), "/system.slice/containerd.service")
    made.process(
        *(830, "nginx: master", f"/system.slice/docker-{A}.scope"),
        parent=810,
        inner=(1,),
        own="all",
        caps=DOCKER,
        seccomp="2",
        label="docker-default (enforce)",
        mounts=OVERLAY.format(root="ro"),
    )
    socket = "901 900 0:25 /docker.sock /var/run/d.sock rw - tmpfs tmpfs rw"
    made.process(
        *(930, "/portainer", f"/system.slice/docker-{B}.scope"),
        parent=910,
        inner=(1,),
        own=("pid", "mnt", "ipc", "uts", "cgroup"),
        label="unconfined",
        mounts=f"{OVERLAY.format(root='rw')}\n{socket}",
    )
    scope = f"sys/fs/cgroup/system.slice/docker-{A}.scope"
    made.files |= {
        f"{scope}/memory.max": "536870912\n",
        f"{scope}/cpu.max": "150000 100000\n",
        f"sys/fs/cgroup/system.slice/docker-{B}.scope/memory.max": "max\n",
        "etc/docker/daemon.json": '{"live-restore": true}',
    }
    return made


def kubernetes() -> Made:
    """A node with containerd, systemd's cgroups and two pods."""
    made = host(
        hypervisor=True,
        vendor="KVMKVMKVM",
        sys_vendor="Google",
        product_name="Google Compute Engine",
    )
    made.process(600, "/usr/bin/kubelet", "/system.slice/kubelet.service")
    made.process(650, "/usr/bin/containerd", "/system.slice/containerd.service")
    shim = f"/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id {A} -address /run/c.sock"
    made.process(700, shim, "/system.slice/containerd.service")
    pod = f"/kubepods.slice/kubepods-pod{POD.replace('-', '_')}.slice"
    made.process(710, "/pause", f"{pod}/cri-containerd-{A}.scope", inner=(1,), own="all")
    made.process(
        *(720, "java -jar shop.jar", f"{pod}/cri-containerd-{B}.scope"),
        inner=(1,),
        own="all",
        caps=DOCKER,
        seccomp="2",
    )
    other = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod"
    uid = "99999999_1111_2222_3333_444455556666"
    group = f"{other}{uid}.slice/cri-containerd-{D}.scope"
    made.process(730, "redis-server", group, inner=(1,), own="all", caps=DOCKER, seccomp="2")
    made.files |= {
        f"sys/fs/cgroup{pod}/memory.max": "2147483648\n",
        f"sys/fs/cgroup{pod}/cri-containerd-{B}.scope/memory.max": "max\n",
        f"var/log/containers/web-0_shop_java-{B}.log": "",
    }
    return made


def cri_o() -> Made:
    """A node with CRI-O, whose conmon bears the names."""
    made = host(sys_vendor="Dell Inc.")
    made.process(600, "/usr/bin/crio", "/system.slice/crio.service")
    pod = (
        f"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{POD.replace('-', '_')}"
    )
    name = f"k8s_nginx_web-1_shop_{POD}_0"
    made.process(
        700, f"/usr/bin/conmon -b /x -c {A} -n {name}", f"{pod}.slice/crio-conmon-{A}.scope"
    )
    made.process(
        *(710, "nginx", f"{pod}.slice/crio-{A}.scope"),
        inner=(1,),
        own="all",
        caps="00000000000005fb",
        seccomp="2",
    )
    return made


def process_list_shared(*, own_map: str = OWN_MAP, label: str = "", user: bool = False) -> Made:
    """Two containers, of which one is run with --pid=host. user: an ordinary user's shell beside.

    own_map: of users, and label, of both containers.
    """
    made = host()
    alike = {"caps": DOCKER, "seccomp": "2", "users": own_map, "label": label}
    kinds = [kind for kind in KINDS if kind not in ("pid", "user")]
    made.process(60, "top", f"/system.slice/docker-{A}.scope", own=kinds, **alike)
    made.process(80, "nginx", f"/system.slice/docker-{B}.scope", inner=(1,), own="all", **alike)
    if user:
        made.process(95, "bash", "/user.slice/user-1000.slice", user=1000, caps="0" * 16)
    return made


def podman() -> Made:
    """Another user's rootless Podman, seen by an ordinary user."""
    made = host()
    base = "/user.slice/user-1001.slice/user@1001.service/user.slice"
    conmon = f"/usr/bin/conmon --api-version 1 -c {A} -u {A} -r /usr/bin/crun -n web"
    made.process(1200, conmon, f"{base}/libpod-conmon-{A}.scope", user=1001)
    made.process(
        *(1210, "nginx", f"{base}/libpod-{A}.scope/container"),
        user=1001,
        inner=(1,),
        own=(*KINDS,),
        caps=PODMAN,
        seccomp="2",
        users="0 1001 1\n1 100000 65536\n",
        mounts=OVERLAY.format(root="rw"),
    )
    scope = f"sys/fs/cgroup{base}/libpod-{A}.scope"
    made.files |= {
        f"{scope}/memory.max": "268435456\n",
        f"{scope}/container/memory.max": "max\n",
        "proc/1210/net/dev": "lo\n",
        "proc/self/net/dev": "eth0\n",
    }
    made.inodes |= {"proc/1210/net/dev": 77, "proc/self/net/dev": 78}
    made.refused = lambda path: path.startswith(("proc/1/ns", "proc/1210/ns", "proc/1200/ns"))
    return made


def lxc() -> Made:
    """Proxmox: a container with Docker inside it, and a virtual machine."""
    made = host(sys_vendor="Supermicro")
    made.process(4000, "[lxc monitor] /var/lib/lxc 101", "/lxc.monitor/101")
    users = {"users": "0 100000 65536\n"}
    made.process(4010, "/sbin/init", "/lxc/101/ns/init.scope", inner=(1,), own=KINDS, **users)
    made.process(
        *(4100, "redis-server", f"/lxc/101/ns/system.slice/docker-{A}.scope"),
        parent=4010,
        inner=(90, 1),
        own=KINDS,
        caps=DOCKER,
        seccomp="2",
        **users,
    )
    kvm = "/usr/bin/kvm -id 100 -name web,debug-threads=on -m 2048 -smp 2,sockets=1,cores=2"
    made.process(5000, kvm, "/qemu.slice/100.scope", threads=("kvm", "CPU 0/KVM", "CPU 1/KVM"))
    return made


def nspawn() -> Made:
    """systemd-nspawn, of which the supervisor is no container."""
    made = host()
    unit = r"/machine.slice/systemd-nspawn@web\x2d1.service"
    made.process(800, "systemd-nspawn --boot -U --machine=web-1", f"{unit}/supervisor")
    users = "0 65536 65536\n"
    made.process(
        810,
        "/sbin/init",
        f"{unit}/payload/init.scope",
        inner=(1,),
        own=KINDS,
        caps="00000000fdecbfff",
        users=users,
    )
    return made


def libvirt() -> Made:
    """Two guests, one of which nobody named, among programs that only look like guests."""
    made = host(sys_vendor="Dell Inc.")
    made.process(2900, "/usr/sbin/libvirtd", "/system.slice/libvirtd.service")
    guest = (
        "/usr/bin/qemu-system-x86_64 -name guest=build,,old,debug-threads=on -machine "
        "pc-q35-8.2,accel=kvm -m size=4194304k -smp 2,sockets=2,cores=1"
    )
    made.process(
        *(3000, guest, r"/machine.slice/machine-qemu\x2d1\x2dbuild.scope/libvirt/emulator"),
        user=64055,
        threads=("CPU 0/KVM", "CPU 1/KVM"),
        name="qemu-system-x86",
        open_=("anon_inode:kvm-vm", "anon_inode:kvm-vcpu:0"),
    )
    arm = "qemu-system-aarch64 -M virt -accel kvm:tcg -m 1G"
    made.process(3100, arm, threads=("CPU 0/TCG",), open_=("/dev/null",))
    made.process(3200, "qemu-aarch64 /bin/ls")
    made.process(3300, "qemu-ga -p /dev/virtio-ports/x")
    made.process(3400, "qemu-system-x86_64 --version")
    return made


def desktops() -> Made:
    """VirtualBox, VMware Workstation, Firecracker and Cloud Hypervisor side by side."""
    made = host(sys_vendor="LENOVO")
    box = ("/usr/lib/virtualbox/VBoxHeadless", "--comment", "win 11", "--startvm", A[:36])
    made.process(3000, box)
    made.process(3001, "/usr/lib/virtualbox/VBoxSVC --auto-shutdown")
    vmx = ("/usr/lib/vmware/bin/vmware-vmx", "-s", "vmx.stdio.keep=TRUE", "/home/me/vms/Lab 3.vmx")
    made.process(3100, vmx)
    made.process(
        *(3200, "/firecracker --id vm-7 --api-sock /run/fc.socket", "/firecracker/vm-7"),
        threads=("firecracker", "fc_api", "fc_vcpu 0", "fc_vcpu 1"),
    )
    cloud = "cloud-hypervisor --api-socket /tmp/ch.sock --cpus boot=2 --memory size=1G"
    made.process(3300, cloud, threads=("vmm", "vcpu0", "vcpu1"))
    return made


def xen(*, dom0: bool) -> Made:
    """Xen's privileged domain with two guests, or a guest that wears Hyper-V's mask."""
    if not dom0:
        made = host(
            hypervisor=True, vendor="Microsoft Hv", sys_vendor="Xen", product_name="HVM domU"
        )
        made.files |= {"sys/hypervisor/type": "xen\n"}
        made.files["sys/hypervisor/properties/features"] = "00002705\n"
        return made
    made = host(hypervisor=True, vendor="XenVMMXenVMM", sys_vendor="Dell Inc.")
    made.files |= {
        "sys/hypervisor/type": "xen\n",
        "sys/hypervisor/properties/features": "00002f05\n",
        "sys/bus/xen-backend/devices/vif-3-0/devtype": "vif",
        "sys/bus/xen-backend/devices/vbd-3-768/devtype": "vbd",
        "sys/bus/xen-backend/devices/vif-5-0/devtype": "vif",
    }
    made.process(2001, "qemu-system-i386 -xen-domid 5 -name win10 -m 2048")
    return made


def in_docker(*, marked: bool = True) -> Made:
    """Inside a Docker container on a cloud's virtual machine."""
    made = host(
        hypervisor=True,
        vendor="KVMKVMKVM",
        sys_vendor="Google",
        product_name="Google Compute Engine",
    )
    made.process(1, "python3 app.py", "/", name="python3", inner=(), own="all", caps=DOCKER)
    made.links |= {f"proc/self/ns/{kind}": made.links[f"proc/1/ns/{kind}"] for kind in KINDS}
    hosts = f"1590 1582 254:1 /var/lib/docker/containers/{A}/hostname /etc/hostname rw - ext4 /d rw"
    layers = (
        f"1582 1433 0:50 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/{C}/diff"
    )
    made.files["proc/self/mountinfo"] = f"{layers}\n{hosts}\n" if marked else f"{layers}\n"
    made.files |= {".dockerenv": ""} if marked else {}
    return made


def wsl(*, version: int = 2, docker: bool = False, image: bool = False) -> Made:
    """WSL 2, a container in it, WSL 1, and a cloud image whose kernel only sounds like it."""
    release = {1: "4.4.0-19041-Microsoft", 2: "5.15.167.4-microsoft-standard-WSL2"}[version]
    if image:
        return host(
            hypervisor=True,
            vendor="Microsoft Hv",
            release="6.6.47-1-microsoft-standard",
            sys_vendor="Microsoft Corporation",
            product_name="Virtual Machine",
        )
    made = host(hypervisor=version == 2, vendor="Microsoft Hv" * (version == 2), release=release)
    made.links["proc/self/ns/pid"] = "pid:[4026532200]"
    if version == 1:
        made.files["proc/self/mounts"] = "rootfs / wslfs rw 0 0\n"
    else:
        made.files["run/WSL/1_interop"] = ""
    if docker:
        made.files[".dockerenv"] = ""
    return made


def sandboxed(*, virtual: bool) -> Made:
    """gVisor's and Kata's pods on a node. virtual: gVisor on KVM instead of system calls' traps."""
    made = host(sys_vendor="Dell Inc.")
    words = f"runsc-sandbox --root=/run/containerd/runsc/k8s.io boot --bundle=/run/x {A}"
    made.process(6000, words, open_=("anon_inode:kvm-vm",) if virtual else ())
    made.process(6010, f"runsc-gofer gofer --bundle /run/x {A}")
    made.process(6100, f"/usr/local/bin/containerd-shim-kata-v2 -namespace k8s.io -id {B}")
    qemu = f"/opt/kata/bin/qemu-system-x86_64 -name sandbox-{B},debug-threads=on -m 2048M"
    group = f"/kubepods.slice/kubepods-pod{POD.replace('-', '_')}.slice/kata_{B}"
    made.process(6110, qemu, group, open_=("anon_inode:kvm-vm",))
    return made
