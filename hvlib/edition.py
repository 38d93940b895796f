"""The editions of the book: English, and a folder of ``hvlib/locale/`` for each other language.

A process has one language, that of its notebook: texts are fixed at import and kept in caches. The
computer's own language (``LANG``) has no say, for the prose of a notebook can't follow it.
"""

import gettext
import io
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "locale"
ENGLISH = "en"
SETTINGS, CATALOGUE = "edition.toml", "hvlib.mo"
START = "00-start-here.ipynb"
"""The page that each edition opens with."""
WHOLE = 0.9
"""An edition of which so much is translated is offered to readers of another one."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What ``edition.toml`` says of a language.

    name: the language's own. english: the link to the same page in English. own: the link from
    there to the page in this language. plurals: gettext's rule. particles: whether a word's ending
    chooses what stands behind it. complete: the share of the book that is translated; it only
    rises. fonts: families of the font files beside it. jupyterlab: what JupyterLab calls the
    language; ``requirements.lock`` has its language pack.
    """

    language: str
    name: str
    english: str
    plurals: str
    own: str = ""
    particles: bool = False
    complete: float = 0.0
    fonts: tuple[str, ...] = ()
    jupyterlab: str = ""

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return FOLDER / self.language


@cache
def edition(language: str) -> Edition:
    """An edition other than the English one. Raises OSError, TypeError for one that isn't there."""
    import tomllib  # English, which asks for no edition, starts faster

    data: dict[str, Any] = tomllib.loads((FOLDER / language / SETTINGS).read_text("utf-8"))
    return Edition(language, **{**data, "fonts": tuple(data.get("fonts", ()))})


def languages() -> tuple[str, ...]:
    """The languages of the book, English first."""
    return (ENGLISH, *sorted(path.parent.name for path in FOLDER.glob(f"*/{SETTINGS}")))


def _wanted() -> Iterator[str]:
    """What the environment says of the language, the strongest first."""
    yield os.environ.get("HVLIB_LANGUAGE", "")
    for place in (os.environ.get("JPY_SESSION_NAME", ""), os.getcwd()):
        parts = Path(place).parts
        for above, name in zip(reversed(parts[:-1]), reversed(parts[1:]), strict=True):
            if above == "notebooks":  # somebody may be called Ko, and read in /home/ko
                yield name


@cache
def language() -> str:
    """``HVLIB_LANGUAGE``, else that of the folder in which the notebook lies, else English."""
    return next((name for name in _wanted() if name and name in languages()), ENGLISH)


def translation(of: str) -> gettext.NullTranslations:
    """The texts of a language; its catalogue is made of the POs beside it where it is not there.

    In a checkout it is made anew when a PO is newer.
    """
    made, sources = FOLDER / of / CATALOGUE, sorted(_sources(FOLDER / of))
    if made.exists() and all(p.stat().st_mtime <= made.stat().st_mtime for p in sources):
        catalogue = made.read_bytes()
    else:
        catalogue = _compiled(of, sources)
        with suppress(OSError):  # the book may lie where a reader can't write
            _put(catalogue, made)
    return gettext.GNUTranslations(io.BytesIO(catalogue))


def _sources(folder: Path) -> Iterator[Path]:
    """Files of translations, without those of notebooks: these are built, and ask nothing."""
    return (path for path in folder.rglob("*.po") if path.parent.name != "notebooks")


def _compiled(of: str, sources: list[Path]) -> bytes:
    from babel.messages import Catalog  # comes with JupyterLab
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    whole, made = Catalog(of), io.BytesIO()
    for path in sources:
        with path.open("rb") as file:
            for message in read_po(file, of, ignore_obsolete=True, abort_invalid=True):
                # Babel takes an empty plural for a text.
                if message.id and all(message.string or ()):
                    whole[message.id] = message
    write_mo(made, whole)
    return made.getvalue()


def _put(data: bytes, path: Path) -> None:
    """Write a file at once, since another process may read it at this moment."""
    import tempfile

    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    os.chmod(file.name, 0o644)  # for readers of all accounts
    os.replace(file.name, path)
