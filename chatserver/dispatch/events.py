"""What can have happened on the floor."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from chatserver.dispatch.model import Strategy, Waiting
from chatserver.kernel.machine import Event


class SeatChanged(Event, frozen=True, kw_only=True):
    """An agent's place on the floor is now like this."""

    agent: str
    groups: frozenset[str]
    min: int
    max: int
    channels: frozenset[str] | None = None
    channel_max: Mapping[str, int] = {}
    ready: bool
    on_duty: bool
    status_since: datetime | None = None
    present: bool = True


class Joined(Event, frozen=True, kw_only=True):
    """Somebody joined a queue."""

    waiting: Waiting


class Placed(Event, frozen=True, kw_only=True):
    """No seat is free now: `ahead` others come first."""

    conversation: str
    ahead: int


NotKept = Literal["full", "nobody"]


class TurnedAway(Event, frozen=True, kw_only=True):
    """A queue did not keep somebody: `full`, or `nobody` is on duty."""

    conversation: str
    group: str
    reason: NotKept


class Overflowed(Event, frozen=True, kw_only=True):
    """溢出: `group` cannot keep somebody, or not for so long; they wait for another one, on the place they had."""

    conversation: str
    group: str
    waiting: Waiting


class Left(Event, frozen=True, kw_only=True):
    """Somebody waits no longer."""

    conversation: str
    group: str


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why this seat: the rule, the eligible seats in their order, and why the others of the group were not eligible.

    `ranked` and `rejected` (agent -> cause) name everybody; of a large group (`reason.NAMED`) the first few are named,
    and `causes` (cause -> how many) counts who was not eligible. `below_min`: whoever is below the own minimum came
    first; `missed` had missed offers and came last. What a person decided says in which order the floor would have
    asked. `priority` is the visitor's in the queue, with what the level `vip` added to it.
    """

    rule: Literal["strategy", "returning", "taken", "transferred"]
    strategy: Strategy
    below_min: bool
    eligible: int
    ranked: tuple[str, ...]
    rejected: dict[str, str]
    causes: dict[str, int] = {}
    missed: tuple[str, ...] = ()
    priority: int = 0
    vip: int = 0


class Matched(Event, frozen=True, kw_only=True):
    """分配: `agent` serves `conversation` from now on, counted in the present `window` (`window.py`)."""

    conversation: str
    group: str
    agent: str
    window: str = msgspec.field(name="day")
    reason: Reason


class Offered(Event, frozen=True, kw_only=True):
    """An agent is asked for `seconds` whether to serve. No turn is spent on it: counters move when it is accepted."""

    conversation: str
    group: str
    agent: str
    seconds: int
    reason: Reason


class OfferAccepted(Event, frozen=True, kw_only=True):
    """The agent serves what was offered, counted in the present `window`."""

    conversation: str
    agent: str
    window: str = msgspec.field(name="day")


class OfferEnded(Event, frozen=True, kw_only=True):
    """The seat is free again: the offer was missed, or the visitor left; who `waits` is back on the old place."""

    conversation: str
    group: str
    agent: str
    waits: bool


class Abandoned(Event, frozen=True, kw_only=True):
    """The agent of a conversation is gone, perhaps `for_good`."""

    agent: str
    conversation: str
    for_good: bool = False


class SeatReleased(Event, frozen=True, kw_only=True):
    """`agent` has one conversation less."""

    agent: str
    conversation: str


QueueEvent = Joined | Placed | Overflowed | TurnedAway | Left
SeatEvent = SeatChanged | Matched | Offered | OfferAccepted | OfferEnded | Abandoned | SeatReleased
AnyEvent = QueueEvent | SeatEvent
