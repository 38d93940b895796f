"""Scripts and styles of widgets: anywidget takes one text of each, so what is shared goes first."""

import json
from pathlib import Path

from hvlib.words import _

_HERE = Path(__file__).parent


def script(*names: str) -> str:
    """The files of these names in this package, one after the other, with the words they say."""
    text = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)
    return text.replace('"AGAIN"', json.dumps(_AGAIN))


_AGAIN = _("Python was restarted and knows this picture no more: run this cell again.")
