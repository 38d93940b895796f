"""What a reader hands to a function of the book: taken as it is meant, or refused with a word."""

import reprlib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from hvlib.words import _

T = TypeVar("T")


def several(names: Iterable[T] | str) -> tuple[T | str, ...]:
    """All of them; a string alone is one name, not its letters. Raises ValueError for no names."""
    if isinstance(names, str):
        return (names,)
    return tuple(of_kind(names, Iterable, '("xen", "kvm")'))


def is_in(value: object, table: Mapping[Any, Any]) -> bool:
    """Whether a table has it as a key; what can't be one, such as a list, it has not."""
    return any(value == key for key in table)


def of_kind(value: T, kind: type | tuple[type, ...], example: str) -> T:
    """The value, if it is of this kind. Raises ValueError that shows how one is written."""
    if isinstance(value, kind):
        return value
    text = _("{value} can't be used here; write for example {example}")
    raise ValueError(text.format(value=reprlib.repr(value), example=example))
