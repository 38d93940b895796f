"""What a reader does between two screens of text, and what one evening holds."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from hvlib.site import lengths
from hvlib.site.book import pages
from hvlib.site.cells import DEEPER, cells
from hvlib.widgets import book_map

CHAPTERS = sorted((Path(__file__).parents[1] / "notebooks").glob("0[1-4]*.ipynb"))
LIVE = re.compile(
    r"\b(explore|show|compare|predict|measure|cluster_board|ways|classifier|exercises?|here|page_machines)\("
)
"""What makes a cell one that a reader does something with."""
MOST = 350
END = "## What to take away"


def stretches(notebook: Any) -> Iterator[tuple[str, int]]:
    """The words between one thing to do and the next, with where they begin."""
    words: list[str] = []
    for cell in notebook.cells:
        text, _end, _rest = cell.source.partition(END)
        if cell.cell_type == "markdown":
            words += text.split()
        elif LIVE.search(text):
            yield " ".join(words[:12]), len(words)
            words = []
        if END in cell.source:
            return


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_stretch_of_text_is_long_without_something_to_do(path: Path) -> None:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    found = list(stretches(notebook))
    assert len(found) >= 20
    assert [f"{count} words from “{begin}”" for begin, count in found if count > MOST] == []


EVENING = 5500
"""Words of a main path. At 200 a minute that is half an hour of reading; trying takes the rest."""


@pytest.mark.parametrize("name", lengths.lengths())
def test_a_main_path_fits_into_an_evening(name: str) -> None:
    found = lengths.lengths()[name]
    text = "{main} words: fold what only some readers need (CONTRIBUTING, A long chapter)"
    assert found["main"] <= EVENING, text.format(**found)


def test_the_map_knows_how_long_the_chapters_are() -> None:
    """To a twentieth: prose changes daily, and nobody reads to the word."""
    stored = tomllib.loads(lengths.STORED.read_text("utf-8"))
    now = lengths.lengths()
    assert stored.keys() == now.keys()
    for name, found in now.items():
        told = stored[name]
        for words in ("main", "deeper"):
            change = "run python -m hvlib.site.lengths"
            assert told[words] == pytest.approx(found[words], rel=0.05, abs=20), change
        for number in ("sections", "questions"):
            assert told[number] == found[number], "run python -m hvlib.site.lengths"


def test_the_map_tells_main_path_and_depth() -> None:
    found = lengths.lengths()["02-type-1.ipynb"]
    text = book_map.reading(next(p for p in book_map.PLACES if p.number == 2))
    main, deeper = (round(found[part] / book_map.PACE) for part in ("main", "deeper"))
    assert re.match(rf"{main} minutes to read, {deeper} more to go deeper", text)
    assert f"with {found['questions']} of its questions" in text
    assert text in book_map.map_text()


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_goes_deeper_says_so_and_is_folded_in_jupyterlab(path: Path) -> None:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        folds = DEEPER in cell.metadata.get("tags", [])
        heading = cell.source.partition("\n")[0]
        assert folds == ("Go deeper: " in heading)
        assert bool(cell.metadata.get("jp-MarkdownHeadingCollapsed")) == folds
        if folds:
            assert re.match(r"##+ ", heading), "only a heading can be folded"


def test_nothing_deeper_lies_inside_something_deeper() -> None:
    for page in pages():
        level = 0
        for cell in cells(page):
            if level and 0 < cell.heading <= level:
                level = 0
            assert not (cell.folds and level)
            level = cell.heading if cell.folds else level
