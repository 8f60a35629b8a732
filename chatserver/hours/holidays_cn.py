"""Mainland China's public holidays and 调休 working days, for an administrator to take over into a calendar.

2026 is from the State Council's notice of 4 November 2025 (国务院办公厅关于2026年部分节假日安排的通知). The moved
working days are decided anew each year and follow from no rule, so a year in `PROVISIONAL` has only the thirteen days
that are off by law (全国年节及纪念日放假办法, as amended from 2025), until its notice is entered here or imported.
"""

from datetime import date
from functools import partial

from chatserver.hours.model import Holiday, Intervals, SpecialDay

_off = partial(Holiday, listed=True)

HOLIDAYS: dict[int, tuple[Holiday, ...]] = {
    2026: (
        _off(first=date(2026, 1, 1), last=date(2026, 1, 3), name="元旦"),
        _off(first=date(2026, 2, 15), last=date(2026, 2, 23), name="春节"),
        _off(first=date(2026, 4, 4), last=date(2026, 4, 6), name="清明节"),
        _off(first=date(2026, 5, 1), last=date(2026, 5, 5), name="劳动节"),
        _off(first=date(2026, 6, 19), last=date(2026, 6, 21), name="端午节"),
        _off(first=date(2026, 9, 25), last=date(2026, 9, 27), name="中秋节"),
        _off(first=date(2026, 10, 1), last=date(2026, 10, 7), name="国庆节"),
    ),
    2027: (
        _off(first=date(2027, 1, 1), last=date(2027, 1, 1), name="元旦"),
        _off(first=date(2027, 2, 5), last=date(2027, 2, 8), name="春节"),  # 除夕–正月初三; 初一 is 6 February
        _off(first=date(2027, 4, 5), last=date(2027, 4, 5), name="清明节"),
        _off(first=date(2027, 5, 1), last=date(2027, 5, 2), name="劳动节"),
        _off(first=date(2027, 6, 9), last=date(2027, 6, 9), name="端午节"),  # 五月初五
        _off(first=date(2027, 9, 15), last=date(2027, 9, 15), name="中秋节"),  # 八月十五
        _off(first=date(2027, 10, 1), last=date(2027, 10, 3), name="国庆节"),
    ),
}
"""Year -> the days off."""

PROVISIONAL = frozenset({2027})
"""Years whose notice is not in this table."""

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
    days = WORKDAYS.get(year, ())
    return tuple(SpecialDay(day=day, intervals=intervals, name=name, listed=True) for day, name in days)
