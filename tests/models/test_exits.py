"""VM exits: laws over the whole range, and the authors' own arithmetic."""

import pytest
from hypothesis import given

from conftest import knob_values
from hvlib.models.exits import (
    EXITS_PER_ROUND_TRIP,
    ROUND_TRIP,
    YEARS,
    ExitCost,
    ExitsOfWork,
)


@given(knob_values(ExitCost))
def test_a_share_is_a_share_and_each_help_lowers_it(values):
    base = ExitCost(**values)
    result = base.run()
    assert 0 <= result.share <= 1
    assert base.with_(clustering=0.5).run().share <= base.with_(clustering=0).run().share
    assert base.with_(hardware_mmu=True).run().share <= base.with_(hardware_mmu=False).run().share
    assert "of one CPU" in result.describe()


@given(knob_values(ExitCost))
def test_the_cost_is_hardware_and_software(values):
    result = ExitCost(**values).run()
    assert result.cycles == pytest.approx(
        ROUND_TRIP[values["processor"]] + values["software"] + values["mitigations"]
    )
    assert result.microseconds * values["clock"] * 1e3 == pytest.approx(result.cycles)


@given(knob_values(ExitsOfWork))
def test_clustering_never_adds_exits(values):
    base = ExitsOfWork(**values)
    with_, without = (base.with_(clustered=on).run() for on in (True, False))
    assert with_.rate < without.rate
    assert 0 < with_.share <= without.share <= 1
    assert f"{base.device}" in base.run().describe()


def test_the_default_exit_costs_what_the_authors_assume():
    assert ExitCost().run().cycles == 3000


def test_every_processor_has_its_year_in_order():
    assert list(YEARS) == list(ROUND_TRIP)
    assert list(YEARS.values()) == sorted(YEARS.values())


def test_the_paravirtual_device_needs_fewer_exits():
    assert EXITS_PER_ROUND_TRIP["vmxnet"][0] < EXITS_PER_ROUND_TRIP["e1000"][0]


def test_the_sentence_tells_the_hardware_s_cycles_that_the_picture_shows():
    text = ExitCost().run().describe()
    assert "3,000 cycles" in text
    assert "784 in hardware" in text


def test_few_exits_take_little_but_not_nothing():
    text = ExitCost(rate=100).run().describe()
    assert "less than 0.1% of one CPU" in text
    assert "0.0%" not in text
