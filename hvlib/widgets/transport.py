"""One transport for all that runs: back, forward, Play, and a track with ticks at the events."""

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
