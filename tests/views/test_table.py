"""Tables must say what the models say, in text and in Markdown alike."""

import pytest

from hvlib.models.deployment import STRATEGIES, Deployment
from hvlib.models.isolation import CASES
from hvlib.models.model import KnobError
from hvlib.views.table import Table, plans_table, real_flaws


def test_text_and_markdown_hold_the_same_cells() -> None:
    table = Table(("a", "b"), (("1", "two"), ("three", "4")))
    assert repr(table).splitlines() == ["a      b", "1      two", "three  4"]
    assert "| three | 4 |" in table._repr_markdown_()


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    table = Table(("plan", "VMs"), (("a", "600"), ("bb", "3")))
    assert repr(table).splitlines() == ["plan  VMs", "a     600", "bb      3"]
    assert "| --- | ---: |" in table._repr_markdown_()


def test_a_table_without_rows_is_its_head() -> None:
    assert repr(Table(("a", "b"), ())) == "a  b"
    assert Table(("a", "b"), ())._repr_markdown_() == "| a | b |\n| --- | --- |"


def test_an_expected_loss_has_no_false_digits() -> None:
    column = [row[5].replace(",", "").rstrip("0") for row in plans_table(Deployment().run()).rows]
    assert all(len(digits) <= 2 for digits in column), column


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        repr(Table(("a", "b"), (("1",),)))


def test_each_real_flaw_stands_in_its_layer_with_its_source() -> None:
    rows = real_flaws().rows
    assert [row[:2] for row in rows] == [(case.layer, case.name) for case in CASES]
    assert all(row[-1] for row in rows), "a flaw without a source"


def test_a_flaw_in_the_shared_kernel_takes_containers_and_no_neighbouring_vm() -> None:
    [pipe] = [row for row in real_flaws(tenants=5).rows if "Dirty Pipe" in row[1]]
    assert [cell.split() for cell in pipe[2:4]] == [["5", "of", "5"], ["1", "of", "5"]]


def test_more_tenants_than_the_model_has_is_an_error_with_the_range() -> None:
    with pytest.raises(KnobError, match="tenants"):
        real_flaws(tenants=99)


def test_each_plan_has_a_row_of_its_own() -> None:
    result = Deployment().run()
    rows = plans_table(result).rows
    assert [row[0] for row in rows] == list(STRATEGIES)
    assert rows[0][-1] == str(result.plan("one VM each").worst)
