"""What can come in to the floor."""

from collections.abc import Mapping
from datetime import datetime

from chatserver.kernel.machine import Input


class SeatSet(Input, frozen=True, kw_only=True):
    """An agent's groups, limits, status or presence are now these."""

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


class VisitorWaiting(Input, frozen=True, kw_only=True):
    """A conversation wants an agent of `group`: not the `excluded` one, or `only` this one and at once (a transfer; or
    `taken_over` by this one)."""

    conversation: str
    group: str
    since: datetime
    channel: str = "web"
    priority: int = 0
    vip: int = 0
    last_agent: str | None = None
    excluded: str | None = None
    overflowed: bool = False
    only: str | None = None
    taken_over: bool = False
    prefers: str | None = None


class VisitorGone(Input, frozen=True, kw_only=True):
    """A conversation does not wait any more; fine if it did not."""

    conversation: str


class WaitedLong(Input, frozen=True, kw_only=True):
    """A conversation has waited so long that it may wait for the overflow group instead."""

    conversation: str


class AgentGone(Input, frozen=True, kw_only=True):
    """An agent is gone for longer than the grace, or has logged out: nobody is left waiting for an answer. `for_good`:
    the account was deactivated."""

    agent: str
    for_good: bool = False


class OfferAnswered(Input, frozen=True, kw_only=True):
    """The agent to whom a conversation was offered took it, or did not (declined, or too late)."""

    agent: str
    conversation: str
    accepted: bool


class SeatFreed(Input, frozen=True, kw_only=True):
    """`agent` has one conversation less."""

    agent: str
    conversation: str


class Take(Input, frozen=True, kw_only=True):
    """抢接: an agent takes a waiting visitor by hand."""

    agent: str
    conversation: str


class RulesChanged(Input, frozen=True, kw_only=True):
    """Groups were changed: look at every queue again."""


SeatInput = SeatSet | AgentGone | OfferAnswered | SeatFreed | Take
AnyInput = SeatInput | VisitorWaiting | WaitedLong | VisitorGone | RulesChanged
