"""Floor 现场: the seats of all agents and everybody who waits, for one workspace.

It is one state because agents belong to several groups and share one capacity over all channels; it is never
stored whole: seats are kept one by one, and who waits is known from the open conversations (`hub/memory.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from chatserver.kernel.persistent import Line, Shards


class Strategy(StrEnum):
    """分配策略: how the best of several eligible seats is chosen."""

    RETURNING_FIRST = "returning_first"  # 回头客优先
    ROUND_ROBIN = "round_robin"  # 轮流分配
    LEAST_ASSIGNED = "least_assigned"  # 最小次数优先
    LEAST_INBOUND = "least_inbound"  # 最小呼入次数优先
    LONGEST_IDLE = "longest_idle"  # 最长空闲时间优先
    LONGEST_READY = "longest_ready"  # 最长空闲状态优先
    LEAST_LOADED = "least_loaded"  # 饱和度优先


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """席位: an agent's place on the floor.

    `ready`: takes new conversations now; `on_duty`: signed in at all. `load` counts the conversations served
    now. `turn` is the number of the floor's match that gave the last one (0: none yet). `served` and `inbound`
    count since the beginning of `day` (local, ISO). `idle_since`: when the last conversation ended;
    `ready_since`: when the present ready status began. `revision` counts the changes of this seat.
    """

    agent: str
    revision: int = 0
    groups: frozenset[str] = frozenset()
    min: int = 0
    max: int = 1
    ready: bool = False
    on_duty: bool = False
    load: int = 0
    turn: int = 0
    day: str = ""
    served: int = 0
    inbound: int = 0
    idle_since: datetime | None = None
    ready_since: datetime | None = None

    @property
    def free(self) -> bool:
        return self.ready and self.load < self.max


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """待接入: `agent` is asked whether to serve. The seat is held, the place in the queue is not lost."""

    agent: str
    waiting: "Waiting"


Order = tuple[int, datetime, str]
"""(-priority, since, conversation): who comes first in a queue."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """排队: someone who waits for an agent of `group`; the place counts from `since`. `excluded`: who handed over;
    `passed`: who missed the last offer, and is asked again only when nobody else is left."""

    conversation: str
    group: str
    since: datetime
    priority: int = 0
    last_agent: str | None = None
    excluded: str | None = None
    passed: str | None = None

    @property
    def order(self) -> Order:
        return (-self.priority, self.since, self.conversation)


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """The state that `evolve` folds. `free` and `on_duty` are indexes by group, kept true by `evolve`; `serving` says
    by agent which conversations make up the load, offered ones included; `offers` those by conversation.

    `matches` counts all matches ever made: the clock of round robin.
    """

    version: int = 0
    matches: int = 0
    seats: Shards[Seat] = msgspec.field(default_factory=Shards)
    waiting: Shards[Waiting] = msgspec.field(default_factory=Shards)
    queues: Mapping[str, Line[Order]] = msgspec.field(default_factory=dict)
    free: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
    on_duty: Mapping[str, int] = msgspec.field(default_factory=dict)
    offers: Shards[Offer] = msgspec.field(default_factory=Shards)
    serving: Shards[frozenset[str]] = msgspec.field(default_factory=Shards)

    def ahead(self, conversation: str) -> int:
        """How many are served before this one of its queue."""
        w = self.waiting[conversation]
        return self.queues[w.group].rank(w.order)
