"""Scripts and styles of widgets: anywidget takes one text of each, so what is shared goes first."""

import json
from functools import cache
from pathlib import Path

from hvlib.edition import FOLDER
from hvlib.words import LANGUAGE, _

_HERE = Path(__file__).parent


def script(*names: str) -> str:
    """The files of these names in this package, one after the other, with the words they say."""
    text = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)
    if names[0].endswith(".css"):
        return text + _css()
    return text.replace('"AGAIN"', json.dumps(_AGAIN)).replace('"LANGUAGE"', json.dumps(LANGUAGE))


@cache
def _css() -> str:
    """How the language is set, where it differs from English."""
    path = FOLDER / LANGUAGE / "edition.css"
    return "\n" + path.read_text(encoding="utf-8") if path.exists() else ""


_AGAIN = _("Python was restarted and knows this picture no more: run this cell again.")
