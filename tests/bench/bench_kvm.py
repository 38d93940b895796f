"""Speed of the hypervisor in Python: its exit loop beside the same loop in C; the probe."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hvlib.real import guests, probe
from hvlib.real import kvm_constants as k

EXITS, ROUNDS = 5000, 5
BARS = {
    "exit loop, Python / C (median of pairs)": ("below", 2.0),
    "probe, all questions (s)": ("below", 1.0),
}

# The run loop of hvlib.real.kvm in C: the VM is made by Python, which lends its descriptor.
LOOP_IN_C = """
#include <stdint.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>

/* Enter the guest until it writes to the debug port; returns the number of exits. */
long run_until_stopped(int cpu, struct kvm_run *run, int debug_port) {
    long exits = 0;
    for (;;) {
        if (ioctl(cpu, KVM_RUN, 0) < 0 || run->exit_reason != KVM_EXIT_IO) return -1;
        exits++;
        if (run->io.port == debug_port) return exits;
    }
}
"""


def measure() -> dict[str, float]:
    """Seconds and ratios; without KVM or a C compiler, only the probe's."""
    numbers = {"probe, all questions (s)": statistics.median(_probe() for _ in range(3))}
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not probe.ask("kvm").yes or compiler is None:
        print("kvm: no exit loop:", probe.ask("kvm").why if compiler else "no C compiler")
        return numbers
    with tempfile.TemporaryDirectory() as folder:
        return numbers | _loops(_compile(compiler, Path(folder)))


def _probe() -> float:
    """Seconds that a fresh process needs for all questions, without the start of Python."""
    code = (
        "import time; from hvlib.real import probe; start = time.perf_counter();"
        "probe.ask_all(); print(time.perf_counter() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=True)
    return float(done.stdout)


def _compile(compiler: str, folder: Path) -> Path:
    """The C loop as a library."""
    source, library = folder / "loop.c", folder / "loop.so"
    source.write_text(LOOP_IN_C)
    command = [compiler, "-O2", "-shared", "-fPIC", str(source), "-o", str(library)]
    subprocess.run(command, check=True, timeout=60)
    return library


def _loops(library: Path) -> dict[str, float]:
    """The same guest on the same VM, in turns by the loop in C and by the one in Python."""
    import ctypes

    from hvlib.real.bus import DEBUG_PORT
    from hvlib.real.kvm import Machine

    in_c: list[float] = []
    in_python: list[float] = []
    run = ctypes.CDLL(str(library)).run_until_stopped
    run.restype = ctypes.c_long
    with Machine() as machine:
        machine.load(guests.EXITS.code)
        shared = ctypes.c_char.from_buffer(machine._run)
        for _ in range(ROUNDS):
            machine.registers = {"rip": k.CODE, "rcx": EXITS}
            machine._run[k.RUN_IMMEDIATE_EXIT] = 0
            start = time.perf_counter()
            exits = run(machine._cpu, ctypes.byref(shared), DEBUG_PORT)
            in_c.append((time.perf_counter() - start) / EXITS)
            assert exits == EXITS + 1, f"the loop in C saw {exits} exits"
            machine._settle()
            machine.registers = {"rip": k.CODE, "rcx": EXITS}
            start = time.perf_counter()
            assert machine.run().reason == "stopped"
            in_python.append((time.perf_counter() - start) / EXITS)
        del shared
    ratios = [python / c for python, c in zip(in_python, in_c, strict=True)]
    return {
        "exit, loop in C (µs)": statistics.median(in_c) * 1e6,
        "exit, loop in Python (µs)": statistics.median(in_python) * 1e6,
        "exit loop, Python / C (median of pairs)": statistics.median(ratios),
    }
