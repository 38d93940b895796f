"""Placing, blast radius and the point where the advice flips."""

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.deployment import (
    STRATEGIES,
    Deployment,
    Flip,
    Plan,
    chance,
    crossings,
    pareto,
    place,
    rate_of,
)
from hvlib.models.isolation import Domain, TrustGraph, Way


@given(
    services=st.integers(0, 300),
    owners=st.integers(1, 50),
    tenants=st.integers(1, 50),
    each=st.floats(1, 500),
    fixed=st.floats(0, 500),
)
def test_everything_placed_fits(
    services: int, owners: int, tenants: int, each: float, fixed: float
) -> None:
    server = 4096.0
    at = place(services, owners, tenants, each=each, fixed=fixed, server=server)
    assert at.memory <= at.servers * server * (1 + 1e-9)
    assert at.memory == pytest.approx(services * each + at.units * fixed)
    assert at.tenants_a_unit <= at.tenants_a_server <= min(tenants, services)
    assert (at.servers == 0) == (services == 0)
    assert at.units >= min(owners, services)


def test_placing_by_hand() -> None:
    # 10 services of 5 tenants, in VMs of 2 × 100 + 50 = 250 MB: four to a server of 1,000 MB.
    at = place(10, 5, 5, each=100, fixed=50, server=1000)
    assert (at.units, at.servers, at.tenants_a_unit, at.tenants_a_server) == (5, 2, 1, 4)
    assert at.memory == 1250


def test_a_tenant_with_no_services_has_no_vm() -> None:
    assert place(3, 5, 5, each=100, fixed=50, server=1000).units == 3
    empty = Deployment(services=0).run()
    assert all(plan.servers == plan.machines == plan.loss == 0 for plan in empty.plans)
    assert "nothing to run" in empty.describe()


def test_an_overhead_larger_than_the_server_is_refused_with_the_numbers() -> None:
    with pytest.raises(ValueError, match="100 MB and 1,000 MB of overhead do not fit"):
        place(1, 1, 1, each=100, fixed=1000, server=1024)


def _graph(model: Deployment, strategy: str, tenants: int) -> TrustGraph:
    """The trust graph of all tenants on one server, built by hand for each strategy."""
    domains = [Domain("server", "", "host")]
    ways = []
    for tenant in range(tenants):
        app = f"app{tenant}"
        domains.append(Domain(app, "", "application", str(tenant)))
        if strategy == "all containers on one kernel":
            ways += [Way(app, "server", frozenset({"kernel"})), Way("server", app)]
        elif strategy == "sandboxed containers":
            ways += [Way(app, "server", frozenset({"kernel", "sandbox"})), Way("server", app)]
        else:
            group = tenant % model.groups if "group" in strategy else tenant
            vm = f"vm{group}"
            if all(domain.id != vm for domain in domains):
                domains.append(Domain(vm, "", "guest"))
                ways += [Way(vm, "server", frozenset({"hypervisor"})), Way("server", vm)]
            inside = frozenset() if strategy == "one VM each" and model.root else {"kernel"}
            ways += [Way(app, vm, frozenset(inside)), Way(vm, app)]
    return TrustGraph(tuple(domains), tuple(ways))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("root", [False, True])
def test_blast_radius_is_reachability(strategy: str, root: bool) -> None:
    """The closed form equals reachability over the trust graph, summed over all sets of flaws."""
    model = Deployment(services=6, tenants=6, groups=2, root=root, app=16, server=1024)
    graph = _graph(model, strategy, 6)
    rates = {
        "kernel": model.kernel_rate,
        "hypervisor": model.hypervisor_rate,
        "sandbox": model.sandbox_rate,
    }
    expected = 0.0
    for flaws in itertools.product([False, True], repeat=3):
        pairs = list(zip(rates, flaws, strict=True))
        weight = math.prod(chance(rates[n]) if on else 1 - chance(rates[n]) for n, on in pairs)
        broken = {name for name, on in pairs if on}
        expected += weight * (len(graph.fallen("app0", broken)) - 1)
    worst = max(len(graph.fallen("app0", {flaw})) for flaw in rates)
    plan = next(plan for plan in model.run().plans if plan.strategy == strategy)
    assert plan.others == pytest.approx(expected)
    assert plan.worst == worst


@given(values=knob_values(Deployment))
def test_advice_is_the_cheapest_and_the_pareto_set_holds_the_extremes(
    values: dict[str, object],
) -> None:
    result = Deployment(**values).run()
    assert result.plan(result.best).total == min(plan.total for plan in result.plans)
    front = [result.plan(name) for name in result.pareto]
    assert min(p.cost for p in front) == min(p.cost for p in result.plans)
    assert min(p.worst for p in front) == min(p.worst for p in result.plans)


@given(values=knob_values(Deployment))
def test_more_flaws_never_lower_the_expected_loss(values: dict[str, object]) -> None:
    some = Deployment(**values).run()
    rates = dict.fromkeys(("kernel_rate", "hypervisor_rate", "sandbox_rate"), 10.0)
    for plan in Deployment(**{**values, **rates}).run().plans:
        assert plan.loss >= some.plan(plan.strategy).loss - 1e-6


@given(values=knob_values(Deployment))
def test_smaller_trust_groups_never_widen_the_worst_blast(values: dict[str, object]) -> None:
    name = "containers in a VM per trust group"
    together = Deployment(**{**values, "groups": 1}).run().plan(name)
    apart = Deployment(**{**values, "groups": 100}).run().plan(name)
    assert apart.worst <= together.worst


@given(values=knob_values(Deployment))
def test_the_advice_really_flips_there(values: dict[str, object]) -> None:
    model = Deployment(**values)
    result = model.run()
    for flip in result.flips:
        field = model.knobs()[flip.knob]
        here = getattr(model, flip.knob)
        inside, outside = (
            flip.value * (1 - side * 1e-6 if flip.value > here else 1 + side * 1e-6)
            for side in (1, -1)
        )
        assume(field.knob.low < min(inside, outside) and max(inside, outside) < field.knob.high)
        before = model.with_(**{flip.knob: inside}).run()
        after = model.with_(**{flip.knob: outside}).run()
        slack = 1e-6 * max(1.0, after.plan(after.best).total)
        assert before.plan(before.best).total >= before.plan(result.best).total - slack
        assert after.plan(after.best).total >= after.plan(flip.to).total - slack


def test_a_flip_is_told_in_the_words_of_its_slider() -> None:
    for flip in Deployment().run().flips:
        field = Deployment.knobs()[flip.knob]
        text = flip.describe()
        assert text.startswith(f"“{field.knob.label}” below "), (
            "both defaults lie above their flips"
        )
        assert flip.knob not in text, "a knob's name in the code is not for readers"
        assert field.knob.unit.format(n="").strip() in text
    [first, second] = Deployment().run().flips
    assert "0.0063 a year" in first.describe()
    assert "160" in second.describe()


@pytest.mark.parametrize(
    ("value", "text"), [(0.006328, "0.0063"), (160.3, "160"), (12345.0, "12,000"), (1.0, "1.0")]
)
def test_a_flip_has_two_digits_and_no_exponent(value: float, text: str) -> None:
    flip = Flip("damage", value, "one VM each", above=True)
    assert flip.describe() == f"“Damage when another tenant falls” above {text}: one VM each."


def test_bisection_finds_the_same_flip() -> None:
    model = Deployment()
    flip = next(flip for flip in model.run().flips if flip.knob == "kernel_rate")
    best = model.run().best
    low, high = 0.001, model.kernel_rate
    for _step in range(60):
        middle = math.sqrt(low * high)
        same = model.with_(kernel_rate=middle).run().best == best
        low, high = (low, middle) if same else (middle, high)
    assert flip.value == pytest.approx(high)
    assert model.with_(kernel_rate=low * 0.999).run().best == flip.to


def test_crossings_by_hand() -> None:
    # 1 + x is lowest until 5 - x / 3 gets under it at x = 3.
    assert crossings([(1, 1), (5, -1 / 3)], 0, 1) == (None, (pytest.approx(3), 1))
    assert crossings([(1, 1), (5, -1 / 3)], 1, 4) == ((pytest.approx(3), 0), None)
    assert crossings([(1, 1), (2, 1)], 0, 1) == (None, None)


def test_a_plan_beaten_in_both_is_not_in_the_pareto_set() -> None:
    def plan(number: int, cost: float, worst: int) -> Plan:
        return Plan(STRATEGIES[number], 1, 1, 1, cost, 1, worst, 0, 0)

    assert pareto([plan(0, 1, 9), plan(1, 2, 3), plan(2, 3, 3), plan(3, 9, 1)]) == (
        STRATEGIES[0],
        STRATEGIES[1],
        STRATEGIES[3],
    )


@given(st.floats(1e-6, 10))
def test_chance_and_rate_undo_each_other(rate: float) -> None:
    assert rate_of(chance(rate)) == pytest.approx(rate)


def test_bands_tell_the_best_at_every_rate_and_meet_where_the_advice_flips() -> None:
    for tenants, root in ((30, False), (30, True), (1, False)):
        model = Deployment(tenants=tenants, root=root)
        bands = model.run().bands
        assert (bands[0][0], bands[-1][1]) == (0.001, 10)
        for low, high, strategy in bands:
            for part in (0.1, 0.9):
                rate = low * (high / low) ** part
                assert model.with_(kernel_rate=rate).run().best == strategy
        assert all(left[1] == right[0] for left, right in itertools.pairwise(bands))
