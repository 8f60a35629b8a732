"""Whether an instant lies inside the service hours, and when that changes next. Asks nobody for the time.

Open is what the clock on the wall of the calendar's zone says. Where clocks are put forward or back, an hour that the
wall never shows is never open, and one that it shows twice is open twice.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chatserver.hours.model import DAY_MINUTES, Calendar, span

LOOK_AHEAD = timedelta(days=400)
"""How far `next_change` looks: past a year of holidays, so "no change" means always or never open."""

_DAY = timedelta(days=1)


def is_open(calendar: Calendar, now: datetime) -> bool:
    """Whether `now` (aware) is inside the service hours.

    Raises ValueError for a naive `now`, ZoneInfoNotFoundError for a zone that `check.problems` reports.
    """
    if now.tzinfo is None:
        raise ValueError("service hours need an aware instant")
    wall = now.astimezone(ZoneInfo(calendar.timezone))
    return _shows(calendar, wall.date(), _minute(wall))


def next_change(calendar: Calendar, now: datetime) -> datetime | None:
    """The first instant (UTC) after `now` at which `is_open` turns, None when it does not within `LOOK_AHEAD`."""
    was = is_open(calendar, now)
    zone = ZoneInfo(calendar.timezone)
    yesterday = now.astimezone(zone).date() - _DAY  # its intervals may run on into today
    for offset in range(LOOK_AHEAD.days + 1):
        # Two days at a time: an interval over midnight is marked by the day on which it starts.
        days = (yesterday + offset * _DAY, yesterday + (offset + 1) * _DAY)
        marks = {at for day in days for minute in _marks(calendar, day) for at in _instants(day, minute, zone)}
        if turned := [at for at in marks if at > now and is_open(calendar, at) != was]:
            return min(turned)
    return None


def _shows(calendar: Calendar, day: date, minute: int) -> bool:
    today = (span(interval) for interval in calendar.starting_on(day))
    yesterday = (span(interval) for interval in calendar.starting_on(day - _DAY))
    return any(start <= minute < end for start, end in today) or any(
        minute + DAY_MINUTES < end for _, end in yesterday
    )


def _minute(wall: datetime) -> int:
    return wall.hour * 60 + wall.minute


def _marks(calendar: Calendar, day: date) -> Iterator[int]:
    for interval in calendar.starting_on(day):
        yield from span(interval)


def _instants(day: date, minute: int, zone: ZoneInfo) -> set[datetime]:
    """Every instant at which the wall shows, or jumps over, `minute` minutes after `day` began."""
    wall = datetime.combine(day + _DAY * (minute // DAY_MINUTES), time(minute % DAY_MINUTES // 60, minute % 60))
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return {early} if early == late else {early, late, _shift(early, late, zone)}


def _shift(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The instant in (early, late] at which the zone's clocks are moved."""
    before = early.astimezone(zone).utcoffset()
    low, high = 0, round((late - early).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        moved = (early + timedelta(seconds=middle)).astimezone(zone).utcoffset() != before
        low, high = (low, middle) if moved else (middle, high)
    return early + timedelta(seconds=high)
