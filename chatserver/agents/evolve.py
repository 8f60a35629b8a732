"""What an event makes of an agent."""

from datetime import datetime, timedelta
from typing import assert_never

from msgspec.structs import replace

from chatserver.agents import events as e
from chatserver.agents.model import GONE, OFFLINE, WRAP_UP, Agent, Cause


def evolve(a: Agent, event: e.AnyEvent) -> Agent:
    a = replace(a, version=a.version + 1)
    match event:
        case e.ProfileSaved():
            return replace(a, profile=event.profile)
        case e.StatusChanged():
            return status_changed(a, event)
        case e.DeviceJoined():
            return replace(a, devices=a.devices | {event.device}, lost_at=None)
        case e.DeviceLeft():
            left = a.devices - {event.device}
            return replace(a, devices=left, lost_at=None if left else event.at)
        case e.OfferMissCounted():
            return replace(a, misses=event.misses)
        case e.MissesForgotten():
            return replace(a, misses=0)
        case e.WorkFinished():
            return a
        case e.DevicesForgotten():
            return replace(a, devices=frozenset(), lost_at=event.at)
        case _:
            assert_never(event)


def status_changed(a: Agent, event: e.StatusChanged) -> Agent:
    """A wrap-up that a lost connection broke off is over when the connection comes back; who was offline stays so."""
    since = a.status_since if event.status == event.before else event.at
    wraps = event.cause is Cause.WRAP_UP
    leads_back = wraps or event.cause is Cause.CONNECTION_LOST
    resume = (a.resume if event.before in (WRAP_UP, OFFLINE) else event.before) if leads_back else None
    until = event.at + timedelta(seconds=a.profile.wrap_up) if wraps and a.profile else None
    return replace(
        a,
        status=event.status,
        status_since=since,
        cause=event.cause,
        devices=frozenset() if event.cause is Cause.DEACTIVATED else a.devices,
        lost_at=_lost_at(a, event),
        resume=resume,
        wrap_until=until,
    )


def _lost_at(a: Agent, event: e.StatusChanged) -> datetime | None:
    """Whoever is gone is not waited for; whoever comes without a console, by a login or a supervisor's hand, is given
    as long to open one as to come back."""
    if event.cause in GONE:
        return None
    comes = event.before == OFFLINE != event.status
    return event.at if comes and not a.devices else a.lost_at
