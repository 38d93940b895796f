"""A reader's own copy of the notebooks, and the JupyterLab that opens it: ``hvlib lab``.

Reading a chapter changes it: outputs are stored, cells are tried out. So the reader gets copies,
and the originals, in the wheel or in the checkout, stay as they are. A new version of the book
replaces a copy whose cells the reader left alone, and keeps one that the reader changed.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir

import hvlib
from hvlib.edition import ENGLISH, START, edition
from hvlib.real.syscalls import is_root
from hvlib.words import _

HERE = Path(hvlib.__file__).resolve().parent
ORIGINALS = next(
    folder for folder in (HERE / "book", HERE.parent) if (folder / "notebooks").is_dir()
)
"""Where the notebooks and the server's settings lie: in the wheel, or the checkout itself."""
WIDGET = "application/vnd.jupyter.widget-view+json"


def lay_out(folder: Path) -> list[str]:
    """Copy the notebooks into ``folder``; one line for each that the reader should know of.

    A copy whose cells were not changed since it was laid is replaced by today's. A changed one
    stays, and if the book's own has changed as well, today's is put beside it.
    Raises OSError where the folder can't be written.
    """
    if folder.resolve() == ORIGINALS:
        return []
    said = []
    for original, name in _notebooks():
        copy, laid = folder / name, folder / ".laid" / name
        if copy.exists() and not _same_cells(copy, laid):
            if laid.exists() and not _same_cells(original, laid):
                beside = copy.with_suffix(".new.ipynb")
                shutil.copyfile(original, beside)
                text = _("{name}: yours is kept; the new edition is {beside}")
                said.append(text.format(name=name.as_posix(), beside=beside.name))
                _put(original, laid)
            continue
        if copy.exists() and _same_cells(original, laid):
            continue
        _put(original, copy)
        _put(original, laid)
    return said


def _notebooks() -> Iterator[tuple[Path, Path]]:
    """Each notebook of the book with its place in the reader's folder."""
    for path in sorted((ORIGINALS / "notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            yield path, path.relative_to(ORIGINALS)


def _put(original: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(original, copy)


def _same_cells(one: Path, other: Path) -> bool:
    """Whether two notebooks have the same cells, whatever their outputs are."""
    try:
        return _cells(one) == _cells(other)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _cells(path: Path) -> list[tuple[str, str]]:
    """The kind and text of each cell of a notebook. Raises ValueError for what is none."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]


def open_lab(
    folder: Path, options: Sequence[str] = (), hub: bool = False, language: str = ENGLISH
) -> int:
    """Run JupyterLab on the reader's folder until it ends; returns its exit status.

    The book's settings and a layout of its own are used; the reader's Jupyter stays as it is.
    hub: run the server that a JupyterHub asks for. language: of the page that is opened, and of the
    menus where their translation is installed; each page speaks the language of its own folder.
    """
    if not hub and is_root() and "--allow-root" not in options:
        if not in_container():
            text = _(
                "You are root, and every notebook would run with all rights: use an ordinary "
                "account, or add --allow-root."
            )
            print(text, file=sys.stderr)
            return 1
        options = [*options, "--allow-root"]
    for line in lay_out(folder):
        print(line)
    program = "jupyterhub.singleuser" if hub else "jupyterlab"
    first = [f"--LabApp.default_url=/lab/tree/notebooks/{language}/{START}"]
    options = [*(first if language != ENGLISH else ()), *options]
    command = [sys.executable, "-m", program, f"--ServerApp.root_dir={folder}", *options]
    with _runtime_folder() as runtime, _menus(language) as settings:
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_PATH": os.pathsep.join([*settings, str(ORIGINALS / "jupyter_config")]),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces"),
            "JUPYTER_RUNTIME_DIR": str(runtime),
        }
        asks = (signal.SIGTERM, signal.SIGINT) if hub else (signal.SIGTERM,)
        return _until_it_ends(subprocess.Popen(command, env=environment), asks)


def _until_it_ends(server: "subprocess.Popen[bytes]", asks: tuple[signal.Signals, ...]) -> int:
    """Wait for the server and pass on the signals that ask us to end; returns its exit status."""
    for ask in asks:
        signal.signal(ask, lambda *_why: server.terminate())
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:  # the server has heard it, too, and asks the reader
            continue


SOCKET_NAME = 103 - len("/kernel-01234567-89ab-cdef-0123-456789abcdef-ipc-1")
"""So long may a folder's name be in which kernels lay their sockets (104 bytes on macOS)."""


@contextmanager
def _runtime_folder() -> Iterator[Path]:
    """Jupyter's folder for what runs; one with a short name where the reader's own is too long."""
    usual = Path(jupyter_runtime_dir())
    if os.name != "posix" or len(str(usual)) <= SOCKET_NAME:
        yield usual
        return
    with tempfile.TemporaryDirectory(prefix="hvlib-", dir="/tmp") as short:
        yield Path(short)


@contextmanager
def _menus(language: str) -> Iterator[list[str]]:
    """A folder of settings that lets JupyterLab speak a language; none for English."""
    if language == ENGLISH or not edition(language).jupyterlab:
        yield []
        return
    locale = {"@jupyterlab/translation-extension:plugin": {"locale": edition(language).jupyterlab}}
    with tempfile.TemporaryDirectory(prefix="hvlib-") as folder:
        settings = Path(folder) / "labconfig" / "default_setting_overrides.json"
        settings.parent.mkdir()
        settings.write_text(json.dumps(locale), encoding="utf-8")
        yield [folder]


def in_container() -> bool:
    """Whether this is a container of Docker or Podman, where root is root of the container only."""
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))


def keep_pictures(model: dict[str, Any], **_where: Any) -> None:
    """Before a notebook is saved: leave out live widgets, whose ids mean nothing tomorrow.

    What stands beside them, picture and sentence, is then what the saved page shows. This is
    Jupyter's ``pre_save_hook``; see ``jupyter_config/jupyter_server_config.py``.
    """
    if model.get("type") != "notebook" or not model.get("content"):
        return
    content = model["content"]
    content.get("metadata", {}).pop("widgets", None)
    for cell in content.get("cells", []):
        for output in cell.get("outputs", []):
            if len(output.get("data", {})) > 1:
                output["data"].pop(WIDGET, None)
