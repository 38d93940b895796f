"""A reader's copy of the book: laid out once, renewed where untouched, never overwritten."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from hvlib import reading

CHAPTER = "notebooks/01.ipynb"


def notebook(*cells: str, outputs: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """A notebook of these code cells, as Jupyter writes it."""
    return {
        "cells": [
            {"cell_type": "code", "source": text.splitlines(True), "outputs": list(outputs)}
            for text in cells
        ],
        "metadata": {"language_info": {"name": "python"}},
    }


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The book's own notebooks, two of them."""
    monkeypatch.setattr(reading, "ORIGINALS", tmp_path / "original")
    for name in ("01", "labs/02"):
        path = tmp_path / "original" / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook(f"edition 1 of {name}")), encoding="utf-8")
    return tmp_path / "original"


def source(path: Path) -> str:
    return "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])


def test_all_notebooks_are_laid_out(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert reading.lay_out(folder) == []
    assert source(folder / CHAPTER) == "edition 1 of 01"
    assert source(folder / "notebooks/labs/02.ipynb") == "edition 1 of labs/02"


def test_a_page_that_was_only_run_is_renewed(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    reading.lay_out(folder)
    ran = notebook("edition 1 of 01", outputs=({"output_type": "stream", "text": "42"},))
    (folder / CHAPTER).write_text(json.dumps(ran), encoding="utf-8")
    (book / CHAPTER).write_text(json.dumps(notebook("edition 2")), encoding="utf-8")
    assert reading.lay_out(folder) == []
    assert source(folder / CHAPTER) == "edition 2"


def test_a_page_that_was_run_keeps_its_outputs_while_the_book_is_the_same(
    book: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    reading.lay_out(folder)
    ran = json.dumps(notebook("edition 1 of 01", outputs=({"output_type": "stream"},)))
    (folder / CHAPTER).write_text(ran, encoding="utf-8")
    reading.lay_out(folder)
    assert (folder / CHAPTER).read_text(encoding="utf-8") == ran


def test_a_page_that_the_reader_changed_is_kept_and_todays_stands_beside(
    book: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    reading.lay_out(folder)
    (folder / CHAPTER).write_text(json.dumps(notebook("my own")), encoding="utf-8")
    assert reading.lay_out(folder) == []
    (book / CHAPTER).write_text(json.dumps(notebook("edition 2")), encoding="utf-8")
    assert reading.lay_out(folder) == [f"{CHAPTER}: yours is kept; the new edition is 01.new.ipynb"]
    assert source(folder / CHAPTER) == "my own"
    assert source(folder / "notebooks/01.new.ipynb") == "edition 2"
    assert reading.lay_out(folder) == [], "said once"


def test_a_page_that_is_no_notebook_any_more_is_kept(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    reading.lay_out(folder)
    (folder / CHAPTER).write_text("<<<<<<< conflict", encoding="utf-8")
    reading.lay_out(folder)
    assert (folder / CHAPTER).read_text(encoding="utf-8") == "<<<<<<< conflict"


def test_the_checkout_itself_is_opened_without_copies(book: Path) -> None:
    assert reading.lay_out(book) == []
    assert not (book / ".laid").exists()


WIDGET = {reading.WIDGET: {"model_id": "4b1d"}, "image/png": "iVBO", "text/plain": "a picture"}


def test_a_saved_page_shows_its_pictures_tomorrow() -> None:
    content = notebook("show()", outputs=({"output_type": "display_data", "data": WIDGET},))
    content["metadata"]["widgets"] = {"state": {}}
    model = {"type": "notebook", "content": copy.deepcopy(content)}
    reading.keep_pictures(model, path="x", contents_manager=None)
    data = model["content"]["cells"][0]["outputs"][0]["data"]
    assert set(data) == {"image/png", "text/plain"}, "Jupyter would show: model not found"
    assert "widgets" not in model["content"]["metadata"]


def test_a_file_and_a_widget_without_another_form_are_saved_as_they_are() -> None:
    alone = {reading.WIDGET: {"model_id": "4b1d"}}
    content = notebook("x", outputs=({"output_type": "display_data", "data": dict(alone)},))
    model: dict[str, Any] = {"type": "notebook", "content": content}
    reading.keep_pictures(model)
    assert content["cells"][0]["outputs"][0]["data"] == alone
    for other in ({"type": "file", "content": "text"}, {"type": "notebook", "content": None}):
        before = dict(other)
        reading.keep_pictures(other)
        assert other == before


def test_root_is_refused_but_in_a_container(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(reading, "is_root", lambda: True)
    monkeypatch.setattr(reading.subprocess, "Popen", lambda command, **_: started.append(command))
    monkeypatch.setattr(reading, "in_container", lambda: False)
    assert reading.open_lab(tmp_path / "mine") == 1
    assert "--allow-root" in capsys.readouterr().err
    assert not started


def test_an_edition_opens_at_its_own_page_with_menus_in_its_language(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "is_root", lambda: False)
    monkeypatch.setattr(reading, "_until_it_ends", lambda started, _asks: started)
    seen: list[tuple[list[str], dict[str, Any]]] = []

    def start(command: list[str], env: dict[str, str]) -> int:
        first = Path(env["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0])
        settings = first / "labconfig" / "default_setting_overrides.json"
        seen.append((command, json.loads(settings.read_text()) if settings.exists() else {}))
        return 0

    monkeypatch.setattr(reading.subprocess, "Popen", start)
    assert reading.open_lab(tmp_path / "mine") == 0
    assert reading.open_lab(tmp_path / "mine", language="ko") == 0
    (english, none), (korean, menus) = seen
    assert not none
    assert not [word for word in english if "default_url" in word]
    assert "--LabApp.default_url=/lab/tree/notebooks/ko/00-start-here.ipynb" in korean
    assert menus == {"@jupyterlab/translation-extension:plugin": {"locale": "ko_KR"}}
