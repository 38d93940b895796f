"""Writes a system in the form of the book's files, which ``load`` reads again."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel


def as_toml(system: BaseModel) -> str:
    """A record as TOML: plain keys first, then a table or a list of tables for each of the rest."""
    data = system.model_dump(mode="python", by_alias=True, exclude_defaults=True)
    return "\n".join(_lines(data)) + "\n"


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    plain = {key: value for key, value in data.items() if not _is_table(value)}
    for key, value in plain.items():
        yield f"{key} = {_value(value)}"
    for key, value in data.items():
        if key in plain:
            continue
        for table in [value] if isinstance(value, dict) else value:
            yield from ("", f"[{key}]" if isinstance(value, dict) else f"[[{key}]]")
            yield from (f"{name} = {_value(part)}" for name, part in table.items())


def _is_table(value: object) -> bool:
    rows = isinstance(value, tuple) and value and all(isinstance(item, dict) for item in value)
    return isinstance(value, dict) or bool(rows)


def _value(value: Any) -> str:
    """A value on one line. A string is written as in JSON, whose escapes TOML shares."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(part)}" for key, part in value.items()) + " }"
    if isinstance(value, tuple):
        if value and all(isinstance(item, tuple) for item in value):  # settings, held as pairs
            return "{ " + ", ".join(f"{key} = {_value(part)}" for key, part in value) + " }"
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
