"""Breaks the book in one place at a time and counts what the tests notice.

``python -m tests.bench mutations``. Each breakage is an exact replacement in a copy of the tree; a
text that is no longer there counts as not applied, and is said.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LEDGER = "tests/views/test_ledger.py"
UNREAD = (
    f"{LEDGER}::test_no_chart_has_changed_since_its_file_was_made",
    "tests/views/test_chart.py::test_the_file_of_a_chart_is_what_its_code_makes",
)
"""Not asked: they fail after any change of a chart's code, and say nothing of what is drawn."""


class Mutation(NamedTuple):
    """What breaks, where, how, and the test file of that module."""

    name: str
    file: str
    old: str
    new: str
    tests: str = LEDGER


MUTATIONS = (
    Mutation(
        "views: dirtied drawn as sent",
        "hvlib/views/migration.py",
        "max(LEAST, r.dirtied)",
        "max(LEAST, r.sent)",
    ),
    Mutation(
        "views: standing still drawn at 0 s",
        "hvlib/views/migration.py",
        "start = result.stopped_at",
        "start = 0.0",
    ),
    Mutation(
        "views: entitled mark at the share",
        "hvlib/views/scheduler.py",
        "sum(vm.fair for vm",
        "sum(vm.share for vm",
    ),
    Mutation(
        "views: median and p99 swapped",
        "hvlib/views/scheduler.py",
        "self.medians.set_data(medians, places)",
        "self.medians.set_data(tails, places)",
    ),
    Mutation(
        "views: gate at the arrow's start",
        "hvlib/views/scene.py",
        "part = share * room / dist(a, b)",
        "part = 0.0",
    ),
    Mutation(
        "views: stalled told as down",
        "hvlib/views/board.py",
        '_("Stalled without a disk: {who}.")',
        '_("Down: {who}.")',
    ),
    Mutation(
        "views: predicted bar shows the measured",
        "hvlib/views/experiments.py",
        "predicted = [pages for pages, _seconds in predicted_rounds(trace)]",
        "predicted = list(measured)",
    ),
    Mutation(
        "views: lost VMs painted with the running ones",
        "hvlib/views/cluster.py",
        '"running": ("running",),',
        '"running": ("running", "lost"),',
    ),
    Mutation(
        "models: DRS ignores the target's memory",
        "hvlib/models/balancing.py",
        "and target.fits(g)]",
        "and g.need.cpu <= target.cpu]",
        "tests/models/test_cluster.py",
    ),
    Mutation(
        "models: the image stored once for each container",
        "hvlib/models/density.py",
        "self.container_disk, self.image)",
        "self.container_disk + self.image)",
        "tests/models/test_density.py",
    ),
    Mutation(
        "widgets: the state box is not updated",
        "hvlib/widgets/explorer.py",
        "self._state.value = model.state()",
        "self._state.value = self._state.value",
        "tests/widgets/test_explorer.py",
    ),
    Mutation(
        "widgets: Reset keeps the knobs",
        "hvlib/widgets/explorer.py",
        "self._take(self._start)",
        "self._take(self.model)",
        "tests/widgets/test_explorer.py",
    ),
    Mutation(
        "widgets: a Pick does not show what failed",
        "hvlib/widgets/answering.py",
        "self.control.crashed = question.crashed",
        "self.control.crashed = ()",
        "tests/widgets/test_exercise.py",
    ),
    Mutation(
        "widgets: the map counts what was tried as right",
        "hvlib/widgets/book_map.py",
        'first = sum(known.firsts.get(id) == "right" for id in ids)',
        "first = sum(id in known.firsts for id in ids)",
        "tests/widgets/test_exercise.py",
    ),
    Mutation(
        "widgets: the button measures with other arguments",
        "hvlib/widgets/measure.py",
        "self.trace = self._experiment(**self._arguments)",
        "self.trace = self._experiment()",
        "tests/widgets/test_measure.py",
    ),
    Mutation(
        "models: pre-copy's rate does not rise",
        "hvlib/models/migration.py",
        "limit = dirtied * 8 / duration + link.increment",
        "limit = dirtied * 8 / duration",
        "tests/models/test_migration.py",
    ),
    Mutation(
        "models: a nested walk only multiplies",
        "hvlib/models/paging.py",
        "return guest * host + guest + host",
        "return guest * host",
        "tests/models/test_paging.py",
    ),
    Mutation(
        "models: a full share is not taken off the rest",
        "hvlib/models/shares.py",
        "capacity = max(0.0, capacity - sum(limits[i] for i in full))",
        "capacity = max(0.0, capacity)",
        "tests/models/test_shares.py",
    ),
    Mutation(
        "models: vCPUs cost OpenShift nothing",
        "hvlib/models/overhead.py",
        "218 + 8 * vcpus",
        "218",
        "tests/models/test_overhead.py",
    ),
    Mutation(
        "models: heartbeats come every two seconds",
        "hvlib/models/failover.py",
        "HEARTBEAT = 1.0",
        "HEARTBEAT = 2.0",
        "tests/models/test_cluster.py",
    ),
    Mutation(
        "models: one wall is enough",
        "hvlib/trust.py",
        "if way.walls <= broken:",
        "if way.walls & broken or not way.walls:",
        "tests/models/test_isolation.py",
    ),
    Mutation(
        "models: a large page is walked to the end",
        "hvlib/models/paging.py",
        "return levels - 1 if large else levels",
        "return levels",
        "tests/models/test_paging.py",
    ),
    Mutation(
        "systems: who is ended by its host lives on",
        "hvlib/systems/failure.py",
        'if outer.state in DEAD or "run" in unmet:',
        'if "run" in unmet:',
        "tests/systems/test_system.py",
    ),
    Mutation(
        "systems: any alternative that fails is enough",
        "hvlib/systems/failure.py",
        "failed.get(group, True) and bool(",
        "failed.get(group, False) or bool(",
        "tests/systems/test_systems_data.py",
    ),
    Mutation(
        "systems: management that waits still manages",
        "hvlib/systems/failure.py",
        '"manage": frozenset({"dead", "stalled", "manage"}),',
        '"manage": frozenset({"dead"}),',
        "tests/systems",
    ),
    Mutation(
        "systems: a step to a device counts as a crossing",
        "hvlib/systems/system.py",
        'software = here.layer != "hardware" and there.layer != "hardware"',
        "software = True",
        "tests/systems",
    ),
    Mutation(
        "questions: a bound is only right at its value",
        "hvlib/questions/question.py",
        "return below or self._close(self.answer, guess)",
        "return self._close(self.answer, guess)",
        "tests/questions/test_question.py",
    ),
    Mutation(
        "questions: a part of a component counts for nothing",
        "hvlib/questions/question.py",
        "ids = (self.inside.get(id, id) for id in guess)",
        "ids = iter(guess)",
        "tests/questions/test_question.py",
    ),
    Mutation(
        "questions: a misconception may be of any chapter",
        "hvlib/questions/register.py",
        "< known.chapter:",
        "< 0:",
        "tests/questions/test_register.py",
    ),
    Mutation(
        "questions: a trap that is right is kept",
        "hvlib/questions/register.py",
        "if not question.is_right(question.guess_of(trap)))",
        "if True)",
        "tests/questions/test_register.py",
    ),
    Mutation(
        "published: within a bound is an error too",
        "hvlib/published/comparison.py",
        "return plain if _outside(plain, self.published.bound) else 0.0",
        "return plain",
        "tests/published/test_comparison.py",
    ),
    Mutation(
        "published: an error is printed without its sign",
        "hvlib/numbers.py",
        'return f"{value:+.1%}" if abs(value) < 0.0995 else f"{value:+,.0%}"',
        'return f"{value:.1%}" if abs(value) < 0.0995 else f"{value:,.0%}"',
        "tests/test_numbers.py",
    ),
    Mutation(
        "chart: an axis ends below what it shows",
        "hvlib/views/panel.py",
        "for step in (1, 1.5, 2, 3, 5, 7, 10) if step * unit >= needed)",
        "for step in (1, 1.5, 2, 3, 5, 7, 10) if step * unit * 2 >= needed)",
        "tests/views/test_chart.py",
    ),
    Mutation(
        "real: an exit's answer goes to the wrong bytes",
        "hvlib/real/kvm.py",
        "place = k.RUN_UNION + 8",
        "place = k.RUN_UNION",
        "tests/real/test_engine.py",
    ),
    Mutation(
        "real: a recording claims to be from here",
        "hvlib/real/recording.py",
        'return replace(Trace.from_json(path.read_text("utf-8")), source="recorded")',
        'return replace(Trace.from_json(path.read_text("utf-8")), source="measured")',
        "tests/real/test_recording.py",
    ),
    Mutation(
        "models: a card's registers wait for the packets of a kick",
        "hvlib/models/devices.py",
        'together = 1 if way == "registers" else kick',
        "together = kick",
        "tests/models/test_devices.py",
    ),
    Mutation(
        "models: a posted interrupt exits all the same",
        "hvlib/models/devices.py",
        "noticed = (0.0 if self.posted else 1.0) / kick",
        "noticed = 1.0 / kick",
        "tests/models/test_devices.py",
    ),
    Mutation(
        "models: all packets asked for leave",
        "hvlib/models/devices.py",
        "return min(self.rate, self.cost.most)",
        "return self.rate",
        "tests/models/test_devices.py",
    ),
    Mutation(
        "models: the more vCPUs run, the more of them spin",
        "hvlib/models/waiting.py",
        "hold * (vcpus - stretch.running)",
        "hold * stretch.running",
        "tests/models/test_waiting.py",
    ),
    Mutation(
        "models: neighbours that fill no group are left out",
        "hvlib/models/waiting.py",
        "bundles = -(-self.others // self.vcpus)",
        "bundles = self.others // self.vcpus",
        "tests/models/test_waiting.py",
    ),
    Mutation(
        "models: periods that pass at one stroke are not used up",
        "hvlib/models/throttling.py",
        "self.exhausted += passed * (self.quota < cpus * self.period - _HAIR)",
        "pass",
        "tests/models/test_throttling.py",
    ),
    Mutation(
        "models: more threads run at once than the server has CPUs",
        "hvlib/models/throttling.py",
        "self.need / self.at_once",
        "self.need / self.threads",
        "tests/models/test_throttling.py",
    ),
    Mutation(
        "models: a reply comes without a wire",
        "hvlib/models/container_network.py",
        "wire_time=2 * wire",
        "wire_time=wire",
        "tests/models/test_container_network.py",
    ),
    Mutation(
        "models: of a snapshot only what is touched is read",
        "hvlib/models/cold_start.py",
        "self.restore + self.memory / self.disk",
        "self.restore + touched / self.disk",
        "tests/models/test_cold_start.py",
    ),
    Mutation(
        "models: what was not foreseen costs no time",
        "hvlib/models/cold_start.py",
        "ahead, strays * stall, self.work",
        "ahead, 0.0, self.work",
        "tests/models/test_cold_start.py",
    ),
    Mutation(
        "views: reading ahead takes no time",
        "hvlib/views/snapshots.py",
        '1e3 * (trace.summary[w]["load"] + trace.summary[w]["run"]) for w',
        '1e3 * trace.summary[w]["run"] for w',
        "tests/views/test_measured.py",
    ),
    Mutation(
        "views: what a user namespace stopped is what it let through",
        "hvlib/views/settings.py",
        "n=before - after",
        "n=after",
        "tests/views/test_settings_chart.py",
    ),
    Mutation(
        "real: an attempt that failed got through",
        "hvlib/real/settings.py",
        "if not why]",
        "if why]",
        "tests/real/test_settings.py",
    ),
    Mutation(
        "models: who stands at memory.high is not slowed yet",
        "hvlib/models/throttling.py",
        '"slowed" if holds >= high',
        '"slowed" if holds > high',
        "tests/models/test_throttling.py",
    ),
    Mutation(
        "models: slots are kept for the failure of the smallest hosts",
        "hvlib/models/inventory.py",
        "sum(slots[: max(0, len(slots) - settings.tolerate)])",
        "sum(slots[settings.tolerate :])",
        "tests/models/test_cluster.py",
    ),
    Mutation(
        "models: the balloon is at work before it takes anything",
        "hvlib/models/memory.py",
        "    if free >= SOFT * wanted:\n",
        "    if free >= wanted:\n",
        "tests/models/test_memory.py",
    ),
    Mutation(
        "questions: the reason counts the spare hosts as full ones",
        "hvlib/questions/problems2.py",
        "hosts=hosts - tolerate, spare=tolerate",
        "hosts=hosts, spare=tolerate",
        "tests/questions/test_problems.py",
    ),
    Mutation(
        "questions: steps are numbered from nought",
        "hvlib/questions/system_problems.py",
        "n=item.step + 1, **item.words()",
        "n=item.step, **item.words()",
        "tests/questions/test_problems.py",
    ),
    Mutation(
        "widgets: a second try counts as the first",
        "hvlib/widgets/exercise.py",
        'state == "right" and self._missed is None',
        'state == "right"',
        "tests/widgets/test_exercise.py",
    ),
    Mutation(
        "widgets: the attacker counts among the others who fall",
        "hvlib/widgets/breach.py",
        '"{names} fall too", len(others))',
        '"{names} fall too", len(self.names))',
        "tests/widgets/test_breach.py",
    ),
    Mutation(
        "widgets: another system keeps the settings of the last",
        "hvlib/widgets/diagram.py",
        "                self.settings = {}\n",
        "",
        "tests/widgets/test_diagram_widget.py",
    ),
    Mutation(
        "views: a legend in one row on a narrow page",
        "hvlib/views/migration.py",
        '"ncols": 1 if self.narrow else 5',
        '"ncols": 5',
        "tests/views/test_chart.py",
    ),
    Mutation(
        "views: who stands in the still picture is edged as fallen",
        "hvlib/views/neighbours.py",
        '"ec": theme.bad if down else paint.line',
        '"ec": paint.line if down else theme.bad',
        "tests/widgets/test_neighbours.py",
    ),
    Mutation(
        "views: a goal's line counts in percent, its axis in shares",
        "hvlib/views/cluster.py",
        'self.aim("load", right, "y", 0.01)',
        'self.aim("load", right, "y")',
        "tests/views/test_goal_lines.py",
    ),
    Mutation(
        "systems: what was restarted stays marked as struck",
        "hvlib/systems/failure.py",
        "            ended -= what\n",
        "",
        "tests/systems/test_sequences.py",
    ),
)
BARS = {"not applied": ("below", 0.5), "missed": ("below", 0.5)}


def measure() -> dict[str, float]:
    """1 for each breakage that the tests caught, 0 for each that they missed; and the sums.

    Raises RuntimeError if the tests fail without any: they would seem to catch all.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "book"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "bench", "__pycache__"))
        shutil.copytree(ROOT / "tests/bench", tree / "tests/bench")
        if said := _failure(tree, {mutation.tests for mutation in MUTATIONS}):
            raise RuntimeError(f"fails before anything is broken: {said}")
        verdicts = {}
        for mutation in MUTATIONS:
            verdicts[mutation.name] = _verdict(tree, mutation)
            print(f"{verdicts[mutation.name]:12} {mutation.name}", flush=True)
    numbers = {name: float(verdict == "caught") for name, verdict in verdicts.items()}
    for kind in ("missed", "not applied"):
        numbers[kind] = float(sum(verdict == kind for verdict in verdicts.values()))
    return numbers


def _verdict(tree: Path, mutation: Mutation) -> str:
    path = tree / mutation.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        print(f"NOT APPLIED: {mutation.name}: not once in {mutation.file}: {mutation.old}")
        return "not applied"
    path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        # The module's own file first: it is the quicker one.
        said = next(filter(None, (_failure(tree, {t}) for t in (mutation.tests, LEDGER))), "")
    finally:
        path.write_text(text, encoding="utf-8")
    print(f"{'':12} {said}" if said else "", flush=True)
    return "caught" if said else "missed"


def _failure(tree: Path, tests: set[str]) -> str:
    """The first test of these files that fails; empty if none does, or if they don't end."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *sorted(tests)]
    try:
        done = subprocess.run(
            [*command, *(f"--deselect={test}" for test in UNREAD)],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    # 1: a test failed. Any other code means that the tests themselves did not run.
    lines = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    return lines[0][:100] if done.returncode == 1 and lines else ""
