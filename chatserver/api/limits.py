"""How much one connection or one address may ask for: token buckets, bounded in number themselves."""

from collections import OrderedDict

import msgspec

from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused

KEYS = 50_000
"""Buckets of one kind; beyond it the one unused for longest is forgotten (it would be full again anyway)."""


class Rate(msgspec.Struct, frozen=True):
    """`burst` at once, refilled at `per_second`."""

    burst: float
    per_second: float


MESSAGES = Rate(burst=20, per_second=4)
"""Durable inputs of one visitor's connection: nobody types faster for long."""

AGENT_INPUTS = Rate(burst=100, per_second=30)
"""An agent with many conversations open: reads, history pages, replies."""

SIGNALS = Rate(burst=20, per_second=5)
"""Typing and the like, which cost no commit."""

PACKETS = Rate(burst=400, per_second=100)
"""Packets of one connection, refused ones too: more than any person or page has to say."""

CONNECTS = Rate(burst=60, per_second=5)
"""New connections of one address: an office behind one NAT, and no more."""

LOGINS_BY_ADDRESS = Rate(burst=20, per_second=0.2)
LOGINS_BY_ACCOUNT = Rate(burst=5, per_second=0.1)
"""Guessing a password: no person types wrong ones faster. Right ones are not counted: an office comes in together."""

UPLOADS = Rate(burst=20, per_second=0.5)
"""Files of one person: a handful of pictures at once, then one every two seconds."""

UPLOADS_BY_ADDRESS = Rate(burst=60, per_second=1)
"""Files of all visitors at one address: a token that says who one is costs nothing, an address does."""

REQUESTS = Rate(burst=100, per_second=20)
"""Plain HTTP requests of one address to the API."""


class Buckets:
    """Token buckets by key."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Raises `Refused(rate_limited)` with `wait`, the seconds until the next is allowed."""
        now = self._clock.now().timestamp()
        level, at = self._levels.get(key, (self._rate.burst, now))
        level = min(self._rate.burst, level + max(0.0, now - at) * self._rate.per_second)
        if level < 1:
            raise Refused(ErrorCode.RATE_LIMITED, wait=round((1 - level) / self._rate.per_second, 1))
        self._levels[key] = (level - 1, now)
        self._levels.move_to_end(key)
        if len(self._levels) > KEYS:
            self._levels.popitem(last=False)

    def give_back(self, key: str) -> None:
        """What was taken turned out to be no guess."""
        if held := self._levels.get(key):
            level, at = held
            self._levels[key] = (min(self._rate.burst, level + 1), at)


class Places:
    """How many connections an address has open."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[str, int] = {}

    def look(self, key: str) -> None:
        """Raises `Refused(rate_limited)` when there is no place left."""
        if self._open.get(key, 0) >= self._limit:
            raise Refused(ErrorCode.RATE_LIMITED, wait=30)

    def enter(self, key: str) -> None:
        self.look(key)
        self._open[key] = self._open.get(key, 0) + 1

    def leave(self, key: str) -> None:
        left = self._open.get(key, 0) - 1
        if left > 0:
            self._open[key] = left
        else:
            self._open.pop(key, None)
