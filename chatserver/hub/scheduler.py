"""Wakes what is due: a heap over `wake_at`, and one sleeper. A timer is never cancelled: it stops being true."""

import asyncio
import heapq
import logging
from datetime import datetime, timedelta
from typing import Any

from chatserver.hub.engine import Committed, Engine
from chatserver.hub.machines import Machines, kind_of
from chatserver.hub.mailbox import BATCH
from chatserver.hub.step import Envelope
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import Refused
from chatserver.kernel.tasks import spawn, stop

_log = logging.getLogger("chatserver.scheduler")

PUT_OFF = timedelta(seconds=2)
"""Until a wake-up that was refused is tried again."""


class Scheduler:
    """Sends `Ticked` to a stream when its state wanted to be woken; the state says what is due."""

    def __init__(self, engine: Engine, clock: Clock, machines: Machines) -> None:
        self._engine = engine
        self._clock = clock
        self._machines = machines
        self._wakes: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._changed = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._waking = 0
        engine.told.append(self._told)
        engine.recovered.append(self.refresh)

    def start(self) -> None:
        """Nothing is lost by a restart: every open state says by itself when it wants to be woken."""
        self.refresh()
        self._task = spawn(self._run(), "scheduler")

    async def stop(self) -> None:
        await stop(self._task)

    def refresh(self) -> None:
        """Ask every open state again: at a start, and when settings have changed."""
        self._heap.clear()
        self._wakes.clear()
        for name, state in list(self._engine.memory.open.items()):
            self.set(name, self._engine.wake_at(name, state))

    def set(self, name: str, at: datetime | None) -> None:
        if at is None:
            self._wakes.pop(name, None)
            return
        if self._wakes.get(name) == at:
            return
        self._wakes[name] = at
        heapq.heappush(self._heap, (at, name))
        if self._heap[0] == (at, name):
            self._changed.set()

    def _told(self, committed: Committed) -> None:
        for name, at in committed.wakes:
            self.set(name, at)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            while due := self._due():
                # Together, so that a minute's worth of timers costs a few commits and not one each.
                self._waking = len(due)
                await asyncio.gather(*(self._wake(name) for name in due))
                self._waking = 0
            if self._heap:
                await self._clock.sleep_until(self._heap[0][0], self._changed)
            else:
                await self._changed.wait()

    def _due(self) -> list[str]:
        """The streams that want to be woken by now, the earliest first; at most as many as one commit takes."""
        now = self._clock.now()
        due: list[str] = []
        while self._heap and self._heap[0][0] <= now and len(due) < BATCH:
            at, name = heapq.heappop(self._heap)
            if self._wakes.get(name) == at:
                del self._wakes[name]
                due.append(name)
        return due

    async def _wake(self, name: str) -> None:
        try:
            await self._engine.send(Envelope(name, self._machines[kind_of(name)].tick))
        except Refused as refused:
            # The store is away or the mailbox is full: what is due stays due.
            _log.warning("a wake-up was put off", extra={"stream": name, "code": refused.code.value})
            self.set(name, self._clock.now() + PUT_OFF)

    def next_wake(self) -> datetime | None:
        """The earliest instant at which something wants to be woken."""
        return min(self._wakes.values(), default=None)

    async def settled(self) -> None:
        """Returns when everything that is due by now has been woken and is durable."""
        while ((at := self.next_wake()) and at <= self._clock.now()) or self._waking:
            await asyncio.sleep(0)
