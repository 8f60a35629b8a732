"""转接: to a group, or to a colleague, at once or after asking. Whoever asks serves on until the other has accepted.

Whether the other side can take it, the floor says in the same step; if not, nothing has happened.
"""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Conversation, HandoverEnd, Phase
from chatserver.conversation.settings import ConversationRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env


def transferred(c: Conversation, input: i.AgentTransferred, env: Env[ConversationRules]) -> list[e.AnyEvent]:
    """接管 waits for nobody; a colleague is asked first where the workspace says so."""
    if c.phase is not Phase.SERVING or c.agent is None or c.group is None:
        raise Refused(ErrorCode.NOT_YOUR_CONVERSATION)
    if c.handover and not input.takes_over:
        raise Refused(ErrorCode.HANDOVER_PENDING)
    seconds = env.settings.settings.transfer_accept_for
    if input.to_agent and seconds and not input.takes_over:
        if input.to_agent == c.agent:
            raise Refused(ErrorCode.SEAT_NOT_ELIGIBLE)
        return [_asked(c, input, input.to_agent, env.now + timedelta(seconds=seconds), env.now)]
    return [
        e.Transferred(
            at=env.now,
            by=input.by,
            to_name=input.to_name,
            group=input.to_group or c.group,
            since=c.place_since or env.now,
            agent=c.agent,
            to_agent=input.to_agent,
            note=input.note,
            takes_over=input.takes_over,
        )
    ]


def _asked(
    c: Conversation, input: i.AgentTransferred, to_agent: str, until: datetime, now: datetime
) -> e.HandoverAsked:
    assert c.agent, "somebody serves"
    return e.HandoverAsked(
        at=now,
        agent=c.agent,
        by=input.by,
        to_agent=to_agent,
        to_name=input.to_name,
        until=until,
        note=input.note,
    )


def answered(c: Conversation, input: i.AgentAnswered, now: datetime) -> list[e.AnyEvent]:
    """The colleague who is asked accepts or declines; the agent who asked may think better of it."""
    asked = c.handover
    if asked is None or input.agent not in (asked.to_agent, c.agent) or (input.accepts and input.agent == c.agent):
        raise Refused(ErrorCode.OFFER_OVER)
    if not input.accepts:
        why = HandoverEnd.DECLINED if input.agent == asked.to_agent else HandoverEnd.WITHDRAWN
        return [_ended(c, why, now)]
    assert c.agent and c.group, "somebody serves"
    return [
        e.Transferred(
            at=now,
            by=asked.by,
            to_name=asked.to_name,
            group=c.group,
            since=c.place_since or now,
            agent=c.agent,
            to_agent=asked.to_agent,
            note=asked.note,
        )
    ]


def _ended(c: Conversation, why: HandoverEnd, now: datetime) -> e.HandoverEnded:
    assert c.agent and c.handover, "somebody was asked"
    return e.HandoverEnded(at=now, agent=c.agent, to_agent=c.handover.to_agent, to_name=c.handover.to_name, reason=why)


def wake_at(c: Conversation) -> datetime | None:
    """When the colleague has not answered in time."""
    return c.handover.until if c.handover else None


def due(c: Conversation, now: datetime) -> list[e.AnyEvent]:
    return [_ended(c, HandoverEnd.TIMEOUT, now)] if (at := wake_at(c)) and now >= at else []
