"""Cuts an edition's fonts: ``python -m hvlib.translation.fonts`` (Debian: fonts-noto-cjk).

Of Noto Sans CJK KR it takes the 2,350 syllables of KS X 1001, their letters, and the Latin and
signs that stand among them: 290 KB a weight instead of 20 MB for all. The licence (OFL) lies
beside the fonts and reserves no name, so the cut keeps its own.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset

from hvlib.edition import FOLDER

SOURCE = Path("/usr/share/fonts/opentype/noto")
WEIGHTS = ("Regular", "Bold")
KOREAN = 1
"""Which face of the collection is the Korean one."""
_SIGNS = "–—‘’“”…·×−←↑→↓↔⇒≠≤≥≈∼～▶◀▲▼■□●○✓✗✕、。「」『』《》〈〉%‰℃①②③④⑤⑥⑦⑧⑨⑩"


def letters() -> Iterator[int]:
    """The characters that the fonts are to have."""
    yield from range(0x20, 0x7F)
    yield from range(0xA0, 0x180)
    yield from range(0x3131, 0x3164)
    yield from map(ord, _SIGNS)
    for row in range(0xB0, 0xC9):
        for cell in range(0xA1, 0xFF):
            yield from map(ord, bytes((row, cell)).decode("euc-kr", "ignore"))


def cut(weight: str, to: Path) -> None:
    """Write one weight into a folder."""
    options = subset.Options()
    options.font_number = KOREAN
    options.layout_features = ["kern", "ccmp", "locl"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.hinting = False
    options.recalc_timestamp = False
    font = subset.load_font(str(SOURCE / f"NotoSansCJK-{weight}.ttc"), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters())
    cutter.subset(font)
    subset.save_font(font, str(to / f"NotoSansCJKkr-{weight}.otf"), options)


def main() -> int:
    """Write both weights."""
    to = FOLDER / "ko" / "fonts"
    to.mkdir(exist_ok=True)
    for weight in WEIGHTS:
        cut(weight, to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
