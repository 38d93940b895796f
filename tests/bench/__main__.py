"""Measures the book's speed: ``make bench``. Prints one table and writes bench/NAME.json each.

Each ``bench_*.py`` here has ``measure()``, which gives named numbers, and ``BARS``: for some of
those names, the bar and whether the number must stay below or above it.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "bench"


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks (by name, without ``bench_``), or all; 1 if a bar is missed."""
    names = chosen or sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    missed = 0
    for name in names:
        module = import_module(f"tests.bench.bench_{name}")
        before = _load_average()
        numbers = module.measure()
        missed += _print(name, numbers, getattr(module, "BARS", {}))
        _store(name, numbers, before)
    return 1 if missed else 0


def _print(name: str, numbers: dict[str, float], bars: dict[str, tuple[str, float]]) -> int:
    missed = 0
    for what, value in numbers.items():
        verdict = ""
        if what in bars:
            kind, bar = bars[what]
            good = value < bar if kind == "below" else value > bar
            missed += not good
            verdict = f"{'ok' if good else 'MISSED'}: {kind} {bar:,g}"
        print(f"{name:12} {what:58} {value:14,.3f}  {verdict}", flush=True)
    return missed


def _load_average() -> float | None:
    """Processes that wanted a core in the last minute; numbers from a busy machine are no guide."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _store(name: str, numbers: dict[str, float], before: float | None) -> None:
    OUT.mkdir(exist_ok=True)
    load = {"before": before, "after": _load_average(), "cores": os.cpu_count()}
    print(f"load average {load['before']} before, {load['after']} after, {load['cores']} cores")
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()} {platform.system()} {platform.release()}",
        "load average": load,
        "python": platform.python_version(),
        "results": numbers,
    }
    (OUT / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
