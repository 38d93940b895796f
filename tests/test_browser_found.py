"""A machine without a browser gets one, or the tests say that they did without."""

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import chromium


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a browser; gives its folder of programs."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setattr(chromium, "PLACES", ())
    return tmp_path


def _program(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return path


def test_a_browser_whose_libraries_are_missing_is_none(bare: Path) -> None:
    assert chromium.program() is None
    _program(bare / "bin" / "chromium", "#!/bin/sh\nexit 127\n")
    assert chromium.program() is None
    whole = _program(bare / "playwright" / "shell-1200" / "headless_shell")
    assert chromium.program() == str(whole) == chromium.quickest()


def test_tests_take_a_browser_without_windows_and_benches_a_readers(bare: Path) -> None:
    shell = _program(bare / "bin" / chromium.SHELL)
    assert chromium.program() == chromium.quickest() == str(shell), "it is better than none"
    with_windows = _program(bare / "bin" / "chromium")
    assert (chromium.quickest(), chromium.program()) == (str(shell), str(with_windows))
    _program(shell, "#!/bin/sh\nexit 127\n")
    assert chromium.quickest() == str(with_windows)


def test_what_is_missing_is_fetched_by_the_first_way_that_works(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[str] = []
    brings: Callable[[], object] = lambda: _program(bare / "bin" / "chromium")  # noqa: E731

    def run(command: list[str], seconds: float) -> bool:
        if command[-1] == "--version":
            return True
        tried.append(command[0])
        if command[0] == "second":
            brings()
        return command[0] == "second"

    monkeypatch.setattr(chromium, "_runs", run)
    monkeypatch.setattr(chromium, "ways", lambda: iter([["first"], ["second"], ["third"]]))
    assert chromium.main() == 0
    assert tried == ["first", "second"]
    brings = lambda: None  # noqa: E731
    (bare / "bin" / "chromium").unlink()
    assert chromium.main() == 0
    assert "install the package chromium" in capsys.readouterr().out
