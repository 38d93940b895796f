"""What a cell shows in a program that can't show the live widget."""

from base64 import b64encode
from typing import Any

Bundle = tuple[dict[str, Any], dict[str, Any]]


def with_forms(bundle: Any, text: str, **more: Any) -> Bundle:
    """A widget's mime bundle with ``text/plain`` and the other forms given by type."""
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
    return {**data, "text/plain": text, **more}, metadata


def as_form(png: bytes) -> dict[str, str]:
    """A PNG by its mime type, as a bundle holds it."""
    return {"image/png": b64encode(png).decode("ascii")}
