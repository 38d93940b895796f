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
)
BARS = {"not applied": ("below", 0.5), "missed": ("below", 0.5)}


def measure() -> dict[str, float]:
    """1 for each breakage that the tests caught, 0 for each that they missed; and the sums."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "book"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "bench", "__pycache__"))
        shutil.copytree(ROOT / "tests/bench", tree / "tests/bench")
        verdicts = {mutation.name: _verdict(tree, mutation) for mutation in MUTATIONS}
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
        files = sorted({mutation.tests, LEDGER})
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
        done = subprocess.run(
            command,
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=300,
            check=False,
        )
        # 1: a test failed. Any other code means that the tests themselves did not run.
        return "caught" if done.returncode == 1 else "missed"
    except subprocess.TimeoutExpired:
        return "caught"
    finally:
        path.write_text(text, encoding="utf-8")
