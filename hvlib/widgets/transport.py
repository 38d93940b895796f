"""One transport for all that runs: back, forward, Play, and a track with ticks at the events."""

from typing import Any

import traitlets

from hvlib.widgets.picture import Aside
from hvlib.widgets.script import Scripted, script
from hvlib.words import _


def transport_words(track: str) -> dict[str, str]:
    """What a transport's buttons say; ``track`` names what it steps through."""
    return {
        "track": track,
        "previous": _("Previous"),
        "next": _("Next"),
        "next_event": _("Skip to event"),
        "play": _("Play"),
        "pause": _("Pause"),
    }


class Transport(Aside, Scripted):
    """Steps through a run from 0 to ``last``, ``stride`` at a time; ``value`` is where it stands.

    reach: how far one can get. ticks: (value, name) of the events. told: where one is, in words,
    with ``{n}`` and ``{all}``. run: another one stops what is played.
    """

    _esm = script("manners.js", "nodes.js", "transport.js", "steps.js")
    _css = script("transport.css")

    value = traitlets.Int(0).tag(sync=True)
    last = traitlets.Int(0).tag(sync=True)
    reach = traitlets.Int(0).tag(sync=True)
    stride = traitlets.Int(1).tag(sync=True)
    ticks: Any = traitlets.List().tag(sync=True)
    told = traitlets.Unicode("{n} / {all}").tag(sync=True)
    run = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, track: str, **values: Any) -> None:
        super().__init__(words=transport_words(track), **values)
