"""A language in which every marked text is Hangul, so that what is not marked stays Latin.

Two letters become one syllable, and a single one Cyrillic: a text keeps its width, and two texts
stay two. A placeholder, a piece of code or a tag stays as it is.

``speak`` comes before anything else of hvlib is imported, in a process of its own (:func:`run`).
"""

import gettext
import io
import json
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_KEPT = re.compile(r"(\{[^{}]*\}|`[^`]*`|<[^>]+>)")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[::-1]


def said(text: str) -> str:
    """A text in the language."""
    parts = _KEPT.split(text)
    return "".join(
        p if n % 2 else re.sub("[A-Za-z]{1,2}", _syllable, p) for n, p in enumerate(parts)
    )


def meant(text: str) -> str:
    """The English that a text in the language stands for."""
    return re.sub("[А-я가-힣]", _letters, text)


def _letters(sign: re.Match[str]) -> str:
    if sign[0] < "가":
        return _LETTERS[ord(sign[0]) - ord("А")]
    first, second = divmod(ord(sign[0]) - ord("가"), 52)
    return _LETTERS[first] + _LETTERS[second]


def _syllable(letters: re.Match[str]) -> str:
    first, *more = (_LETTERS.index(letter) for letter in letters[0])
    return chr(ord("가") + 52 * first + more[0]) if more else chr(ord("А") + first)


class Pseudo(gettext.NullTranslations):
    """Says everything, with the plural wherever there is one, as Korean does."""

    def gettext(self, message: str) -> str:
        return said(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return said(msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return said(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return said(msgid2)


def speak() -> None:
    """Let hvlib, not yet imported, speak it."""
    from hvlib import edition

    edition.language = lambda: "pseudo"  # type: ignore[assignment]
    edition.edition = lambda of: edition.Edition(of, of, "", "")  # type: ignore[assignment]
    edition.translation = lambda of: Pseudo()
    from hvlib.words import _

    assert _("A word").isascii() is False, "hvlib.words doesn't ask hvlib.edition"


def run(script: str, *, pseudo: bool) -> Any:
    """What a script of lines prints as JSON, run in the language, or here and in English."""
    if not pseudo:
        with redirect_stdout(io.StringIO()) as said_here:
            exec(script, {})
        return json.loads(said_here.getvalue())
    head = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    head += "from tests.words.pseudo import speak; speak()\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", head + script],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
