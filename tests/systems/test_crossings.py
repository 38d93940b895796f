"""The table of boundary crossings that chapters 2 and 3 print."""

import pytest

from hvlib.systems.crossings import CrossingTable, crossing_table
from hvlib.systems.system import load, names


def test_a_row_counts_and_names_the_crossings_of_one_flow() -> None:
    (row,) = crossing_table(["xen"], ["packet"]).rows
    assert (row.system, row.flow) == ("Xen", "A packet is sent")
    assert len(row.crossings) == len(load("xen").crossings("packet"))
    assert row.path == ("domU 1 programs → domU 1 kernel → Xen → dom0 kernel → Xen → dom0 kernel")
    assert [item.by for item in row.crossings] == [
        *("system call", "hypercall", "event channel", "hypercall", "return"),
    ]


def test_a_system_without_the_flow_has_no_row() -> None:
    table = crossing_table(["xen", "way-vm"], ["packet", "syscall"])
    assert [(row.system, row.flow) for row in table.rows] == [
        ("Xen", "A packet is sent"),
        ("In a virtual machine", "The service calls write()"),
    ]


def test_the_markdown_has_a_line_for_each_row() -> None:
    table = crossing_table(names(), ["packet", "disk"])
    lines = table._repr_markdown_().splitlines()
    assert len(lines) == 2 + len(table.rows)
    assert {line.count("|") for line in lines} == {6}


def test_the_sentence_names_the_extremes() -> None:
    sentence = crossing_table(["docker", "workstation"]).describe()
    assert sentence.startswith("Fewest crossings: 1 (Docker: A packet is sent).")
    assert sentence.endswith("Most: 5 (VMware Workstation: A packet is sent).")
    assert CrossingTable(()).describe() == "No system has such a flow."


def test_an_unknown_system_is_named() -> None:
    with pytest.raises(KeyError, match="no system 'zen'"):
        crossing_table(["zen"])


def test_the_way_back_is_counted_where_a_source_tells_it() -> None:
    """Sugerman 2001, beside Figure 4; VirtualBox, DevE1000.cpp, DevAHCI.cpp and VMEmt.cpp."""
    table = crossing_table(["workstation", "virtualbox", "kvm"], ["packet+back", "disk+back"])
    counts = [(row.system, len(row.crossings)) for row in table.rows]
    assert counts == [
        ("VMware Workstation", 9),
        ("VirtualBox", 7),
        ("VirtualBox", 8),
        ("KVM and QEMU", 3),
        ("KVM and QEMU", 8),
    ]


@pytest.mark.parametrize("name", ["vsphere", "docker-desktop"])
def test_a_way_back_that_nobody_can_read_is_not_drawn_and_the_file_says_so(name: str) -> None:
    assert crossing_table([name], ["packet+back", "disk+back"]).rows == ()
    assert "can’t be read" in load(name).status
