"""Run the notebooks from top to bottom and store their outputs: ``make notebooks``.

Outputs are stored without the live widget, whose id means nothing later: a reader who opens a
notebook sees pictures and sentences, and gets the widgets by running it. What goes deeper is folded
again, and the map of the book is told how long each chapter has become.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from hvlib.site import lengths

BOOK = Path(__file__).resolve().parent.parent / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
COLLAPSED = "jp-MarkdownHeadingCollapsed"  # how JupyterLab knows a heading that is folded
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "nbconvert_exporter": "python"},
}


def execute(path: Path) -> None:
    """Run one notebook and write it back. Raises CellExecutionError where a cell fails."""
    os.environ["HVLIB_STILLS"] = "png"  # what every program shows, trusted or not
    os.environ["HVLIB_HERE"] = "recorded"  # whose machine this is belongs into no book
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=300, resources=resources, store_widget_state=False).execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    _name_cells(notebook, path.stem.split("-")[0])
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in ("tags", "jupyter")}
        if "deeper" in cell.metadata.get("tags", []):
            cell.metadata[COLLAPSED] = True
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
            if "metadata" in output:
                output["metadata"] = nbformat.from_dict({})
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def _name_cells(notebook: nbformat.NotebookNode, stem: str) -> None:
    """Let each id begin as the book's do. One that does stays: translations stand by it."""
    for cell in notebook.cells:
        if not cell.id.startswith((f"{stem}-", "edition")):
            cell.id = f"{stem}-{cell.id[:6]}"


def main(arguments: list[str]) -> None:
    """Run the named notebooks, or all."""
    paths = [Path(argument) for argument in arguments] or sorted(BOOK.rglob("*.ipynb"))
    for path in paths:
        print(path.stem, flush=True)
        execute(path)
    lengths.main()


if __name__ == "__main__":
    main(sys.argv[1:])
