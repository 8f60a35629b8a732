"""`match`: every assignment that is possible now. The only place of the product that picks an agent."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heapreplace, nsmallest

from chatserver.dispatch.eligibility import full_of, takes, unfit
from chatserver.dispatch.events import AnyEvent, Matched, Offered, Placed, Reason
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.model import Floor, Order, Seat, Strategy, Waiting
from chatserver.dispatch.settings import DispatchRules, Group
from chatserver.dispatch.strategies import STRATEGIES
from chatserver.kernel.machine import Env

EXPLAINED = 100
"""Seats of a group up to which a match says of each how it ranked, or why it was not eligible; it bounds the log."""

RANKED = 5
"""How many of the eligible seats a match names in the order of a larger group."""


def match_all(floor: Floor, env: Env[DispatchRules]) -> list[Matched | Offered]:
    """Every assignment possible on the whole floor, the best-placed visitor first."""
    return match(floor, floor.queues, env)


def match(floor: Floor, groups: Iterable[str], env: Env[DispatchRules]) -> list[Matched | Offered]:
    """The same for the queues of `groups` only: equal to `match_all` when nothing else has changed."""
    found: list[Matched | Offered] = []
    heads = _heads(floor, groups)
    while heads:
        order, rest = heads[0]
        waiting = floor.waiting[order[2]]
        seats = _open_seats(floor, waiting)
        if seats and (matched := _seat_for(floor, waiting, seats, env)):
            found.append(matched)
            floor = evolve(floor, matched)
        # Seats only fill up while matching: where none is left for the first of a line, none is left for the others.
        following = next(rest, None) if seats else None
        if following is None:
            heappop(heads)
        else:
            heapreplace(heads, (following, rest))
    return found


def and_match(
    floor: Floor, events: Iterable[AnyEvent], groups: Iterable[str], env: Env[DispatchRules], tell: Sequence[str] = ()
) -> list[AnyEvent]:
    """`events`, the matches that they make possible in the queues of `groups`, and the place of whoever of `tell` still
    waits after them."""
    done = list(events)
    for event in done:
        floor = evolve(floor, event)
    matches = match(floor, groups, env)
    if tell:
        for found in matches:
            floor = evolve(floor, found)
    waiting = (c for c in tell if c in floor.waiting)
    return [*done, *matches, *(Placed(at=env.now, conversation=c, ahead=floor.ahead(c)) for c in waiting)]


def _heads(floor: Floor, groups: Iterable[str]) -> list[tuple[Order, Iterator[Order]]]:
    """A heap of the lines in these groups' queues: who is first in each, and the others behind."""
    lines = [line for g in groups if floor.free.get(g) for line in floor.queue(g).lines.values()]
    rests = [iter(line) for line in lines if len(line)]
    heads = [(next(rest), rest) for rest in rests]
    heapify(heads)
    return heads


def _open_seats(floor: Floor, w: Waiting) -> list[Seat]:
    """The seats that take visitors of this group and channel now: of the free ones, what `unfit` has left to ask."""
    seats = (floor.seats[agent] for agent in floor.free.get(w.group, ()))
    return [s for s in seats if s.on_duty and takes(s, w.channel) and not full_of(s, w.channel, floor)]


def _seat_for(floor: Floor, w: Waiting, seats: list[Seat], env: Env[DispatchRules]) -> Matched | Offered | None:
    eligible = [s for s in seats if s.agent != w.excluded]
    if not eligible:
        return None
    # Whoever missed the last offer is asked again only when nobody else is left.
    eligible = [s for s in eligible if s.agent != w.passed] or eligible
    # 最小会话数: while someone is below the own minimum, only such seats are candidates.
    below = [s for s in eligible if s.load < s.min]
    group = env.settings.groups.get(w.group) or Group(id=w.group, name=w.group)
    candidates = below or eligible
    # 会话续接: to whoever served a moment ago, whatever the strategy.
    again = [s for s in candidates if s.agent == w.prefers]
    limit = EXPLAINED if len(floor.members.get(w.group, ())) <= EXPLAINED else RANKED
    ranked = rank(again or candidates, w, group, env.settings.day, limit)
    returns = bool(again) or (group.strategy is Strategy.RETURNING_FIRST and ranked[0].agent == w.last_agent)
    reason = Reason(
        rule="returning" if returns else "strategy",
        strategy=group.strategy,
        below_min=bool(below),
        eligible=len(eligible),
        ranked=tuple(s.agent for s in ranked),
        rejected=rejected(floor, w),
        priority=w.priority,
        vip=w.vip,
    )
    return _given(w, ranked[0].agent, group.offer_for, reason, env)


def _given(w: Waiting, agent: str, seconds: int, reason: Reason, env: Env[DispatchRules]) -> Matched | Offered:
    """Assigned at once, or asked first, as the group wishes."""
    to = {"conversation": w.conversation, "group": w.group, "agent": agent}
    if seconds:
        return Offered(at=env.now, **to, seconds=seconds, reason=reason)
    return Matched(at=env.now, **to, day=env.settings.day, reason=reason)


def rank(seats: list[Seat], w: Waiting, group: Group, day: str, limit: int = RANKED) -> list[Seat]:
    """The best `limit` seats, best first, by the group's strategy."""
    key = STRATEGIES[group.strategy]
    if group.strategy is not Strategy.RETURNING_FIRST:
        return nsmallest(limit, seats, key=lambda s: key(s, w, day))
    second = STRATEGIES[group.secondary]
    return nsmallest(limit, seats, key=lambda s: (key(s, w, day)[0], second(s, w, day)))


def rejected(floor: Floor, w: Waiting) -> dict[str, str]:
    """agent -> why not, for the group's seats that are not eligible; empty for a group too large to explain."""
    members = floor.members.get(w.group, frozenset())
    if len(members) > EXPLAINED:
        return {}
    seats = (floor.seats[agent] for agent in sorted(members))
    return {s.agent: why for s in seats if (why := unfit(s, w, floor))}
