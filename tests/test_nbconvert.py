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


def page(notebook: Path, *options: str) -> str:
    """The converted notebook's HTML."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", *options, str(notebook)]
    settings = {**os.environ, "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter_config")}
    out = ["--output-dir", str(notebook.parent / "out")]
    subprocess.run([*command, *out], check=True, capture_output=True, timeout=100, env=settings)
    return (notebook.parent / "out" / f"{notebook.stem}.html").read_text("utf-8")


def test_a_chapter_that_is_run_for_a_page_has_its_pictures_in_it(stored: Path) -> None:
    text = page(stored, "--execute")
    assert text.count("<img alt") + text.count("<svg ") >= 2, "pictures of a page that was run"
    assert "application/vnd.jupyter.widget-state+json" not in text, "asks a CDN for scripts"
    assert "<table" in text
    assert "pre-wrap" in text, "on paper, long lines of code would be cut"


def test_a_chapter_as_it_is_stored_has_all_its_pictures(tmp_path: Path) -> None:
    chapter = ROOT / "notebooks" / "01-definition.ipynb"
    shutil.copy(chapter, tmp_path)
    pictures = chapter.read_text("utf-8").count('"image/png": ')
    text = page(tmp_path / chapter.name)
    shown = re.findall(r'<img[^>]+src="data:image/png', text)
    assert '<html lang="en">' in text
    assert len(shown) == pictures > 5


def test_a_translated_page_says_its_language(tmp_path: Path) -> None:
    link = nbformat.v4.new_markdown_cell(f"[{edition('ko').english}](../x.ipynb)")
    nbformat.write(nbformat.v4.new_notebook(cells=[link]), tmp_path / "x.ipynb")
    assert '<html lang="ko">' in page(tmp_path / "x.ipynb")


def test_a_notebook_becomes_a_program_with_its_prose_as_comments(tmp_path: Path) -> None:
    sheet, _answers = write(1, 7, tmp_path / "sheet.ipynb")
    for notebook in (sheet, *sorted((ROOT / "notebooks").rglob("*.ipynb"))):
        text, about = ScriptExporter().from_filename(str(notebook))
        assert about["output_extension"] == ".py", f"{notebook} becomes no .py"
        compile(text, str(notebook), "exec")
        assert "# # " in text, f"{notebook}: its titles are not there"
