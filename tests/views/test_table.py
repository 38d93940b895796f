"""Tables say what the models say."""

import pytest

from hvlib.models.deployment import STRATEGIES, Deployment
from hvlib.models.isolation import CASES
from hvlib.models.model import KnobError
from hvlib.views.table import plans_table, real_flaws


def test_an_expected_loss_has_no_false_digits() -> None:
    column = [row[5].replace(",", "").rstrip("0") for row in plans_table(Deployment().run()).rows]
    assert all(len(digits) <= 2 for digits in column), column


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
