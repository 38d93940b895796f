"""Generated problems: one answer, in range, not degenerate, the same for a seed everywhere."""

import json
import re
from itertools import product
from pathlib import Path

import pytest

from hvlib.models.paging import walk
from hvlib.questions import problems2, problems3, problems4
from hvlib.questions.mutants import FAULTS, evidence
from hvlib.questions.problems import LEVELS, kinds, problem
from hvlib.questions.problems1 import TRAPS, assemble
from hvlib.questions.question import Choice, Number, Order, Part, Pick, Question, Working
from hvlib.systems.system import load
from hvlib.table import Table
from hvlib.trust import REFUSED

pytestmark = pytest.mark.slow

SEEDS = 1000
KINDS = [kind.id for kind in kinds()]


def one_answer(question: Question) -> None:
    """Fail unless the question has exactly one answer and it is a sensible one."""
    if isinstance(question, Choice):
        assert len(set(question.options)) == len(question.options) >= 2, "two options read alike"
        assert sum(map(question.is_right, range(len(question.options)))) == 1
    elif isinstance(question, Order):
        assert len(set(question.options)) == len(question.options) >= 3, "two steps read alike"
        assert question.is_right(question.answer)
        assert question.answer != tuple(range(len(question.options))), "shown in the right order"
    elif isinstance(question, Pick):
        assert 0 < len(question.answer) < len(question.names), "all or none"
        assert len(set(question.names.values())) == len(question.names), "two parts named alike"
    elif isinstance(question, Number):
        assert question.is_possible(question.answer)
        assert question.tolerance or float(question.answer).is_integer()
    else:
        assert isinstance(question, Working)
        last = question.parts[-1].answer
        assert isinstance(last, str) or abs(last) < 1e7
        assert question.is_right(("", str(last)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_problems_are_well_posed(kind: str) -> None:
    answers, prompts = set(), set()
    for seed in range(SEEDS):
        question = problem(kind, seed, 1 + seed % 3)
        assert question.id == kind
        try:
            one_answer(question)
        except AssertionError as error:
            raise AssertionError(f"{kind}, seed {seed}, level {1 + seed % 3}: {error}") from None
        assert not any(question.is_right(question.guess_of(trap)) for trap in question.traps)
        answers.add(question.answer_text())
        prompts.add(question.prompt + str(question.exhibit) + str(getattr(question, "options", "")))
    assert len(answers) >= 3, f"{kind} nearly always has the same answer"
    assert len(prompts) >= 12, f"{kind} has only {len(prompts)} different problems"


@pytest.mark.parametrize("chapter", [1, 2, 3, 4])
def test_at_least_four_kinds_a_chapter_with_hints(chapter: int) -> None:
    assert len(kinds(chapter)) >= 4
    for kind in kinds(chapter):
        assert problem(kind.id, 3, 2).hints, f"{kind.id} has no hint"


def test_unknown_kinds_levels_and_chapters_are_named() -> None:
    with pytest.raises(KeyError, match=r"2\.walk"):
        problem("2.nothing", 1)
    with pytest.raises(KeyError, match="level"):
        problem("2.walk", 1, 4)
    with pytest.raises(KeyError, match="chapter 7"):
        kinds(7)


# --- the answers, worked out another way ------------------------------------------------------


def parts(question: Question) -> tuple[Part, ...]:
    assert isinstance(question, Working)
    return question.parts


def test_programs_are_read_rightly() -> None:
    for seed in range(60):
        question = problem("1.read-trace", seed, 2)
        lines = str(question.exhibit).splitlines()
        start, each, rounds = (int(line.split(", ")[1]) for line in lines[:3])
        assert parts(question)[-1].answer == start + each * rounds, f"seed {seed}"


def test_walks_are_counted_rightly() -> None:
    for seed in range(60):
        guest, host, references = (part.answer for part in parts(problem("2.walk", seed, 3)))
        assert isinstance(guest, int)
        assert isinstance(host, int)
        assert references == len(walk(guest, host)), f"seed {seed}"


@pytest.mark.parametrize("level", [1, 2, 3])
def test_clusters_are_sized_rightly(level: int) -> None:
    for seed in range(60):
        question = problem("2.size-cluster", seed, level)
        number = int(str(question.exhibit).split(",")[0].split()[-1])
        by_cpu, by_memory, *_rest, hosts = (part.answer for part in parts(question))
        assert isinstance(by_cpu, int)
        assert isinstance(by_memory, int)
        filled = -(-number // min(by_cpu, by_memory))
        assert hosts == filled + level - 1, f"seed {seed}"
        assert f"{number} fill {filled}" in question.because, "the spare ones are told apart"


def test_a_flows_steps_are_numbered_as_they_are_shown() -> None:
    for seed in range(40):
        question = problem("3.read-crossings", seed, 1 + seed % 3)
        assert isinstance(question.exhibit, Table)
        domains = {name.partition(".")[0]: domain for name, domain in question.exhibit.rows}
        for step in question.steps:
            number, source, target = re.findall(r"^Step (\d+): (.*) → (.*), by ", step)[0]
            assert domains[number] == target, f"{step}\n{question.exhibit}"
            assert domains[str(int(number) - 1)] == source


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.endswith(".trace-packet")])
def test_a_flows_hint_names_where_it_begins(kind: str) -> None:
    for seed in range(20):
        question = problem(kind, seed, 1 + seed % 3)
        assert isinstance(question, Order)
        first, last = (question.options[question.answer[n]] for n in (0, -1))
        assert f"“{first}”" in question.hints[0]
        assert question.because == f"It begins at “{first}” and ends at “{last}”."


def test_schedules_add_up() -> None:
    for seed in range(40):
        question = problem("2.read-schedule", seed, 1)
        name = next(word for word in ("VM 1", "VM 2") if word in question.prompt)
        assert isinstance(question.exhibit, Table)
        rows = question.exhibit.rows
        ran = sum(int(row[1]) for row in rows if row[2] == name)
        assert parts(question)[0].answer == ran, f"seed {seed}"


# --- mutated monitors -------------------------------------------------------------------------

PROBE = assemble(
    TRAPS + "MODE r4\nSET r5, '0'\nADD r4, r5\nOUT r4\nSTORE r4, 90\nHALT\n"
    "trap: SET r6, '!'\nOUT r6\nHALT"
).words


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        ("none", "none"),
        ("base", "equivalence"),
        ("bound", "resource control"),
        ("mode", "resource control"),
        ("counter", "equivalence"),
        ("dispatcher", "equivalence"),
        ("virtual mode", "equivalence"),
        ("interprets", "efficiency"),
    ],
)
def test_each_fault_breaks_the_property_it_should(fault: str, broken: str) -> None:
    assert evidence(fault, PROBE).broken == broken


def test_all_faults_are_tested_and_the_sound_monitor_equals_the_machine() -> None:
    assert len(FAULTS) == 8
    seen = evidence("none", PROBE)
    assert seen.same
    assert seen.console == seen.expected == "0!"
    assert seen.halted


@pytest.mark.parametrize("kind", ["2.crash", "3.crash", "4.crash"])
def test_one_part_that_stops_needs_and_several_need(kind: str) -> None:
    for seed in range(60):
        question = problem(kind, seed, 1 + seed % 3)
        assert isinstance(question, Pick)
        one = len(question.answer) == 1
        assert question.because.startswith("It needs “" if one else "They need “")


@pytest.mark.parametrize(
    ("notebook", "systems"),
    [
        ("02-type-1", problems2.SYSTEMS),
        ("03-type-2", problems3.SYSTEMS),
        ("04-containers-vs-vms", problems4.SYSTEMS),
    ],
)
def test_a_chapter_asks_about_systems_that_it_shows(
    notebook: str, systems: tuple[str, ...]
) -> None:
    path = Path(__file__).parents[2] / "notebooks" / f"{notebook}.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    missing = [name for name in systems if f'"{name}"' not in code]
    assert not missing, f"{notebook} never shows {missing}"


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_flaw_is_asked_for_only_in_a_layer_that_the_drawing_has(level: int) -> None:
    for seed in range(300):
        exhibit = problem("4.who-falls", seed, level).exhibit
        assert isinstance(exhibit, Table)
        drawing = dict(exhibit.rows)
        has = {"kernel"}
        if drawing["each application in a"].startswith("container"):
            has.add("runtime")
        if drawing["each application in a"].endswith("VM") or drawing["sandbox"] == "Kata":
            has |= {"VMM process", "hypervisor"}
        if drawing["sandbox"] == "gVisor":
            has.add("sandbox")
        assert set(drawing["flaws known"].split(", ")) <= has, f"seed {seed}:\n{exhibit}"


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_broken_wall_is_one_that_the_arrangement_has(level: int) -> None:
    for seed in range(100):
        asked = problem("4.missing-wall", seed, level)
        layers = set(asked.prompt.rstrip(".").split(": ")[1].split(", "))
        has = {"kernel", "management plane"}
        if "each in a container" in asked.prompt:
            has.add("runtime")
        if "VM of its own" in asked.prompt:
            has |= {"VMM process", "hypervisor"}
        if "gVisor" in asked.prompt:
            has.add("sandbox")
        assert layers == has, f"seed {seed}: {asked.prompt}"


def test_a_number_of_one_is_told_as_one() -> None:
    """“1 of them have”, “1 hosts are”: read by a person, a slip; so none in any problem."""
    slips = re.compile(r"\b1 (?:of them have|\w+s are|hosts|guests|tenants|containers)\b")
    told = [
        f"{kind.id} {seed}: {found[0]}"
        for kind in kinds()
        for level in LEVELS
        for seed in range(8)
        for asked in [problem(kind.id, seed, level)]
        for found in slips.finditer(f"{asked.prompt} {asked.because}")
    ]
    assert told == []


@pytest.mark.parametrize("kind", ["crash", "wrong-drawing"])
def test_the_part_that_fails_is_the_only_one_of_its_name(kind: str) -> None:
    """Which of three “Server hardware” fails?"""
    systems = [*map(load, {*problems2.SYSTEMS, *problems3.SYSTEMS, *problems4.SYSTEMS})]
    for chapter, seed in product((2, 3, 4), range(40)):
        prompt = problem(f"{chapter}.{kind}", seed, 1 + seed % 3).prompt
        named = [s for s in systems if re.search(rf"(^|drew ){re.escape(s.name)}[: ]", prompt)]
        system = max(named, key=lambda system: len(system.name))
        failed = re.findall(r"“(.+?)” fails", prompt)[0]
        assert [item.name for item in system.components].count(failed) == 1, prompt


@pytest.mark.parametrize("kind", ["crash", "wrong-drawing"])
def test_what_fails_is_a_device_or_has_a_domain_of_its_own(kind: str) -> None:
    """When overlayfs or KVM fails, the kernel that it is part of goes down; who stops then?"""
    systems = [*map(load, {*problems2.SYSTEMS, *problems3.SYSTEMS, *problems4.SYSTEMS})]
    parts = {"overlayfs", "KVM (kvm.ko)", "vmmon driver", "VBoxDrv", "NIC driver", "Netfilter"}
    assert parts & {item.name for system in systems for item in system.components}
    for chapter, seed in product((2, 3, 4), range(60)):
        prompt = problem(f"{chapter}.{kind}", seed, 1 + seed % 3).prompt
        assert not parts & set(re.findall(r"“(.+?)” fails", prompt)), prompt


def test_no_option_is_asked_about_that_docker_refuses() -> None:
    """daemon_unix.go: "privileged mode is incompatible with user namespaces", and two more."""
    for seed in range(200):
        rows = dict(problem("4.settings", seed, 2).exhibit.rows)
        assert rows["user namespaces"] == "no" or rows["run with"] not in REFUSED
