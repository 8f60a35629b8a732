"""The visitors' door: what a widget or an H5 page may ask. A visitor only ever reaches the own conversation."""

from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec.structs import replace

from chatserver.access.permissions import PUBLIC, Permission
from chatserver.api import limits
from chatserver.api.commands import Command, Commands, Gateway
from chatserver.api.history import page
from chatserver.channels.web.identity import VisitorIdentity, VisitorTokens
from chatserver.channels.web.origins import allowed, origin_of
from chatserver.channels.web.settings import Inbox
from chatserver.conversation import inputs as i
from chatserver.conversation.contact import Contact
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Conversation, FlowRef, Phase, Visit
from chatserver.hub.hub import Hub, stream
from chatserver.hub.ports import LogRecord
from chatserver.hub.step import Address, Envelope, OpenConversationOf
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol import visitor as wire
from chatserver.protocol.agent import VisitorWriting
from chatserver.protocol.timeline import item
from chatserver.protocol.views import visitor_conversation
from chatserver.protocol.wire import Ack, Item, Page
from chatserver.settings.workspace import Workspace

NAMESPACE = "/visitor"

SHOWN = 50
"""Lines of a first page."""

CAUGHT_UP = 300
"""Records that a returning page is told one by one; after more it starts from the newest page."""


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


class VisitorDoor:
    """Handlers of the namespace `/visitor`."""

    def __init__(self, hub: Hub, gateway: Gateway, tokens: VisitorTokens, own_origin: str) -> None:
        self._hub = hub
        self._gateway = gateway
        self._tokens = tokens
        self._own = own_origin
        self._messages = limits.Buckets(limits.MESSAGES, hub.clock)
        self._signals = limits.Buckets(limits.SIGNALS, hub.clock)
        self.commands: Commands = {
            "hello": Command(wire.VisitorHello, PUBLIC, self.hello),
            "open": Command(wire.Open, PUBLIC, self.open),
            "say": Command(wire.Say, PUBLIC, self.say),
            "choose": Command(wire.Choose, PUBLIC, self.choose),
            "submit": Command(wire.Submit, PUBLIC, self.submit),
            "rate": Command(wire.Rate, PUBLIC, self.rate),
            "leave_queue": Command(wire.Quit, PUBLIC, partial(self.quit, input=i.VisitorQuit())),
            "close": Command(wire.Quit, PUBLIC, partial(self.quit, input=i.VisitorEnded())),
            "typing": Command(wire.VisitorTyping, PUBLIC, self.typing),
            "read": Command(wire.VisitorRead, PUBLIC, self.read),
            "history": Command(wire.VisitorHistory, PUBLIC, self.history),
        }

    async def connect(self, sid: str, auth: wire.VisitorAuth, origin: str | None) -> VisitorSession:
        """Who is this? Raises `Refused` for a foreign site, an unknown inbox, a forged token or signature."""
        inbox = self._inbox(auth.inbox)
        if not allowed(origin, self._own, inbox.allowed_origins):
            raise Refused(ErrorCode.ORIGIN_NOT_ALLOWED, origin=(origin or "")[:200])
        who = self._identify(auth)
        session = VisitorSession(
            sid=sid, contact=who.contact, who=who, inbox=inbox.id, locale=_locale(auth.locale, inbox.locale)
        )
        await self._gateway.enter(NAMESPACE, sid, room(who.contact))
        return session

    async def hello(self, s: VisitorSession, p: wire.VisitorHello) -> wire.Welcome:
        self._signals.take(s.sid)
        seq = self._hub.head
        c = await self._newest(s)
        items, more, reset = await self._catch_up(c, p) if c else (list[Item](), False, True)
        # Again, because it may have moved on while the lines were read.
        c = await self._newest(s)
        inbox = self._inbox(s.inbox)
        return wire.Welcome(
            token=self._tokens.issue(s.inbox, s.who),
            visitor=s.contact,
            seq=seq,
            inbox=_inbox_view(inbox, s.locale),
            conversation=visitor_conversation(c, self._hub.ahead(c.id)) if c else None,
            items=items,
            more=more,
            reset=reset,
        )

    async def open(self, s: VisitorSession, p: wire.Open) -> Ack:
        s.page = replace(p.page, url=_web_only(p.page.url), referrer=_web_only(p.page.referrer))
        return await self._send(s, self._own_conversation(s), i.VisitorCame(opening=await self._opening(s)), p.id)

    async def say(self, s: VisitorSession, p: wire.Say) -> Ack:
        if not p.text.strip():
            raise Refused(ErrorCode.MESSAGE_EMPTY, path="$.text")
        said = i.VisitorSpoke(id=p.id, content=TextContent(text=p.text), opening=await self._opening(s))
        return await self._send(s, self._own_conversation(s), said, p.id)

    async def choose(self, s: VisitorSession, p: wire.Choose) -> Ack:
        return await self._send(s, await self._at(s), i.VisitorChose(id=p.id, item=p.item, option=p.option), p.id)

    async def submit(self, s: VisitorSession, p: wire.Submit) -> Ack:
        return await self._send(s, await self._at(s), i.VisitorSubmitted(id=p.id, values=p.values), p.id)

    async def rate(self, s: VisitorSession, p: wire.Rate) -> Ack:
        rated = i.VisitorRated(id=p.id, item=p.item, score=p.score, tags=p.tags, comment=p.comment)
        return await self._send(s, await self._at(s), rated, p.id)

    async def quit(self, s: VisitorSession, p: wire.Quit, input: i.VisitorInput) -> Ack:
        return await self._send(s, await self._at(s), input, p.id)

    async def read(self, s: VisitorSession, p: wire.VisitorRead) -> Ack:
        return await self._send(s, await self._at(s), i.VisitorSaw(upto=min(p.seq, self._hub.head)), None)

    async def typing(self, s: VisitorSession, p: wire.VisitorTyping) -> Ack:
        """Passed on to the agent who serves, never stored."""
        self._signals.take(s.sid)
        c = await self._newest(s)
        if c and c.phase is Phase.SERVING and c.agent:
            writing = VisitorWriting(conversation=c.id, on=p.on)
            await self._gateway.emit("/agent", "typing", writing, [f"agent:{c.agent}"])
        return self._ack()

    async def history(self, s: VisitorSession, p: wire.VisitorHistory) -> Page:
        self._signals.take(s.sid)
        c = await self._newest(s)
        if c is None:
            return Page(items=[], more=False)
        return await page(self._hub, c.id, p.before, p.limit, "visitor")

    def _identify(self, auth: wire.VisitorAuth) -> VisitorIdentity:
        if auth.identity:
            claim = auth.identity
            return self._tokens.verified(auth.inbox, claim.id, claim.signature, claim.name)
        if auth.token:
            return self._tokens.read(auth.inbox, auth.token)
        return VisitorIdentity(contact=f"v-{new_id()}")

    def _inbox(self, id: str) -> Inbox:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace.inbox(id)

    async def _newest(self, s: VisitorSession) -> Conversation | None:
        contact: Contact = await self._hub.look("contact", s.contact)
        if contact.conversation is None:
            return None
        c: Conversation = await self._hub.look("conversation", contact.conversation)
        return c

    async def _catch_up(self, c: Conversation, p: wire.VisitorHello) -> tuple[list[Item], bool, bool]:
        """(lines, whether older ones exist, whether the page must forget what it shows)."""
        name = stream("conversation", c.id)
        if p.conversation == c.id and 0 < p.after <= self._hub.head:
            records = await self._hub.store.history(name, 0, CAUGHT_UP)
            missed = [r for r in records if r.seq > p.after]
            if len(missed) < len(records) or not _more(records):
                return self._lines(c.id, missed), False, False
        newest = await page(self._hub, c.id, 0, SHOWN, "visitor")
        return newest.items, newest.more, True

    def _lines(self, conversation: str, records: Sequence[LogRecord]) -> list[Item]:
        lines = (item(r.seq, conversation, r.version, self._hub.event(r), "visitor") for r in records)
        return [line for line in lines if line]

    def _own_conversation(self, s: VisitorSession) -> Address:
        return OpenConversationOf(s.contact, new_id())

    async def _at(self, s: VisitorSession) -> Address:
        """The newest conversation, even when it is over: the machine says what is still possible there."""
        c = await self._newest(s)
        if c is None:
            raise Refused(ErrorCode.CONVERSATION_NOT_STARTED)
        return stream("conversation", c.id)

    async def _opening(self, s: VisitorSession) -> i.Opening:
        workspace: Workspace = self._hub.held("workspace", "main")
        contact: Contact = await self._hub.look("contact", s.contact)
        inbox = workspace.inbox(s.inbox)
        flow = next(f for f in workspace.settings.flows if f.id == inbox.flow)
        visit = Visit(
            contact=s.contact,
            visits=contact.visits + 1,
            inbox=s.inbox,
            name=s.who.name,
            verified=s.who.verified,
            locale=s.locale,
            page_url=s.page.url,
            page_title=s.page.title,
            referrer=s.page.referrer,
        )
        return i.Opening(visit=visit, flow=FlowRef(id=flow.id, version=flow.version), last_agent=contact.last_agent)

    async def _send(self, s: VisitorSession, to: Address, input: i.VisitorInput, id: str | None) -> Ack:
        self._messages.take(s.sid)
        input_id = f"v:{s.contact}:{id}" if id else None
        receipt = await self._hub.send(Envelope(to, input, input_id))
        return Ack(seq=receipt.seq, at=receipt.at, conversation=receipt.stream.partition("/")[2])

    def _ack(self) -> Ack:
        return Ack(seq=self._hub.head, at=epoch_ms(self._hub.now()))


def room(contact: str) -> str:
    """All pages of one visitor."""
    return f"visitor:{contact}"


def _inbox_view(inbox: Inbox, locale: str) -> wire.InboxView:
    style = inbox.style
    theme = wire.Theme(brand=style.brand, brand_text=style.brand_text, side=style.side, logo=style.logo)
    return wire.InboxView(
        title=style.title, subtitle=style.subtitle, locale="en" if locale == "en" else "zh-CN", theme=theme
    )


def _locale(asked: str, fallback: str) -> str:
    if asked.lower().startswith("zh"):
        return "zh-CN"
    return "en" if asked.lower().startswith("en") else fallback


def _web_only(url: str) -> str:
    """A `javascript:` address must never become a link on an agent's screen."""
    return url if origin_of(url) else ""


def _more(records: Sequence[LogRecord]) -> bool:
    return bool(records) and records[0].version > 1
