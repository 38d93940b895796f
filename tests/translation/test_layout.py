"""Pictures have room for other words than English ones, and letters for them (T11, T12)."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from matplotlib.font_manager import findfont

from hvlib.edition import edition, languages
from hvlib.translation import editions
from tests.words.pseudo import ROOT

pytestmark = pytest.mark.slow

SPEAK = """
from hvlib import edition
from dataclasses import replace
korean = replace(edition.edition("ko"), particles=False)
from tests.words.pseudo import speak
speak()
edition.edition = lambda of: korean  # its letters
"""


PSEUDO = "pseudo"
LEAVE = ("ColdStartChart narrow",)
"""Pictures some of whose labels leave them in English."""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What :mod:`laid_out` finds, by language; all of them at once, since each takes seconds."""
    running = {language: _started(language) for language in (*languages()[1:], PSEUDO)}
    told = {language: process.communicate()[0] for language, process in running.items()}
    assert not [language for language, process in running.items() if process.returncode]
    return {language: json.loads(text.splitlines()[-1]) for language, text in told.items()}


def _started(language: str) -> "subprocess.Popen[str]":
    head = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    head += SPEAK if language == PSEUDO else ""
    return subprocess.Popen(
        [sys.executable, "-c", f"{head}from tests.translation.laid_out import main; main()"],
        env={**os.environ, "HVLIB_LANGUAGE": language},
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


@pytest.mark.parametrize("language", [*languages()[1:], PSEUDO])
def test_no_label_leaves_its_place(language: str, found: dict[str, Any]) -> None:
    assert not [label for label in found[language]["charts"] if not label.startswith(LEAVE)]
    assert not found[language]["boxes"]


@pytest.mark.parametrize("language", languages()[1:])
def test_no_letter_is_a_box(language: str, found: dict[str, Any]) -> None:
    assert not found[language]["glyphs"]


@pytest.mark.parametrize("language", languages()[1:])
def test_the_fonts_of_the_book_have_every_letter_of_a_translation(language: str) -> None:
    known = edition(language)
    fonts = [findfont("DejaVu Sans"), *map(str, (known.folder / "fonts").glob("*.otf"))]
    has = {code for path in fonts for code in TTFont(path).getBestCmap()}
    assert (known.folder / "fonts" / "OFL.txt").exists() or not known.fonts
    missing = {
        letter: entry.id[:40]
        for name in editions.names(known)
        for entry in editions.read(known, name)
        for letter in "".join(entry.text)
        if ord(letter) not in has and letter != "\n"
    }
    assert not missing


def test_every_figure_is_made_where_the_books_letters_are() -> None:
    """A figure made outside of ``own_style`` would draw boxes for letters."""
    makers = {
        path.name: path.read_text(encoding="utf-8")
        for path in (ROOT / "hvlib").rglob("*.py")
        if "Figure(" in path.read_text(encoding="utf-8").replace("PublishedFigure(", "")
    }
    assert all("own_style" in text for text in makers.values())
    assert not [name for name, text in makers.items() if 'family="monospace"' in text]
