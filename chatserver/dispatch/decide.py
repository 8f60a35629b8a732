"""Who serves whom, after every change of the floor. Pure; nobody else ever picks an agent."""

from collections.abc import Iterable
from typing import assert_never

from chatserver.dispatch import events as e
from chatserver.dispatch import inputs as i
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.match import match
from chatserver.dispatch.model import Floor, Strategy, Waiting
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
            waiting = floor.waiting.get(input.conversation)
            return [e.Left(at=env.now, conversation=input.conversation, group=waiting.group)] if waiting else []
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
    if not _keeps(floor, input.group, env):
        return [e.TurnedAway(at=env.now, conversation=input.conversation, group=input.group, reason="nobody")]
    waiting = Waiting(
        conversation=input.conversation,
        group=input.group,
        since=input.since,
        priority=input.priority,
        last_agent=input.last_agent,
    )
    events = and_match(floor, [e.Joined(at=env.now, waiting=waiting)], [input.group], env)
    if len(events) > 1:
        return events
    limit = env.settings.groups[input.group].queue_limit
    if limit and len(floor.queues.get(input.group, Line())) >= limit:
        return [e.TurnedAway(at=env.now, conversation=input.conversation, group=input.group, reason="full")]
    joined = evolve(floor, events[0])
    return [*events, e.Placed(at=env.now, conversation=input.conversation, ahead=joined.ahead(input.conversation))]


def take(floor: Floor, input: i.Take, env: Rules) -> Events:
    """By hand: the status does not matter, the group and the hard cap do."""
    waiting, seat = floor.waiting.get(input.conversation), floor.seats.get(input.agent)
    if waiting is None:
        raise Refused(ErrorCode.NOT_WAITING)
    if seat is None or waiting.group not in seat.groups:
        raise Refused(ErrorCode.SEAT_NOT_ELIGIBLE)
    if seat.load >= seat.max:
        raise Refused(ErrorCode.SEAT_FULL, max=seat.max)
    group = env.settings.groups.get(waiting.group) or Group(id=waiting.group, name=waiting.group)
    reason = e.Reason(
        rule="taken", strategy=Strategy(group.strategy), below_min=False, eligible=1, ranked=(seat.agent,), rejected={}
    )
    return [
        e.Matched(
            at=env.now,
            conversation=input.conversation,
            group=waiting.group,
            agent=input.agent,
            day=env.settings.day,
            reason=reason,
        )
    ]
