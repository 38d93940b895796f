"""How many columns a text takes in a fixed-width font, and texts set to a width.

A letter of Korean, Chinese or Japanese takes two columns, so ``str.ljust`` doesn't line up.
"""

import textwrap
import unicodedata


def columns(text: str) -> int:
    """The width of a line of text in columns."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def left(text: str, width: int) -> str:
    """The text with spaces behind it, up to ``width`` columns."""
    return text + " " * (width - columns(text))


def right(text: str, width: int) -> str:
    """The text with spaces before it, up to ``width`` columns."""
    return " " * (width - columns(text)) + text


def cut(text: str, width: int) -> str:
    """The text, without what goes beyond ``width`` columns."""
    while columns(text) > width:
        text = text[:-1]
    return text


def wrapped(text: str, width: int, *, hyphens: bool = True) -> list[str]:
    """Lines of at most ``width`` columns, broken where a space is (Korean words stay whole).

    hyphens: whether a line of Latin letters may end behind a hyphen, or in a word too long for it.
    """
    if columns(text) == len(text):
        return textwrap.wrap(text, width, break_on_hyphens=hyphens, break_long_words=hyphens)
    lines: list[str] = []
    for word in text.split():
        if lines and columns(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def fill(text: str, width: int, *, hyphens: bool = True) -> str:
    """The text in lines of at most ``width`` columns."""
    return "\n".join(wrapped(text, width, hyphens=hyphens))
