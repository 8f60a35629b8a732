"""What an event makes of an agent."""

from typing import assert_never

from msgspec.structs import replace

from chatserver.agents import events as e
from chatserver.agents.model import Agent, Cause


def evolve(a: Agent, event: e.AnyEvent) -> Agent:
    a = replace(a, version=a.version + 1)
    match event:
        case e.ProfileSaved():
            return replace(a, profile=event.profile)
        case e.StatusChanged():
            resume = event.before if event.cause is Cause.CONNECTION_LOST else None
            since = a.status_since if event.status == event.before else event.at
            return replace(a, status=event.status, status_since=since, cause=event.cause, resume=resume)
        case e.DeviceJoined():
            return replace(a, devices=a.devices | {event.device}, lost_at=None)
        case e.DeviceLeft():
            left = a.devices - {event.device}
            return replace(a, devices=left, lost_at=None if left else event.at)
        case e.OfferMissCounted():
            return replace(a, misses=event.misses)
        case e.MissesForgotten():
            return replace(a, misses=0)
        case e.DevicesForgotten():
            return replace(a, devices=frozenset(), lost_at=event.at)
        case _:
            assert_never(event)
