"""待接入: an agent is asked before a visitor is assigned; whoever does not answer in time has missed it."""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation import welcome
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.settings import ConversationRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env


def wake_at(c: Conversation) -> datetime | None:
    """When the offer is over."""
    return c.offer.until if c.phase is Phase.QUEUED and c.offer else None


def due(c: Conversation, now: datetime) -> list[e.AnyEvent]:
    if c.offer and (at := wake_at(c)) and now >= at:
        return [e.OfferMissed(at=now, agent=c.offer.agent)]
    return []


def asked(input: i.AgentAsked, now: datetime) -> list[e.AnyEvent]:
    return [e.OfferedTo(at=now, agent=input.agent, until=now + timedelta(seconds=input.seconds))]


def answered(c: Conversation, input: i.AgentAnswered, env: Env[ConversationRules]) -> list[e.AnyEvent]:
    """Only the agent who is asked can answer, and only while the offer stands."""
    if c.phase is not Phase.QUEUED or c.offer is None or c.offer.agent != input.agent:
        raise Refused(ErrorCode.OFFER_OVER)
    if not input.accepts:
        return [e.OfferMissed(at=env.now, agent=input.agent, declined=True)]
    accepted = e.OfferAccepted(at=env.now, agent=input.agent)
    assigned = e.Assigned(at=env.now, agent=input.agent, face=input.face)
    s = env.settings.settings
    return [accepted, assigned, *welcome.said(c, input.agent, input.face, input.welcome, s, env.now)]


def lost(c: Conversation, input: i.AgentLost, now: datetime) -> list[e.AnyEvent]:
    """The agent who is asked is gone: that is an answer too."""
    if c.offer is None or c.offer.agent != input.agent:
        return []
    return [e.OfferMissed(at=now, agent=input.agent)]
