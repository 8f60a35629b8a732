"""挂起: the agent asks the visitor to wait. Nobody is sent away for silence meanwhile; any word of an agent ends it."""

from datetime import datetime

from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Conversation, Phase
from chatserver.kernel.errors import ErrorCode, Refused


def held(c: Conversation, input: i.AgentHeld, now: datetime) -> list[e.AnyEvent]:
    """What is so already happens again without a trace."""
    if c.phase is not Phase.SERVING or c.agent != input.agent:
        raise Refused(ErrorCode.NOT_YOUR_CONVERSATION)
    if not input.on:
        return ended(c, input.agent, now)
    return [] if c.held_at else [e.PutOnHold(at=now, agent=input.agent)]


def ended(c: Conversation, agent: str, now: datetime) -> list[e.AnyEvent]:
    return [e.HoldEnded(at=now, agent=agent)] if c.held_at else []
