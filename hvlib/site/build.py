"""Builds the site: pages, scripts, Python for the page, and search."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from fontTools.ttLib import TTFont

from hvlib.edition import ENGLISH, START, edition, languages
from hvlib.real import image
from hvlib.site import parts
from hvlib.site.book import ALL, Page, pages
from hvlib.site.pages import FONTS, WEB, narrow, render
from hvlib.site.parts import zipped
from hvlib.site.stills import Stills, stills
from hvlib.words import LANGUAGE

ROOT = Path(__file__).resolve().parents[2]

SCRIPTS = ("book.js", "manager.js")
_UNUSED = (
    "pagefind-component",
    "pagefind-highlight",
    "pagefind-modular",
    "pagefind-ui",
    "wasm.unknown",
)
"""Parts of pagefind that these pages do without."""


def build(site: Path, editions: Sequence[str] = ()) -> None:
    """Write the whole site into ``site``, which is emptied first. Raises PartsError.

    editions: the languages that get a folder of their own in it.
    """
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    run, machine = _python(site), _machine(site)
    drawn = stills()
    for page in pages():
        _page(page, site, run, machine, drawn[page.address], built=editions)
    for name in SCRIPTS:
        shutil.copyfile(WEB / name, site / name)
    _search(site)
    _service(site, run)
    for language in editions:
        command = [sys.executable, "-m", "hvlib.site", "--out", str(site / language), "--within"]
        parts.run([*command, run, machine], ROOT, HVLIB_LANGUAGE=language)


def ready() -> list[str]:
    """The languages whose edition has a start page."""
    return [name for name in languages()[1:] if (ALL / name / START).exists()]


def build_within(site: Path, run: str, machine: str) -> None:
    """Write the pages of this process's language into a folder of the English site.

    They share its Python and its computer (``run``, ``machine``), and bring their texts and fonts.
    """
    site.mkdir(parents=True)
    translation = _translation(site)
    drawn = stills()
    machine = machine and f"../{machine}"
    for page in pages():
        _page(page, site, f"../{run}", machine, drawn[page.address], translation)
    for name in SCRIPTS:
        shutil.copyfile(WEB / name, site / name)
    _search(site)
    _service(site, f"../{run}")


def _translation(site: Path) -> str:
    """Put what the language adds to Python into an archive, and its fonts beside; its name."""
    known = edition(LANGUAGE)
    texts = zipped(dict(parts.translation_files()))
    name = f"texts-{hashlib.sha256(texts).hexdigest()[:12]}.zip"
    (site / name).write_bytes(texts)
    (site / FONTS).mkdir()
    for path in (known.folder / FONTS).iterdir():
        if path.suffix == ".otf":
            font = TTFont(path, recalcTimestamp=False)
            font.flavor = "woff"
            font.save(site / FONTS / f"{path.stem}.woff")
        else:
            shutil.copyfile(path, site / FONTS / path.name)  # the licence
    return name


def _python(site: Path) -> str:
    """Put Python for the page into a folder named by its content, so that it can be kept."""
    folder = site / "run"
    parts.write(folder)
    shutil.copyfile(WEB / "worker.mjs", folder / "worker.mjs")
    name = f"run-{_digest(folder)}"
    folder.rename(site / name)
    return name


def _machine(site: Path) -> str:
    """Put the image of the computer in the page into a folder; its name, empty without an image."""
    if not image.made():
        return ""
    name = f"machine-{image.key()}"
    (site / name).mkdir()
    for part in (*image.PARTS, image.NOTICE):
        shutil.copyfile(image.folder() / part, site / name / part)
    return name


def _page(
    page: Page,
    site: Path,
    run: str,
    machine: str,
    drawn: Stills,
    translation: str = "",
    built: Sequence[str] = (),
) -> None:
    path = site / page.address
    path.parent.mkdir(exist_ok=True)
    text = render(page, drawn, run, machine, translation=translation, built=built)
    path.write_text(text, "utf-8")
    for name, picture in drawn.narrow.items():
        (site / narrow(page)).mkdir(parents=True, exist_ok=True)
        (site / narrow(page) / name).write_text(picture, "utf-8")
    if page.is_lab:
        shutil.copyfile(page.reader, path.parent / page.reader.name)


def _search(site: Path) -> None:
    """Index the pages, and leave out what the search of these pages does not use."""
    command = [sys.executable, "-m", "pagefind", "--site", str(site), "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    for path in (site / "pagefind").iterdir():
        if path.name.startswith(_UNUSED) and not (LANGUAGE != ENGLISH and "wasm" in path.name):
            path.unlink()


def _service(site: Path, run: str) -> None:
    """The service worker: its text names what it keeps, so a new site replaces the old one."""
    pages = f"{'' if LANGUAGE == ENGLISH else f'{LANGUAGE}-'}pages-{_digest(site)}"
    root = "./" if LANGUAGE == ENGLISH else "../"
    text = (WEB / "sw.js").read_text("utf-8")
    for mark, name in (("PAGES", pages), ("RUN", Path(run).name), ("ROOT", root)):
        text = text.replace(f'"{mark}"', f'"{name}"')
    kept = [name for name in _files(site) if not name.startswith((run, "machine-"))]
    text = text.replace("[/* pages */]", json.dumps(["./", *kept]))
    python = [f"{run}/{name}" for name in _files(site / run)]
    text = text.replace("[/* python */]", json.dumps(python))
    (site / "sw.js").write_text(text, "utf-8")


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _digest(folder: Path) -> str:
    """A name for the content of a folder."""
    total = hashlib.sha256()
    for name in _files(folder):
        total.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return total.hexdigest()[:12]
