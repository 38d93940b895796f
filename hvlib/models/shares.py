"""Dividing something by weight among those who can use only so much of it (water-filling)."""

from collections.abc import Sequence


def fair_shares(weights: Sequence[float], limits: Sequence[float], capacity: float) -> list[float]:
    """``capacity`` divided by weight, none above its limit; what one can't use goes to the rest.

    Whoever's proportional part reaches its limit gets the limit and leaves. Nothing stays over
    unless all are at their limits (max-min fairness).
    """
    shares = [0.0] * len(weights)
    rest = [number for number, limit in enumerate(limits) if limit > 0]
    for _round in weights:  # each round but the last one fills a limit
        unit = capacity / (sum(weights[i] for i in rest) or 1.0)
        full = [i for i in rest if weights[i] * unit >= limits[i]]
        for i in full or rest:
            shares[i] = limits[i] if full else weights[i] * unit
        if not full:
            break
        capacity = max(0.0, capacity - sum(limits[i] for i in full))
        rest = [i for i in rest if i not in full]
    return shares
