"""What all tests share: Hypothesis strategies from a model's own declaration."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from hvlib.models.model import Field, Model

settings.register_profile(
    "book", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("book")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--photos", action="store_true", help="keep pictures of every page, both themes"
    )


@pytest.fixture
def photos(request: pytest.FixtureRequest) -> bool:
    """Whether somebody wants to look at every page; its pictures take a minute, prove nothing."""
    return bool(request.config.getoption("--photos"))


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """All allowed values of one knob, its ends included."""
    if field.kind == "bool":
        return st.booleans()
    if field.kind == "choice":
        return st.sampled_from(field.choices)
    low, high = field.knob.low, field.knob.high
    if field.kind == "int":
        return st.integers(int(low), int(high))
    return st.sampled_from([low, high]) | st.floats(low, high)


def knob_values(model: type[Model]) -> st.SearchStrategy[dict[str, Any]]:
    """Keyword arguments for ``model`` over its whole declared range."""
    return st.fixed_dictionaries({name: values_of(f) for name, f in model.knobs().items()})


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, one for all tests of a process; a machine without one skips."""
    from browser.jupyterlab import CHROMIUM_FLAGS
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)  # fmt: skip  # noqa: E501
    if found is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
