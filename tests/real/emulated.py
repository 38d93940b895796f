"""Runs guests in the computer of the page (v86 under Node), to hold it against the engines here."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import hvlib
from hvlib.real import engine
from hvlib.real.guests import COUNTER
from hvlib.real.image import folder, made
from hvlib.real.image.build import emulator
from hvlib.real.kvm_constants import USER

HERE = Path(__file__).parent
SCRIPT = Path(hvlib.__file__).parent / "widgets" / "machine.mjs"
UNTESTED = "no Node.js on this machine, so nothing ran in the computer of the page"
NAMES = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi")
Run = tuple[bytes, dict[str, int]]


@cache
def library() -> Path:
    """The folder with v86's files: the built image's, or fetched from npm for this run."""
    return folder() if made() else emulator()


def there() -> bool:
    """Whether this machine can run it."""
    return bool(shutil.which("node") and (made() or shutil.which("npm")))


def in_the_page(runs: Sequence[Run], seconds: float = 2.0) -> list[dict[str, Any]]:
    """What each run leaves: reason, code, console, exits, registers, a digest of the memory."""
    asked = [
        {
            "code": code.hex(),
            "registers": {f"e{k[1:]}": v for k, v in start.items()},
            "seconds": seconds,
        }
        for code, start in runs
    ]
    command = ["node", str(HERE / "emulated.mjs"), str(SCRIPT), str(library())]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    for one in outcomes:
        one["exits"] = {kind: count for kind, count in one["exits"].items() if count}
    return outcomes


def paused_and_moved() -> dict[str, Any]:
    """What tests/real/moved.mjs finds: pauses in each state, and moves that fail."""
    command = ["node", str(HERE / "moved.mjs"), str(SCRIPT), str(library()), COUNTER.code.hex()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def on_the_engine(name: str, run: Run, seconds: float = 2.0) -> dict[str, Any]:
    """The same of an engine of :mod:`hvlib.real`."""
    code, start = run
    with engine.make_machine(name) as machine:
        machine.load(code)
        machine.registers = start
        ending = machine.run(seconds)
        return {
            "reason": ending.reason,
            "code": ending.code,
            "console": machine.bus.console.text,
            "exits": machine.exits,
            "registers": {n: machine.registers[f"r{n[1:]}"] for n in NAMES},
            "memory": hashlib.sha256(machine.memory[USER:]).hexdigest(),
        }
