"""访客超时自动结束 and 即将关闭提示: what an agent's unanswered message leads to.

The clock starts at the last message of a human agent and any word of the visitor stops it; what the system
says neither starts nor stops it.
"""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation.model import ClosedBy, Conversation, Phase
from chatserver.conversation.settings import ConversationSettings


def close_at(c: Conversation, s: ConversationSettings) -> datetime | None:
    """When silence ends the conversation: after an agent's message, if that is wanted, or in a flow that nobody
    answers."""
    if c.phase is Phase.SERVING and c.idle.since and s.idle_close_after:
        return c.idle.since + timedelta(seconds=s.idle_close_after)
    if c.phase in (Phase.GUIDED, Phase.LEAVING_MESSAGE) and c.heard_at:
        return c.heard_at + timedelta(seconds=s.guided_close_after)
    return None


def warn_at(c: Conversation, s: ConversationSettings) -> datetime | None:
    """When the visitor is warned; None when there is nothing to warn of, or it has been done."""
    at = close_at(c, s)
    if at is None or c.phase is not Phase.SERVING or c.idle.warned or not s.idle_warn_before:
        return None
    return at - timedelta(seconds=s.idle_warn_before)


def wake_at(c: Conversation, s: ConversationSettings) -> datetime | None:
    return warn_at(c, s) or close_at(c, s)


def due(c: Conversation, s: ConversationSettings, now: datetime) -> list[e.AnyEvent]:
    """A conversation that is due for both (the server slept) is closed without a late warning."""
    if (at := close_at(c, s)) and now >= at:
        return [e.Closed(at=now, by=ClosedBy.IDLE, text=s.idle_close_text)]
    if (at := warn_at(c, s)) and now >= at:
        return [e.IdleWarned(at=now, text=s.idle_warn_text)]
    return []
