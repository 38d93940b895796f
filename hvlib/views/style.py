"""The book's own matplotlib settings, whatever a reader's matplotlibrc, style or program says.

Every figure of the book is made within :func:`own_style`, which also brings the language's letters.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib

from hvlib.edition import edition
from hvlib.views.theme import FONTS
from hvlib.words import LANGUAGE


@contextmanager
def own_style(settings: Any = None) -> Iterator[None]:
    """Draw with matplotlib's defaults and these settings; then the reader's hold again."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        for some in (_letters(), settings or {}):
            matplotlib.rcParams.update(some)
        yield


@cache
def _letters() -> Any:
    """The settings for the language's letters; its fonts come with the book."""
    if not FONTS:
        return {}
    from matplotlib.font_manager import fontManager

    for path in (edition(LANGUAGE).folder / "fonts").glob("*.otf"):
        fontManager.addfont(path)
    return {"font.family": ["DejaVu Sans", *FONTS]}
