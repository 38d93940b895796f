"""What Python adds to the computers in the page: their image, a forecast, and who falls."""

from pathlib import Path

import pytest

from hvlib.models.migration import predict_rounds
from hvlib.real import image
from hvlib.widgets.machines import PageMachines, foretold, migration, page_machines

ROUNDS = [
    {"pages": 18_432, "seconds": 3.8},
    {"pages": 600, "seconds": 0.13},
    {"pages": 200, "seconds": 0.05},
]


def sent_by(room: PageMachines, content: dict[str, object]) -> None:
    """As when the page sends a message."""
    room.machines._heard(room.machines, content, [])


def test_later_rounds_are_foretold_as_those_of_a_real_migration() -> None:
    room = page_machines()
    sent_by(room, {"rounds": ROUNDS[:1], "rate": 20e6})
    assert len(room.children) == 1, "of one round nothing can be foretold"
    sent_by(room, {"rounds": ROUNDS[:2], "rate": 20e6})
    first = [(one["pages"], one["seconds"]) for one in ROUNDS[:2]]
    guess = predict_rounds(first, memory=18_432)
    later = ", ".join(f"{pages:,.0f}" for pages in [*(p for p, _ in guess.rounds), guess.left])
    assert room._stage.sentence == f"From the first two rounds the model foretells {later} pages."
    sent_by(room, {"migration": {"rounds": ROUNDS, "rate": 20e6, "downtime": 0.1}})
    assert f"foretold {later} pages; it came to 200, the last" in room._stage.sentence


def test_a_migration_without_a_second_round_says_so() -> None:
    assert "nothing to foretell" in foretold(migration(ROUNDS[:1], 20e6, 4.0))


def test_a_panic_takes_down_what_needs_that_kernel_and_no_more() -> None:
    room = page_machines()
    sent_by(room, {"crashed": ["A"]})
    states = room._picture.states
    assert {part for part, state in states.items() if state != "up"} == {"kernel-a", "shell-a"}
    sent_by(room, {"crashed": []})
    assert set(room._picture.states.values()) == {"up"}, "a new machine stands in its place"


def test_the_page_asks_for_the_image_and_gets_its_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (*image.PARTS, image.NOTICE):
        (tmp_path / name).write_bytes(name.encode())
    monkeypatch.setattr(image, "folder", lambda: tmp_path)
    room = page_machines()
    assert room.machines.bytes == sum(len(name) for name in image.PARTS)
    said: list[tuple[object, list[bytes]]] = []
    monkeypatch.setattr(
        room.machines, "send", lambda content, buffers: said.append((content, buffers))
    )
    sent_by(room, {"ask": "parts"})
    assert said == [({"parts": list(image.PARTS)}, [name.encode() for name in image.PARTS])]


def test_without_an_image_the_page_says_how_to_make_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(image, "folder", lambda: tmp_path)
    machines = page_machines(1).machines
    assert machines.bytes == 0
    assert "make machine" in machines.words["missing"]


def test_there_are_one_or_two() -> None:
    with pytest.raises(ValueError, match="one or two computers in the page, not 3"):
        page_machines(3)
