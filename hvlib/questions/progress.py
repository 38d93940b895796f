"""The reader's progress, in a file of their own outside the repository.

It is written only when a reader answers something, never sent anywhere, and shown only where they
ask for it. A damaged file is set aside and a new one begun. ``HVLIB_PROGRESS`` names another file.
"""

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

from hvlib.words import _


def where() -> Path:
    """The file that holds the progress."""
    named = os.environ.get("HVLIB_PROGRESS")
    return Path(named) if named else user_data_path("hvlib") / "progress.json"


@dataclass
class Progress:
    """Which questions were answered, and how: ``{"1.trap": "right"}``.

    Outcomes are ``"right"``, ``"wrong"``, ``"skipped"`` or a misconception's id. notice: what the
    reader should know about the file, if anything.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    notice: str = ""

    def chapter(self, number: int) -> dict[str, str]:
        """The outcomes of one chapter's questions."""
        prefix = f"{number}."
        return {id: out for id, out in self.outcomes.items() if id.startswith(prefix)}


def load() -> Progress:
    """The stored progress; an empty one where there is none or the file is damaged."""
    path = where()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        outcomes = data["outcomes"]
        if not all(isinstance(k, str) and isinstance(v, str) for k, v in outcomes.items()):
            raise ValueError("not names and outcomes")
        return Progress(dict(outcomes))
    except FileNotFoundError:
        return Progress()
    except OSError as error:
        return Progress(notice=_("Your progress can't be read: {error}").format(error=error))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Progress(notice=_set_aside(path))


def record(question_id: str, outcome: str) -> Progress:
    """Remember an answer and return the progress. A disk that refuses shows in ``notice``."""
    progress = load()
    progress.outcomes[question_id] = outcome
    try:
        _write(progress.outcomes)
    except OSError as error:
        progress.notice = _("Your progress could not be stored: {error}").format(error=error)
    return progress


def reset() -> None:
    """Forget everything."""
    where().unlink(missing_ok=True)


def _write(outcomes: dict[str, str]) -> None:
    path = where()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed, so that an interrupted write never damages the file.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump({"outcomes": outcomes}, out, indent=1, sort_keys=True)
        os.replace(name, path)
    except OSError:
        with suppress(OSError):
            os.unlink(name)
        raise


def _set_aside(path: Path) -> str:
    aside = path.with_suffix(".damaged.json")
    with suppress(OSError):
        os.replace(path, aside)
    text = _("Your progress file was damaged. It is kept as {name}; a new one begins.")
    return text.format(name=aside.name)
