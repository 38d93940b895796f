"""Scripts and styles of widgets: anywidget takes one text of each, so what is shared goes first."""

from pathlib import Path

_HERE = Path(__file__).parent


def script(*names: str) -> str:
    """The files of these names in this package, one after the other."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)
