"""All comparisons of a chapter with the literature, in one table."""

from collections.abc import Callable

from hvlib.arguments import is_in
from hvlib.published import (
    chapter1,
    chapter2_cpu_memory,
    chapter2_devices,
    chapter2_migration_cluster,
    chapter3,
    chapter4,
)
from hvlib.published.comparison import Comparison, ComparisonTable
from hvlib.words import _

Rows = Callable[[], tuple[Comparison, ...]]

CHAPTERS: dict[int, tuple[Rows, ...]] = {
    1: (chapter1.comparisons,),
    2: (
        chapter2_cpu_memory.comparisons,
        chapter2_devices.comparisons,
        chapter2_migration_cluster.comparisons,
    ),
    3: (chapter3.comparisons,),
    4: (chapter4.comparisons,),
}
"""The functions that make each chapter's rows."""


def comparisons(chapter: int) -> ComparisonTable:
    """Every figure that a chapter's models are held against. Raises ValueError for no chapter."""
    if not is_in(chapter, CHAPTERS):
        raise ValueError(_("the book has chapters 1 to 4, not {n}").format(n=chapter))
    rows = [row for make in CHAPTERS[chapter] for row in make()]
    return ComparisonTable(_("Chapter {n}: models and the literature").format(n=chapter), rows)
