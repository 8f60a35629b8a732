"""The seven strategies: each is a key, and the seat with the smallest key serves. Ties go to the smaller agent id.

An eighth strategy is one more line in `STRATEGIES`.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from chatserver.dispatch.model import Seat, Strategy, Waiting

Key = Callable[[Seat, Waiting, str], tuple[object, ...]]
"""(seat, waiting, local date) -> what to compare."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""An agent who has not served yet has been idle the longest."""


def served_on(seat: Seat, day: str) -> int:
    """Conversations served since local midnight, however they began."""
    return seat.served if seat.day == day else 0


def inbound_on(seat: Seat, day: str) -> int:
    """Conversations since local midnight that a visitor began."""
    return seat.inbound if seat.day == day else 0


STRATEGIES: dict[Strategy, Key] = {
    Strategy.RETURNING_FIRST: lambda s, w, day: (s.agent != w.last_agent, s.agent),
    Strategy.ROUND_ROBIN: lambda s, w, day: (s.turn, s.agent),
    Strategy.LEAST_ASSIGNED: lambda s, w, day: (served_on(s, day), s.agent),
    Strategy.LEAST_INBOUND: lambda s, w, day: (inbound_on(s, day), s.agent),
    Strategy.LONGEST_IDLE: lambda s, w, day: (s.idle_since or NEVER, s.agent),
    Strategy.LONGEST_READY: lambda s, w, day: (s.ready_since or NEVER, s.agent),
    Strategy.LEAST_LOADED: lambda s, w, day: (s.load / s.max, s.load, s.agent),
}
