"""Laws and known answers of migration."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.migration import (
    APACHE,
    MOST_ROUNDS,
    QUAKE3,
    Link,
    Migration,
    post_copy,
    pre_copy,
    predict_rounds,
)
from hvlib.models.model import KnobError
from hvlib.models.working_set import PageClass, WorkingSet

KNOBS = knob_values(Migration)


@given(KNOBS)
def test_any_knobs_give_finite_numbers_and_a_sentence(values):
    result = Migration(**values).run()
    numbers = (result.sent, result.total, result.downtime, result.lost, result.faults)
    assert all(math.isfinite(n) and n >= -1e-6 for n in numbers), numbers
    assert "nan" not in result.describe()
    assert result.trace.duration == pytest.approx(result.total)


@given(KNOBS)
def test_service_starts_at_zero_and_time_never_runs_back(values):
    result = Migration(**values).run()
    times = [time for time, _rate in result.service]
    assert times[0] == 0
    assert times == sorted(times)
    assert all(0 <= rate <= result.demand for _time, rate in result.service)


@given(KNOBS)
def test_every_limit_follows_section_5_3(values):
    model = Migration(**{**values, "policy": "pre-copy"})
    result, link = model.run(), model.limits()
    assert result.rounds[0].limit == link.minimum
    for before, after in itertools.pairwise(result.rounds):
        rate = before.dirtied * 8 / before.duration
        assert after.limit == pytest.approx(rate + link.increment), "limit = rate + increment"
        assert after.limit <= link.maximum, "a round ran above the maximum"
        assert before.dirtied >= link.leftover, "went on though little was left"
        assert after.duration < before.duration
    last = result.rounds[-1]
    rate = last.dirtied * 8 / last.duration
    ended = last.dirtied < link.leftover or rate + link.increment > link.maximum
    assert ended or len(result.rounds) == MOST_ROUNDS


@given(KNOBS)
def test_pages_are_conserved(values):
    model = Migration(**{**values, "policy": "pre-copy"})
    result = model.run()
    available = model.memory
    for r in result.rounds:
        assert r.sent + r.skipped == pytest.approx(available)
        assert r.sent == pytest.approx(r.limit * r.duration / 8)
        assert 0 <= r.dirtied <= model.memory * (1 + 1e-9)
        available = r.dirtied
    assert result.left == pytest.approx(available)
    assert result.left <= model.memory * (1 + 1e-9), "pre-copy's downtime beats stop-and-copy's"


@given(KNOBS)
def test_postcopy_fetches_no_page_twice(values):
    model = Migration(**{**values, "policy": "post-copy"})
    result = model.run()
    assert result.faults <= model.memory / 0.004096 * (1 + 1e-9)
    assert result.copying == 0
    assert result.downtime == pytest.approx(model.resume / 1e3)


def test_a_clean_guest_needs_one_round():
    done = pre_copy(WorkingSet((PageClass(100, 0.0),)), Link())
    assert len(done.rounds) == 1
    assert done.left == 0
    assert done.rounds[0].duration == pytest.approx(8.0)


def test_a_link_slower_than_the_dirtying_stops_after_one_round():
    done = pre_copy(WorkingSet((PageClass(100, 50.0),)), Link(maximum=100))
    assert len(done.rounds) == 1
    assert done.stop == "limit over maximum"
    assert done.left == pytest.approx(100)


def test_stop_and_copy_takes_memory_over_rate():
    result = Migration(policy="stop-and-copy", memory=512, maximum=256).run()
    assert result.copying == pytest.approx(16)


def test_clients_of_apache_keep_what_the_migration_leaves():
    result = APACHE.run()
    assert result.service[0] == (0.0, 770.0)
    assert result.service[-1] == (result.total, 870.0)


def test_postcopy_of_an_idle_guest_runs_at_full_speed():
    done = post_copy(WorkingSet((PageClass(100, 0.0),)), 100, 0.001, 3)
    assert {share for _time, share in done.speed} == {1.0}
    assert done.faults == 0


def test_state_of_the_presets_brings_them_back():
    assert Migration.from_state(QUAKE3.state()) == QUAKE3


def test_a_bad_value_names_the_knob_and_its_range():
    with pytest.raises(KnobError, match=r"Migration\.memory must be 16 to 16384 MB"):
        Migration(memory=0)


def rounds_of(guest, each, fixed, memory, count):
    """Rounds of a made-up real migration that follows the model's own rule."""
    rounds, pages = [], float(memory)
    for _number in range(count):
        seconds = fixed + each * pages
        rounds.append((pages, seconds))
        pages = guest.dirty_after(seconds)
    return rounds


@pytest.mark.parametrize("given_rounds", [3, 4, 5])
def test_prediction_recovers_a_run_from_its_first_rounds(given_rounds):
    guest = WorkingSet((PageClass(2_000, 4.0), PageClass(60_000, 0.05)))
    truth = rounds_of(guest, 1e-5, 1e-3, 62_000, 9)
    found = predict_rounds(
        truth[:given_rounds], memory=62_000, stop_below=1, max_rounds=9, resume=0.01
    )
    next_pages = found.rounds[0][0]
    assert next_pages == pytest.approx(truth[given_rounds][0], rel=0.35)
    assert found.total > sum(seconds for _pages, seconds in truth[:given_rounds])


@given(
    st.lists(st.tuples(st.floats(1, 1e6), st.floats(1e-4, 100)), min_size=2, max_size=6),
)
def test_prediction_always_ends(first):
    found = predict_rounds(first, memory=1e6)
    assert len(first) + len(found.rounds) <= max(30, len(first))
    assert math.isfinite(found.total)
    assert found.downtime > 0
    sizes = [pages for pages, _seconds in found.rounds]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("rounds", [[], [(10, 1)], [(10, 1), (0, 1)], [(10, 1), (5, math.nan)]])
def test_prediction_refuses_rounds_that_say_nothing(rounds):
    with pytest.raises(ValueError, match="round"):
        predict_rounds(rounds, memory=100)
