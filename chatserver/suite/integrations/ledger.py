"""What is kept of one subscription's deliveries beside the log: how far it is told, which letters wait, which are dead,
and how the last ones fared. Documents of the store; knows nothing of when and how they are sent."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec

from chatserver.hub.ports import Store
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.integrations.lanes import Letter

REMEMBERED = 50
"""Deliveries that can be looked up."""

DEAD_FOR = timedelta(days=30)
"""How long a dead letter can still be replayed."""

PAGE = 500


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. `at` in epoch ms, `took` in ms; `status` is None when there was no answer, and `why` says so.
    `reply` is the beginning of a refusal's body."""

    id: str
    kind: str
    at: int
    took: int
    attempt: int
    status: int | None
    why: str = ""
    reply: str = ""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`seq`: everything up to here has arrived, or waits or is dead by itself. `failing_since`: since when nothing has
    arrived any more. `last`: the newest attempts, oldest first."""

    seq: int
    failing_since: datetime | None = None
    last: tuple[Delivery, ...] = ()


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that was put aside; `kind` is what it would have told."""

    letter: Letter
    kind: str
    at: datetime


class Ledger:
    """Of one subscription."""

    def __init__(self, store: Store, webhook: str) -> None:
        self._store = store
        self._webhook = webhook
        self._due = f"webhook_due:{webhook}"
        self._dead = f"webhook_dead:{webhook}"

    async def progress(self) -> Progress | None:
        raw = await self._store.get_document("webhook", self._webhook)
        return msgspec.json.decode(raw, type=Progress) if raw else None

    async def save(self, progress: Progress) -> None:
        await self._store.put_document("webhook", self._webhook, msgspec.json.encode(progress))

    async def keep(self, letter: Letter) -> None:
        await self._store.put_document(self._due, _name(letter.seq), msgspec.json.encode(letter))

    async def forget(self, letter: Letter) -> None:
        await self._store.delete_document(self._due, _name(letter.seq))

    async def waiting(self) -> list[Letter]:
        """In the order of the log."""
        return [msgspec.json.decode(raw, type=Letter) async for _, raw in self._all(self._due)]

    async def bury(self, dead: DeadLetter) -> None:
        """First the grave, then the bed: a letter may be found in both after a crash, but never in neither."""
        until = epoch_ms(dead.at + DEAD_FOR)
        await self._store.put_document(self._dead, _name(dead.letter.seq), msgspec.json.encode(dead), until)
        await self.forget(dead.letter)

    async def dead(self, after: str, limit: int) -> list[tuple[str, DeadLetter]]:
        """(name, letter), in the order of the log, from behind the name `after`."""
        found = await self._store.list_documents(self._dead, after, limit)
        return [(name, msgspec.json.decode(raw, type=DeadLetter)) for name, raw in found]

    async def raise_dead(self) -> int:
        """All dead letters are to be sent again, as if for the first time; how many there were."""
        count = 0
        async for name, raw in self._all(self._dead):
            letter = msgspec.json.decode(raw, type=DeadLetter).letter
            await self.keep(Letter(seq=letter.seq, lane=letter.lane))
            await self._store.delete_document(self._dead, name)
            count += 1
        return count

    async def rewind(self, seq: int) -> None:
        """Everything after `seq` is to be told again."""
        for letter in await self.waiting():
            if letter.seq > seq:
                await self.forget(letter)
        before = await self.progress()
        await self.save(Progress(seq=seq, last=before.last if before else ()))

    async def erase(self) -> None:
        """The subscription is gone, and so is everything about it."""
        for kind in (self._due, self._dead):
            async for name, _ in self._all(kind):
                await self._store.delete_document(kind, name)
        await self._store.delete_document("webhook", self._webhook)

    async def _all(self, kind: str) -> AsyncIterator[tuple[str, bytes]]:
        after = ""
        while found := await self._store.list_documents(kind, after, PAGE):
            for name, raw in found:
                yield name, raw
            after = found[-1][0]


def _name(seq: int) -> str:
    """Names sort as the log does."""
    return f"{seq:020}"
