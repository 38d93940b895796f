"""The widget's state is what a reader, a notebook and an exercise see: it must be the system's."""

import base64
import os
import subprocess
import sys
from typing import Any

import pytest
import traitlets
from ipywidgets import Widget

from hvlib.systems.parts import Classification, Component, Link, Need
from hvlib.systems.system import System, load, names
from hvlib.widgets.comparison import LEAST, compare
from hvlib.widgets.diagram import Diagram, show

pytestmark = pytest.mark.slow


def cluster(hosts: int, machines: int) -> System:
    """A picture that comes from no file: hosts with virtual machines in them."""
    parts = []
    for host in range(hosts):
        parts.append(part(f"host{host}", f"Host {host}", "hypervisor", None))
        for vm in range(machines):
            parts.append(part(f"vm{host}-{vm}", f"VM {vm}", "guest", f"host{host}"))
    return System(
        id="cluster",
        name="Cluster",
        summary="",
        classification=Classification(type="1", because="", argued="", owns_hardware=""),
        components=tuple(parts),
        sources=("a test",),
    )


def part(id: str, name: str, layer: str, inside: str | None) -> Component:
    return Component(
        id=id, name=name, layer=layer, inside=inside, does="", privilege="", boundary=id
    )


@pytest.mark.parametrize("name", names())
def test_states_are_those_of_the_system(name: str) -> None:
    diagram = show(name)
    system = load(name)
    for item in system.components:
        diagram.crashed = (item.id,)
        assert diagram.states == system.states((item.id,))
        shown = diagram.scene["alone"][item.id]
        assert shown == diagram.shown, "the browser would show another state at first"
        assert diagram.sentence == diagram.describe()
    diagram.crashed = ()
    assert set(diagram.states.values()) == {"up"}


def test_a_crash_is_played_event_by_event_under_the_settings_chosen() -> None:
    diagram = show("docker", crashed=("dockerd",))
    assert diagram.sequence == ["at once", "2 s later", "Then"]
    assert "At once: " in diagram.sentence
    assert "In the end: Down: " in diagram.sentence
    diagram.moment = 2
    assert diagram.states["container1"] == "down"
    assert "shuts them down" in diagram.sentence
    diagram.settings = {"live-restore": "on"}
    assert diagram.moment == 0, "another setting starts again from the crash"
    diagram.moment = 2
    assert diagram.states["container1"] == "up"
    with pytest.raises(traitlets.TraitError, match="live-restore: off, on"):
        diagram.settings = {"live-restore": "perhaps"}
    with pytest.raises(traitlets.TraitError, match="moment 3"):
        diagram.moment = 3


def test_what_the_browser_sends_is_understood() -> None:
    diagram = show("xen")
    diagram.set_state({"crashed": ["dom0"], "selected": "dom0"})
    assert diagram.crashed == ("dom0",)
    assert diagram.states["domu1"] == "stalled"
    diagram.set_state({"flow": "packet", "step": 0})
    diagram.set_state({"step": 3})
    assert diagram.sentence.count("Step 3 of 9") == 1


def test_the_page_gets_one_message_for_each_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    diagram = show("docker", flow="manage", step=2)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(Widget, "_send", lambda self, msg, buffers=None: sent.append(msg["state"]))
    for told in (
        {"crashed": ["dockerd"], "selected": "dockerd"},
        {"moment": 1},
        {"settings": {"live-restore": "on"}, "moment": 0},
        {"flow": "", "step": 0},
    ):
        sent.clear()
        diagram.set_state(told)
        assert len(sent) == 1, f"{told} is answered by {[list(state) for state in sent]}"
        assert sent[0].keys().isdisjoint(told), f"the page is told what it told: {sent[0]}"
    sent.clear()
    diagram.set_state({"selected": "containerd"})
    assert sent == [], "to choose a box changes nothing that the page does not know"


def test_each_part_of_a_comparison_gets_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    both = compare("xen", "vsphere")
    xen, vsphere = both.diagrams
    parts = [xen, vsphere, both._steps, both._legend]
    sent: list[Any] = []
    monkeypatch.setattr(Widget, "_send", lambda self, _msg, buffers=None: sent.append(self))
    for control, told, hear in (
        (both._menu, {"index": 1}, parts),
        (both._steps, {"value": 3}, [xen, vsphere]),
        (xen, {"crashed": ["dom0"], "selected": "dom0"}, [xen, both._steps, both._legend]),
        (vsphere, {"selected": "vm1"}, [xen]),
    ):
        sent.clear()
        control.set_state(told)
        assert sorted(map(parts.index, sent)) == sorted(map(parts.index, hear)), f"{told}: {sent}"


@pytest.mark.parametrize("name", names())
def test_every_flow_that_the_page_lists_can_be_chosen_there(name: str) -> None:
    """The list has each flow's way back too; the page sends the id of what is chosen."""
    diagram = show(name)
    for flow in load(name).all_flows:
        diagram.flow = flow.id
        assert diagram.flow == flow.id


def test_another_flow_starts_at_its_beginning() -> None:
    diagram = show("xen", flow="packet", step=5)
    diagram.flow = "disk"
    assert diagram.step == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"crashed": ("dom7",)}, "no component 'dom7'"),
        ({"selected": "dom7"}, "no component 'dom7'"),
        ({"flow": "walk"}, "no flow 'walk'; it has packet"),
        ({"flow": "packet", "step": 99}, "step 99 is outside 0..9"),
        ({"step": 1}, "step 1 is outside 0..0"),
    ],
)
def test_what_the_system_does_not_have_is_refused(
    arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(traitlets.TraitError, match=message):
        show("xen", **arguments)  # type: ignore[arg-type]


def test_a_page_never_shows_an_empty_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HVLIB_STILLS", "png")
    diagram = show("xen", crashed=("dom0",))
    data, metadata = diagram._repr_mimebundle_()
    assert data["text/plain"] == diagram.describe()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert metadata["image/png"]["width"] == 860
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_comparison_shows_both_at_one_scale() -> None:
    both = compare("xen", "type-1")
    data, _metadata = both._repr_mimebundle_()
    assert data["text/plain"] == both.describe()
    assert "Xen" in both.describe()
    for diagram in both.diagrams:
        width = diagram.scene["width"]
        assert diagram.layout.flex == f"{round(width)} 1 {round(LEAST * width)}px", "not one scale"


def test_one_menu_and_one_next_serve_all_pictures_of_a_comparison() -> None:
    both = compare("xen", "vsphere", flow="packet")
    xen, vsphere = both.diagrams
    assert (xen.flow, vsphere.flow) == ("packet", "packet")
    both._steps.value = 8
    assert (xen.step, vsphere.step) == (8, 6), "the shorter flow stays at its end"
    xen.crashed = ("xen",)
    assert both._steps.reach == 6, "the steps end where both flows do"
    both._menu.value = "vmotion"
    assert (xen.flow, vsphere.flow) == ("", "vmotion")
    assert "only VMware vSphere" in both._menu.label
    xen.selected = "dom0"
    vsphere.selected = "vm1"
    assert xen.selected == "", "two panels at once"
    assert {"gate", "crashed", "hypervisor"} <= set(both._legend.present)


def test_what_all_pictures_have_is_pale_and_only_that() -> None:
    plain, hypervisor = compare("os", "type-1").diagrams
    names = [
        {diagram.system.component(id).name for id in diagram.pale}
        for diagram in (plain, hypervisor)
    ]
    assert names[0] == names[1] >= {"Hardware"}
    assert "Hypervisor" not in names[1]


def test_a_picture_can_come_from_code_and_change() -> None:
    diagram = Diagram(cluster(3, 4), click="crash")
    assert len(diagram.scene["boxes"]) == 15
    diagram.crashed = ("host1",)
    assert diagram.states["vm1-0"] == "down"
    assert diagram.states["vm0-0"] == "up"
    diagram.draw(cluster(2, 4), crashed=("host0",))
    assert len(diagram.scene["boxes"]) == 10
    assert diagram.states["vm0-3"] == "down"


def test_another_system_begins_as_if_it_were_shown_first() -> None:
    settings = {"live-restore": "on"}
    diagram = show("docker", flow="packet", step=2, crashed=("dockerd",), settings=settings)
    diagram.selected, diagram.moment = "dockerd", 1
    diagram.draw(load("podman"))
    afresh = show("podman")
    for name in ("scene", "shown", "sequence", "sentence", "states", "selected", "picked"):
        assert getattr(diagram, name) == getattr(afresh, name), name
    for name in ("flow", "step", "crashed", "settings", "moment"):
        assert getattr(diagram, name) == getattr(afresh, name), name


def test_a_large_cluster_fits_the_page() -> None:
    scene = Diagram(cluster(8, 6)).scene
    assert scene["width"] <= 920
    assert scene["height"] <= 700


def test_a_system_built_in_code_may_have_needs_and_links() -> None:
    base = cluster(2, 1)
    need = Need.model_validate({"of": "vm1-0", "for": "io"})
    client = part("client", "Client", "application", None).model_copy(
        update={"needs": (need,), "row": 1}
    )
    system = base.model_copy(
        update={
            "components": (*base.components, client),
            "links": (Link(between=("client", "vm1-0")),),
        }
    )
    diagram = Diagram(system, crashed=("host1",))
    assert diagram.states["client"] == "stalled"
    assert len(diagram.scene["edges"]) == 1


def test_picked_boxes_are_told_to_the_exercise() -> None:
    diagram = show("xen", pick=True)
    heard: list[tuple[str, ...]] = []
    diagram.observe(lambda change: heard.append(change.new), names=["picked"])
    diagram.set_state({"picked": ["xen", "dom0", "xen"]})
    assert heard == [("xen", "dom0")]


def test_no_reader_waits_for_a_png() -> None:
    """What a cell shows, and keeps for a saved page, takes no drawing library."""
    code = (
        "import sys\n"
        "for name in ('numpy', 'matplotlib', 'PIL'): sys.modules[name] = None\n"
        "from hvlib import ExitCost, cluster_board, compare, explore, measure, show\n"
        "for shown in (explore(ExitCost), show('xen', crashed=('dom0',)), compare('xen', 'os'),\n"
        "              cluster_board(), measure('fault_isolation')):\n"
        "    data, _ = shown._repr_mimebundle_()\n"
        "    assert data['image/svg+xml'].startswith('<svg') and 'image/png' not in data, shown\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "HVLIB_STILLS"}
    env["HVLIB_TRACES"] = "recorded"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=env)
