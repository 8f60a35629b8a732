"""Who serves whom, after every change of the floor. Pure; nobody else ever picks an agent."""

from typing import assert_never

from msgspec.structs import replace

from chatserver.dispatch import events as e
from chatserver.dispatch import inputs as i
from chatserver.dispatch.by_hand import take
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.match import and_match
from chatserver.dispatch.model import Floor, Offer
from chatserver.dispatch.queueing import (
    keeps,
    overflowed,
    settled,
    turned_away,
    unstaffed,
    visitor_gone,
    visitor_waiting,
    waited_long,
)
from chatserver.dispatch.settings import DispatchRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

Rules = Env[DispatchRules]
Events = list[e.AnyEvent]


def decide(floor: Floor, input: i.AnyInput, env: Rules) -> Events:
    match input:
        case i.SeatSet():
            return seat_set(floor, input, env)
        case i.VisitorWaiting():
            return visitor_waiting(floor, input, env)
        case i.WaitedLong():
            return waited_long(floor, input.conversation, env)
        case i.VisitorGone():
            if offer := floor.offers.get(input.conversation):
                return ended(floor, input.conversation, offer, waits=False, env=env)
            return visitor_gone(floor, input.conversation, env)
        case i.AgentGone():
            return abandoned(floor, input, env)
        case i.OfferAnswered():
            return offer_answered(floor, input, env)
        case i.SeatFreed():
            freed = e.SeatReleased(at=env.now, agent=input.agent, conversation=input.conversation)
            return and_match(floor, [freed], floor.seats[input.agent].groups, env)
        case i.Take():
            return take(floor, input, env)
        case i.RulesChanged():
            return settled(floor, [], unstaffed(floor, floor.queues, env), floor.queues, env)
        case _:
            assert_never(input)


def wake_at(floor: Floor, rules: DispatchRules) -> None:
    """The floor waits for nothing: each conversation minds its own wait (`conversation/waiting.py`)."""


def seat_set(floor: Floor, input: i.SeatSet, env: Rules) -> Events:
    old = floor.seats.get(input.agent)
    changed = e.SeatChanged(
        at=env.now,
        agent=input.agent,
        groups=input.groups,
        min=input.min,
        max=input.max,
        channels=input.channels,
        channel_max=input.channel_max,
        ready=input.ready,
        on_duty=input.on_duty,
        status_since=input.status_since,
        present=input.present,
    )
    after = evolve(floor, changed)
    if old and replace(after.seats[input.agent], revision=old.revision) == old:
        return []
    groups = input.groups | (old.groups if old else frozenset())
    # Also where the agent was: who handed over to a colleague that is gone gets the visitor back.
    return settled(floor, [changed], unstaffed(after, groups, env), groups, env)


def abandoned(floor: Floor, input: i.AgentGone, env: Rules) -> Events:
    served = sorted(floor.served(input.agent))
    return [e.Abandoned(at=env.now, agent=input.agent, conversation=c, for_good=input.for_good) for c in served]


def offer_answered(floor: Floor, input: i.OfferAnswered, env: Rules) -> Events:
    """Accepted: the agent serves. Missed or declined: the next one is asked."""
    offer = floor.offers.get(input.conversation)
    if offer is None or offer.agent != input.agent:
        raise Refused(ErrorCode.OFFER_OVER)
    if not input.accepted:
        return ended(floor, input.conversation, offer, waits=True, env=env)
    window = env.settings.window
    return [e.OfferAccepted(at=env.now, conversation=input.conversation, agent=input.agent, window=window)]


def ended(floor: Floor, conversation: str, offer: Offer, waits: bool, env: Rules) -> Events:
    """The seat that was held is free; whoever waits is back on the old place, if the group still keeps it."""
    over = e.OfferEnded(
        at=env.now, conversation=conversation, group=offer.waiting.group, agent=offer.agent, waits=waits
    )
    after = evolve(floor, over)
    groups = {offer.waiting.group, *floor.seats[offer.agent].groups}
    if waits and not keeps(after, offer.waiting.group, env):
        waiting = after.waiting[conversation]
        gone = overflowed(after, waiting, env) or turned_away(waiting, "nobody", env)
        return settled(floor, [over], [gone], groups, env)
    return and_match(floor, [over], groups, env, tell=[conversation] if waits else [])
