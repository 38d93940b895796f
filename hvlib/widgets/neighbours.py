"""Two containers beside two virtual machines: click a layer to break it, and see who falls."""

from pathlib import Path
from typing import Any

import traitlets

from hvlib.views.neighbours import FLAWS, says, scene
from hvlib.widgets.forms import as_form, with_forms
from hvlib.widgets.script import Scripted, script
from hvlib.widgets.stage import as_png
from hvlib.words import _

_HERE = Path(__file__).parent


class Neighbours(Scripted):
    """Boxes to click. ``scene`` holds every state, so that the page needs nobody to answer."""

    _esm = script("manners.js", "neighbours.js")
    _css = _HERE / "neighbours.css"

    scene = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(scene=scene())

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget; for a file that is stored, the picture with a flaw in the kernel."""
        bundle, forms = super()._repr_mimebundle_(**kwargs), {}
        if as_png():
            from hvlib.views.neighbours import png

            forms = as_form(png())
        text = _("Two containers beside two virtual machines. {one} {other}")
        return with_forms(
            bundle, text.format(one=says(1, FLAWS[:1]), other=says(1, FLAWS)), **forms
        )


def neighbours() -> Neighbours:
    """Two containers beside two virtual machines, for the start page."""
    return Neighbours()
