"""Speed of placement: 40,000 VMs of ten sizes on 20,000 hosts, and the growth up to there.

Run it with ``python tests/bench/bench_placement.py``; times are the best of three.
"""

import math
import random
import time

from hvlib.models.placement import Fit, Size, place

HOSTS = 20_000
LIMIT = 2.0
"""Seconds for each fit at the full size."""
SIZES = [Size(cpu, memory) for cpu in (1, 2, 4, 8, 16) for memory in (2 * cpu, 8 * cpu)]
FITS: tuple[Fit, ...] = ("first", "best", "worst")


def seconds(fit: Fit, hosts: int, repeats: int = 3) -> float:
    """Best time of placing two VMs a host."""
    random_sizes = random.Random(1)
    vms = [random_sizes.choice(SIZES) for _vm in range(2 * hosts)]
    machines = [Size(32, 128)] * hosts
    times = []
    for _repeat in range(repeats):
        start = time.perf_counter()
        place(vms, machines, fit)
        times.append(time.perf_counter() - start)
    return min(times)


def measure() -> dict[str, float]:
    """Seconds of each fit, and its growth from 1,000 hosts over n log n (1 is n log n)."""
    expected = HOSTS * math.log(HOSTS) / (1_000 * math.log(1_000))
    found: dict[str, float] = {}
    for fit in FITS:
        small, large = seconds(fit, 1_000), seconds(fit, HOSTS)
        found[f"placement.{fit}.seconds"] = large
        found[f"placement.{fit}.growth"] = large / small / expected
    return found


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:8.3f}")
