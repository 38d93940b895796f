"""Questions of chapter 4, continued: what containers cost beside virtual machines."""

from hvlib.models.cold_start import ColdStart
from hvlib.models.container_network import TUNNEL, ContainerNetwork
from hvlib.models.density import Density
from hvlib.models.deployment import Deployment
from hvlib.models.images import UnionMount
from hvlib.models.throttling import CpuLimit, on_more_memory
from hvlib.questions import misconceptions as known
from hvlib.questions import wrong_rules
from hvlib.questions.building import Option, choice
from hvlib.questions.question import Number, Question, Trap
from hvlib.questions.register import asks
from hvlib.systems.system import load
from hvlib.words import _


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
        scale=(10, 2_000),
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
        Option(_("it is faster all the same: what is read is read"), "faster",
               known.READING_IS_NEVER_LOST),
        Option(_("it takes exactly as long"), "alike"),
        Option(_("it is a little slower"), "slower"),
        because=_("It waits for every page as before, and for the useless reading besides: "
                  "{ahead:.0f} ms in place of {lazy:.0f}.").format(
            ahead=result.of("prefetch").whole, lazy=result.of("lazy").whole),
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
        scale=(5, 1000),
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
    return choice(
        _("A container’s memory.high is {high} MB and its memory.max {most} MB. Its program comes "
          "to hold {holds} MB and asks for more. What does the kernel do at this point?").format(
            high=high, most=most, holds=holds),
        on_more_memory(holds, high, most),
        Option(_("it ends a process of the container"), "killed", known.HIGH_KILLS),
        Option(_("it makes the container give pages back, and slows it down"), "slowed"),
        Option(_("it gives the memory: below memory.max all is well"), "given"),
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
        Option(_("dockerd, which hands them to the container"), "dockerd",
               known.PORT_BY_PROGRAM),
        Option(_("docker-proxy, a small program for each port"), "docker-proxy",
               known.PORT_BY_PROGRAM),
        Option(_("none: the kernel changes their target"), "none"),
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
        scale=(10, 500),
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
        scale=(1000, 1600),
        tolerance=0.0,
        because=_("{outside:,} less {tunnel}. The container’s device gets that MTU.").format(
            outside=outside, tunnel=TUNNEL),
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
        scale=(0.5, 200),
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
        Option(_("one byte"), 1e-6, known.WRITES_ONLY_CHANGE),
        Option(_("one block of a few kilobytes"), 4e-3, known.WRITES_ONLY_CHANGE),
        Option(_("the whole file"), size),
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
        Option(_("none: containers need no virtual machine"), 0, known.NATIVE_ON_MAC),
        Option(_("one for all of them"), 1),
        Option(_("one for each"), containers, known.VM_PER_CONTAINER),
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
        scale=(0.1, 10_000),
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
        Option(_("Docker"), ("docker",), known.OWN_KERNEL),
        Option(_("Xen"), ("xen",), known.DOM0_NOT_NEEDED),
        Option(_("VMware Workstation"), ("workstation",), known.PROCESS_IDLE),
        Option(_("VMware vSphere"), ("vsphere",)),
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
