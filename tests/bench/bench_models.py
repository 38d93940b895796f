"""Speed of the models: the slowest answer, the import of hvlib, the machine's instructions."""

import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from hvlib.models.assembler import assemble
from hvlib.models.machine import Machine
from hvlib.models.model import Model

TESTS = Path(__file__).parents[1]
SLOWEST = "slowest run() of all models' corners, ms"
IMPORT = "import hvlib, ms"
INSTRUCTIONS = "instructions a second, machine directly"
BARS = {
    SLOWEST: ("below", 10.0),
    IMPORT: ("below", 300.0),
    INSTRUCTIONS: ("above", 400_000),
}
RUNS = 5
"""Each number is the best of so many runs, since what else the machine does only ever adds.

Models and machine are timed in CPU time for the same reason: they wait for nothing."""
LOOP = """
.at 16
SET r3, 1
SET r4, 60000
x: ADD r1, r3
STORE r1, 100
LOAD r2, 100
SUB r4, r3
JNZ r4, x
HALT
"""


def measure() -> dict[str, float]:
    """Milliseconds and a rate; the name of the slowest model is printed."""
    took, slowest, corners = _slowest()
    print(f"models: {corners} corners of all models; the slowest is {slowest!r}")
    return {
        SLOWEST: took * 1000,
        IMPORT: _import("import hvlib"),
        "from hvlib import explore, show, ms": _import("from hvlib import explore, show"),
        INSTRUCTIONS: max(_instructions() for _run in range(RUNS)),
    }


def _slowest() -> tuple[float, Model, int]:
    """Seconds, question and how many questions were asked."""
    every = _every_model()
    corners = [question for model in every.MODELS for question in every._corners(model)]
    took, at = max((_seconds(question), at) for at, question in enumerate(corners))
    return took, corners[at], len(corners)


def _every_model() -> Any:
    """The test of every model knows them all, and the corners of their sliders."""
    sys.path.append(str(TESTS))
    return import_module("models.test_every_model")


def _seconds(question: Model) -> float:
    times = []
    for _run in range(RUNS):
        began = time.process_time()
        question.run()
        times.append(time.process_time() - began)
    return min(times)


def _import(line: str) -> float:
    """Milliseconds of an import in a fresh process, without the start of Python."""
    program = f"import time; t = time.perf_counter(); {line}; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", program]
    outputs = [
        subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
        for _run in range(RUNS)
    ]
    return min(map(float, outputs)) * 1000


def _instructions() -> float:
    """Instructions a second of a loop that adds, stores, loads, subtracts and jumps."""
    machine = Machine(256)
    machine.load(assemble(LOOP).words)
    began = time.process_time()
    executed = machine.run(10**7)
    return executed / (time.process_time() - began)
