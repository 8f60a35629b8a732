"""Who serves whom, after every change of the floor. Pure; nobody else ever picks an agent."""

from collections.abc import Iterable
from typing import Literal, assert_never

from chatserver.dispatch import events as e
from chatserver.dispatch import inputs as i
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.match import match
from chatserver.dispatch.model import Floor, Offer, Seat, Waiting
from chatserver.dispatch.settings import DispatchRules, Group
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env
from chatserver.kernel.persistent import Line

Rules = Env[DispatchRules]
Events = list[e.AnyEvent]


def decide(floor: Floor, input: i.AnyInput, env: Rules) -> Events:
    match input:
        case i.SeatSet():
            return seat_set(floor, input, env)
        case i.VisitorWaiting():
            return visitor_waiting(floor, input, env)
        case i.VisitorGone():
            return visitor_gone(floor, input.conversation, env)
        case i.AgentGone():
            served = sorted(floor.serving.get(input.agent, frozenset()))
            return [e.Abandoned(at=env.now, agent=input.agent, conversation=c) for c in served]
        case i.OfferAnswered():
            return offer_answered(floor, input, env)
        case i.SeatFreed():
            freed = e.SeatReleased(at=env.now, agent=input.agent, conversation=input.conversation)
            return and_match(floor, [freed], floor.seats[input.agent].groups, env)
        case i.Take():
            return take(floor, input, env)
        case i.RulesChanged():
            return and_match(floor, _unstaffed(floor, floor.queues, env), floor.queues, env)
        case _:
            assert_never(input)


def wake_at(floor: Floor, rules: DispatchRules) -> None:
    """The floor waits for nothing: each conversation minds its own wait (`conversation/waiting.py`)."""


def and_match(floor: Floor, events: Events, groups: Iterable[str], env: Rules) -> Events:
    """`events`, and the matches that they make possible in the queues of `groups`."""
    for event in events:
        floor = evolve(floor, event)
    return [*events, *match(floor, groups, env)]


def seat_set(floor: Floor, input: i.SeatSet, env: Rules) -> Events:
    old = floor.seats.get(input.agent)
    changed = e.SeatChanged(
        at=env.now,
        agent=input.agent,
        groups=input.groups,
        min=input.min,
        max=input.max,
        ready=input.ready,
        on_duty=input.on_duty,
    )
    after = evolve(floor, changed)
    groups = input.groups | (old.groups if old else frozenset())
    return and_match(floor, [changed, *_unstaffed(after, groups, env)], input.groups, env)


def _unstaffed(floor: Floor, groups: Iterable[str], env: Rules) -> Events:
    """Whoever waits in a group that the last agent has left is sent on, not forgotten."""
    return [
        e.TurnedAway(at=env.now, conversation=conversation, group=g, reason="nobody")
        for g in sorted(groups)
        if not _keeps(floor, g, env)
        for _, _, conversation in floor.queues.get(g, Line())
    ]


def _keeps(floor: Floor, group: str, env: Rules) -> bool:
    """Whether people may wait in this group now: someone is on duty, or the group lets them wait all the same."""
    rule = env.settings.groups.get(group)
    return rule is not None and (rule.when_nobody == "wait" or floor.on_duty.get(group, 0) > 0)


def visitor_waiting(floor: Floor, input: i.VisitorWaiting, env: Rules) -> Events:
    if input.conversation in floor.waiting:
        return []
    waiting = Waiting(
        conversation=input.conversation,
        group=input.group,
        since=input.since,
        priority=input.priority,
        last_agent=input.last_agent,
        excluded=input.excluded,
    )
    joined = e.Joined(at=env.now, waiting=waiting)
    if input.only:
        return [joined, _handed(floor, waiting, input.only, env)]
    if input.excluded and not any(_can_help(s, waiting) for s in floor.seats.values()):
        raise Refused(ErrorCode.GROUP_UNSTAFFED, group=input.group)
    if not _keeps(floor, input.group, env):
        return [_turned_away(waiting, "nobody", env)]
    events = and_match(floor, [joined], [input.group], env)
    if len(events) > 1:
        return events
    limit = env.settings.groups[input.group].queue_limit
    if limit and len(floor.queues.get(input.group, Line())) >= limit:
        return [_turned_away(waiting, "full", env)]
    ahead = evolve(floor, joined).ahead(input.conversation)
    return [joined, e.Placed(at=env.now, conversation=input.conversation, ahead=ahead)]


def _turned_away(waiting: Waiting, reason: Literal["full", "nobody"], env: Rules) -> e.TurnedAway:
    return e.TurnedAway(at=env.now, conversation=waiting.conversation, group=waiting.group, reason=reason)


def visitor_gone(floor: Floor, conversation: str, env: Rules) -> Events:
    """Out of the queue, or out of an open offer, which frees the seat that was held."""
    if waiting := floor.waiting.get(conversation):
        return [e.Left(at=env.now, conversation=conversation, group=waiting.group)]
    if offer := floor.offers.get(conversation):
        return _ended(floor, conversation, offer, waits=False, env=env)
    return []


def offer_answered(floor: Floor, input: i.OfferAnswered, env: Rules) -> Events:
    """Accepted: the agent serves. Missed or declined: the next one is asked."""
    offer = floor.offers.get(input.conversation)
    if offer is None or offer.agent != input.agent:
        raise Refused(ErrorCode.OFFER_OVER)
    if not input.accepted:
        return _ended(floor, input.conversation, offer, waits=True, env=env)
    return [
        e.OfferAccepted(at=env.now, conversation=input.conversation, agent=input.agent, day=env.settings.day)
    ]


def _ended(floor: Floor, conversation: str, offer: Offer, waits: bool, env: Rules) -> Events:
    ended = e.OfferEnded(
        at=env.now, conversation=conversation, group=offer.waiting.group, agent=offer.agent, waits=waits
    )
    after = evolve(floor, ended)
    if waits and not _keeps(after, offer.waiting.group, env):
        return [ended, _turned_away(offer.waiting, "nobody", env)]
    groups = {offer.waiting.group, *floor.seats[offer.agent].groups}
    events = and_match(floor, [ended], groups, env)
    if conversation in after.waiting and not any(getattr(x, "conversation", "") == conversation for x in events[1:]):
        events.append(e.Placed(at=env.now, conversation=conversation, ahead=after.ahead(conversation)))
    return events


def _can_help(seat: Seat, waiting: Waiting) -> bool:
    return seat.on_duty and waiting.group in seat.groups and seat.agent != waiting.excluded


def _handed(floor: Floor, waiting: Waiting, to: str, env: Rules) -> e.Matched:
    """转接给座席: the colleague must be there and below the cap; the status and the group do not matter."""
    seat = floor.seats.get(to)
    if seat is None or not seat.on_duty or to == waiting.excluded:
        raise Refused(ErrorCode.SEAT_NOT_ELIGIBLE)
    if seat.load >= seat.max:
        raise Refused(ErrorCode.SEAT_FULL, max=seat.max)
    return _by_hand("transferred", waiting, seat, env)


def take(floor: Floor, input: i.Take, env: Rules) -> Events:
    """By hand: the status does not matter, the group and the hard cap do."""
    waiting, seat = floor.waiting.get(input.conversation), floor.seats.get(input.agent)
    if waiting is None:
        raise Refused(ErrorCode.NOT_WAITING)
    if seat is None or waiting.group not in seat.groups:
        raise Refused(ErrorCode.SEAT_NOT_ELIGIBLE)
    if seat.load >= seat.max:
        raise Refused(ErrorCode.SEAT_FULL, max=seat.max)
    return [_by_hand("taken", waiting, seat, env)]


def _by_hand(rule: Literal["taken", "transferred"], waiting: Waiting, seat: Seat, env: Rules) -> e.Matched:
    """A match that a person decided."""
    group = env.settings.groups.get(waiting.group) or Group(id=waiting.group, name=waiting.group)
    reason = e.Reason(
        rule=rule, strategy=group.strategy, below_min=False, eligible=1, ranked=(seat.agent,), rejected={}
    )
    return e.Matched(
        at=env.now,
        conversation=waiting.conversation,
        group=waiting.group,
        agent=seat.agent,
        day=env.settings.day,
        reason=reason,
    )
