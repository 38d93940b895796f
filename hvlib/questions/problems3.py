"""Problems of chapter 3, made by seed: hypervisors that are programs of a host."""

from random import Random

from hvlib.models.hosted import HostTop, weight_of
from hvlib.questions import misconceptions as known
from hvlib.questions import system_problems
from hvlib.questions.building import Option, choice, facts
from hvlib.questions.question import Part, Question, Trap, Working
from hvlib.questions.register import kind
from hvlib.systems.classify import QUESTIONS, classify
from hvlib.systems.parts import Answers
from hvlib.words import _, ngettext

SYSTEMS = ("workstation", "player", "virtualbox", "kvm", "passthrough", "bhyve", "hyper-v")


system_problems.about(
    3,
    SYSTEMS,
    known.WINDOW_RUNS_GUESTS,
    [(name, "vmx1", "kernel1", known.PROCESS_EXECUTES) for name in ("workstation", "player")],
    crossings=True,
)


@kind("3.classify", _("Type 1 or Type 2?"))
def classify_system(random: Random, level: int) -> Question:
    """Type 1 or 2, from four answers."""
    given = [random.random() < 0.5 for _question in QUESTIONS]
    if level == 1:
        given = random.choice(([False, False, False, False], [True, True, True, False]))
    verdict = classify(Answers(**dict(zip(QUESTIONS, given, strict=True))))
    return choice(
        _("Of a hypervisor four answers are known. What follows?"),
        verdict.type,
        Option(_("Type 1"), "1"),
        Option(_("Type 2"), "2"),
        Option(_("good reasons for either"), "1 or 2"),
        Option(_("the answers contradict each other"), "contradiction"),
        exhibit=facts(
            *(
                (_("yes") if answer else _("no"), text)
                for text, answer in zip(QUESTIONS.values(), given, strict=True)
            )
        ),
        because=verdict.describe(),
        hints=(_("Who starts first and keeps the hardware?"),),
    )


@kind("3.share-cpu", _("Share the host’s CPU"))
def share_cpu(random: Random, level: int) -> Question:
    """What a VM's process gets of the host's CPUs."""
    model = HostTop(
        cpus=1,
        programs=random.randint(1, 4),
        vcpus_a=1,
        nice_a=random.choice((0, 1, 2, 3, 5, 10)) if level > 1 else 0,
        vcpus_b=1,
        nice_b=random.choice((0, 5)) if level == 3 else 0,
        suspend_a=False,
    )
    vm_a = next(item for item in model.run().processes if item.is_vm)
    weights = [weight_of(model.nice_a), weight_of(model.nice_b), *[1024.0] * model.programs]
    return Working(
        prompt=_("A host with one CPU runs these busy processes, all of one session; a step of "
                 "nice is a factor of 1.25. What part of the CPU does VM A get, in percent?"),
        exhibit=facts(
            (_("VM A"), _("nice {n}").format(n=model.nice_a)),
            (_("VM B"), _("nice {n}").format(n=model.nice_b)),
            (ngettext("{n} program", "{n} programs", model.programs).format(n=model.programs),
             _("nice {n}").format(n=0) if model.programs == 1 else _("nice 0 each")),
        ),
        parts=(
            Part(_("weight of VM A"), weights[0], tolerance=0.03,
                 says=_("1024 over 1.25 to the nice value.")),
            Part(_("all weights"), sum(weights), tolerance=0.03),
            Part(_("part of the CPU"), 100 * vm_a.cpu, "%", tolerance=0.03),
        ),
        traps=(
            Trap(100 / len(weights), known.PRIORITY_STOPS_AT_VM),
            Trap(100.0, known.VM_HAS_ITS_CPU),
        ),
        because=_("{own:.0f} of {all:.0f}: {share:.1%}.").format(
            own=weights[0], all=sum(weights), share=vm_a.cpu),
        hints=(_("Each gets its weight over the sum of all weights."),),
    )  # fmt: skip


@kind("3.size-host", _("Size a host’s memory"))
def size_host(random: Random, level: int) -> Question:
    """How much of the memory does not fit, or how many programs do?"""
    vm = random.choice((1024, 2048, 4096))
    programs = random.randint(1, 6)
    program = int(HostTop.PROGRAM_MEMORY)
    wanted = 2 * vm + programs * program
    room = random.randint(1, 12) * program
    host = 2 * vm + room if level == 1 else wanted - 256 * random.randint(level - 2, 5)
    model = HostTop(host_memory=host, vm_memory=vm, programs=programs)
    result = model.run()
    parts = [
        Part(_("wanted by all"), wanted, "MB"),
        Part(_("part that is in swap"), 100 * result.missing, "%", tolerance=0.02),
    ]
    if level == 1:
        parts = [Part(_("left beside the VMs"), room, "MB"), Part(_("programs"), room // program)]
    return Working(
        prompt=_("A host runs two VMs, and nothing else but programs of one size. How many of them "
                 "fit without swapping?") if level == 1 else
               _("A host runs two VMs and some programs, and nothing else needs memory. What part "
                 "of the memory that they want is in swap, in percent (0 if all fits)?"),
        exhibit=facts(
            (_("memory of the host"), _("{n:,} MB").format(n=host)),
            (_("two VMs, each"), _("{n:,} MB").format(n=vm)),
            (_("a program"), _("{n:,.0f} MB").format(n=program)),
            *(() if level == 1 else ((_("programs"), f"{programs}"),)),
        ),
        parts=tuple(parts),
        because=_("All want {wanted:,.0f} MB of {host:,} MB.").format(wanted=wanted, host=host)
        if level > 1 else _("{left:,} MB are left.").format(left=room),
        hints=(_("A VM takes its memory from the host as any program does."),),
    )  # fmt: skip
