"""A reader's matplotlib settings stay out of the book's pictures, and the book's out of theirs."""

import os
import subprocess
import sys
from collections.abc import Callable

import matplotlib
import pytest

from hvlib import load
from hvlib.models.paging import PageWalk
from hvlib.views.chart import chart_of
from hvlib.views.diagram import canvas, still
from hvlib.views.drawing import Drawing
from hvlib.views.scene import scene_of
from hvlib.views.still import pixels

READERS = {
    "text.usetex": True,
    "font.family": "serif",
    "font.weight": "bold",
    "figure.autolayout": True,
    "axes.facecolor": "#ffeeaa",
    "axes.linewidth": 5.0,
    "lines.linestyle": ":",
    "patch.linewidth": 4.0,
    "path.sketch": (1, 100, 2),
    "savefig.dpi": 30,
}


def _chart() -> bytes:
    return Drawing(chart_of(PageWalk), boxes=None).png(PageWalk().run(), "What it shows: µ − ✓")


def _diagram() -> bytes:
    drawn = canvas(scene_of(load("os")), crashed=("kernel",))
    return still([[pixels(drawn)]], "What it shows.")


@pytest.mark.parametrize("draw", [_chart, _diagram])
def test_pictures_are_the_same_under_any_settings(draw: Callable[[], bytes]) -> None:
    usual = draw()
    with matplotlib.rc_context(READERS):
        assert draw() == usual
        kept = {name: matplotlib.rcParams[name] for name in READERS}
    assert kept == {**READERS, "font.family": ["serif"]}, "a reader's own pictures change"


def test_a_home_that_can_t_be_written_brings_no_warnings_into_the_page() -> None:
    program = "from hvlib import show; show('os')._repr_mimebundle_()"
    shut = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), "/dev/null/x")
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **shut},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
