"""What the tests of real machines share."""

from collections.abc import Iterator

import pytest

from hvlib.real import probe


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """What this machine can do is remembered neither before nor after."""
    probe.forget()
    yield
    probe.forget()
