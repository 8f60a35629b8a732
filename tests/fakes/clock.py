"""A clock that the test moves by hand."""

import asyncio
from datetime import UTC, datetime, timedelta

from chatserver.kernel.tasks import spawn

T0 = datetime(2030, 1, 1, 1, 0, tzinfo=UTC)
"""Tuesday 09:00 in Shanghai: scenario times count from here."""


class FakeClock:
    """`advance` wakes the sleepers whose time has come."""

    def __init__(self, now: datetime = T0) -> None:
        self._now = now
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, at: datetime, interrupted: asyncio.Event) -> None:
        while self._now < at and not interrupted.is_set():
            moved = spawn(self._moved.wait(), "clock moved")
            woken = spawn(interrupted.wait(), "sleep interrupted")
            try:
                await asyncio.wait({moved, woken}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                moved.cancel()
                woken.cancel()

    def set(self, now: datetime) -> None:
        """Move to `now`, never back."""
        self._now = max(self._now, now)
        self._moved.set()
        self._moved = asyncio.Event()

    def advance(self, seconds: float) -> None:
        self.set(self._now + timedelta(seconds=seconds))
