"""How long ``here()`` takes on a machine with 2,000 processes, and how much memory: a made tree.

The tree has real files; each run is a process of its own, as a reader starts one, and imports
included. The machine that measures is measured too.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.host.trees import DOCKER, Made, host

BARS = {
    "seconds, from a running Python, at most": ("below", 1.0),
    "seconds, the whole command on this machine, at most": ("below", 2.0),
    "peak memory of the process, MB": ("below", 100.0),
}
PROCESSES, CONTAINERS, GUESTS, RUNS = 2_000, 200, 20, 5
LOOK = """
import json, resource, sys, time
import hvlib.host.here
from hvlib.host.drawing import drawn
from hvlib.host.looking import look
from hvlib.host.tree import Files
start = time.perf_counter()
system = drawn(look(Files(sys.argv[1])))
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps([took, peak, len(system.components)]))
"""


def made() -> Made:
    """200 containers of five processes, 20 guests, and programs of no container."""
    tree = host()
    for number in range(CONTAINERS):
        group = f"/system.slice/docker-{number:064x}.scope"
        for part in range(5):
            pid = 10_000 + 40 * number + 4 * part
            inner = {"inner": (part + 1,), "own": "all", "caps": DOCKER, "seccomp": "2"}
            mounts = "\n".join(f"{n} 1 0:{n} / /mnt/{n} rw - tmpfs tmpfs rw" for n in range(40))
            tree.process(pid, f"program-{number % 30}", group, mounts=mounts, **inner)
    for number in range(GUESTS):
        guest = f"qemu-system-x86_64 -name guest=g{number} -m 2G -smp 4"
        threads = tuple(f"CPU {n}/KVM" for n in range(4))
        tree.process(40_000 + 100 * number, guest, threads=threads)
    for number in range(PROCESSES - 5 * CONTAINERS - GUESTS - 2):
        tree.process(50_000 + number, "/usr/bin/program --with some arguments", "/system.slice/x")
    return tree


def written(tree: Made, folder: Path) -> None:
    """The made files, on disk."""
    for path, text in tree.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for path, target in tree.links.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(target)


def measure() -> dict[str, float]:
    """The slowest of some runs, and the greatest memory."""
    with tempfile.TemporaryDirectory() as folder:
        written(made(), Path(folder))
        runs = [json.loads(_run("-c", LOOK, folder)) for _run_ in range(RUNS)]
    whole = []
    for _again in range(RUNS):
        before = os.times()
        _run("-m", "hvlib", "here")
        whole.append(os.times().elapsed - before.elapsed)
    return {
        "processes": float(PROCESSES),
        "boxes in the picture": float(runs[0][2]),
        "seconds, from a running Python, at most": max(run[0] for run in runs),
        "seconds, the whole command on this machine, at most": max(whole),
        "peak memory of the process, MB": max(run[1] for run in runs),
    }


def _run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return done.stdout
