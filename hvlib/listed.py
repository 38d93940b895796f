"""Several things named in a row: "a, b and c", "a, b or c"."""

from collections.abc import Iterable

from hvlib.words import _


def listed(names: Iterable[str]) -> str:
    """All of them: ``"a, b and c"``."""
    return _joined(names, _("{most} and {last}"))


def either(names: Iterable[str]) -> str:
    """One of them: ``"a, b or c"``."""
    return _joined(names, _("{most} or {last}"))


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A reason as a sentence, whoever gave it: with a capital, and with its full stop."""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


def sentences(*parts: str) -> str:
    """Whole sentences one after the other; an empty one is left out."""
    return " ".join(filter(None, parts))


def _joined(names: Iterable[str], template: str) -> str:
    *most, last = [*names] or [""]
    return template.format(most=", ".join(most), last=last) if most else last
