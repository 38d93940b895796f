"""Questions of chapter 1: what virtualization is, and what it costs."""

from hvlib.models.consolidation import Consolidation
from hvlib.models.exits import ROUND_TRIP, ExitCost
from hvlib.models.machine import THIRD_GENERATION, unprivileged
from hvlib.models.monitor import WAY_NAMES, WayOut, WaysOut
from hvlib.models.popek_goldberg import virtualizable
from hvlib.models.stepping import GuestRun
from hvlib.questions import misconceptions as known
from hvlib.questions import wrong_rules
from hvlib.questions.building import Option, choice
from hvlib.questions.question import Number, Question, Trap
from hvlib.questions.register import asks
from hvlib.systems.system import load
from hvlib.words import _


@asks("1.guest-crash")
def guest_crash() -> Question:
    """What goes down with a guest's kernel?"""
    states = load("type-1").states(("kernel1",))
    fallen = {id for id in ("guest2", "manager", "hypervisor") if states[id] != "up"}
    value = "all" if "hypervisor" in fallen else "guests" if fallen else "nobody"
    return choice(
        _(
            "Look at the picture of the hypervisor. The kernel of guest 1 crashes. What goes down "
            "with it, besides guest 1’s own programs?"
        ),
        value,
        Option(_("the other guests"), "guests", known.GUESTS_SHARE_FATE),
        Option(_("the hypervisor, and with it everything"), "all", known.GUEST_TAKES_HYPERVISOR),
        Option(_("nothing else"), "nobody"),
        because=_(
            "Guest 2 and the management need the hypervisor, and the hypervisor needs the "
            "hardware. None of them needs guest 1."
        ),
        hints=(_("Ask of each box what it stands on. Does any stand on guest 1?"),),
    )


@asks("1.consolidation")
def consolidation() -> Question:
    """How many hosts do many small loads need?"""
    model = Consolidation()
    result = model.run()
    prompt = _(
        "{loads} servers each need {peak:.0%} of a host at their peak and {mean:.0%} of that on "
        "average. Their peaks seldom coincide (correlation {r}). {free:.0%} of each host is to "
        "stay free. How many hosts replace them?"
    )
    return Number(
        prompt=prompt.format(
            loads=model.loads,
            peak=model.peak,
            mean=model.mean,
            r=model.correlation,
            free=model.headroom,
        ),
        answer=len(result.hosts),
        unit=_("{n} hosts"),
        scale=(1, model.loads),
        tolerance=0.17,
        because=_("Averages alone would fill {low}, all peaks at once {high}; what peaks need "
                  "together lies between.").format(low=result.by_mean, high=result.by_peak),
        traps=(
            Trap(result.by_mean, known.AVERAGES_FILL),
            Trap(result.by_peak, known.PEAKS_ADD_UP),
        ),
        hints=(_("Add up the averages for a lower bound and the peaks for an upper one."),),
    )  # fmt: skip


@asks("1.privileged")
def privileged() -> Question:
    """Which instruction must trap?"""
    sensitive = {item.mnemonic for item in THIRD_GENERATION if item.sensitive}
    offered = ("ADD", "LOAD", "MODE")
    return choice(
        _("A guest runs in user mode on the real machine and believes that it is in supervisor "
          "mode. Which of these instructions must trap, so that a monitor can keep up that "
          "belief?"),
        next(name for name in offered if name in sensitive),
        Option(_("ADD, which adds two registers"), "ADD"),
        Option(_("LOAD, which reads a word of the program’s memory"), "LOAD",
               known.EVERY_ACCESS),
        Option(_("MODE, which reads the processor’s mode into a register"), "MODE"),
        Option(_("none of them, for none changes the machine"), "",
               known.ONLY_CHANGES_MATTER),
        because=_("MODE’s result depends on the real mode, so the guest would see “user”. Such an "
                  "instruction is called sensitive; one that traps in user mode is privileged."),
        hints=(_("Which result would differ between the real machine and the virtual one?"),),
    )  # fmt: skip


@asks("1.pg-iff")
def pg_iff() -> Question:
    """What follows where Theorem 1's condition fails?"""
    verdict = virtualizable(unprivileged("TIMER"))
    ways = WaysOut(flaw="TIMER").run().ways
    others = [way.way for way in ways if way.right]
    value = "impossible" if not others else "other ways" if not verdict.theorem_1 else "plain"
    return choice(
        _("On one machine the sensitive instruction TIMER does not trap in user mode. What follows "
          "for virtual machine monitors on it?"),
        value,
        Option(_("No monitor can exist for this machine."), "impossible", known.PG_IFF),
        Option(_("Plain trap and emulate goes wrong; other kinds of monitor may still work."),
               "other ways"),
        Option(_("Trap and emulate works, but more slowly."), "plain"),
        because=_("Run on such a machine, trap and emulate gives a wrong result, and these give "
                  "the right one: {ways}.").format(
                      ways=", ".join(WAY_NAMES[way] for way in others)),
        hints=(_("The theorem names a condition that is enough. Is it also needed? And what does "
                 "this guest’s TIMER do when it does not trap?"),),
    )  # fmt: skip


@asks("1.equivalence")
def equivalence() -> Question:
    """Which instruction gives the monitor away?"""
    run = GuestRun(guest="where am I", flaw="LRA", where="VM")
    step = run.run().diverges or 0
    at_fault = run.with_(step=step - 1).run().instruction
    return choice(
        _("A guest reads its mode (MODE), writes it to the console (OUT), asks for the real "
          "address of its word 0 (LRA) and halts. MODE and OUT trap in user mode; LRA does not. "
          "After which instruction is the guest first in another state than on bare hardware?"),
        at_fault.split()[0],
        Option("MODE", "MODE", known.SENSITIVE_BREAKS),
        Option("OUT", "OUT"),
        Option("LRA", "LRA"),
        Option(_("after none of them"), ""),
        because=_("Step {step} is {instruction}: it runs without a trap and gives the address in "
                  "the real memory, where the monitor put the guest.").format(
            step=step, instruction=at_fault),
        hints=(_("What traps is carried out by the monitor on the virtual machine’s state."),),
    )  # fmt: skip


@asks("1.hardware-faster")
def hardware_faster() -> Question:
    """Was early hardware support faster than binary translation?"""
    ways = {way.way: way for way in WaysOut().run().ways}
    cycles = {name: _cycles(way, ROUND_TRIP["Prescott"]) for name, way in ways.items()}
    translated, hardware = cycles["binary translation"], cycles["hardware support"]
    return choice(
        _("A small operating system that switches between two programs runs on the first kind of "
          "processor with hardware support, “Prescott” of 2005, where one exit and return takes "
          "{cycles:,} cycles. Which monitor needs fewer cycles for it?").format(
            cycles=ROUND_TRIP["Prescott"]),
        "software" if translated < hardware else "hardware",
        Option(_("one that uses the hardware support"), "hardware", known.HARDWARE_AT_ONCE),
        Option(_("one that translates the guest’s code in software"), "software"),
        Option(_("both need the same"), "same"),
        because=_("Translation traps {t} times, hardware support {h} times: about {tc:,} cycles "
                  "against {hc:,}, with a cycle for each instruction.").format(
            t=ways["binary translation"].traps,
            h=ways["hardware support"].traps,
            tc=translated,
            hc=hardware,
        ),
        hints=(_("How often does each of them trap, and what does one trap cost?"),),
    )  # fmt: skip


def _cycles(way: WayOut, trap: int) -> int:
    """Cycles of a run: one an instruction, translated or not, and ``trap`` for each trap."""
    return way.direct + way.inside + way.traps * trap


@asks("1.exit-cost")
def exit_cost() -> Question:
    """What share of a CPU do exits take?"""
    model = ExitCost(rate=100_000)
    result = model.run()
    prompt = _(
        "A guest causes {rate:,.0f} exits a second on a {clock} GHz processor of the kind "
        "{processor}: {hardware:,} cycles for the hardware’s round trip and {software:,.0f} for "
        "the hypervisor’s handler. What part of one CPU is lost, in percent?"
    )
    return Number(
        prompt=prompt.format(
            rate=model.rate,
            clock=model.clock,
            processor=model.processor,
            hardware=ROUND_TRIP[model.processor],
            software=model.software,
        ),
        answer=100 * result.share,
        unit="%",
        scale=(0, 100),
        tolerance=0.25,
        because=_(
            "Each exit takes {cycles:,.0f} cycles, {us:.2f} µs; a hundred thousand of them "
            "take {share:.1%} of each second."
        ).format(cycles=result.cycles, us=result.microseconds, share=result.share),
        traps=(Trap(100 * wrong_rules.exit_share_of_hardware(model), known.EXIT_IS_HARDWARE),),
        hints=(_("How many cycles has a second, and how many of them are in exits?"),),
    )
