"""The README's example runs and prints what the README says; its links lead somewhere."""

import contextlib
import io
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_prints_what_stands_below_it() -> None:
    program = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    printed = re.search(r"```text\n(.*?)```", README, re.DOTALL)
    assert program
    assert printed
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(program[1], {})
    assert _one_line(out.getvalue()) == _one_line(printed[1])


def test_links_lead_to_files() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "docs/teaching.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if "://" not in target and not target.startswith("../../"):  # a page of the host
                assert (ROOT / page).parent.joinpath(target).exists(), f"{page} links to {target}"


def test_the_readme_fits_on_two_screens() -> None:
    assert len(README.splitlines()) < 80


def _one_line(text: str) -> str:
    return " ".join(text.split())
