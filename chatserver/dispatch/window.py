"""计次窗口: since when 最小次数 and 最小呼入次数 count: the local day, or the present shift."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo

import msgspec


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the local date of its begin, with the time where that is not midnight (ISO); `ends` is excluded."""

    id: str
    begins: datetime
    ends: datetime


def window_at(now: datetime, zone: tzinfo, starts: Iterable[str]) -> Window:
    """The window that `now` lies in, when one begins each day at each of `starts` (HH:MM by the clock of `zone`)."""
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=n) for n in (-1, 0, 1)]
    times = [time.fromisoformat(start) for start in starts]
    instants = sorted({datetime.combine(day, at, zone).astimezone(UTC) for day in days for at in times})
    after = bisect_right(instants, now)
    begins = instants[after - 1].astimezone(zone)
    id = begins.date().isoformat() if begins.time() == time() else f"{begins:%Y-%m-%dT%H:%M}"
    return Window(id=id, begins=instants[after - 1], ends=instants[after])
