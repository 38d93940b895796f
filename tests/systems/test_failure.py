"""Failures by what they take away, and the events that follow them."""

import pytest

from hvlib.systems.failure import Moment
from hvlib.systems.system import System, SystemFileError, parse

PART = """
[[components]]
id = "{id}"
name = "{id}"
layer = "{layer}"
privilege = "p"
boundary = "{id}"
does = "Works."
needs = [{needs}]
"""
HEAD = """
id = "small"
name = "Small"
summary = "A daemon and a box."
sources = ["a book"]
[classification]
type = "os"
because = "It is."
argued = "Nobody does."
owns_hardware = "The kernel."
[[options]]
id = "keep"
name = "keep"
values = ["off", "on"]
default = "off"
"""
TAIL = """
[[after]]
of = "daemon"
by = "init"
does = "restarts"
what = ["daemon"]
after = "2 s"
says = "init starts it anew."
source = "unit file"
[[after]]
of = "daemon"
by = "daemon"
does = "ends"
what = ["box"]
says = "It ends what it finds."
when = { keep = "off" }
source = "source code"
"""


def small(needs: str, tail: str = "") -> System:
    parts = [("card", "hardware", ""), ("disk", "hardware", ""), ("init", "runtime", "")]
    parts += [("daemon", "runtime", ""), ("box", "application", needs)]
    text = "".join(PART.format(id=id, layer=layer, needs=need) for id, layer, need in parts)
    return parse(HEAD + text + tail, "small.toml")


DISK_AND_CARD = '{ of = "disk", for = "disk" }, { of = "card", for = "network" }'


@pytest.mark.parametrize(
    ("needs", "crashed", "state", "lacks"),
    [
        (DISK_AND_CARD, "card", "limited", {"network"}),
        (DISK_AND_CARD, "disk", "stalled", {"disk"}),
        ('{ of = "card", for = "network" }', "card", "stalled", {"network"}),
        ('{ of = "card", for = "io" }', "card", "stalled", {"disk", "network"}),
        ('{ of = "daemon", for = "names" }', "daemon", "limited", {"names"}),
        ('{ of = "daemon", for = "log" }', "daemon", "limited", {"log"}),
        ('{ of = "daemon", for = "service" }', "daemon", "stalled", {"service"}),
        ('{ of = "daemon", for = "manage" }', "daemon", "unmanaged", {"manage"}),
        ('{ of = "daemon", for = "run" }', "daemon", "down", set()),
    ],
)
def test_each_kind_of_need_takes_its_own_away(
    needs: str, crashed: str, state: str, lacks: set[str]
) -> None:
    box = small(needs).conditions((crashed,))["box"]
    assert (box.state, box.lacks) == (state, lacks)


def test_a_need_counts_only_with_its_setting() -> None:
    system = small('{ of = "daemon", for = "run", when = { keep = "off" } }')
    assert system.states(("daemon",))["box"] == "down"
    assert system.states(("daemon",), settings={"keep": "on"})["box"] == "up"


def told(moments: tuple[Moment, ...], *ids: str) -> list[tuple[str, ...]]:
    return [tuple(moment.conditions[id].state for id in ids) for moment in moments]


MANAGED = '{ of = "daemon", for = "manage" }'


def test_a_crash_is_a_sequence_of_events() -> None:
    found = small(MANAGED, TAIL).moments(("daemon",))
    assert told(found, "daemon", "box") == [("crashed", "unmanaged"), ("up", "up"), ("up", "down")]
    assert [moment.event.after for moment in found if moment.event] == ["2 s", ""]


def test_a_setting_changes_what_is_left_in_the_end() -> None:
    found = small(MANAGED, TAIL).moments(("daemon",), {"keep": "on"})
    assert told(found, "daemon", "box")[-1] == ("up", "up")


def test_nobody_restarts_what_a_dead_supervisor_would() -> None:
    found = small(MANAGED, TAIL).moments(("daemon", "init"))
    assert told(found, "daemon", "box") == [("crashed", "unmanaged")]


def test_what_died_with_a_component_stays_dead_when_only_that_comes_back() -> None:
    found = small('{ of = "daemon", for = "run" }', TAIL).moments(("daemon",), {"keep": "on"})
    assert told(found, "daemon", "box") == [("crashed", "down"), ("up", "down")]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('what = ["box"]', 'what = ["bix"]', "no component 'bix'"),
        ('keep = "off" }', 'keep = "of" }', "no setting keep = 'of'"),
        ('default = "off"', 'default = "maybe"', "no value 'maybe'"),
        ('source = "unit file"', 'source = ""', "after.0.source"),
    ],
)
def test_a_wrong_event_or_setting_is_named(old: str, new: str, fault: str) -> None:
    text = HEAD + "".join(
        PART.format(id=id, layer="runtime", needs="") for id in ("daemon", "box", "init")
    )
    with pytest.raises(SystemFileError, match=fault):
        parse((text + TAIL).replace(old, new, 1), "small.toml")


def test_settings_that_a_system_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="keep: off, on"):
        small("").settings({"keep": "perhaps"})


FLOW = """
[[links]]
between = ["box", "daemon"]
[[flows]]
id = "call"
name = "A call"
steps = [
    { at = "box", says = "It calls." },
    { at = "daemon", says = "It is called.", by = "socket", equal = true },
]
back = [{ at = "box", says = "It gets its answer.", by = "socket", equal = true }]
"""


def test_the_way_back_is_counted_when_asked_for_and_equal_privilege_is_marked() -> None:
    system = small("", FLOW)
    assert [len(system.passages(flow)) for flow in ("call", "call+back")] == [1, 2]
    assert all(item.equal for item in system.passages("call+back"))
