"""What is wrong with a translation, as far as a program can tell.

:func:`faults` must be mended; :func:`doubts` are for the translator to look at. A remark of the
translator's in the file excuses: ``# numbers: 40`` (these may be missing, or more),
``# markdown`` (its marks may differ).
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Any

from hvlib.edition import FOLDER, edition
from hvlib.particles import MARK
from hvlib.translation.po import Entry

# --- placeholders ---------------------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    """The places of a template that values fill, with their formats. Raises ValueError."""
    if "{" not in text and "}" not in text:
        return set()
    return {
        f"{name}!{conversion or ''}:{form}"
        for _text, name, form, conversion in Formatter().parse(text)
        if name is not None
    }


def _placeholder_faults(entry: Entry, text: str) -> Iterator[str]:
    try:
        wanted = placeholders(entry.id) | placeholders(entry.plural)
    except ValueError:
        return  # no template: code that the text shows
    try:
        found = placeholders(text)
    except ValueError as error:
        yield f"the placeholders can't be read: {error}"
        return
    if found - wanted:
        yield f"placeholders that the English has not: {_list(found - wanted)}"
    if (placeholders(entry.plural or entry.id)) - found:
        yield f"placeholders are missing: {_list(placeholders(entry.plural or entry.id) - found)}"


def _list(items: set[str]) -> str:
    return ", ".join("{" + item.replace("!:", ":").rstrip(":") + "}" for item in sorted(items))


# --- numbers --------------------------------------------------------------------------------------

_SAID = """
zero; one once first single; two twice second half both pair; three third thrice; four fourth;
five fifth; six sixth; seven seventh; eight eighth; nine ninth; ten tenth; eleven; twelve;
thirteen; fourteen; fifteen; sixteen; seventeen; eighteen; nineteen; twenty
"""
_WORDS = {name: n for n, names in enumerate(_SAID.split(";")) for name in names.split()}
_WORDS |= {"a": 1, "an": 1, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70}
_WORDS |= {"eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000, "million": 10**6}
_WORDS |= {"dozen": 12, "quarter": 4, "percent": 100, "hundreds": 100, "thousands": 1000}
_MONTHS = "January February March April May June July August September October November December"
_WORDS |= {name: number for number, name in enumerate(_MONTHS.lower().split(), 1)}
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "k": 1e3, "천": 1e3, "만": 1e4}
_SCALES |= {"십만": 1e5, "백만": 1e6, "천만": 1e7, "억": 1e8, "십억": 1e9, "조": 1e12}
_NUMBER = re.compile(
    r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)"
    r"(?:\s?(thousand|million|billion|[십백천]?만|십?억|천|조)(?![가-힣]{2})|(k)\b)?"
)
_HELD = re.compile(r"\{[^{}]*\}|`[^`]*`|\]\([^)]*\)|<[^<>]*>")


def numbers(text: str) -> Counter[float]:
    """The numbers written in digits: "10만" and "100,000" are one."""
    found: Counter[float] = Counter()
    for digits, scale, k in _NUMBER.findall(_HELD.sub(" ", text)):
        value = float(digits.replace(",", ""))
        found[round(value * _SCALES.get(scale or k, 1), 6)] += 1
    return found


def _number_faults(entry: Entry, text: str) -> Iterator[str]:
    excused = {
        float(n) for r in entry.remarks for n in re.findall(r"[\d.]*\d", _after(r, "numbers:"))
    }
    ours, theirs = numbers(text), numbers(entry.plural or entry.id) | numbers(entry.id)
    words = {float(_WORDS[w]) for w in re.findall("[a-z]+", entry.id.lower()) if w in _WORDS}
    words |= {a + b for a in words for b in words if a % 10 == 0 and b < 10}
    words |= {a * b for a in words for b in words if b in (100, 1000, 1e6)}
    if missing := sorted(set(theirs) - set(ours) - excused):
        yield f"numbers of the English are missing: {', '.join(f'{n:g}' for n in missing)}"
    if more := sorted(set(ours) - set(theirs) - words - excused):
        yield f"numbers that the English has not: {', '.join(f'{n:g}' for n in more)}"


def _after(remark: str, word: str) -> str:
    return remark.partition(word)[2] if remark.startswith(word) else ""


# --- marks ----------------------------------------------------------------------------------------

_SAME = (
    ("code", r"`[^`]+`"),
    ("links", r"\]\(([^)\s]+)[^)]*\)"),
    ("heading", r"(?m)^#+ "),
    ("tags", r"</?[a-z]+[^<>]*>"),
    ("lines of a list", r"(?m)^ *(?:[-*]|\d+\.) "),
    ("cells of a table", r"(?m)(?<!\\)\|"),
)
"""What a translation has as the English has it, in any order."""


def _mark_faults(entry: Entry, text: str) -> Iterator[str]:
    for what, pattern in _SAME:
        wanted, ours = (Counter(re.findall(pattern, t)) for t in (entry.id, text))
        if wanted != ours:
            differ = sorted(((wanted - ours) + (ours - wanted)).elements())
            yield f"{what} differ: {' '.join(map(str, differ))[:80]}"
    if _bolds(entry.id) and _bolds(text) < _bolds(entry.id):
        yield "less is bold than in the English"
    if found := re.search(r"[^\w\s*]\*{1,2}(?=[가-힣])", _HELD.sub("x", text)):
        around = text[max(0, found.start() - 10) : found.end() + 4]
        yield f"Markdown does not close here, put the gloss outside of the bold: …{around}…"
    elif "*" in text and "`" not in text and _stray_stars(text) > _stray_stars(entry.id):
        yield "a * is left when the Markdown is rendered"


def _bolds(text: str) -> int:
    return len(re.findall(r"\*\*", text)) // 2


def _stray_stars(text: str) -> int:
    try:
        from markdown_it import MarkdownIt  # the tests' environment has it
    except ImportError:
        return 0
    html: str = MarkdownIt("commonmark").render(text)
    return html.count("*")


# --- words ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """A line of the glossary; see the head of ``glossary.toml``. said: in its language."""

    name: str
    said: str
    source: str
    en: tuple[str, ...] = ()
    first: str = ""
    never: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()

    @property
    def forms(self) -> list[str]:
        """The forms of the translation."""
        plain = re.sub(r"\([^()]*\)", "", self.said)
        return [form.strip() for form in re.split(r"[;/,]", plain) if form.strip()]

    @property
    def head(self) -> str:
        """Its form in the text, where ``first`` has a gloss behind it."""
        return self.first.partition("(")[0].strip()

    @property
    def gloss(self) -> str:
        """The English beside it at its first use; empty without."""
        found = re.search(r"\(([A-Za-z][^),;]*)", self.first)
        return found[1] if found else ""

    def is_in(self, text: str) -> bool:
        """Whether an English text has the term."""
        names = self.en if self.en or not self.name.isascii() else (self.name,)
        return any(re.search(rf"\b{re.escape(n)}(s|es)?\b", text, re.IGNORECASE) for n in names)


@cache
def glossary(language: str) -> tuple[Term, ...]:
    """The terms of an edition."""
    data = tomllib.loads((FOLDER / language / "glossary.toml").read_text("utf-8"))
    return tuple(_term(row, row.pop(language)) for row in data.get("terms", []))


def _term(row: dict[str, Any], said: str) -> Term:
    lists = {key: tuple(row.get(key, ())) for key in ("en", "never", "avoid")}
    return Term(said=said, **{**row, **lists})


_ENGLISH = re.compile(r"(?:\b[a-z]+\b[ ,]+){4,}\b[a-z]+\b")
_QUOTED = re.compile(r"“[^”]*”|‘[^’]*’|\([^()가-힣]*\)")
_FIXED = re.compile(r"(?<!%)\}(?:은|는|이|가|을|를|과|와|으로|로)(?=[\s,.?!]|$)")
_CITED = ("source", "sources", "where", "as_quoted_in")
"""Contexts whose texts name what was read, in its own language."""


def _particle_faults(text: str) -> Iterator[str]:
    if MARK.search(text) and "{" not in text:
        yield f"a particle with two forms, but no value before it: {MARK.findall(text)[0]}"
    if found := _FIXED.search(text):
        yield f"a fixed particle right behind a value: {found[0]} (write both forms: 은(는))"


def _word_faults(entry: Entry, text: str, language: str) -> Iterator[str]:
    if edition(language).particles:
        yield from _particle_faults(text)
    plain = _HELD.sub(" ", _QUOTED.sub(" ", text))
    if entry.context not in _CITED and (found := _ENGLISH.search(plain)):
        yield f"English is left: {found[0][:60]}"
    for term in glossary(language):
        for form in term.never:
            if form in text and form not in term.said:
                yield f"“{form}”: the glossary has {term.said} for {term.name}"


# --- all ------------------------------------------------------------------------------------------


def faults(entry: Entry, language: str = "ko") -> list[str]:
    """What must be mended in a translation."""
    found: list[str] = []
    for text in entry.text:
        found += _placeholder_faults(entry, text)
        found += _number_faults(entry, text)
        if "markdown" not in entry.remarks:
            found += _mark_faults(entry, text)
        found += _word_faults(entry, text, language)
        if text != text.strip() and entry.id == entry.id.strip():
            found.append("a space or a line break at an end")
    return found


def doubts(entry: Entry, language: str = "ko") -> list[str]:
    """What a translator should look at once more."""
    text, found = " ".join(entry.text), []
    for term in glossary(language):
        if term.is_in(entry.id):
            if not any(form in text for form in term.forms):
                found.append(f"{term.name}: the glossary has {term.said}")
            rest = re.sub("|".join(map(re.escape, term.forms)), "", text)
            wrong = (form for form in term.avoid if form in rest)
            found += [f"{term.name}: not “{form}” but {term.said}" for form in wrong]
    return found


def terms(text: str, language: str = "ko") -> dict[str, str]:
    """The lines of the glossary that an English text asks for."""
    return {term.name: term.said for term in glossary(language) if term.is_in(text)}


def misplaced_glosses(chapter: Iterable[Entry], language: str = "ko") -> Iterator[str]:
    """Terms of a chapter whose English does not stand beside them once: at the first use, or where
    the chapter defines them, in bold."""
    told = [e for e in chapter if e.done and not e.obsolete and not e.context]
    prose = [(entry.id, entry.text[0]) for entry in told if not entry.id.startswith("#")]
    forms = [form for term in glossary(language) for form in (*term.forms, term.head)]
    for term in glossary(language):
        if not term.gloss:
            continue
        longer = [form for form in forms if term.head in form and form != term.head]
        found = list(_uses(term, longer, prose))
        places = [n for n, (_is_bold, is_glossed) in enumerate(found) if is_glossed]
        if found and not (len(places) == 1 and (places[0] == 0 or found[places[0]][0])):
            yield f"{term.first}: of {len(found)} uses these have it: {places}"


def _uses(
    term: Term, longer: list[str], prose: Iterable[tuple[str, str]]
) -> Iterator[tuple[bool, bool]]:
    """For each use of a term: whether it is bold, and whether its gloss is there."""
    gloss = rf"\W*(?:\((?:[^()]*, )?|, ){re.escape(term.gloss)}"
    other = re.compile("|".join([*map(re.escape, longer), "“[^”]*”", "‘[^’]{30,}’"]))
    for english, text in prose:
        plain = other.sub(lambda found: "□" * len(found[0]), text)
        uses = list(re.finditer(rf"(\*\*)?{re.escape(term.head)}({gloss})?", plain, re.IGNORECASE))
        if term.is_in(english) or any(use[2] for use in uses):
            yield from ((bool(use[1]), bool(use[2])) for use in uses)
