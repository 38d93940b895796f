"""The table of victims says what the needs say."""

import pytest

from hvlib.systems.system import load, names
from hvlib.systems.victims import COLUMNS, victims_table


def test_a_hung_dom0_stalls_every_guest_and_takes_none_down():
    row = victims_table({"xen": ["dom0"]}).rows[0]
    assert row.guests["down"] == ()
    assert row.guests["stalled"] == ("domU 1 (PVH)", "domU 2 (HVM)")


def test_the_hypervisor_takes_all_guests_down():
    row = victims_table({"xen": ["xen"]}).rows[0]
    assert len(row.guests["down"]) == 2
    assert not row.guests["up"]


def test_a_second_service_domain_saves_the_guest_that_has_it():
    row = victims_table({"oracle-sparc": ["primary"]}).rows[0]
    assert row.guests["unmanaged"] == ("Guest 1",)
    assert row.guests["stalled"] == ("Guest 2",)


@pytest.mark.parametrize("name", names())
def test_each_other_guest_is_in_exactly_one_column(name):
    system = load(name)
    for component in system.components:
        row = victims_table({name: [component.id]}).rows[0]
        named = sorted(guest for state in COLUMNS for guest in row.guests[state])
        states = system.states([component.id])
        hit = [g for g in system.of_role("guest") if states[g.id] == "crashed"]
        assert all(guest.id == component.id for guest in hit)
        expected = sorted(g.name for g in system.of_role("guest") if g.id != component.id)
        assert named == expected, f"{name}: crash {component.id} loses or repeats a guest"


def test_the_markdown_has_a_line_for_each_crash_and_a_column_for_each_state_that_occurs():
    table = victims_table({"type-1": ["guest1", "hypervisor"], "type-2": ["host"]})
    lines = table._repr_markdown_().splitlines()
    assert len(lines) == 5
    assert lines[0] == "| System | Crashes | Guests down | Guests that go on |"
    assert {line.count("|") for line in lines} == {5}
    assert "–" not in repr(table), "an empty cell must say that there is none"
    assert "| none |" in table._repr_markdown_()
    assert "|" not in repr(table), "text is read without pipes"
    assert table.describe() == "1 of 3 crashes leave all other guests running."


def test_guests_that_stall_do_not_run_on():
    assert victims_table({"xen": ["dom0"]}).describe().startswith("0 of 1")
    assert victims_table({"vsphere": ["vcenter"]}).describe().startswith("1 of 1")


def test_the_table_says_how_a_crash_ends_where_its_first_moment_is_not_the_last():
    table = victims_table({"vsphere": ["esxi1", "vcenter"], "virtualbox": ["vboxsvc"]}).table()
    assert table.head[-1] == "In the end"
    assert [row[-1] for row in table.rows] == [
        "VM 1 restarted elsewhere",
        "as at once",
        "Guest 1, Guest 2 down",
    ]


def test_unknown_names_are_named():
    with pytest.raises(KeyError, match="no system 'zen'"):
        victims_table({"zen": []})
    with pytest.raises(KeyError, match="xen has no component 'dom7'"):
        victims_table({"xen": ["dom7"]})
