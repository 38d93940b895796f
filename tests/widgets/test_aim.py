"""A hand can aim at each value that the text or a question names."""

from itertools import pairwise

import pytest
from widgets.shown import Shown, explorers

TRACK = 380
"""Px that a thumb travels where two sliders stand side by side in a window of 1366 px."""
APART = 30

NAMED: dict[str, dict[str, tuple[float, ...]]] = {
    "00-004": {"rate": (10_000,)},
    "01-006": {"loads": (40,), "correlation": (0.2,), "headroom": (0.2,)},
    "01-008": {"loads": (100,), "correlation": (0.9,), "peak": (0.15,), "mean": (0.3,)},
    "01-018": {"share": (1e-5, 1e-4), "depth": (1, 2), "cost": (3_000,)},
    "01-032": {"rate": (100_000,)},
    "01-034": {"rate": (200_000,)},
    "01-036": {"mitigations": (1_000, 4_212), "rate": (50_000,)},
    "02-032": {"weight": (256, 512, 1_024), "vms": (4,), "pcpus": (2,)},
    "02-034": {"slice": (5, 30)},
    "02-036": {"slice": (5, 10, 30)},
    "02-038": {"slice": (5, 30)},
    "02-040": {"memory": (4_096,), "vms": (12,), "host": (32,)},
    "02-042": {"balloon": (0.65,), "tax": (0.75,), "memory": (6_144,)},
    "02-044": {"identical": (0.05, 0.15, 0.3)},
    "02-056": {"updates": (1e5,), "misses": (1e6,), "cached": (2.5,)},
    "02-059": {"memory": (800,), "hot": (8,), "hot_rate": (31,), "maximum": (500, 1_000)},
    "02-061": {"hot": (8, 50), "minimum": (100, 900), "maximum": (500, 1_000)},
    "02-063": {"memory": (800,), "maximum": (500,), "touches": (3,)},
    "02-072": {"boot": (60,)},
    "02-078": {"tolerate": (1,), "vms": (60,), "reserved": (0.5,)},
    "03-010": {"nice": (0, 10), "programs": (1,)},
    "03-024": {"nice": (-5, 0), "programs": (3,), "cpus": (4,)},
    "03-026": {"host_memory": (2_048,), "programs": (4,), "swap": (10,)},
    "04-019": {"app_memory": (256,), "guest_memory": (512,), "app_cpu": (0.25,)},
    "04-020": {"app_memory": (16,), "app_cpu": (0.05,)},
    "04-033": {"services": (20,)},
    "04-045": {"tenants": (6,)},
    "04-068": {"tenants": (30,), "groups": (6,), "kernel_rate": (0.0063, 0.5), "damage": (1e4,)},
}
"""By cell and knob: the values that the cell, the text around it or its question names."""


def test_every_named_value_is_declared_for_a_knob_that_the_cell_shows() -> None:
    shown = {one.cell: one for one in explorers()}
    for cell, named in NAMED.items():
        assert cell in shown, f"{cell} shows no explorer any more"
        assert set(named) <= set(shown[cell].knobs), f"{cell}: knobs that it doesn't show"


@pytest.mark.parametrize("one", explorers(), ids=lambda one: one.cell)
def test_a_hand_can_aim_at_each_named_value(one: Shown) -> None:
    fields = type(one.start).knobs()
    for name in one.knobs:
        field = fields[name]
        if field.kind not in ("int", "float"):
            continue
        ticks = [value for value, _words in field.knob.ticks]
        values = {getattr(one.start, name), *ticks, *NAMED.get(one.cell, {}).get(name, ())}
        ends = {float(field.knob.low or 0), float(field.knob.high or 0)}
        spots = sorted([0.0, TRACK, *(TRACK * field.share(v) for v in values - ends)])
        tight = [(a, b) for a, b in pairwise(spots) if b - a < APART]
        assert not tight, f"{one.cell}: {name} at {sorted(values)} stands at {tight} px"
