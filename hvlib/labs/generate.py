"""Make the reader's labs from their solutions: ``python -m hvlib.labs.generate``.

A solution is a notebook in ``notebooks/labs/solutions``. In its code cells, a region::

    ### BEGIN SOLUTION add the character to self.text
    self.text += chr(value & 0xFF)
    ### END SOLUTION

becomes, in the notebook of the same name one folder up, a task and a harmless placeholder::

    # Your turn: add the character to self.text
    ...
"""

import copy
import re
import sys
from pathlib import Path
from typing import Any

import nbformat

from hvlib.words import _

LABS = Path(__file__).resolve().parents[2] / "notebooks" / "labs"
PICTURE, UNCOMPARED = "picture", "nbval-ignore-output"
REGION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION (?P<task>[^\n]+)\n.*?^[ \t]*### END SOLUTION[^\n]*$",
    re.DOTALL | re.MULTILINE,
)


def without_solutions(source: str) -> str:
    """A cell's text with a task in place of each solution. Raises ValueError for half a region."""

    def task(region: re.Match[str]) -> str:
        indent, words = region["indent"], _("Your turn: {task}").format(task=region["task"])
        return f"{indent}# {words}\n{indent}..."

    text = REGION.sub(task, source)
    if "### BEGIN SOLUTION" in text or "### END SOLUTION" in text:
        raise ValueError(f"a solution without its begin, end or task in:\n{source}")
    return text


def readers_version(solution: Any) -> Any:
    """The reader's notebook: no solutions, and no outputs but the first picture."""
    lab = copy.deepcopy(solution)
    for cell in lab.cells:
        if cell.cell_type != "code":
            source = cell.source.replace("](../../", "](../")  # one folder up
            cell.source = source.replace("/labs/solutions/", "/labs/")
            continue
        cell.source = without_solutions(cell.source)
        tags = cell.metadata.get("tags", [])
        if PICTURE not in tags:
            cell.outputs, cell.execution_count = [], None
            cell.metadata["tags"] = sorted({*tags, UNCOMPARED})
    return lab


def text_of(path: Path) -> str:
    """What the reader's version of the solution at ``path`` should hold."""
    lab = readers_version(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
    return str(nbformat.writes(lab)) + "\n"  # type: ignore[no-untyped-call]


def main(folder: Path = LABS) -> None:
    """Write the reader's version of every solution."""
    for path in sorted((folder / "solutions").glob("*.ipynb")):
        (folder / path.name).write_text(text_of(path), "utf-8")
        print(path.name)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
