"""A real JupyterLab with the book's own settings, and a real Chromium to read it with."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser.jupyterlab import CHROMIUM_FLAGS, ROOT, Lab, running_lab
from playwright.sync_api import Browser, Page, sync_playwright

ARTEFACTS = ROOT / "test-artefacts"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The book served from a copy, so that a test never changes a stored notebook."""
    folder = tmp_path_factory.mktemp("book")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with running_lab(folder, tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; a machine without one skips, saying so."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)  # fmt: skip  # noqa: E501
    if found is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@dataclass
class Reader:
    """Someone who reads the book in a browser, and what went wrong while they did."""

    page: Page
    lab: Lab
    failed: list[str]
    outside: list[str]

    def open(self, notebook: str) -> None:
        """Open a notebook and wait until its kernel is ready."""
        self.page.goto(self.lab.address(notebook))
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.page.wait_for_function(
            "() => { const w = window.jupyterapp?.shell.currentWidget;"
            " return w?.sessionContext?.session?.kernel?.status === 'idle'; }",
            timeout=60_000,
        )

    def command(self, name: str) -> None:
        """Run a JupyterLab command, as its menu would, and wait until it is done."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def run_all(self) -> None:
        """Run every cell and wait for the last."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
            " === 'idle'"
        )
        self.page.wait_for_timeout(1500)

    def theme(self, name: str) -> None:
        """Switch JupyterLab to ``"JupyterLab Light"`` or ``"JupyterLab Dark"``."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            name,
        )
        self.page.wait_for_timeout(800)

    def cells(self) -> list[str]:
        """The source of every cell, as the page holds it now."""
        return list(
            self.page.evaluate(
                "() => Array.from(window.jupyterapp.shell.currentWidget.content.widgets,"
                " cell => cell.model.sharedModel.getSource())"
            )
        )

    def errors(self) -> list[str]:
        """Texts of error outputs in the page."""
        outputs = self.page.locator(
            ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error'],"
            " .jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
        )
        return outputs.all_inner_texts()

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the page as a test artefact."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path


@pytest.fixture
def reader(lab: Lab, chromium: Browser) -> Iterator[Reader]:
    """A fresh browser window on the book."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
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
    yield someone
    context.close()
