"""What is wrong with a calendar beyond the shape of its data, all of it at once and in a fixed order."""

from collections.abc import Iterator
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from chatserver.hours.model import DAY_MINUTES, WEEKDAYS, Calendar, Interval, span


class ProblemCode(StrEnum):
    """Stable names; the sentence belongs to whoever shows it."""

    UNKNOWN_TIMEZONE = "unknown_timezone"
    EMPTY_INTERVAL = "empty_interval"  # it ends when it starts
    UNSORTED = "unsorted"  # it starts before the one in front of it
    OVERLAP = "overlap"  # part of it is already inside an earlier one, or inside last night's
    HOLIDAY_BACKWARDS = "holiday_backwards"  # its last day is before its first
    SPECIAL_REPEATED = "special_repeated"  # the date has hours of its own already


class Problem(msgspec.Struct, frozen=True):
    """One mistake; `path` is the place, like "$.regular.mon[1]"."""

    path: str
    code: ProblemCode


def problems(calendar: Calendar) -> list[Problem]:
    """Everything that must be mended before `calendar` may be used; an empty list is a sound one."""
    return [*_zone(calendar), *_week(calendar), *_holidays(calendar), *_special(calendar)]


def constant(calendar: Calendar) -> bool | None:
    """Whether the calendar is open for ever (True) or never (False); None for one that opens and closes."""
    week, special = calendar.regular.days(), [day.intervals for day in calendar.special]
    if not any(span(i)[0] < span(i)[1] for day in (*week, *special) for i in day):
        return False
    always = not calendar.holidays and all(_whole(day) for day in (*week, *special))
    return True if always else None


def _whole(day: tuple[Interval, ...]) -> bool:
    """Whether the intervals of a day leave no minute of it out."""
    reached = 0
    for start, end in sorted(map(span, day)):
        if start > reached:
            return False
        reached = max(reached, end)
    return reached >= DAY_MINUTES


def _zone(calendar: Calendar) -> Iterator[Problem]:
    try:
        ZoneInfo(calendar.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones ("Asia") is an OSError
        yield Problem("$.timezone", ProblemCode.UNKNOWN_TIMEZONE)


def _week(calendar: Calendar) -> Iterator[Problem]:
    days = calendar.regular.days()
    for index, name in enumerate(WEEKDAYS):
        yield from _day(f"$.regular.{name}", days[index], last_night=days[index - 1])


def _holidays(calendar: Calendar) -> Iterator[Problem]:
    for index, holiday in enumerate(calendar.holidays):
        if holiday.last is not None and holiday.last < holiday.first:
            yield Problem(f"$.holidays[{index}].last", ProblemCode.HOLIDAY_BACKWARDS)


def _special(calendar: Calendar) -> Iterator[Problem]:
    seen = set()
    for index, special in enumerate(calendar.special):
        if special.day in seen:
            yield Problem(f"$.special[{index}].day", ProblemCode.SPECIAL_REPEATED)
        seen.add(special.day)
        yield from _day(f"$.special[{index}].intervals", special.intervals)


def _day(path: str, intervals: tuple[Interval, ...], last_night: tuple[Interval, ...] = ()) -> Iterator[Problem]:
    earlier = [(start - DAY_MINUTES, end - DAY_MINUTES) for start, end in map(span, last_night)]
    latest_start = 0
    for index, (start, end) in enumerate(map(span, intervals)):
        place = f"{path}[{index}]"
        if start == end:
            yield Problem(place, ProblemCode.EMPTY_INTERVAL)
            continue
        if start < latest_start:
            yield Problem(place, ProblemCode.UNSORTED)
        if any(start < other_end and other_start < end for other_start, other_end in earlier):
            yield Problem(place, ProblemCode.OVERLAP)
        latest_start = max(latest_start, start)
        earlier.append((start, end))
