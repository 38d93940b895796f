"""No number stands in the prose without a cell that prints it, a source that was read, or a reason.

A number in a Markdown cell must be printed by a code cell beside it, or stand in that cell's
source (the setting of a knob), or be a figure in ``hvlib/published``, in the unit that the prose
gives it. What is none of these is listed in ``prose.toml`` with a reason.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from hvlib.edition import languages
from hvlib.numbers import unit_name
from hvlib.published.figures import figures

BOOK = Path(__file__).parents[2] / "notebooks"
PAGES = sorted(
    path.relative_to(BOOK).with_suffix("").as_posix()
    for path in BOOK.rglob("*.ipynb")
    if not {".ipynb_checkpoints", *languages()[1:]} & set(path.parts)  # a translation keeps numbers
)
EXCEPTIONS = tomllib.loads((Path(__file__).parent / "prose.toml").read_text(encoding="utf-8"))
REACH = 3
"""How many cells before and after a paragraph count as beside it."""

UNITS = {"MHz", "cycles", "Mbit/s", "KB", "MB", "KiB", "ms", "s", "bytes", "times", "instructions"}
"""Units in which a figure is held to its published unit as well as to its value."""

NO_QUANTITY = (
    r"`[^`\n]*`",  # code
    r"\]\([^)]*\)",  # the address of a link
    r"^#+ .*$",  # headings are numbered
    r"\b(?:[Cc]hapters?|[Ss]ections?|[Ss]teps?|[Aa]rticles?|Types?|Theorem|Tables?|Figures?|Fig\.)"
    r" \d[\w.-]*(?:(?:,| and| to| or) \d[\w.]*)*",
    r"\b(?:CVE|VMSA)-\d+-\d+",
    r"\b(?:19|20)\d\d\b(?! ?(?:%|[KMG]i?B|Mbit|[mnµ]?s\b|bytes|cycles|MHz))",  # a year: no comma
    r"\b(?:[Vv]ersions?|[Rr]elease|vSphere|Workstation|Ubuntu|Changes with) \d[\d.]*",
    r"\b[Bb]its? \d+",  # which one
    r"\*\(\d\)",  # a manual page's section
    r"\b\d+(?:\.\d+){3}\b",  # an address
    r"\banswers of \d+ and \d+",  # steps of a lab
    r"\b(?:from|returns) 0\b",  # where counting begins, and what a call gives back
    r"\buser 1000\b",  # somebody's number
)
"""What has digits and is no quantity. Years and versions are facts, which their sources hold."""

NUMBER = re.compile(r"(?<![\w.,/])(\d+(?:,\d{3})*(?:\.\d+)?)(?: ?(%|Mbit/s|[A-Za-zµ]+))?(?![\w-])")


def quantities(prose: str) -> Iterator[tuple[str, str]]:
    """Each number in the prose, without commas, and the word after it."""
    for pattern in NO_QUANTITY:
        prose = re.sub(pattern, " ", prose, flags=re.MULTILINE)
    for found in NUMBER.finditer(prose):
        yield found[1].replace(",", ""), found[2] or ""


def printed(cell: nbformat.NotebookNode) -> str:
    """What a code cell says in words: its source and its outputs' text, without commas."""
    said = [cell.source]
    for output in cell.outputs:
        said.append(output.get("text", ""))
        said += [str(v) for mime, v in output.get("data", {}).items() if mime.startswith("text/")]
    return "\n".join(said).replace(",", "")


def is_published(number: str, unit: str) -> bool:
    """Whether a source in hvlib/published has the figure."""
    value = float(number)
    if unit == "%":
        return any(
            figure.unit in ("share", "{n} of minFree")
            and figure.value == pytest.approx(value / 100)
            for figure in figures().values()
        )
    return any(
        figure.value == pytest.approx(value)
        and (unit not in UNITS or unit_name(figure.unit).split()[0:1] == [unit])
        for figure in figures().values()
    )


def unfounded(page: str) -> list[str]:
    """Numbers of a page that neither a cell beside them nor a published figure has."""
    cells = nbformat.read(BOOK / f"{page}.ipynb", as_version=4).cells
    found = []
    for at, cell in enumerate(cells):
        if cell.cell_type != "markdown" or cell.source.startswith("## Sources"):
            continue
        near = cells[max(0, at - REACH) : at + REACH + 1]
        said = "\n".join(printed(other) for other in near if other.cell_type == "code")
        found += [
            f"{number} {unit}" if unit in UNITS | {"%"} else number
            for number, unit in quantities(cell.source)
            if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d|\.\d)", said)
            and not is_published(number, unit)
        ]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_each_number_is_printed_nearby_or_published_or_listed_with_a_reason(page: str) -> None:
    listed = set(EXCEPTIONS.get(page, {}))
    new = sorted(set(unfounded(page)) - listed)
    assert not new, (
        f"{page} prints {new}: no cell beside the text prints these, and hvlib/published has none "
        "of them. Add the source that you read, drop the number, or list it in prose.toml."
    )


@pytest.mark.parametrize("page", EXCEPTIONS)
def test_no_exception_is_listed_that_the_book_no_longer_needs(page: str) -> None:
    spare = sorted(set(EXCEPTIONS[page]) - set(unfounded(page)))
    assert not spare, f"take {spare} of {page} out of prose.toml"


@pytest.mark.parametrize(
    ("number", "unit", "known"),
    [
        ("733", "MHz", True),
        ("734", "MHz", False),
        ("733", "MB", False),
        ("48", "times", True),
        ("49", "times", False),
        ("250", "instructions", True),
        ("7", "%", True),
        ("64", "%", True),
        ("63", "%", False),
    ],
)
def test_a_figure_is_known_by_its_value_and_its_unit(number: str, unit: str, known: bool) -> None:
    assert is_published(number, unit) == known


def test_numbers_are_found_in_prose_and_not_in_names() -> None:
    text = "Section 3.4: a 733 MHz VT-x, 4,212 cycles, `x = 5`, CVE-2015-3456, up to 48% (Table 6)."
    assert list(quantities(text)) == [("733", "MHz"), ("4212", "cycles"), ("48", "%")]


def test_a_year_or_a_version_is_no_quantity_but_what_looks_like_one_may_be() -> None:
    text = (
        "Since version 4.12 of 2018, on Ubuntu 24.04, *fork*(2) asked 10.0.0.1, says bit 31 (1974)."
    )
    assert list(quantities(text)) == []
    text = "In 1999 ms it sent 2,012 packets and 2048 bytes, each 4.12 times."
    assert [number for number, _unit in quantities(text)] == ["1999", "2012", "2048", "4.12"]
