"""Mainland China's public holidays and 调休 working days, for an administrator to take over into a calendar.

From the State Council's notice of 4 November 2025 (国务院办公厅关于2026年部分节假日安排的通知). A year is added
only when its notice is out: the moved working days are decided anew each year and follow from no rule.
"""

from datetime import date

from chatserver.hours.model import Holiday, Intervals, SpecialDay

HOLIDAYS: dict[int, tuple[Holiday, ...]] = {
    2026: (
        Holiday(first=date(2026, 1, 1), last=date(2026, 1, 3), name="元旦"),
        Holiday(first=date(2026, 2, 15), last=date(2026, 2, 23), name="春节"),
        Holiday(first=date(2026, 4, 4), last=date(2026, 4, 6), name="清明节"),
        Holiday(first=date(2026, 5, 1), last=date(2026, 5, 5), name="劳动节"),
        Holiday(first=date(2026, 6, 19), last=date(2026, 6, 21), name="端午节"),
        Holiday(first=date(2026, 9, 25), last=date(2026, 9, 27), name="中秋节"),
        Holiday(first=date(2026, 10, 1), last=date(2026, 10, 7), name="国庆节"),
    ),
}
"""Year -> the days off."""

WORKDAYS: dict[int, tuple[tuple[date, str], ...]] = {
    2026: (
        (date(2026, 1, 4), "元旦调休"),
        (date(2026, 2, 14), "春节调休"),
        (date(2026, 2, 28), "春节调休"),
        (date(2026, 5, 9), "劳动节调休"),
        (date(2026, 9, 20), "国庆节调休"),
        (date(2026, 10, 10), "国庆节调休"),
    ),
}
"""Year -> the weekend days that are worked instead, with their reason."""


def worked(year: int, intervals: Intervals) -> tuple[SpecialDay, ...]:
    """The 调休 working days of `year` as special days with `intervals`; none for a year without a notice."""
    return tuple(SpecialDay(day=day, intervals=intervals, name=name) for day, name in WORKDAYS.get(year, ()))
