"""Reader-facing words: one gettext translation for the whole book.

A translated edition adds ``hvlib/locale/<language>/LC_MESSAGES/hvlib.mo``; without one,
the English text in the source is shown. Strings are templates (``_("{n} exits").format(n=3)``),
never f-strings, so that a translator sees the whole sentence.
"""

import gettext
from pathlib import Path

_translation = gettext.translation(
    "hvlib", localedir=Path(__file__).parent / "locale", fallback=True
)

_ = _translation.gettext
ngettext = _translation.ngettext
pgettext = _translation.pgettext
