"""What of a picture's words stands where it should not, in whatever language this process speaks.

Prints as JSON the labels of charts that leave the figure, those of diagrams that leave their boxes,
and letters that no font has.
"""

import json
import warnings
from collections.abc import Iterator
from typing import Any

from matplotlib.text import Text

from hvlib.models.model import models
from hvlib.systems.system import load, names
from hvlib.views.chart import chart_of
from hvlib.views.diagram import placed
from hvlib.views.drawing import Drawing
from hvlib.views.scene import scene_of
from hvlib.views.sketch import Sketch

SLACK = 2.0


def outside_charts() -> Iterator[str]:
    """Labels of charts at their models' defaults, on wide and on narrow pages."""
    for model in models():
        try:
            kind = chart_of(model)
        except LookupError:
            continue
        for narrow in (False, True):
            drawing = Drawing(kind, narrow=narrow)
            drawing.chart.move(model().run())
            drawing.arrange()
            for text in _shown(drawing):
                if _leaves(text, drawing):
                    layout = "narrow" if narrow else "wide"
                    yield f"{kind.__name__} {layout}: {text.get_text()}"


def _shown(drawing: Drawing[Any]) -> list[Text]:
    marks = [artist for _mark, artist in drawing.drawn() if isinstance(artist, Text)]
    heads = [artist for artist in drawing.heads() if isinstance(artist, Text)]
    return [*marks, *heads]


def _leaves(text: Text, drawing: Drawing[Any]) -> bool:
    said = any(letter.isalnum() for letter in text.get_text())
    box, whole = text.get_window_extent(), drawing.figure.bbox
    if not text.get_visible() or not said or not whole.overlaps(box):
        return False  # what stands beyond the limits of an axis is not seen
    out = box.x0 < -SLACK or box.x1 > whole.width + SLACK
    return bool(out or box.y0 < -SLACK or box.y1 > whole.height + SLACK)


def outside_boxes() -> Iterator[str]:
    """Labels in the diagrams of all systems."""
    for name in names():
        scene = scene_of(load(name))
        boxes = {box.item.id: box.place.rect for box in scene.boxes}
        (axes,) = placed(Sketch(scene, scene.system.at_once(()))).figure.axes
        back = axes.transData.inverted()
        for text in axes.texts:
            place = text.get_window_extent().transformed(back)  # of each, since it looks up letters
            id = text.get_gid()
            if id and (place.x0 < boxes[id].x or place.x1 > boxes[id].right):
                yield f"{name} {id}: {text.get_text()}"


def main() -> None:
    """Print all of it."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = {"charts": list(outside_charts()), "boxes": list(outside_boxes())}
    found["glyphs"] = sorted({str(w.message) for w in told if "Glyph" in str(w.message)})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
