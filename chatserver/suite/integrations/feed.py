"""The log as all subscriptions read it, each from its own place: the newest records from memory, older ones from the
store, so that many subscriptions cost one listener and not many reads."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from chatserver.hub.hub import Hub
from chatserver.hub.relay import Entry
from chatserver.hub.step import Happened

NAME = "webhooks"

RECENT = 2_000
"""Records at hand: some seconds of a busy day."""

PAGE = 200


class Feed:
    """`heard` is told of all that is new."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._recent: deque[Entry] = deque(maxlen=RECENT)
        self.heard: list[Callable[[Sequence[Entry]], None]] = []

    async def handle(self, entries: Sequence[Entry]) -> None:
        newest = self._recent[-1][0] if self._recent else 0
        self._recent.extend(entry for entry in entries if entry[0] > newest)
        for tell in self.heard:
            tell(entries)

    async def after(self, seq: int) -> list[Entry]:
        """The records that follow `seq`, a page at most; none when there are none yet."""
        if self._recent and self._recent[0][0] <= seq + 1:
            start = seq + 1 - self._recent[0][0]
            return list(islice(self._recent, start, start + PAGE))
        if seq >= self._hub.head:
            return []
        return await self._read(seq, PAGE)

    async def at(self, seq: int) -> Entry:
        """One record of long ago."""
        return (await self._read(seq - 1, 1))[0]

    async def _read(self, seq: int, limit: int) -> list[Entry]:
        records = await self._hub.store.read_log(seq, limit)
        return [(r.seq, Happened(r.stream, r.version, self._hub.event(r))) for r in records]
