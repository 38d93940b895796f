"""A class of two on a real hub: each reads in a copy of their own, and neither sees the other's."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hub.classroom import Classroom, opened, why_not
from hub.reading import Kernel, Visitor, cells

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
    pytest.mark.xdist_group("hub"),
]
CHAPTER = "02-type-1"
OWN = "/api/contents/notebooks/02-type-1.ipynb"


@pytest.fixture(scope="module")
def room() -> Iterator[Classroom]:
    # Not in pytest's own folder, which it closes to other users at each start.
    folder = tempfile.TemporaryDirectory(prefix="hvlib-class-")
    with folder as name, opened(2, Path(name)) as room:
        yield room


def together(room: Classroom, act: Callable[..., Awaitable[None]]) -> None:
    """Let the two readers do something, on servers of their own."""

    async def main() -> None:
        timeout = aiohttp.ClientTimeout(total=300)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            visitors = [Visitor(session, room, name) for name in room.names]
            await asyncio.gather(*(visitor.come() for visitor in visitors))
            await act(*visitors)

    asyncio.run(main())


async def started(visitor: Visitor) -> Kernel:
    kernel = visitor.kernel()
    await kernel.start()
    return kernel


def test_both_open_a_copy_of_their_own_and_can_save_it(room: Classroom) -> None:
    async def act(ada: Visitor, ben: Visitor) -> None:
        status, page = await ada.request("GET", OWN)
        assert (status, page["writable"]) == (200, True)
        page["content"]["cells"][0]["source"] = "ada was here"
        status, _answer = await ada.request("PUT", OWN, json=page)
        assert status == 200
        _status, other = await ben.request("GET", OWN)
        assert other["content"]["cells"][0]["source"] != "ada was here"

    together(room, act)


def test_both_run_the_chapter_move_its_sliders_and_answer(room: Classroom) -> None:
    async def read(visitor: Visitor) -> None:
        kernel = await started(visitor)
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

    together(room, act)


def test_a_neighbour_reads_neither_home_nor_progress_nor_outputs(room: Classroom) -> None:
    async def act(ada: Visitor, ben: Visitor) -> None:
        kernel = await started(ada)
        secret = "from hvlib.questions import progress; progress.record('2.secret', 'right')"
        await kernel.run(secret + "; open('mine.txt', 'w').write('mine')")
        home = room.homes / ada.name
        spy = await started(ben)
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

    together(room, act)


def test_a_reader_who_takes_too_much_memory_stops_alone(room: Classroom) -> None:
    async def act(ada: Visitor, ben: Visitor) -> None:
        hog, other = await started(ada), await started(ben)
        greedy = "try:\n    hoard = bytearray(6 << 30)\nexcept MemoryError:\n    print('no more')"
        _took, said = await hog.run(greedy)
        assert said.strip() == "no more", "one reader can take all memory"
        took, _said = await other.run("print(sum(range(1000)))")
        assert took < 10

    together(room, act)


def test_a_page_of_another_origin_is_refused(room: Classroom) -> None:
    async def act(ada: Visitor, _ben: Visitor) -> None:
        kernel = await started(ada)
        headers: dict[str, Any] = {"Origin": "http://elsewhere.example"}
        status, answer = await ada.request("GET", "/api/kernels", headers=headers)
        assert status in (302, 401, 403, 404)
        assert kernel.name not in str(answer)

    together(room, act)
