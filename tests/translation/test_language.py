"""The language of a process is that of its notebook, never the computer's (T14)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hvlib import edition
from hvlib.translation.po import Entry, write

SCRIPT = "from hvlib.words import LANGUAGE, _; print(LANGUAGE, _('Reset'), sep='|')"


def said(folder: Path, script: str = SCRIPT, **environment: str) -> str:
    """What a process prints whose working folder this is."""
    root = str(Path(edition.__file__).parents[1])
    own = {k: v for k, v in os.environ.items() if k not in ("HVLIB_LANGUAGE", "LANG")}
    environment = {**own, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8", **environment}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8").strip()


@pytest.mark.parametrize(
    ("folder", "environment", "language"),
    [
        (".", {}, "en"),
        (".", {"LANG": "ko_KR.UTF-8", "LANGUAGE": "ko", "LC_ALL": "ko_KR.UTF-8"}, "en"),
        (".", {"HVLIB_LANGUAGE": "ko"}, "ko"),
        (".", {"HVLIB_LANGUAGE": "tlh"}, "en"),
        ("book/notebooks/ko/labs", {}, "ko"),
        ("book/notebooks/labs", {}, "en"),
        ("home/ko/notebooks", {}, "en"),  # somebody's name
        (".", {"JPY_SESSION_NAME": "/book/notebooks/ko/01-definition.ipynb"}, "ko"),
        ("book/notebooks/ko", {"HVLIB_LANGUAGE": "en"}, "en"),
    ],
)
def test_a_process_speaks_its_notebooks_language(
    folder: str, environment: dict[str, str], language: str, tmp_path: Path
) -> None:
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    found = said(tmp_path / folder, **environment)
    assert found == {"en": "en|Reset", "ko": "ko|초기화"}[language]


def test_the_catalogue_is_made_anew_when_a_translation_is_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edition, "FOLDER", tmp_path)
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "edition.toml").write_text(
        'name = "X"\nenglish = "E"\nplurals = "nplurals=1; plural=0;"\n', encoding="utf-8"
    )
    for text in ("eins", "zwei"):
        write(tmp_path / "xx" / "a.po", [Entry("one", text=(text,))], "xx", "nplurals=1; plural=0;")
        made = tmp_path / "xx" / edition.CATALOGUE
        if made.exists():
            os.utime(made, (0, 0))
        assert edition.translation("xx").gettext("one") == text
    edition.edition.cache_clear()


def test_english_starts_as_fast_as_without_editions(tmp_path: Path) -> None:
    script = "import sys, hvlib.words; print(sorted(m for m in sys.modules if 'hvlib' in m))"
    assert "particles" not in said(tmp_path, script)


def test_the_first_line_of_a_page_leads_to_english() -> None:
    for language in edition.languages()[1:]:
        known = edition.edition(language)
        assert known.name
        assert known.english
        assert 0 <= known.complete <= 1


def test_a_recordings_machine_is_told_in_the_readers_language() -> None:
    stored = "EPYC, 2 CPUs, busy with other work (load 6.6)"
    script = (
        f"from hvlib.trace import Provenance as P; print(P({stored!r}, *'abc').machine_in_words)"
    )
    assert said(Path(), script) == stored
    assert (
        said(Path(), script, HVLIB_LANGUAGE="ko") == "EPYC, CPU 2개, 다른 작업으로 바쁨(부하 6.6)"
    )
