"""The environment is made once, and made anew where a half-made or foreign one would break it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
spec = importlib.util.spec_from_file_location("prepare", ROOT / "prepare.py")
assert spec
assert spec.loader
prepare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(prepare)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout to prepare, in which nothing is really installed."""
    for name in (*prepare.LOCKS.values(), "pyproject.toml"):
        (tmp_path / name).write_text("# " + name, encoding="utf-8")
    monkeypatch.setattr(prepare, "install", lambda python, book, lock: installed.append(lock.name))
    installed.clear()
    return tmp_path


installed: list[str] = []


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Environments that were made; each is this Python's own, so that making one takes no time."""
    folders: list[Path] = []

    def make(folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "bin").mkdir(parents=True)
        folders.append(folder)

    monkeypatch.setattr(prepare, "make", make)
    monkeypatch.setattr(prepare, "is_usable", lambda folder: (folder / "bin").is_dir())
    return folders


def test_what_is_ready_is_left_alone(book: Path, made: list[Path]) -> None:
    prepare.prepare(book, "book")
    prepare.prepare(book, "book")
    assert (len(made), installed) == (1, ["requirements.lock"])


def test_the_tests_need_more_than_the_book_and_the_book_no_more_than_the_tests(
    book: Path, made: list[Path]
) -> None:
    prepare.prepare(book, "book")
    prepare.prepare(book, "tests")
    prepare.prepare(book, "book")
    assert (len(made), installed) == (1, ["requirements.lock", "requirements-test.lock"])


def test_a_new_lock_is_installed_into_the_same_environment(book: Path, made: list[Path]) -> None:
    prepare.prepare(book, "book")
    (book / "requirements.lock").write_text("newer==2", encoding="utf-8")
    prepare.prepare(book, "book")
    assert (len(made), len(installed)) == (1, 2)


def test_a_moved_or_copied_checkout_gets_an_environment_of_its_own(
    book: Path, made: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    prepare.prepare(book, "book")
    copy = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.copytree(book, copy)
    prepare.prepare(copy, "book")
    assert made == [book / ".venv", copy / ".venv"], "the copy runs the other folder's code"


def test_an_interrupted_installation_is_done_again(book: Path, made: list[Path]) -> None:
    (book / ".venv" / "bin").mkdir(parents=True)
    prepare.prepare(book, "book")
    prepare.prepare(book, "book")
    assert (len(made), len(installed)) == (0, 1)


def test_a_half_made_environment_is_made_anew(book: Path, made: list[Path]) -> None:
    (book / ".venv").mkdir()
    prepare.prepare(book, "book")
    assert len(made) == 1


@pytest.mark.parametrize("state", ["nothing", "no pip", "dangling python", "another's"])
def test_what_does_not_run_here_is_not_usable(tmp_path: Path, state: str) -> None:
    folder = tmp_path / ".venv"
    python = prepare.python_of(folder)
    python.parent.mkdir(parents=True)
    if state == "no pip":
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    elif state == "dangling python":
        python.symlink_to(tmp_path / "uninstalled")
    elif state == "another's":
        python.symlink_to(Path(sys.executable).resolve())
    assert not prepare.is_usable(folder)


@pytest.mark.slow
def test_a_folder_beyond_ascii_is_found_in_any_locale(tmp_path: Path) -> None:
    book = tmp_path / "책 b'c\"d"
    folder, odd = book / ".venv", {"LC_ALL": "tr_TR.unknown", "PYTHONUTF8": "0"}
    (book / "hvlib").mkdir(parents=True)
    (book / "hvlib" / "__init__.py").touch()
    prepare.make(folder)
    (packages,) = folder.glob("[Ll]ib/**/site-packages")
    (packages / "_editable_impl_hvlib.pth").write_text(f"{book}\n", encoding="utf-8")
    prepare.name_by_the_way(folder, book)
    done = subprocess.run(
        [prepare.python_of(folder), "-I", "-c", "import hvlib"],
        capture_output=True,
        env={**os.environ, **odd},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr.decode()[-300:]
    program = (
        f"import json, runpy; them = runpy.run_path({str(ROOT / 'prepare.py')!r}); "
        "from pathlib import Path; import sys; here = Path(sys.argv[1]); "
        "them['fingerprint'].__globals__['LOCKS'].clear(); (here / 'pyproject.toml').touch(); "
        "print(them['is_usable'](here / '.venv'), json.dumps(them['fingerprint'](here)))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program, book], capture_output=True, env={**os.environ, **env}
        ).stdout
        for env in (odd, {"LC_ALL": "C.UTF-8"})
    }
    assert len(said) == 1, "another locale, another place: the environment would be made anew"
    assert said.pop().startswith(b"True")


def test_without_python3_venv_the_reader_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".venv"
    monkeypatch.setattr(prepare.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(prepare.subprocess, "run", _fails)
    with pytest.raises(prepare.CannotError, match="sudo apt install python3"):
        prepare.make(folder)
    assert not folder.exists(), "a half-made environment would be taken for good"


def test_where_uv_fails_pip_is_tried_and_its_words_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[str] = []

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        tried.append("uv" if "uv" in command[1:3] else "pip")
        return subprocess.CompletedProcess(command, 1 if tried[-1] == "uv" else 0)

    monkeypatch.setattr(prepare.subprocess, "run", run)
    prepare.install(Path("python"), tmp_path, tmp_path / "requirements.lock")
    assert tried == ["pip", "uv", "pip", "pip"]
    assert "trying pip" in capsys.readouterr().out


def test_where_nothing_can_be_installed_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare.subprocess, "run", _fails)
    with pytest.raises(prepare.CannotError, match=r"global\.cert"):
        prepare.install(Path("python"), tmp_path, tmp_path / "requirements.lock")


def test_an_old_python_is_named(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.sys, "version_info", (3, 10, 2))
    with pytest.raises(prepare.CannotError, match=r"3\.11 or newer"):
        prepare.prepare(book, "book")


def test_who_interrupts_it_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def prepare_(_book: Path, _purpose: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(prepare, "prepare", prepare_)
    assert prepare.main([]) == 130
    assert "made anew the next time" in capsys.readouterr().err


def test_a_spoilt_note_is_no_note(book: Path, made: list[Path]) -> None:
    prepare.prepare(book, "book")
    for text in ("", "[]", "null", json.dumps({"place": str(book)})):
        (book / ".venv" / ".ready").write_text(text, encoding="utf-8")
        prepare.prepare(book, "book")
    assert (len(made), len(installed)) == (1, 5)


def _fails(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(command, 1, stdout="", stderr="")


def test_an_edition_adds_its_menus_once_and_the_book_opens_without(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(
        prepare, "_runs", lambda command, _book, loud: bool(ran.append(command)) or len(ran) > 2
    )
    lock = book / "hvlib" / "locale" / "ko" / "requirements.lock"
    lock.parent.mkdir(parents=True)
    (book / ".venv").mkdir()
    lock.write_text("pack==1 --hash=sha256:0", encoding="utf-8")
    prepare.add_edition(book, "xx")
    assert not ran
    prepare.add_edition(book, "ko")
    assert "English" in capsys.readouterr().out
    prepare.add_edition(book, "ko")
    prepare.add_edition(book, "ko")
    assert len(ran) == 3, "uv and pip could not at first, uv could later, then it is there"
    assert all("--require-hashes" in command for command in ran)
