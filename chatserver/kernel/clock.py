"""The only place that asks what time it is. The core never imports this: it receives `env.now`."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Time for the shell; tests bring one that they move by hand."""

    def now(self) -> datetime:
        """The current instant, aware, UTC, cut to milliseconds (what the log keeps)."""
        ...

    async def sleep_until(self, at: datetime, interrupted: asyncio.Event) -> None:
        """Return at `at`, or as soon as `interrupted` is set."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        now = datetime.now(UTC)
        return now - timedelta(microseconds=now.microsecond % 1000)

    async def sleep_until(self, at: datetime, interrupted: asyncio.Event) -> None:
        delay = (at - self.now()).total_seconds()
        if delay > 0:
            try:
                # An hour at most: a clock that was set back must not make a wake-up late for ever.
                await asyncio.wait_for(interrupted.wait(), min(delay, 3600.0))
            except TimeoutError:
                return

