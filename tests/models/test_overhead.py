"""Published overheads of a VM, and that all chapters use the same formula."""

import pytest

from hvlib.models.overhead import esxi_overhead, firecracker_overhead, openshift_overhead
from hvlib.published.chapters import comparisons
from hvlib.published.figures import figure


@pytest.mark.parametrize("memory", [256, 1024, 4096, 16_384])
@pytest.mark.parametrize("vcpus", [1, 2, 4, 8])
def test_esxis_table_is_met_within_one_per_cent(memory: int, vcpus: int) -> None:
    published = figure(f"vsphere-resource-guide/overhead.{memory}mb.{vcpus}cpu").value
    corner = memory in (256, 16_384) and vcpus in (1, 8)
    assert esxi_overhead(memory, vcpus) == pytest.approx(published, rel=1e-9 if corner else 0.01)


def test_a_vm_smaller_than_the_tables_smallest_is_not_extrapolated() -> None:
    assert esxi_overhead(16, 1) == esxi_overhead(256, 1)


def test_chapters_2_and_4_print_the_same_row_for_the_same_figure() -> None:
    two, four = (
        {row.published.id: row.model for row in comparisons(chapter).rows} for chapter in (2, 4)
    )
    common = two.keys() & four.keys()
    assert len(common) == 16
    assert {key: two[key] for key in common} == {key: four[key] for key in common}


def test_the_other_formulas_are_as_published() -> None:
    # 0.002 of 1000 MiB + 218 + 2 vCPUs at 8 + one graphics device at 16, by hand.
    assert openshift_overhead(1000, 2, 1) == pytest.approx(2 + 218 + 16 + 16)
    assert openshift_overhead(0, 0) == figure("openshift-virt/overhead.base").value
    assert firecracker_overhead(128, 1) == figure("firecracker-spec/memory.overhead").value
