"""Finds the texts of the book: in its code, its systems' and figures' files, its notebooks.

Code is read as syntax trees, so that a call within an f-string is found as any other. (Babel, which
reads tokens, loses it, and takes "5% of" for a format of ``%``.) A call whose text is no literal
can't be found; :func:`unseen` tells of it.
"""

import ast
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import hvlib
from hvlib.texts import MISCONCEPTIONS, PUBLISHED, SYSTEM, Keys, places
from hvlib.translation.po import Entry

ROOT = Path(hvlib.__file__).parents[1]
CALLS = {
    "_": ("id",),
    "ngettext": ("id", "plural"),
    "pgettext": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
}
"""What the arguments of each function are."""
TABLES: dict[str, Keys] = {
    "systems": SYSTEM,
    "host": SYSTEM,
    "published": PUBLISHED,
    "questions": MISCONCEPTIONS,
}
"""The rooms with TOML files, and their texts."""
ROOMS = ("models", "views", "questions", "widgets", "systems", "published", "labs", "real", "host")
REST = "rest"
OWN = ("translation", "words.py", "texts.py")
"""What translates, and so calls these functions with variables."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """The modules whose texts a reader sees, with their paths in the checkout."""
    for path in sorted((ROOT / "hvlib").rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if where.split("/")[1] not in OWN:
            yield where, ast.parse(path.read_text(encoding="utf-8"))


def calls(module: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """The calls that translate, each with the name of the function or class around it."""
    yield from _calls(module, ())


def _calls(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[ast.Call, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and _name(child) in CALLS:
            yield child, ".".join(names)
        if isinstance(child, ast.ClassDef | ast.FunctionDef):
            yield from _calls(child, (*names, child.name))
        else:
            yield from _calls(child, names)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def literals(call: ast.Call) -> dict[str, str] | None:
    """What a call says, by :data:`CALLS`; None where a text is no literal."""
    wanted = CALLS[_name(call)]
    given = zip(wanted, call.args, strict=False)
    texts = {k: str(v.value) for k, v in given if isinstance(v, ast.Constant) and v.value}
    return texts if len(texts) == len(wanted) else None


def unseen() -> list[str]:
    """Calls whose text a translator can't see, with their places."""
    found = ((where, call) for where, module in modules() for call, _name in calls(module))
    return [f"{w}:{c.lineno}: {ast.unparse(c)}" for w, c in found if literals(c) is None]


def of_code() -> Iterator[Entry]:
    """The texts of all modules, as often as they occur."""
    for where, module in modules():
        for call, name in calls(module):
            if texts := literals(call):
                notes = (name,) if name else ()
                plural, context = texts.get("plural", ""), texts.get("context", "")
                yield Entry(texts["id"], plural, context, where=(where,), notes=notes)


def of_tables() -> Iterator[Entry]:
    """The texts of the TOML files, with their keys as contexts."""
    for where, keys in _tables():
        for place in places(tomllib.loads((ROOT / where).read_text(encoding="utf-8")), keys):
            if any(character.isalpha() for character in place.text):
                yield Entry(place.text, context=place.key, where=(where,), notes=(place.path,))


def _tables() -> Iterator[tuple[str, Keys]]:
    for room, keys in TABLES.items():
        for path in sorted((ROOT / "hvlib" / room).glob("*.toml")):
            yield path.relative_to(ROOT).as_posix(), keys


def merged(found: Iterable[Entry]) -> list[Entry]:
    """One entry a text, with all its places."""
    entries: dict[tuple[str, str], Entry] = {}
    for entry in found:
        known = entries.setdefault(entry.key, entry)
        where = tuple(dict.fromkeys(known.where + entry.where))
        notes = tuple(dict.fromkeys(known.notes + entry.notes))[:3]
        plural = known.plural or entry.plural
        entries[entry.key] = Entry(entry.id, plural, entry.context, where=where, notes=notes)
    return list(entries.values())


def room_of(entry: Entry) -> str:
    """The file of translations in which an entry stands, so that each stands in one.

    A system and a module of questions have files of their own, for their texts are many. A text of
    several files is in that of their room, and one of several rooms in the first of them.
    """
    rooms = [_room(where) for where in entry.where]
    order = (*ROOMS, REST)
    first = min(rooms, key=lambda room: order.index(room.split("/")[0]))
    return first if len(set(rooms)) == 1 else first.split("/")[0]


def _room(where: str) -> str:
    room = where.split("/")[1]
    if room not in ROOMS:
        return REST
    own = where.startswith("hvlib/questions/") or (room == "systems" and where.endswith(".toml"))
    return f"{room}/{Path(where).stem}" if own else room


def texts() -> dict[str, list[Entry]]:
    """All texts of code and tables, by room."""
    rooms: dict[str, list[Entry]] = {}
    for entry in merged([*of_code(), *of_tables()]):
        rooms.setdefault(room_of(entry), []).append(entry)
    return rooms
