"""The loader: what it refuses and how it says so, and the rules by which failure spreads."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvlib.systems.system import System, SystemFileError, load, names, parse

SMALL = """
id = "small"
name = "Small"
summary = "Two guests on a hypervisor."
sources = ["a book"]

[classification]
type = "1"
because = "It starts first."
argued = "Nobody does."
owns_hardware = "The hypervisor."

[[components]]
id = "hardware"
name = "Hardware"
layer = "hardware"
role = "hardware"
privilege = "below all software"
boundary = "hardware"
does = "The machine."

[[components]]
id = "card"
name = "Card"
inside = "hardware"
does = "Sends."

[[components]]
id = "monitor"
name = "Monitor"
row = 1
layer = "hypervisor"
privilege = "root mode"
boundary = "monitor"
does = "Runs guests."
needs = [{ of = "hardware", for = "run" }]

[[components]]
id = "switch"
name = "Switch"
inside = "monitor"
does = "Carries packets."
needs = [{ of = "card", for = "io" }]

[[components]]
id = "spare"
name = "Spare switch"
inside = "monitor"
does = "Carries packets too."

[[components]]
id = "console"
name = "Console"
row = 2
layer = "runtime"
privilege = "user mode"
boundary = "console"
does = "Starts guests."
needs = [{ of = "monitor", for = "run" }]

[[components]]
id = "guest"
name = "Guest"
row = 2
layer = "guest"
role = "guest"
privilege = "guest mode"
boundary = "guest"
does = "Runs programs."
needs = [
    { of = "monitor", for = "run" },
    { of = "switch", for = "io", any = "network" },
    { of = "spare", for = "io", any = "network" },
    { of = "console", for = "manage" },
]

[[links]]
between = ["guest", "switch"]
[[links]]
between = ["switch", "card"]

[[flows]]
id = "packet"
name = "A packet is sent"
steps = [
    { at = "guest", says = "The guest sends." },
    { at = "switch", says = "The switch takes it.", by = "VM exit" },
    { at = "card", says = "The card sends it." },
]
"""


def changed(old: str, new: str) -> str:
    """The small file with one piece of text replaced; the piece must be there."""
    assert old in SMALL, f"{old!r} is not in the small file"
    return SMALL.replace(old, new, 1)


@pytest.fixture
def small() -> System:
    return parse(SMALL, "small.toml")


def test_a_component_has_what_it_leaves_open_from_its_container(small: System) -> None:
    switch = small.component("switch")
    assert (switch.layer, switch.privilege, switch.boundary) == (
        "hypervisor",
        "root mode",
        "monitor",
    )


BAD = {
    "not TOML": (changed('id = "small"', "id = "), ""),
    "a misspelt key": (
        changed("summary =", "sumary ="),
        "did you mean 'summary'",
    ),
    "a misspelt component key": (
        changed('does = "Sends."', 'dose = "Sends."'),
        "card.dose: no such key; did you mean 'does'",
    ),
    "a key that a part could leave out, misspelt": (
        changed('for = "manage"', 'for = "manage", powr = false'),
        "needs.3.powr: no such key; did you mean 'power'",
    ),
    "no classification": (
        changed("[classification]", "[classificatoin]"),
        "did you mean 'classification'",
    ),
    "an unknown type": (changed('type = "1"', 'type = "3"'), "classification.type"),
    "no source": (changed('sources = ["a book"]', "sources = []"), "sources"),
    "no layer at the top": (changed('layer = "guest"\n', ""), "components.guest.layer"),
    "an unknown layer": (changed('layer = "guest"', 'layer = "gest"'), "components.guest.layer"),
    "an unknown role": (changed('role = "guest"', 'role = "gast"'), "components.guest.role"),
    "a name too long": (changed('"Spare switch"', '"A spare switch for the case"'), "spare.name"),
    "an id twice": (changed('id = "spare"', 'id = "switch"'), "'switch' is used twice"),
    "an id with a space": (changed('id = "spare"', 'id = "spa re"'), "components.spa re.id"),
    "an unknown container": (changed('inside = "monitor"', 'inside = "moniter"'), "moniter"),
    "a container in a circle": (
        changed('id = "monitor"\n', 'id = "monitor"\ninside = "switch"\n'),
        "circle, monitor in switch in monitor",
    ),
    "a part inside itself": (
        changed('id = "guest"\n', 'id = "guest"\ninside = "guest"\n').replace(
            'layer = "guest"', ""
        ),
        "circle, guest in guest",
    ),
    "an unknown need": (changed('of = "console"', 'of = "consol"'), "guest.needs: no component"),
    "an unknown purpose": (
        changed('for = "manage"', 'for = "fun"'),
        "components.guest.needs.3.for",
    ),
    "a link to nothing": (changed('["switch", "card"]', '["switch", "cart"]'), "'cart'"),
    "a link to itself": (changed('["switch", "card"]', '["card", "card"]'), "card - card"),
    "a link to the container": (
        changed('["switch", "card"]', '["switch", "monitor"]'),
        "switch - monitor",
    ),
    "a link twice": (changed('["switch", "card"]', '["switch", "guest"]'), "twice"),
    "a step without a link": (
        changed('{ at = "switch", says', '{ at = "spare", says'),
        "flow packet: no link",
    ),
    "a step to nothing": (changed('at = "card"', 'at = "cart"'), "flow packet: no component"),
    "one step only": (
        changed('    { at = "switch", says', '    # { at ="switch", says'),
        "no link",
    ),
    "a crossing without its means": (changed(', by = "VM exit"', ""), "step 1 at switch crosses"),
    "a means without a crossing": (
        changed('says = "The card sends it."', 'says = "Sent.", by = "magic"'),
        "step 2 at card crosses no boundary",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_gets_an_error_with_file_key_and_reason(fault: str) -> None:
    text, key = BAD[fault]
    with pytest.raises(SystemFileError) as caught:
        parse(text, "mine.toml")
    message = str(caught.value)
    assert message.startswith("mine.toml: "), f"{fault}: the message does not name the file"
    assert key in message, f"{fault}: {message!r} does not name {key!r}"
    assert len(message) > len(f"mine.toml: {key}"), f"{fault}: {message!r} gives no reason"


def toml(value: Any) -> str:
    """A value as inline TOML: enough of a writer for these tests."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return str(value) if isinstance(value, int) else f'"{quoted}"'


def required(data: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Every key of a file that it can't do without: (table, key)."""
    tops = [part for part in data["components"] if "inside" not in part]
    found = [(data, key) for key in ("id", "name", "summary", "sources", "classification")]
    found += [(data["classification"], key) for key in ("type", "because", "argued")]
    found += [(part, key) for part in data["components"] for key in ("id", "name", "does")]
    found += [(part, key) for part in tops for key in ("layer", "privilege", "boundary")]
    found += [(link, "between") for link in data["links"]]
    found += [(flow, key) for flow in data["flows"] for key in ("id", "name", "steps")]
    return found + [(s, key) for f in data["flows"] for s in f["steps"] for key in ("at", "says")]


@given(st.data(), st.sampled_from(names()), st.booleans())
def test_no_required_key_of_any_file_can_go_missing_or_be_misspelt(
    data: st.DataObject, name: str, misspell: bool
) -> None:
    text = Path("hvlib/systems", f"{name}.toml")
    raw = tomllib.loads((Path(__file__).parents[2] / text).read_text(encoding="utf-8"))
    table, key = data.draw(st.sampled_from(required(raw)))
    value = table.pop(key)
    if misspell:
        table[key + "x"] = value
    lines = "\n".join(f"{name} = {toml(item)}" for name, item in raw.items())
    with pytest.raises(SystemFileError, match=r"^mine\.toml: .+"):
        parse(lines, "mine.toml")


@given(st.text() | st.sampled_from(["components = 3", "components = [1]", "[[components]]\nid=1"]))
def test_no_text_does_worse_than_a_system_file_error(text: str) -> None:
    with pytest.raises(SystemFileError, match=r"^mine\.toml: "):
        parse(text, "mine.toml")


def test_a_readers_own_file_loads_and_a_missing_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    assert load(path).name == load(str(path)).name == "Small"
    with pytest.raises(SystemFileError, match=r"missing\.toml"):
        load(tmp_path / "missing.toml")


def test_an_unknown_system_component_or_flow_names_the_known_ones(small: System) -> None:
    asked: dict[str, Callable[[], object]] = {
        "virtualbox": lambda: load("virtual-box"),
        "monitor": lambda: small.component("moniter"),
        "packet": lambda: small.flow("paket"),
    }
    for known, ask in asked.items():
        with pytest.raises(KeyError, match=known):
            ask()


def marked(system: System, *crashed: str) -> dict[str, str]:
    """The components that are not up."""
    return {id: state for id, state in system.states(crashed).items() if state != "up"}


@pytest.mark.parametrize(
    ("crashed", "expected"),
    [
        ([], {}),
        (["guest"], {"guest": "crashed"}),
        (["console"], {"console": "crashed", "guest": "unmanaged"}),
        (["switch"], {"switch": "crashed"}),
        (["card"], {"card": "crashed", "switch": "stalled"}),
        (["switch", "spare"], {"switch": "crashed", "spare": "crashed", "guest": "stalled"}),
        (["card", "spare"], {"card": "crashed", "switch": "stalled"} | {"spare": "crashed"}
         | {"guest": "stalled"}),
        (["monitor"], {"monitor": "crashed"} | dict.fromkeys(
            ["switch", "spare", "console", "guest"], "down")),
    ],
)  # fmt: skip
def test_failure_spreads_by_purpose(
    small: System, crashed: list[str], expected: dict[str, str]
) -> None:
    assert marked(small, *crashed) == expected


def test_crossings_count_software_boundaries_only(small: System) -> None:
    assert small.crossings("packet") == (("guest", "monitor"),), (
        "a step to a device is no privilege crossing"
    )
    (crossing,) = small.passages("packet")
    assert (crossing.step, crossing.by) == (1, "VM exit")


@given(st.data(), st.sampled_from(names()))
def test_more_crashes_never_make_anything_better(data: st.DataObject, name: str) -> None:
    system = load(name)
    some = data.draw(st.sets(st.sampled_from([item.id for item in system.components])))
    one = data.draw(st.sampled_from([item.id for item in system.components]))
    rank = {"up": 0, "unmanaged": 1, "limited": 2, "stalled": 3, "down": 4, "crashed": 5}
    fewer, more = system.states(some), system.states(some | {one})
    better = [id for id in fewer if rank[more[id]] < rank[fewer[id]]]
    assert not better, f"{name}: crashing {one} as well as {some} repairs {better}"
