"""回复留言: what a visitor once left was answered; it is told in the open conversation, or first in the next."""

from datetime import datetime

from chatserver.conversation import events as e
from chatserver.conversation.contact import LeftAnswer
from chatserver.conversation.model import Conversation, Phase


def said(c: Conversation, answer: LeftAnswer, now: datetime) -> list[e.AnyEvent]:
    """Nothing in a conversation that is over: the contact keeps it for the next."""
    return [] if c.phase in (Phase.NEW, Phase.CLOSED) else [_delivered(answer, now)]


def kept(answers: tuple[LeftAnswer, ...], now: datetime) -> list[e.AnyEvent]:
    """What has waited for the visitor, told at the beginning."""
    return [_delivered(answer, now) for answer in answers]


def _delivered(answer: LeftAnswer, now: datetime) -> e.AnswerDelivered:
    return e.AnswerDelivered(
        at=now,
        id=answer.id,
        leave_message=answer.leave_message,
        agent=answer.agent,
        face=answer.face,
        content=answer.content,
        quote=answer.quote,
    )
