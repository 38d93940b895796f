"""A line of text that is read out when it changes (an aria-live region)."""

import traitlets

from hvlib.widgets.script import Scripted, script


class Live(Scripted):
    """``say(text, state)`` shows a line; state is "", "right" or "wrong"."""

    _esm = script("manners.js", "live.js")
    _css = script("live.css")

    text = traitlets.Unicode("").tag(sync=True)
    state = traitlets.Unicode("").tag(sync=True)

    def say(self, text: str, state: str = "") -> None:
        """Show ``text``, and have it read out."""
        with self.hold_sync():
            self.text = text
            self.state = state
