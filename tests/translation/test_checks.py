"""What a program sees in a translation (T4 to T8), and that no translation has it."""

import pytest

from hvlib.edition import edition, languages
from hvlib.translation import checks, editions
from hvlib.translation.po import Entry

GOOD = [
    ("{n} hosts, used {u:.0%}", "호스트 {n}대, 사용률 {u:.0%}"),
    ("Take forty servers.", "서버 40대를 떠올려 보세요."),
    ("100,000 exits a second", "초당 exit 10만 번"),
    ("Read May 2024", "2024년 5월에 읽음"),
    ("**virtual machine** is", "**가상 머신**(virtual machine)은"),
    ("See [the text](a.ipynb) and `x`", "`x`와 [글](a.ipynb)을 보세요"),
    ("Type 1 on 400k", "유형 1(Type 1), 40만"),
    ("Once {name} is down", "{name}이(가) 멈추면"),
    ("It is the memory.", "메모리입니다."),
]
BAD = [
    ("{n} hosts", "호스트 {m}대", "placeholders that the English has not"),
    ("{n} hosts", "호스트", "placeholders are missing"),
    ("{u:.0%} used", "{u}만큼 사용", "placeholders"),
    ("{n} hosts", "호스트 {n", "can't be read"),
    ("a { in code", "부호 {", ""),
    ("64 pages", "페이지 46개", "numbers"),
    ("pages", "페이지 46개", "numbers"),
    ("See [it](a.ipynb)", "[글](b.ipynb)", "links differ"),
    ("Say `x`", "말하기", "code differ"),
    ("## Head", "머리", "heading differ"),
    ("**VM** is", "**가상 머신(VM)**은", "does not close"),
    ("**bold** here", "굵게", "less is bold"),
    ("*A*", "*가", "a * is left"),
    ("- one\n- two", "- 하나", "lines of a list"),
    ("Text.", "that is what it always said here.", "English is left"),
    ("Text.", "가상머신입니다.", "the glossary has"),
    ("{name} stops", "{name}은 멈춥니다", "a fixed particle"),
    ("VM", "VM은(는) 좋다", "no value before it"),
    ("Text.", "글. ", "a space"),
]


@pytest.mark.parametrize(("english", "korean"), GOOD)
def test_a_good_translation_passes(english: str, korean: str) -> None:
    assert checks.faults(Entry(english, text=(korean,))) == []


@pytest.mark.parametrize(("english", "korean", "fault"), BAD)
def test_a_bad_one_is_told(english: str, korean: str, fault: str) -> None:
    found = checks.faults(Entry(english, text=(korean,)))
    assert any(fault in line for line in found) if fault else not found


def test_a_remark_excuses() -> None:
    entry = Entry("a few", text=("2~3개",))
    assert checks.faults(entry)
    assert not checks.faults(Entry("a few", text=("2~3개",), remarks=("numbers: 2 3",)))


def test_an_ordinary_word_is_only_doubted() -> None:
    assert checks.doubts(Entry("Each instruction", text=("각 지침",)))
    assert not checks.doubts(Entry("Each instruction", text=("각 명령어",)))


@pytest.mark.parametrize("language", languages()[1:])
def test_no_translation_of_an_edition_is_faulty(language: str) -> None:
    known = edition(language)
    found = [
        f"{name}: {entry.id[:60]!r}: {fault}"
        for name in editions.names(known)
        for entry in editions.read(known, name)
        if entry.done and not entry.obsolete
        for fault in checks.faults(entry, language)
    ]
    assert not found


@pytest.mark.parametrize("language", languages()[1:])
def test_a_chapter_has_the_english_of_a_term_beside_it_once(language: str) -> None:
    known = edition(language)
    chapters = [name for name in editions.names(known) if editions.CHAPTER.match(name)]
    assert len(chapters) == 4
    found = {n: [*checks.misplaced_glosses(editions.read(known, n), language)] for n in chapters}
    assert not {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize(
    ("texts", "right"),
    [
        (("호스트(host)가 하나", "그 호스트는"), True),
        (("호스트가 하나", "이것이 **호스트**(host)입니다"), True),
        (("호스트가 하나", "그 호스트(host)는"), False),
        (("호스트(host)가 하나", "그 호스트(host)는"), False),
        (("호스트가 하나", "그 호스트는"), False),
        (("**호스트 운영체제**(host operating system)", "“호스트”와 호스트(host)"), True),
    ],
)
def test_a_gloss_stands_at_the_first_use_or_at_the_definition(
    texts: tuple[str, str], right: bool
) -> None:
    chapter = [Entry(f"A host {n}.", text=(text,)) for n, text in enumerate(texts)]
    assert right is not any("(host)" in line for line in checks.misplaced_glosses(chapter))
