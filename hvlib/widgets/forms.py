"""What a cell shows in a program that can't show the live widget."""

from typing import Any

Bundle = tuple[dict[str, Any], dict[str, Any]]


def with_forms(bundle: Any, text: str, **more: Any) -> Bundle:
    """A widget's mime bundle with ``text/plain`` and the other forms given by type."""
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
    return {**data, "text/plain": text, **more}, metadata
