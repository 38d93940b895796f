"""A device with a ring: it takes what is offered, and never believes its guest."""

import mmap
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvlib.real import probe, ring
from hvlib.real.engine import ENGINES
from hvlib.real.ring import AVAILABLE, DESCRIPTORS, PLACES, USED, Ring, RingError

SIZE = 2 << 20


def offer(memory: mmap.mmap, buffers: list[tuple[int, int]], index: int) -> None:
    """Write descriptors and the available ring as a guest would."""
    for number, (address, length) in enumerate(buffers):
        struct.pack_into("<QIHH", memory, DESCRIPTORS + 16 * number, address, length, 0, 0)
        struct.pack_into("<H", memory, AVAILABLE + 4 + 2 * number, number)
    struct.pack_into("<H", memory, AVAILABLE + 2, index)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("buffer", "kick"), [(64, 1), (256, 16), (128, 64)])
def test_a_guest_sends_the_same_bytes_in_both_ways(engine: str, buffer: int, kick: int) -> None:
    if not (answer := probe.ask(engine)).yes:
        pytest.skip(answer.why)
    s = ring.port_and_ring.live(size=2048, buffer=buffer, kick=kick, engine=engine).summary
    assert s["received"], "the two devices got different bytes"
    assert s["port"]["exits"] == 2048
    assert s["ring"]["exits"] == 2048 // buffer // kick + 1  # and the last kick, for what is left


def test_the_ring_sends_at_least_twenty_times_the_bytes_an_exit() -> None:
    assert ring.port_and_ring.stored().summary["ratio"] >= 20
    assert ring.port_and_ring.stored().summary["received"]


def test_a_ring_of_64_goes_round() -> None:
    """More buffers than places: each is taken once, in order."""
    with mmap.mmap(-1, SIZE) as memory:
        device, sent = Ring(memory), b""
        for index in range(1, 201):
            place = (index - 1) % PLACES
            memory[0x20000:0x20001] = bytes([index])
            struct.pack_into("<QIHH", memory, DESCRIPTORS + 16 * place, 0x20000, 1, 0, 0)
            struct.pack_into("<H", memory, AVAILABLE + 4 + 2 * place, place)
            struct.pack_into("<H", memory, AVAILABLE + 2, index)
            device.write(0, 1)
            sent += bytes([index])
        assert device.received == sent
        assert struct.unpack_from("<H", memory, USED + 2) == (200,)


@pytest.mark.parametrize(
    ("buffers", "index", "says"),
    [
        ([(SIZE - 4, 5)], 1, "outside the guest's memory"),
        ([(1 << 60, 1)], 1, "outside the guest's memory"),
        ([(0, 1)], PLACES + 1, "in a ring of 64"),
    ],
)
def test_a_bad_offer_is_refused(buffers: list[tuple[int, int]], index: int, says: str) -> None:
    with mmap.mmap(-1, SIZE) as memory:
        offer(memory, buffers, index)
        device = Ring(memory)
        with pytest.raises(RingError, match=says):
            device.write(0, 1)
        assert not device.received


@given(st.binary(min_size=0x700, max_size=0x700))
@settings(max_examples=50)
def test_no_ring_of_random_bytes_hurts_the_host(junk: bytes) -> None:
    with mmap.mmap(-1, SIZE) as memory:
        memory[DESCRIPTORS : DESCRIPTORS + len(junk)] = junk
        try:
            Ring(memory).write(0, 1)
        except RingError:
            return
