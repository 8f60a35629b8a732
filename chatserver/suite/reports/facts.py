"""The rows of one conversation that events can still change, and how they are written to. Pure."""

from typing import Any

import msgspec
from msgspec.structs import replace

from chatserver.conversation import events as e
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.reports.days import Days
from chatserver.suite.reports.tables import Offer, Reason, Served, Stint, Wait


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a conversation that can still change: its own, the newest of each kind, the stint that is rated.
    `left` is a wait that ended in the very moment in which the newest one began; `reasons` never change again."""

    service: Served
    left: Wait | None = None
    wait: Wait | None = None
    stint: Stint | None = None
    offer: Offer | None = None
    rated: Stint | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def serving(self) -> Stint | None:
        """The stint that is under way."""
        return self.stint if self.stint and self.stint.ended_at is None else None


def opened(id: str, event: e.Opened, days: Days) -> Facts:
    at = epoch_ms(event.at)
    when, visit = days.moment(at), event.visit
    service = Served(
        id=id,
        day=when.day,
        hour=when.hour,
        weekday=when.weekday,
        inbox=visit.inbox,
        channel=visit.channel,
        opened_at=at,
    )
    return Facts(service=service)


def on(f: Facts, **columns: Any) -> Facts:
    return replace(f, service=replace(f.service, **columns))


def on_stint(f: Facts, **columns: Any) -> Facts:
    """The newest stint, and the one to be rated if that is the same."""
    assert f.stint, "a stint is only written to after it began"
    stint = replace(f.stint, **columns)
    return replace(f, stint=stint, rated=stint if f.rated and f.rated.number == stint.number else f.rated)
