"""The site as files: complete, small, self-contained, and the same each time it is built."""

import gzip
import json
import os
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pytest

from hvlib.site import lite, parts
from hvlib.site.book import pages
from hvlib.site.cells import cells

ROOT = Path(__file__).resolve().parents[2]
KB = 1000
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # two builds, on a slow machine, too


class Document(HTMLParser):
    """What the tests ask of a page: its elements with their attributes, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, attribute: str) -> list[str]:
        """The values of an attribute, in all elements that have it."""
        return [attrs[attribute] for _tag, attrs in self.elements if attribute in attrs]


@pytest.fixture(scope="module")
def documents(site: Path) -> dict[str, Document]:
    return {page.address: Document(site / page.address) for page in pages()}


def _files(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in found.items()}


AGAIN = """
import shutil
from pathlib import Path
from hvlib.site import build, stills
from hvlib.site.book import pages

build.pages = stills.pages = lambda: pages()[:2]
search = build._search

def search_all(site):
    for path in Path(FIRST).rglob("*.*"):
        name = path.relative_to(FIRST)
        own = any(page in str(name) for page in MADE)
        if path.suffix in (".html", ".ipynb", ".svg") and not own:
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, site / name)
    search(site)

build._search = search_all
build.build(Path("again"))
"""


def test_building_it_twice_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    """Another process, with sets in another order, builds two pages and what all pages share.

    The others come from the first site, so that there is as much to search and to keep.
    """
    made = [Path(page.address).stem for page in pages()[:2]]
    script = AGAIN.replace("MADE", repr(made)).replace("FIRST", repr(str(site)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
    first, second = _files(site), _files(tmp_path / "again")
    assert sorted(first) == sorted(second)
    differing = [name for name in first if first[name] != second[name]]
    assert differing == [], "files that differ between two builds"


def test_a_page_is_small_and_so_is_the_rest(site: Path) -> None:
    size = {name: len(gzip.compress(data, 6)) for name, data in _files(site).items()}
    for page in pages():
        assert size[page.address] < 120 * KB, f"{page.address}: HTML, gzipped"
    asked_for = sum(count for name, count in size.items() if name.startswith("machine-"))
    rest = sum(count for name, count in size.items() if not name.endswith(".html")) - asked_for
    assert rest < 10_000 * KB, "all but the pages, gzipped"
    assert asked_for < 9_500 * KB, "the computer in the page, gzipped"


def test_python_comes_with_what_a_page_may_import_and_nothing_else(site: Path) -> None:
    run = next(site.glob("run-*"))
    names = {name for path in run.glob("*.zip") for name in zipfile.ZipFile(path).namelist()}
    assert {"hvlib/models/migration.pyc", "_strptime.pyc", "pydantic/networks.pyc"} <= names
    for unused in ("hvlib/host/looking", "hvlib/labs", "hvlib/views/export", "argparse", "pdb"):
        assert not [name for name in names if name.startswith(unused)], unused
    assert not [name for name in names if name.endswith(".py")], "sources, slow to start"


def test_every_link_within_the_site_leads_somewhere(
    site: Path, documents: dict[str, Document]
) -> None:
    ids = {address: set(document.all("id")) for address, document in documents.items()}
    for address, document in documents.items():
        for link in [*document.all("href"), *document.all("src")]:
            if re.match(r"\w+:", link):
                continue
            path, _hash, anchor = link.partition("#")
            target = (site / address).parent / path if path else site / address
            assert target.exists(), f"{address}: {link}"
            where = target.resolve().relative_to(site.resolve()).as_posix()
            if anchor and where in ids:
                assert anchor in ids[where], f"{address}: {link} has no such place"


def test_no_page_loads_anything_from_elsewhere(documents: dict[str, Document]) -> None:
    for address, document in documents.items():
        loaded = [
            attrs.get("src") or attrs["href"]
            for tag, attrs in document.elements
            if tag in ("img", "link", "script", "source", "iframe") and {"src", "href"} & set(attrs)
        ]
        outside = [link for link in loaded if re.match(r"(\w+:)?//", link)]
        assert outside == [], address


def test_headings_go_down_step_by_step_and_ids_are_unique(documents: dict[str, Document]) -> None:
    for address, document in documents.items():
        levels = [int(tag[1]) for tag, _a in document.elements if re.fullmatch(r"h[1-6]", tag)]
        assert (levels[0], levels.count(1)) == (1, 1), f"{address}: one h1, first"
        steps = pairwise(levels)
        assert all(after <= before + 1 for before, after in steps), f"{address}: {levels}"
        ids = document.all("id")
        assert len(ids) == len(set(ids)), f"{address}: {[i for i in ids if ids.count(i) > 1]}"


def test_each_cell_shows_its_result_without_a_script(site: Path) -> None:
    for page in pages():
        text = (site / page.address).read_text("utf-8")
        for cell in cells(page):
            if not cell.is_code or not cell.text():
                continue
            start = f'<section class="cell" id="{cell.name}"'
            section = text.split(start, 1)[1].split("</section>", 1)[0]
            where = f"{page.address}#{cell.name}"
            kinds = ("<svg", "<table", "<pre tabindex", "hv-map", "hv-neighbours", 'class="paper')
            assert any(kind in section for kind in kinds), f"{where} shows nothing"
            if "Show the answer" in cell.forms.get("text/html", ""):
                assert "<details><summary>Show the answer" in section, f"{where}: its answer"


def test_a_narrow_page_has_charts_laid_out_for_it_without_a_script(site: Path) -> None:
    for page in pages():
        text = (site / page.address).read_text("utf-8")
        small = re.findall(r'</svg><img [^>]*src="([^"]+)" class="hv-narrow"', text)
        charts = text.count('<svg data-layout="wide"')
        assert len(small) == charts, f"{page.address}: {len(small)} of {charts} charts"
        for name in small:
            picture = (site / page.address).parent.joinpath(name).read_text("utf-8")
            assert 'data-layout="narrow"' in picture, name
            width = float(re.search(r'viewBox="0 0 ([\d.]+)', picture)[1])  # type: ignore[index]
            letters = map(float, re.findall(r'font-size="([\d.]+)"', picture))
            assert min(letters) * 354 / width >= 11, f"{name}: letters, px on a screen of 390"


def test_a_lab_is_shown_with_its_solutions_folded(site: Path) -> None:
    for page in pages():
        if not page.is_lab:
            continue
        text = (site / page.address).read_text("utf-8")
        count = sum(cell.has_solution for cell in cells(page) if cell.is_code)
        assert count > 3
        assert text.count("<summary>One solution</summary>") == count
        assert (site / page.address).with_suffix(".ipynb").read_bytes() == page.reader.read_bytes()


def test_the_service_worker_keeps_every_file(site: Path) -> None:
    text = (site / "sw.js").read_text("utf-8")
    kept = {name for found in re.findall(r"\[\"[^\]]+\]", text) for name in json.loads(found)}
    asked_for = {name for name in _files(site) if name.startswith("machine-")}  # machines.js keeps
    assert {"./", *_files(site)} - kept - asked_for == {"sw.js"}


def test_a_wheel_for_another_pydantic_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pins = (parts.VENDOR / "wasm.txt").read_text("utf-8")
    (tmp_path / "wasm.txt").write_text(re.sub(r"==[\d.]+", "==2.0.1", pins), "utf-8")
    monkeypatch.setattr(parts, "pyodide", lambda: tmp_path)
    info = {"info": {"python": "3.14.2", "abi_version": "2026_0"}}
    (tmp_path / "pyodide-lock.json").write_text(json.dumps(info), "utf-8")
    monkeypatch.setattr(parts, "VENDOR", tmp_path)
    with pytest.raises(parts.PartsError, match=r"pins pydantic.core==2\.0\.1, but pydantic wants"):
        parts.wasm_wheel()


def test_a_wheel_for_another_interface_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    info = {"info": {"python": "3.14.2", "abi_version": "1999_0"}}
    (tmp_path / "pyodide-lock.json").write_text(json.dumps(info), "utf-8")
    monkeypatch.setattr(parts, "pyodide", lambda: tmp_path)
    monkeypatch.setattr(parts, "run", lambda *_command: None)
    with pytest.raises(parts.PartsError, match="pyemscripten_1999_0_wasm32"):
        parts.wasm_wheel()


def test_without_npm_the_builder_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(parts, "CACHE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(parts.PartsError, match="npm"):
        parts.pyodide()


def test_what_npm_fetches_is_pinned_with_its_hash() -> None:
    lock = json.loads((parts.VENDOR / "package-lock.json").read_text("utf-8"))
    fetched = {name: entry for name, entry in lock["packages"].items() if name}
    assert fetched["node_modules/pyodide"]["version"] == "314.0.7"
    for name, entry in fetched.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, f"{name}: a lock holds no addresses"
    pins = (parts.VENDOR / "wasm.txt").read_text("utf-8")
    assert re.search(r"--hash=sha256:[0-9a-f]{64}", pins)


def test_the_lite_edition_is_pinned_with_hashes_and_to_the_pages_own_versions() -> None:
    for name in ("lite.txt", "lite-tools.txt"):
        text = (parts.VENDOR / name).read_text("utf-8")
        assert text.count("==") <= text.count("--hash=sha256:"), name
        assert "://" not in text, f"{name}: no addresses"
    pins = (parts.VENDOR / "lite.txt").read_text("utf-8").splitlines()
    wasm = (parts.VENDOR / "wasm.txt").read_text("utf-8").splitlines()[-1]
    assert wasm.replace("_", "-") in pins
    for package in ("pydantic", "ipywidgets", "anywidget"):
        wanted = f"{package}=={version(package)} "
        assert any(line.startswith(wanted) for line in pins), f"lite.txt lacks {wanted}"


def test_lites_list_of_packages_knows_what_each_needs(tmp_path: Path) -> None:
    for name, needs in (("one", "Requires-Dist: Two_x>=1\nRequires-Dist: three\n"), ("two_x", "")):
        with zipfile.ZipFile(tmp_path / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}"
            wheel.writestr(f"{name}-1.0.dist-info/METADATA", about)
            wheel.writestr(f"{name}/__init__.py", "")
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "pyodide-lock.json").write_text('{"info": {}, "packages": {"old": {}}}')
    lite._lock(tmp_path / "page", tmp_path.glob("*.whl"))
    packages = json.loads((tmp_path / "page" / "pyodide-lock.json").read_text())["packages"]
    assert sorted(packages) == ["one", "two-x"]
    assert packages["one"]["depends"] == ["two-x"], "only what is there can be asked for"
    assert packages["two-x"]["imports"] == ["two_x"]
    assert (tmp_path / "page" / packages["one"]["file_name"]).exists()
