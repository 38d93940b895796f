"""An edition's notebooks, built of the English ones and their translations.

A Markdown cell is translated block by block (what empty lines part); a block without a translation
that is up to date stays English, and says so. Of a code cell only whole-line comments are
translated: its code is the same in every language. Ids, tags and metadata are copied.
"""

import copy
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat

from hvlib.edition import START, Edition
from hvlib.translation.extract import ROOT
from hvlib.translation.po import Entry, read

NOTEBOOKS = ROOT / "notebooks"
TAG = "edition"
"""The tag of the cell that leads to the same page in another language."""
_COMMENT = re.compile(
    r"^(?P<mark>[ \t]*(?:### BEGIN SOLUTION |# ))(?P<text>(?!%).+)$", re.MULTILINE
)
_HEADING = re.compile(r"(?P<mark>#{1,6} )(?P<text>.*)")
_BLOCKS = re.compile(r"([-*+|>] |\d+\. |```|\||<)")


def sources() -> list[Path]:
    """The English notebooks, by their paths in the folder; of a lab its solution."""
    pages = [path.relative_to(NOTEBOOKS) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    labs = (NOTEBOOKS / "labs" / "solutions").glob("*.ipynb")
    return [*pages, *(path.relative_to(NOTEBOOKS) for path in sorted(labs))]


def name_of(source: Path) -> str:
    """What its file of translations is called."""
    return f"notebooks/{source.stem}"


def blocks(source: str) -> list[str]:
    """Paragraphs, headings, lists and tables of a Markdown cell; fenced code stays whole."""
    found: list[str] = []
    in_fence = False
    for part in re.split(r"\n{2,}", source):
        if in_fence:
            found[-1] += "\n\n" + part
        else:
            found.append(part)
        in_fence ^= part.count("```") % 2 == 1
    return found


def comments(source: str) -> list[str]:
    """The whole-line comments of a code cell, and the tasks of its solutions."""
    return [found["text"] for found in _COMMENT.finditer(source)]


def texts(source: Path) -> Iterator[Entry]:
    """What is to be translated of a notebook, as often as it occurs."""
    where = (NOTEBOOKS / source).relative_to(ROOT).as_posix()
    for cell in _english(source).cells:
        is_text = cell.cell_type == "markdown"
        for text in blocks(cell.source) if is_text else comments(cell.source):
            if any(character.isalpha() for character in text):
                kind = "" if is_text else "comment"
                yield Entry(text, context=kind, where=(where,), notes=(f"cell {cell.id}",))


def translated(notebook: Any, known: dict[tuple[str, str], str], edition: Edition, to: str) -> Any:
    """The notebook in the edition's language, without outputs. to: its English page, from it."""
    made = copy.deepcopy(notebook)
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = "\n\n".join(_block(text, known) for text in blocks(cell.source))
            continue
        cell.source = _COMMENT.sub(
            lambda line: line["mark"] + known.get(("comment", line["text"]), line["text"]),
            cell.source,
        )
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    link = f"[{edition.english}]({to})"
    made.cells.insert(0, _edition_cell(link))
    return made


def _edition_cell(text: str) -> Any:
    cell: Any = nbformat.v4.new_markdown_cell(text, metadata={"tags": [TAG]})  # type: ignore[no-untyped-call]
    cell.id = TAG
    return cell


def _block(text: str, known: dict[tuple[str, str], str]) -> str:
    if found := known.get(("", text)):
        return found
    if not any(character.isalpha() for character in text):
        return text
    if heading := _HEADING.fullmatch(text):
        return f'{heading["mark"]}<span lang="en">{heading["text"]}</span>'
    if _BLOCKS.match(text):
        return f'<div lang="en">\n\n{text}\n\n</div>'
    return f'<span lang="en">{text}</span> <sup>EN</sup>'


_PAGE = re.compile(r"(?<=\]\()(?!\w+:)[^)#?]+\.ipynb")
"""The address of another page of the book."""


def _led(text: str, source: Path, there: Collection[Path]) -> str:
    """A text whose links lead to the edition's pages, or to English ones where it has none."""

    def address(link: re.Match[str]) -> str:
        page = Path(posixpath.normpath((source.parent / link[0]).as_posix()))
        own = page in there or page.parent / "solutions" / page.name in there
        return link[0] if own else "../" * len(source.parts) + page.as_posix()

    return _PAGE.sub(address, text)


def path_of(source: Path, edition: Edition) -> Path:
    """Where a notebook of an edition lies."""
    return NOTEBOOKS / edition.language / source


def built(source: Path, edition: Edition, there: Collection[Path]) -> Any:
    """A notebook of an edition as source and translations give it, without outputs.

    there: the pages that the edition has.
    """
    to = "../" * len(source.parts) + source.as_posix()
    made = translated(_english(source), _known(edition, source), edition, to)
    for cell in made.cells[1:]:
        if cell.cell_type == "markdown":
            cell.source = _led(cell.source, source, there)
    return made


def build(source: Path, edition: Edition, there: Collection[Path]) -> Path:
    """Write a notebook of an edition, and keep the outputs of cells whose code is the same."""
    path = path_of(source, edition)
    made = built(source, edition, there)
    if path.exists():
        _keep_outputs(made, _read(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(made), encoding="utf-8")
    return path


def offer(source: Path, editions: Iterable[Edition]) -> None:
    """Let an English page lead to itself in these editions; the start page's map does so anyway."""
    up = "../" * (len(source.parts) - 1)
    links = [f"[{known.own}]({up}{known.language}/{source.as_posix()})" for known in editions]
    made = _english(source)
    if links and source.name != START:
        made.cells.insert(0, _edition_cell(" · ".join(links)))
    (NOTEBOOKS / source).write_text(text_of(made), encoding="utf-8")


def _english(source: Path) -> Any:
    """An English notebook without its links to editions."""
    found = _read(NOTEBOOKS / source)
    found.cells = [cell for cell in found.cells if cell.id != TAG]
    return found


def text_of(notebook: Any) -> str:
    """A notebook's file."""
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def _known(edition: Edition, source: Path) -> dict[tuple[str, str], str]:
    path = edition.folder / f"{name_of(source)}.po"
    entries = read(path) if path.exists() else []
    return {entry.key: entry.text[0] for entry in entries if entry.done and not entry.obsolete}


def _keep_outputs(made: Any, before: Any) -> None:
    ran = {cell.id: cell for cell in before.cells if cell.cell_type == "code"}
    for cell in made.cells:
        if cell.cell_type == "code" and cell.id in ran and cell.source == ran[cell.id].source:
            cell.outputs = ran[cell.id].outputs
            cell.execution_count = ran[cell.id].execution_count


def _read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
