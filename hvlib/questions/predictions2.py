"""Questions of chapter 2: hypervisors on the bare machine."""

import statistics

from hvlib.models.cluster import Cluster
from hvlib.models.devices import Devices, kicks
from hvlib.models.inventory import PERIODS
from hvlib.models.migration import Migration
from hvlib.models.paging import native_references, nested_references
from hvlib.models.scheduler import CreditScheduler, SchedulerResult
from hvlib.models.waiting import GuestWaits
from hvlib.published.figures import figure
from hvlib.questions import misconceptions as known
from hvlib.questions import wrong_rules
from hvlib.questions.building import Option, choice, order, pick, route
from hvlib.questions.question import Number, Question, Trap
from hvlib.questions.register import asks
from hvlib.systems.system import load
from hvlib.words import _


@asks("2.dom0-host")
def dom0_host() -> Question:
    """Where is dom0?"""
    xen = load("xen")
    dom0_needs = {need.of for need in xen.component("dom0").needs if need.for_ == "run"}
    xen_needs = {need.of for need in xen.component("xen").needs if need.for_ == "run"}
    value = "on" if "xen" in dom0_needs else "under" if "dom0" in xen_needs else "beside"
    return choice(
        _("dom0 runs Linux with the drivers for disk and network. Where is it?"),
        value,
        Option(_("under Xen: it is the host operating system"), "under", known.DOM0_HOST),
        Option(_("beside Xen, directly on the hardware"), "beside"),
        Option(_("on Xen: it is a domain like the guests, with more rights"), "on"),
        because=_("To run, dom0 needs Xen, and Xen needs only the hardware."),
        hints=(_("Which of the two starts first, and which needs the other to run?"),),
    )


@asks("2.dom0-crash")
def dom0_crash() -> Question:
    """Who stops when dom0 fails?"""
    xen = load("xen")
    answer = wrong_rules.stopped(xen, ("dom0",))
    return pick(
        _("dom0 hangs. Click every other part that stops or stalls: hardware, Xen hypervisor, "
          "domU 1, domU 2."),
        xen,
        "dom0",
        ("hardware", "xen", "domu1", "domu2"),
        (answer | {"xen"}, known.DOM0_HOST),
        ((), known.DOM0_NOT_NEEDED),
        because=_("Xen runs on, and so do the guests’ vCPUs; but their disk and network go through "
                  "dom0, so they stall at their next access."),
        hints=(_("Follow a packet of domU 1 on its way to the network card."),),
    )  # fmt: skip


@asks("2.packet-order")
def packet_order() -> Question:
    """Through which parts does a packet go?"""
    xen = load("xen")
    netback, events = (xen.component(id).name for id in ("netback", "events"))
    path = tuple(dict.fromkeys(route("xen", "packet")))
    wrong = wrong_rules.moved(path, netback, before=events)
    return order(
        _("A program in domU 1 sends a packet. Put these parts in order, by when the packet or "
          "the work for it first comes to each."),
        path,
        ((wrong, known.XEN_DRIVES),),
        because=_("netfront puts the request into shared memory and has Xen ring dom0’s event "
                  "channel. netback takes it, and has Xen check the grant and give it the data. "
                  "The real driver is in dom0 too."),
        hints=(
            _("It begins in the program and ends at the card."),
            _("The half driver in the guest is netfront, the one in dom0 netback."),
        ),
        flow=("xen", "packet"),
    )  # fmt: skip


@asks("2.esxi-drivers")
def esxi_drivers() -> Question:
    """Who drives the network card under ESX?"""
    vsphere = load("vsphere")
    inside = set(vsphere.ancestors("drivers1"))
    guests = {item.id for item in vsphere.of_role("guest")}
    value = "guest" if inside & guests else "kernel" if "esxi1" in inside else "none"
    return choice(
        _("ESX (until version 8: ESXi) runs directly on the hardware. Who drives its network "
          "card?"),
        value,
        Option(_("an operating system in a privileged guest, as on Xen"), "guest"),
        Option(_("ESX’s own kernel, which has drivers, a scheduler and a file system"),
               "kernel"),
        Option(_("nobody needs to: a Type 1 hypervisor has no operating system in it"), "none",
               known.NO_SYSTEM_INSIDE),
        because=_("VMkernel is an operating system made to be a hypervisor. What Type 1 lacks is "
                  "a general-purpose system below it."),
        hints=(_("What stands between the hardware and a guest here? Is there a second system to "
                 "send the work to?"),),
    )  # fmt: skip


@asks("2.guest-process")
def guest_process() -> Question:
    """Does a guest of Xen run as a process?"""
    answers = load("xen").classification.answers
    process = answers is not None and answers.guest_is_process
    return choice(
        _("A guest, which Xen calls domU 1, runs on Xen. Who decides when it gets a CPU?"),
        "dom0" if process else "xen",
        Option(_("dom0’s Linux, for which it is a process"), "dom0", known.GUEST_IS_PROCESS),
        Option(_("Xen’s own scheduler"), "xen"),
        Option(_("the guest itself"), "guest"),
        because=_("Xen schedules the virtual CPUs of all domains, dom0’s among them."),
        hints=(_("Who owns the processors, and for whom is dom0 just one more to serve?"),),
    )


@asks("2.slice")
def time_slice() -> Question:
    """Does a bigger slice only help?"""
    model = CreditScheduler(load="CPU-bound", pcpus=1, vms=8, weight=256)
    small, large = model.with_(slice=5).run(), model.with_(slice=30).run()
    value = (large.useful > small.useful, _wait(large) > _wait(small))
    return choice(
        _("Eight busy VMs share one CPU. The time slice is raised from 5 to 30 ms. What happens?"),
        value,
        Option(_("More time is useful, and nobody waits longer."), (True, False),
               known.SLICE_ONLY_HELPS),
        Option(_("More time is useful, and each waits longer for its turn."), (True, True)),
        Option(_("Less time is useful, and each waits longer for its turn."), (False, True)),
        because=_("Useful time goes from {u1:.1%} to {u2:.1%}, the median wait for a turn from "
                  "{w1:.0f} to {w2:.0f} ms.").format(
            u1=small.useful, u2=large.useful, w1=_wait(small), w2=_wait(large)),
        hints=(_("Two things change: how often the CPU switches, and how long the queue before you "
                 "takes."),),
    )  # fmt: skip


def _wait(result: SchedulerResult) -> float:
    """Milliseconds: the median over the VMs of the median wait."""
    return 1000 * statistics.median(vm.wait_median for vm in result.vms)


@asks("2.steal")
def steal() -> Question:
    """How much steal does a guest see?"""
    model = GuestWaits(vcpus=1, pcpus=1, others=3)
    result = model.run()
    prompt = _(
        "{vms} VMs with one busy vCPU each share one pCPU, by equal weights. What part of the time "
        "does the kernel of one of them count as steal (it is ready, and another runs), in percent?"
    )
    share = 100 * result.ready
    return Number(
        prompt=prompt.format(vms=model.others + 1),
        answer=share,
        unit="%",
        scale=(0, 100),
        tolerance=0.06,
        because=_(
            "It runs {got:.0f}% of the time. In the rest it is ready, and another runs."
        ).format(got=100 - share),
        traps=(Trap(0, known.IDLE_OR_BUSY), Trap(100 - share, known.IDLE_OR_BUSY)),
        hints=(_("How long does it run? And is it ever without anything to do?"),),
    )


@asks("2.together")
def together() -> Question:
    """Does a VM get on better when all its vCPUs run at once?"""
    apart, gang = GuestWaits().run(), GuestWaits(together=True).run()
    model = GuestWaits()
    prompt = _(
        "A VM has {vcpus} vCPUs; {others} other vCPUs are busy, and there are {pcpus} pCPUs. A "
        "vCPU holds a lock {hold:.0f}% of the time, and the other one spins while the holder waits "
        "for a pCPU. Now the scheduler starts and stops both at once. Does the VM get more done?"
    )
    value = "more" if gang.useful > 1.02 * apart.useful else "less"
    return choice(
        prompt.format(vcpus=model.vcpus, others=model.others, pcpus=model.pcpus, hold=model.hold),
        value,
        Option(_("more: nothing is spun away any longer"), "more", known.MORE_VCPUS_ARE_FASTER),
        Option(_("less"), "less"),
        because=_("Apart it gets on for {apart:.0%} of its time and spins for {spun:.1%}. Together "
                  "it spins for none and gets on for {gang:.0%}: two pCPUs must be free at once, "
                  "and the third stays idle.").format(
            apart=apart.useful, spun=apart.spun, gang=gang.useful),
        hints=(_("How many pCPUs can be used at a time if both vCPUs must run?"),),
    )  # fmt: skip


@asks("2.admission-off")
def admission_off() -> Question:
    """How many machines come back where nothing was kept free?"""
    model = Cluster(vms=60, reserved=1, admission="off")
    result = model.run()
    stopped, lost = len(result.hit), len(result.not_restarted)
    back = (stopped - lost) / stopped
    return choice(
        _(
            "{all} VMs reserve all that they are given. Admission control is off, so that all "
            "of them start on {hosts} hosts. Then one host fails, with {stopped} VMs. How many of "
            "these serve again at the end?"
        ).format(all=len(result.vms), hosts=model.hosts, stopped=stopped),
        "all" if back == 1 else "most" if back >= 0.5 else "few" if back else "none",
        Option(_("all {n}").format(n=stopped), "all", known.HA_ALWAYS_RESTARTS),
        Option(_("more than half of them"), "most"),
        Option(_("fewer than half of them"), "few"),
        Option(_("none"), "none", known.FULL_IS_FULL),
        because=_(
            "{back} of {n}. For the others no host can keep its promise: {lost} stay "
            "off until the failed host is back."
        ).format(back=stopped - lost, n=stopped, lost=lost),
        hints=(_("How full were the hosts before? A large VM needs its room on one host."),),
    )


@asks("2.sparc")
def sparc() -> Question:
    """Who gets an idle strand's time?"""
    model = CreditScheduler(policy="partition", load="mixed", pcpus=4, vms=4)
    result = model.run()
    busy = [vm for vm in result.vms if not vm.interactive]
    lent = any(vm.share > 1 / model.pcpus + 0.01 for vm in busy)
    return choice(
        _("Four domains of Oracle VM Server for SPARC own a strand each. Two are busy, two mostly "
          "sleep. Who gets the sleepers’ time?"),
        "the busy ones" if lent else "nobody",
        Option(_("the busy domains, by their weight"), "the busy ones", known.ALL_TIME_SLICE),
        Option(_("nobody: the strands stay idle"), "nobody"),
        Option(_("the control domain"), "control"),
        because=_("The hypervisor divides the strands and lends none: {idle:.0%} of the machine is "
                  "idle. In return no domain ever waits for another.").format(idle=result.idle),
        hints=(_("Is a strand lent for a while, or does it belong to a domain?"),),
    )  # fmt: skip


@asks("2.sharing")
def sharing() -> Question:
    """How much does page sharing save?"""
    found = figure("barker2012/sharing.without_zero")
    identical = figure("vsphere-resource-guide/sharing.identical")
    return Number(
        prompt=_("A study looked for equal pages in many real machines, pages of zeros left out. "
                 "Up to what part of memory did sharing generally save, in percent?"),
        answer=100 * found.value,
        unit="%",
        scale=(0, 100),
        tolerance=0.2,
        up_to=True,
        because=_("Generally under {share:.0%} ({source}). Most of it was found inside single "
                  "machines, not between them.").format(share=found.value, source=found.cite),
        traps=(Trap(100 * identical.value, known.SHARING_IS_LARGE),),
        hints=(_("Which pages do two machines have in common, once the empty ones are left out? "
                 "Many run other programs, or other versions of them."),),
    )  # fmt: skip


@asks("2.nested-walk")
def nested_walk() -> Question:
    """How many references does a nested walk take?"""
    guest = host = 4
    return Number(
        prompt=_("A page walk through four levels takes {n} memory references on bare hardware. "
                 "With four levels in the guest and four nested ones, and nothing cached: how "
                 "many?").format(n=native_references(guest)),
        answer=nested_references(guest, host),
        unit=_("{n} references"),
        scale=(1, 100),
        tolerance=0.01,
        because=_("{g} × {h} to find the guest’s tables, {g} for their entries, {h} for the data’s "
                  "own address. It is the worst case: caches and large pages shorten it.").format(
            g=guest, h=host),
        traps=(
            Trap(wrong_rules.walk_by_adding(guest, host), known.WALK_ADDS),
            Trap(wrong_rules.walk_by_product(guest, host), known.WALK_ONLY_MULTIPLIES),
        ),
        hints=(
            _("The address of each of the guest’s tables is itself a guest-physical one."),
            _("Four nested references and one of the guest’s own for each guest level. And then?"),
        ),
    )  # fmt: skip


@asks("2.ring-exits")
def ring_exits() -> Question:
    """How many exits take bytes out of a guest, through a ring?"""
    size, packet, kick = 8192, 256, 16
    packets = size // packet
    prompt = _(
        "A guest sends {size:,} bytes in packets of {packet}. It puts each packet into a ring in "
        "memory that the hypervisor reads too, and tells it of every {kick} packets by one write "
        "to a register. How many exits does that take?"
    )
    return Number(
        prompt=prompt.format(size=size, packet=packet, kick=kick),
        answer=kicks(packets, kick),
        unit="",
        scale=(1, 10_000),
        tolerance=0.01,
        log=True,
        because=_("{packets} packets, {kick} a kick. Writing to memory is no exit.").format(
            packets=packets, kick=kick
        ),
        traps=(Trap(packets, known.EVERY_PACKET_EXITS), Trap(size, known.EVERY_PACKET_EXITS)),
        hints=(_("Which of the guest’s writes does the hypervisor notice at once?"),),
    )


@asks("2.batch-latency")
def batch_latency() -> Question:
    """How long does a packet wait when one kick sends many?"""
    model = Devices(way="ring", rate=10_000, kick=64)
    alone, wait = model.with_(kick=1).run().latency, model.run().latency
    prompt = _(
        "A guest offers {rate:,.0f} packets a second. Sent one by one, a packet is out after "
        "{alone:.0f} µs. Now the guest kicks once for every {kick} packets, and needs a third of "
        "the CPU time. How many µs after its offer is a packet out, on average?"
    )
    return Number(
        prompt=prompt.format(rate=model.rate, alone=alone, kick=model.kick),
        answer=wait,
        unit="µs",
        scale=(1, 100_000),
        tolerance=0.3,
        log=True,
        because=_("A packet comes every {gap:.0f} µs. On average it waits for half of the {kick} "
                  "that belong to its kick.").format(gap=1e6 / model.rate, kick=model.kick),
        traps=(Trap(alone, known.BATCHING_IS_FREE),
               Trap(model.cost("ring", model.kick).whole, known.BATCHING_IS_FREE)),
        hints=(_("What does the first packet of a batch wait for?"),),
    )  # fmt: skip


@asks("2.precopy")
def precopy() -> Question:
    """How long does the guest stand still?"""
    model = Migration()
    result = model.run()
    prompt = _(
        "A web server with {memory:.0f} MB of memory moves to another host over a link on which "
        "the copy of all of it takes {total:.0f} s. Memory is copied while it runs, and what was "
        "written meanwhile is copied again. For how many milliseconds does it stand still at last?"
    )
    return Number(
        prompt=prompt.format(memory=model.memory, total=result.total),
        answer=1000 * result.downtime,
        unit="ms",
        scale=(0, 100_000),
        tolerance=0.6,
        log=True,
        because=_("Only the last {left:.1f} MB are copied while it stands still. Clark et al. 2005 "
                  "measured {measured:.0f} ms (section 6.2).").format(
            left=result.left, measured=figure("clark2005/apache.downtime").value),
        traps=(
            Trap(0.0, known.LIVE_MEANS_NO_PAUSE),
            Trap(1000 * wrong_rules.downtime_of_the_whole_copy(model),
                 known.STANDS_STILL_ALL_THE_WHILE),
            Trap(1000 * result.total, known.STANDS_STILL_ALL_THE_WHILE),
        ),
        hints=(_("Thousandths, tenths, or tens of a second? It runs on in all rounds but one."),),
    )  # fmt: skip


@asks("2.vcenter-down")
def vcenter_down() -> Question:
    """What stops when vCenter fails?"""
    vsphere = load("vsphere")
    answer = wrong_rules.stopped(vsphere, ("vcenter",))
    machines = ("vm1", "vm3", "vm4")
    agents = ("fdm1", "fdm2", "fdm3")
    return pick(
        _("The virtual machine with vCenter fails. Which of these stop: VM 1, VM 3, VM 4, DRS, "
          "vMotion, the HA agents on the three hosts?"),
        vsphere,
        "vcenter",
        (*machines, "drs", "vmotion1", *agents),
        (wrong_rules.if_management_were_life(vsphere, ("vcenter",)), known.VCENTER_RUNS_VMS),
        (answer | {*agents}, known.HA_NEEDS_VCENTER),
        because=_("DRS is a part of vCenter, and nobody asks for a vMotion without it. The hosts "
                  "run the VMs, and their agents restart them without vCenter."),
        hints=(_("Which of them is a program inside vCenter, or acts only when vCenter asks?"),),
    )  # fmt: skip


@asks("2.ha-downtime")
def ha_downtime() -> Question:
    """How long is a VM out when HA restarts it?"""
    model = Cluster(boot=60)
    times = [vm.failed for vm in model.run().hit]
    median = statistics.median(times)
    return choice(
        _("One of {n} hosts loses power. HA is on; a VM boots in {boot:.0f} s. For how long "
          "do the VMs of that host not answer?").format(n=model.hosts, boot=model.boot),
        "none" if median == 0 else "blink" if median < 5 else "boot",
        Option(_("not at all"), "none", known.HA_NO_DOWNTIME),
        Option(_("a second or two, as in a live migration"), "blink", known.HA_MIGRATES),
        Option(_("more than a minute"), "boot"),
        because=_("{median:.0f} s in the median: the failure must be noticed, then each VM "
                  "boots on another host from its disk.").format(median=median),
        hints=(_("There is nothing to copy from a host without power. What has to happen before a "
                 "VM answers again?"),),
    )  # fmt: skip


@asks("2.drs-when")
def drs_when() -> Question:
    """When does DRS move the first VM?"""
    model = Cluster(fails="nothing", fit="first", drs_rule="host load")
    result = model.run()
    moves = [span.start for vm in result.vms for span in vm.spans if span.status == "moving"]
    first = min(moves, default=model.horizon)
    return choice(
        _("The VMs of a cluster all start on the first of its {hosts} hosts that has room, "
          "so that some hosts are busy and some idle. DRS is that of vSphere up to 6.7, and looks "
          "every {n:.0f} s. When does the first VM move?").format(
              hosts=model.hosts, n=PERIODS[model.drs_rule]),
        "at once" if first < 1 else "interval" if first < model.horizon else "never",
        Option(_("at once"), "at once", known.DRS_INSTANT),
        Option(_("at the end of an interval"), "interval"),
        Option(_("never, for no VM lacks anything"), "never"),
        because=_("After {first:.0f} s. DRS then makes those moves that are worth it, {n} in this "
                  "run.").format(first=first, n=result.moves),
        hints=(_("DRS does not watch all the time. And what did its older rule look at: the "
                 "VMs, or the hosts?"),),
    )  # fmt: skip
