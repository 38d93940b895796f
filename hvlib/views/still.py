"""Still pictures: what a canvas shows as an image, with a sentence below it, as PNG."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from hvlib.columns import wrapped
from hvlib.views.style import own_style
from hvlib.views.theme import TEXT, Theme


def pixels(canvas: FigureCanvasAgg) -> Image.Image:
    """What a canvas shows, as an image."""
    size = canvas.get_width_height()
    return Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")


def encoded(image: Image.Image) -> bytes:
    """An image as PNG. The last two zlib levels take five times as long and save a 25th."""
    out = io.BytesIO()
    image.save(out, format="png", compress_level=7)
    return out.getvalue()


@own_style()
def captioned(image: Image.Image, sentence: str, theme: Theme, dpi: int = 100) -> Image.Image:
    """The image with ``sentence``, wrapped, on a strip of its own below it."""
    characters = max(30, int(image.width / dpi * 12.5))
    lines = wrapped(sentence, characters)
    height = (0.19 * len(lines) + 0.16) * dpi
    figure = Figure(figsize=(image.width / dpi, height / dpi), dpi=dpi, facecolor=theme.paper)
    canvas = FigureCanvasAgg(figure)
    figure.text(
        0.012, 0.97, "\n".join(lines), va="top", size=TEXT, color=theme.ink, linespacing=1.35
    )
    canvas.draw()
    strip = pixels(canvas)
    whole = Image.new("RGB", (image.width, image.height + strip.height), theme.paper)
    whole.paste(image, (0, 0))
    whole.paste(strip, (0, image.height))
    return whole
