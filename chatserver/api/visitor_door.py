"""The visitors' door: what a widget or an H5 page may ask. A visitor only ever reaches the own conversation."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from msgspec.structs import replace

from chatserver.access.permissions import PUBLIC
from chatserver.api.commands import Command, Commands, Gateway, Handler
from chatserver.api.desks import Desks
from chatserver.api.ports import NO_MEDIA, Media
from chatserver.api.visitor_session import VisitorSession, Way, room
from chatserver.api.visitor_talk import VisitorTalk
from chatserver.channels.web.identity import VisitorIdentity, VisitorTokens
from chatserver.channels.web.origins import allowed, origin_of
from chatserver.channels.web.settings import Inbox
from chatserver.conversation import inputs as i
from chatserver.conversation.contact import admit
from chatserver.conversation.model import Conversation
from chatserver.conversation.settings import ConversationSettings
from chatserver.hub.history import PAGE_BYTES, page, weight
from chatserver.hub.hub import Hub, stream
from chatserver.hub.ports import LogRecord
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.protocol import visitor as wire
from chatserver.protocol.timeline import item
from chatserver.protocol.views import visitor_conversation
from chatserver.protocol.wire import Ack, Item, Page, Sent

NAMESPACE = "/visitor"

SHOWN = 50
"""Lines of a first page."""

CAUGHT_UP = 300
"""Records that a returning page is told one by one; after more, or longer, it starts from the newest page."""


class VisitorDoor:
    """Handlers of the namespace `/visitor`."""

    def __init__(
        self,
        hub: Hub,
        gateway: Gateway,
        tokens: VisitorTokens,
        own_origin: str,
        desks: Desks,
        media: Media = NO_MEDIA,
        wait: Callable[[str, int | None], wire.WaitTime | None] = lambda conversation, ahead: None,
    ) -> None:
        self._hub = hub
        self._wait = wait
        self._gateway = gateway
        self._tokens = tokens
        self._own = own_origin
        self._way = Way(hub, own_origin)
        commands: Commands = {
            "hello": Command(wire.VisitorHello, PUBLIC, self.hello),
            "open": Command(wire.Open, PUBLIC, self.open),
            "history": Command(wire.VisitorHistory, PUBLIC, self.history),
            **VisitorTalk(self._way, gateway, desks, media).commands,
        }
        self.commands = {event: replace(each, run=self._admitted(each.run)) for event, each in commands.items()}

    async def connect(self, sid: str, auth: wire.VisitorAuth, origin: str | None) -> VisitorSession:
        """Who is this? Raises `Refused` for a foreign site, an unknown inbox, a forged token or signature, or a ban."""
        inbox = self._way.workspace().inbox(auth.inbox)
        if not allowed(origin, self._own, inbox.allowed_origins):
            raise Refused(ErrorCode.ORIGIN_NOT_ALLOWED, origin=(origin or "")[:200])
        who = self._identify(auth)
        await self._admit(who.contact)
        session = VisitorSession(
            sid=sid, contact=who.contact, who=who, inbox=inbox.id, locale=_locale(auth.locale, inbox.locale)
        )
        await self._gateway.enter(NAMESPACE, sid, room(who.contact))
        return session

    async def hello(self, s: VisitorSession, p: wire.VisitorHello) -> wire.Welcome:
        self._way.signal(s)
        seq = self._hub.head
        c = await self._way.newest(s)
        items, more, reset = await self._catch_up(c, p) if c else (list[Item](), False, True)
        # Again, because it may have moved on while the lines were read.
        c = await self._way.newest(s)
        inbox = self._way.workspace().inbox(s.inbox)
        return wire.Welcome(
            token=self._tokens.issue(s.inbox, s.who),
            visitor=s.contact,
            seq=seq,
            inbox=_inbox_view(inbox, self._way.settings(s.inbox), s.locale),
            conversation=self._shown(c) if c else None,
            items=items,
            more=more,
            reset=reset,
        )

    async def open(self, s: VisitorSession, p: wire.Open) -> Ack:
        s.page = replace(p.page, url=_web_only(p.page.url), referrer=_web_only(p.page.referrer))
        return await self._way.send(s, self._way.own(s), i.VisitorCame(opening=await self._way.opening(s)), p.id)

    async def history(self, s: VisitorSession, p: wire.VisitorHistory) -> Page:
        self._way.signal(s)
        c = await self._way.newest(s)
        if c is None:
            return Page(items=[], more=False)
        return await page(self._hub, c.id, p.before, p.limit, "visitor")

    async def _admit(self, contact: str) -> None:
        admit(await self._hub.look("contact", contact), self._hub.now())

    def _admitted(self, run: Handler) -> Handler:
        """Whoever is banned while connected does nothing more, whatever there is to do."""

        @wraps(run)
        async def admitted(s: VisitorSession, p: Any) -> Sent:
            await self._admit(s.contact)
            return await run(s, p)

        return admitted

    def _shown(self, c: Conversation) -> wire.VisitorConversation:
        ahead = self._hub.ahead(c.id)
        return visitor_conversation(c, ahead, self._wait(c.id, ahead))

    def _identify(self, auth: wire.VisitorAuth) -> VisitorIdentity:
        if auth.identity:
            claim = auth.identity
            return self._tokens.verified(auth.inbox, claim.id, claim.signature, claim.name)
        if auth.token:
            return self._tokens.read(auth.inbox, auth.token)
        return VisitorIdentity(contact=f"v-{new_id()}")

    async def _catch_up(self, c: Conversation, p: wire.VisitorHello) -> tuple[list[Item], bool, bool]:
        """(lines, whether older ones exist, whether the page must forget what it shows)."""
        name = stream("conversation", c.id)
        if p.conversation == c.id and 0 < p.after <= self._hub.head:
            records = await self._hub.store.history(name, 0, CAUGHT_UP)
            missed = [r for r in records if r.seq > p.after]
            lines = self._lines(c, missed)
            if (len(missed) < len(records) or not _more(records)) and weight(lines) <= PAGE_BYTES:
                return lines, False, False
        newest = await page(self._hub, c.id, 0, SHOWN, "visitor")
        return newest.items, newest.more, True

    def _lines(self, c: Conversation, records: Sequence[LogRecord]) -> list[Item]:
        lines = (item(r.seq, c.id, r.version, self._hub.event(r), "visitor", c.changed) for r in records)
        return [line for line in lines if line]


def _inbox_view(inbox: Inbox, settings: ConversationSettings, locale: str) -> wire.InboxView:
    style = inbox.style
    theme = wire.Theme(brand=style.brand, brand_text=style.brand_text, side=style.side, logo=style.logo)
    return wire.InboxView(
        title=style.title,
        subtitle=style.subtitle,
        locale="en" if locale == "en" else "zh-CN",
        theme=theme,
        typing_preview=settings.typing_preview,
        recall_within=settings.visitor_recall_within,
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
