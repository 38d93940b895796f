"""Questions of chapter 4: containers and virtual machines, and who falls with whom."""

from hvlib.models.isolation import (
    SECCOMP_ALLOWED,
    SECCOMP_WITH_SYS_ADMIN,
    SYSCALLS,
    Isolation,
    IsolationResult,
)
from hvlib.questions import misconceptions as known
from hvlib.questions import wrong_rules
from hvlib.questions.building import Option, choice, pick
from hvlib.questions.question import Number, Question, Trap
from hvlib.questions.register import asks
from hvlib.systems.blast import who_falls
from hvlib.systems.system import load
from hvlib.words import _


@asks("4.own-kernel")
def own_kernel() -> Question:
    """How many kernels run under two containers?"""
    docker = load("docker")
    kernels, containers = len(docker.of_role("kernel")), len(docker.of_role("container"))
    return choice(
        _("A Linux server runs {n} Docker containers. How many kernels run on it?").format(
            n=containers),
        kernels,
        Option(_("one"), 1),
        Option(_("two: one for each container"), containers, known.OWN_KERNEL),
        Option(_("three: the host’s and one for each container"), containers + 1,
               known.OWN_KERNEL),
        because=_("Containers are processes of the host. Its kernel serves them all and shows each "
                  "its own part of the system."),
        hints=(_("What does a container’s image hold, and what must be there before it starts?"),),
    )  # fmt: skip


@asks("4.same-kernel-uname")
def same_kernel_uname() -> Question:
    """Which kernel does a container report?"""
    docker = load("docker")
    falls_with_host = docker.states(("kernel",))["app1"] == "down"
    return choice(
        _("The host runs one Linux distribution; a container’s image comes from another. Which "
          "kernel version does “uname -r” print in the container?"),
        "host" if falls_with_host else "image",
        Option(_("that of the image’s distribution"), "image", known.IMAGE_BRINGS_KERNEL),
        Option(_("that of the host"), "host"),
        Option(_("none: a container has no kernel to ask"), "none"),
        because=_("uname is a system call, and the container’s system calls go to the host’s "
                  "kernel."),
        hints=(_("uname is a system call. Who answers it?"),),
    )  # fmt: skip


@asks("4.dockerd-crash")
def dockerd_crash() -> Question:
    """What stops when dockerd fails?"""
    docker = load("docker")
    return pick(
        _("dockerd crashes. Which of these stop working in that moment: container 1, container 2, "
          "the Linux host kernel, containerd, the docker CLI?"),
        docker,
        "dockerd",
        ("container1", "container2", "kernel", "containerd", "cli"),
        (wrong_rules.if_management_were_life(docker, ("dockerd",)), known.DAEMON_RUNS_CONTAINERS),
        because=_("The containers run on, held by their shims, and the command line has nobody to "
                  "talk to. Two seconds later systemd starts dockerd anew. Unless live-restore is "
                  "on, the new one shuts down the containers that it finds and follows their "
                  "restart policies."),
        hints=(_("Who runs a container’s processes, and who only gives orders?"),),
    )  # fmt: skip


@asks("4.kernel-flaw")
def kernel_flaw() -> Question:
    """How many tenants fall by a kernel flaw?"""
    model = Isolation(kind="container", flaw="kernel", tenants=6)
    return Number(
        prompt=_(
            "{n} tenants have a container each on one server. One of them is malicious and "
            "knows a flaw in the kernel. How many tenants fall, itself included?"
        ).format(n=model.tenants),
        answer=len(model.run().fallen),
        unit="",
        scale=(1, 8),
        tolerance=0.01,
        because=_(
            "Whoever controls the kernel controls all its processes. With a VM for each "
            "tenant the same flaw takes {vm}."
        ).format(vm=len(model.with_(kind="VM").run().fallen)),
        traps=(Trap(1, known.CONTAINERS_ISOLATED),),
        hints=(_("What else does somebody hold who holds the kernel?"),),
    )


@asks("4.vm-escape")
def vm_escape() -> Question:
    """What does a flaw in the hypervisor mean for virtual machines?"""
    model = Isolation(kind="VM", flaw="hypervisor", root=True)
    return choice(
        _("{n} tenants have a virtual machine each on one server, and each is its administrator "
          "(root). One knows a flaw in the hypervisor. Who falls?").format(n=model.tenants),
        len(model.run().fallen),
        Option(_("nobody else: a virtual machine can’t be left"), 1, known.VM_ABSOLUTE),
        Option(_("one more tenant: the one beside it"), 2),
        Option(_("all tenants of the server"), model.tenants),
        because=_("The hypervisor is to virtual machines what the kernel is to containers. It is "
                  "smaller and is called less, so such flaws are rarer; they exist."),
        hints=(_("Follow the way down. What runs on a hypervisor, and can it defend itself against "
                 "what lies below?"),),
    )  # fmt: skip


@asks("4.venom")
def venom() -> Question:
    """Does one flaw in QEMU do the same on two products?"""
    taken = {name: _taken(name, *where) for name, where in _VENOM.items()}
    value = max(taken, key=lambda name: taken[name])
    return choice(
        _(
            "VENOM was a flaw in QEMU, the program that plays the devices of a guest. On KVM each "
            "guest’s QEMU is a confined process of its own. On Xen it runs in dom0. Where did an "
            "attacker in a guest get further?"
        ),
        "same" if len(set(taken.values())) == 1 else value,
        Option(_("equally far: it is one and the same flaw"), "same", known.SAME_FLAW_SAME_HARM),
        Option(_("on KVM"), "kvm"),
        Option(_("on Xen"), "xen"),
        because=_("On KVM {kvm} guest falls, on Xen {xen} do.").format(**taken),
        hints=(_("Who are the neighbours of that process, and what are they allowed to do?"),),
    )


_VENOM = {"kvm": ("guest1", "qemu1"), "xen": ("domu2", "qemu2")}
"""Where the attacker stood and which part was broken."""


def _taken(name: str, attacker: str, broken: str) -> int:
    """How many guests an attacker takes."""
    return len(who_falls(load(name), attacker, [broken]))


@asks("4.patched-runc")
def patched_runc() -> Question:
    """Is a patched runtime enough?"""
    model = Isolation(kind="container", flaw="kernel")
    fallen = len(model.run().fallen)
    return choice(
        _("After a flaw in runc all servers have the patched version. One of {n} tenants on a "
          "server now finds a flaw in the kernel. Who falls?").format(n=model.tenants),
        fallen,
        Option(_("nobody else: the way out of a container is closed"), 1, known.PATCHED_RUNC),
        Option(_("all tenants of the server"), model.tenants),
        Option(_("one more tenant"), 2),
        because=_("The patch has not touched the kernel, which every container calls all the "
                  "time."),
        hints=(_("Which ways lead out of a container, and which of them did the patch close?"),),
    )  # fmt: skip


@asks("4.socket")
def socket_inside() -> Question:
    """What does dockerd's socket in a container cost?"""
    model = Isolation(setting="docker.sock inside", flaw="application")
    return choice(
        _("One of {n} containers on a server lists the others. For that it has dockerd’s socket, "
          "mounted read-only. Somebody breaks into it, and no layer below has a flaw. Who falls?"
          ).format(n=model.tenants),
        _reach(model.run()),
        Option(_("nobody else: it is read-only"), "nobody", known.READ_ONLY_SOCKET),
        Option(_("the other containers, but not the host"), "neighbours"),
        Option(_("the host, and with it all containers"), "host"),
        because=_("dockerd does as root what it is asked to, such as starting a container that has "
                  "the host’s disk. A read-only socket takes orders as well."),
        hints=(_("Does an order change the file of the socket, or does it go through it?"),),
    )  # fmt: skip


@asks("4.pid-host")
def pid_host() -> Question:
    """What does the host's list of processes give a container?"""
    model = Isolation(setting="--pid=host", flaw="application")
    return choice(
        _("A container is run with --pid=host, to watch what runs on a server with {n} containers. "
          "It has no other capabilities than they have; the host’s own processes are root’s, with "
          "all of them. Somebody breaks into it, and no layer below has a flaw. "
          "Who falls?").format(n=model.tenants),
        _reach(model.run()),
        Option(_("nobody: to see a process is not to touch it"), "nobody",
               known.SEEING_IS_HARMLESS),
        Option(_("the other containers, but not the host"), "neighbours"),
        Option(_("the host, and with it all containers"), "host"),
        because=_("Through /proc it reads and writes the files of processes that are the same "
                  "user and have no more capabilities. The host’s own have more."),
        hints=(_("As which user does root of the next container run, and with which powers? And "
                 "root of the host?"),),
    )  # fmt: skip


def _reach(result: IsolationResult) -> str:
    """How far an attacker got."""
    if result.host_falls:
        return "host"
    return "neighbours" if len(result.fallen) > 1 else "nobody"


@asks("4.sys-admin")
def sys_admin() -> Question:
    """How many more system calls does Docker's filter allow with CAP_SYS_ADMIN?"""
    blocked = SYSCALLS - SECCOMP_ALLOWED
    return Number(
        prompt=_(
            "Of {all} system calls, Docker’s filter blocks {blocked} for a container with the "
            "default capabilities. Now the container is run with --cap-add=SYS_ADMIN, and nothing "
            "is said of the filter. How many of the {blocked} may it call?"
        ).format(all=SYSCALLS, blocked=blocked),
        answer=SECCOMP_WITH_SYS_ADMIN - SECCOMP_ALLOWED,
        unit="",
        scale=(0, blocked),
        tolerance=0.35,
        because=_(
            "The filter allows {now} calls now: with the capability come mount, setns, unshare, "
            "bpf and others."
        ).format(now=SECCOMP_WITH_SYS_ADMIN),
        traps=(Trap(0, known.CAPABILITY_APART), Trap(blocked, known.ONE_GUARD_IS_ALL)),
        hints=(_("A capability is of little use if the calls that need it are blocked."),),
    )


@asks("4.sandbox")
def sandbox() -> Question:
    """What does a sandbox change for a kernel flaw?"""
    model = Isolation(kind="container", flaw="kernel", sandbox="gVisor")
    both = model.with_(flaw="sandbox", second="kernel").run()
    return choice(
        _("Each of {n} tenants’ containers is in a gVisor sandbox. The host’s kernel has a flaw. "
          "Who falls to a malicious tenant that knows only this flaw?").format(n=model.tenants),
        len(model.run().fallen),
        Option(_("all: they still share the host’s kernel"), model.tenants,
               known.SANDBOX_SAME_KERNEL),
        Option(_("nobody else"), 1),
        Option(_("one more tenant"), 2),
        because=_("To get at the host’s kernel, an attacker has to break the sandbox first. With "
                  "a flaw in each, {n} fall.").format(n=len(both.fallen)),
        hints=(_("Whose kernel answers the container’s calls now? Count the walls between the "
                 "attacker and the kernel with the flaw."),),
    )  # fmt: skip
