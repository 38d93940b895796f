"""A hand can aim at each value that the text or a question names."""

from itertools import pairwise

import pytest
from widgets.shown import Shown, explorers

TRACK = 380
"""Px that a thumb travels where two sliders stand side by side in a window of 1366 px."""
APART = 30

NAMED: dict[str, dict[str, tuple[float, ...]]] = {
    "01 Consolidation": {
        "loads": (40, 100),
        "correlation": (0.2, 0.9),
        "headroom": (0.2,),
        "peak": (0.15,),
        "mean": (0.3,),
    },
    "01 TrapCost": {"share": (1e-5, 1e-4), "depth": (1, 2), "cost": (3_000,)},
    "01 ExitCost": {"mitigations": (1_000, 4_212)},
    "02 CreditScheduler": {
        "weight": (256, 512, 1_024),
        "vms": (4,),
        "pcpus": (2,),
        "slice": (5, 10, 30),
    },
    "02 MemoryOvercommit": {
        "memory": (4_096, 6_144),
        "vms": (12,),
        "host": (32,),
        "balloon": (0.65,),
        "tax": (0.75,),
        "identical": (0.05, 0.15, 0.3),
    },
    "02 NestedPaging": {"updates": (1e5,), "misses": (1e6,), "cached": (2.5,)},
    "02 Migration": {
        "memory": (800,),
        "hot": (8, 50),
        "hot_rate": (31,),
        "maximum": (500, 1_000),
        "minimum": (100, 900),
        "touches": (3,),
    },
    "02 Cluster": {"boot": (60,), "tolerate": (1,), "vms": (60,), "reserved": (0.5,)},
    "03 Hosted": {
        "nice": (-5, 0, 10),
        "programs": (1, 3, 4),
        "cpus": (4,),
        "host_memory": (2_048,),
        "swap": (10,),
    },
    "04 Density": {"app_memory": (16, 256), "guest_memory": (512,), "app_cpu": (0.05, 0.25)},
    "04 ImageFleet": {"services": (20,)},
    "04 Isolation": {"tenants": (6,)},
    "04 Deployment": {
        "tenants": (30,),
        "groups": (6,),
        "kernel_rate": (0.0063, 0.5),
        "damage": (1e4,),
    },
}
"""By chapter, model and knob: the values that a cell, the text around it or its question names."""


def _named(one: Shown) -> dict[str, tuple[float, ...]]:
    return NAMED.get(f"{one.cell[:2]} {type(one.start).__name__}", {})


def test_every_named_value_is_declared_for_a_knob_that_a_cell_shows() -> None:
    shown: dict[str, set[str]] = {}
    for one in explorers():
        shown.setdefault(f"{one.cell[:2]} {type(one.start).__name__}", set()).update(one.knobs)
    for where, named in NAMED.items():
        assert set(named) <= shown.get(where, set()), f"{where}: knobs that no cell shows any more"


@pytest.mark.parametrize("one", explorers(), ids=lambda one: one.cell)
def test_a_hand_can_aim_at_each_named_value(one: Shown) -> None:
    fields = type(one.start).knobs()
    for name in one.knobs:
        field = fields[name]
        if field.kind not in ("int", "float"):
            continue
        ticks = [value for value, _words in field.knob.ticks]
        values = {getattr(one.start, name), *ticks, *_named(one).get(name, ())}
        ends = {float(field.knob.low or 0), float(field.knob.high or 0)}
        spots = sorted([0.0, TRACK, *(TRACK * field.share(v) for v in values - ends)])
        tight = [(a, b) for a, b in pairwise(spots) if b - a < APART]
        assert not tight, f"{one.cell}: {name} at {sorted(values)} stands at {tight} px"
