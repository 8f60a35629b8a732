"""Floor 现场: the seats of all agents and everybody who waits, for one workspace.

It is one state because agents belong to several groups and share one capacity over all channels; it is never
stored whole: seats are kept one by one, and who waits is known from the open conversations (`hub/memory.py`).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from heapq import merge

import msgspec
from msgspec.structs import replace

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

    `ready`: takes new conversations now; `on_duty`: signed in at all; `present`: has a console open, or had one until a
    moment ago, whatever the status. `channels`: the kinds of conversations that are
    given automatically (None: all); `channel_max` bounds those of one channel. `load` counts the conversations served
    now. `turn` is the number of the floor's match that gave the last one (0: none yet). In the window `counted_in`
    (`window.py`) `served` counts all conversations, `inbound` those that came from a queue. `idle_since`: when the last
    conversation ended; `ready_since`: when the present ready status began. `revision` counts the changes of this seat.
    """

    agent: str
    revision: int = 0
    groups: frozenset[str] = frozenset()
    min: int = 0
    max: int = 1
    channels: frozenset[str] | None = None
    channel_max: Mapping[str, int] = {}
    ready: bool = False
    on_duty: bool = False
    present: bool = True
    load: int = 0
    turn: int = 0
    counted_in: str = msgspec.field(default="", name="day")
    served: int = 0
    inbound: int = 0
    idle_since: datetime | None = None
    ready_since: datetime | None = None

    @property
    def shut(self) -> str | None:
        """Why no visitor at all is given to this seat automatically; None while it is free."""
        if not self.on_duty:
            return "off_duty"
        if not self.ready:
            return "not_ready"
        return "full" if self.load >= self.max else None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """待接入: `agent` is asked whether to serve. The seat is held, the place in the queue is not lost."""

    agent: str
    waiting: "Waiting"


Order = tuple[int, datetime, str]
"""(-priority, since, conversation): who comes first in a queue."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """排队: someone who waits for an agent of `group`; the place counts from `since`. `priority` holds what `vip` adds.
    `excluded`: who handed over; `missed`: who missed offers, the last one last: they are asked after all others;
    `overflowed`: comes from a group that could not keep them; `prefers`: who served until a moment ago."""

    conversation: str
    group: str
    since: datetime
    channel: str = "web"
    priority: int = 0
    vip: int = 0
    last_agent: str | None = None
    excluded: str | None = None
    missed: tuple[str, ...] = ()
    overflowed: bool = False
    prefers: str | None = None

    @property
    def order(self) -> Order:
        return (-self.priority, self.since, self.conversation)


class Queue(msgspec.Struct, frozen=True):
    """Who waits in a group, best-placed first. There is a line for each channel, so that seats which take no more of
    one channel pass by all of its line at once."""

    lines: Mapping[str, Line[Order]] = {}

    def add(self, w: Waiting) -> "Queue":
        return self._with(w.channel, self.lines.get(w.channel, Line()).add(w.order))

    def remove(self, w: Waiting) -> "Queue":
        return self._with(w.channel, self.lines[w.channel].remove(w.order))

    def rank(self, order: Order) -> int:
        """How many come before `order`."""
        return sum(line.rank(order) for line in self.lines.values())

    def _with(self, channel: str, line: Line[Order]) -> "Queue":
        return replace(self, lines={**self.lines, channel: line})

    def __iter__(self) -> Iterator[Order]:
        return merge(*self.lines.values())

    def __len__(self) -> int:
        return sum(map(len, self.lines.values()))


NOBODY = Queue()


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """The state that `evolve` folds. `members`, `free` and `shut` (how many of the others, by the cause) are indexes by
    group, kept true by it; `serving` says by agent which conversations make up the load, offered ones included, each
    with its channel; `offers` holds those that are offered, by conversation.

    `matches` counts all matches ever made: the clock of round robin.
    """

    version: int = 0
    matches: int = 0
    seats: Shards[Seat] = msgspec.field(default_factory=Shards)
    waiting: Shards[Waiting] = msgspec.field(default_factory=Shards)
    queues: Mapping[str, Queue] = msgspec.field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
    free: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
    shut: Mapping[str, Mapping[str, int]] = msgspec.field(default_factory=dict)
    offers: Shards[Offer] = msgspec.field(default_factory=Shards)
    serving: Shards[Mapping[str, str]] = msgspec.field(default_factory=Shards)

    def queue(self, group: str) -> Queue:
        """Who waits for this group: perhaps nobody."""
        return self.queues.get(group, NOBODY)

    def on_duty(self, group: str) -> int:
        """How many agents of this group are signed in."""
        return len(self.members.get(group, ())) - self.shut.get(group, {}).get("off_duty", 0)

    def served(self, agent: str) -> Mapping[str, str]:
        """What makes up the load of this agent: conversation -> channel."""
        return self.serving.get(agent, {})

    def ahead(self, conversation: str) -> int:
        """How many are served before this one of its queue."""
        w = self.waiting[conversation]
        return self.queues[w.group].rank(w.order)
