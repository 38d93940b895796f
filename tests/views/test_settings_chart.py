"""WrongSettings shows a cross for what got through, and a ring where a namespace didn't stop it."""

from dataclasses import replace

import pytest

from hvlib.real.settings import wrong_settings
from hvlib.real.stand_in import ATTEMPTS
from hvlib.trust import SETTINGS
from hvlib.views.restore import restored
from hvlib.views.settings import WHAT, WrongSettings

TRACE = wrong_settings.stored()


def test_each_attempt_has_a_column() -> None:
    assert list(WHAT) == list(ATTEMPTS)


def test_a_cross_for_what_got_through_and_a_ring_for_what_got_through_all_the_same() -> None:
    chart = restored(WrongSettings)
    chart.move(TRACE)
    columns = list(WHAT)
    for marks, key in ((chart.crosses, "through"), (chart.rings, "mapped")):
        shown = set(zip(marks.x, marks.y, strict=True))
        found = {
            (columns.index(what), len(SETTINGS) - 1 - row)
            for row, setting in enumerate(SETTINGS)
            for what in TRACE.summary[key][setting]
        }
        assert shown == found


def test_an_ordinary_users_trace_has_no_rings_and_says_why() -> None:
    chart = restored(WrongSettings)
    trace = replace(TRACE, summary={**TRACE.summary, "mapped": {}})
    chart.move(trace)
    assert len(chart.rings.x) == 0
    assert "only root may give a container other users" in WrongSettings.says(trace)


@pytest.mark.parametrize("setting", list(SETTINGS))
def test_the_recording_has_every_setting(setting: str) -> None:
    assert setting in TRACE.summary["through"]
