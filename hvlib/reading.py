"""A reader's own copy of the notebooks, and the JupyterLab that opens it: ``hvlib lab``.

Reading a chapter changes it: outputs are stored, cells are tried out. So the reader gets copies,
and the originals, in the wheel or in the checkout, stay as they are. A new version of the book
replaces a copy whose cells the reader left alone, and keeps one that the reader changed.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hvlib
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


def open_lab(folder: Path, options: Sequence[str] = ()) -> int:
    """Run JupyterLab on the reader's folder until it ends; returns its exit status.

    The book's settings and a layout of its own are used; the reader's Jupyter stays as it is.
    """
    if _is_root() and "--allow-root" not in options:
        if not in_container():
            text = _("You are root, and every notebook would run with all rights: ")
            print(text + _("use an ordinary account, or add --allow-root."), file=sys.stderr)
            return 1
        options = [*options, "--allow-root"]
    for line in lay_out(folder):
        print(line)
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_PATH": str(ORIGINALS / "jupyter_config"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces"),
    }
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", *options]
    try:
        return subprocess.run(command, env=environment).returncode
    except KeyboardInterrupt:  # Jupyter has heard it too, and has ended
        return 0


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


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
