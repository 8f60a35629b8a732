"""Who comes first, and why: the order of the eligible seats, and what each assignment carries to explain itself."""

from collections import Counter
from heapq import nsmallest
from typing import Literal

from chatserver.dispatch.eligibility import handed_over, unfit, unsuited
from chatserver.dispatch.events import Reason
from chatserver.dispatch.model import Floor, Seat, Strategy, Waiting
from chatserver.dispatch.settings import DispatchRules, Group
from chatserver.dispatch.strategies import STRATEGIES
from chatserver.kernel.machine import Env

NAMED = 100
"""Seats of a group up to which a reason names every one: it bounds the log and the time (ADR 0016)."""

FIRST = 5
"""How many of the eligible seats of a larger group are named."""


def reason(
    floor: Floor,
    w: Waiting,
    seats: list[Seat],
    env: Env[DispatchRules],
    rule: Literal["taken", "transferred"] | None = None,
    named: int = NAMED,
) -> Reason:
    """Why this visitor goes to the first of `ranked`, of these open `seats` of the group; or, when a person decided by
    `rule`, to whom the floor would have given. Nobody is ranked when there is nobody to choose from."""
    group = env.settings.group(w.group)
    whole = len(floor.members.get(w.group, ())) <= named
    eligible = [s for s in seats if not handed_over(s, w, floor)] if w.excluded else seats
    ranked = rank(eligible, w, group, env.settings.window, named if whole else FIRST)
    best = ranked[0] if ranked else None
    return Reason(
        rule=rule or ("returning" if best and _returns(best, w, group) else "strategy"),
        strategy=group.strategy,
        below_min=best is not None and best.load < best.min,
        eligible=len(eligible),
        ranked=tuple(s.agent for s in ranked),
        rejected=_rejected(floor, w) if whole else {},
        causes={} if whole else _causes(floor, w, len(eligible)),
        missed=tuple(a for a in w.missed if any(s.agent == a for s in eligible)),
        priority=w.priority,
        vip=w.vip,
    )


def rank(seats: list[Seat], w: Waiting, group: Group, window: str, limit: int = NAMED) -> list[Seat]:
    """The best `limit` seats, best first.

    Whoever missed an offer is asked again only after all others, and the last one last. 最小会话数: whoever is below
    the own minimum comes before all others. 会话续接: then who served a moment ago. Then the group's strategy decides.
    """
    first, second = STRATEGIES[group.strategy], STRATEGIES[group.secondary]
    returning = group.strategy is Strategy.RETURNING_FIRST

    def chosen(s: Seat) -> tuple[object, ...]:
        return (first(s, w, window)[0], second(s, w, window)) if returning else first(s, w, window)

    def key(s: Seat) -> tuple[object, ...]:
        missed = w.missed.index(s.agent) + 1 if s.agent in w.missed else 0
        return (missed, s.load >= s.min, s.agent != w.prefers, chosen(s))

    # Nearly everybody: the same order, with less to compare.
    plain = not w.missed and not w.prefers and not any(s.load < s.min for s in seats)
    return nsmallest(limit, seats, key=chosen if plain else key)


def _returns(best: Seat, w: Waiting, group: Group) -> bool:
    to_last = group.strategy is Strategy.RETURNING_FIRST and best.agent == w.last_agent
    return best.agent == w.prefers or to_last


def _rejected(floor: Floor, w: Waiting) -> dict[str, str]:
    """agent -> why not, for the group's seats that are not eligible."""
    seats = (floor.seats[agent] for agent in sorted(floor.members.get(w.group, ())))
    return {s.agent: why for s in seats if (why := unfit(s, w, floor))}


def _causes(floor: Floor, w: Waiting, eligible: int) -> dict[str, int]:
    """cause -> how many, for the same seats. Who is shut is counted already: only the free ones are looked at, and they
    only when not all of them are eligible."""
    counts, free = Counter(floor.shut.get(w.group, {})), floor.free.get(w.group, frozenset())
    if len(free) > eligible:
        counts.update(why for agent in free if (why := unsuited(floor.seats[agent], w, floor)))
    return {why: n for why, n in sorted(counts.items()) if n}
