"""Makes a built site work from a USB stick: opened as files, with no server at all.

A browser lets such a page load classic scripts, but neither modules nor data nor workers from
files. So the page's scripts become one classic script, and Python one more, in base64, which is
loaded when the first cell asks for it.
"""

import base64
import json
import re
import shutil
from pathlib import Path

from hvlib.site.pages import WEB

_MODULE = re.compile(r'<script type="module" src="([^"]*)book\.js"></script>')
_EXPORT = re.compile(r"^export (?=async |function |class |const )", re.MULTILINE)


def convert(site: Path) -> None:
    """Change the site in ``site`` so that it works when its files are opened. Search does not."""
    run = next(site.glob("run-*"))
    _write_python(run, site / "python.js")
    scripts = [_classic(WEB / "manager.js", "window.hvManager = Manager;")]
    scripts += [_classic(WEB / "stick.js"), _classic(WEB / "book.js")]
    (site / "book.js").write_text("\n".join(scripts), "utf-8")
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        page.write_text(_MODULE.sub(r'<script defer src="\1book.js"></script>', text), "utf-8")
    for folder in (run, site / "pagefind", *site.glob("machine-*")):
        shutil.rmtree(folder)
    for name in ("manager.js", "sw.js"):
        (site / name).unlink()


def _classic(module: Path, last: str = "") -> str:
    """A module as a classic script that keeps its names to itself."""
    text = _EXPORT.sub("", module.read_text("utf-8"))
    return f"(() => {{\n{text}\n{last}\n}})();"


def _write_python(run: Path, script: Path) -> None:
    """All that the worker loads, as one script: texts as they are, the rest in base64."""
    modules = ("pyodide.mjs", "pyodide.asm.mjs", "worker.mjs")
    data = {
        "texts": {name: (run / name).read_text("utf-8") for name in modules},
        "files": {
            path.name: base64.b64encode(path.read_bytes()).decode("ascii")
            for path in sorted(run.iterdir())
            if path.name not in modules
        },
    }
    script.write_text(f"window.hvPython = {json.dumps(data)};\n", "utf-8")
