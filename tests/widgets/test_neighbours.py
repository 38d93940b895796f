"""Two containers beside two virtual machines: every click has an answer, the model's own."""

from itertools import product
from typing import Any

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from hvlib import Isolation, neighbours
from hvlib.views.neighbours import FLAWS, SIDES, _draw, scene
from hvlib.views.theme import LIGHT


def test_every_state_that_clicks_can_make_is_there_and_is_the_models() -> None:
    states: Any = scene()["states"]
    for attacker, kernel, hypervisor in product((1, 2), (0, 1), (0, 1)):
        broken = [flaw for flaw, on in zip(FLAWS, (kernel, hypervisor), strict=True) if on]
        state = states.pop(" ".join([str(attacker), *broken]))
        drawn = {box.id for side in SIDES for row in side.rows for box in row}
        for side, fallen in zip(SIDES, state["fallen"], strict=True):
            taken = sum(id.startswith("app-") for id in fallen)
            if broken:
                second = broken[1] if len(broken) > 1 else "none"
                model = Isolation(kind=side.kind, tenants=2, flaw=broken[0], second=second).run()
                assert taken == len(model.fallen), (side.kind, broken)
                assert f"{taken} of 2" in state["says"]
            assert f"app-{attacker}" in fallen
            own = "the attacker’s own" in state["says"]
            assert own == (broken == ["hypervisor"]), "a flaw that nobody reaches is explained"
            assert drawn & set(fallen), "nobody sees who falls"
    assert not states


@pytest.mark.parametrize("broken", [(), ("kernel",), ("hypervisor",), ("kernel", "hypervisor")])
def test_the_still_picture_marks_who_falls_and_nobody_else(broken: tuple[str, ...]) -> None:
    for side in SIDES:
        axes, fallen = Figure().subplots(), side.fallen(1, broken)
        _draw(axes, side, fallen, LIGHT)
        boxes = [box for row in side.rows for box in row]
        red = [to_hex(patch.get_edgecolor()) == LIGHT.bad for patch in axes.patches]
        assert red == [box.id in fallen for box in boxes]
        words = [text.get_text() for text in axes.texts]
        assert [name for name in words if name.startswith("✕")] == [
            f"✕ {box.name}" for box in boxes if box.id in fallen
        ]
        assert words.count("the attacker’s") == 1


def test_the_picture_and_the_words_teach_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HVLIB_STILLS", "png")
    data = neighbours()._repr_mimebundle_()[0]
    assert data["image/png"].startswith("iVBOR")
    assert "2 of 2 containers fall, and 1 of 2 virtual machines" in data["text/plain"]
    assert "2 of 2 containers fall, and 2 of 2 virtual machines" in data["text/plain"]
