"""Translators' files (PO): their entries, read and written by polib.

Files are written so that a change of one text is a change of one entry: no dates, no line numbers,
no wrapping.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import polib


@dataclass(frozen=True, slots=True)
class Entry:
    """A text and its translation.

    plural: the English for several, where there is one. context: what tells equal texts apart.
    text: the translation, one a plural form; empty where there is none. where: files it is in.
    notes: the extraction's. remarks: the translator's. previous: the English that a fuzzy
    translation was made for.
    """

    id: str
    plural: str = ""
    context: str = ""
    text: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    fuzzy: bool = False
    previous: str = ""
    obsolete: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What no other entry has."""
        return self.context, self.id

    @property
    def done(self) -> bool:
        """Whether it has a translation that is up to date."""
        return bool(self.text) and all(self.text) and not self.fuzzy

    def translated(self, *text: str) -> "Entry":
        """The entry with a translation that is up to date."""
        return replace(self, text=text, fuzzy=False, previous="")


def read(path: Path) -> list[Entry]:
    """The entries of a PO file, none if it isn't there. Raises OSError where it is no such file."""
    if not path.exists():
        return []  # polib would take the path for the text
    return [_entry(found) for found in polib.pofile(str(path), encoding="utf-8")]


def _entry(found: polib.POEntry) -> Entry:
    forms = found.msgstr_plural
    text = tuple(forms[n] for n in sorted(forms)) if forms else (found.msgstr,)
    return Entry(
        id=found.msgid,
        plural=found.msgid_plural,
        context=found.msgctxt or "",
        text=text if any(text) else (),
        where=tuple(file for file, _line in found.occurrences),
        notes=tuple(found.comment.splitlines()),
        remarks=tuple(found.tcomment.splitlines()),
        fuzzy=found.fuzzy,
        previous=found.previous_msgid or "",
        obsolete=found.obsolete,
    )


def write(path: Path, entries: Iterable[Entry], language: str, plurals: str) -> None:
    """Write a PO file. ``plurals``: gettext's ``nplurals=1; plural=0;``."""
    count = int(re.findall(r"nplurals\s*=\s*(\d)", plurals)[0])
    file = polib.POFile(wrapwidth=0)
    file.metadata = {
        "Language": language,
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plurals,
    }
    file.extend(_written(entry, count) for entry in entries)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(str(path), newline="\n")


def _written(entry: Entry, forms: int) -> polib.POEntry:
    text = entry.text or ("",) * forms
    said = {"msgstr_plural": dict(enumerate(text))} if entry.plural else {"msgstr": text[0]}
    there = not entry.obsolete  # of what is gone only the translation is kept
    return polib.POEntry(
        msgid=entry.id,
        msgid_plural=entry.plural,
        msgctxt=entry.context or None,
        occurrences=[(place, "") for place in entry.where if there],
        comment="\n".join(entry.notes if there else ()),
        tcomment="\n".join(entry.remarks),
        flags=["fuzzy"] if entry.fuzzy and there else [],
        previous_msgid=entry.previous if there and entry.previous else None,
        obsolete=entry.obsolete,
        **said,
    )
