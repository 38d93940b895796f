"""Compiles what a page imports. ``inside.mjs`` runs this in Pyodide while the site is built.

/sources.zip holds archives as folders, with the sources as files; /compiled.zip, which is written,
has the code beside its source's name: of what a page may import, and of nothing else. Docstrings
and assertions are left out.
"""

import ast
import importlib
import importlib.util
import pkgutil
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]

SOURCES = zipfile.ZipFile("/sources.zip")
MODULES = {
    path.split("/", 1)[1].removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
    for path in SOURCES.namelist()
    if path.endswith(".py")
}
"""Where the source of each module lies."""
LATER = ("_pylong", "_strptime", "csv")
"""What Python's compiled parts import, and ``importlib.metadata``, when they are first used."""
UNUSED = re.compile(
    r"(hvlib\.(__main__|host|real\.image)|platformdirs\.(_?android|ios|macos|windows)"
    r"|pydantic\.deprecated|traitlets\.config|_py(_abc|datetime|repl)|argparse|doctest|getopt"
    r"|asyncio\.windows_events|concurrent\.futures\.(interpreter|process)|email\.(generator|policy)"
    r"|plistlib|py_compile|pydoc|rlcompleter|tarfile|urllib\.request)\b"
)
"""What functions import that no page calls: the book's commands, what looks at a Linux machine and
what builds the page's computer; of Python's library debuggers, test runners and servers."""


def import_all() -> None:
    """Import what the book may import in a page: its modules, and what any function imports."""
    importlib.import_module("hvlib.site.front")
    hvlib = importlib.import_module("hvlib")
    for name in hvlib.__all__:
        getattr(hvlib, name)
    wanted = {*LATER, *(module.name for module in pkgutil.walk_packages(hvlib.__path__, "hvlib."))}
    read: set[str] = set()
    while wanted:
        for name in sorted(name for name in wanted if not UNUSED.match(name)):
            with suppress(ImportError):  # matplotlib, unicorn: a page does without
                importlib.import_module(name)
        new = (sys.modules.keys() & MODULES.keys()) - read
        read |= new
        wanted = {name for module in new for name in imports(module)} & (MODULES.keys() - read)


def imports(module: str) -> Iterator[str]:
    """The names that a module imports, in its functions too."""
    path = MODULES[module]
    package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
    for node in statements(ast.parse(SOURCES.read(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements in a module or a statement; ``ast.walk`` takes thrice as long for the rest."""
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        for inner in getattr(node, part, ()):
            yield inner
            yield from statements(inner)


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
        for module in sorted(sys.modules.keys() & MODULES.keys()):
            path = MODULES[module]
            out.writestr(path, compiled(SOURCES.read(path), path.split("/", 1)[1]))


main()
