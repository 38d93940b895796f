"""The book's own matplotlib settings, whatever a reader's matplotlibrc, style or program says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib


@contextmanager
def own_style(settings: Any = None) -> Iterator[None]:
    """Draw with matplotlib's defaults and these settings; then the reader's hold again."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings or {})
        yield
