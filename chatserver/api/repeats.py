"""Requests that came before: one with the same idempotency key gets the answer that the first one got."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec

from chatserver.hub.ports import Store
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms

KEPT_FOR = timedelta(hours=24)

MAX_KEPT = 256_000
"""Bytes of an answer that is kept. Whoever repeats a request with a larger one has it made again, with the same id."""

SWEEP_EVERY = timedelta(hours=1)

KIND = "repeat"


class Answer(msgspec.Struct, frozen=True):
    """What goes back, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes


class Kept(msgspec.Struct, frozen=True):
    """`answer` is None when it was to be shown once only. The store deletes what is over in its own time, so `until`
    (epoch ms) says when that is."""

    print: str
    answer: Answer | None
    until: int


class Asked(msgspec.Struct, frozen=True):
    """A request with an idempotency key: whose key it is, and what was asked for with it."""

    name: str
    print: str


def asked(who: str, key: str, *what: bytes) -> Asked:
    """Neither the key nor what was asked for can be read from it."""
    return Asked(digest(who.encode(), key.encode()), digest(*what))


def digest(*parts: bytes) -> str:
    """Parts that differ give digests that differ, wherever one part ends and the next begins."""
    found = hashlib.sha256()
    for part in parts:
        found.update(b"%d:" % len(part) + part)
    return found.hexdigest()


class Repeats:
    """Answers of the last day, in the store's documents. Refusals are not kept: nothing has happened."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turns: dict[str, _Turn] = {}
        self._swept: datetime | None = None

    async def once(self, asked: Asked, run: Callable[[], Awaitable[Answer]], secret: bool) -> Answer:
        """The answer of the first request of this name; of several at the same time one runs and the others wait."""
        async with self._turn(asked.name):
            known = await self._known(asked)
            if known is not None:
                return known
            answer = await run()
            await self._keep(asked, None if secret else answer)
            return answer

    async def _known(self, asked: Asked) -> Answer | None:
        raw = await self._store.get_document(KIND, asked.name)
        kept = msgspec.json.decode(raw, type=Kept) if raw else None
        if kept is None or kept.until <= epoch_ms(self._clock.now()):
            return None
        if kept.print != asked.print:
            raise Refused(ErrorCode.IDEMPOTENCY_CONFLICT)
        if kept.answer is None:
            raise Refused(ErrorCode.SHOWN_ONCE)
        return kept.answer

    async def _keep(self, asked: Asked, answer: Answer | None) -> None:
        if answer and len(answer.body) > MAX_KEPT:
            return
        now = self._clock.now()
        until = epoch_ms(now + KEPT_FOR)
        kept = Kept(asked.print, answer, until)
        await self._store.put_document(KIND, asked.name, msgspec.json.encode(kept), until)
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            self._swept = now
            await self._store.delete_expired(epoch_ms(now))

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        turn = self._turns.setdefault(name, _Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                del self._turns[name]


class _Turn:
    """One name's queue."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
