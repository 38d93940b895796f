"""Korean particles that agree with the word before them: "VM은(는)" becomes "VM은".

A translator writes both forms; which of them is right is known when a value stands in the place.
A word in Latin letters goes by how it is read, as ``glossary.toml`` says or as letters sound.
"""

import re
import tomllib
from functools import cache

from hvlib.edition import FOLDER

PAIRS = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)라": ("이라", "라"),
    "(이)나": ("이나", "나"),
    "(이)며": ("이며", "며"),
    "(이)고": ("이고", "고"),
    "(이)지만": ("이지만", "지만"),
    "(이)므로": ("이므로", "므로"),
}
"""Both forms, each with the one after a consonant and the one after a vowel."""

MARK = re.compile("|".join(map(re.escape, PAIRS)))
_CLOSERS = "”’\"'»」』*_`] "
_BESIDE = re.compile(r"<[^<>]*>$|\([^()]*\)$")  # a tag or a gloss, which is not read
_CODAS: tuple[str, ...] = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_DIGITS = dict(zip("0123456789", ("ㅇ", "ㄹ", "", "ㅁ", "", "", "ㄱ", "ㄹ", "ㄹ", ""), strict=True))
_ZEROS = ("", "ㅂ", "ㄱ", "ㄴ", "ㄴ", "ㄴ", "ㄴ", "ㄴ", "ㄱ")  # 십 백 천 만 십만 백만 천만 억
_LETTERS = {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}
_SOUNDS = {"l": "ㄹ", "m": "ㅁ", "n": "ㄴ"}
_UNIT = re.compile(r"\d\s?(%|[mµn]?s|k?W|[KMGk]i?B|[KMG]bit/s|[GMk]Hz|×)$")


def agree(text: str) -> str:
    """The text with each particle in the form that the word before it asks for."""
    return MARK.sub(_chosen, text)


def _chosen(found: re.Match[str]) -> str:
    after_consonant, after_vowel = PAIRS[found[0]]
    end = coda(found.string[: found.start()])
    return after_vowel if not end or (end == "ㄹ" and found[0] == "(으)로") else after_consonant


def coda(text: str) -> str:
    """The consonant with which the text ends when it is read, empty for a vowel."""
    text = _bare(text)
    if not text:
        return ""
    if "가" <= text[-1] <= "힣":
        return _CODAS[(ord(text[-1]) - ord("가")) % 28]
    if _UNIT.search(text):
        return ""
    word = re.split(r"[\s·/→(“‘<>*`=:]", text)[-1]
    for name in (word, word.rpartition("-")[2]):
        if reading := _readings().get(name):
            return coda(reading)
    if number := re.search(r"(\d[\d,]*)(\.\d+)?$", text):
        return _coda_of_number(number[1].replace(",", ""), number[2] or "")
    if word.isupper() and len(word) <= 5:
        return _LETTERS.get(word[-1], "")
    return "ㅇ" if word.endswith("ng") else _SOUNDS.get(word[-1], "")


def _bare(text: str) -> str:
    """The text without what stands behind its last word: quotation marks, tags, a gloss."""
    before = ""
    while text != before:
        before, text = text, _BESIDE.sub("", text.rstrip(_CLOSERS))
    return text.rstrip(")")


def _coda_of_number(whole: str, rest: str) -> str:
    zeros = len(whole) - len(whole.rstrip("0"))
    if not rest and zeros and zeros < len(whole):
        return _ZEROS[min(zeros, 8)]
    return _DIGITS[(rest or whole)[-1]]


@cache
def _readings() -> dict[str, str]:
    """How words in Latin letters are read, in Hangul."""
    data = tomllib.loads((FOLDER / "ko" / "glossary.toml").read_text("utf-8"))
    readings: dict[str, str] = data["readings"]
    return readings
