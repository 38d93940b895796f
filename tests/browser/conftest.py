"""A real JupyterLab with the book's own settings, and a real Chromium to read it with."""

import shutil
from collections.abc import Iterator

import pytest
from browser.jupyterlab import ROOT, Lab, running_lab
from browser.reader import Reader
from playwright.sync_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that needs JupyterLab shares one, and all that needs the page's computers their page."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            for shared in {"lab", "room"} & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.xdist_group(shared))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The book served from a copy, so that a test never changes a stored notebook."""
    folder = tmp_path_factory.mktemp("book")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with running_lab(folder, tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture(scope="session")
def desk(lab: Lab, chromium: Browser) -> Iterator[Reader]:
    """A window on the book that tests share: to open JupyterLab in another takes twice as long."""
    context = chromium.new_context()
    page = context.new_page()
    someone = Reader(page, lab, [], [])
    page.on("requestfailed", lambda request: someone.failed.append(request.url))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((lab.url, lab.url.replace("http", "ws"), "data:", "blob:"))
            else someone.outside.append(request.url)
        ),
    )
    someone.begin()
    yield someone
    context.close()


@pytest.fixture
def reader(desk: Reader) -> Iterator[Reader]:
    """The window for a test that turns it upside down: as nobody left it, before and after."""
    desk.begin()
    yield desk
    desk.begin()
