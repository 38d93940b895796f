"""A text that moves often: drawn once for each string, then stamped as an image.

matplotlib spends about 5 ms on a line of text. A picture that is mostly text and moves at each
step would take 100 ms; most of its lines were on the picture a step ago.
"""

from collections.abc import Hashable
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

KEPT = 512
"""Stamps kept; a line of text is about 10 kB."""


class Stamp(Text):
    """A :class:`~matplotlib.text.Text` of one line, unrotated, on the Agg backend."""

    def draw(self, renderer: Any, *args: Any, **kwargs: Any) -> None:
        """Stamp the text's image, drawing it first if this string in this style is new."""
        if not self.get_visible() or not self.get_text():
            return
        image, left, low = _stamp(self._style(), renderer.dpi)
        x, y = self.get_transform().transform(self.get_unitless_position())
        renderer.draw_image(renderer.new_gc(), round(x + left), round(y + low), image)

    def _style(self) -> tuple[tuple[str, Hashable], ...]:
        return (
            ("text", self.get_text()),
            ("color", self.get_color()),
            ("fontproperties", self.get_fontproperties().copy()),
            ("ha", self.get_horizontalalignment()),
            ("va", self.get_verticalalignment()),
        )


@lru_cache(maxsize=KEPT)
def _stamp(style: tuple[tuple[str, Any], ...], dpi: float) -> tuple[Any, float, float]:
    """The image of a text, its rows from the bottom, and its corner seen from its position."""
    text = Text(0, 0, transform=IdentityTransform(), **dict(style))
    text.set_figure(_figure(dpi))
    box = text.get_window_extent(_measure(dpi))
    margin = 2
    text.set_position((margin - box.x0, margin - box.y0))
    renderer = RendererAgg(ceil(box.width) + 2 * margin, ceil(box.height) + 2 * margin, dpi)
    text.draw(renderer)
    return np.asarray(renderer.buffer_rgba())[::-1].copy(), box.x0 - margin, box.y0 - margin


@lru_cache
def _figure(dpi: float) -> Figure:
    return Figure(dpi=dpi)


@lru_cache
def _measure(dpi: float) -> RendererAgg:
    return RendererAgg(1, 1, dpi)
