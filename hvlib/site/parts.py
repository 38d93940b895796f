"""Python for the page: Pyodide's own files, and one archive of all that the book imports.

What a page may import goes there as compiled code, which starts Python and the book in half the
time; what it can't (``inside.py``) is left out.

Pyodide comes from npm, pinned by ``vendor/package-lock.json``; the one compiled package from PyPI,
pinned with its hash in ``vendor/wasm.txt``. Everything else is pure Python and is taken from the
environment that builds the site, where ``requirements.lock`` pins it.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import hvlib
from hvlib.edition import CATALOGUE, SETTINGS, edition
from hvlib.views.export import charts, exported, made, text_of
from hvlib.views.stored import path_of, stored
from hvlib.words import LANGUAGE, _

VENDOR = Path(__file__).parent / "vendor"
CACHE = Path(hvlib.__file__).parents[1] / "build" / "site-parts"
HERE = Path(__file__).parent
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
STDLIB = "python_stdlib.zip"
PURE = (
    *("annotated-types", "anywidget", "comm", "ipywidgets", "lazy-loader", "platformdirs"),
    *("psygnal", "pydantic", "traitlets", "typing-extensions", "typing-inspection"),
)
_KEPT = (".py", "METADATA")  # of a package; its scripts, styles and compiled parts are not needed
_NOT_FROM_HVLIB = ("labs/", "locale/", "translation/", "views/charts/")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever the archive is made


class PartsError(Exception):
    """A part of the site that could not be had, with what would help."""


def pyodide() -> Path:
    """The folder of Pyodide's files, fetched by npm if need be. Raises PartsError."""
    lock = (VENDOR / "package-lock.json").read_bytes()
    home = CACHE / f"npm-{hashlib.sha256(lock).hexdigest()[:12]}"
    found = home / "node_modules" / "pyodide"
    if not found.exists():
        npm = shutil.which("npm")
        if not npm:
            raise PartsError(_("The site needs npm once, to fetch Pyodide: install Node.js."))
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(VENDOR / name, home)
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], home)
    return found


def wasm_wheel() -> Path:
    """The compiled package, built for this Pyodide and wanted by this pydantic. Raises PartsError.

    pip checks the hash; the tags in the name must be those of Pyodide's Python and ABI.
    """
    info = json.loads((pyodide() / "pyodide-lock.json").read_text("utf-8"))["info"]
    version = "".join(info["python"].split(".")[:2])
    tags = f"cp{version}-cp{version}-pyemscripten_{info['abi_version']}_wasm32.whl"
    pinned = (VENDOR / "wasm.txt").read_text("utf-8").splitlines()[-1].split()[0]
    wanted = [line for line in distribution("pydantic").requires or [] if "pydantic-core" in line]
    if pinned.replace("_", "-") not in wanted:
        message = _("hvlib/site/vendor/wasm.txt pins {pinned}, but pydantic wants {wanted}")
        raise PartsError(message.format(pinned=pinned, wanted=" ".join(wanted)))
    name = pinned.replace("==", "-")
    folder = CACHE / f"{name}-{tags.removesuffix('.whl')}"
    wheel = folder / f"{name}-{tags}"
    if not wheel.exists():
        platform = f"pyemscripten_{info['abi_version']}_wasm32"
        wanted_python = ["--platform", platform, "--python-version", info["python"]]
        only = ["--only-binary", ":all:", "--no-deps", "--require-hashes"]
        download = [*pip(), "download", "--quiet", *only, *wanted_python, "-d", folder]
        run([*download, "-r", VENDOR / "wasm.txt"], Path.cwd())
    if not wheel.exists():
        message = _("PyPI has no {name} for Pyodide's interface: {tags}")
        raise PartsError(message.format(name=name, tags=tags))
    return wheel


def pip() -> list[object]:
    """pip's command, for this Python: its own, or another's, since uv's environments have none."""
    own = [sys.executable, "-m", "pip"]
    other = [shutil.which("pip") or "pip", "--python", sys.executable]
    return [*(own if find_spec("pip") else other), "--disable-pip-version-check"]


def write(folder: Path) -> None:
    """Put all that a page's worker loads into ``folder``. Raises PartsError."""
    folder.mkdir(parents=True, exist_ok=True)
    source = pyodide()
    for name in PYODIDE:
        shutil.copyfile(source / name, folder / name)
    lock = json.loads((source / "pyodide-lock.json").read_text("utf-8"))
    (folder / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": {}}), "utf-8")
    archives = {STDLIB: dict(_stdlib()), "core.zip": dict(_contents())}
    sources = {f"{of}/{name}": files[name] for of, files in archives.items() for name in files}
    code = _code(zipped(sources, 0))  # packed, they would only be unpacked
    for of, files in archives.items():
        data = {name: files[name] for name in files if not name.endswith(".py")}
        wanted = [name for name in files if f"{of}/{name}" in code]
        compiled = {f"{name}c": code[f"{of}/{name}"] for name in wanted}
        (folder / of).write_bytes(zipped(data | compiled))


def _code(sources: bytes) -> dict[str, bytes]:
    """The compiled modules of an archive of sources, by the source's name."""
    programs = [HERE / "inside.mjs", HERE / "inside.py"]
    digest = hashlib.sha256(b"".join([sources, *(path.read_bytes() for path in programs)]))
    kept = CACHE / f"code-{digest.hexdigest()[:12]}.zip"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as work:
            given, made = Path(work) / "sources.zip", Path(work) / "compiled.zip"
            given.write_bytes(sources)
            node = shutil.which("node") or "node"
            run([node, programs[0], pyodide(), programs[1], given, made], HERE)
            for old in CACHE.glob("code-*.zip"):
                old.unlink()
            shutil.move(made, kept)
    with zipfile.ZipFile(kept) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes], level: int = 8) -> bytes:
    """An archive: the same bytes whenever it is made. Level 9 takes twice as long for 0.2% less."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, data in sorted(files.items()):
            out.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED, level)
    return buffer.getvalue()


def _stdlib() -> Iterator[tuple[str, bytes]]:
    """The modules of Python's library."""
    with zipfile.ZipFile(pyodide() / STDLIB) as archive:
        for name in archive.namelist():
            if name.endswith(".py"):
                yield name, archive.read(name)


def hvlib_files() -> Iterator[tuple[str, bytes]]:
    """The files of the book's package that a page needs, with their names in an archive."""
    root = Path(hvlib.__file__).parent
    for path in root.rglob("*"):
        inside = path.relative_to(root).as_posix()
        if path.is_file() and "__pycache__" not in inside and _wanted_of_hvlib(inside):
            yield f"hvlib/{inside}", path.read_bytes()
    for kind in charts():  # a page has no matplotlib to make up for a file that is out of date
        data = path_of(kind).read_bytes() if stored(kind) else text_of(exported(kind)).encode()
        yield f"hvlib/views/charts/{kind.__name__}.json", data


def translation_files() -> Iterator[tuple[str, bytes]]:
    """What the process's language adds to the archive: its texts, terms, style and charts."""
    folder = edition(LANGUAGE).folder
    for name in (CATALOGUE, SETTINGS, "glossary.toml", "edition.css"):
        yield f"hvlib/locale/{LANGUAGE}/{name}", (folder / name).read_bytes()
    for kind in charts():
        data = path_of(kind).read_text("utf-8") if stored(kind) else text_of(made(kind))
        yield f"hvlib/locale/{LANGUAGE}/charts/{kind.__name__}.json", data.encode()


def _contents() -> Iterator[tuple[str, bytes]]:
    """The archive's files: the book's package, the pure packages and the compiled one."""
    yield from hvlib_files()
    for package in PURE:
        for file in distribution(package).files or []:
            name = file.as_posix()
            if name.endswith(_KEPT) and not name.startswith("..") and _wanted_of_package(name):
                data = Path(str(file.locate())).read_bytes()
                yield name, data.partition(b"\n\n")[0] if name.endswith("METADATA") else data
    with zipfile.ZipFile(wasm_wheel()) as wheel:
        for name in wheel.namelist():
            if name.endswith((*_KEPT, ".so")):
                yield name, wheel.read(name)


def _wanted_of_hvlib(inside: str) -> bool:
    in_site = inside.startswith("site/") and inside not in ("site/__init__.py", "site/front.py")
    return not in_site and not inside.startswith(_NOT_FROM_HVLIB)


def _wanted_of_package(name: str) -> bool:
    return "/tests/" not in name and not name.startswith(("pydantic/v1/", "pydantic/mypy"))


def run(command: list[object], where: Path, **environment: str) -> None:
    """Run a command in a folder. Raises PartsError, with what it said, where it fails."""
    words = [str(word) for word in command]
    own = {**os.environ, **environment}
    done = subprocess.run(words, cwd=where, capture_output=True, text=True, env=own)
    if done.returncode:
        message = _("{command} failed:\n{why}")
        raise PartsError(message.format(command=" ".join(words), why=done.stderr.strip()))
