"""Every recorded experiment has a picture, a sentence and a badge."""

import io

import pytest
from PIL import Image

from hvlib.real import recording
from hvlib.trace import Event, Provenance, Trace
from hvlib.views.drawing import drawing
from hvlib.views.measured import CHARTS, SENTENCES, predicted_rounds, predicted_share
from hvlib.views.theme import DARK, LIGHT, Theme
from hvlib.widgets.measure import measure

recording.load_all()
NAMES = sorted(recording.REGISTRY)


def test_every_experiment_has_a_chart_a_sentence_and_a_recording() -> None:
    assert sorted(CHARTS) == sorted(SENTENCES) == NAMES
    for name in NAMES:
        assert recording.REGISTRY[name].stored().provenance is not None


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_a_recording_draws(name: str, theme: Theme) -> None:
    trace = recording.REGISTRY[name].stored()
    picture = Image.open(io.BytesIO(drawing(CHARTS[name], theme).png(trace)))
    assert len(picture.convert("RGB").getcolors(2**24) or []) > 10, f"{name}: an empty picture"


@pytest.mark.parametrize("name", NAMES)
def test_a_machine_that_can_not_measure_shows_the_recording_and_says_so(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HVLIB_TRACES", "recorded")
    shown = measure(recording.REGISTRY[name])
    data, _metadata = shown._repr_mimebundle_()
    assert "Recorded on" in data["text/plain"]
    assert "not here" in data["text/plain"]
    assert ">recorded<" in shown._badge.value
    assert shown.sentence in data["text/plain"]


def test_the_migration_model_is_given_only_two_rounds() -> None:
    def migration(third: int) -> Trace:
        rounds = ((4096, 0.1), (400, 0.01), (third, 0.001))
        events = tuple(
            Event(0.2 * n, "round", f"round {n + 1}", seconds, {"pages": pages})
            for n, (pages, seconds) in enumerate(rounds)
        )
        return Trace("m", events, "recorded", Provenance("a", "b", "c", "d"))

    assert predicted_rounds(migration(40)) == predicted_rounds(migration(90))
    assert predicted_rounds(migration(40))[:2] == [(4096.0, 0.1), (400.0, 0.01)]


def test_the_scheduler_model_gives_shares_by_weight() -> None:
    assert predicted_share("alone") == 1
    assert predicted_share("loaded") == 0.5
    assert predicted_share("load nice 19") == pytest.approx(1 - predicted_share("guest nice 19"))


def test_no_bar_of_a_recording_claims_to_be_this_machine() -> None:
    names = [name for _place, name in CHARTS["exit_timing"]().panels[0].y.ticks()]
    assert "measured" in names
    assert "this machine" not in names
