"""节假日 over HTTP: the shipped years, and lists that a calendar of service hours takes over."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from chatserver.access import permissions as p
from chatserver.hours.holiday_list import Listed, ListProblem, read, take_over, write
from chatserver.hours.holidays_cn import HOLIDAYS, PROVISIONAL, WORKDAYS
from chatserver.hours.model import Calendar, Intervals
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.settings.workspace import STREAM, SaveSettings, Workspace, seen

EXAMPLE = "2027-10-01/2027-10-07,国庆节,off"
Text = Annotated[str, Meta(max_length=100_000, description=f"One day or stretch a line, like {EXAMPLE}; or work.")]


class HolidayYear(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is the list as it can be imported. A `provisional` year lacks the 调休 days of the yearly notice."""

    year: int
    provisional: bool
    text: str


class HolidayYears(msgspec.Struct, frozen=True, kw_only=True):
    items: list[HolidayYear]


class HolidayText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text


class HolidayDay(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    name: str


class HolidaysRead(msgspec.Struct, frozen=True, kw_only=True):
    """A list with `problems` can not be taken over."""

    off: list[HolidayDay]
    work: list[HolidayDay]
    problems: list[ListProblem]


class HolidayImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`intervals` are for the working days; without any, those of the first weekday with service. `based_on` is the
    version of the settings that the editor saw."""

    text: Text
    intervals: Intervals = ()
    based_on: Annotated[int, Meta(ge=0)]


class HolidaysImported(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is that of the settings now."""

    version: int
    calendar: Calendar


class HolidayDoor:
    """The operations."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.operations = (
            Operation(
                name="listHolidayYears", method="GET", path="/holidays", requires=p.SETTINGS_READ, run=self.years,
                answers=HolidayYears,
            ),
            Operation(
                name="readHolidays", method="POST", path="/holidays/read", requires=p.SETTINGS_READ, run=self.read,
                body=HolidayText, answers=HolidaysRead,
            ),
            Operation(
                name="importHolidays", method="POST", path="/calendars/{id}/holidays", requires=p.SETTINGS_WRITE,
                run=self.take_in, body=HolidayImport, answers=HolidaysImported,
            ),
        )  # fmt: skip

    async def years(self, call: Call) -> HolidayYears:
        """Mainland China's public holidays, as far as they ship with the product."""
        items = [
            HolidayYear(year=year, provisional=year in PROVISIONAL, text=write(days, WORKDAYS.get(year, ())))
            for year, days in sorted(HOLIDAYS.items())
        ]
        return HolidayYears(items=items)

    async def read(self, call: Call) -> HolidaysRead:
        """What a list of holidays means, and which of its lines cannot be used. Nothing is saved."""
        listed = read(call.body.text)
        off, work = ([HolidayDay(day=day, name=name) for day, name in days] for days in (listed.off, listed.work))
        return HolidaysRead(off=off, work=work, problems=list(listed.problems))

    async def take_in(self, call: Call) -> HolidaysImported:
        """Put a list of holidays into a calendar of service hours; doing it again changes nothing.

        From its first day to its last it takes the place of what was imported before; what was entered by hand stays.
        Refused with the line of everything that cannot be used.
        """
        listed = sound(call.body.text)
        w = self._workspace()
        seen(w, call.body.based_on)
        calendar = next((c for c in w.settings.calendars if c.id == call.path["id"]), None)
        if calendar is None:
            raise Refused(ErrorCode.NOT_FOUND)
        taken = take_over(calendar, listed, call.body.intervals)
        calendars = tuple(taken if c.id == taken.id else c for c in w.settings.calendars)
        saves = SaveSettings(
            settings=replace(w.settings, calendars=calendars), by=call.actor.agent, based_on=call.body.based_on
        )
        await self._hub.send(Envelope(STREAM, saves, call.id))
        return HolidaysImported(version=self._workspace().version, calendar=taken)

    def _workspace(self) -> Workspace:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace


def sound(text: str) -> Listed:
    """The list, all of it usable."""
    listed = read(text)
    if listed.problems:
        raise Refused(ErrorCode.SETTINGS_INVALID, path="$.text", problems=listed.problems)
    return listed
