"""Numbers in words: digits, percent, times and units, in one place for all pictures and sentences.

A sentence's own template may name a format (``{n:,}``); what depends on the value is decided here.
"""

import math
import re
import unicodedata
from decimal import Decimal

from hvlib.words import _


def plain(value: float) -> str:
    """A number as people write it: 0, 0.5, 1,000."""
    return f"{round(value, 10):,.10g}" if abs(value) < 1e6 else f"{value:,.0f}"


def digits(value: float, most: int) -> str:
    """At most so many digits, and none after the point from there on: with 3, 1.25 and 1,250.

    Never with an exponent, as Python writes small numbers and those just below a power of ten.
    """
    if abs(value) >= 10 ** (most - 1):
        return f"{value:,.0f}"
    return f"{Decimal(f'{value:.{most}g}'):f}"


def three_digits(value: float) -> str:
    """Three digits, and none after the point from 100 on."""
    return digits(value, 3)


def times(factor: float) -> str:
    """A factor in three digits or whole: ``"1.30"``, ``"12.5"``, ``"8,001"``."""
    return f"{factor:.2f}" if factor < 10 else digits(factor, 3)


def one_decimal(value: float) -> str:
    """One decimal, or two digits of what is less than one."""
    return f"{value:,.1f}" if value >= 1 else digits(value, 2)


def rounded(value: float) -> str:
    """Two significant digits of an estimate, without an exponent: 0.0063, 160, 12,000."""
    decimals = 1 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{round(value, decimals):,.{max(0, decimals)}f}"


def as_exact_as(value: float, sample: Decimal) -> str:
    """A value with the digits of ``sample``, and one more where that has only one or two."""
    form = sample.normalize().as_tuple()
    decimals = max(0, -int(form.exponent))
    length = max(len(form.digits) + max(0, int(form.exponent)), 1)
    finer = f"{value:,.{decimals + 1}f}"
    return finer if length <= 2 and not finer.endswith("0") else f"{value:,.{decimals}f}"


def with_unit(number: str, unit: str) -> str:
    """A number and its unit, if it has one.

    A unit is a symbol (``"ms"``) or, where it is a word, a template (``_("{n} hosts")``).
    """
    if "{n}" in unit:
        return unit.format(n=number)
    return f"{number} {unit}".strip()


def unit_name(unit: str) -> str:
    """A unit without a number, as it stands beside a label."""
    return unit.replace("{n}", "").strip()


def year(value: float) -> str:
    """A year, which people write without a comma."""
    return f"{value:g}"


def percent(value: float) -> str:
    """A share in percent."""
    return f"{plain(round(value * 100, 8))}%"


def up_to_all(value: float) -> str:
    """A share in percent; nothing above one, where only room is."""
    return percent(value) if value <= 1 else ""


def share(value: float) -> str:
    """A share in percent, to a tenth of one; a small one does not become nothing."""
    return _("less than 0.1%") if 0 < value < 0.0005 else f"{value:.1%}"


def error(value: float) -> str:
    """An error in percent: one decimal for a small one, none for a large one or for none."""
    if abs(value) < 0.0005:
        return "0%"
    return f"{value:+.1%}" if abs(value) < 0.0995 else f"{value:+,.0%}"


def duration(seconds: float) -> str:
    """A time as milliseconds below one second, else as seconds."""
    if seconds < 1:
        return _("{n} ms").format(n=three_digits(seconds * 1e3))
    return _("{s:,.1f} s").format(s=seconds)


def thousandth(value: float) -> str:
    """Thousands of a unit, as kW for W."""
    return f"{value / 1000:g}"


def amount(value: float) -> str:
    """Thousands, millions and billions as k, M and G."""
    for unit, text in ((1e9, _("{n:g}G")), (1e6, _("{n:g}M")), (1e3, _("{n:g}k"))):
        if value >= unit:
            return text.format(n=value / unit)
    return f"{value:g}"


def power(value: float) -> str:
    """A power of ten: written out near one, else as 10⁵."""
    exponent = round(math.log10(value))
    if -4 < exponent < 4:
        return plain(value)
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def read(text: str) -> float | None:
    """A number as people type it: ``1,000``, ``24.``, ``5 %``, ``６대``; None for anything else."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("−", "-")
    word = _KOREAN.search(plain)
    cleaned = plain[: word.start() if word else None].replace("%", "").strip()
    try:
        number = float(cleaned) * (_THOUSANDS.get(word["scale"] or "", 1) if word else 1)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


_KOREAN = re.compile(r"(?<=[\d.])\s*(?P<scale>[천만억]?)\s*[가-힣]*\s*$")
"""What Korean readers write behind a number: a counter or a unit, and ten thousands before it."""
_THOUSANDS = {"천": 1e3, "만": 1e4, "억": 1e8}
