"""A calendar of service hours 服务时间 as data: the regular week, the holidays, the special days.

Knows nothing of the present; `rule.py` says whether an instant lies inside, `check.py` what is wrong with a calendar.
"""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

_HOUR = "([01][0-9]|2[0-3]):[0-5][0-9]"
# The length bounds shut out the line feed that `$` lets through.
StartTime = Annotated[
    str, Meta(min_length=5, max_length=5, pattern=f"^{_HOUR}$", title="开始", description="Start, HH:MM")
]
EndTime = Annotated[
    str,
    Meta(min_length=5, max_length=5, pattern=f"^({_HOUR}|24:00)$", title="结束", description="End, excluded, HH:MM"),
]
Name = Annotated[str, Meta(max_length=50, title="名称", description="Name")]
Listed = Annotated[bool, Meta(title="来自节假日表", description="Made by an import, and taken back by one.")]

DAY_MINUTES = 24 * 60

MAX_DAYS = 366
"""Rows of holidays or of special days: a year of them, so that one question stays cheap."""


class Interval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `start` up to, not including, `end`, by the clock on the wall. An earlier `end` is on the next day.

    The whole day is 00:00–24:00; `start` equal to `end` is empty (and reported by `check.problems`).
    """

    start: StartTime
    end: EndTime


Intervals = Annotated[tuple[Interval, ...], Meta(max_length=12, title="时段", description="Intervals of the day")]


class Week(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """常规工作时间: the intervals that start on each weekday; a day without any is closed."""

    mon: Annotated[Intervals, Meta(title="周一", description="Monday")] = ()
    tue: Annotated[Intervals, Meta(title="周二", description="Tuesday")] = ()
    wed: Annotated[Intervals, Meta(title="周三", description="Wednesday")] = ()
    thu: Annotated[Intervals, Meta(title="周四", description="Thursday")] = ()
    fri: Annotated[Intervals, Meta(title="周五", description="Friday")] = ()
    sat: Annotated[Intervals, Meta(title="周六", description="Saturday")] = ()
    sun: Annotated[Intervals, Meta(title="周日", description="Sunday")] = ()

    def days(self) -> tuple[tuple[Interval, ...], ...]:
        """The seven days from Monday: index = `date.weekday()`."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


WEEKDAYS = Week.__struct_fields__
"""Field names of `Week`, in the order of `date.weekday()`."""


class Holiday(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """节假日: closed from `first` to `last`, both included; without `last` it is one day. A `listed` one was made by a
    list of holidays, and a later list may take it back."""

    first: Annotated[date, Meta(title="开始日期", description="First day")]
    last: Annotated[date | None, Meta(title="结束日期", description="Last day, included")] = None
    name: Name = ""
    listed: Listed = False

    def covers(self, day: date) -> bool:
        """Whether `day` is one of its days."""
        return self.first <= day <= (self.last or self.first)


class SpecialDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """特殊工作时间 (调休, 值班): a date with intervals of its own; none means closed. A `listed` one was made by a list
    of holidays, and a later list may take it back."""

    day: Annotated[date, Meta(title="日期", description="Date")]
    intervals: Intervals = ()
    name: Name = ""
    listed: Listed = False


class Calendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One set of service hours. For each day the first rule that knows it holds: special > holiday > regular.

    A day's rule decides the intervals that *start* on it: Friday's 22:00–02:00 runs on into a Saturday that is a
    holiday, because the shift began on Friday.
    """

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Name
    timezone: Annotated[str, Meta(min_length=1, max_length=64, title="时区", description="IANA time zone")] = (
        "Asia/Shanghai"
    )
    regular: Annotated[Week, Meta(title="常规工作时间", description="Regular week")] = Week()
    holidays: Annotated[
        tuple[Holiday, ...], Meta(max_length=MAX_DAYS, title="节假日", description="Closed days")
    ] = ()
    special: Annotated[
        tuple[SpecialDay, ...], Meta(max_length=MAX_DAYS, title="特殊工作时间", description="Days with their own hours")
    ] = ()

    def starting_on(self, day: date) -> tuple[Interval, ...]:
        """The intervals that start on `day`, by the strongest rule that knows it."""
        for special in self.special:
            if special.day == day:
                return special.intervals
        if any(holiday.covers(day) for holiday in self.holidays):
            return ()
        return self.regular.days()[day.weekday()]


def minutes(wall: str) -> int:
    """Minutes from midnight of "HH:MM"; 1440 for "24:00"."""
    return int(wall[:2]) * 60 + int(wall[3:])


def span(interval: Interval) -> tuple[int, int]:
    """Start and end in minutes after the midnight before it; past 1440 is the next day, both equal is empty."""
    start, end = minutes(interval.start), minutes(interval.end)
    return (start, end) if end >= start else (start, end + DAY_MINUTES)

