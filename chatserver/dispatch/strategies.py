"""The seven strategies: each is a key, and the seat with the smallest key serves. Ties go to the smaller agent id.

Idle is who has no conversation: the two strategies of idle time take turns among those who have one, else all who come
at a time would go to the same agent. An eighth strategy is one more line in `STRATEGIES`.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from chatserver.dispatch.model import Seat, Strategy, Waiting

Key = Callable[[Seat, Waiting, str], tuple[object, ...]]
"""(seat, waiting, counting window) -> what to compare."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""An agent who has not served yet has been idle the longest."""


def served_in(seat: Seat, window: str) -> int:
    """Conversations served in the window, however they began."""
    return seat.served if seat.counted_in == window else 0


def inbound_in(seat: Seat, window: str) -> int:
    """Conversations in the window that came from a queue: not those that a colleague handed over."""
    return seat.inbound if seat.counted_in == window else 0


def busy_turn(seat: Seat) -> int:
    """0 for who has no conversation; else the turn of the last one."""
    return seat.turn if seat.load else 0


STRATEGIES: dict[Strategy, Key] = {
    Strategy.RETURNING_FIRST: lambda s, w, window: (s.agent != w.last_agent, s.agent),
    Strategy.ROUND_ROBIN: lambda s, w, window: (s.turn, s.agent),
    Strategy.LEAST_ASSIGNED: lambda s, w, window: (served_in(s, window), s.agent),
    Strategy.LEAST_INBOUND: lambda s, w, window: (inbound_in(s, window), s.agent),
    Strategy.LONGEST_IDLE: lambda s, w, window: (busy_turn(s), s.idle_since or NEVER, s.agent),
    Strategy.LONGEST_READY: lambda s, w, window: (busy_turn(s), s.ready_since or NEVER, s.agent),
    Strategy.LEAST_LOADED: lambda s, w, window: (s.load / s.max, s.load, s.agent),
}
