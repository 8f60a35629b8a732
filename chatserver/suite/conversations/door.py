"""Conversations and visitors over HTTP. What one may not see does not exist for one."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chatserver.access import permissions as p
from chatserver.access.check import Actor, allowed, require
from chatserver.conversation.contact import Ban, Contact, LiftBan, Mark, SetBan, SetFields
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.sight import sees, target
from chatserver.hub import history
from chatserver.hub.hub import Hub, stream
from chatserver.hub.paging import Page, Paged, page
from chatserver.hub.plug import Call, Download, Operation
from chatserver.hub.step import Envelope
from chatserver.hub.tables import Rows
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.tasks import aside
from chatserver.protocol.timeline import Audience
from chatserver.protocol.wire import Item
from chatserver.suite.conversations import transcript
from chatserver.suite.conversations import views as v
from chatserver.suite.conversations.lists import EVERYTHING, asks
from chatserver.suite.conversations.surveys import survey
from chatserver.suite.conversations.tables import CONVERSATIONS, NAME, ConversationRow

MAX_LINES = 20_000
"""Lines of a transcript: some megabytes, and months of a conversation that nobody closed."""


class Door:
    """The operations of conversations and of visitors."""

    def __init__(self, hub: Hub, rows: Rows, url: str) -> None:
        self._hub = hub
        self._rows = rows
        self._url = url
        read = p.CONVERSATION_READ
        self.operations: Sequence[Operation] = (
            Operation(name="listConversations", method="GET", path="/conversations", requires=read, run=self.list,
                      query=v.ConversationQuery, answers=Page[v.ConversationView]),
            Operation(name="readConversation", method="GET", path="/conversations/{id}", requires=read, run=self.read,
                      answers=v.WholeConversation),
            Operation(name="listMessages", method="GET", path="/conversations/{id}/messages", requires=read,
                      run=self.messages, query=v.MessagesQuery, answers=v.Lines),
            Operation(name="downloadTranscript", method="GET", path="/conversations/{id}/transcript", requires=read,
                      run=self.transcript, query=v.TranscriptQuery, answers=Download),
            Operation(name="readContact", method="GET", path="/contacts/{id}", requires=p.CONTACT_READ,
                      run=self.contact, answers=v.ContactView),
            Operation(name="markContact", method="PUT", path="/contacts/{id}/vip", requires=p.CONTACT_MARK,
                      run=self.mark, body=v.ContactMark, answers=v.ContactView),
            Operation(name="setContactFields", method="PATCH", path="/contacts/{id}/fields", requires=p.CONTACT_EDIT,
                      run=self.set_fields, body=v.ContactFields, answers=v.ContactView),
            Operation(name="banContact", method="PUT", path="/contacts/{id}/ban", requires=p.VISITOR_BAN,
                      run=self.ban, body=v.BanContact, answers=v.ContactView),
            Operation(name="liftBan", method="DELETE", path="/contacts/{id}/ban", requires=p.VISITOR_BAN,
                      run=self.lift, answers=v.ContactView),
            Operation(name="listContactConversations", method="GET", path="/contacts/{id}/conversations",
                      requires=p.CONTACT_READ, run=self.visits, query=Paged, answers=Page[v.ConversationView]),
        )  # fmt: skip

    async def list(self, call: Call) -> Page[v.ConversationView]:
        """Conversations, newest first: those that one may see, and of them those that are asked for."""
        await self._hub.caught_up(NAME)
        return await page(self._rows, asks(call.actor, call.query), call.query, v.view)

    async def read(self, call: Call) -> v.WholeConversation:
        """One conversation as it stands now."""
        c = await self._reach(call)
        await self._hub.caught_up(NAME)
        row: ConversationRow | None = await self._rows.row(CONVERSATIONS, (c.id,))
        if row is None:
            raise Refused(ErrorCode.NOT_FOUND, conversation=c.id)
        return v.whole(row, c, await survey(self._hub, c))

    async def messages(self, call: Call) -> v.Lines:
        """What was said, oldest first: the newest lines, or those before a place. What a line said before it was taken
        back is shown to whoever may know."""
        c = await self._reach(call)
        knows_all = allowed(call.actor, p.CONVERSATION_READ_RECALLED, target(c))
        audience: Audience = "overseer" if knows_all else "agent"
        found = await history.page(self._hub, c.id, call.query.before, call.query.limit, audience)
        return v.Lines(items=found.items, before=found.items[0].seq if found.more else None)

    async def transcript(self, call: Call) -> Download:
        """The whole conversation as a file: plain text, a page that is fit for an e-mail, or data.

        The visitor's edition has neither notes nor anything else that visitors do not see. Attachments are links with
        the whole address: whoever has the file opens them without signing in, until their message is taken back.
        """
        c = await self._reach(call)
        query: v.TranscriptQuery = call.query
        try:
            zone = ZoneInfo(query.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Refused(ErrorCode.BAD_REQUEST, path="$.time_zone", reason="no such time zone") from None
        lines = [transcript.linked(line, self._url) for line in await self._lines(c, query.audience)]
        # Months of a conversation take a second to write, and nobody else shall wait for them.
        return await aside(transcript.written, c, lines, query, zone)

    async def contact(self, call: Call) -> v.ContactView:
        """A visitor over all visits, for whoever serves this visitor now or did last, and for supervisors."""
        contact, newest = await self._visitor(call.actor, call.path["id"])
        return v.contact_view(contact, newest)

    async def mark(self, call: Call) -> v.ContactView:
        """Say how important a visitor is, from the next conversation on; 0 for nobody special."""
        contact, newest = await self._visitor(call.actor, call.path["id"])
        require(call.actor, p.CONTACT_MARK, target(newest))
        marked = Mark(vip=call.body.vip, by=call.actor.agent)
        await self._hub.send(Envelope(stream("contact", contact.id), marked, call.id))
        return v.contact_view(*await self._visitor(call.actor, contact.id))

    async def set_fields(self, call: Call) -> v.ContactView:
        """Set what is remembered of a visitor. Other fields stay as they are. Flows know it from the next conversation
        on, and so do the cards that agents see; `readContact` shows it at once."""
        contact, newest = await self._visitor(call.actor, call.path["id"])
        require(call.actor, p.CONTACT_EDIT, target(newest))
        wanted = SetFields(fields=v.fields_set(contact, call.body), by=call.actor.agent)
        await self._hub.send(Envelope(stream("contact", contact.id), wanted, call.id))
        return v.contact_view(*await self._visitor(call.actor, contact.id))

    async def ban(self, call: Call) -> v.ContactView:
        """Let a visitor in no more, for a while or for good. An open conversation ends."""
        contact, newest = await self._visitor(call.actor, call.path["id"])
        require(call.actor, p.VISITOR_BAN, target(newest))
        seconds = call.body.seconds
        until = self._hub.now() + timedelta(seconds=seconds) if seconds else None
        ban = SetBan(ban=Ban(by=call.actor.agent, reason=call.body.reason.strip(), until=until))
        await self._hub.send(Envelope(stream("contact", contact.id), ban, call.id))
        return v.contact_view(*await self._visitor(call.actor, contact.id))

    async def lift(self, call: Call) -> v.ContactView:
        """Let a banned visitor in again; fine if nobody was kept out."""
        contact, newest = await self._visitor(call.actor, call.path["id"])
        require(call.actor, p.VISITOR_BAN, target(newest))
        await self._hub.send(Envelope(stream("contact", contact.id), LiftBan(by=call.actor.agent), call.id))
        return v.contact_view(*await self._visitor(call.actor, contact.id))

    async def visits(self, call: Call) -> Page[v.ConversationView]:
        """All conversations of a visitor, newest first, whoever held them."""
        contact, _ = await self._visitor(call.actor, call.path["id"])
        await self._hub.caught_up(NAME)
        everything = asks(EVERYTHING, v.ConversationQuery(contact=contact.id))
        return await page(self._rows, everything, call.query, v.view)

    async def _lines(self, c: Conversation, audience: Audience) -> Sequence[Item]:
        found: list[Item] = []
        more, before = True, 0
        while more and len(found) < MAX_LINES:
            stretch = await history.page(self._hub, c.id, before, history.RECORDS, audience, most=None)
            found = [*stretch.items, *found]
            more, before = stretch.more, stretch.items[0].seq if stretch.items else 0
        return found

    async def _reach(self, call: Call) -> Conversation:
        """The conversation, if this agent sees it, or sees its visitor's history."""
        id = call.path["id"]
        c: Conversation = await self._hub.look("conversation", id)
        if c.phase is Phase.NEW or c.visit is None:
            raise Refused(ErrorCode.NOT_FOUND, conversation=id)
        if not sees(call.actor, c):
            newest = await self._newest(c.visit.contact)
            if not _knows(call.actor, newest):
                raise Refused(ErrorCode.NOT_FOUND, conversation=id)
        return c

    async def _visitor(self, who: Actor, id: str) -> tuple[Contact, Conversation]:
        contact: Contact = await self._hub.look("contact", id)
        newest = await self._newest(id)
        if newest is None or not _knows(who, newest):
            raise Refused(ErrorCode.NOT_FOUND, contact=id)
        return contact, newest

    async def _newest(self, contact: str) -> Conversation | None:
        known: Contact = await self._hub.look("contact", contact)
        if known.conversation is None:
            return None
        newest: Conversation = await self._hub.look("conversation", known.conversation)
        return newest if newest.visit else None


def _knows(who: Actor, newest: Conversation | None) -> bool:
    """Whoever holds the visitor's newest conversation knows the earlier ones."""
    if newest is None or p.CONTACT_READ.key not in who.grants:
        return False
    return allowed(who, p.CONTACT_READ, target(newest)) or who.agent in newest.helpers
