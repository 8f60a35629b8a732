"""What can have happened on the floor."""

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
    ready: bool
    on_duty: bool


class Joined(Event, frozen=True, kw_only=True):
    """Somebody joined a queue."""

    waiting: Waiting


class Placed(Event, frozen=True, kw_only=True):
    """No seat is free now: `ahead` others come first."""

    conversation: str
    ahead: int


class TurnedAway(Event, frozen=True, kw_only=True):
    """A queue did not keep somebody: `full`, or `nobody` is on duty."""

    conversation: str
    group: str
    reason: Literal["full", "nobody"]


class Left(Event, frozen=True, kw_only=True):
    """Somebody waits no longer."""

    conversation: str
    group: str


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why this seat: the rule, the best of the eligible seats in their order, and why others were not eligible."""

    rule: Literal["strategy", "returning", "taken", "transferred"]
    strategy: Strategy
    below_min: bool
    eligible: int
    ranked: tuple[str, ...]
    rejected: dict[str, str]


class Matched(Event, frozen=True, kw_only=True):
    """分配: `agent` serves `conversation` from now on. `day` is the local date that the counters count in."""

    conversation: str
    group: str
    agent: str
    day: str
    reason: Reason


class Offered(Event, frozen=True, kw_only=True):
    """An agent is asked for `seconds` whether to serve. No turn is spent on it: counters move when it is accepted."""

    conversation: str
    group: str
    agent: str
    seconds: int
    reason: Reason


class OfferAccepted(Event, frozen=True, kw_only=True):
    """The agent serves what was offered. `day` is the local date that the counters count in."""

    conversation: str
    agent: str
    day: str


class OfferEnded(Event, frozen=True, kw_only=True):
    """The seat is free again: the offer was missed, or the visitor left; who `waits` is back on the old place."""

    conversation: str
    group: str
    agent: str
    waits: bool


class Abandoned(Event, frozen=True, kw_only=True):
    """The agent of a conversation is gone."""

    agent: str
    conversation: str


class SeatReleased(Event, frozen=True, kw_only=True):
    """`agent` has one conversation less."""

    agent: str
    conversation: str


QueueEvent = Joined | Placed | TurnedAway | Left
SeatEvent = SeatChanged | Matched | Offered | OfferAccepted | OfferEnded | Abandoned | SeatReleased
AnyEvent = QueueEvent | SeatEvent
