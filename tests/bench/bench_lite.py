"""The JupyterLite edition in Chromium: all cells of all chapters, with no server.

Nothing is loaded from elsewhere: each request that isn't for the folder itself is counted.
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route, sync_playwright

from hvlib.site.book import pages
from hvlib.site.lite import build
from hvlib.site.serving import served
from tests.browser.chromium import program
from tests.browser.jupyterlab import CHROMIUM_FLAGS

CHAPTERS = [page.reader.stem for page in pages() if not page.is_lab]
BARS = {
    "cells that failed or didn't run": ("below", 1.0),
    "requests to another host": ("below", 1.0),
}
READY = """(path) => {
  const { context, sessionContext } = window.jupyterapp?.shell.currentWidget ?? {};
  return context?.path === path && sessionContext?.session?.kernel?.status === "idle";
}"""
RUN = """async () => {
  const { commands, shell } = window.jupyterapp;
  await commands.execute("notebook:clear-all-cell-outputs");
  await commands.execute("notebook:run-all-cells");
  const cells = shell.currentWidget.content.widgets.filter((cell) => cell.model.type === "code");
  return cells.map(({ model }) => ({
    source: model.sharedModel.getSource(),
    count: model.executionCount,
    kinds: model.outputs.toJSON().map((output) => output.name ?? output.output_type),
  }));
}"""


def measure() -> dict[str, float]:
    """Counts over all chapters, and how long the first takes until its kernel is idle."""
    found: dict[str, float] = {}
    cells: list[dict[str, Any]] = []
    outside: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        build(Path(folder) / "lite")
        browser = playwright.chromium.launch(executable_path=program(), args=CHROMIUM_FLAGS)
        with served(Path(folder) / "lite") as url:
            for chapter in CHAPTERS:
                context = browser.new_context()  # a reader who opens only this chapter
                context.on("request", lambda request: _note(request.url, url, outside))
                _expose(context, Path(folder) / "lite")
                page = context.new_page()
                begin = time.monotonic()
                page.goto(f"{url}/lab/index.html?path={chapter}.ipynb")
                page.wait_for_function(READY, arg=f"{chapter}.ipynb", timeout=180_000)
                found.setdefault("first kernel idle (s)", time.monotonic() - begin)
                cells += _run(page, chapter)
                context.close()
        browser.close()
    failed = [cell for cell in cells if cell["count"] is None or "error" in cell["kinds"]]
    for cell in failed:
        print(f"failed: {cell['chapter']}: {cell['source'][:80]!r}")
    return {
        **found,
        "cells": float(len(cells)),
        "cells that failed or didn't run": float(len(failed)),
        "requests to another host": float(len(outside)),
    }


def _run(page: Page, chapter: str) -> list[dict[str, Any]]:
    page.wait_for_selector(".jp-Notebook .jp-Cell", state="attached", timeout=60_000)
    return [{**cell, "chapter": chapter} for cell in page.evaluate(RUN)]


def _note(asked: str, url: str, outside: list[str]) -> None:
    if not asked.startswith((url, "data:", "blob:")):
        outside.append(asked)


def _expose(context: BrowserContext, lite: Path) -> None:
    """Let the page give its application to scripts, as JupyterLab's tests do."""
    config = json.loads((lite / "jupyter-lite.json").read_text("utf-8"))
    config["jupyter-config-data"]["exposeAppInBrowser"] = True

    def answer(route: Route) -> None:
        route.fulfill(json=config)

    context.route(
        lambda asked: asked.split("?")[0].endswith("/jupyter-lite.json") and "/lab/" not in asked,
        answer,
    )
