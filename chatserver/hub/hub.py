"""The hub as its neighbours see it: send an input, look at a state, read a stretch of history, subscribe."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chatserver.hub.batch import Receipt
from chatserver.hub.engine import Engine
from chatserver.hub.machines import CORE, FLOOR, Codec, Machine, id_of, stream
from chatserver.hub.memory import Memory
from chatserver.hub.ports import LogRecord, Store
from chatserver.hub.relay import Relay, Subscriber
from chatserver.hub.scheduler import Scheduler
from chatserver.hub.step import Envelope, Rules, Stepper
from chatserver.hub.wiring import WIRING, Row, joined
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused

PATIENCE = 5.0
"""Seconds for which a door waits for a subscriber that is behind."""


class Hub:
    """Everything of one workspace that decides and remembers."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rules: Rules,
        machines: Sequence[Machine] = (),
        wiring: Mapping[type[Any], Row] | None = None,
    ) -> None:
        table = {m.kind: m for m in (*CORE, *machines)}
        self.store = store
        self.clock = clock
        self.codec = Codec(table)
        self.memory = Memory(table)
        self.engine = Engine(store, clock, table, Stepper(table, joined(WIRING, wiring or {}), rules), self.memory)
        self.scheduler = Scheduler(self.engine, clock, table)
        self.relay = Relay(self.engine, store, self.codec)

    async def start(self, subscribers: Sequence[Subscriber] = ()) -> None:
        await self.engine.start()
        self.scheduler.start()
        await self.relay.start(subscribers)

    async def stop(self) -> None:
        """Everything accepted is committed, everybody is told, then silence."""
        await self.scheduler.stop()
        await self.engine.stop()
        await self.relay.stop()

    async def send(self, envelope: Envelope) -> Receipt:
        """Raises `Refused`; otherwise the input is durable when this returns."""
        return await self.engine.send(envelope)

    async def look(self, kind: str, id: str) -> Any:
        """The committed state, loaded if need be; a fresh one for an unknown id."""
        return await self.engine.load(stream(kind, id))

    async def caught_up(self, subscriber: str) -> None:
        """Return when the subscriber has been told all that is durable now: whoever has just changed something finds
        it in the rows that the subscriber keeps. Refuses when that takes too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.relay.seen(subscriber, self.head)
        except TimeoutError:
            raise Refused(ErrorCode.BUSY) from None

    def at_hand(self, kind: str, id: str) -> Any | None:
        """The committed state if it is in memory: true for everything that is open."""
        return self.memory.get(stream(kind, id))

    def held(self, kind: str, id: str) -> Any:
        """The committed state of what is always in memory: settings, agents, open conversations."""
        state = self.at_hand(kind, id)
        assert state is not None, f"{kind}/{id} is not in memory"
        return state

    def agents(self) -> Iterable[Any]:
        """Every agent, in no order."""
        return self.memory.of_kind("agent")

    def ahead(self, conversation: str) -> int | None:
        """The live queue position; None for one that does not wait."""
        floor = self.memory.floor()
        return floor.ahead(conversation) if conversation in floor.waiting else None

    def waiting(self, group: str) -> list[str]:
        """Who waits for a group, best-placed first."""
        return [conversation for _, _, conversation in self.memory.floor().queue(group)]

    def event(self, record: LogRecord) -> Any:
        return self.codec.event(record.stream, record.body)

    async def first_event(self, receipt: Receipt) -> Any:
        """The event with which a step began: for a repeated input the one that it caused the first time."""
        [record] = await self.store.read_log(receipt.seq - 1, 1)
        return self.event(record)

    @property
    def head(self) -> int:
        """The last durable seq."""
        return self.engine.head

    def now(self) -> datetime:
        return self.clock.now()


__all__ = ["FLOOR", "Hub", "id_of", "stream"]
