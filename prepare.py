"""Make the book's environment: ``python3 prepare.py``, with ``--tests`` also what the tests need,
and with ``--edition ko`` also JupyterLab's menus in that language.

It needs Python's own library only, since it runs before anything is installed, and does the same on
Linux, macOS and Windows: a virtual environment in ``.venv``, filled from the lock. What is there
and right is left alone; what is half made, moved, copied or out of date is made anew.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

OLDEST = (3, 11)
BOOK = Path(__file__).resolve().parent
LOCKS = {"book": "requirements.lock", "tests": "requirements-test.lock"}


class CannotError(Exception):
    """What can't be done here, in one line that says what to do."""


def main(arguments: list[str]) -> int:
    """Prepare the environment; returns the exit status."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a folder's odd letters
    try:
        prepare(BOOK, "tests" if "--tests" in arguments else "book")
        if "--edition" in arguments:
            add_edition(BOOK, arguments[arguments.index("--edition") + 1])
    except CannotError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. What is half made is made anew the next time.", file=sys.stderr)
        return 130
    return 0


def prepare(book: Path, purpose: str) -> None:
    """Make ``book/.venv`` fit for a purpose of :data:`LOCKS`. Raises CannotError."""
    if sys.version_info < OLDEST:
        raise CannotError(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; {sys.executable} is "
            f"{sys.version.split()[0]}. Name a newer one: make lab PYTHON=python3.12"
        )
    folder, note = book / ".venv", book / ".venv" / ".ready"
    wanted = fingerprint(book)
    usable = is_usable(folder)
    if usable and purpose in _noted(note, wanted):
        return
    if not usable or _noted(note, wanted) is MOVED:
        make(folder)
    note.unlink(missing_ok=True)
    install(python_of(folder), book, book / LOCKS[purpose])
    name_by_the_way(folder, book)
    done = ["book", "tests"] if purpose == "tests" else ["book"]
    note.write_text(json.dumps({**wanted, "for": done}), encoding="utf-8")


def fingerprint(book: Path) -> dict[str, str]:
    """What an environment was made from: the place, and what the locks and the project say."""
    digest = hashlib.sha256()
    for name in (*LOCKS.values(), "pyproject.toml"):
        digest.update((book / name).read_bytes())
    place = os.fsencode(book).decode("utf-8", "surrogateescape")  # the same in each locale
    return {"place": place, "from": digest.hexdigest()}


MOVED = ("moved",)
"""The environment was made in another folder: its programs still name that one."""


def _noted(note: Path, wanted: dict[str, str]) -> tuple[str, ...]:
    """What the environment is ready for, by its note; nothing if it was made from other things."""
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        place, made_from, purposes = found["place"], found["from"], tuple(found["for"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    if place != wanted["place"]:
        return MOVED
    return purposes if made_from == wanted["from"] else ()


def python_of(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_usable(folder: Path) -> bool:
    """Whether the environment's Python starts, has pip, is new enough and knows its place."""
    program = (
        "import os, pip, sys; here = os.path.samefile(sys.prefix, sys.argv[1]); "
        "sys.exit(not here or sys.version_info < (3, 11))"
    )
    command = [python_of(folder), "-I", "-c", program, folder]
    try:
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def make(folder: Path) -> None:
    """A new virtual environment with pip, in place of what is there. Raises CannotError."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise CannotError(f"{folder} is not a folder of its own; remove it and try again")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        if importlib.util.find_spec("ensurepip"):
            venv.create(folder, with_pip=True, symlinks=os.name != "nt")
        else:
            _make_without_ensurepip(folder)
    except (OSError, subprocess.CalledProcessError):
        pass  # what is missing is asked for below, in one place
    if not is_usable(folder):
        shutil.rmtree(folder, ignore_errors=True)
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise CannotError(
            f"This Python can't make a virtual environment in {folder}: on Debian and Ubuntu "
            f"install it with `sudo apt install python{version}-venv` (or python3-venv), then try "
            "again; elsewhere see that the folder can be written and the disk has 1 GB free"
        )


def _make_without_ensurepip(folder: Path) -> None:
    """Debian ships Python without ensurepip; a pip of the system's can stand in for it."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    pip = [sys.executable, "-m", "pip", "--python", str(python_of(folder))]
    subprocess.run([*pip, "install", "--quiet", "pip"], check=True, capture_output=True)


def install(python: Path, book: Path, lock: Path) -> None:
    """Install the lock and the book: by uv in seconds, by pip where uv can't. Raises CannotError.

    uv does not read pip's settings, so behind a company's proxy or index only pip may get through.
    Both compile what they install, for which the first notebook would else wait.
    """
    print(f"Installing what {lock.name} names into {python.parent.parent} ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = [str(python), "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode"]
    uv += ["--python", str(python)]
    has_uv = subprocess.run([*pip, "uv"], capture_output=True).returncode == 0
    for installer in [uv, pip] if has_uv else [pip]:
        last = installer is pip
        if all(_runs(command, book, loud=last) for command in _commands(installer, book, lock)):
            return
        if not last:
            print("uv could not install it; trying pip, which takes longer ...", flush=True)
    raise CannotError(
        "The packages could not be installed; the reason is above. Behind a proxy give pip its "
        "address and certificate (pip config set global.proxy, global.cert), then try again"
    )


def name_by_the_way(folder: Path, book: Path) -> None:
    """Let the environment find the book by the way that leads to it, which is ASCII.

    Before Python 3.13 the file that names the book's folder is read in the locale's encoding: with
    a folder called 책 nothing starts where that is ASCII, or Windows' own.
    """
    for packages in (*folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages"):
        for pointer in packages.glob("_*hvlib.pth"):
            pointer.write_text(os.path.relpath(book, packages) + "\n", encoding="ascii")


def add_edition(book: Path, language: str) -> None:
    """Add JupyterLab's menus in a language, once. The book opens without them, too."""
    lock = book / "hvlib" / "locale" / language / "requirements.lock"
    folder = book / ".venv"
    note = folder / f".ready-{language}"
    if not lock.exists() or (note.exists() and note.read_bytes() == lock.read_bytes()):
        return
    python = str(python_of(folder))
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = [python, "-m", "uv", "pip", "install", "--quiet", "--python", python]
    wanted = ["--require-hashes", "-r", str(lock)]
    if any(_runs([*installer, *wanted], book, loud=False) for installer in (uv, pip)):
        note.write_bytes(lock.read_bytes())
    else:
        print("JupyterLab's menus stay English: their translation could not be installed")


def _commands(installer: list[str], book: Path, lock: Path) -> list[list[str]]:
    """Install the lock, then the book itself."""
    return [
        [*installer, "--require-hashes", "-r", str(lock)],
        [*installer, "--no-deps", "--no-build-isolation", "-e", str(book)],
    ]


def _runs(command: list[str], book: Path, loud: bool) -> bool:
    """Whether a command succeeds; what it says is shown only if nothing is left to try."""
    return subprocess.run(command, cwd=book, capture_output=not loud).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
