"""The READMEs' example runs and prints what they say; their links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
READMES = {"en": "README.md", "ko": "README.ko.md"}


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", READMES)
def test_the_example_prints_what_stands_below_it(language: str) -> None:
    text = text_of(READMES[language])
    program = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    printed = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert program
    assert printed
    done = subprocess.run(
        [sys.executable, "-c", program[1]],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "HVLIB_LANGUAGE": language, "PYTHONIOENCODING": "utf-8"},
    )
    assert _one_line(done.stdout) == _one_line(printed[1]), done.stderr


def test_links_lead_to_files() -> None:
    for page in (*READMES.values(), "CONTRIBUTING.md", "docs/teaching.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", text_of(page)):
            if "://" not in target and not target.startswith("../../"):  # a page of the host
                assert (ROOT / page).parent.joinpath(target).exists(), f"{page} links to {target}"


def test_both_lead_to_the_same_pages_each_in_its_language() -> None:
    english, korean = (set(re.findall(r"\]\(([^)#]+)\)", text_of(p))) for p in READMES.values())
    notebooks = {target for target in english if target.startswith("notebooks/")}
    assert notebooks
    assert {target.replace("notebooks/", "notebooks/ko/") for target in notebooks} <= korean
    rest = english - notebooks - {"README.ko.md", "docs/screenshot.png"}
    assert rest <= korean
    assert "README.md" in korean
    assert "README.ko.md" in english


def test_both_name_the_same_commands() -> None:
    english, korean = (
        set(re.findall(r"\b(?:make|hvlib) [a-z]+\b|ARGS=--\w+", text_of(page)))
        for page in READMES.values()
    )
    assert english == korean


def test_a_readme_fits_on_two_screens() -> None:
    assert len(text_of("README.md").splitlines()) < 80


def _one_line(text: str) -> str:
    return " ".join(text.split())
