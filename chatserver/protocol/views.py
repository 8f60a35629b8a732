"""States -> what each side may see of them. A visitor's view holds no account, no group and no colleague."""

from datetime import datetime

from chatserver.agents.model import Agent
from chatserver.conversation.model import Conversation, Visit
from chatserver.dispatch.model import Seat
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.agent import AgentCard, Card, ContactCard, LastLine, OfferCard
from chatserver.protocol.visitor import AgentFace, VisitorConversation


def visitor_conversation(c: Conversation, ahead: int | None) -> VisitorConversation:
    """`ahead` is the live position, which changes more often than the conversation does."""
    return VisitorConversation(
        id=c.id,
        phase=c.phase,
        agent=AgentFace(name=c.face.name, avatar=c.face.avatar) if c.face else None,
        ahead=ahead,
        asks=c.asks,
        rates=c.rating.line if c.rating and c.rating.score is None else None,
        agent_read=c.agent_read,
    )


def card(c: Conversation) -> Card:
    """The whole row of a conversation list."""
    assert c.visit and c.opened_at, "a conversation that is listed has been opened"
    return Card(
        id=c.id,
        version=c.version,
        phase=c.phase,
        inbox=c.visit.inbox,
        contact=_contact(c.visit),
        group=c.group,
        agent=c.agent,
        opened_at=epoch_ms(c.opened_at),
        queued_at=_ms(c.queued_at),
        closed_at=_ms(c.closed_at),
        waiting_since=_ms(c.soothing.since),
        last=LastLine(by=c.last.by, text=c.last.text, at=epoch_ms(c.last.at)) if c.last else None,
        unread=c.unread,
        rating=c.rating.score if c.rating else None,
        rating_asked=c.rating is not None,
        answers=list(c.answers),
        offer=OfferCard(agent=c.offer.agent, until=epoch_ms(c.offer.until)) if c.offer else None,
        visitor_read=c.visitor_read,
    )


def agent_card(a: Agent, seat: Seat | None) -> AgentCard:
    """What colleagues see; `load` and `max` come from the floor, where they are true."""
    assert a.profile, "an agent without a profile is not listed"
    return AgentCard(
        id=a.id,
        name=a.profile.nickname,
        avatar=a.profile.avatar,
        groups=list(a.profile.groups),
        status=a.status,
        status_since=_ms(a.status_since) or 0,
        load=seat.load if seat else 0,
        max=a.profile.max,
    )


def _contact(visit: Visit) -> ContactCard:
    return ContactCard(
        id=visit.contact,
        name=visit.name,
        verified=visit.verified,
        locale=visit.locale,
        page_url=visit.page_url,
        page_title=visit.page_title,
        referrer=visit.referrer,
    )


def _ms(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at)
