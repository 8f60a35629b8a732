"""How long a visitor waits in a group: 排队时长上限, after which the flow goes on elsewhere, and 溢出, before that."""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.settings import ConversationRules


def wake_at(c: Conversation, rules: ConversationRules) -> datetime | None:
    """When the wait is over, or long enough for the overflow group; None for a group without either."""
    return min((t for t in (limit_at(c, rules), overflow_at(c, rules)) if t), default=None)


def limit_at(c: Conversation, rules: ConversationRules) -> datetime | None:
    """The group's limit; of whoever was transferred to it also that of transfers, if it comes first."""
    if c.phase is not Phase.QUEUED or c.queued_at is None or c.group not in rules.queues:
        return None
    handed = rules.settings.transfer_waits_for if c.handed_over_by else 0
    limits = [limit for limit in (rules.queues[c.group].wait_limit, handed) if limit]
    return c.queued_at + timedelta(seconds=min(limits)) if limits else None


def overflow_at(c: Conversation, rules: ConversationRules) -> datetime | None:
    """Once in a wait; tried again after as long a time when the other group had no place. Not during an offer."""
    if c.phase is not Phase.QUEUED or c.queued_at is None or c.overflowed or c.offer or c.group not in rules.queues:
        return None
    after = rules.queues[c.group].overflow_after
    return max(c.queued_at, c.overflow_sought or c.queued_at) + timedelta(seconds=after) if after else None


def over(c: Conversation, rules: ConversationRules, now: datetime) -> bool:
    return (at := limit_at(c, rules)) is not None and now >= at


def overflow_due(c: Conversation, rules: ConversationRules, now: datetime) -> list[e.AnyEvent]:
    """The floor answers in the same step, with a move or with nothing."""
    if (at := overflow_at(c, rules)) and now >= at:
        return [e.OverflowSought(at=now)]
    return []
