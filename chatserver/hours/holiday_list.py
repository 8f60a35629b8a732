"""节假日导入: a list of days off and of 调休 working days as text, one day or stretch a line, and how a calendar takes
it over. Knows nothing of files.

    2027-10-01/2027-10-07,国庆节,off
    2027-10-09,国庆节调休,work
"""

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

import msgspec
from msgspec.structs import replace

from chatserver.hours.model import MAX_DAYS, Calendar, Holiday, Intervals, SpecialDay

Kind = Literal["off", "work"]

OFF = frozenset({"off", "holiday", "休", "放假", "休息"})
WORK = frozenset({"work", "班", "上班", "调休", "补班"})

LONGEST = 31
"""Days of one stretch: a longer one is a slip of the pen, or a closure that is better entered by hand."""

_DAY = timedelta(days=1)


class ListCode(StrEnum):
    """Stable names; the sentence belongs to whoever shows it."""

    LINE_UNREADABLE = "line_unreadable"  # not three columns: day, name, off or work
    DAY_UNREADABLE = "day_unreadable"  # no such day; days are written 2027-10-01
    KIND_UNKNOWN = "kind_unknown"  # neither off nor work
    STRETCH_BACKWARDS = "stretch_backwards"  # its last day is before its first
    STRETCH_TOO_LONG = "stretch_too_long"
    DAY_REPEATED = "day_repeated"  # an earlier line has the same day
    TOO_MANY_DAYS = "too_many_days"  # more than a calendar holds
    NAME_TOO_LONG = "name_too_long"
    NO_DAYS = "no_days"  # no line names a day


class ListProblem(msgspec.Struct, frozen=True):
    """What is wrong with a line, counted from 1."""

    line: int
    code: ListCode


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The days by what they are, in the order of the calendar; nothing of a list with problems may be used."""

    off: tuple[tuple[date, str], ...] = ()
    work: tuple[tuple[date, str], ...] = ()
    problems: tuple[ListProblem, ...] = ()


def read(text: str) -> Listed:
    """Blank lines, lines that begin with `#` and a line of headings are passed over; columns are parted by commas or
    tabs, full-width ones too."""
    days: dict[date, tuple[str, Kind]] = {}
    problems: list[ListProblem] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        columns = [c.strip() for c in unicodedata.normalize("NFKC", line).replace("\t", ",").split(",")]
        headings = number == 1 and len(columns) == 3 and not columns[0][:1].isdecimal()
        if headings or not any(columns) or columns[0].startswith("#"):
            continue
        found = _line(columns, days)
        if isinstance(found, ListCode):
            problems.append(ListProblem(number, found))
        else:
            days |= found
    if not days and not problems:
        problems.append(ListProblem(1, ListCode.NO_DAYS))
    if len(days) > MAX_DAYS:
        problems.append(ListProblem(len(text.splitlines()), ListCode.TOO_MANY_DAYS))
    of = {kind: tuple((day, name) for day, (name, k) in sorted(days.items()) if k == kind) for kind in ("off", "work")}
    return Listed(off=of["off"], work=of["work"], problems=tuple(problems))


def write(holidays: Iterable[Holiday], workdays: Iterable[tuple[date, str]]) -> str:
    """The list in the form that `read` takes, by day."""
    off = [(h.first, f"{h.first}/{h.last or h.first},{h.name},off") for h in holidays]
    work = [(day, f"{day},{name},work") for day, name in workdays]
    return "".join(f"{line}\n" for _, line in sorted(off + work))


def take_over(calendar: Calendar, listed: Listed, intervals: Intervals = ()) -> Calendar:
    """`calendar` with the listed days in place of what it knew of the same days, and of what earlier lists said of any
    day from the first of them to the last: in between this list is the whole truth. A second time changes nothing.

    Working days get `intervals`; without any, those of the first weekday that has some. What somebody entered by hand
    stays: a holiday that the list does not name, and a special day on a day off, because somebody is on duty (值班).
    """
    hours = intervals or next((day for day in calendar.regular.days() if day), ())
    days = {day for day, _ in (*listed.off, *listed.work)}
    first, last = min(days), max(days)
    kept = [
        part
        for holiday in calendar.holidays
        for part in (_outside(holiday, first, last) if holiday.listed else _without(holiday, days))
    ]
    work = dict(listed.work)
    special = [s for s in calendar.special if s.day not in work and not (s.listed and first <= s.day <= last)]
    special += [SpecialDay(day=day, intervals=hours, name=name, listed=True) for day, name in listed.work]
    return replace(
        calendar,
        holidays=tuple(sorted((*kept, *_stretches(listed.off)), key=lambda h: h.first)),
        special=tuple(sorted(special, key=lambda s: s.day)),
    )


def _line(columns: list[str], days: dict[date, tuple[str, Kind]]) -> dict[date, tuple[str, Kind]] | ListCode:
    """The days of one line, or what is wrong with it."""
    if len(columns) != 3:
        return ListCode.LINE_UNREADABLE
    stretch, name, kind = columns
    first, _, last = stretch.partition("/")
    try:
        start, end = _date(first), _date(last or first)
    except ValueError:
        return ListCode.DAY_UNREADABLE
    if kind.casefold() not in OFF | WORK:
        return ListCode.KIND_UNKNOWN
    if len(name) > 50:
        return ListCode.NAME_TOO_LONG
    if end < start:
        return ListCode.STRETCH_BACKWARDS
    if (end - start).days >= LONGEST:
        return ListCode.STRETCH_TOO_LONG
    meant: Kind = "off" if kind.casefold() in OFF else "work"
    found = {start + n * _DAY: (name, meant) for n in range((end - start).days + 1)}
    return ListCode.DAY_REPEATED if found.keys() & days.keys() else found


def _date(text: str) -> date:
    """2027-10-01, and as spreadsheets like to write it: 2027-10-1, 2027.10.1."""
    year, month, day = text.strip().replace(".", "-").split("-")
    return date(int(year), int(month), int(day))


def _without(holiday: Holiday, days: set[date]) -> Iterator[Holiday]:
    """What is left of a holiday without these days."""
    first, last = holiday.first, holiday.last or holiday.first
    for day in sorted(day for day in days if first <= day <= last):
        if first < day:
            yield replace(holiday, first=first, last=day - _DAY)
        if day == last:
            return
        first = day + _DAY
    yield replace(holiday, first=first, last=last)


def _outside(holiday: Holiday, first: date, last: date) -> Iterator[Holiday]:
    """What is left of a holiday before `first` and after `last`."""
    end = holiday.last or holiday.first
    if holiday.first < first:
        yield replace(holiday, last=min(end, first - _DAY))
    if end > last:
        yield replace(holiday, first=max(holiday.first, last + _DAY), last=end)


def _stretches(off: Iterable[tuple[date, str]]) -> list[Holiday]:
    """Days off in a row under one name as one holiday."""
    found: list[Holiday] = []
    for day, name in off:
        before = found[-1] if found else None
        if before and before.name == name and (before.last or before.first) + _DAY == day:
            found[-1] = replace(before, last=day)
        else:
            found.append(Holiday(first=day, last=day, name=name, listed=True))
    return found
