"""Tells subscribers what is in the log: each at its own pace, in order, at least once, from its own cursor.

In the writer's process a subscriber is handed each committed batch; it reads the store only to catch up, when it
starts behind or was too slow. A durable subscriber keeps its cursor in the store and misses nothing over restarts.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec

from chatserver.hub.engine import Committed, Engine
from chatserver.hub.machines import Codec
from chatserver.hub.ports import Store
from chatserver.hub.step import Happened
from chatserver.kernel.tasks import spawn, stop

_log = logging.getLogger("chatserver.relay")

Entry = tuple[int, Happened]
"""(seq, what happened)."""

BACKLOG = 10_000
"""Entries kept in memory for a slow subscriber; beyond it, it reads the store instead."""

PAGE = 500

AGAIN_AFTER = 1.0
"""Seconds until a subscriber that failed is told again."""


class Subscriber(msgspec.Struct, frozen=True):
    """`handle` gets entries in order, one perhaps twice after a failure. `durable`: the cursor survives a restart.

    `tells`: `handle` itself writes the cursor with each change of its rows (`tables.Told`), so that nothing comes
    twice. What changes nothing it need not tell; the cursor is then kept now and then, and at the end.

    `pause`: seconds for which news may pile up, because each telling is a commit of its own. Whoever waits for this
    subscriber (`Relay.seen`) does not wait for that.
    """

    name: str
    handle: Callable[[Sequence[Entry]], Awaitable[None]]
    durable: bool = False
    tells: bool = False
    pause: float = 0.0


class Relay:
    """One task a subscriber."""

    def __init__(self, engine: Engine, store: Store, codec: Codec) -> None:
        self._engine = engine
        self._store = store
        self._codec = codec
        self._lines: list[_Line] = []
        engine.told.append(self._told)
        engine.recovered.append(self._look)

    async def start(self, subscribers: Sequence[Subscriber]) -> None:
        for subscriber in subscribers:
            cursor = self._engine.head
            if subscriber.durable:
                cursor = await self._kept(subscriber.name)
            line = _Line(subscriber, cursor)
            self._lines.append(line)
            line.task = spawn(self._run(line), f"relay {subscriber.name}")

    async def stop(self) -> None:
        """Let everybody hear what is already durable, for a second at most, then rest."""
        self.hurry()
        waits = [asyncio.wait_for(line.idle.wait(), 1.0) for line in self._lines]
        await asyncio.gather(*waits, return_exceptions=True)
        for line in self._lines:
            await stop(line.task)
            if line.unsure:
                continue
            with suppress(Exception):  # the store is away; the subscriber will be told once more
                await self._keep(line)

    async def seen(self, subscriber: str, seq: int) -> None:
        """Return when this subscriber has been told everything up to `seq`."""
        line = next(x for x in self._lines if x.subscriber.name == subscriber)
        while line.cursor < seq:
            line.hurry.set()
            await line.moved.wait()

    def hurry(self) -> None:
        """Nobody lets news pile up until all have been told what is there now."""
        for line in self._lines:
            line.hurry.set()

    def _told(self, committed: Committed) -> None:
        for line in self._lines:
            # Never with a hole: what came while the backlog was full is read from the log, and so is all behind it.
            follows = not line.backlog or line.backlog[-1][0] + 1 == committed.records[0][0]
            if follows and len(line.backlog) < BACKLOG:
                line.backlog.extend(committed.records)
            line.idle.clear()
            line.news.set()

    def _look(self) -> None:
        """There may be more in the log than was told: another process has written it."""
        for line in self._lines:
            line.idle.clear()
            line.news.set()

    async def _run(self, line: "_Line") -> None:
        while True:
            line.news.clear()
            if line.cursor >= self._engine.head:
                line.idle.set()
                line.hurry.clear()
                await line.news.wait()
                continue
            await self._pile_up(line)
            try:
                await self._tell(line)
            except Exception:
                # The subscriber, or the store that it is read from: neither may end the telling.
                _log.exception("a delivery failed; it will be made again", extra={"subscriber": line.subscriber.name})
                await asyncio.sleep(AGAIN_AFTER)

    async def _pile_up(self, line: "_Line") -> None:
        if line.subscriber.pause and self._engine.head - line.cursor < PAGE:
            with suppress(TimeoutError):
                async with asyncio.timeout(line.subscriber.pause):
                    await line.hurry.wait()

    async def _tell(self, line: "_Line") -> None:
        if line.unsure:
            line.cursor = await self._kept(line.subscriber.name)
        entries = await self._next(line)
        line.unsure = line.subscriber.tells  # it may fail, or be stopped, when it has told already
        await line.subscriber.handle(entries)
        line.unsure = False
        line.cursor = entries[-1][0]
        line.moved.set()
        line.moved = asyncio.Event()
        if not line.subscriber.tells or line.cursor >= line.kept + PAGE:
            await self._keep(line)

    async def _kept(self, name: str) -> int:
        kept = await self._store.get_document("cursor", name)
        return int(kept) if kept else 0

    async def _keep(self, line: "_Line") -> None:
        if line.subscriber.durable and line.cursor > line.kept:
            await self._store.put_document("cursor", line.subscriber.name, str(line.cursor).encode())
            line.kept = line.cursor

    async def _next(self, line: "_Line") -> Sequence[Entry]:
        """What comes after the cursor: from the backlog when it reaches back far enough, else from the log."""
        while line.backlog and line.backlog[0][0] <= line.cursor:
            line.backlog.popleft()
        if line.backlog and line.backlog[0][0] == line.cursor + 1:
            return list(islice(line.backlog, PAGE))
        records = await self._store.read_log(line.cursor, PAGE)
        return [(r.seq, Happened(r.stream, r.version, self._codec.event(r.stream, r.body))) for r in records]


class _Line:
    """Where one subscriber stands."""

    def __init__(self, subscriber: Subscriber, cursor: int) -> None:
        self.subscriber = subscriber
        self.cursor = cursor
        self.kept = cursor
        self.unsure = False
        self.backlog: deque[Entry] = deque()
        self.news = asyncio.Event()
        self.hurry = asyncio.Event()
        self.idle = asyncio.Event()
        self.moved = asyncio.Event()
        self.task: asyncio.Task[Any] | None = None
