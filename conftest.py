"""A notebook that a test runs is compared with what is stored, all but its pictures."""

import os
from pathlib import Path

import nbval.kernel
import pytest

nbval.kernel.pformat = repr  # it formats each message for a log that nobody reads: half of its time
os.environ.pop("HVLIB_LANGUAGE", None)  # a notebook speaks the language of its folder
TRACES = os.environ.get("HVLIB_TRACES", "")
ROOT = Path(__file__).parent
STILL = "image/svg+xml"
"""What a reader's notebook draws where the stored one has a PNG, which nbval leaves out, too."""


@pytest.hookimpl(tryfirst=True)  # before its file starts a kernel
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The English notebooks measure; the same cells of a translation tell what was recorded."""
    if item.path.suffix != ".ipynb":
        return
    folder = item.path.relative_to(ROOT / "notebooks").parts[0]
    translated = (ROOT / "hvlib" / "locale" / folder).is_dir()
    os.environ["HVLIB_TRACES"] = TRACES or ("recorded" if translated else "")
    if STILL not in item.parent.skip_compare:
        item.parent.skip_compare += (STILL,)
