"""The four ways must say truly who serves and who shares, and show a picture in every reader."""

import pytest
import traitlets

from hvlib.systems.sharing import rests_on, serving, sharing
from hvlib.systems.system import load
from hvlib.widgets.ways import WAYS, describe, ways


@pytest.mark.parametrize(
    ("way", "kernel"),
    [
        ("way-process", "Host kernel"),
        ("way-container", "Host kernel"),
        ("way-vm", "Guest kernel"),
        ("way-container-in-vm", "Guest kernel"),
    ],
)
def test_only_a_virtual_machine_brings_a_kernel_that_serves_the_call(way: str, kernel: str) -> None:
    assert serving(load(way), "syscall").name == kernel


def test_neighbours_share_the_kernel_exactly_where_no_machine_is_between_them() -> None:
    assert "Host kernel" in sharing(load("way-container"), "service", "other").shared
    assert "Guest kernel" in sharing(load("way-vm"), "service", "other").own
    mixed = load("way-container-in-vm")
    assert "Guest kernel" in sharing(mixed, "service", "second").shared
    assert "Guest kernel" in sharing(mixed, "service", "other").own


@pytest.mark.parametrize("way", WAYS.values())
def test_what_a_service_rests_on_takes_it_down_or_stalls_it(way: str) -> None:
    system = load(way)
    for id in rests_on(system, "service"):
        assert system.states([id])["service"] in ("down", "stalled"), f"{id} is not needed"


def test_a_system_without_a_kernel_in_the_path_is_an_error_with_a_reason() -> None:
    with pytest.raises(LookupError, match="no kernel serves the first call of flow 'manage'"):
        serving(load("docker"), "manage")
    with pytest.raises(KeyError, match="has no flow 'nothing'"):
        serving(load("docker"), "nothing")


def test_the_switch_changes_the_picture_and_starts_its_flow_again() -> None:
    widget = ways()
    assert widget.diagram.system.id == "way-process"
    widget.diagram.crashed, widget.diagram.step = ("kernel",), 1
    for way in reversed(WAYS.values()):
        widget.way.value = way
        assert widget.diagram.system.id == way
        assert (widget.diagram.flow, widget.diagram.step) == ("syscall", 0)
        assert widget.diagram.crashed == ()
        assert widget.says == describe(load(way))


def test_no_fifth_way() -> None:
    with pytest.raises(traitlets.TraitError):
        ways().way.value = "xen"


def test_it_has_a_picture_and_words_where_no_kernel_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HVLIB_STILLS", "png")
    data, metadata = ways()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert len(data["image/png"]) > 20_000
    assert metadata["image/png"]["width"] > 300
    for name in ("As a process", "In a container", "guest kernel", "second service"):
        assert name in data["text/plain"]
