"""Files of translations: written as gettext's own tools read them, and read as they write them."""

from dataclasses import replace
from pathlib import Path

import pytest

from hvlib import edition
from hvlib.translation import po
from hvlib.translation.po import Entry

ONE = "nplurals=1; plural=0;"
ENTRIES = [
    Entry("Start", text=("시작",), where=("hvlib/a.py", "hvlib/b.py"), notes=("Button",)),
    Entry("{n} host", "{n} hosts", text=("호스트 {n}대",), remarks=("numbers: 1",)),
    Entry("Step", context="button", text=("한 단계",)),
    Entry("Step", text=("단계",), fuzzy=True, previous="The step"),
    Entry('A "line"\nand \\ another\t.'),
    Entry("Gone", text=("사라짐",), obsolete=True),
]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    po.write(tmp_path / "a.po", ENTRIES, "ko", ONE)
    found = po.read(tmp_path / "a.po")
    assert found == ENTRIES
    assert [entry.done for entry in found] == [True, True, True, False, False, True]


def test_what_other_tools_write_is_read(tmp_path: Path) -> None:
    text = (
        'msgid ""\nmsgstr ""\n"Language: ko\\n"\n\n'
        "# a remark\n#. a note\n#: hvlib/a.py:12 hvlib/b.py:3\n#, fuzzy, python-format\n"
        '#| msgid "of "\n#| "old"\nmsgid ""\n"5% of "\n"all"\nmsgstr ""\n"전체의 "\n"5%"\n'
    )
    (tmp_path / "a.po").write_text(text, encoding="utf-8")
    (found,) = po.read(tmp_path / "a.po")
    assert found.id == "5% of all"
    assert found.text == ("전체의 5%",)
    assert found.fuzzy
    assert found.previous == "of old"
    assert found.remarks == ("a remark",)


def test_gettext_reads_the_catalogue_and_nothing_that_is_fuzzy_empty_or_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edition, "FOLDER", tmp_path)
    po.write(tmp_path / "ko" / "a.po", ENTRIES, "ko", ONE)
    po.write(tmp_path / "ko" / "b" / "c.po", [Entry("{n} VM", "{n} VMs")], "ko", ONE)
    made = edition.translation("ko")
    assert made.gettext("Start") == "시작"
    assert made.pgettext("button", "Step") == "한 단계"
    assert made.ngettext("{n} host", "{n} hosts", 1) == "호스트 {n}대"
    assert made.ngettext("{n} VM", "{n} VMs", 2) == "{n} VMs"
    assert [made.gettext(text) for text in ("Step", "Gone")] == ["Step", "Gone"]


def test_a_new_translation_ends_doubt() -> None:
    entry = replace(ENTRIES[3], fuzzy=True).translated("단계")
    assert entry.done
    assert not entry.previous
