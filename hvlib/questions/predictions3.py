"""Questions of chapter 3: hypervisors that are programs of a host."""

from hvlib.models.hosted import Hosted, weight_of
from hvlib.published.figures import figure
from hvlib.questions import misconceptions as known
from hvlib.questions import wrong_rules
from hvlib.questions.building import Option, choice, order, pick, route
from hvlib.questions.question import Number, Question, Trap
from hvlib.questions.register import asks
from hvlib.systems.blast import host_parts, who_falls
from hvlib.systems.classify import classify
from hvlib.systems.system import load
from hvlib.words import _


@asks("3.host-crash")
def host_crash() -> Question:
    """Who dies with the host?"""
    workstation = load("workstation")
    answer = wrong_rules.stopped(workstation, ("host",))
    return pick(
        _("VMware Workstation runs two guests. The host operating system crashes. Which of these "
          "die with it: the other program, the Workstation window, guest 1, guest 2?"),
        workstation,
        "host",
        ("program", "gui", "guest1", "guest2"),
        (answer - {"guest1", "guest2"}, known.SURVIVES_HOST),
        ((), known.SURVIVES_HOST),
        because=_("Each guest lives in a process of the host and enters the CPU through a driver "
                  "in the host’s kernel; without the kernel there is neither."),
        hints=(_("What is each of these to the host, and who lets a guest enter the processor?"),),
    )  # fmt: skip


@asks("3.packet-order")
def packet_order() -> Question:
    """Through which parts does a packet of a hosted guest go?"""
    workstation = load("workstation")
    path = route("workstation", "packet")
    vmx, kernel = (workstation.component(id).name for id in ("vmx1", "kernel1"))
    return order(
        _("A program in a Workstation guest sends a packet. Put the parts it passes in order."),
        path,
        ((wrong_rules.moved(path, vmx, before=kernel), known.PROCESS_EXECUTES),),
        because=_("The monitor (VMM) catches the access to the guest’s card, a world switch leads "
                  "back to the host, and the VM’s process asks the host for the rest."),
        hints=(
            _("First the guest’s own software, then the monitor, then the host."),
            _("vmmon is the door between monitor and host; the VMX process imitates the card."),
        ),
        flow=("workstation", "packet"),
    )  # fmt: skip


@asks("3.fewest-crossings")
def fewest_crossings() -> Question:
    """On which system does a packet cross the fewest boundaries?"""
    names = ("workstation", "xen", "vsphere", "kvm")
    crossed = {name: len(load(name).passages("packet")) for name in names}
    return choice(
        _("A packet leaves a guest. On which of these does it cross the fewest boundaries?"),
        min(crossed, key=lambda name: crossed[name]),
        Option(_("Xen, a Type 1"), "xen", known.TYPE_1_IS_SHORTER),
        Option(_("vSphere, a Type 1"), "vsphere", known.TYPE_1_IS_SHORTER),
        Option(_("KVM, where a process holds the guest"), "kvm"),
        Option(_("Workstation, a Type 2"), "workstation"),
        because=_("{kvm} on KVM, {vsphere} on vSphere, {xen} on Xen and {workstation} on "
                  "Workstation.").format(**crossed),
        hints=(_("Who takes the packet from the guest, and does the driver live in the same "
                 "place?"),),
    )  # fmt: skip


@asks("3.vmx-flaw")
def vmx_flaw() -> Question:
    """How far does a flaw in a guest's process lead?"""
    workstation = load("workstation")
    fallen = who_falls(workstation, "guest1", ["vmx1"])
    kernel = workstation.component("host").boundary
    host = kernel in host_parts(workstation, "guest1", ["vmx1"])
    program = workstation.component("program").name in fallen
    return choice(
        _(
            "An attacker is administrator in guest 1 of VMware Workstation on Linux, and knows a "
            "flaw in the VMX process of this guest. Who falls?"
        ),
        "host" if host else "user" if program else "guest",
        Option(
            _("nobody else: the attacker is caught in a process"),
            "guest",
            known.PROCESS_IS_A_WALL,
        ),
        Option(
            _("the files and programs of the user who started the guest"),
            "user",
            known.ONLY_THE_USER,
        ),
        Option(_("everybody: the host, its programs and guest 2"), "host"),
        because=_(
            "The process is where the monitor’s code comes from, and that code runs with "
            "all rights. Whoever holds the process holds the host’s kernel."
        ),
        hints=(_("What does this process have that your editor has not?"),),
    )


@asks("3.cpu-vs-io")
def cpu_vs_io() -> Question:
    """Is a hosted hypervisor as slow at computing as at I/O?"""
    loss = {name: _loss(name) for name in ("specint", "osdb_oltp")}
    value = "as much" if loss["specint"] > 0.7 else "half" if loss["specint"] > 0.3 else "little"
    return choice(
        _("On a hosted hypervisor of 2003 a database that waits for its disk lost {loss:.0%} of "
          "its speed. How much did a benchmark lose that only computes (SPEC INT)?").format(
            loss=loss["osdb_oltp"]),
        value,
        Option(_("about as much"), "as much", known.SLOW_IO_SLOW_CPU),
        Option(_("about half"), "half"),
        Option(_("hardly anything"), "little"),
        because=_("It lost {loss:.1%}: {ws:.0f} points against {native:.0f} ({source}). It hardly "
                  "ever leaves the guest.").format(
            loss=loss["specint"],
            ws=figure("barham2003/specint.workstation").value,
            native=figure("barham2003/specint.native").value,
            source=figure("barham2003/specint.native").short,
        ),
        hints=(_("How often does a program that only computes have to leave the guest?"),),
    )  # fmt: skip


@asks("3.one-machine")
def one_machine() -> Question:
    """Does the cheaper hypercall win? By the files too, KVM's way is the shorter one."""
    ahead = min(("xen", "kvm"), key=lambda name: len(load(name).passages("packet+back")))
    xen, kvm = (figure(f"dall2016/hypercall.{name}") for name in ("xen", "kvm"))
    return choice(
        _("On the same ARM servers an empty hypercall took {xen:,.0f} cycles on Xen and {kvm:,.0f} "
          "on KVM. Which of the two was ahead in most workloads with I/O?").format(
            xen=xen.value, kvm=kvm.value),
        ahead,
        Option(_("Xen, by far"), "xen", known.CHEAP_EXIT_WINS),
        Option(_("Xen, by a little"), "near", known.CHEAP_EXIT_WINS),
        Option(_("KVM"), "kvm"),
        because=_("KVM was ahead in most of them ({source}). Most of a packet’s time went to the "
                  "network code of the host’s Linux, or of dom0’s, and dom0 had to be scheduled "
                  "first.").format(source=xen.source.short),
        hints=(_("Who has the driver on each, and what must happen before it gets the packet?"),),
    )  # fmt: skip


def _loss(benchmark: str) -> float:
    """Share of the native score lost on VMware Workstation 3.2 (higher scores are better)."""
    hosted = figure(f"barham2003/{benchmark}.workstation").value
    return 1 - hosted / figure(f"barham2003/{benchmark}.native").value


@asks("3.vmx-crash")
def vmx_crash() -> Question:
    """What goes with a guest's process?"""
    workstation = load("workstation")
    answer = wrong_rules.stopped(workstation, ("vmx1",))
    return pick(
        _("VMX process 1 crashes. Click what goes down with it: VMM 1, guest 1, guest 2, the "
          "Workstation window, the host OS."),
        workstation,
        "vmx1",
        ("vmm1", "guest1", "guest2", "gui", "host"),
        (answer | {"guest2"}, known.ONE_PROGRAM),
        ((), known.PROCESS_IDLE),
        because=_("Guest 1 and its monitor live in that process. Guest 2 has another one, and to "
                  "the host it is a program that ended."),
        hints=(_("Whose memory does that process hold?"),),
    )  # fmt: skip


@asks("3.nice")
def nice() -> Question:
    """What does a nice value leave to a VM?"""
    model = Hosted(programs=1, nice=10)
    share = model.run().share
    return Number(
        prompt=_(
            "On a host with one CPU a busy guest’s process has the nice value {nice}; one "
            "other busy program of the same session has 0. Each step of nice takes a factor "
            "of 1.25. What part of the CPU does the guest get, in percent?"
        ).format(nice=model.nice),
        answer=100 * share,
        unit="%",
        scale=(0, 100),
        tolerance=0.25,
        because=_("Its weight is {low:.0f} against {high:.0f}, so it gets {share:.1%}.").format(
            low=weight_of(model.nice), high=weight_of(0), share=share
        ),
        traps=(
            Trap(100 * model.with_(nice=0).run().share, known.PRIORITY_STOPS_AT_VM),
            Trap(100 * model.with_(programs=0).run().share, known.VM_HAS_ITS_CPU),
        ),
        hints=(
            _("The weights are as 1 to 1.25 multiplied by itself once a step. And the shares?"),
        ),
    )


@asks("3.kvm-type")
def kvm_type() -> Question:
    """Which type is KVM?"""
    return choice(
        _("KVM is a module of the Linux kernel; each guest belongs to a process of Linux. Which "
          "type of hypervisor is it?"),
        _type_of("kvm"),
        Option(_("Type 1: with the module, Linux is the hypervisor"), "1", known.KVM_IS_1),
        Option(_("Type 2: Linux is the host"), "2", known.KVM_IS_2),
        Option(_("there are good reasons for either"), "1 or 2"),
        because=_("The two words ask who owns the hardware, an operating system or the hypervisor. "
                  "Here one kernel is both."),
        hints=(_("Ask two things: what owns the hardware, and what schedules the guests?"),),
    )  # fmt: skip


@asks("3.hyperv")
def hyperv() -> Question:
    """Which type is Hyper-V?"""
    return choice(
        _("You install Windows, switch on Hyper-V and restart. Which type of hypervisor is it?"),
        _type_of("hyper-v"),
        Option(_("Type 2: Windows boots, and then runs Hyper-V"), "2", known.WINDOWS_FIRST),
        Option(_("Type 1: Hyper-V boots, and then runs Windows"), "1"),
        Option(_("there are good reasons for either"), "1 or 2"),
        because=_("What counts is who owns the machine now. Your Windows has the drivers and lends "
                  "them to the others, as dom0 does on Xen. On Windows 10 and 11 it also decides "
                  "when they run, but the hypervisor stays below it."),
        hints=(_("What counts is the order after the restart, not the order of installation."),),
    )  # fmt: skip


def _type_of(system: str) -> str:
    """The type that a system's four answers argue for."""
    answers = load(system).classification.answers
    if answers is None:
        raise ValueError(f"{system} has no answers to classify it by")
    return classify(answers).type
