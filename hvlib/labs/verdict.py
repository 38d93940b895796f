"""What a check of a lab says: passed, still missing, or not possible on this machine."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from hvlib.words import _

State = Literal["passed", "missing", "skipped"]
MARKS: dict[State, str] = {"passed": "✓", "missing": "…", "skipped": "–"}
SECONDS = 15.0  # that a check may take


class MissingError(Exception):
    """The reader's program does not do it yet; the message is one or two sentences."""


class CannotError(Exception):
    """This machine can't do what the step needs; the message says why."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """One step's state and a sentence about it. Its repr is what the cell shows."""

    step: int
    state: State
    sentence: str

    def __repr__(self) -> str:
        return _("{mark} Step {step}: {sentence}").format(
            mark=MARKS[self.state], step=self.step, sentence=self.sentence
        )


def require(condition: object, sentence: str) -> None:
    """Raise MissingError with this sentence unless the condition holds."""
    if not condition:
        raise MissingError(sentence)


def judge(step: int, test: Callable[[], str]) -> Verdict:
    """Run a test, which returns its praise or raises, within SECONDS; never raises itself."""
    try:
        with _time_limit():
            return Verdict(step, "passed", test())
    except MissingError as missing:
        return Verdict(step, "missing", str(missing))
    except CannotError as reason:
        return Verdict(step, "skipped", str(reason))
    except Exception as error:
        text = _("Your code raised {kind}: {error}.")
        said = str(error).rstrip(".") or _("without a message")
        return Verdict(step, "missing", text.format(kind=type(error).__name__, error=said))


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    """Interrupt what takes too long, where the system can (not in threads, not on Windows)."""
    in_main = threading.current_thread() is threading.main_thread()
    if not (hasattr(signal, "setitimer") and in_main):
        yield
        return
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_long(number: int, frame: object) -> None:
    text = _("It did not come to an end within {seconds:g} s, and was stopped.")
    raise MissingError(text.format(seconds=SECONDS))
