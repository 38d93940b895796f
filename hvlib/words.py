"""Reader-facing words: one gettext translation for the whole book.

Strings are templates (``_("{n} exits").format(n=3)``), never f-strings, so that a translator sees
the whole sentence. Which language a process speaks, and where its texts lie: :mod:`hvlib.edition`.
"""

from typing import Any

from hvlib.edition import ENGLISH, edition, language, translation

LANGUAGE = language()
"""The language of this process."""

if LANGUAGE == ENGLISH:

    def _(text: str) -> str:
        """A text in the reader's language."""
        return text

    def ngettext(one: str, many: str, n: int) -> str:
        """A text of one thing or of ``n``, in the reader's language."""
        return one if n == 1 else many

    def pgettext(context: str, text: str) -> str:
        """A text that means different things in different places, in the reader's language."""
        return text

    def npgettext(context: str, one: str, many: str, n: int) -> str:
        """The same of one thing or of ``n``."""
        return one if n == 1 else many

else:
    _catalogue = translation(LANGUAGE)

    if edition(LANGUAGE).particles:
        from hvlib.particles import agree

        class Template(str):
            """A translated text, whose particles agree with what is filled in before them."""

            def format(self, *args: Any, **values: Any) -> str:
                return agree(super().format(*args, **values))

            def format_map(self, values: Any) -> str:
                return agree(super().format_map(values))

    else:
        Template = str  # type: ignore[misc,assignment]

    def _(text: str) -> str:
        return Template(_catalogue.gettext(text))

    def ngettext(one: str, many: str, n: int) -> str:
        return Template(_catalogue.ngettext(one, many, n))

    def pgettext(context: str, text: str) -> str:
        return Template(_catalogue.pgettext(context, text))

    def npgettext(context: str, one: str, many: str, n: int) -> str:
        return Template(_catalogue.npgettext(context, one, many, n))
