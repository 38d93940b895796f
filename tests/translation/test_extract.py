"""What is to be translated: all of it is found, in one file each."""

import ast

import pytest

from hvlib.translation import editions, extract, notebooks
from hvlib.translation.po import Entry

pytestmark = pytest.mark.slow
MODULE = """
from hvlib.words import _, ngettext, pgettext
class Chart:
    def build(self):
        text = f"<b>{_('in an f-string')}</b> {ngettext('{n} host', '{n} hosts', 2)}"
        return text, pgettext("button", "Step"), _("5% of " "all"), _(variable)
"""


@pytest.fixture(scope="module")
def rooms() -> dict[str, list[Entry]]:
    return editions.rooms()


def test_calls_are_found_wherever_they_stand() -> None:
    """Babel loses the ones in an f-string, and takes "% o" for a format."""
    found = list(extract.calls(ast.parse(MODULE)))
    texts = [extract.literals(call) for call, _name in found]
    assert {"id": "in an f-string"} in texts
    assert {"id": "{n} host", "plural": "{n} hosts"} in texts
    assert {"context": "button", "id": "Step"} in texts
    assert {"id": "5% of all"} in texts
    assert None in texts  # the variable
    assert {name for _call, name in found} == {"Chart.build"}


def test_every_text_in_the_code_is_a_literal() -> None:
    assert not extract.unseen()


def test_each_text_stands_in_one_file(rooms: dict[str, list[Entry]]) -> None:
    code = [e.key for name, found in rooms.items() if "notebooks" not in name for e in found]
    assert len(code) == len(set(code))
    assert {"models", "widgets", "questions/problems1", "systems/xen", "rest"} <= rooms.keys()
    assert {f"notebooks/{path.stem}" for path in notebooks.sources()} <= rooms.keys()


def test_a_text_of_two_rooms_is_in_the_first() -> None:
    def room(*where: str) -> str:
        return extract.room_of(Entry("x", where=where))

    assert room("hvlib/systems/xen.toml") == "systems/xen"
    assert room("hvlib/systems/xen.toml", "hvlib/systems/kvm.toml") == "systems"
    assert room("hvlib/questions/sheet.py") == "questions/sheet"
    assert room("hvlib/widgets/ways.py", "hvlib/models/exits.py") == "models"
    assert room("hvlib/reading.py") == "rest"


def test_an_edition_has_all_that_there_is_to_translate(rooms: dict[str, list[Entry]]) -> None:
    """Else run ``make translation EDITION=ko`` and commit what it writes."""
    wanted = {name: {e.key for e in found} for name, found in rooms.items()}
    for language in editions.languages()[1:]:
        known = editions.edition(language)
        for name, keys in wanted.items():
            found = {e.key for e in editions.read(known, name) if not e.obsolete}
            new = sorted(key[1] for key in keys - found)
            assert not new, f"{name}: make translation EDITION={language} ({new[:3]})"
