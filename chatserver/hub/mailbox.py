"""The queue in front of the one writer. Bounded: what does not fit is refused at once, never dropped later."""

import asyncio
from collections import deque
from typing import Any

from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused

CAPACITY = 10_000
"""Inputs that may wait: about a second of full load. Beyond it the sender is told to come back."""

BATCH = 512
"""Inputs of one commit at the most, so that the first of them does not wait for an endless last."""


class Letter:
    """An envelope and the answer that its sender awaits."""

    __slots__ = ("answer", "envelope")

    def __init__(self, envelope: Envelope, answer: asyncio.Future[Any]) -> None:
        self.envelope = envelope
        self.answer = answer

    def resolve(self, receipt: Any) -> None:
        if not self.answer.done():
            self.answer.set_result(receipt)

    def refuse(self, refused: Refused) -> None:
        if not self.answer.done():
            self.answer.set_exception(refused)


class Mailbox:
    """First in, first out. Several may put, one takes."""

    def __init__(self) -> None:
        self._letters: deque[Letter] = deque()
        self._filled = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._letters)

    def put(self, envelope: Envelope) -> asyncio.Future[Any]:
        """The future of the answer; `Refused(busy)` when full or closed."""
        if self._closed or len(self._letters) >= CAPACITY:
            raise Refused(ErrorCode.BUSY)
        letter = Letter(envelope, asyncio.get_running_loop().create_future())
        self._letters.append(letter)
        self._filled.set()
        return letter.answer

    async def take(self) -> list[Letter]:
        """Everything that waits, up to a batch; empty when the mailbox is closed and drained."""
        while not self._letters:
            if self._closed:
                return []
            self._filled.clear()
            await self._filled.wait()
        return [self._letters.popleft() for _ in range(min(BATCH, len(self._letters)))]

    def close(self) -> None:
        """Take no more; what is inside is still delivered."""
        self._closed = True
        self._filled.set()
