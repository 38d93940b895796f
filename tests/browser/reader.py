"""Someone who reads the book in a browser."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser.jupyterlab import ROOT, Lab
from playwright.sync_api import Page

ARTEFACTS = ROOT / "test-artefacts"
CLEAR = """async () => {
  const { jupyterapp } = window;
  if (!jupyterapp) return;
  for (const widget of [...jupyterapp.shell.widgets("main")]) widget.dispose();
  await jupyterapp.serviceManager.sessions.shutdownAll();
  if (document.body.dataset.jpThemeLight === "false")
    await jupyterapp.commands.execute("apputils:change-theme", { theme: "JupyterLab Light" });
  localStorage.clear();
}"""
OPEN = """async (path) => {
  const { commands, shell } = window.jupyterapp;
  for (const widget of [...shell.widgets("main")]) widget.dispose();
  await commands.execute("docmanager:open", { path });
}"""


@dataclass
class Reader:
    """Someone who reads the book in a browser, and what went wrong while they did."""

    page: Page
    lab: Lab
    failed: list[str]
    outside: list[str]
    shown: tuple[str, tuple[str, ...]] | None = None
    """Name and cells of the notebook that the tests of a module share, while it is open."""

    def begin(self) -> None:
        """Leave the window to the next test: no notebook is open, no Python runs, all is light."""
        self.page.evaluate(CLEAR)
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.lab.forget_settings()
        self.shown = None

    def open(self, notebook: str) -> None:
        """Open a notebook in a JupyterLab without any other, and wait until its kernel is ready.

        The JupyterLab that is there is used again: to load another costs 7 s of a processor.
        """
        self.shown = None
        if self.page.evaluate("'jupyterapp' in window"):
            self.page.evaluate(OPEN, f"notebooks/{notebook}.ipynb")
        else:
            self.page.goto(self.lab.address(notebook), wait_until="commit")
        self.failed.clear()  # what was open before had asked for
        self.outside.clear()
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self._wait_for_kernel()

    def run(self, name: str, *cells: str) -> None:
        """Run a notebook of these cells, anew where the window already holds it."""
        if self.shown != (name, cells) or tuple(self.cells()) != cells:
            self.lab.write(name, *cells)
            self.open(name)
            self.shown = (name, cells)
        self.failed.clear()
        self.outside.clear()
        self.command("notebook:clear-all-cell-outputs")
        self.command("notebook:run-all-cells")

    def command(self, name: str) -> None:
        """Run a JupyterLab command, as its menu would, and wait until it is done."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def run_all(self) -> None:
        """Run every cell and wait for the last."""
        self.command("notebook:run-all-cells")
        self._wait_for_kernel()
        self.page.wait_for_timeout(1500)

    def at(self) -> float:
        """How far down the notebook the reader stands, in px."""
        scroller = self.page.locator(".jp-WindowedPanel-outer:visible").first
        return float(scroller.evaluate("el => el.scrollTop"))

    def wait_until(self, true: Callable[[], bool], otherwise: str, seconds: float = 20) -> None:
        """Wait until something holds; fail with ``otherwise``, in the reader's words, if never."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                pytest.fail(otherwise)
            self.page.wait_for_timeout(50)

    def theme(self, name: str) -> None:
        """Switch JupyterLab to ``"JupyterLab Light"`` or ``"JupyterLab Dark"``."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            name,
        )
        self.page.wait_for_timeout(800)
        self._wait_for_kernel()  # each chart is drawn anew

    def _wait_for_kernel(self) -> None:
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'",
            timeout=60_000,
        )

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
