"""`match`: every assignment that is possible now. The only place of the product that picks an agent."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heapreplace

from chatserver.dispatch.eligibility import open_seats
from chatserver.dispatch.events import AnyEvent, Matched, Offered, Placed, Reason
from chatserver.dispatch.evolve import evolve
from chatserver.dispatch.model import Floor, Order, Waiting
from chatserver.dispatch.reason import reason
from chatserver.dispatch.settings import DispatchRules
from chatserver.kernel.machine import Env


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
        seats = open_seats(floor, waiting)
        why = reason(floor, waiting, seats, env) if seats else None
        if why and why.ranked:
            found.append(matched := _given(waiting, why, env))
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


def _given(w: Waiting, why: Reason, env: Env[DispatchRules]) -> Matched | Offered:
    """The best gets it at once, or is asked first, as the group wishes."""
    to = {"conversation": w.conversation, "group": w.group, "agent": why.ranked[0]}
    if seconds := env.settings.group(w.group).offer_for:
        return Offered(at=env.now, **to, seconds=seconds, reason=why)
    return Matched(at=env.now, **to, window=env.settings.window, reason=why)
