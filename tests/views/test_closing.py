"""The last page of the book: each cell computed, none typed in, and true to the chapters."""

import re

import pytest

from hvlib.models.density import Density
from hvlib.models.deployment import Deployment
from hvlib.systems.system import load
from hvlib.views.closing import COLUMNS, base, closing_table, way_out

ROWS = {line[0]: line[1:] for line in closing_table().rows}


def test_every_cell_has_an_answer_and_every_row_a_source() -> None:
    width = len(COLUMNS) + 1
    for what, cells in ROWS.items():
        assert len(cells) == width, f"{what}: {len(cells)} cells"
        assert all(len(cell) > 1 or cell.isdigit() for cell in cells), f"{what}: an empty cell"


def test_a_cell_without_an_answer_says_why() -> None:
    silent = [what for what, cells in ROWS.items() if any(cell[:3] == "not" for cell in cells)]
    assert len(silent) == 7, silent
    assert ROWS["copies on one server (VM: KVM’s overhead)"][3] == "not modelled"
    assert ROWS["speed of computing, native = 100%"][2] == "not measured"


def test_the_speeds_are_the_measured_ones_and_not_a_prediction_known_to_fail() -> None:
    assert ROWS["speed of database writes, native = 100%"][:2] == ("95%", "12%")
    assert ROWS["speed of computing, native = 100%"][:2] == ("100%", "98%")


def test_one_flaw_opens_containers_and_two_the_others() -> None:
    flaws = {column.id: len(way_out(column)) for column in COLUMNS}
    assert flaws.pop("docker") == 1, "one flaw in the shared kernel is enough"
    assert all(count >= 2 for count in flaws.values()), flaws


def test_only_containers_share_the_kernel_that_has_the_flaw() -> None:
    cells = ROWS["flaw in the kernel called: tenants fallen"]
    assert [cell for cell in cells if cell.startswith("2")] == [cells[2]]


def test_what_lies_lowest_takes_everyone_down_in_every_type() -> None:
    for cell in ROWS["the lowest software crashes: down"][:-1]:
        assert cell.startswith("2 of 2")
    for cell in ROWS["a tenant crashes: others down"][:-1]:
        assert cell.startswith("0 of")


def test_the_models_rows_are_the_models_defaults() -> None:
    fit, plans = Density().run(), Deployment().run()
    assert ROWS["copies on one server (VM: KVM’s overhead)"][0] == f"{fit.vm.count:,}"
    assert ROWS["copies on one server (VM: KVM’s overhead)"][2] == f"{fit.container.count:,}"
    cost = plans.plan("containers in a VM per tenant").cost
    assert ROWS["cost a year (assumed prices)"][3] == f"{cost:,.0f}"


def test_a_system_with_no_base_is_an_error_that_names_it() -> None:
    system = load("xen")
    without = system.model_copy(update={"components": system.of_role("guest")})
    with pytest.raises(LookupError, match="xen: no hypervisor or kernel rests on the hardware"):
        base(without)


def test_text_and_markdown_hold_the_same_cells() -> None:
    table = closing_table()
    text, markdown = repr(table), table._repr_markdown_()
    for line in table.rows:
        for cell in line:
            assert cell in text
            assert f"| {cell} |" in markdown
    assert len(re.findall(r"^\|", markdown, re.M)) == len(table.rows) + 2
    assert "Containers 2 of 2" in table.describe()
