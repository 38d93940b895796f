"""Keeps an edition in step with the English: ``python -m hvlib.translation.editions ko``.

Extracts all texts, updates the edition's files, builds its notebooks, checks the translations and
says how far each file is. A language that isn't there yet is begun (``make language EDITION=ja``).
"""

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from hvlib.edition import FOLDER, SETTINGS, WHOLE, Edition, edition, languages
from hvlib.translation import checks, extract, notebooks, po
from hvlib.translation.po import Entry

Key = tuple[str, str]
CHAPTER = re.compile(r"notebooks/0[1-9]")
PLACES = 3
"""So many places of a text are named in its file."""


def rooms() -> dict[str, list[Entry]]:
    """All that is to be translated, by file of translations: code, tables, notebooks."""
    found = extract.texts()
    for source in notebooks.sources():
        found[notebooks.name_of(source)] = extract.merged(notebooks.texts(source))
    return found


def update(known: Edition) -> None:
    """Bring the edition's files up to what is to be translated now.

    What is translated stays, wherever its text has moved. The translation of a text that changed is
    kept as a fuzzy one, and of one that is gone as an obsolete one, should it come back.
    """
    wanted = rooms()
    files = {name: read(known, name) for name in names(known)}
    old = {entry.key: entry for entries in files.values() for entry in entries if entry.text}
    code = {key: entry for key, entry in old.items() if not _in_notebook(entry)}
    there = {entry.key for entries in wanted.values() for entry in entries}
    gone = {name: _gone(entries, there) for name, entries in files.items()}
    for name, entries in wanted.items():
        here = {entry.key: entry for entry in files.get(name, []) if entry.text}
        from_ = here if name.startswith("notebooks/") else code
        keys = {entry.key for entry in gone.get(name, [])}
        lost = {key: entry for key, entry in from_.items() if key in keys}
        entries = [_updated(entry, from_, lost) for entry in entries]
        used = {entry.previous for entry in entries}
        rest = [entry for entry in gone.get(name, []) if entry.id not in used]
        short = [replace(entry, where=entry.where[:PLACES]) for entry in entries]
        po.write(_path(known, name), [*short, *rest], known.language, known.plurals)
    for name in files.keys() - wanted.keys():
        _path(known, name).unlink()  # of a notebook or module that is gone


def _in_notebook(entry: Entry) -> bool:
    return any(where.startswith("notebooks/") for where in entry.where)


def _gone(entries: Iterable[Entry], there: set[Key]) -> list[Entry]:
    """Translations of a file whose texts are nowhere any more."""
    return [replace(e, obsolete=True) for e in entries if e.text and e.key not in there]


def _updated(entry: Entry, known: dict[Key, Entry], lost: dict[Key, Entry]) -> Entry:
    """An entry with its translation, or with a fuzzy one of a text like it that is gone."""
    if old := known.get(entry.key):
        same = bool(old.plural) == bool(entry.plural)
        return replace(
            entry,
            text=old.text if same else old.text[:1],
            remarks=old.remarks,
            fuzzy=old.fuzzy or not same,
            previous=old.previous,
        )
    near = {e.id: e for e in lost.values() if e.context == entry.context}
    if found := get_close_matches(entry.id, near, 1, 0.6):
        old = near[found[0]]
        return replace(
            entry,
            text=old.text[:1],
            remarks=old.remarks,
            fuzzy=True,
            previous=old.previous or old.id,
        )
    return entry


def names(known: Edition) -> list[str]:
    """The edition's files of translations, as rooms."""
    files = sorted(known.folder.rglob("*.po"))
    return [path.relative_to(known.folder).with_suffix("").as_posix() for path in files]


def read(known: Edition, name: str) -> list[Entry]:
    """The entries of one of its files."""
    return po.read(_path(known, name))


def _path(known: Edition, name: str) -> Path:
    return known.folder / f"{name}.po"


class Share(NamedTuple):
    """How far a file is, in entries and in words of English."""

    done: int
    all: int
    words: int
    all_words: int


def share(entries: Iterable[Entry]) -> Share:
    """How far these entries are."""
    there = [(entry.done, len(entry.id.split())) for entry in entries if not entry.obsolete]
    words = sum(done * words for done, words in there)
    return Share(sum(done for done, _ in there), len(there), words, sum(n for _, n in there))


def report(known: Edition) -> Iterable[str]:
    """How far each file is, the whole, and what is wrong in the translations."""
    parts, faults = [Share(0, 0, 0, 0)], []
    for name in names(known):
        entries = read(known, name)
        part = share(entries)
        parts.append(part)
        yield f"{name:40} {_percent(part):>4}  {part.done:5} of {part.all}"
        for entry in entries:
            if entry.done and not entry.obsolete:
                faults += [
                    f"{name}: {entry.id[:60]!r}: {f}" for f in checks.faults(entry, known.language)
                ]
        if CHAPTER.match(name):
            faults += [f"{name}: {f}" for f in checks.misplaced_glosses(entries, known.language)]
    total = Share(*map(sum, zip(*parts, strict=True)))
    yield f"{known.name:40} {_percent(total):>4}  {total.done:5} of {total.all}"
    yield from faults
    yield from (f"no literal text: {place}" for place in extract.unseen())


def _percent(part: Share) -> str:
    return f"{100 * part.words // part.all_words if part.all_words else 100}%"


def build(known: Edition, also: str = "") -> list[Path]:
    """Build the edition's notebooks, and those whose name has ``also``; where they lie."""
    there = [path for path in notebooks.sources() if ready(known, path)]
    if also:
        there += [path for path in notebooks.sources() if also in path.as_posix()]
    made = [notebooks.build(source, known, there) for source in dict.fromkeys(there)]
    whole = [e for e in map(edition, languages()[1:]) if e.complete >= WHOLE]
    for source in notebooks.sources():
        notebooks.offer(source, [e for e in whole if notebooks.path_of(source, e).exists()])
    return made


def ready(known: Edition, source: Path) -> bool:
    """Whether an edition has a notebook: it was built, or at least half of it is translated."""
    if notebooks.path_of(source, known).exists():
        return True
    part = share(read(known, notebooks.name_of(source)))
    return part.done > 0 and 2 * part.words >= part.all_words


def begin(language: str) -> Edition:
    """Make the folder of a new edition: its settings and an empty glossary."""
    from babel import Locale  # comes with JupyterLab
    from babel.messages.plurals import get_plural

    folder = FOLDER / language
    folder.mkdir(parents=True)
    name = Locale.parse(language).get_display_name(language)
    settings = (
        f'name = "{name}"\nenglish = "This page in English"\nown = "This page in {name}"\n'
        f'plurals = "{get_plural(language).plural_forms}"\ncomplete = 0.0\n'
    )
    (folder / SETTINGS).write_text(settings, encoding="utf-8")
    (folder / "glossary.toml").write_text("[readings]\n", encoding="utf-8")
    return edition(language)


def main(arguments: Sequence[str] | None = None) -> int:
    """Update an edition, or begin it; returns the exit status."""
    top = argparse.ArgumentParser("hvlib.translation.editions", description=__doc__)
    top.add_argument("language")
    top.add_argument("--new", action="store_true", help="begin this language")
    top.add_argument("--build", default="", help="build these notebooks, too: 01, labs")
    chosen = top.parse_args(arguments)
    if chosen.new and chosen.language not in languages():
        begin(chosen.language)
    if chosen.language not in languages()[1:]:
        print(f"no edition {chosen.language}: make language EDITION={chosen.language}")
        return 2
    known = edition(chosen.language)
    update(known)
    for path in build(known, chosen.build):
        print(path.relative_to(extract.ROOT))
    print("\n".join(report(known)))
    if chosen.new:
        print("Translate first: notebooks/00-start-here, widgets, notebooks/01-definition.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
