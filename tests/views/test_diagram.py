"""What the picture says, and that the still twin draws the same boxes as the live one."""

import io
import math
import operator
import time
from itertools import pairwise, product
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch
from PIL import Image, ImageColor

from hvlib.systems.parts import State
from hvlib.systems.system import System, load, names
from hvlib.views import diagram, sketch, svg, telling
from hvlib.views.diagram import canvas, placed
from hvlib.views.scene import APART, Scene, legs, reached, scene_of
from hvlib.views.sent import as_json
from hvlib.views.sketch import Sketch
from hvlib.views.still import pixels
from hvlib.views.telling import describe, describe_moments, told
from hvlib.views.theme import DARK, LIGHT, Theme

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=names())
def system(request: pytest.FixtureRequest) -> System:
    return load(request.param)


@pytest.fixture(scope="module")
def drawn_scene(system: System) -> Scene:
    return scene_of(system)


@pytest.fixture(scope="module")
def figure(drawn_scene: Scene) -> FigureCanvasAgg:
    return placed(Sketch(drawn_scene, drawn_scene.system.at_once(())))


def test_the_still_twin_draws_the_same_boxes(drawn_scene: Scene, figure: FigureCanvasAgg) -> None:
    drawn = {
        patch.get_gid(): [patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height()]
        for patch in figure.figure.axes[0].patches
        if patch.get_gid() is not None and isinstance(patch, FancyBboxPatch)
    }
    assert drawn == {box["id"]: box["rect"] for box in as_json(drawn_scene)["boxes"]}


def test_the_svg_still_shows_the_same_boxes(drawn_scene: Scene) -> None:
    first = drawn_scene.boxes[0].item.id
    now = drawn_scene.system.moments([first])[0]
    text = svg.together([[svg.diagram(Sketch(drawn_scene, now))]], "A sentence.")
    root = ElementTree.fromstring(text)
    drawn = [
        [float(rect.get(name, "nan")) for name in ("x", "y", "width", "height")]
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
        if rect.get("x")
    ]
    for box in drawn_scene.boxes:
        rect = box.place.rect
        near = pytest.approx([rect.x, rect.y, rect.width, rect.height], abs=0.06)
        assert any(near == other for other in drawn), box.item.name
        assert set(box.place.lines) <= set(root.itertext()), box.item.name
    crashed = telling.marks(drawn_scene.system, now.conditions)[first][1]
    assert {crashed, "A sentence."} <= set(root.itertext())


def test_drawn_labels_stay_within_their_boxes(drawn_scene: Scene, figure: FigureCanvasAgg) -> None:
    axes = figure.figure.axes[0]
    renderer = figure.get_renderer()
    for text in axes.texts:
        if text.get_gid():
            box = next(b for b in drawn_scene.boxes if b.item.id == text.get_gid())
            extent = text.get_window_extent(renderer)
            left, right = box.place.rect.x, box.place.rect.right
            assert left < extent.x0, f"{box.item.name} is clipped on the left"
            assert extent.x1 < right, f"{box.item.name} is clipped on the right"


def test_a_flow_follows_edges_and_counts_crossings(system: System, drawn_scene: Scene) -> None:
    for flow in system.flows:
        way = legs(drawn_scene, flow.id)
        assert [leg.at for leg in way] == [step.at for step in flow.steps]
        crossed = [(index, leg.crossing) for index, leg in enumerate(way) if leg.crossing]
        passages = enumerate(system.passages(flow.id), 1)
        assert crossed == [(item.step, number) for number, item in passages]
        for before, leg in pairwise(way):
            if before.at != leg.at:
                between = drawn_scene.edges[leg.edge].link.between
                assert between == ((before.at, leg.at) if leg.forward else (leg.at, before.at))


def test_the_sentence_names_what_crashed(system: System, drawn_scene: Scene) -> None:
    for item in system.components[::3]:
        text = describe(drawn_scene, (item.id,))
        assert item.name in text
        assert "crashed" in text


def test_every_step_can_be_told(system: System, drawn_scene: Scene) -> None:
    for flow in system.all_flows:
        for step in range(len(flow.steps) + 1):
            text = describe(drawn_scene, (), flow.id, step)
            assert "{" not in text
            assert step == 0 or flow.steps[step - 1].says in text


def test_no_step_is_told_that_is_not_made(system: System, drawn_scene: Scene) -> None:
    after = {item.id: system.moments((item.id,)) for item in system.components}
    failed = {id: describe_moments(drawn_scene, moments) for id, moments in after.items()}
    for flow, item in product(system.all_flows, system.components):
        way, states = legs(drawn_scene, flow.id), system.states((item.id,))
        stop = reached(way, states)
        made = {leg.says for leg in way[:stop]}
        for step in range(len(flow.steps) + 1):
            text = f"{failed[item.id]} {told(drawn_scene, flow.id, step, states)}"
            for leg in way[stop:]:
                lost = f"{item.id} crashed, {flow.id}, step {step}: {leg.says}"
                assert leg.says in made or leg.says not in text, lost


def test_a_flow_stops_at_the_first_dead_component() -> None:
    xen = scene_of(load("xen"))
    way = legs(xen, "packet")
    assert reached(way, xen.system.states(())) == len(way)
    dead = way[reached(way, xen.system.states(("dom0",)))]
    assert dead.at == "netback"
    assert "gets no further than step 4: netback is down" in describe(xen, ("dom0",), "packet")


def test_the_sentence_of_a_whole_picture_names_the_stack_from_the_bottom() -> None:
    text = describe(scene_of(load("xen")))
    assert text.index("Hardware") < text.index("Xen hypervisor") < text.index("dom0")


def contrast(one: str, two: str) -> float:
    """The contrast ratio of two colours after WCAG 2.1, section 1.4.3."""
    lights = sorted((luminance(one), luminance(two)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_labels_and_state_words_are_readable(theme: Theme) -> None:
    states: tuple[State, ...] = ("up", "crashed", "down", "stalled", "limited", "unmanaged")
    for paint, container, state in product(theme.layers.values(), (True, False), states):
        fill = sketch._fill(paint, container, state, theme)
        ink = theme.muted if state in ("crashed", "down") else theme.ink
        assert contrast(fill, ink) >= 4.5, (paint, container, state)
    for state in states:
        assert contrast(sketch.state_colour(state, theme), theme.paper) >= 4.5, state


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_picture_has_the_size_of_the_scene_and_the_paper_of_its_theme(theme: Theme) -> None:
    xen = scene_of(load("xen"))
    picture = pixels(canvas(xen, ("dom0",), "packet", 3, theme, scale=2.0))
    assert picture.width == pytest.approx(2 * xen.width, abs=2)
    assert picture.getpixel((1, 1)) == ImageColor.getrgb(theme.paper)


def test_pictures_stand_beside_each_other_where_they_fit() -> None:
    assert sketch.in_rows([600, 600], 1256) == [[0, 1]]
    assert sketch.in_rows([860, 860], 1256) == [[0], [1]]
    assert sketch.in_rows([346, 480, 471, 680], 1256) == [[0, 1], [2, 3]]
    assert sketch.in_rows([2000, 100], 1256) == [[0], [1]]


def test_a_still_picture_keeps_the_colours_of_the_layers() -> None:
    rows = [[pixels(canvas(scene_of(load("way-container"))))]]
    still = Image.open(io.BytesIO(diagram.still(rows, "A sentence."))).convert("RGB")
    often: Any = still.getcolors(still.width * still.height)
    fills = [colour for count, colour in often if count > 500]
    paints = {layer: LIGHT.layers[layer].fill for layer in ("hardware", "host", "application")}
    for layer, fill in {**paints, "paper": LIGHT.paper}.items():
        want = ImageColor.getrgb(fill)
        off = min(max(map(abs, map(operator.sub, want, colour))) for colour in fills)
        assert off <= 3, f"{layer} has another colour"


def test_a_leafs_state_leaves_the_middle_to_its_edges() -> None:
    xen = scene_of(load("xen"))
    [app] = [box.place.rect for box in xen.boxes if box.item.id == "app1"]
    signs = [t for t in canvas(xen, ("app1",)).figure.axes[0].texts if t.get_gid() is None]
    at = [t.get_position()[0] for t in signs if t.get_position()[1] == app.bottom]
    assert any(x < app.x + app.width / 4 for x in at), "the sign isn't at the box's corner"
    assert not any(abs(x - app.centre[0]) < 12 for x in at), "the sign hides an edge"


def test_a_state_is_never_shown_by_colour_alone() -> None:
    signs = telling.state_signs()
    words = {state: telling.KINDS[state][0] for state in signs}
    assert len(set(signs.values())) == len(signs) == len(set(words.values()))


def test_a_scene_is_made_fast(system: System) -> None:
    scene_of.cache_clear()
    start = time.process_time()
    scene_of(system)
    took = time.process_time() - start
    assert took < 1.0, f"{system.id}: {1000 * took:.0f} ms"
    start = time.process_time()
    scene_of(system)
    assert time.process_time() - start < 0.05


@pytest.mark.parametrize(
    ("crashed", "untouched"),
    [
        ("cpu", "Untouched: Network card and Disk."),
        ("kernel2", "Untouched: Hardware, Hypervisor, Guest 1 and Management."),
        ("scheduler", "Untouched: Hardware."),
    ],
)
def test_a_container_with_a_dead_part_is_not_called_untouched(crashed: str, untouched: str) -> None:
    assert describe(scene_of(load("type-1")), (crashed,)).endswith(untouched)


def test_no_mark_of_a_boundary_hides_another(system: System, drawn_scene: Scene) -> None:
    for flow in system.all_flows:
        spots = [leg.gate for leg in legs(drawn_scene, flow.id) if leg.gate]
        for number, spot in enumerate(spots):
            near = min((math.dist(spot, other) for other in spots[:number]), default=math.inf)
            assert near >= APART, f"{flow.name}: mark {number + 1} lies on another, {near:.1f} px"
