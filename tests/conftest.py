"""What all tests share: strategies from a model's declaration, a browser, what was not tested."""

import gc
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from hvlib.models.model import Field, Model

settings.register_profile(
    "book", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("book")


def pytest_collection_finish() -> None:
    """Don't look for garbage among thousands of tests again and again: a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


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
    """A Chromium, one for all tests of a process; a machine without one skips."""
    from browser import chromium as here
    from browser.jupyterlab import CHROMIUM_FLAGS
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # a page may be long on its way while others are read
    found = here.quickest()
    if found is None:
        pytest.skip(here.UNTESTED)
    with sync_playwright() as playwright:
        # A page's Python lives too short a life here to be worth optimizing.
        flags = [*CHROMIUM_FLAGS, "--js-flags=--liftoff-only"]
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def machine_image() -> Path:
    """The image of the computer in the page: the reader's, or else one packed in less time.

    Of several test processes one builds it, and the others wait.
    """
    from hvlib.real import image
    from hvlib.real.image.build import ImageError, build

    found = image.folder() if image.made() else image.folder().with_name(f"{image.key()}-tests")
    if image.made(found):
        return found
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no Node.js here to build the computer in the page, so it was not tested")
    lock = found.with_suffix(".building")
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.mkdir()
    except FileExistsError:
        end = time.monotonic() + 400
        while lock.exists():
            assert time.monotonic() < end, f"the image was not built: remove {lock}"
            time.sleep(0.5)
        if not image.made(found):
            pytest.skip("the computer in the page could not be built, as another test says")
        return found
    try:
        return build(found, level=3)
    except ImageError as error:
        pytest.skip(f"the computer in the page could not be built: {error}")
    finally:
        lock.rmdir()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Nothing is skipped in silence: one line at the end, which ``make test`` says again."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if not reasons or hasattr(terminalreporter.config, "workerinput"):
        return  # a worker's tests are counted by the process that asked it
    line = "Not tested here: " + "; ".join(f"{why} ({count})" for why, count in reasons.items())
    terminalreporter.write_line(line)
    if note := os.environ.get("HVLIB_UNTESTED"):
        with open(note, "a", encoding="utf-8") as file:
            file.write(f"{line}\n")
