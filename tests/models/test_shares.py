"""Water-filling: full use, limits kept, and weight among those who still want."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.models.shares import fair_shares

CLAIMS = st.lists(st.tuples(st.floats(0.1, 1e5), st.floats(0, 8)), max_size=12)


@given(CLAIMS, st.floats(0, 64))
def test_nothing_idles_while_a_claim_wants_more(
    claims: list[tuple[float, float]], capacity: float
) -> None:
    weights, limits = [c[0] for c in claims], [c[1] for c in claims]
    shares = fair_shares(weights, limits, capacity)
    assert all(0 <= got <= most + 1e-9 for got, most in zip(shares, limits, strict=True))
    assert sum(shares) == pytest.approx(min(capacity, sum(limits)), rel=1e-9, abs=1e-9)


@given(CLAIMS, st.floats(0.1, 64))
def test_unsatisfied_claims_share_by_weight(
    claims: list[tuple[float, float]], capacity: float
) -> None:
    shares = fair_shares([c[0] for c in claims], [c[1] for c in claims], capacity)
    hungry = [got / w for got, (w, most) in zip(shares, claims, strict=True) if got < most - 1e-9]
    assert not hungry or max(hungry) == pytest.approx(min(hungry), rel=1e-6)
