"""Chapters as pages and on paper, by Jupyter's own converter with the book's settings."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import ScriptExporter

from hvlib.edition import edition
from hvlib.questions.sheet import write

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]
LONG = 'crossing_table(("xen", "vsphere", "oracle-sparc", "oracle-x86", "kvm"), ("packet", "disk"))'


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A small chapter that nobody ran."""
    cells = ["from hvlib import *\nshow('os')", "explore(PageWalk)", LONG]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbformat.write(book, tmp_path / "small.ipynb")
    return tmp_path / "small.ipynb"


def converted(*notebooks: Path, options: tuple[str, ...] = ()) -> list[str]:
    """The HTML of notebooks of one folder, converted together."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", *options, *map(str, notebooks)]
    settings = {**os.environ, "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter_config")}
    out = notebooks[0].parent / "out"
    command += ["--output-dir", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=100, env=settings)
    return [(out / f"{notebook.stem}.html").read_text("utf-8") for notebook in notebooks]


CHAPTER = ROOT / "notebooks" / "01-definition.ipynb"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A chapter as it is stored, and a page that links to the English edition."""
    folder = tmp_path_factory.mktemp("pages")
    link = nbformat.v4.new_markdown_cell(f"[{edition('ko').english}](../x.ipynb)")
    nbformat.write(nbformat.v4.new_notebook(cells=[link]), folder / "x.ipynb")
    shutil.copy(CHAPTER, folder)
    return converted(folder / CHAPTER.name, folder / "x.ipynb")


def test_a_chapter_that_is_run_for_a_page_has_its_pictures_in_it(stored: Path) -> None:
    (text,) = converted(stored, options=("--execute",))
    assert text.count("<img alt") + text.count("<svg ") >= 2, "pictures of a page that was run"
    assert "application/vnd.jupyter.widget-state+json" not in text, "asks a CDN for scripts"
    assert "<table" in text
    assert "pre-wrap" in text, "on paper, long lines of code would be cut"


def test_a_chapter_as_it_is_stored_has_all_its_pictures(pages: list[str]) -> None:
    pictures = CHAPTER.read_text("utf-8").count('"image/png": ')
    shown = re.findall(r'<img[^>]+src="data:image/png', pages[0])
    assert '<html lang="en">' in pages[0]
    assert len(shown) == pictures > 5


def test_a_translated_page_says_its_language(pages: list[str]) -> None:
    assert '<html lang="ko">' in pages[1]


def test_a_notebook_becomes_a_program_with_its_prose_as_comments(tmp_path: Path) -> None:
    sheet, _answers = write(1, 7, tmp_path / "sheet.ipynb")
    exporter = ScriptExporter()
    for notebook in (sheet, *sorted((ROOT / "notebooks").rglob("*.ipynb"))):
        text, about = exporter.from_filename(str(notebook))
        assert about["output_extension"] == ".py", f"{notebook} becomes no .py"
        compile(text, str(notebook), "exec")
        assert "# # " in text, f"{notebook}: its titles are not there"
