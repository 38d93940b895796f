"""A class of two on a real hub: each reads in a copy of their own, and neither sees the other's."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hub.classroom import Classroom, opened, why_not
from hub.reading import Visitor, cells

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
    pytest.mark.xdist_group("hub"),
]
CHAPTER = "02-type-1"
OWN = "/api/contents/notebooks/02-type-1.ipynb"

Together = Callable[[Callable[..., Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module")
def room() -> Iterator[Classroom]:
    # Not in pytest's own folder, which it closes to other users at each start.
    folder = tempfile.TemporaryDirectory(prefix="hvlib-class-")
    with folder as name, opened(2, Path(name)) as room:
        yield room


@pytest.fixture(scope="module")
def together(room: Classroom) -> Iterator[Together]:
    """Lets the two readers do something, each on one server and in one kernel for all tests."""

    async def come() -> tuple[aiohttp.ClientSession, list[Visitor]]:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=300))
        visitors = [Visitor(session, room, name) for name in room.names]
        await asyncio.gather(*(visitor.come() for visitor in visitors))
        return session, visitors

    with asyncio.Runner() as runner:
        session, visitors = runner.run(come())
        yield lambda act: runner.run(act(*visitors))
        runner.run(session.close())


def test_both_open_a_copy_of_their_own_and_can_save_it(together: Together) -> None:
    async def act(ada: Visitor, ben: Visitor) -> None:
        status, page = await ada.request("GET", OWN)
        assert (status, page["writable"]) == (200, True)
        page["content"]["cells"][0]["source"] = "ada was here"
        status, _answer = await ada.request("PUT", OWN, json=page)
        assert status == 200
        _status, other = await ben.request("GET", OWN)
        assert other["content"]["cells"][0]["source"] != "ada was here"

    together(act)


def test_both_run_the_chapter_move_its_sliders_and_answer(together: Together) -> None:
    async def read(visitor: Visitor) -> None:
        kernel = await visitor.started()
        first = next(n for n, source in enumerate(cells(CHAPTER)) if "explore(" in source)
        for source in (*cells(CHAPTER)[:6], cells(CHAPTER)[first]):
            await kernel.run(source)
        assert kernel.sliders, "no slider was shown"
        for part in (0.3, 0.6):
            await kernel.move(0, part)
        answer = "from hvlib import predict; print(predict('2.packet-order').answer(None) is None)"
        await kernel.run(answer.replace(".answer(None) is None", " is not None"))

    async def act(*visitors: Visitor) -> None:
        await asyncio.gather(*map(read, visitors))

    together(act)


def test_a_neighbour_reads_neither_home_nor_progress_nor_outputs(
    room: Classroom, together: Together
) -> None:
    async def act(ada: Visitor, ben: Visitor) -> None:
        kernel = await ada.started()
        secret = "from hvlib.questions import progress; progress.record('2.secret', 'right')"
        await kernel.run(secret + "; open('mine.txt', 'w').write('mine')")
        home = room.homes / ada.name
        spy = await ben.started()
        for path in (home, home / "hypervisor-book", home / ".local"):
            look = f"try: print(os.listdir({str(path)!r}))"
            _took, said = await spy.run(f"import os\n{look}\nexcept OSError: print('closed')")
            assert said.strip() == "closed", f"{ben.name} reads {path.name} of {ada.name}: {said}"
        where = "from ipykernel.connect import get_connection_info; print(get_connection_info())"
        _took, said = await kernel.run(where)
        assert '"transport": "ipc"' in said, "neighbours can hear a kernel that talks over TCP"
        lair = json.loads(said)["ip"].rpartition("/")[0]
        _took, said = await spy.run(f"import os; print(os.access({lair!r}, os.R_OK | os.X_OK))")
        assert said.strip() == "False", f"{ben.name} reaches the sockets of {ada.name}"
        status, _answer = await ben.request("GET", "/api/status", headers={})
        assert status in (302, 401, 403), "a stranger without a token reads a server's status"

    together(act)


def test_a_reader_who_takes_too_much_memory_stops_alone(together: Together) -> None:
    async def act(ada: Visitor, ben: Visitor) -> None:
        hog, other = await ada.started(), await ben.started()
        greedy = "try:\n    hoard = bytearray(6 << 30)\nexcept MemoryError:\n    print('no more')"
        _took, said = await hog.run(greedy)
        assert said.strip() == "no more", "one reader can take all memory"
        took, _said = await other.run("print(sum(range(1000)))")
        assert took < 10

    together(act)


def test_a_page_of_another_origin_is_refused(together: Together) -> None:
    async def act(ada: Visitor, _ben: Visitor) -> None:
        kernel = await ada.started()
        headers: dict[str, Any] = {"Origin": "http://elsewhere.example"}
        status, answer = await ada.request("GET", "/api/kernels", headers=headers)
        assert status in (302, 401, 403, 404)
        assert kernel.name not in str(answer)

    together(act)
