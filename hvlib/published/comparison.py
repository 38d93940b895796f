"""Model against published figure: both values and the error, with nothing left out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from hvlib import numbers
from hvlib.listed import sentences
from hvlib.published.figures import PublishedFigure, figure
from hvlib.table import Table
from hvlib.texts import in_words
from hvlib.words import _

Role = Literal["fitted", "predicted"]
Line = tuple[str, str, str, str, str]


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
        """Model over published minus 1; the plain difference where published is 0.

        For a published bound: how far the model is outside it, and 0 within.
        """
        value = self.published.value
        plain = self.model if value == 0 else self.model / value - 1
        return plain if _outside(plain, self.published.bound) else 0.0

    @property
    def verdict(self) -> str:
        """The error in percent, or how the model stands to a published bound."""
        if self.published.bound in ("", "about"):
            return numbers.error(self.error)
        if math.isclose(self.model, self.published.value, rel_tol=1e-6):
            return _("at the bound")
        if self.error == 0:
            return _("within the bound")
        by = _quantity(abs(self.model - self.published.value), self.published)
        return _("outside the bound, by {by}").format(by=by)

    @property
    def values(self) -> tuple[str, str]:
        """The model's value and the published one, in the same unit and readable digits."""
        published = _quantity(self.published.value, self.published)
        return _quantity(self.model, self.published), _bounds(self.published.bound, published)


def _outside(error: float, bound: str) -> bool:
    """Whether an error counts: any against a plain value, only one way against a bound."""
    return not (bound == "at most" and error < 0) and not (bound == "at least" and error > 0)


def _bounds(bound: str, value: str) -> str:
    templates = {
        "at most": _("at most {value}"),
        "at least": _("at least {value}"),
        "about": _("about {value}"),
    }
    return templates[bound].format(value=value) if bound else value


def _quantity(value: float, published: PublishedFigure) -> str:
    """A value of the kind of this figure with its unit: shares in percent, short times in ms.

    It has the digits of the published figure, and one more where that has only one or two.
    """
    factor, unit = _unit(published)
    number = numbers.as_exact_as(value * factor, Decimal(str(published.value)) * factor)
    return f"{number}%" if unit == "%" else numbers.with_unit(number, unit)


def _unit(published: PublishedFigure) -> tuple[int, str]:
    """The factor and the unit in which a figure is printed."""
    if published.unit == "share":
        return 100, "%"
    if published.unit == "s" and published.value < 1:
        return 1000, "ms"
    return 1, in_words("unit", published.unit)


def compare(
    what: str, model: float, key: str, *, role: Role = "predicted", note: str = ""
) -> Comparison:
    """Set a model's value beside the published figure ``key`` (in that figure's unit).

    Raises KeyError for an unknown figure.
    """
    return Comparison(what, model, figure(key), role, note)


def fitted(what: str, model: float, key: str, *, note: str = "") -> Comparison:
    """The same of a figure from which a constant of the model was set."""
    return compare(what, model, key, role="fitted", note=note)


@dataclass(frozen=True, slots=True)
class ComparisonTable:
    """Rows of comparisons, predicted and fitted apart; shown as a table in a notebook."""

    title: str
    rows: Sequence[Comparison]

    def ordered(self) -> list[Comparison]:
        """The rows, predicted ones first."""
        return sorted(self.rows, key=lambda row: row.role != "predicted")

    def lines(self) -> list[Line]:
        """(what, model, published, error, source) as text, in the order of ``ordered``."""
        notes = self.notes()
        return [_line(row, notes) for row in self.ordered()]

    def notes(self) -> list[str]:
        """Each note once, in the order in which the rows ask for it; a row has its number."""
        return list(dict.fromkeys(row.note for row in self.ordered() if row.note))

    def sources(self) -> list[str]:
        """Each source once, in full, with the text that quotes it where it was not read itself."""
        return sorted({row.published.origin for row in self.rows})

    def legend(self) -> str:
        """How to read the error, and bounds if there are any."""
        text = _("The error is the model's value over the published one, minus 1.")
        if any(row.published.bound in ("at most", "at least") for row in self.rows):
            more = _("Where only a bound was published, it says how the model stands to it.")
            return sentences(text, more)
        return text

    def __repr__(self) -> str:
        notes = [f"[{number}] {note}" for number, note in enumerate(self.notes(), 1)]
        return "\n".join(
            [
                self.title,
                self.legend(),
                *_table(self.lines()).lines(),
                *notes,
                _("Sources of the published figures:"),
                *self.sources(),
            ]
        )

    def _repr_markdown_(self) -> str:
        parts = [
            f"**{self.title}**",
            self.legend(),
            self._marked_down("predicted"),
            self._folded(self._marked_down("fitted")),
            "\n".join(f"{number}. {note}" for number, note in enumerate(self.notes(), 1)),
            _("Sources of the published figures:"),
            "\n".join(f"- {source}" for source in self.sources()),
        ]
        return "\n\n".join(part for part in parts if part)

    def _marked_down(self, role: Role) -> str:
        """The rows of one role as a Markdown table; empty where there are none."""
        rows = zip(self.ordered(), self.lines(), strict=True)
        lines = [line for row, line in rows if row.role == role]
        return _table(lines)._repr_markdown_() if lines else ""

    def _folded(self, fitted: str) -> str:
        """Fitted rows behind a line that opens them: they prove nothing and would hide the rest."""
        if not fitted:
            return ""
        text = _("Figures that the model was given (fitted): {n}. Open to see them.")
        number = sum(row.role == "fitted" for row in self.rows)
        summary = f"<summary>{text.format(n=number)}</summary>"
        return f"<details>{summary}\n\n{fitted}\n\n</details>"


def _line(row: Comparison, notes: Sequence[str]) -> Line:
    what = _("{what} (fitted)").format(what=row.what) if row.role == "fitted" else row.what
    number = f" [{notes.index(row.note) + 1}]" if row.note else ""
    return (f"{what}{number}", *row.values, row.verdict, row.published.short)


def _table(lines: Iterable[Line]) -> Table:
    """The lines below their titles, numbers to the right."""
    head = (_("What"), _("Model"), _("Published"), _("Error"), _("Source"))
    return Table(head, tuple(lines), right=(False, True, True, True, False))
