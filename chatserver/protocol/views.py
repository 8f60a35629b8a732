"""States -> what each side may see of them. A visitor's view holds no account, no group and no colleague."""

from datetime import datetime

from chatserver.agents.model import Agent
from chatserver.conversation import capabilities
from chatserver.conversation.model import Conversation, Last, Summary, Visit
from chatserver.dispatch.model import Seat
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.agent import AgentCard, Card, ContactCard, LastLine, OfferCard, SummaryCard
from chatserver.protocol.visitor import AgentFace, VisitorConversation, WaitTime


def visitor_conversation(c: Conversation, ahead: int | None, wait: WaitTime | None) -> VisitorConversation:
    """`ahead` is the live position, which changes more often than the conversation does, and so does `wait`."""
    return VisitorConversation(
        id=c.id,
        phase=c.phase,
        agent=AgentFace(name=c.face.name, avatar=c.face.avatar) if c.face else None,
        ahead=ahead,
        wait=wait,
        asks=c.asks,
        rates=c.rating.line if c.rating and c.rating.score is None else None,
        agent_read=c.agent_read,
        held=c.held_at is not None,
        away=c.away,
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
        last=_last(c.last) if c.last else None,
        unread=c.unread,
        rating=c.rating.score if c.rating else None,
        rating_asked=c.rating is not None,
        answers=list(c.answers),
        offer=_offer(c),
        visitor_read=c.visitor_read,
        helpers=list(c.helpers),
        mentioned=list(c.mentioned),
        held_since=_ms(c.held_at),
        away=c.away,
        tags=list(c.tags),
        summary=_summary(c.summary) if c.summary else None,
        can=capabilities.names(c),
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


def _last(last: Last) -> LastLine:
    return LastLine(by=last.by, text=last.text, at=epoch_ms(last.at), kind=last.kind)


def _offer(c: Conversation) -> OfferCard | None:
    """Who is asked to serve: by the floor, or by the colleague who serves."""
    if asked := c.handover:
        return OfferCard(agent=asked.to_agent, until=epoch_ms(asked.until), sender=asked.by.name, note=asked.note)
    return OfferCard(agent=c.offer.agent, until=epoch_ms(c.offer.until)) if c.offer else None


def _summary(s: Summary) -> SummaryCard:
    return SummaryCard(template=s.template, version=s.version, values=s.values, by=s.by, at=epoch_ms(s.at))


def _contact(visit: Visit) -> ContactCard:
    return ContactCard(
        id=visit.contact,
        name=visit.name,
        verified=visit.verified,
        name_verified=visit.name_verified,
        locale=visit.locale,
        page_url=visit.page_url,
        page_title=visit.page_title,
        referrer=visit.referrer,
        fields=list(visit.fields),
    )


def _ms(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at)
