"""Compiles what a page imports. ``inside.mjs`` runs this in Pyodide while the site is built.

/sources.zip holds archives as folders, with the sources as files; /compiled.zip, which is written,
has the code beside its source's name. Only what all of the book imports is compiled, since code is
larger than its source. Docstrings and assertions are left out.
"""

import importlib
import importlib.util
import pkgutil
import sys
import zipfile
from contextlib import suppress
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]

SOURCES = zipfile.ZipFile("/sources.zip")


def import_all() -> None:
    """Import what the book may import in a page."""
    importlib.import_module("hvlib.site.front")
    hvlib = importlib.import_module("hvlib")
    for module in pkgutil.walk_packages(hvlib.__path__, "hvlib."):
        with suppress(ImportError):  # matplotlib, unicorn: a page does without
            importlib.import_module(module.name)


def compiled(source: bytes, name: str) -> bytes:
    """The module as Python keeps it: its code is taken as it is, whatever became of the source."""
    code = compile(source, name, "exec", dont_inherit=True, optimize=2)
    made: bytes = _code_to_hash_pyc(code, importlib.util.source_hash(source), False)
    return made


def main() -> None:
    """Write /compiled.zip."""
    for name in SOURCES.namelist():
        if name.startswith("core.zip/"):
            SOURCES.extract(name, "/")
    sys.path.insert(0, "/core.zip")
    import_all()
    with zipfile.ZipFile("/compiled.zip", "w") as out:
        for path in SOURCES.namelist():
            _archive, name = path.split("/", 1)
            module = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            if name.endswith(".py") and module in sys.modules:
                out.writestr(path, compiled(SOURCES.read(path), name))


main()
