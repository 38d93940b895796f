"""Problems of chapter 1, made by seed: the machine, its monitors, exits and consolidation."""

import math
from random import Random

from hvlib.models.assembler import assemble
from hvlib.models.consolidation import Consolidation
from hvlib.models.exits import ROUND_TRIP, ExitCost
from hvlib.models.machine import THIRD_GENERATION, Machine, unprivileged
from hvlib.models.monitor import Monitor
from hvlib.models.popek_goldberg import Instruction, virtualizable
from hvlib.questions import misconceptions as known
from hvlib.questions import wrong_rules
from hvlib.questions.building import Option, choice, facts
from hvlib.questions.mutants import FAULTS, SIZE, Evidence, evidence
from hvlib.questions.question import Choice, Part, Question, Trap, Working
from hvlib.questions.register import kind
from hvlib.table import Table
from hvlib.words import _

# --- reading a trace ------------------------------------------------------------------------

TRAPS = ".space 8\n.word 0, trap, 0, 64\n.space 4\n"
"""The first 16 words of each program: traps go to the label ``trap``."""


@kind("1.read-trace", _("Read a program"))
def read_trace(random: Random, level: int) -> Question:
    """Run a small program in the head: a register, a loop, the traps in a virtual machine."""
    if level == 1:
        return _straight(random)
    rounds, each, start = random.randint(2, 6), random.randint(2, 9), random.randint(0, 20)
    return _loop(rounds, each, start) if level == 2 else _traps(random, rounds, each)


def _straight(random: Random) -> Question:
    values = [random.randint(3, 40) for _register in range(3)]
    lines = [f"SET r{number}, {value}" for number, value in enumerate(values, 1)]
    names = [(1, 2), (3, 1), (2, 3), (1, 3)]
    random.shuffle(names)
    parts = []
    for a, b in names:
        lower = values[a - 1] < values[b - 1]
        operation = "ADD" if lower else random.choice(("ADD", "SUB"))
        lines.append(f"{operation} r{a}, r{b}")
        values[a - 1] = _register(lines, a)
        sign = "+" if operation == "ADD" else "−"
        says = _("{line} makes r{a} = r{a} {sign} r{b}.").format(
            line=lines[-1], a=a, b=b, sign=sign
        )
        label = _("r{a} after {line}").format(a=a, line=lines[-1])
        parts.append(Part(label, values[a - 1], says=says))
    return Working(
        prompt=_("What is in register r{a} when this program halts?").format(a=names[-1][0]),
        exhibit="\n".join([*lines, "HALT"]),
        parts=tuple(parts),
        because=_("Run on the machine, it ends with r{a} = {value}.").format(
            a=names[-1][0], value=parts[-1].text()
        ),
        hints=(_("The first register of ADD and SUB is the one that changes."),),
    )


def _ran(lines: list[str]) -> Machine:
    machine = Machine(SIZE)
    machine.load(assemble(TRAPS + "\n".join([*lines, "trap: HALT"])).words)
    machine.run(200)
    return machine


def _register(lines: list[str], number: int) -> int:
    return _ran(lines).registers[number]


def _loop(rounds: int, each: int, start: int) -> Question:
    lines = [
        f"SET r1, {start}", f"SET r2, {each}", f"SET r3, {rounds}", "SET r4, 1",
        "next: ADD r1, r2", "SUB r3, r4", "JNZ r3, next",
    ]  # fmt: skip
    value = _register(lines, 1)
    return Working(
        prompt=_("What is in register r1 when this program halts?"),
        exhibit="\n".join([*lines, "HALT"]),
        parts=(
            Part(_("how often ADD runs"), rounds, says=_("r3 counts down by r4 = 1 to zero.")),
            Part("r1", value, says=_("Each round adds r2 to r1.")),
        ),
        because=_("ADD runs {n} times and adds {each} each time to {start}.").format(
            n=rounds, each=each, start=start
        ),
        hints=(_("JNZ jumps unless its register is zero."),),
    )


def _traps(random: Random, rounds: int, each: int) -> Question:
    before = random.randint(0, 3)
    lines = [
        f"SET r1, {each}", f"SET r3, {rounds}", "SET r4, 1", *["OUT r1"] * before,
        "next: MODE r2", *["OUT r1"] * (each % 2), "ADD r1, r4", "SUB r3, r4", "JNZ r3, next",
    ]  # fmt: skip
    vm = Monitor(Machine(4 * SIZE)).create(SIZE)
    vm.load(assemble(TRAPS + "\n".join([*lines, "trap: HALT"])).words)
    vm.run(400)
    inside = 1 + each % 2
    return Working(
        prompt=_("This program runs in supervisor mode in a virtual machine. OUT, MODE and HALT "
                 "are privileged. How often does it trap to the monitor?"),
        exhibit="\n".join([*lines, "HALT"]),
        parts=(
            Part(_("privileged instructions in one round"), inside),
            Part(_("rounds"), rounds, says=_("r3 counts down to zero.")),
            Part(_("traps"), vm.counts["traps"],
                 says=_("Those before the loop, those of all rounds, and HALT.")),
        ),
        because=_("{b} before the loop, {inside} in each of {rounds} rounds, and HALT.").format(
            b=before, inside=inside, rounds=rounds),
        hints=(_("Only privileged instructions trap; ADD, SUB, SET and JNZ run directly."),),
    )  # fmt: skip


# --- the theorems ---------------------------------------------------------------------------


@kind("1.theorem", _("Apply the theorems"))
def theorem(random: Random, level: int) -> Question:
    """Which theorem promises a monitor for a changed instruction set?"""
    sensitive = [item.mnemonic for item in THIRD_GENERATION if item.sensitive]
    innocuous = [item.mnemonic for item in THIRD_GENERATION if not item.sensitive]
    wild = [item.mnemonic for item in THIRD_GENERATION if item.sensitive and item.user_sensitive]
    mild = [name for name in sensitive if name not in wild]
    kind = random.choice(("all", "mild", "wild"))
    changed = {
        "all": [],
        "mild": random.sample(mild, random.randint(1, len(mild))),
        "wild": random.sample(wild, random.randint(1, level)),
    }[kind]
    instructions = unprivileged(*changed)
    shown = [item for item in instructions if item.sensitive]
    harmless = random.sample(innocuous, level + 1)
    shown += [item for item in instructions if item.mnemonic in harmless]
    verdict = virtualizable(instructions)
    value = (verdict.theorem_1, verdict.theorem_3)
    return choice(
        _("Which theorem of Popek and Goldberg promises a monitor for this instruction set?"),
        value,
        Option(_("Theorem 1: trap and emulate"), (True, True)),
        Option(_("only Theorem 3: a hybrid monitor"), (False, True)),
        Option(_("neither; whether one is possible by other means stays open"), (False, False)),
        Option(_("neither; so no monitor is possible"), "impossible", known.PG_IFF),
        exhibit=_instruction_table(random, shown),
        because=verdict.describe(),
        hints=(
            _("Look for instructions that are sensitive and do not trap."),
            _("For Theorem 3 those count that are sensitive in user mode too."),
        ),
    )


def _instruction_table(random: Random, shown: list[Instruction]) -> Table:
    yes = {True: _("yes"), False: _("no")}
    rows = [
        (item.mnemonic, yes[item.privileged], yes[bool(item.sensitive)], yes[item.user_sensitive])
        for item in random.sample(shown, len(shown))
    ]
    return Table(("", _("traps"), _("sensitive"), _("also in user mode")), tuple(rows))


# --- the broken monitor ---------------------------------------------------------------------


@kind("1.broken-monitor", _("Find the broken property"))
def broken_monitor(random: Random, level: int) -> Question:
    """Find the property that a mutated monitor breaks, or the fault behind it."""
    words, listing = _probe(random)
    fault = random.choice(tuple(FAULTS))
    seen = evidence(fault, words)
    shown = "\n".join([listing, "", *seen.lines()])
    if level == 1:
        return _which_property(seen.broken, shown, fault)
    names = [fault, *_other_faults(random, seen, words, 2 if level == 2 else 4)]
    options = [Option(FAULTS[name][1], name) for name in random.sample(names, len(names))]
    return choice(
        _("A monitor with at most one fault ran this guest. Which of these explains what was "
          "seen?"),
        fault,
        *options,
        exhibit=shown,
        because=_("Of the monitors named, only one gives this evidence: {fault}.").format(
            fault=FAULTS[fault][1]),
        hints=(_("How would a guest end whose privileged instructions all did the right thing?"),),
    )  # fmt: skip


def _other_faults(random: Random, seen: Evidence, words: tuple[int, ...], most: int) -> list[str]:
    """Some faults that would have shown otherwise with this guest."""
    found: list[str] = []
    for name in random.sample(tuple(FAULTS), len(FAULTS)):
        if len(found) < most and evidence(name, words) != seen:
            found.append(name)
    return found


def _which_property(broken: str, shown: str, fault: str) -> Choice:
    return choice(
        _("A monitor ran this guest. Which property does it break? (Where the guest got out of its "
          "region, that is resource control, whatever else is wrong.)"),
        broken,
        Option(_("equivalence"), "equivalence"),
        Option(_("resource control"), "resource control"),
        Option(_("efficiency"), "efficiency"),
        Option(_("none"), "none"),
        exhibit=shown,
        because=_("The monitor: {fault}.").format(fault=FAULTS[fault][1]),
        hints=(_("Has anything outside the guest changed? Is its state the right one? Did it run "
                 "directly?"),),
    )  # fmt: skip


def _probe(random: Random) -> tuple[tuple[int, ...], str]:
    """A guest that shows its mode, computes, and writes beyond its memory; and its listing."""
    first, more = random.randint(33, 80), random.randint(1, 30)
    beyond = SIZE + random.randint(1, 40)
    lines = [
        "MODE r4", "SET r5, '0'", "ADD r4, r5", "OUT r4",
        f"SET r1, {first}", f"SET r2, {more}", "ADD r1, r2", "OUT r1",
        f"STORE r1, {beyond}", "HALT",
        "trap: SET r6, '!'", "OUT r6", "HALT",
    ]  # fmt: skip
    return assemble(TRAPS + "\n".join(lines)).words, "\n".join(lines)


# --- exits and consolidation ----------------------------------------------------------------


@kind("1.exit-budget", _("Work out what exits cost"))
def exit_budget(random: Random, level: int) -> Question:
    """Exits a second and cycles of one give the part of a CPU."""
    processor = random.choice(tuple(ROUND_TRIP))
    model = ExitCost(
        processor=processor,
        rate=random.randint(2, 60) * 1000,
        software=random.randint(10, 40) * 100,
        clock=random.choice((2.0, 2.5, 3.0, 4.0)),
        clustering=random.choice((0.1, 0.2, 0.25)) if level >= 2 else 0.0,
        hardware_mmu=level == 3,
    )
    result = model.run()
    prompt = _(
        "A guest causes {rate:,.0f} exits a second. What part of one CPU do they take, in percent?"
    )
    return Working(
        prompt=prompt.format(rate=model.rate),
        exhibit=_exit_table(model),
        parts=(
            Part(_("cycles of one exit"), result.cycles, _("{n} cycles"),
                 _("The hardware’s round trip and the handler.")),
            Part(_("exits that remain in a second"), result.rate, "1/s"),
            Part(_("part of a CPU"), 100 * result.share, "%",
                 _("Exits times cycles, over the clock."), tolerance=0.02),
        ),
        traps=(
            Trap(100 * wrong_rules.exit_share_of_hardware(model), known.EXIT_IS_HARDWARE),
        ),
        because=_("{n:,.0f} exits of {cycles:,.0f} cycles on {clock} GHz take {share:.2%}.").format(
            n=result.rate, cycles=result.cycles, clock=model.clock, share=result.share),
        hints=(_("A clock of 1 GHz has 1,000,000,000 cycles a second."),),
    )  # fmt: skip


def _exit_table(model: ExitCost) -> Table:
    rows = [
        (_("hardware round trip"), _("{n:,} cycles").format(n=ROUND_TRIP[model.processor])),
        (_("handler"), _("{n:,.0f} cycles").format(n=model.software)),
        (_("clock"), _("{n} GHz").format(n=model.clock)),
    ]
    if model.clustering:
        rows.append((_("clustering saves"), _("{n:.0%} of exits").format(n=model.clustering)))
    if model.hardware_mmu:
        rows.append((_("hardware MMU saves"), _("90% of exits")))
    return facts(*rows)


@kind("1.size-hosts", _("Size a consolidation"))
def size_hosts(random: Random, level: int) -> Question:
    """How many hosts do equal loads need?"""
    peak, mean = random.choice((0.1, 0.12, 0.15, 0.2)), random.choice((0.2, 0.3, 0.4, 0.5))
    headroom = random.choice((0.1, 0.2, 0.25))
    fill = math.ceil((1 - headroom) / (peak * mean))  # by averages: more never fit on one host
    model = Consolidation(
        loads=random.randint(fill + 1, 4 * fill),
        peak=peak,
        mean=mean,
        correlation=1.0 if level == 1 else 0.0,
        headroom=headroom,
        spread=0.0,
    )
    result = model.run()
    each = result.hosts[0].loads
    parts = [
        Part(_("loads on one full host"), each, says=_("As many as stay below the usable part.")),
        Part(_("hosts"), len(result.hosts), says=_("The loads over those on a host, rounded up.")),
    ]
    if level == 3:
        parts.append(Part(_("power saved"), result.power_before - result.power, "W",
                          _("Idle power is what fewer hosts save."), tolerance=0.02))  # fmt: skip
    return Working(
        prompt=_("Equal loads move to hosts. How many hosts do they need, and how many watts are "
                 "saved against a server for each load?") if level == 3 else
               _("Equal loads move to hosts. How many hosts do they need?"),
        exhibit=_load_table(model),
        parts=tuple(parts),
        traps=()
        if level == 3
        else (Trap(result.by_mean, known.AVERAGES_FILL), Trap(result.by_peak, known.PEAKS_ADD_UP)),
        because=_("{each} loads fill a host, so {loads} need {hosts} hosts.").format(
            each=each, loads=model.loads, hosts=len(result.hosts)),
        hints=(
            _("Peaks that always coincide add up.") if level == 1 else
            _("k independent loads need k means and √k times what one needs above its mean."),
        ),
    )  # fmt: skip


def _load_table(model: Consolidation) -> Table:
    coincide = _("always") if model.correlation else _("independent of each other")
    return facts(
        (_("loads"), f"{model.loads}"),
        (_("peak of a load"), _("{n:.0%} of a host").format(n=model.peak)),
        (_("average of a load"), _("{n:.1%} of a host").format(n=model.peak * model.mean)),
        (_("peaks coincide"), coincide),
        (_("usable of a host"), f"{1 - model.headroom:.0%}"),
        (
            _("power of a host"),
            _("{full:.0f} W, idle {idle:.0f} W").format(
                full=model.full, idle=model.full * model.idle
            ),
        ),
    )
