"""排队时长上限: how long a group lets a visitor wait before the flow goes on elsewhere."""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Phase, TurnedAwayFor
from chatserver.conversation.settings import ConversationRules


def wake_at(c: Conversation, rules: ConversationRules) -> datetime | None:
    """When the wait is over; None for a group without a limit."""
    if c.phase is not Phase.QUEUED or c.queued_at is None or c.group not in rules.queues:
        return None
    limit = rules.queues[c.group].wait_limit
    return c.queued_at + timedelta(seconds=limit) if limit else None


def due(c: Conversation, rules: ConversationRules, now: datetime) -> list[e.AnyEvent]:
    if (at := wake_at(c, rules)) and now >= at:
        return [e.TurnedAway(at=now, reason=TurnedAwayFor.TIMEOUT)]
    return []
