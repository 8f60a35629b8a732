"""`match`: every assignment that is possible now. The only place of the product that picks an agent."""

from collections.abc import Iterable, Iterator
from heapq import merge, nsmallest

from chatserver.dispatch.eligibility import unfit
from chatserver.dispatch.events import Matched, Offered, Reason
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.model import Floor, Order, Seat, Strategy, Waiting
from chatserver.dispatch.settings import DispatchRules, Group
from chatserver.dispatch.strategies import STRATEGIES
from chatserver.kernel.machine import Env
from chatserver.kernel.persistent import Line

EXPLAINED = 50
"""Seats of a group up to which a match says why each of the others was not eligible; it bounds the log."""

RANKED = 5
"""How many of the eligible seats a match names in their order."""


def match_all(floor: Floor, env: Env[DispatchRules]) -> list[Matched | Offered]:
    """Every assignment possible on the whole floor, the best-placed visitor first."""
    return match(floor, floor.queues, env)


def match(floor: Floor, groups: Iterable[str], env: Env[DispatchRules]) -> list[Matched | Offered]:
    """The same for the queues of `groups` only: equal to `match_all` when nothing else has changed."""
    found: list[Matched | Offered] = []
    among = sorted(g for g in groups if len(floor.queues.get(g, Line())) and floor.free.get(g))
    for waiting in _in_order(floor, among):
        if not any(floor.free.get(g) for g in among):
            break
        if matched := _seat_for(floor, waiting, env):
            found.append(matched)
            floor = evolve(floor, matched)
    return found


def _in_order(floor: Floor, groups: list[str]) -> Iterator[Waiting]:
    """Those who wait in these queues, as they were before the first match, best-placed first."""
    queues: list[Line[Order]] = [floor.queues[g] for g in groups]
    waiting = floor.waiting
    return (waiting[conversation] for _, _, conversation in merge(*queues))


def _seat_for(floor: Floor, w: Waiting, env: Env[DispatchRules]) -> Matched | Offered | None:
    eligible = [s for s in (floor.seats[a] for a in floor.free.get(w.group, ())) if unfit(s, w) is None]
    if not eligible:
        return None
    # Whoever missed the last offer is asked again only when nobody else is left.
    eligible = [s for s in eligible if s.agent != w.passed] or eligible
    # 最小会话数: while someone is below the own minimum, only such seats are candidates.
    below = [s for s in eligible if s.load < s.min]
    group = env.settings.groups.get(w.group) or Group(id=w.group, name=w.group)
    ranked = rank(below or eligible, w, group, env.settings.day)
    returns = group.strategy is Strategy.RETURNING_FIRST and ranked[0].agent == w.last_agent
    reason = Reason(
        rule="returning" if returns else "strategy",
        strategy=group.strategy,
        below_min=bool(below),
        eligible=len(eligible),
        ranked=tuple(s.agent for s in ranked),
        rejected=rejected(floor, w),
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
    """agent -> why not, for the group's seats that are not eligible; empty on a floor too large to explain."""
    if len(floor.seats) > EXPLAINED:
        return {}
    members = (s for s in floor.seats.values() if w.group in s.groups)
    return {s.agent: why for s in sorted(members, key=lambda s: s.agent) if (why := unfit(s, w))}
