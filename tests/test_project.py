"""What the project says of itself in several places agrees."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_environment_yml_names_the_packages_of_pyproject() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    listed = {line.strip()[2:] for line in text.splitlines() if line.startswith("      - ")}
    assert listed == {*PROJECT["dependencies"], "-e ."}
    python = re.search(r"^  - python=(3\.\d+)", text, re.MULTILINE)
    assert python, "Binder reads one version of Python, not a range"
    assert SpecifierSet(PROJECT["requires-python"]).contains(python[1])


EXTRAS = PROJECT["optional-dependencies"]


def pins(lock: str) -> dict[str, str]:
    """The versions in a lock by package. Addresses have no place there."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert "://" not in text, f"{lock} must hold no addresses"
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", ["checkout"]), ("requirements-test.lock", ["checkout", "test"])],
)
def test_the_locks_satisfy_pyproject(lock: str, extras: list[str]) -> None:
    pinned = pins(lock)
    wanted = PROJECT["dependencies"] + [one for extra in extras for one in EXTRAS[extra]]
    for requirement in map(Requirement, wanted):
        assert requirement.name in pinned, f"make lock: {requirement.name} is not in {lock}"
        assert requirement.specifier.contains(pinned[requirement.name]), f"make lock: {requirement}"


def test_a_reader_gets_the_versions_that_are_tested_and_none_of_the_tools() -> None:
    readers, tested = pins("requirements.lock"), pins("requirements-test.lock")
    assert readers.items() <= tested.items()
    tools = {Requirement(line).name for line in EXTRAS["test"]} - {"nbclient", "psutil"}
    assert not tools & set(readers), "what only the tests use stands between reader and book"


@pytest.mark.parametrize("page", ["README.md", "README.ko.md"])
def test_readme_and_makefile_name_the_same_commands(page: str) -> None:
    readme = (ROOT / page).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for named in re.findall(r"\bmake ([a-z-]+)", readme):
        assert named in targets, f"{page} names `make {named}`, the Makefile has no such target"


def test_the_version_is_said_once() -> None:
    import hvlib

    assert hvlib.__version__ == PROJECT["version"]


def test_every_name_of_the_book_is_sorted_and_loads() -> None:
    import hvlib

    source = (ROOT / "hvlib" / "__init__.py").read_text(encoding="utf-8")
    modules = re.findall(r'^        "([a-z_.0-9]+)": \[', source, re.MULTILINE)
    assert modules == sorted(modules), "hvlib/__init__.py: keep the modules sorted"
    assert len(source.splitlines()) < 90, "hvlib/__init__.py should fit on a screen or so"
    for name in hvlib.__all__:
        assert getattr(hvlib, name) is not None


def test_models_systems_diagrams_and_recordings_need_only_what_a_web_page_has() -> None:
    program = """
import sys
for name in ("numpy", "matplotlib", "PIL", "networkx", "resource"):
    sys.modules[name] = None
import hvlib
import hvlib.widgets.diagram
from hvlib.real import experiments, side_by_side
from hvlib.models.exits import ExitCost
from hvlib.systems.system import load
ExitCost().run().describe()
load("xen").states(["dom0"])
diagram = hvlib.show("xen")
print(diagram.scene and "fine")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "fine", done.stderr


def test_import_is_quick() -> None:
    program = "import time; t = time.perf_counter(); import hvlib; print(time.perf_counter() - t)"
    seconds = min(
        float(
            subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout
        )
        for _attempt in range(3)
    )
    assert seconds < 0.3


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc"])
def test_no_module_is_named_for_nothing(name: str) -> None:
    assert not list(ROOT.glob(f"hvlib/**/{name}.py"))


@pytest.mark.parametrize(
    "package", sorted(path.parent for path in ROOT.glob("hvlib/*/__init__.py"))
)
def test_a_package_says_what_is_in_each_of_its_modules(package: Path) -> None:
    """The page that a stranger opens first."""
    page = (package / "__init__.py").read_text(encoding="utf-8").split('"""')[1]
    named = set(re.findall(r"``(\w+)``", page))
    modules = {path.stem for path in package.glob("*.py") if not path.stem.startswith("__")}
    assert named == modules, (
        f"{package.name}/__init__.py: {named ^ modules} is not there or not told"
    )
