"""The cluster that a reader breaks: clicks become failures at the clock's time."""

import pytest
from ipywidgets import Widget

from hvlib.models.inventory import Failure
from hvlib.models.model import KnobError
from hvlib.widgets.cluster_board import cluster_board

pytestmark = pytest.mark.slow


@pytest.fixture
def board():
    return cluster_board(hosts=3, vms=8)


def click(board, id):
    """What the browser does when a box is clicked."""
    crashed = board._boxes.crashed
    board._boxes.crashed = tuple(c for c in crashed if c != id) if id in crashed else (*crashed, id)


def test_a_click_lets_a_host_fail_at_the_clocks_time(board):
    board.now = 420
    click(board, "host-1")
    assert board.run.failures == (Failure(420.0, "host", "host 2"),)
    assert board._boxes.states["host-1"] == "crashed"
    assert board.result.hit, "the timeline does not know of the click"


def test_a_second_click_repairs_it_from_then_on(board):
    click(board, "host-1")
    board.now = 500
    click(board, "host-1")
    assert board.run.failures == (Failure(300.0, "host", "host 2", 500.0),)
    assert board._boxes.crashed == ()
    board.now = 400
    assert board._boxes.crashed == ("host-1",), "the past has changed"


def test_a_repair_at_the_same_moment_undoes_the_failure(board):
    click(board, "datastore")
    click(board, "datastore")
    assert board.run.failures == ()


def test_a_click_before_a_failure_replaces_it(board):
    click(board, "network-0")
    board.now = 100
    click(board, "network-0")
    assert board.run.failures == (Failure(100.0, "network", "host 1"),)


def test_a_vcenter_that_came_back_can_crash_again():
    board = cluster_board(hosts=3, vms=8, vm_monitoring=True)
    click(board, "vm-0")
    board.now = 600
    assert board._boxes.states["vm-0"] == "up"
    click(board, "vm-0")
    assert [failure.time for failure in board.run.failures] == [300.0, 600.0]
    assert board.run.failures[0].until is None, "the first crash has changed"


def test_a_vm_can_not_be_clicked_away(board):
    click(board, "vm-3")
    assert board.run.failures == ()
    assert board._boxes.crashed == ()
    assert "Only hosts" in board._note.text
    with pytest.raises(ValueError, match="Only hosts"):
        board.toggle("vm-3")


def test_a_vcenter_that_is_down_says_so(board):
    click(board, "host-0")
    click(board, "vm-0")
    assert "does not serve" in board._note.text
    assert len(board.run.failures) == 1


def test_the_clock_moves_the_boxes(board):
    click(board, "host-1")
    times = [time for time, _what in board._clock.ticks]
    assert times[0] == 300, "the track does not show the failure"
    assert len(times) > 2, "nor what follows"
    before = {box["id"]: box["inside"] for box in board._boxes.scene["boxes"]}
    board.now = 600
    after = {box["id"]: box["inside"] for box in board._boxes.scene["boxes"]}
    assert before != after, "restarted VMs stay drawn on the dead host"
    assert board._boxes.states["host-1"] == "crashed"
    assert "At 600 s" in board._boxes.sentence


def test_restore_all_repairs_everything_and_start_over_forgets_it(board):
    click(board, "host-1")
    click(board, "datastore")
    board.now = 400
    board._boxes.crashed = ()
    assert {failure.until for failure in board.run.failures} == {400.0}
    board.children[0].children[1].click()
    assert board.run.failures == ()


def test_three_forms_in_one_bundle(board, monkeypatch):
    monkeypatch.setenv("HVLIB_STILLS", "png")
    data, _metadata = board._repr_mimebundle_()
    assert data["text/plain"].startswith("At 300 s, 9 of 9 VMs serve. Started on 3 hosts")
    assert "image/png" in data
    assert "application/vnd.jupyter.widget-view+json" in data


def test_boxes_and_timeline_get_one_message_each(board, monkeypatch):
    sent = []
    monkeypatch.setattr(Widget, "_send", lambda self, msg, buffers=None: sent.append((self, msg)))
    for control, told in (
        (board._clock, {"value": 305}),
        (board._boxes, {"crashed": ["host-1"], "selected": "host-1"}),
        (board._boxes, {"crashed": ["host-1", "network-0"], "selected": "network-0"}),
        (board._clock, {"value": 700}),
    ):
        sent.clear()
        control.set_state(told)
        assert {widget for widget, _msg in sent} == {board._boxes, board._picture}, told
        assert len(sent) == 2, f"{told}: {sent}"
        if control is board._boxes:
            boxes = next(msg["state"] for widget, msg in sent if widget is control)
            assert boxes.keys().isdisjoint(told), f"the page is told what it told: {boxes}"


def test_states_always_come_from_the_run(board):
    assert board._boxes.scene["alone"] == {}
    click(board, "vm-0")
    assert board._boxes.scene["alone"] == {}


def test_a_bad_knob_is_named():
    with pytest.raises(KnobError, match="hosts"):
        cluster_board(hosts=99)


def test_a_click_is_worked_out_once(board, monkeypatch):
    drawn, moments = [], []
    draw, moment = board._picture.draw, board._moment
    monkeypatch.setattr(board, "_moment", lambda: moments.append(1) or moment())
    monkeypatch.setattr(board._picture, "draw", lambda *shown: drawn.append(1) or draw(*shown))
    click(board, "host-1")
    assert (len(moments), len(drawn)) == (1, 1), "one click, several moments or pictures"
