"""会话续接: the visitor writes again soon after the end, and goes on where it ended instead of anew."""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.settings import ConversationSettings
from chatserver.kernel.errors import ErrorCode, Refused


def since(s: ConversationSettings, now: datetime) -> datetime | None:
    """From which end on a conversation is taken up again; None: never."""
    return now - timedelta(seconds=s.reopen_within) if s.reopen_within else None


def goes_on(c: Conversation, after: datetime | None) -> bool:
    """Whether the next word belongs to this one: an agent served it, and it ended not before `after`."""
    if c.phase is not Phase.CLOSED or c.agent is None or c.group is None:
        return False
    return after is not None and c.closed_at is not None and c.closed_at >= after


def reopened(c: Conversation, s: ConversationSettings, now: datetime) -> list[e.AnyEvent]:
    """Back into the queue, to whoever served, if that is possible."""
    if not goes_on(c, since(s, now)) or c.agent is None or c.group is None:
        raise Refused(ErrorCode.CONVERSATION_CLOSED)
    return [e.Reopened(at=now, group=c.group, agent=c.agent)]
