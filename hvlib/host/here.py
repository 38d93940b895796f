"""The machine in front of the reader as a system, or a recording where none can be seen."""

import os
import sys
from pathlib import Path

from hvlib.host import elsewhere, looking
from hvlib.host.drawing import drawn
from hvlib.systems.system import System, load
from hvlib.words import _

RECORDING = Path(__file__).parent / "recorded.toml"


def here(*, anonymous: bool = False) -> System:
    """This machine as a system: ``show(here())``, ``here().save("mine.toml")``.

    It is read from /proc and /sys as the user may read them, in less than a second; nothing is
    changed, no daemon is asked and nothing is sent. anonymous: without names, ids and paths. In a
    web page, and where HVLIB_TRACES is "recorded", it is the recording of another machine, which
    its ``status`` says.
    """
    if os.environ.get("HVLIB_TRACES") in ("page", "recorded") or sys.platform == "emscripten":
        return load(RECORDING)
    found = looking.look() if sys.platform == "linux" else elsewhere.look()
    return drawn(looking.neutral(found) if anonymous else found)


def record(path: Path = RECORDING) -> System:
    """Store this machine, without names, as the recording that others see."""
    found = looking.neutral(looking.look())
    text = _(
        "Recorded on {date} on another machine, with Linux in it. Run this page's notebook to see "
        "your own."
    )
    system = drawn(found, recorded=text.format(date=found.date))
    system.save(path)
    return system
