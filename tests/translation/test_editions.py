"""An edition is kept in step: nothing that is translated is lost, nothing old is shown as new."""

import json
from pathlib import Path

import pytest

from hvlib import edition
from hvlib.translation import checks, editions, po, todo
from hvlib.translation.po import Entry

ONE = "nplurals=1; plural=0;"
KO = edition.edition("ko")


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> edition.Edition:
    """An edition of two files, of which one is translated."""
    monkeypatch.setattr(edition, "FOLDER", tmp_path)
    monkeypatch.setattr(checks, "glossary", lambda _language: ())
    monkeypatch.setattr(editions, "rooms", lambda: dict(ROOMS))
    ROOMS.clear()
    ROOMS.update(a=[Entry("A host stops."), Entry("Load")], b=[Entry("Step", context="button")])
    made = edition.Edition("xx", "X", "E", ONE)
    po.write(
        tmp_path / "xx" / "a.po", [Entry("A host stops.", text=("가",)), Entry("Load")], "xx", ONE
    )
    return made


ROOMS: dict[str, list[Entry]] = {}


def found(known: edition.Edition, room: str) -> dict[str, Entry]:
    editions.update(known)
    return {entry.id: entry for entry in editions.read(known, room)}


def test_what_is_translated_stays(known: edition.Edition) -> None:
    assert found(known, "a")["A host stops."].done
    assert not found(known, "b")["Step"].done


def test_a_text_that_moved_takes_its_translation_along(known: edition.Edition) -> None:
    ROOMS.update(a=[Entry("Load")], b=[Entry("A host stops.")])
    assert found(known, "b")["A host stops."].text == ("가",)
    assert "A host stops." not in found(known, "a")


def test_a_text_that_changed_is_in_doubt(known: edition.Edition) -> None:
    ROOMS.update(a=[Entry("A host stops now.")])
    entry = found(known, "a")["A host stops now."]
    assert (entry.text, entry.fuzzy, entry.previous) == (("가",), True, "A host stops.")
    assert not entry.done
    ROOMS.update(a=[Entry("A host stops now, too.")])
    again = found(known, "a")["A host stops now, too."]
    assert (again.text, again.previous) == (("가",), "A host stops.")


def test_a_text_that_comes_back_finds_its_translation(known: edition.Edition) -> None:
    ROOMS.update(a=[Entry("Load")])
    assert found(known, "a")["A host stops."].obsolete
    ROOMS.update(a=[Entry("A host stops.")])
    assert found(known, "a")["A host stops."].done


def test_updating_twice_changes_nothing(known: edition.Edition) -> None:
    editions.update(known)
    first = [path.read_bytes() for path in sorted(known.folder.rglob("*.po"))]
    editions.update(known)
    assert first == [path.read_bytes() for path in sorted(known.folder.rglob("*.po"))]


def test_translations_are_handed_out_and_taken_back() -> None:
    entries = [Entry("{n} hosts in a cluster"), Entry("Old", text=("낡은",), fuzzy=True)]
    given = todo.handed_out(entries, "ko")
    assert json.loads(json.dumps(given))["glossary"]["host"] == "호스트"
    keys = [line["key"] for line in given["texts"]]
    answers = {keys[0]: "클러스터의 호스트 {n}대", keys[1]: "{n}", "ffffffff": "?"}
    result, said = todo.taken(entries, answers, "ko")
    assert result[0].done
    assert not result[1].done, "what is wrong is not taken"
    assert sum(line.startswith("REFUSED") for line in said) == 2


def test_a_language_begins_with_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edition, "FOLDER", tmp_path)
    monkeypatch.setattr(editions, "FOLDER", tmp_path)
    edition.edition.cache_clear()
    made = editions.begin("ja")
    edition.edition.cache_clear()
    assert made.name == "日本語"
    assert made.plurals.startswith("nplurals=1")


def test_it_is_as_complete_as_it_says() -> None:
    """The floor only rises: what was translated once is kept up."""
    for language in editions.languages()[1:]:
        known = edition.edition(language)
        parts = [editions.share(editions.read(known, name)) for name in editions.names(known)]
        assert sum(p.words for p in parts) >= known.complete * sum(p.all_words for p in parts)
