"""Each part that a crash reaches can say why: a chain of needs that ends in what crashed."""

from itertools import pairwise

import pytest

from hvlib.systems.failure import FAILS, SHARED
from hvlib.systems.spread import Point, Spread, spread
from hvlib.systems.system import System, load, names


def of(system: System, crashed: str) -> Spread:
    conditions = system.conditions((crashed,))
    return spread(system.components, conditions, (crashed,), system.settings())


def chain_of(found: Spread, id: str) -> list[Point]:
    """From a component that isn't up to what failed, of alternatives by the first."""
    chain = [found.starts[id]]
    while found.causes[chain[-1]].of:
        chain.append(found.causes[chain[-1]].of[0])
    return chain


@pytest.mark.parametrize("name", names())
def test_each_stricken_part_has_a_chain_that_ends_in_what_crashed(name: str) -> None:
    system = load(name)
    for crashed in system.components:
        states = system.states((crashed.id,))
        found = of(system, crashed.id)
        stricken = {id for id, state in states.items() if state != "up"}
        assert set(found.starts) == stricken, f"{crashed.id} crashed: who can't say why"
        for id in stricken:
            chain = chain_of(found, id)
            assert chain[0][0] == id
            assert chain[-1] == (crashed.id, "dead"), f"{id} does not get back to {crashed.id}"
            for point, cause in pairwise(chain):
                _is_true(system, found, point, cause)


def _is_true(system: System, found: Spread, point: tuple[str, str], cause: tuple[str, str]) -> None:
    """A link of a chain stands in the file, and no ring is further out than what it needs."""
    item, want = system.component(point[0]), found.causes[point]
    told = f"{system.id}: {point} for want of {cause}"
    if want.how == "inside":
        assert item.inside == cause[0], told
        assert cause[1] == point[1] or (point[1] == "stalled" and cause[1] in SHARED), told
        assert found.causes[cause].ring == want.ring, f"{told}: contents go with their container"
    else:
        needed = [need.of for need in item.needs if want.how in (need.for_, *need.lacks)]
        assert cause[0] in needed, told
        assert cause[1] in FAILS[want.how], told
        assert found.causes[cause].ring < want.ring, told


def test_of_alternatives_all_are_named_since_one_would_do() -> None:
    system = load("oracle-sparc")
    struck = ("primary", "secondary")
    found = spread(system.components, system.conditions(struck), struck, system.settings())
    assert found.causes["guest1", "disk"].of == (("vds0", "dead"), ("vds1", "dead"))


def test_the_chain_follows_what_is_lacked_not_only_who_fails() -> None:
    xen = load("xen")
    found = of(xen, "dom0")
    ids = [id for id, _aspect in chain_of(found, "domu1")]
    assert ids[0] == "domu1"
    assert ids[-1] == "dom0"
    assert found.ring("dom0") == found.ring("netback") == 0, "its contents go with dom0"
    assert found.ring("domu1") == 1
