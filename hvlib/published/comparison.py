"""Model against published figure: both values and the error, with nothing left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hvlib.published.figures import PublishedFigure, figure
from hvlib.words import _

Role = Literal["fitted", "predicted"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row: what the model says beside what was published.

    role: ``"fitted"`` when a constant of the model was set from this very figure, else
    ``"predicted"``. note: what is the same and what is not between model and experiment.
    """

    what: str
    model: float
    published: PublishedFigure
    role: Role
    note: str = ""

    @property
    def error(self) -> float:
        """Model over published minus 1; the plain difference where published is 0."""
        if self.published.value == 0:
            return self.model
        return self.model / self.published.value - 1


def compare(
    what: str, model: float, key: str, *, role: Role = "predicted", note: str = ""
) -> Comparison:
    """Set a model's value beside the published figure ``key`` (in that figure's unit).

    Raises KeyError for an unknown figure.
    """
    return Comparison(what, model, figure(key), role, note)


@dataclass(frozen=True, slots=True)
class ComparisonTable:
    """Rows of comparisons, predicted and fitted apart; shown as a table in a notebook."""

    title: str
    rows: Sequence[Comparison]

    def lines(self) -> list[tuple[str, str, str, str, str]]:
        """(what, model, published, error, source) as text, predicted rows first."""
        ordered = sorted(self.rows, key=lambda row: row.role != "predicted")
        return [
            (
                row.what + (_(" (fitted)") if row.role == "fitted" else ""),
                f"{row.model:.4g} {row.published.unit}".strip(),
                f"{row.published.value:.4g} {row.published.unit}".strip(),
                f"{row.error:+.1%}",
                row.published.short,
            )
            for row in ordered
        ]

    def __repr__(self) -> str:
        head = (_("what"), _("model"), _("published"), _("error"), _("source"))
        lines = [head, *self.lines()]
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        text = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False))
            + "  "
            + line[4]
            for line in lines
        ]
        return "\n".join(
            [self.title, *text, _("Sources of the published figures:"), *self.sources()]
        )

    def _repr_markdown_(self) -> str:
        head = (_("What"), _("Model"), _("Published"), _("Error"), _("Source"))
        rows = [head, ("---", "---:", "---:", "---:", "---"), *self.lines()]
        table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
        notes = [f"- *{'; '.join(names)}*: {note}" for note, names in self._notes().items()]
        sources = [f"- {source}" for source in self.sources()]
        return "\n\n".join(
            [
                f"**{self.title}**",
                table,
                "\n".join(notes),
                _("Sources of the published figures:"),
                "\n".join(sources),
            ]
        )

    def _notes(self) -> dict[str, list[str]]:
        """Each note once, with all the rows that it belongs to."""
        rows: dict[str, list[str]] = {}
        for row in self.rows:
            if row.note:
                rows.setdefault(row.note, []).append(row.what)
        return rows

    def sources(self) -> list[str]:
        """Each source once, in full, with the text that quotes it where it was not read itself."""
        return sorted({row.published.origin for row in self.rows})
