"""The wheel is the book: notebooks, settings and commands, without the checkout."""

import os
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from hvlib.__main__ import main
from hvlib.site import serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    site = folder / "built"
    site.mkdir()
    (site / "index.html").write_text("<h1>The book</h1>", "utf-8")
    (site / "sw.js").write_text("", "utf-8")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = {**os.environ, "HVLIB_SITE": str(site)}
    subprocess.run(build, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=100)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def run(installed: Path, folder: Path, *command: str) -> str:
    """What a command prints with only the wheel's hvlib at hand, somewhere else."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_reader_gets_the_notebooks_of_that_version(installed: Path, tmp_path: Path) -> None:
    program = "from pathlib import Path; from hvlib import reading; reading.lay_out(Path('mine'))"
    run(installed, tmp_path, "-c", program)
    for name in ("00-start-here", "02-type-1", "labs/build-a-container"):
        original = (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()
        assert (tmp_path / "mine" / "notebooks" / f"{name}.ipynb").read_bytes() == original


def test_it_speaks_the_languages_of_the_book(installed: Path, tmp_path: Path) -> None:
    program = "import os; os.environ['HVLIB_LANGUAGE'] = 'ko'; from hvlib.words import _; "
    assert run(installed, tmp_path, "-c", program + "print(ascii(_('Reset')))").strip() == ascii(
        "초기화"
    )
    assert list((installed / "hvlib" / "locale" / "ko" / "fonts").glob("*.otf"))


def test_its_commands_run(installed: Path, tmp_path: Path) -> None:
    assert "unicorn" in run(installed, tmp_path, "-m", "hvlib", "doctor")
    sheet = ("exercises", "--chapter", "1", "--seed", "7", "--out", "sheet.ipynb")
    assert "sheet.ipynb" in run(installed, tmp_path, "-m", "hvlib", *sheet)
    assert "live_migration" in run(installed, tmp_path, "-m", "hvlib", "record", "--list")


def test_the_built_site_is_served_on_this_machine(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hvlib", "site", "--no-browser", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        address = server.stdout.readline().split()[0]
        try:
            assert b"The book" in urllib.request.urlopen(address, timeout=10).read()
        finally:
            server.terminate()


def test_without_a_built_site_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "HERE", tmp_path / "hvlib")
    assert main(["site"]) == 1
    assert "make site" in capsys.readouterr().err


def test_nothing_but_the_book_is_in_it(installed: Path) -> None:
    tops = {path.name.split("-")[0] for path in installed.iterdir()}
    assert tops == {"hvlib"}
    assert not list(installed.rglob("test_*.py"))
