"""Readers of a hub as programs: they start a server, open a kernel, run cells, move sliders.

All of it goes through the hub's proxy by HTTP and Jupyter's own messages, as a browser's would.
"""

import asyncio
import itertools
import json
import struct
import time
import uuid
from collections.abc import Callable
from typing import Any

import aiohttp
import nbformat

from .classroom import ROOT, Classroom

SUBPROTOCOL = "v1.kernel.websocket.jupyter.org"
PARTS = ("header", "parent_header", "metadata", "content")


def cells(chapter: str) -> list[str]:
    """The code cells of a notebook of the book."""
    book = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
    return [cell.source for cell in book.cells if cell.cell_type == "code"]


class Kernel:
    """A kernel on a reader's server."""

    def __init__(self, session: aiohttp.ClientSession, room: Classroom, name: str) -> None:
        self._session = session
        self._server = f"{room.url}/user/{name}"
        self._headers = {"Authorization": f"token {room.token}"}
        self._heard: dict[str, Callable[[str, dict[str, Any]], None]] = {}
        self.name = name
        self.sliders: list[tuple[str, dict[str, Any]]] = []

    async def start(self) -> float:
        """Start it; returns the seconds until it answered. Raises TimeoutError after a minute."""
        began = time.monotonic()
        kernels = f"{self._server}/api/kernels"
        asked = {"json": {"name": "python3"}, "headers": self._headers}
        async with self._session.post(kernels, **asked) as answer:
            self._address = f"{kernels}/{(await answer.json())['id']}"
        self._id = uuid.uuid4().hex
        self._socket = await self._session.ws_connect(
            f"{self._address}/channels?session_id={self._id}",
            headers=self._headers,
            protocols=[SUBPROTOCOL],
            max_msg_size=0,
        )
        self._pump = asyncio.create_task(self._listen())
        await asyncio.wait_for(self._ask("kernel_info_request", {}), 60)
        return time.monotonic() - began

    async def end(self) -> None:
        """Have the server end it."""
        await self._socket.close()
        async with self._session.delete(self._address, headers=self._headers) as answer:
            answer.raise_for_status()

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type == aiohttp.WSMsgType.BINARY:
                (count,) = struct.unpack_from("<Q", message.data)
                at = struct.unpack_from(f"<{count}Q", message.data, 8)
                parts = [message.data[a:b] for a, b in itertools.pairwise(at)]
                header, parent, content = (json.loads(parts[i]) for i in (1, 2, 4))
                if listener := self._heard.get(parent.get("msg_id", "")):
                    listener(header["msg_type"], content)

    async def _ask(self, kind: str, content: dict[str, Any], reply: bool = True) -> list[Any]:
        """Send a message; what came back until the kernel was idle, as (kind, content)."""
        header = {"msg_id": uuid.uuid4().hex, "username": "", "session": self._id}
        header |= {"msg_type": kind, "version": "5.3", "date": "2026-01-01T00:00:00Z"}
        answers: list[tuple[str, dict[str, Any]]] = []
        done = asyncio.get_running_loop().create_future()

        def listen(what: str, said: dict[str, Any]) -> None:
            answers.append((what, said))
            idle = any(w == "status" and s["execution_state"] == "idle" for w, s in answers)
            replied = not reply or any(w.endswith("_reply") for w, _ in answers)
            if idle and replied and not done.done():
                done.set_result(None)

        self._heard[header["msg_id"]] = listen
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        parts = [b"shell", *(json.dumps(message[part]).encode() for part in PARTS)]
        at = [8 * (len(parts) + 2)]
        for part in parts:
            at.append(at[-1] + len(part))
        await self._socket.send_bytes(
            struct.pack(f"<{len(at) + 1}Q", len(at), *at) + b"".join(parts)
        )
        await done
        del self._heard[header["msg_id"]]
        return answers

    async def run(self, source: str, seconds: float = 300) -> tuple[float, str]:
        """Run a cell; its seconds, and what it printed. Raises AssertionError for an error."""
        began = time.monotonic()
        request = {"code": source, "silent": False, "store_history": True}
        request |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
        answers = await asyncio.wait_for(self._ask("execute_request", request), seconds)
        took = time.monotonic() - began
        for what, said in answers:
            if what == "error":
                raise AssertionError(f"{self.name}: {said['ename']}: {said['evalue']}\n{source}")
            if what == "comm_open":
                state = said["data"].get("state", {})
                if {"min", "max", "step", "stops"} <= state.keys():
                    self.sliders.append((said["comm_id"], state))
        printed = "".join(said["text"] for what, said in answers if what == "stream")
        shown = [said["data"].get("text/plain", "") for what, said in answers if what in ("execute_result", "display_data")]  # fmt: skip  # noqa: E501
        return took, printed + "\n".join(shown)

    async def move(self, number: int, part: float) -> float:
        """Move a slider to a part of its range; the seconds until the kernel was done with it."""
        comm, state = self.sliders[number]
        value = state["min"] + part * (state["max"] - state["min"])
        step = state.get("step") or 1
        value = state["min"] + round((value - state["min"]) / step) * step
        if state["stops"]:  # the thumb stands on these alone
            value = state["stops"][round(part * (len(state["stops"]) - 1))]
        update = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        began = time.monotonic()
        message = {"comm_id": comm, "data": update}
        await asyncio.wait_for(self._ask("comm_msg", message, reply=False), 60)
        return time.monotonic() - began


class Visitor:
    """What a reader's browser asks of the hub."""

    def __init__(self, session: aiohttp.ClientSession, room: Classroom, name: str) -> None:
        self._session, self._room, self.name = session, room, name
        self._kernel: Kernel | None = None
        self._headers = {"Authorization": f"token {room.token}"}

    async def come(self) -> float:
        """Have the hub start the reader's server; the seconds until it was ready."""
        began = time.monotonic()
        user = f"{self._room.url}/hub/api/users/{self.name}"
        await self._session.post(user, headers=self._headers)
        await self._session.post(f"{user}/server", headers=self._headers)
        while time.monotonic() - began < 180:
            async with self._session.get(user, headers=self._headers) as answer:
                server = (await answer.json())["servers"].get("")
            if server and server["ready"]:
                return time.monotonic() - began
            await asyncio.sleep(0.3)
        raise TimeoutError(f"the server of {self.name} did not start")

    async def request(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Status and JSON of a request to the reader's own server."""
        url = f"{self._room.url}/user/{self.name}{path}"
        options.setdefault("headers", self._headers)
        async with self._session.request(method, url, **options) as answer:
            text = await answer.text()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def kernel(self) -> Kernel:
        """A kernel of this reader, not yet started."""
        return Kernel(self._session, self._room, self.name)

    async def started(self) -> Kernel:
        """The reader's own kernel, started when it is first asked for."""
        if self._kernel is None:
            self._kernel = self.kernel()
            await self._kernel.start()
        return self._kernel
