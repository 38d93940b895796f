"""Translators' files: entries of a PO file, read and written; and the catalogue (MO) made of them.

Files are written so that a change of one text is a change of one entry: no dates, no line numbers,
no wrapping.
"""

import json
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

_BREAK = re.compile(r"\n{2,}")
_LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d+\])?\s+)?(".*")')


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
    """The entries of a PO file, its header left out. Raises ValueError, with the place."""
    found = []
    for block in _BREAK.split(path.read_text(encoding="utf-8").strip()):
        try:
            entry = _parsed(block)
        except ValueError as error:
            raise ValueError(f"{path}: {error}\n{block}") from error
        found += [entry] if entry.id else []
    return found


def _parsed(block: str) -> Entry:
    parts: dict[str, list[str]] = {"msgctxt": [], "msgid": [], "msgid_plural": [], "previous": []}
    where, notes, remarks, forms = [], [], [], list[list[str]]()
    now, flags, obsolete = parts["msgid"], "", False
    for line in block.splitlines():
        if line.startswith("#~"):
            obsolete, line = True, line[2:].strip()
        if line.startswith("#: "):
            where += line[3:].split()
        elif line.startswith("#. "):
            notes.append(line[3:])
        elif line.startswith("#, "):
            flags += line[3:]
        elif line.startswith("#| "):
            if not line.startswith("#| msgctxt"):
                parts["previous"].append(_string(line.partition('"')[1:]))
        elif line.startswith("#"):
            remarks += [line[2:]] if line[2:] else []
        elif line:
            found = _LINE.fullmatch(line)
            if not found:
                raise ValueError(f"not a line of a PO file: {line}")
            if found[1] == "msgstr":
                forms.append([])
                now = forms[-1]
            elif found[1]:
                now = parts[found[1]]
            now.append(_string(found[2]))
    joined = {name: "".join(lines) for name, lines in parts.items()}
    text = tuple("".join(lines) for lines in forms)
    return Entry(
        id=joined["msgid"],
        plural=joined["msgid_plural"],
        context=joined["msgctxt"],
        text=text if any(text) else (),
        where=tuple(where),
        notes=tuple(notes),
        remarks=tuple(remarks),
        fuzzy="fuzzy" in flags,
        previous=joined["previous"],
        obsolete=obsolete,
    )


def _string(quoted: str | tuple[str, ...]) -> str:
    return str(json.loads("".join(quoted), strict=False))


def write(path: Path, entries: Iterable[Entry], language: str, plurals: str) -> None:
    """Write a PO file. ``plurals``: gettext's ``nplurals=1; plural=0;``."""
    count = int(re.findall(r"nplurals\s*=\s*(\d)", plurals)[0])
    head = "".join(f'"{line}\\n"\n' for line in header(language, plurals).splitlines())
    blocks = [f'msgid ""\nmsgstr ""\n{head}', *(_block(entry, count) for entry in entries)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(blocks), encoding="utf-8")


def header(language: str, plurals: str) -> str:
    """What gettext reads before all entries."""
    return (
        f"Language: {language}\nContent-Type: text/plain; charset=UTF-8\n"
        f"Content-Transfer-Encoding: 8bit\nPlural-Forms: {plurals}\n"
    )


def _block(entry: Entry, forms: int) -> str:
    lines = [f"# {remark}" for remark in entry.remarks]
    if not entry.obsolete:
        lines += [f"#. {note}" for note in entry.notes]
        lines += [f"#: {' '.join(entry.where)}"] if entry.where else []
        lines += ["#, fuzzy"] if entry.fuzzy else []
        lines += [f"#| msgid {_quoted(entry.previous)}"] if entry.previous else []
    mark = "#~ " if entry.obsolete else ""
    text = entry.text or ("",) * (forms if entry.plural else 1)
    lines += [f"{mark}msgctxt {_quoted(entry.context)}"] if entry.context else []
    lines.append(f"{mark}msgid {_quoted(entry.id)}")
    if entry.plural:
        lines.append(f"{mark}msgid_plural {_quoted(entry.plural)}")
        lines += [f"{mark}msgstr[{n}] {_quoted(form)}" for n, form in enumerate(text)]
    else:
        lines.append(f"{mark}msgstr {_quoted(text[0])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def catalogue(entries: Iterable[Entry], language: str, plurals: str) -> bytes:
    """The catalogue that gettext reads, of all entries that are done."""
    texts = {b"": header(language, plurals).encode()}
    for entry in entries:
        if entry.done and not entry.obsolete:
            name = f"{entry.context}\x04" if entry.context else ""
            name += f"{entry.id}\0{entry.plural}" if entry.plural else entry.id
            texts[name.encode()] = "\0".join(entry.text).encode()
    names = sorted(texts)
    count, start = len(names), 28
    at = start + 16 * count
    tables, strings = b"", b""
    for column in (names, [texts[name] for name in names]):
        for string in column:
            tables += struct.pack("<II", len(string), at)
            strings += string + b"\0"
            at += len(string) + 1
    magic = struct.pack("<7I", 0x950412DE, 0, count, start, start + 8 * count, 0, at)
    return magic + tables + strings
