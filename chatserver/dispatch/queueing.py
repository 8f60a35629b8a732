"""Who may wait in which queue, and where those go whom a queue does not keep. Pure."""

from collections.abc import Iterable

from msgspec.structs import replace

from chatserver.dispatch import events as e
from chatserver.dispatch import inputs as i
from chatserver.dispatch.by_hand import handed
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.match import and_match
from chatserver.dispatch.model import Floor, Seat, Waiting
from chatserver.dispatch.settings import DispatchRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

Rules = Env[DispatchRules]
Events = list[e.AnyEvent]


def visitor_waiting(floor: Floor, input: i.VisitorWaiting, env: Rules) -> Events:
    if input.conversation in floor.waiting:
        return []
    waiting = _place(input)
    joined = e.Joined(at=env.now, waiting=waiting)
    if input.only:
        return [joined, handed(floor, waiting, input.only, env, taken_over=input.taken_over)]
    if input.excluded and not any(_can_help(s, waiting) for s in floor.seats.values()):
        raise Refused(ErrorCode.GROUP_UNSTAFFED, group=input.group)
    if not keeps(floor, input.group, env):
        return sent_on(floor, waiting, "nobody", env)
    events = and_match(floor, [joined], [input.group], env, tell=[input.conversation])
    # The limit is for those who come anew: whoever was served before has a place already.
    if isinstance(events[-1], e.Placed) and input.since >= env.now and not has_room(floor, input.group, env):
        return sent_on(floor, waiting, "full", env)
    return events


def waited_long(floor: Floor, conversation: str, env: Rules) -> Events:
    """溢出等待时长: on to the overflow group if it can keep them; else the place here is the better one."""
    waiting = floor.waiting.get(conversation)
    moved = overflowed(floor, waiting, env) if waiting else None
    return and_match(floor, [moved], [moved.waiting.group], env, tell=[conversation]) if moved else []


def visitor_gone(floor: Floor, conversation: str, env: Rules) -> Events:
    """Out of the queue; fine if they were not in it."""
    waiting = floor.waiting.get(conversation)
    return [e.Left(at=env.now, conversation=conversation, group=waiting.group)] if waiting else []


def unstaffed(floor: Floor, groups: Iterable[str], env: Rules) -> list[e.TurnedAway | e.Overflowed]:
    """Whoever waits in a group that the last agent has left is sent on, not forgotten."""
    gone: list[e.TurnedAway | e.Overflowed] = []
    for group in sorted(groups):
        if keeps(floor, group, env):
            continue
        for _, _, conversation in floor.queue(group):
            waiting = floor.waiting[conversation]
            gone.append(overflowed(floor, waiting, env) or turned_away(waiting, "nobody", env))
            floor = evolve(floor, gone[-1])
    return gone


def settled(
    floor: Floor, events: Events, gone: list[e.TurnedAway | e.Overflowed], groups: Iterable[str], env: Rules
) -> Events:
    """`events`, those who had to go, and the matches that both make possible in `groups` and where they went."""
    moved = [x for x in gone if isinstance(x, e.Overflowed)]
    reached = {*groups, *(x.waiting.group for x in moved)}
    return and_match(floor, [*events, *gone], reached, env, tell=[x.conversation for x in moved])


def sent_on(floor: Floor, waiting: Waiting, reason: e.NotKept, env: Rules) -> Events:
    """To the overflow group, or back to where they came from."""
    moved = overflowed(floor, waiting, env)
    return settled(floor, [], [moved or turned_away(waiting, reason, env)], (), env)


def overflowed(floor: Floor, waiting: Waiting, env: Rules) -> e.Overflowed | None:
    """Once in a wait, so that nobody is sent to and fro; only to a group that keeps them."""
    group = env.settings.groups.get(waiting.group)
    to = group.overflow if group else ""
    if not to or waiting.overflowed or not keeps(floor, to, env) or not has_room(floor, to, env):
        return None
    moved = replace(waiting, group=to, missed=(), overflowed=True)
    return e.Overflowed(at=env.now, conversation=waiting.conversation, group=waiting.group, waiting=moved)


def turned_away(waiting: Waiting, reason: e.NotKept, env: Rules) -> e.TurnedAway:
    return e.TurnedAway(at=env.now, conversation=waiting.conversation, group=waiting.group, reason=reason)


def keeps(floor: Floor, group: str, env: Rules) -> bool:
    """Whether people may wait in this group now: someone is on duty, or the group lets them wait all the same."""
    rule = env.settings.groups.get(group)
    return rule is not None and (rule.when_nobody == "wait" or floor.on_duty(group) > 0)


def has_room(floor: Floor, group: str, env: Rules) -> bool:
    limit = env.settings.groups[group].queue_limit
    return not limit or len(floor.queue(group)) < limit


def _can_help(seat: Seat, waiting: Waiting) -> bool:
    return seat.on_duty and waiting.group in seat.groups and seat.agent != waiting.excluded


def _place(input: i.VisitorWaiting) -> Waiting:
    return Waiting(
        conversation=input.conversation,
        group=input.group,
        since=input.since,
        channel=input.channel,
        priority=input.priority,
        vip=input.vip,
        last_agent=input.last_agent,
        excluded=input.excluded,
        overflowed=input.overflowed,
        prefers=input.prefers,
    )
