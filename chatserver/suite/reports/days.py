"""Local days: to which one an instant belongs, and where midnight cuts a stretch of time. Pure; knows summer time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from chatserver.kernel.instants import epoch_ms, from_epoch_ms


class Moment(msgspec.Struct, frozen=True):
    """An instant as the wall clock shows it: ISO day, hour 0 to 23, weekday 1 (Monday) to 7."""

    day: str
    hour: int
    weekday: int


class Piece(msgspec.Struct, frozen=True):
    """The part of a stretch that lies in one day."""

    day: str
    weekday: int
    began: int
    ended: int


class Days:
    """The days of one time zone. Instants are epoch milliseconds."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._zone = ZoneInfo(zone)

    def moment(self, at: int) -> Moment:
        local = self._local(at)
        return Moment(local.date().isoformat(), local.hour, local.isoweekday())

    def written(self, at: int) -> str:
        """To the second, as spreadsheets read it."""
        return self._local(at).strftime("%Y-%m-%d %H:%M:%S")

    def begins(self, day: date) -> int:
        """The first instant of the day, wherever the clocks stand then."""
        return epoch_ms(datetime.combine(day, time(), self._zone))

    def pieces(self, began: int, ended: int) -> Iterator[Piece]:
        """The stretch, cut at each midnight; at least one piece, which may be empty."""
        while True:
            day = self._local(began).date()
            until = min(ended, self.begins(day + timedelta(days=1)))
            yield Piece(day.isoformat(), day.isoweekday(), began, until)
            if until >= ended:
                return
            began = until

    def _local(self, at: int) -> datetime:
        return from_epoch_ms(at).astimezone(self._zone)
