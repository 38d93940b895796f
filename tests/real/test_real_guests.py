"""The stored bytes of the guest programs are what their listings assemble to."""

import pytest

from hvlib.real import guests
from hvlib.real.guests import ALL, Guest
from hvlib.real.kvm_constants import CODE


def assemble(listing: str) -> bytes:
    """The machine code of a listing at the address where guests are loaded."""
    keystone = pytest.importorskip("keystone", reason="keystone-engine assembles the listings")
    source = "\n".join(line.split("#")[0] for line in listing.splitlines())
    assembler = keystone.Ks(keystone.KS_ARCH_X86, keystone.KS_MODE_64)
    return bytes(assembler.asm(source, CODE)[0])


@pytest.mark.parametrize("guest", ALL, ids=lambda guest: guest.name)
def test_bytes_and_listing_agree(guest: Guest) -> None:
    assert assemble(guest.listing) == guest.code, (
        f"the listing of {guest.name!r} no longer assembles to its stored bytes"
    )


def test_every_guest_is_listed_once() -> None:
    stored = [value for value in vars(guests).values() if isinstance(value, Guest)]
    assert sorted(g.name for g in stored) == sorted(g.name for g in ALL)


def test_a_changed_byte_is_noticed() -> None:
    assert assemble(guests.COUNTER.listing) != b"\x90" + guests.COUNTER.code[1:]
