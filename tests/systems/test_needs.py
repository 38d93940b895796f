"""What a part is needed for, it can give: ``io`` means disk and network, not one of them."""

import pytest

from hvlib.systems.system import System, load, names

ROUTES = {
    name: load(name)
    for name in names()
    if {"packet", "disk"} <= {flow.id for flow in load(name).flows}
}


def passed(system: System, flow: str) -> set[str]:
    """The parts that a flow passes, and all that contain them."""
    stops = {step.at for step in system.flow(flow).steps}
    return stops | {outer for id in stops for outer in system.ancestors(id)}


@pytest.mark.parametrize("name", ROUTES)
def test_io_is_needed_only_of_what_carries_packets_and_blocks(name: str) -> None:
    system = ROUTES[name]
    both = passed(system, "packet") & passed(system, "disk")
    for item in system.components:
        for need in item.needs:
            whole = system.component(need.of).layer == "hardware"  # a machine with all its devices
            if need.for_ == "io" and not whole:
                assert need.of in both, (
                    f"{name}: {item.id} needs {need.of} for disk and network, but only one of "
                    "the two flows passes it"
                )


@pytest.mark.parametrize("name", ROUTES)
def test_a_dead_network_card_leaves_the_disk_alone_and_the_other_way_round(name: str) -> None:
    system = ROUTES[name]
    cards = {flow: system.flow(flow).steps[-1].at for flow in ("packet", "disk")}
    for flow, spared in (("packet", "disk"), ("disk", "network")):
        if cards["packet"] == cards["disk"]:
            continue
        found = system.conditions([cards[flow]])
        wrong = [id for id, one in found.items() if spared in one.lacks and id != cards[flow]]
        assert not wrong, f"{name}: without {cards[flow]}, {wrong} lack their {spared} too"
