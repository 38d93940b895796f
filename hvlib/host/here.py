"""The machine in front of the reader as a system, or a recording where none can be seen."""

import os
import sys
import threading
import time
from pathlib import Path

from hvlib.systems.system import System, load
from hvlib.words import _

RECORDING = Path(__file__).parent / "recorded.toml"


def here(*, anonymous: bool = False) -> System:
    """This machine as a system: ``show(here())``, ``here().save("mine.toml")``.

    It is read from /proc and /sys as the user may read them, in less than a second; nothing is
    changed, no daemon is asked and nothing is sent. anonymous: without names, ids and paths. In a
    web page, and where HVLIB_TRACES or HVLIB_HERE is "recorded", it is the recording of another
    machine, which its ``status`` says.
    """
    modes = {os.environ.get("HVLIB_TRACES"), os.environ.get("HVLIB_HERE")}
    if modes & {"page", "recorded"} or sys.platform == "emscripten":
        return load(RECORDING)
    from hvlib.host import elsewhere, looking  # here, since a web page has no use for them
    from hvlib.host.drawing import drawn

    found = looking.look() if sys.platform == "linux" else elsewhere.look()
    return drawn(looking.neutral(found) if anonymous else found)


def record(path: Path = RECORDING) -> System:
    """Store this machine, without names, as the recording that others see.

    So that there is something to see, one of the book's containers and a Linux guest run meanwhile.
    Raises GuestError or ContainerError where they can't.
    """
    from hvlib.host import looking
    from hvlib.host.drawing import drawn
    from hvlib.real import container, linux

    sleeper = threading.Thread(target=container.run, args=(["sleep", "5"],))
    with linux.started("sleep 60", accelerator="tcg"):
        sleeper.start()
        found = looking.look()
        while sleeper.is_alive() and not any(
            one.leader.program == "sleep" for one, _walls in found.containers
        ):  # until then it is being set up, and its walls don't stand yet
            time.sleep(0.2)
            found = looking.look()
    sleeper.join()
    found = looking.neutral(found)
    text = _(
        "Recorded on {date} on another machine, on which one of the book's own containers and a "
        "Linux guest ran. Run this page's notebook to see your own."
    )
    system = drawn(found, recorded=text.format(date=found.date))
    system.save(path)
    return system
