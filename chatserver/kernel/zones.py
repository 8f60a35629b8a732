"""The time zones that there are. They are files on the disk, and are listed once: that takes ten milliseconds."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones())
