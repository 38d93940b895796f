"""The reader's progress, in a file of their own outside the repository.

Each answer is one line, added at the end and never changed, so that two notebooks at once lose
none and the first answer to a question stays the first. It is written only when a reader answers
something, never sent anywhere, and shown on the map of the book. A damaged file is set aside
and what can be read of it is kept. ``HVLIB_PROGRESS`` names another file, each user's own.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

from hvlib.words import _


def where() -> Path:
    """The file that holds the progress."""
    named = os.environ.get("HVLIB_PROGRESS")
    if named:
        return Path(os.path.expandvars(named)).expanduser()
    return user_data_path("hvlib") / "progress.json"


@dataclass
class Progress:
    """Which questions were answered, and how: ``{"1.trap": "right"}``.

    Outcomes are ``"right"``, ``"wrong"``, ``"skipped"`` or a misconception's id: in ``firsts`` of
    the first answer, before the reader had seen the right one, in ``outcomes`` of the last.
    notice: what the reader should know about the file, if anything.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    firsts: dict[str, str] = field(default_factory=dict)
    notice: str = ""

    def add(self, question_id: str, outcome: str) -> None:
        """Take one more answer into account."""
        self.outcomes[question_id] = outcome
        self.firsts.setdefault(question_id, outcome)

    def chapter(self, number: int) -> dict[str, str]:
        """The last outcomes of one chapter's questions."""
        prefix = f"{number}."
        return {id: out for id, out in self.outcomes.items() if id.startswith(prefix)}


def load() -> Progress:
    """The stored progress; an empty one where there is none."""
    path, progress = where(), Progress()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return progress
    except OSError as error:
        progress.notice = _("Your progress can't be read: {error}").format(error=error)
        return progress
    except ValueError:
        text = "not text"
    try:
        for question_id, outcome in _answers(text):
            progress.add(question_id, outcome)
    except (ValueError, KeyError, TypeError, AttributeError):
        progress.notice = _set_aside(path, progress)
    return progress


def _answers(text: str) -> Iterator[tuple[str, str]]:
    """The answers in a file, oldest first. Raises ValueError, KeyError or TypeError for others.

    A file of an earlier edition begins with one object that holds all outcomes.
    """
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        at += len(text[at:]) - len(text[at:].lstrip())
        outcomes = value["outcomes"] if "outcomes" in value else {value["id"]: value["outcome"]}
        for question_id, outcome in outcomes.items():
            if not isinstance(question_id, str) or not isinstance(outcome, str):
                raise ValueError("not names and outcomes")
            yield question_id, outcome


def record(question_id: str, outcome: str) -> Progress:
    """Remember an answer and return the progress. A disk that refuses shows in ``notice``."""
    progress = load()
    progress.add(question_id, outcome)
    try:
        _append(question_id, outcome)
    except OSError as error:
        progress.notice = _("Your progress could not be stored: {error}").format(error=error)
    return progress


def reset() -> None:
    """Forget everything."""
    where().unlink(missing_ok=True)


def _append(question_id: str, outcome: str) -> None:
    """One line in one write, which no other process's line comes between."""
    path = where()
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"id": question_id, "outcome": outcome}) + "\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


def _set_aside(path: Path, readable: Progress) -> str:
    """Rename a damaged file and begin a new one with what could be read."""
    aside = path.with_suffix(".damaged.json")
    with suppress(OSError):
        os.replace(path, aside)
        for outcomes in (readable.firsts, readable.outcomes):
            for question_id, outcome in outcomes.items():
                _append(question_id, outcome)
    text = _("Your progress file was damaged. It is kept as {name}; a new one begins.")
    return text.format(name=aside.name)
