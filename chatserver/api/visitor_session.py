"""A connected page, and its way to the one conversation that is the visitor's own, at a measured pace."""

import msgspec

from chatserver.access.permissions import PUBLIC, Permission
from chatserver.api import limits
from chatserver.channels.web.identity import VisitorIdentity, is_tester
from chatserver.channels.web.origins import channel_of
from chatserver.conversation import inputs as i
from chatserver.conversation import reopen
from chatserver.conversation.contact import Contact, returns_to
from chatserver.conversation.model import Conversation, FlowRef, Visit
from chatserver.conversation.settings import ConversationSettings
from chatserver.hub.hub import Hub, stream
from chatserver.hub.step import Address, Envelope, OpenConversationOf
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.protocol import visitor as wire
from chatserver.protocol.wire import Ack
from chatserver.settings.workspace import Workspace


class VisitorSession(msgspec.Struct, kw_only=True):
    """A connected page: who, on which inbox, from where."""

    sid: str
    contact: str
    who: VisitorIdentity
    inbox: str
    locale: str
    page: wire.VisitedPage = wire.VisitedPage()

    def allow(self, permission: Permission | None) -> None:
        """A visitor holds no permission: only what is public is open."""
        if permission is not PUBLIC:
            raise Refused(ErrorCode.FORBIDDEN)

    def __str__(self) -> str:
        return f"visitor {self.contact}"


class Way:
    """What all parts of the visitors' door share."""

    def __init__(self, hub: Hub, own_origin: str) -> None:
        self.hub = hub
        self._own = own_origin
        self._messages = limits.Buckets(limits.MESSAGES, hub.clock)
        self._signals = limits.Buckets(limits.SIGNALS, hub.clock)

    def signal(self, s: VisitorSession) -> None:
        """One of those inputs that cost no commit; raises `Refused(rate_limited)`."""
        self._signals.take(s.sid)

    async def newest(self, s: VisitorSession) -> Conversation | None:
        contact: Contact = await self.hub.look("contact", s.contact)
        if contact.conversation is None:
            return None
        c: Conversation = await self.hub.look("conversation", contact.conversation)
        return c

    async def send(self, s: VisitorSession, to: Address, input: i.VisitorInput, id: str | None) -> Ack:
        self._messages.take(s.sid)
        input_id = f"v:{s.contact}:{id}" if id else None
        receipt = await self.hub.send(Envelope(to, input, input_id))
        return Ack(seq=receipt.seq, at=receipt.at, conversation=receipt.stream.partition("/")[2])

    async def tell(self, s: VisitorSession, input: i.VisitorInput, id: str | None) -> Ack:
        """To the newest conversation, even when it is over: the machine says what is still possible there."""
        c = await self.newest(s)
        if c is None:
            raise Refused(ErrorCode.CONVERSATION_NOT_STARTED)
        return await self.send(s, stream("conversation", c.id), input, id)

    def own(self, s: VisitorSession, takes_up: bool = False) -> OpenConversationOf:
        """The open conversation or a new one; with `takes_up`, one that ended a moment ago is still the one."""
        after = reopen.since(self.settings(s.inbox), self.hub.now()) if takes_up else None
        return OpenConversationOf(s.contact, new_id(), after)

    async def opening(self, s: VisitorSession) -> i.Opening:
        """How a conversation of this page would begin."""
        workspace = self.workspace()
        contact: Contact = await self.hub.look("contact", s.contact)
        inbox = workspace.inbox(s.inbox)
        flow = next(f for f in workspace.settings.flows if f.id == inbox.flow)
        visit = Visit(
            contact=s.contact,
            visits=contact.visits + 1,
            vip=contact.vip,
            fields=contact.fields,
            inbox=s.inbox,
            channel=channel_of(workspace.channel(s.inbox), s.page.url, self._own),
            test=is_tester(s.contact),
            name=s.who.name,
            verified=s.who.verified,
            name_verified=s.who.name_verified,
            locale=s.locale,
            page_url=s.page.url,
            page_title=s.page.title,
            referrer=s.page.referrer,
        )
        last = returns_to(contact, self.settings(s.inbox).returning_within, self.hub.now())
        return i.Opening(visit=visit, flow=FlowRef(id=flow.id, version=flow.version), last_agent=last)

    def settings(self, inbox: str) -> ConversationSettings:
        return self.workspace().conversation(inbox)

    def workspace(self) -> Workspace:
        workspace: Workspace = self.hub.held("workspace", "main")
        return workspace


def room(contact: str) -> str:
    """All pages of one visitor."""
    return f"visitor:{contact}"
