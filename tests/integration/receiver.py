"""A receiver of webhooks on this machine, which does what a test tells it to: answer, fail, hang, be away."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from chatserver.outgoing.signature import HEADER
from tests.integration.house import PATIENCE
from tests.providers.process import free_port

HANG = 0
"""In place of a status: never answer."""

Answer = Callable[[dict[str, Any]], int]


class Letter(msgspec.Struct, frozen=True):
    """What came: the headers, the bytes, and what they say."""

    headers: dict[str, str]
    body: bytes
    said: dict[str, Any]

    @property
    def signature(self) -> str:
        return self.headers[HEADER]


class Receiver:
    """`answer` decides the status for each letter, which `takes` so many seconds; `letters` are those that were
    answered with 200."""

    def __init__(self) -> None:
        self.came: list[Letter] = []
        self.letters: list[Letter] = []
        self.answer: Answer = lambda said: 200
        self.takes = 0.0
        self.open = asyncio.Event()
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def start(self) -> None:
        """On the same port each time."""
        app = web.Application()
        app.router.add_post("/hook", self._hook)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        self.open.set()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def until(self, count: int) -> list[Letter]:
        """The letters that were taken, once there are so many."""
        await self.when(lambda: len(self.letters) >= count)
        return self.letters

    async def when(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def kinds(self) -> list[str]:
        return [letter.said["kind"] for letter in self.letters]

    async def _hook(self, request: web.Request) -> web.Response:
        body = await request.read()
        letter = Letter(dict(request.headers), body, msgspec.json.decode(body))
        self.came.append(letter)
        self._news.set()
        await asyncio.sleep(self.takes)
        status = self.answer(letter.said)
        if status == 200:
            self.letters.append(letter)
        self._news.set()
        if status == HANG:
            await self.open.wait()
            status = 503
        return web.Response(status=status, text="" if status == 200 else f"no: {status}")
