"""Tables say what the models say."""

from hvlib.models.deployment import STRATEGIES, Deployment
from hvlib.models.isolation import CASES
from hvlib.systems.blast import host_parts
from hvlib.systems.system import load
from hvlib.trace import Provenance, Trace
from hvlib.views.table import one_machine, plans_table, real_flaws, settings_table


def test_an_expected_loss_has_no_false_digits() -> None:
    column = [row[5].replace(",", "").rstrip("0") for row in plans_table(Deployment().run()).rows]
    assert all(len(digits) <= 2 for digits in column), column


def flaws(word: str) -> dict[str, tuple[str, str]]:
    """Of each product with this flaw: how many tenants fall, and what of the host."""
    rows = [row for row in real_flaws().rows if word in row[1]]
    return {f"{row[2]}, {row[3]}": (row[4].replace("\xa0", " "), row[5]) for row in rows}


def test_each_real_flaw_stands_in_its_layer_with_its_source() -> None:
    rows = real_flaws().rows
    assert [row[:2] for row in rows] == [
        (case.layer, case.name) for case in CASES for _place in case.found
    ]
    sources = [row[-1] for row in rows if row[-1]]
    assert sources == [case.source for case in CASES], "each source stands once, at its flaw"


def test_what_one_flaw_in_qemu_takes_depends_on_the_product_that_runs_it() -> None:
    """On Xen QEMU runs in dom0. MITRE's record names KVM and Xen, and no other product."""
    assert flaws("VENOM") == {
        "KVM and QEMU, guest 1 kernel": ("1 of 3", "nothing"),
        "Xen, domU 2 kernel": ("2 of 2", "dom0 programs"),
    }


def test_a_flaw_in_a_kernel_takes_those_who_share_it() -> None:
    assert flaws("Dirty Pipe") == {
        "Docker, container 1": ("2 of 2", "host kernel"),
        "KVM and QEMU, other program": ("3 of 3", "host kernel"),
        "KVM and QEMU, guest 1 programs": ("1 of 3", "nothing"),
    }


def test_default_guards_leave_a_flaw_to_the_container_that_has_it() -> None:
    assert flaws("release_agent") == {"Docker, container 1": ("1 of 2", "nothing")}


def test_two_flaws_in_a_row_lead_into_esx() -> None:
    """And from there to vCenter, which is a VM on that host, and so to the other hosts."""
    hosts = "VMkernel 1, VMkernel 2, VMkernel 3"
    assert flaws("22224") == {"VMware vSphere, VM 1 kernel": ("3 of 3", hosts)}
    [case] = [case for case in CASES if "22224" in case.name]
    vsphere, [place] = load("vsphere"), case.found
    for alone in place.broken[:1]:
        assert not host_parts(vsphere, place.attacker, [alone]), "the sandbox of VMX holds"


def test_a_flaw_in_the_management_takes_every_host_that_it_manages() -> None:
    assert flaws("21972") == {
        "VMware vSphere, vSphere Client": ("3 of 3", "VMkernel 1, VMkernel 2, VMkernel 3")
    }


def test_each_plan_has_a_row_of_its_own() -> None:
    result = Deployment().run()
    rows = plans_table(result).rows
    assert [row[0] for row in rows] == list(STRATEGIES)
    assert rows[0][-1] == str(result.plan("one VM each").worst)


def test_the_same_event_is_compared_on_one_machine_only() -> None:
    """Xen beside KVM on one ARM server, three ways on one Pentium 4: no row crosses machines."""
    rows = one_machine().rows
    hypercalls = {row[2]: row[3] for row in rows[:2]}
    assert hypercalls == {"Xen, Type 1": "376", "KVM, Type 2": "6,500"}
    assert all(row[1] == "" for row in rows if row[0] == ""), "a row without event names no machine"
    assert all(row[4] for row in rows)


def test_the_readers_own_exit_says_that_it_goes_as_far_as_python() -> None:
    place = Provenance("a laptop", "Linux", "2026-11-26", "exit_timing()", kvm="VT-x")
    own = Trace("exit_timing", (), "measured", place, {"cycles_per_exit": 12_345.6})
    last = one_machine(own).rows[-1]
    assert last[:4] == ("an exit, answered in Python", "a laptop", "KVM (VT-x)", "12,346")
    unknown = Trace("exit_timing", (), "measured", place, {"cycles_per_exit": 0.0})
    assert one_machine(unknown).rows[-1][3] == "clock unknown"


def test_the_table_of_settings_tells_doors_from_guards() -> None:
    rows = {row[0]: row for row in settings_table().rows}
    assert rows["docker.sock inside"][2:] == ("the host and all on it", "–")
    assert rows["--pid=host"][2:] == ("all other containers", "–")
    assert rows["seccomp=unconfined"][2:] == ("nobody else", "a blocked system call")
    assert rows["defaults"][1:] == ("nothing", "nobody else", "–")
