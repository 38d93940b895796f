"""Checks of the lab "Live migration": ``check(7, pre_copy=pre_copy)``.

Most checks use a guest made of Python (:class:`Scripted`), whose writes come at known moments,
so that it is known how many pages each round must send. Steps 3 and 9 move a real guest, on
KVM or else on unicorn.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from hvlib.labs.verdict import CannotError, MissingError, Verdict, judge, require
from hvlib.real import experiments
from hvlib.real.engine import Machine, make_machine
from hvlib.real.kvm_constants import MIB, PAGE
from hvlib.real.recording import UnavailableError, badge
from hvlib.words import _


def check(step: int, **parts: Any) -> Verdict:
    """Check one step's function. Never raises."""
    return judge(step, lambda: STEPS[step](**parts))


# --- a guest whose writes are known --------------------------------------------------------


class _Memory(bytearray):
    """Memory that tells its owner when somebody has copied a piece of it."""

    owner: "Scripted | None" = None

    def __getitem__(self, place: Any) -> Any:
        value = super().__getitem__(place)
        if self.owner and isinstance(place, slice):
            self.owner.copied(len(value))
        return value


class Scripted:
    """A machine whose guest writes a page of its ``hot`` ones per ``every`` pages copied."""

    def __init__(self, pages: int, hot: int = 0, every: int = 4) -> None:
        self.memory = _Memory(random.Random(7).randbytes(pages * PAGE))
        self.registers = {"rip": 0x10000, "rax": 0}
        self._hot, self._every, self._copied, self._written = hot, every, 0, 0
        # What filled the memory counts as written, too, as with a real machine.
        self._dirty = set(range(pages))
        self.memory.owner = self

    def copied(self, size: int) -> None:
        """Somebody read ``size`` bytes: let the guest run for as long as that takes."""
        self._copied += size
        while self._hot and self._copied >= self._every * PAGE:
            self._copied -= self._every * PAGE
            self._write()

    def _write(self) -> None:
        page = self._written % self._hot
        self._written += 1
        self.registers["rax"] += 1
        self.memory[page * PAGE : page * PAGE + 8] = self._written.to_bytes(8, "little")
        self._dirty.add(page)

    def dirty_pages(self) -> Iterator[int]:
        """Pages written since the last call, as a real machine's."""
        dirty, self._dirty = self._dirty, set()
        return iter(sorted(dirty))

    def pause(self) -> None:
        """The guest writes one page more, and then none."""
        if self._hot:
            self._write()
        self._hot = 0


def _copy(pages: Any, source: Any, target: Any) -> None:
    """The reference: copy pages in order."""
    for page in sorted(pages):
        place = slice(page * PAGE, (page + 1) * PAGE)
        target.memory[place] = source.memory[place]


def _differing(source: Any, target: Any) -> set[int]:
    one, other = bytes(source.memory), bytes(target.memory)
    places = range(0, len(one), PAGE)
    return {p // PAGE for p in places if one[p : p + PAGE] != other[p : p + PAGE]}


class _Empty(Scripted):
    """A target: memory of zeros, nothing runs."""

    def __init__(self, pages: int) -> None:
        super().__init__(pages)
        self.memory[:] = bytes(pages * PAGE)


# --- the steps -----------------------------------------------------------------------------


def _copy_pages(copy_pages: Any) -> str:
    source, target = Scripted(16), _Empty(16)
    copy_pages({2, 5, 15}, source, target)
    still = _differing(source, target)
    text = _("Pages 2, 5 and 15 should be copied; {pages} are not.")
    missing = sorted(still & {2, 5, 15})
    require(not missing, text.format(pages=missing))
    text = _("Only the pages asked for should be copied.")
    require(still == set(range(16)) - {2, 5, 15}, text)
    require(len(target.memory) == 16 * PAGE, _("The size of the target's memory changed."))
    return _("The pages asked for are at the target, and no others.")


def _differing_pages(differing: Any) -> str:
    source, target = Scripted(16), _Empty(16)
    _copy(range(16), source, target)
    target.memory[3 * PAGE] ^= 1
    target.memory[9 * PAGE - 1] ^= 1
    got = differing(source, target)
    require(got is not None, _("differing() should return a set of page numbers."))
    text = _("One byte differs in page 3 and one in page 8; you found {got}.")
    require(set(got) == {3, 8}, text.format(got=sorted(got)))
    return _("Every page that differs is found, be it by a single byte.")


class _Watched:
    """A guest in the background; notes when it was paused."""

    def __init__(self, background: Any) -> None:
        self._background = background
        self.paused_at = 0.0

    def must_stand(self) -> None:
        """Raise MissingError while the guest runs: its registers change with every step."""
        require(self.paused_at, _("The guest still runs. Pause it before you read its registers."))

    def pause(self) -> None:
        """Stop the guest and wait until it has stopped."""
        self.paused_at = self.paused_at or time.perf_counter()
        self._background.pause()


class _Source:
    """The machine that the guest leaves: its registers can be read once the guest stands."""

    def __init__(self, machine: Machine, guest: _Watched) -> None:
        self._machine, self._guest = machine, guest

    def __getattr__(self, name: str) -> Any:
        if name == "registers":
            self._guest.must_stand()
        return getattr(self._machine, name)


@contextlib.contextmanager
def busy_guest(memory: int = 4 * MIB) -> Iterator[tuple[_Watched, _Source, Machine]]:
    """A guest that keeps writing to half of its memory, where it runs, and where it shall go.

    Raises CannotError where no guest runs at all.
    """
    with contextlib.ExitStack() as stack:
        try:
            source = make_machine(None, memory, dirty_log=True)
            stack.callback(source.close)
            target = make_machine(None, memory)
            stack.callback(target.close)
        except UnavailableError as error:
            seen = experiments.live_migration.stored()
            text = _("No guest runs here. {why} Elsewhere the rounds had {rounds} pages. {badge}")
            rounds = seen.summary["rounds"]
            raise CannotError(text.format(why=error, rounds=rounds, badge=badge(seen))) from error
        experiments.start_writer(source, memory // PAGE // 2, 300_000 if _native(source) else 300)
        background = stack.enter_context(experiments.running(source))
        guest = _Watched(background)
        yield guest, _Source(source, guest), target


def _native(machine: Machine) -> bool:
    """Whether guest code runs on the processor itself."""
    return machine.engine == "kvm"


def _expect_moved(guest: _Watched, source: _Source, target: Machine) -> None:
    """Memory and registers must be the same, and the guest must go on at the target."""
    require(guest.paused_at, _("The guest was not paused."))
    different = len(_differing(source, target))
    text = _("{n} pages differ between source and target.")
    require(not different, text.format(n=different))
    one, other = source.registers, target.registers
    names = [name for name in one if one[name] != other[name]]
    text = _("Registers that differ: {names}.")
    require(not names, text.format(names=", ".join(names)))
    before = target.registers["rax"]
    for _turn in range(50):
        target.run(0.02)
        if target.registers["rax"] > before:
            return
    raise MissingError(_("The guest does not go on at the target."))


def _stop_and_copy(stop_and_copy: Any) -> str:
    with busy_guest() as (guest, source, target):
        time.sleep(0.02)
        stop_and_copy(guest, source, target)
        _expect_moved(guest, source, target)
    return _("The guest goes on at the target as if nothing had happened.")


def _pages_of(pages_of: Any) -> str:
    numbers = {0, 7, 8, 63, 64, 200}
    bitmap = bytearray(32)
    for number in numbers:
        bitmap[number // 8] |= 1 << number % 8
    got = pages_of(bytes(bitmap))
    require(got is not None, _("pages_of() should return a set of page numbers."))
    text = _("The bits of pages {want} are set; you found {got}.")
    require(set(got) == numbers, text.format(want=sorted(numbers), got=sorted(got)))
    return _("The bitmap is read: one bit a page.")


def _two_rounds(two_rounds: Any) -> str:
    source, target = Scripted(64, hot=32, every=4), _Empty(64)
    two_rounds(source, target, _copy)
    dirty = set(source.dirty_pages())
    wrong = _differing(source, target)
    text = _("{n} pages differ, and the log doesn't know of them. Was it asked before the copy?")
    lost = wrong - dirty
    require(not lost, text.format(n=len(lost)))
    text = _("{n} pages still differ; after a second round of 16 pages, 4 should.")
    require(len(wrong) <= 4, text.format(n=len(wrong)))
    again = Scripted(64, hot=32, every=4)
    counts = two_rounds(again, _Empty(64), _copy)
    text = _("It should return how many pages each round sent, [64, 16]; it returned {got!r}.")
    require(counts is not None and list(counts) == [64, 16], text.format(got=counts))
    return _("64 pages, then the 16 written meanwhile; 4 more were written during those.")


def _send(send: Any) -> str:
    source, target = Scripted(64), _Empty(64)
    start = time.perf_counter()
    send(range(64), source, target, 64 * PAGE / 0.2)
    took = time.perf_counter() - start
    require(not _differing(source, target), _("The pages did not arrive."))
    text = _("64 pages should take 0.20 s at this bandwidth; they took {took:.2f} s.")
    require(0.17 < took < 0.5, text.format(took=took))
    send({3}, source, target, 1e12)
    return _("The pages arrive no faster than the network allows.")


def _pre_copy(pre_copy: Any) -> str:
    source, target = Scripted(256, hot=128, every=4), _Empty(256)
    made = pre_copy(source, target, _copy, 8, 10)
    require(
        isinstance(made, tuple) and len(made) == 2,
        _("pre_copy() should return two things: pages sent in each round, and what is left."),
    )
    rounds, left = list(made[0]), set(made[1])
    text = _("The rounds should have {want} pages; yours have {got}.")
    require(rounds == [256, 64, 16], text.format(want=[256, 64, 16], got=rounds))
    source.pause()
    lost = _differing(source, target) - left - set(source.dirty_pages())
    require(not lost, _("{n} pages differ, and are not left to send.").format(n=len(lost)))
    require(len(left) == 4, _("4 pages should be left; you have {n}.").format(n=len(left)))
    busy = Scripted(64, hot=64, every=1)
    rounds, left = pre_copy(busy, _Empty(64), _copy, 8, 5)
    text = _("A guest that writes as fast as you send never has few pages left: end after {n}.")
    require(len(rounds) == 5, text.format(n=_("max_rounds, here 5")))
    return _("256, 64, 16 pages, and 4 left; and a guest that writes too fast ends it, too.")


def _predict(predict: Any) -> str:
    cases = {
        (256, 128, 0.25, 8, 10): [256, 64, 16],
        (4096, 100, 0.5, 16, 4): [4096, 100, 50, 25],
        (64, 64, 1.0, 8, 5): [64] * 5,
        (1000, 1000, 0.0, 16, 10): [1000],
    }
    for case, want in cases.items():
        got = predict(*case)
        require(got is not None, _("predict() should return a list of rounds."))
        text = _("predict{case} should be {want}; it is {got}.")
        require([round(n) for n in got] == want, text.format(case=case, want=want, got=got))
    return _("The rounds follow from the ratio of two rates, and from how much is hot.")


def _migrate_scripted(migrate: Any) -> None:
    """The guest writes up to the moment at which it is paused, and nothing may be lost."""
    source, target = Scripted(256, hot=128, every=4), _Empty(256)
    migrate(_Watched(source), source, target, 1e12)
    different = len(_differing(source, target))
    text = _("{n} pages differ: send what is left and what was written since, after the pause.")
    require(not different, text.format(n=different))
    require(target.registers == source.registers, _("The registers were not copied."))


def _migrate(migrate: Any, predict: Any = None) -> str:
    _migrate_scripted(migrate)
    bandwidth = 100e6
    with busy_guest(16 * MIB) as (guest, source, target):
        start = time.perf_counter()
        made = migrate(guest, source, target, bandwidth)
        end = time.perf_counter()
        require(
            isinstance(made, tuple) and len(made) == 2,
            _("migrate() should return the rounds and the downtime in seconds."),
        )
        _expect_moved(guest, source, target)
    rounds, downtime = made
    text, pages = _("The first round should send all {n} pages."), 16 * MIB // PAGE
    require(rounds and rounds[0] == pages, text.format(n=pages))
    stopped = end - guest.paused_at
    text = _("The guest stood for {real:.1f} ms; you say {said:.1f} ms.")
    near = stopped / 2 - 1e-3 <= downtime <= stopped + 1e-3
    require(near, text.format(real=stopped * 1e3, said=downtime * 1e3))
    text = _("The guest stood for {part:.0%} of the whole time; that is not live.")
    require(stopped < 0.5 * (end - start), text.format(part=stopped / (end - start)))
    return _measured(rounds, downtime, predict)


def _measured(rounds: list[int], downtime: float, predict: Any) -> str:
    """What was measured, with the reader's own prediction from the first two rounds."""
    text = _("Moved. Rounds of {rounds} pages, downtime {ms:.1f} ms.").format(
        rounds=_list(rounds), ms=downtime * 1e3
    )
    if len(rounds) < 2 or predict is None:
        return text
    guessed = predict(rounds[0], rounds[0] // 2, rounds[1] / rounds[0], 16, 10)
    more = _("Predicted from the first two: {rounds}.")
    return f"{text} {more.format(rounds=_list([round(n) for n in guessed]))}"


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


STEPS: dict[int, Callable[..., str]] = {
    1: _copy_pages,
    2: _differing_pages,
    3: _stop_and_copy,
    4: _pages_of,
    5: _two_rounds,
    6: _send,
    7: _pre_copy,
    8: _predict,
    9: _migrate,
}
