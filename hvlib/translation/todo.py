"""Hands out texts to translate, and takes translations back.

    python -m hvlib.translation.todo                        # the files, and how far each is
    python -m hvlib.translation.todo widgets --chunk 40     # the next 40 texts, as JSON
    python -m hvlib.translation.todo widgets --take my.json # {"key": "translation", ...}
    python -m hvlib.translation.todo widgets --show         # what is translated, to be read again

A faulty translation is refused with the reason, the others are kept. ``"key": ["...", "..."]``
translates the forms of a plural, where a language has several; a value of
``{"text": "...", "remark": "numbers: 40"}`` excuses what :mod:`hvlib.translation.checks` says.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hvlib.edition import Edition, edition
from hvlib.translation import checks, po
from hvlib.translation.editions import names, read, report
from hvlib.translation.po import Entry


def key_of(entry: Entry) -> str:
    """A short name for an entry."""
    return hashlib.sha256("\x04".join(entry.key).encode()).hexdigest()[:8]


def handed_out(entries: Iterable[Entry], language: str) -> dict[str, Any]:
    """Texts to translate, with what helps: the glossary's lines, old translations, places."""
    found, terms = [], {}
    for entry in entries:
        terms.update(checks.terms(entry.id, language))
        line = {"key": key_of(entry), "en": entry.id}
        line |= {"plural": entry.plural} if entry.plural else {}
        line |= {"context": entry.context} if entry.context else {}
        line["in"] = " ".join(dict.fromkeys((*entry.where[:1], *entry.notes[:1])))
        if entry.fuzzy:
            line |= {"was": entry.previous, "translated": entry.text[0]}
        found.append(line)
    return {"glossary": terms, "texts": found}


def taken(
    entries: Iterable[Entry], answers: dict[str, Any], language: str
) -> tuple[list[Entry], list[str]]:
    """The entries with the translations that hold, and what is to be said of the others."""
    result, said = [], []
    left = dict(answers)
    for entry in entries:
        answer = left.pop(key_of(entry), None)
        if answer is None or entry.obsolete:
            result.append(entry)
            continue
        new = _answered(entry, answer)
        name = f"{key_of(entry)} {entry.id[:50]!r}"
        found = checks.faults(new, language)
        said += [f"REFUSED {name}: {fault}" for fault in found]
        said += [f"look {name}: {doubt}" for doubt in checks.doubts(new, language) if not found]
        result.append(entry if found else new)
    return result, said + [f"REFUSED {key}: no such text here" for key in left]


def _answered(entry: Entry, answer: Any) -> Entry:
    remark = ""
    if isinstance(answer, dict):
        answer, remark = answer["text"], answer.get("remark", "")
    text = (answer,) if isinstance(answer, str) else tuple(answer)
    remarks = dict.fromkeys((*entry.remarks, remark))
    return replace(entry.translated(*text), remarks=tuple(filter(None, remarks)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Hand out texts or take translations; returns the exit status."""
    top = argparse.ArgumentParser("hvlib.translation.todo", description=__doc__)
    top.formatter_class = argparse.RawDescriptionHelpFormatter
    top.add_argument("room", nargs="?", help="the file of translations, without .po")
    top.add_argument("--language", default="ko")
    top.add_argument("--chunk", type=int, default=40)
    top.add_argument("--skip", type=int, default=0, help="leave out so many texts at the beginning")
    top.add_argument("--take", type=Path, help="translations as JSON; - reads the input")
    top.add_argument("--show", action="store_true", help="what is translated")
    chosen = top.parse_args(arguments)
    known = edition(chosen.language)
    if chosen.room is None:
        print("\n".join(report(known)))
        return 0
    if chosen.room not in names(known):
        print(f"no such file: {chosen.room}; there are {', '.join(names(known))}", file=sys.stderr)
        return 2
    if chosen.take:
        return _take(known, chosen.room, chosen.take)
    entries = [entry for entry in read(known, chosen.room) if not entry.obsolete]
    found = [e for e in entries if e.done == chosen.show][chosen.skip :][: chosen.chunk]
    if chosen.show:
        shown = [{"key": key_of(e), "en": e.id, known.language: e.text} for e in found]
        print(json.dumps(shown, ensure_ascii=False, indent=0))
    else:
        print(json.dumps(handed_out(found, known.language), ensure_ascii=False, indent=0))
    return 0


def _take(known: Edition, room: str, source: Path) -> int:
    text = sys.stdin.read() if str(source) == "-" else source.read_text("utf-8")
    entries, said = taken(read(known, room), json.loads(text), known.language)
    po.write(known.folder / f"{room}.po", entries, known.language, known.plurals)
    print("\n".join(said))
    todo = sum(not entry.done for entry in entries if not entry.obsolete)
    print(f"{room}: {todo} texts are left")
    return any(line.startswith("REFUSED") for line in said)


if __name__ == "__main__":
    sys.exit(main())
