"""What was not sent yet, and what was sent and not read: how much that is. Knows neither who reads nor what it says."""

import asyncio
import sys
from typing import Any
from weakref import WeakKeyDictionary

UNREAD = 500
"""Packets that may wait for one client. One that reads nothing is cut, and resumes when it comes back."""

UNREAD_BYTES = 1_000_000
"""Bytes of several such packets. One alone may be larger: a console's first snapshot is as large as its workspace."""

IN_HAND = 65_536
"""Bytes of packets that are taken to be sent at once; the next are taken when these are gone."""


class Unread(asyncio.Queue[Any]):
    """Engine.IO's queue of packets for one client, weighed.

    The stock writer takes all that there is in hand, however slowly its client reads. This one gives it out by and by,
    so that what is not sent stands here and is counted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self._in_hand = 0

    @property
    def too_much(self) -> bool:
        return self.qsize() > UNREAD or (self.bytes > UNREAD_BYTES and self.qsize() > 1)

    async def get(self) -> Any:
        """Asked for when all that was taken before has been sent."""
        self._in_hand = 0
        return await super().get()

    def get_nowait(self) -> Any:
        if self._in_hand > IN_HAND:
            raise asyncio.QueueEmpty
        return super().get_nowait()

    def _put(self, item: Any) -> None:
        self.bytes += _weight(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self.bytes -= _weight(item)
        self._in_hand += _weight(item)
        return item


class Polls:
    """On which TCP connection the last poll of each client was answered: whoever polls again has read that answer.

    A client may poll on as many of them as it likes, and leave an answer unread on each.
    """

    def __init__(self) -> None:
        self._client: WeakKeyDictionary[asyncio.Transport, str] = WeakKeyDictionary()
        self._last: dict[str, asyncio.Transport] = {}

    def asked(self, transport: asyncio.Transport | None) -> None:
        """Behind a proxy one TCP connection serves many, and a new request on it says that the last one is answered."""
        if transport is not None:
            self._client.pop(transport, None)

    def polled(self, sid: str, transport: asyncio.Transport | None) -> bool:
        """False when the answer before is still unread."""
        if self._unread(sid):
            return False
        if transport is not None:
            self._client[transport] = sid
            self._last[sid] = transport
        return True

    def ended(self, sid: str) -> None:
        """Nobody will read it any more."""
        if transport := self._unread(sid):
            transport.abort()
        self._last.pop(sid, None)

    def _unread(self, sid: str) -> asyncio.Transport | None:
        transport = self._last.get(sid)
        if transport is None or self._client.get(transport) != sid or transport.is_closing():
            return None
        return transport if transport.get_write_buffer_size() else None


def _weight(packet: Any) -> int:
    """None is no packet: it says that there are no more."""
    return sys.getsizeof(packet.data) if packet is not None else 0
