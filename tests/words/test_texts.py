"""The texts of the systems' and papers' files: all found, all translated, identities untouched."""

import tomllib
from importlib.resources import files

import pytest

from hvlib.systems.system import names
from hvlib.texts import KEPT, SYSTEM, places
from tests.words.pseudo import run, said

_IDS = """
import json
from hvlib.systems.blast import trust_graph
from hvlib.systems.system import load, names
def identity(system):
    ways = [(flow.id, p.step, p.source, p.target) for flow in system.all_flows
            for p in system.passages(flow.id)]
    return {
        "components": [(item.id, item.boundary) for item in system.components],
        "names": len({item.name for item in system.components}),
        "ways": ways,
        "walls": len(trust_graph(system).ways),
        "settings": system.settings(),
    }
print(json.dumps({id: identity(load(id)) for id in names()}))
"""
_READ = """
import json
from hvlib.systems.system import load, names
print(json.dumps({id: load(id).model_dump(mode="json", by_alias=True) for id in names()}))
"""


def test_a_system_is_the_same_in_every_language() -> None:
    """Nothing is compared by a translated text, and no two names become one."""
    assert run(_IDS, pseudo=True) == run(_IDS, pseudo=False)


@pytest.fixture(scope="module")
def spoken() -> dict[str, dict[str, object]]:
    return run(_READ, pseudo=True)  # type: ignore[no-any-return]


@pytest.mark.parametrize("id", names())
def test_each_text_of_a_system_is_translated(id: str, spoken: dict[str, object]) -> None:
    data = tomllib.loads((files("hvlib.systems") / f"{id}.toml").read_text(encoding="utf-8"))
    found = {place.text: place.key for place in places(data, SYSTEM)}
    values = _strings(spoken[id])
    missing = [t for t, key in found.items() if key not in KEPT and said(t) not in values]
    assert not missing
    latin = {text for text in values if " " in text and text.isascii() and text not in found}
    assert not {t for t in latin if not _is_reference(t, data)}


def _is_reference(text: str, data: dict[str, object]) -> bool:
    """Where something was read: citations and versions stay in their own language."""
    return text in _strings(data.get("sources")) | _strings(data.get("checked")) | _strings(
        [event["source"] for event in data.get("after", [])]  # type: ignore[attr-defined]
    ) | {"1 or 2", "container in a VM", "user-space kernel", "cleans up", "fails over"} | {
        event["by"]
        for event in data.get("after", [])  # type: ignore[attr-defined]
    }


def _strings(node: object) -> set[str]:
    if isinstance(node, str):
        return {node}
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return {text for child in children for text in _strings(child)}
