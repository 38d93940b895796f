"""What cells show before Python is there, and on paper: widgets, tables and folded answers.

A widget's still is the widget itself. Its messages are gathered by :mod:`hvlib.site.snapshot`, and
``stills.mjs`` lets the page's own scripts build it from them and writes out what they built. So
nothing is drawn twice, and nothing moves when the cell becomes alive.
"""

import html
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from hvlib.site import parts
from hvlib.site.book import pages
from hvlib.site.cells import Cell
from hvlib.words import _

_TABLES = MarkdownIt("commonmark").enable("table")
TABLE = f'class="scroll" tabindex="0" role="region" aria-label="{html.escape(_("Table"))}"'
"""Around a table: wide ones scroll, by keyboard as well."""
NARROW = "NARROW"
"""What ``stills.mjs`` calls the folder of a page's pictures for narrow screens."""


@dataclass(frozen=True, slots=True)
class Stills:
    """The drawn widgets of a page. look: the colours of its diagrams. styles: of its widgets.

    cells: the HTML of each widget by the name of its cell. narrow: its charts as narrow pages show
    them, by the names of their files; in the HTML those lie in the folder :data:`NARROW`.
    """

    look: str
    styles: tuple[str, ...]
    cells: Mapping[str, str]
    narrow: Mapping[str, str]

    def of(self, cell: Cell) -> str:
        """A cell's still as HTML; empty where it shows nothing."""
        if cell.name in self.cells:
            return f'<div class="out" inert>{self.cells[cell.name]}</div>{_paper(cell)}'
        if "text/markdown" in cell.forms:
            return f'<div class="out">{_table(cell.forms["text/markdown"])}</div>'
        text = cell.text()
        return f'<div class="out">{_printed(text, cell.unstable)}</div>' if text else ""


def stills() -> dict[str, Stills]:
    """The stills of all pages, by address. Raises PartsError where Node.js is missing or fails."""
    drawn = _drawn([page.address for page in pages()])
    return {
        address: Stills(page["look"], tuple(page["styles"]), page["cells"], page["narrow"])
        for address, page in drawn.items()
    }


def _drawn(addresses: list[str]) -> dict[str, Any]:
    """What ``stills.mjs`` prints. It draws a page while the cells of the next are run."""
    modules = str(parts.pyodide().parent)
    run = [sys.executable, "-m", "hvlib.site.snapshot", *addresses]
    draw = [shutil.which("node") or "node", str(Path(__file__).with_name("stills.mjs")), modules]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=errors) as running:
            told = running.stdout
            done = subprocess.run(draw, stdin=told, capture_output=True, encoding="utf-8")
        if done.returncode:
            raise parts.PartsError(f"{draw[1]}:\n{done.stderr}")
        if running.returncode:
            errors.seek(0)
            raise parts.PartsError(f"{run[2]}:\n{errors.read()}")
    drawn: dict[str, Any] = json.loads(done.stdout)
    return drawn


def _paper(cell: Cell) -> str:
    """A question with its folded answer, for paper and for where no script runs."""
    if "text/html" not in cell.forms:
        return ""
    inside = cell.forms["text/html"].replace("<h4>", "<h3>").replace("</h4>", "</h3>")
    if "hv-map" in inside:
        return ""
    return f'<div class="paper question">{inside}</div>'


def _table(markdown: str) -> str:
    return f"<div {TABLE}>{_TABLES.render(markdown)}</div>"


def _printed(text: str, unstable: bool) -> str:
    said = _(
        "From the machine on which the book was last run, and so not the numbers of the recordings "
        "in this page. Here nothing is measured."
    )
    note = f'<p class="note">{html.escape(said)}</p>' if unstable else ""
    return f'<pre tabindex="0">{html.escape(text)}</pre>{note}'
