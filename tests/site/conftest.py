"""The site, built once for all tests, served from this machine, and a Chromium to read it with."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.visitor import Visit
from playwright.sync_api import Browser

from hvlib.site.serving import served

ROOT = Path(__file__).resolve().parents[2]
UNTESTED = "no npm on this machine, so the site was not built and nothing of it was tested"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The built site. Of several test processes one builds it, and the others wait.

    All of a ``make test`` share one, in the folder that HVLIB_BUILT names.
    """
    if not shutil.which("npm"):
        pytest.skip(UNTESTED)
    from hvlib.site.build import build

    base = tmp_path_factory.getbasetemp()
    own = base if worker_id == "master" else base.parent
    folder = Path(os.environ.get("HVLIB_BUILT", own)) / "built"
    try:
        folder.with_name("building").mkdir()
    except FileExistsError:
        _wait_for(folder / "sw.js")
    else:
        build(folder)
    return folder


def _wait_for(last: Path, seconds: float = 300) -> None:
    """Until another test process has written the file that a build writes last."""
    end = time.monotonic() + seconds
    while not last.exists():
        assert time.monotonic() < end, "the site was not built by the process that began to"
        time.sleep(0.2)


START_PAGE = """
from pathlib import Path
from hvlib.site import build, stills
from hvlib.site.book import pages
build.pages = stills.pages = lambda: pages()[:1]
build.build_within(Path("ko"), RUN, "")
"""


@pytest.fixture(scope="session")
def korean_site(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site with its Korean start page."""
    folder = tmp_path_factory.mktemp("korean")
    for path in site.iterdir():
        (folder / path.name).symlink_to(path)
    (run,) = site.glob("run-*")
    environment = {**os.environ, "HVLIB_LANGUAGE": "ko", "PYTHONPATH": str(ROOT)}
    script = START_PAGE.replace("RUN", repr(run.name))
    subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, check=True)
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site on a port of this machine."""
    with served(site) as url:
        yield url


@pytest.fixture
def visit(address: str, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh window; a test's parameter may hold options for it."""
    options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    context = chromium.new_context(**{**options, **getattr(request, "param", {})})
    someone = Visit(context.new_page(), address)
    page = someone.page
    page.on("pageerror", lambda error: someone.errors.append(str(error)))
    page.on(
        "console",
        lambda message: someone.errors.append(message.text) if message.type == "error" else None,
    )
    context.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "data:", "blob:"))
            else someone.outside.append(request.url)
        ),
    )
    yield someone
    context.close()
