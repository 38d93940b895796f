"""The JupyterLite edition: the notebooks in a JupyterLab that runs in the browser, offline too.

    python -m hvlib.site.lite --out site/lite

The pages of :mod:`hvlib.site` are for reading; this is for writing code without installing
anything. All that it loads lies beside it: the build replaces Pyodide's list of packages by the
wheels of ``vendor/lite.txt`` and hvlib's own.
"""

import argparse
import email
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import hvlib
from hvlib.site import parts
from hvlib.site.book import NOTEBOOKS, pages
from hvlib.words import _

KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
EXTENSIONS = ("@jupyterlite/", "@jupyter-widgets/", "anywidget")
STARTED = (
    "hvlib",
    "ipywidgets",
    "anywidget",
    "pydantic",
    "lazy-loader",
    "platformdirs",
    "networkx",
)
"""Packages that are there when a notebook's first cell runs."""


def build(out: Path) -> None:
    """Write the edition into ``out``, which is emptied first. Raises PartsError."""
    tools, wheels = _tools(), _wheels()
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _notebooks(work / "files")
        with tarfile.open(work / "pyodide.tar.bz2", "w:bz2") as tar:
            tar.add(parts.pyodide(), "pyodide")
        _jupyter_lite(work, out.resolve(), tools)
        pyodide = out / "static" / "pyodide"
        own = _own_wheel(work)
        kernel = out.glob("extensions/@jupyterlite/*/static/pypi/*.whl")
        _lock(pyodide, [*wheels.glob("*.whl"), own, *kernel])
    _configure(out)


def _tools() -> Path:
    """JupyterLite's builder, in a folder of its own."""
    pins = parts.VENDOR / "lite-tools.txt"
    return _fetched(pins, ["install", "--target"])


def _wheels() -> Path:
    """The wheels that run in the page."""
    info = json.loads((parts.pyodide() / "pyodide-lock.json").read_text("utf-8"))["info"]
    platforms = (f"pyemscripten_{info['abi_version']}_wasm32", "any")
    options = [f"--platform={name}" for name in platforms] + ["--no-deps", "--only-binary=:all:"]
    python = [f"--python-version={info['python']}", "--abi=cp314", "--abi=none"]
    return _fetched(parts.VENDOR / "lite.txt", ["download", *options, *python, "-d"])


def _fetched(pins: Path, command: list[str]) -> Path:
    """What pip installs or downloads for a file of pins, kept for the next time."""
    digest = hashlib.sha256(pins.read_bytes()).hexdigest()[:12]
    folder = parts.CACHE / f"{pins.stem}-{digest}"
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}-unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        words = [*parts.pip(), command[0], "--quiet", *command[1:], unfinished]
        parts.run([*words, "--require-hashes", "-r", pins], Path.cwd())
        unfinished.rename(folder)
    return folder


def _notebooks(folder: Path) -> None:
    for page in pages():
        target = folder / page.reader.relative_to(NOTEBOOKS)
        target.parent.mkdir(parents=True, exist_ok=True)
        book = json.loads(page.reader.read_text("utf-8"))
        book["cells"] = [cell for cell in book["cells"] if cell["id"] != "edition"]  # not here
        target.write_text(json.dumps(book, ensure_ascii=False), "utf-8")


def _jupyter_lite(work: Path, out: Path, tools: Path) -> None:
    """Run JupyterLite's own builder."""
    config = {
        "LiteBuildConfig": {
            "contents": ["files"],
            "output_dir": str(out),
            "apps": ["lab", "notebooks"],
        },
        "FederatedExtensionAddon": {
            "extra_labextensions_path": [str(tools / "share" / "jupyter" / "labextensions")]
        },
    }
    (work / "jupyter_lite_config.json").write_text(json.dumps(config), "utf-8")
    path = os.pathsep.join(filter(None, (str(tools), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlite_core.app", "build", "--pyodide", "pyodide.tar.bz2"],
        cwd=work,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise parts.PartsError(done.stdout[-2000:] + done.stderr[-2000:])


def _own_wheel(folder: Path) -> Path:
    """hvlib as the page needs it, as a wheel."""
    version = hvlib.__version__
    path, info = folder / f"hvlib-{version}-py3-none-any.whl", f"hvlib-{version}.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.hvlib_files():
            out.writestr(name, data)
        out.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: hvlib\nVersion: {version}\n"
        )
        out.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        out.writestr(f"{info}/RECORD", "")
    return path


def _lock(pyodide: Path, wheels: Iterable[Path]) -> None:
    """Put wheels beside Pyodide and make them all the packages that it knows."""
    found = {_name(path): path for path in sorted(wheels) if "-3.6.999-" not in path.name}
    packages = {}
    for name, path in found.items():
        shutil.copyfile(path, pyodide / path.name)
        packages[name] = _entry(name, path, set(found))
    lock = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))
    (pyodide / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": packages}), "utf-8")


def _entry(name: str, path: Path, known: set[str]) -> dict[str, Any]:
    with zipfile.ZipFile(path) as wheel:
        about = email.message_from_bytes(wheel.read(_metadata_of(wheel)))
        tops = {inside.split("/")[0].removesuffix(".py") for inside in wheel.namelist()}
    return {
        "name": name,
        "version": about["Version"],
        "file_name": path.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "imports": sorted(top for top in tops if not top.endswith((".dist-info", ".data"))),
        "depends": sorted(set(_needs(about)) & known),
        "package_type": "package",
        "unvendored_tests": False,
    }


def _needs(about: Any) -> Iterator[str]:
    for line in about.get_all("Requires-Dist") or []:
        if "extra ==" not in line and "win32" not in line:
            yield _normal(re.match(r"[\w.-]+", line)[0])  # type: ignore[index]  # each has a name


def _metadata_of(wheel: zipfile.ZipFile) -> str:
    return next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))


def _name(path: Path) -> str:
    return _normal(path.name.split("-")[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _configure(out: Path) -> None:
    """Let the kernel take everything from beside it, and nothing from elsewhere."""
    path = out / "jupyter-lite.json"
    config = json.loads(path.read_text("utf-8"))
    data = config["jupyter-config-data"]
    for extension in list(data["federated_extensions"]):  # others of the builder ask a server
        if not extension["name"].startswith(EXTENSIONS):
            data["federated_extensions"].remove(extension)
            shutil.rmtree(out / "extensions" / extension["name"])
    settings = data.setdefault("litePluginSettings", {})
    settings.setdefault(KERNEL, {}).update(
        disablePyPIFallback=True,
        loadPyodideOptions={
            "lockFileURL": "./static/pyodide/pyodide-lock.json",
            "packages": [*STARTED, "ipykernel", "pyodide-kernel"],
            "env": {"HOME": "/home/pyodide", "HVLIB_TRACES": "page"},
        },
    )
    path.write_text(json.dumps(config, indent=1), "utf-8")


def main() -> int:
    """Build the edition; returns the exit status."""
    top = argparse.ArgumentParser("hvlib.site.lite", description=_("The JupyterLite edition."))
    top.add_argument("--out", type=Path, default=Path("site/lite"), help=_("the folder to write"))
    chosen = top.parse_args()
    try:
        build(chosen.out)
    except parts.PartsError as error:
        print(error, file=sys.stderr)
        return 1
    print(chosen.out / "lab" / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
