"""邀请协助: colleagues who speak where another one serves. They take no place of their own capacity."""

from datetime import datetime

from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Conversation, Phase
from chatserver.kernel.errors import ErrorCode, Refused

MAX_HELPERS = 10
"""More voices than this help nobody."""

MAX_MENTIONED = 50
"""Colleagues to whom notes have opened one conversation."""


def invited(c: Conversation, input: i.HelperInvited, now: datetime) -> list[e.AnyEvent]:
    """Inviting twice is no error."""
    if c.phase is not Phase.SERVING:
        raise Refused(ErrorCode.NOT_SERVED)
    if input.agent == c.agent or input.agent in c.helpers:
        return []
    if len(c.helpers) >= MAX_HELPERS:
        raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_HELPERS)
    return [e.HelperJoined(at=now, agent=input.agent, face=input.face, by=input.by)]


def left(c: Conversation, input: i.HelperLeft, now: datetime) -> list[e.AnyEvent]:
    if input.agent not in c.helpers:
        return []
    return [e.HelperLeft(at=now, agent=input.agent, face=input.face)]


def noted(c: Conversation, input: i.AgentNoted, now: datetime) -> list[e.AnyEvent]:
    """备注: whoever is mentioned may read on; 密语 is for the agent who serves, so somebody must."""
    if input.whisper and c.phase is not Phase.SERVING:
        raise Refused(ErrorCode.NOT_SERVED)
    if len({*c.mentioned, *input.mentions}) > MAX_MENTIONED:
        raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_MENTIONED)
    return [
        e.NoteAdded(
            at=now,
            id=input.id,
            agent=input.agent,
            face=input.face,
            content=input.content,
            mentions=input.mentions,
            whisper=input.whisper,
        )
    ]
