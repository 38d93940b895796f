"""An edition's notebooks are what source and translations give; their code is the same (T1, T2)."""

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from hvlib.edition import START, WHOLE, Edition, edition, languages
from hvlib.particles import MARK
from hvlib.translation import editions, notebooks, po

BUILT = [
    pytest.param(language, source, id=f"{language}/{source}")
    for language in languages()[1:]
    for source in notebooks.sources()
    if notebooks.path_of(source, edition(language)).exists()
]
XX = Edition("xx", "X", "In English", "nplurals=1; plural=0;")


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def sources(notebook: Any) -> list[tuple[str, str]]:
    return [(cell.id, cell.source) for cell in notebook.cells]


def code(text: str) -> str:
    """The code of a cell without comments, as Python reads it."""
    return ast.dump(ast.parse(re.sub(r"(?m)^[%!].*$", "pass", text)))


@pytest.mark.parametrize(("language", "source"), BUILT)
def test_a_page_is_what_its_source_and_its_translations_give(language: str, source: Path) -> None:
    """Else run ``make translation EDITION=...``, then ``make notebooks`` with its path."""
    known = edition(language)
    there = [path for path in notebooks.sources() if editions.ready(known, path)]
    made = notebooks.built(source, known, there)
    assert sources(read(notebooks.path_of(source, known))) == sources(made)


@pytest.mark.parametrize(("language", "source"), BUILT)
def test_its_code_its_ids_and_its_tags_are_those_of_the_english(
    language: str, source: Path
) -> None:
    english = [c for c in read(notebooks.NOTEBOOKS / source).cells if c.id != notebooks.TAG]
    first, *cells = read(notebooks.path_of(source, edition(language))).cells
    assert first.id == notebooks.TAG
    for ours, theirs in zip(cells, english, strict=True):
        assert (ours.id, ours.cell_type) == (theirs.id, theirs.cell_type)
        assert ours.metadata == theirs.metadata
        if ours.cell_type == "code":
            assert code(ours.source) == code(theirs.source)


@pytest.mark.parametrize(("language", "source"), BUILT)
def test_each_particle_in_its_outputs_is_chosen(language: str, source: Path) -> None:
    cells = read(notebooks.path_of(source, edition(language))).cells
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    texts = [str(part) for output in shown for part in (output.get("text"), output.get("data"))]
    assert not [found for text in texts for found in MARK.findall(text)]


@pytest.mark.parametrize("language", languages()[1:])
def test_a_link_to_a_heading_leads_to_one_that_the_edition_has(language: str) -> None:
    """Of those that stand in the code: else translate them anew, as the heading reads."""
    known = edition(language)
    pages = [item for item in po.read(known.folder / "host.po") if item.context == "page"]
    assert pages
    for item in (item for item in pages if item.done and not item.obsolete):
        page, _hash, heading = item.text[0].partition("#")
        cells = read(notebooks.path_of(Path(page), known)).cells
        found = [line for cell in cells for line in re.findall(r"(?m)^#+ (.*)$", cell.source)]
        assert heading in [line.replace(" ", "-") for line in found], item.id


@pytest.mark.parametrize(("language", "source"), BUILT)
def test_its_english_page_leads_to_it(language: str, source: Path) -> None:
    known, page = edition(language), notebooks.NOTEBOOKS / source
    first = read(page).cells[0].source
    links = dict(re.findall(r"\[([^]]+)\]\(([^)]+)\)", first))
    offered = known.complete >= WHOLE and source.name != START  # whose map has the links
    assert (known.own in links) is offered
    assert not offered or (page.parent / links[known.own]).samefile(
        notebooks.path_of(source, known)
    )


def test_a_block_without_translation_stays_english_and_says_so() -> None:
    cells = [
        nbformat.v4.new_markdown_cell("# Head\n\nOne.\n\nTwo.\n\n- three\n- four\n\n---"),
        nbformat.v4.new_code_cell("# Your turn\n%time\nx = 1  # kept"),
    ]
    english = nbformat.v4.new_notebook(cells=cells)
    known = {("", "One."): "하나.", ("comment", "Your turn"): "해 보세요"}
    first, text, done = notebooks.translated(english, known, XX, "../01.ipynb").cells
    assert first.source == "[In English](../01.ipynb)"
    assert text.source.split("\n\n") == [
        '# <span lang="en">Head</span>',
        "하나.",
        '<span lang="en">Two.</span> <sup>EN</sup>',
        '<div lang="en">',
        "- three\n- four",
        "</div>",
        "---",
    ]
    assert done.source == "# 해 보세요\n%time\nx = 1  # kept"
    assert english.cells[0].source.startswith("# Head"), "the source is left alone"


def test_fenced_code_is_one_block() -> None:
    assert notebooks.blocks("a\n\n```\nb\n\nc\n```\n\nd") == ["a", "```\nb\n\nc\n```", "d"]


def test_links_lead_to_pages_that_are_there() -> None:
    text = "[a](01.ipynb) [b](labs/x.ipynb#h) [c](https://x.org/y.ipynb) [d](02.ipynb)"
    there = [Path("01.ipynb"), Path("labs/solutions/x.ipynb")]
    found = notebooks._led(text, Path("00.ipynb"), there)
    assert found == text.replace("(02", "(../02")
    lab = Path("labs/solutions/x.ipynb")
    assert notebooks._led("[a](../../01.ipynb)", lab, there) == "[a](../../01.ipynb)"
    assert notebooks._led("[a](../../02.ipynb)", lab, there) == "[a](../../../02.ipynb)"
