"""What an event makes of an agent."""

from datetime import timedelta
from typing import assert_never

from msgspec.structs import replace

from chatserver.agents import events as e
from chatserver.agents.model import WRAP_UP, Agent, Cause


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
    """A wrap-up that a lost connection broke off is over when the connection comes back."""
    since = a.status_since if event.status == event.before else event.at
    wraps = event.cause is Cause.WRAP_UP
    leads_back = wraps or event.cause is Cause.CONNECTION_LOST
    resume = (a.resume if event.before == WRAP_UP else event.before) if leads_back else None
    until = event.at + timedelta(seconds=a.profile.wrap_up) if wraps and a.profile else None
    return replace(
        a, status=event.status, status_since=since, cause=event.cause, resume=resume, wrap_until=until
    )
