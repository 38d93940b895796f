"""Questions of chapter 4: containers and virtual machines."""

from hvlib.models.cold_start import ColdStart
from hvlib.models.container_network import TUNNEL, ContainerNetwork
from hvlib.models.density import Density
from hvlib.models.deployment import Deployment
from hvlib.models.images import UnionMount
from hvlib.models.isolation import (
    SECCOMP_ALLOWED,
    SECCOMP_WITH_SYS_ADMIN,
    SYSCALLS,
    Isolation,
    IsolationResult,
)
from hvlib.models.throttling import CpuLimit, on_more_memory
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
            n=containers
        ),
        kernels,
        (
            Option(_("one"), 1),
            Option(_("two: one for each container"), containers, known.OWN_KERNEL),
            Option(_("three: the host’s and one for each container"), containers + 1,
                   known.OWN_KERNEL),
        ),
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
        (
            Option(_("that of the image’s distribution"), "image", known.IMAGE_BRINGS_KERNEL),
            Option(_("that of the host"), "host"),
            Option(_("none: a container has no kernel to ask"), "none"),
        ),
        because=_("uname is a system call, and the container’s system calls go to the host’s "
                  "kernel."),
        hints=(_("uname is a system call. Who answers it?"),),
    )  # fmt: skip


@asks("4.dockerd-crash")
def dockerd_crash() -> Question:
    """What stops when dockerd fails?"""
    docker = load("docker")
    answer = wrong_rules.stopped(docker, ("dockerd",))
    return pick(
        _("dockerd crashes. Which of these stop working in that moment: container 1, container 2, "
          "the Linux host kernel, containerd, the docker CLI?"),
        docker,
        ("dockerd",),
        ("container1", "container2", "kernel", "containerd", "cli"),
        answer,
        ((wrong_rules.if_management_were_life(docker, ("dockerd",)),
          known.DAEMON_RUNS_CONTAINERS),),
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
        low=1,
        high=8,
        tolerance=0.01,
        integer=True,
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
        (
            Option(_("nobody else: a virtual machine can’t be left"), 1, known.VM_ABSOLUTE),
            Option(_("one more tenant: the one beside it"), 2),
            Option(_("all tenants of the server"), model.tenants),
        ),
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
        (
            Option(
                _("equally far: it is one and the same flaw"), "same", known.SAME_FLAW_SAME_HARM
            ),
            Option(_("on KVM"), "kvm"),
            Option(_("on Xen"), "xen"),
        ),
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
        (
            Option(_("nobody else: the way out of a container is closed"), 1, known.PATCHED_RUNC),
            Option(_("all tenants of the server"), model.tenants),
            Option(_("one more tenant"), 2),
        ),
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
        (
            Option(_("nobody else: it is read-only"), "nobody", known.READ_ONLY_SOCKET),
            Option(_("the other containers, but not the host"), "neighbours"),
            Option(_("the host, and with it all containers"), "host"),
        ),
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
        (
            Option(_("nobody: to see a process is not to touch it"), "nobody",
                   known.SEEING_IS_HARMLESS),
            Option(_("the other containers, but not the host"), "neighbours"),
            Option(_("the host, and with it all containers"), "host"),
        ),
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
        low=0,
        high=blocked,
        tolerance=0.35,
        integer=True,
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
        (
            Option(_("all: they still share the host’s kernel"), model.tenants,
                   known.SANDBOX_SAME_KERNEL),
            Option(_("nobody else"), 1),
            Option(_("one more tenant"), 2),
        ),
        because=_("To get at the host’s kernel, an attacker has to break the sandbox first. With "
                  "a flaw in each, {n} fall.").format(n=len(both.fallen)),
        hints=(_("Whose kernel answers the container’s calls now? Count the walls between the "
                 "attacker and the kernel with the flaw."),),
    )  # fmt: skip


@asks("4.lazy-restore")
def lazy_restore() -> Question:
    """How soon does a VM answer that is restored page by page?"""
    model = ColdStart()
    result = model.run()
    lazy, whole = result.of("lazy"), result.of("whole")
    prompt = _(
        "A VM of {memory:.0f} MB lies in a snapshot file on a disk that reads {disk:.0f} MB/s. "
        "Made anew in {restore:.0f} ms, it maps the file and goes on. Until it has answered it "
        "touches {touched:.0f} MB, that is {pages:,.0f} pages; a missing page takes {fault:.0f} "
        "µs. The answer itself takes {work:.0f} ms. After how many ms is it there?"
    )
    return Number(
        prompt=prompt.format(
            memory=model.memory,
            disk=model.disk,
            restore=model.restore,
            touched=model.touched,
            pages=lazy.faults,
            fault=model.fault,
            work=model.work,
        ),
        answer=lazy.whole,
        unit="ms",
        low=10,
        high=2_000,
        tolerance=0.1,
        log=True,
        because=_("{pages:,.0f} faults, one after the other, take {stalls:.0f} ms.").format(
            pages=lazy.faults, stalls=lazy.stalls
        ),
        traps=(
            Trap(whole.whole, known.SNAPSHOT_IS_READ_WHOLE),
            Trap(lazy.before + lazy.work, known.MAPPED_IS_LOADED),
        ),
        hints=(_("How many pages does it wait for, and how long for each?"),),
    )


@asks("4.read-ahead")
def read_ahead() -> Question:
    """Is reading ahead worth it when the guest touches other pages than before?"""
    model = ColdStart(strays=1.0)
    result = model.run()
    gain = result.of("lazy").whole / result.of("prefetch").whole
    prompt = _(
        "A restored VM gets the pages ahead that its last run touched. This time it touches other "
        "ones, as many. How does its start compare with one without reading ahead?"
    )
    return choice(
        prompt,
        "slower" if gain < 0.99 else "faster" if gain > 1.01 else "alike",
        (
            Option(_("it is faster all the same: what is read is read"), "faster",
                   known.READING_IS_NEVER_LOST),
            Option(_("it takes exactly as long"), "alike"),
            Option(_("it is a little slower"), "slower"),
        ),
        because=_("It waits for every page as before, and for the useless reading besides: "
                  "{ahead:.0f} ms in place of {lazy:.0f}.").format(
            ahead=result.of("prefetch").whole, lazy=result.of("lazy").whole
        ),
        hints=(_("What was read ahead, and who uses it?"),),
    )  # fmt: skip


@asks("4.quota")
def quota() -> Question:
    """How long does a request of a service take that is far below its limit?"""
    model = CpuLimit()
    result = model.run()
    prompt = _(
        "A service has {threads} threads on {cpus} CPUs. For each request, every thread needs "
        "{burst:.0f} ms of CPU time, and {rate:g} requests come in a second. The container may "
        "use {limit:g} CPU: {quota:.0f} ms of CPU time in every {period:.0f} ms. On average it "
        "uses {use:.0%} of that. A request comes at the very beginning of a period. After how "
        "many ms is it done?"
    )
    return Number(
        prompt=prompt.format(
            threads=model.threads,
            cpus=model.server,
            burst=model.burst,
            rate=model.rate,
            limit=model.limit,
            quota=model.limit * model.period,
            period=model.period,
            use=result.use,
        ),
        answer=model.budget().work(0, model.need, model.at_once),
        unit="ms",
        low=5,
        high=1000,
        tolerance=0.1,
        log=True,
        because=_(
            "{threads} threads at once use up the quota in {first:.3g} ms. Then all stand "
            "still until the next period, in which they do the rest."
        ).format(threads=model.threads, first=result.one[0].end),
        traps=(
            Trap(model.burst, known.LIMIT_IS_AN_AVERAGE),
            Trap(model.need / model.limit, known.LIMIT_IS_A_SLOWER_CPU),
        ),
        hints=(
            _("How much CPU time do all threads together need for one request?"),
            _("When is the quota of the first period used up, and when does the second begin?"),
        ),
    )


@asks("4.memory-high")
def memory_high() -> Question:
    """What happens at memory.high?"""
    high, holds, most = 400, 420, 500
    prompt = _(
        "A container’s memory.high is {high} MB and its memory.max {most} MB. Its program comes to "
        "hold {holds} MB and asks for more. What does the kernel do at this point?"
    )
    return choice(
        prompt.format(high=high, most=most, holds=holds),
        on_more_memory(holds, high, most),
        (
            Option(_("it ends a process of the container"), "killed", known.HIGH_KILLS),
            Option(_("it makes the container give pages back, and slows it down"), "slowed"),
            Option(_("it gives the memory: below memory.max all is well"), "given"),
        ),
        because=_("Above memory.high a group reclaims its own pages before it gets more, and its "
                  "requests are held up. At memory.max, when nothing can be reclaimed, the kernel "
                  "ends a process of the group."),
        hints=(_("There are two limits. Why would somebody want two?"),),
    )  # fmt: skip


@asks("4.published-port")
def published_port() -> Question:
    """Which of Docker's programs do the packets of a published port pass?"""
    docker = load("docker")
    passed = {step.at for step in docker.flow("published").steps}
    programs = [id for id in ("dockerd", "docker-proxy") if id in passed]
    return choice(
        _("A container was started with “docker run -p 8080:80”. A browser on another computer "
          "opens port 8080 of the host. Which of Docker’s programs do its packets pass?"),
        programs[0] if programs else "none",
        (
            Option(_("dockerd, which hands them to the container"), "dockerd",
                   known.PORT_BY_PROGRAM),
            Option(_("docker-proxy, a small program for each port"), "docker-proxy",
                   known.PORT_BY_PROGRAM),
            Option(_("none: the kernel changes their target"), "none"),
        ),
        because=_("dockerd wrote a rule into the kernel, and the kernel follows it by itself: it "
                  "changes the packets’ target to the container’s address (DNAT)."),
        hints=(_("dockerd can crash, and the container goes on serving. What does that tell?"),),
    )  # fmt: skip


@asks("4.user-mode-stack")
def user_mode_stack() -> Question:
    """How long does a round trip take through a program in user mode?"""
    model = ContainerNetwork()
    host, through = model.way("host network"), model.way("user-mode stack")
    prompt = _(
        "A small message goes from a program to one on another machine, and back. By the host’s "
        "own network that takes {trip:.0f} µs. Of these {stacks:.1f} are for four network stacks, "
        "one at each end each way, and the rest for the wire. Now the program is in a container of "
        "an ordinary user, who may make no devices on the host. A program in user mode takes each "
        "packet from the container’s cable ({cable:.2g} µs each way) and sends it on by a socket "
        "of its own. How many µs does the round trip take?"
    )
    return Number(
        prompt=prompt.format(trip=host.round_trip, stacks=host.stacks, cable=model.cable),
        answer=through.round_trip,
        unit="µs",
        low=10,
        high=500,
        tolerance=0.1,
        log=True,
        because=_(
            "The packet passes two more stacks each way, into the program and out of it: "
            "{stacks:.1f} µs for stacks in place of {before:.1f}. The wire is the same."
        ).format(stacks=through.stacks, before=host.stacks),
        traps=(Trap(host.round_trip + 2 * model.cable, known.PROGRAM_IS_A_HOP),),
        hints=(
            _("Which stacks does the packet pass until it is in the program’s memory?"),
            _("Count the stacks one way: there were two."),
        ),
    )


@asks("4.tunnel-mtu")
def tunnel_mtu() -> Question:
    """How large may a packet inside a VXLAN be?"""
    outside = 1500
    return Number(
        prompt=_(
            "Ethernet carries packets of at most {outside:,} bytes. An overlay puts each packet of "
            "a container, with its Ethernet header of 14 bytes, behind a header of VXLAN (8 "
            "bytes), one of UDP (8) and one of IP (20). How many bytes may a packet inside the "
            "overlay have at most?"
        ).format(outside=outside),
        answer=outside - TUNNEL,
        unit=_("bytes"),
        low=1000,
        high=1600,
        tolerance=0.0,
        integer=True,
        because=_("{outside:,} less {tunnel}. The container’s device gets that MTU.").format(
            outside=outside, tunnel=TUNNEL
        ),
        traps=(
            Trap(outside, known.TUNNEL_IS_FREE),
            Trap(outside - 20 - 8, known.HEADERS_ARE_UDPS),
        ),
        hints=(_("The outer packet may have {outside:,} bytes. What is in it?").format(
            outside=outside),),
    )  # fmt: skip


@asks("4.density")
def density() -> Question:
    """How many containers fit where one VM does?"""
    model = Density()
    result = model.run()
    prompt = _(
        "An application needs {app:.0f} MB and {cpu:g} CPUs. As a VM it brings a guest system of "
        "{guest:.0f} MB and costs the hypervisor {over:.0f} MB more; as a container it costs "
        "{extra:.0f} MB more. A server has {memory:.0f} GB and {cpus} CPUs. How many containers "
        "fit for each VM that fits?"
    )
    return Number(
        prompt=prompt.format(
            app=model.app_memory,
            cpu=model.app_cpu,
            guest=model.guest_memory,
            over=result.overhead,
            extra=model.container_memory,
            memory=model.host_memory,
            cpus=model.host_cpus,
        ),
        answer=result.ratio,
        unit="",
        low=0.5,
        high=200,
        tolerance=0.3,
        log=True,
        because=_(
            "{vm} VMs fit before the {vm_by} is used up, {con} containers before the {con_by} is."
        ).format(
            vm=result.vm.count,
            vm_by=result.vm.scarce,
            con=result.container.count,
            con_by=result.container.scarce,
        ),
        traps=(
            Trap(wrong_rules.density_by_overhead(model), known.DENSITY_BY_OVERHEAD),
            Trap(100.0, known.DENSITY_BY_OVERHEAD),
        ),
        hints=(_("Work out both counts by memory and by CPU; the smaller one binds."),),
    )


@asks("4.copy-up")
def copy_up() -> Question:
    """What does the first write to an image's file store?"""
    size = 500.0
    mount = UnionMount(({"/data/log": size},), {})
    _after, copied = mount.write("/data/log", size)
    return choice(
        _("An image holds a file of {size:.0f} MB. A container changes one byte of it. Its layers "
          "lie on ext4, which can’t share blocks between files. How much goes into the "
          "container’s writable layer?").format(size=size),
        copied,
        (
            Option(_("one byte"), 1e-6, known.WRITES_ONLY_CHANGE),
            Option(_("one block of a few kilobytes"), 4e-3, known.WRITES_ONLY_CHANGE),
            Option(_("the whole file"), size),
        ),
        because=_("All {copied:.0f} MB, and as soon as the file is opened for writing: the layers "
                  "below are read-only, and hold whole files. On XFS with reflinks or btrfs the "
                  "copy shares the old blocks and takes next to no space.").format(copied=copied),
        hints=(_("The layers below can’t be written. What has to happen before the byte can "
                 "change?"),),
    )  # fmt: skip


@asks("4.desktop")
def desktop() -> Question:
    """How many virtual machines does Docker Desktop run?"""
    system = load("docker-desktop")
    machines, containers = len(system.of_role("guest")), len(system.of_role("container"))
    return choice(
        _("Docker Desktop on a Mac runs {n} Linux containers. How many virtual machines run for "
          "them?").format(n=containers),
        machines,
        (
            Option(_("none: containers need no virtual machine"), 0, known.NATIVE_ON_MAC),
            Option(_("one for all of them"), 1),
            Option(_("one for each"), containers, known.VM_PER_CONTAINER),
        ),
        because=_("All containers share the kernel of one Linux virtual machine."),
        hints=(_("What do Linux containers need that a Mac does not have? And do two of them need "
                 "it twice?"),),
    )  # fmt: skip


@asks("4.which-plan")
def which_plan() -> Question:
    """Which plan is the cheapest, its risk counted in?"""
    model = Deployment()
    result = model.run()
    return choice(
        _(
            "{services} services of {tenants} tenants who don’t trust each other. Servers and "
            "guest systems cost money, and so does each break-in that reaches a neighbour. Which "
            "plan is the cheapest, all of this counted?"
        ).format(services=model.services, tenants=model.tenants),
        result.best,
        (
            Option(
                _("all containers on one kernel"),
                "all containers on one kernel",
                known.CHEAP_TO_RUN,
            ),
            Option(_("a virtual machine for each service"), "one VM each", known.MORE_WALLS),
            Option(
                _("containers in a virtual machine for each tenant"),
                "containers in a VM per tenant",
            ),
        ),
        because=_(
            "{mix:,.0f} a year with its expected loss; one kernel comes to {bare:,.0f}, a "
            "VM each to {each:,.0f}."
        ).format(
            mix=result.plan("containers in a VM per tenant").total,
            bare=result.plan("all containers on one kernel").total,
            each=result.plan("one VM each").total,
        ),
        hints=(_("Between whom is a wall needed, and how many walls are that?"),),
    )


@asks("4.tips")
def tips() -> Question:
    """How rare must kernel flaws be before fewer walls will do?"""
    model = Deployment()
    result = model.run()
    flip = next(flip for flip in result.flips if flip.knob == "kernel_rate")
    apart = result.plan(result.best).cost - result.plan(flip.to).cost
    return Number(
        prompt=_(
            "A virtual machine for each tenant costs {apart:,.0f} a year more here than one "
            "for each of {groups} trust groups. A neighbour’s fall costs {damage:,.0f}, and "
            "there is a break-in at each tenant every {every:.0f} years. One flaw in the "
            "kernel in how many years, or fewer, makes the dearer plan the better one?"
        ).format(apart=apart, groups=model.groups, damage=model.damage, every=1 / model.attacks),
        answer=1 / flip.value,
        unit=_("{n} years"),
        low=0.1,
        high=10_000,
        tolerance=0.5,
        log=True,
        because=_(
            "At {rate:.4f} flaws a year both cost the same. More often, and the wall is cheaper."
        ).format(rate=flip.value),
        traps=tuple(Trap(years, known.WALLS_WANT_MANY_FLAWS) for years in (1, 3, 8)),
        hints=(
            _(
                "How many neighbours stand in a group, and what would one flaw a year cost them "
                "all?"
            ),
        ),
    )


@asks("4.all-chapters")
def all_chapters() -> Question:
    """Which product fits four wishes, one a chapter?"""
    fit = tuple(name for name in ("docker", "xen", "workstation", "vsphere") if _fits(name))
    return choice(
        _(
            "Strangers rent machines from you. Each wants a kernel of its own. A packet must not "
            "take a way through a process on a host. When what manages the machines crashes, "
            "none of them may stall. Which of these does it all?"
        ),
        fit,
        (
            Option(_("Docker"), ("docker",), known.OWN_KERNEL),
            Option(_("Xen"), ("xen",), known.DOM0_NOT_NEEDED),
            Option(_("VMware Workstation"), ("workstation",), known.PROCESS_IDLE),
            Option(_("VMware vSphere"), ("vsphere",)),
        ),
        because=_(
            "Docker’s containers share a kernel. Xen’s guests stall without dom0, which "
            "manages them and has the drivers. Workstation’s packets pass the VMX process. "
            "ESX has the drivers in its own kernel, and vCenter only manages."
        ),
        hints=(_("Take the wishes one by one, and strike out who fails: that leaves one."),),
    )


def _fits(name: str) -> bool:
    """Whether tenants have own kernels, no process in a packet's way, and managers may crash."""
    system = load(name)
    managers = [item.id for item in system.of_role("manager")]
    way = [system.component(step.at).privilege for step in system.flow("packet").steps[1:]]
    stalled = any(
        system.states((manager,))[guest.id] in ("down", "stalled")
        for manager in managers
        for guest in system.of_role("guest")
    )
    processes = any(privilege.startswith("user mode") for privilege in way)
    return bool(system.of_role("guest")) and not processes and not stalled
