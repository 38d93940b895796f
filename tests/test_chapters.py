"""What a reader does between two screens of text."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

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
