"""The log -> WeChat: a durable subscriber that says to each visitor, in order, what a web page would show.

What was sent is reported back into the conversation. A try whose outcome is unknown is repeated under the same id,
which WeChat takes only once; so nothing is lost and nothing is said twice.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from chatserver.channels.wechat_kefu.bodies import Body, bodies
from chatserver.channels.wechat_kefu.corps import Corps
from chatserver.channels.wechat_kefu.files import Attachment, Files, uploaded
from chatserver.channels.wechat_kefu.msgids import msgid
from chatserver.channels.wechat_kefu.settings import CHANNEL, KefuInbox, user_of
from chatserver.channels.wechat_kefu.wecom import UNREACHABLE, ApiError, WeCom
from chatserver.conversation import delivery
from chatserver.conversation import inputs as i
from chatserver.conversation.content import FileContent, ImageContent, NoticeContent, VoiceContent
from chatserver.conversation.model import Conversation, Undelivered, Visit
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.machines import kind_of
from chatserver.hub.relay import Entry, Subscriber
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.protocol.sentences import notice
from chatserver.protocol.timeline import item
from chatserver.protocol.wire import Item

_log = logging.getLogger("chatserver.wechat")

AT_ONCE = 10
"""Visitors to whom we speak at the same time."""

TRIES = (1, 2, 4, 8, 16)
"""Seconds between tries of one message; whoever waits longer is told that it did not arrive."""

BUSY = frozenset({-1, 45033, 45009, 45011, UNREACHABLE})
"""Worth another try."""

CLOSED = frozenset({95001, 95002, 95013, 95018, 95031})
"""No more may be said until the visitor writes: too many, too late, or somebody serves in WeCom itself."""

SAID_BEFORE = 40058
"""What a second use of an id is answered with, as far as is known; only a repetition takes it for a success."""

RESERVE = 2
"""Messages that notices leave for people's words."""


class Links(Protocol):
    """Addresses of our own pages, for what WeChat cannot show."""

    def form(self, inbox: str, contact: str) -> str:
        """Where this visitor can fill a form: the H5 page, under the same identity."""
        ...

    def file(self, path: str) -> str:
        """Where a kept file can be looked at."""
        ...


class Sender:
    """Speaks for the inboxes that the settings name at the moment."""

    def __init__(self, hub: Hub, corps: Corps, files: Files, workspace: str, links: Links) -> None:
        self._hub = hub
        self._corps = corps
        self._files = files
        self._links = links
        self._mark = hashlib.sha256(workspace.encode()).hexdigest()[:6]
        self._places = asyncio.Semaphore(AT_ONCE)
        self._before = 0
        self.subscriber = Subscriber("wechat_kefu", self.handle, durable=True)

    def started(self) -> None:
        """What is in the log by now may have been sent already by the process before this one."""
        self._before = self._hub.head

    async def handle(self, entries: Sequence[Entry]) -> None:
        inboxes = {inbox.id: inbox for inbox in self._hub.held("workspace", "main").settings.kefu}
        if not inboxes:
            return
        lines: dict[str, list[tuple[Conversation, Item]]] = {}
        for seq, happened in entries:
            if kind_of(happened.stream) != "conversation":
                continue
            c: Conversation = await self._hub.look("conversation", id_of(happened.stream))
            if c.visit is None or c.visit.channel != CHANNEL or c.visit.inbox not in inboxes:
                continue
            line = item(seq, c.id, happened.version, happened.event, "visitor")
            if line is not None and line.by != "visitor" and not line.replaces:
                lines.setdefault(c.visit.contact, []).append((c, line))
        await asyncio.gather(*(self._to(inboxes, each) for each in lines.values()))

    async def _to(self, inboxes: dict[str, KefuInbox], lines: list[tuple[Conversation, Item]]) -> None:
        async with self._places:
            for c, line in lines:
                assert c.visit
                await self._say(inboxes[c.visit.inbox], c, line)

    async def _say(self, inbox: KefuInbox, c: Conversation, line: Item) -> None:
        assert c.visit
        content = line.content
        attached = content if isinstance(content, ImageContent | FileContent | VoiceContent) else None
        pieces: list[Body] = [] if attached else self._bodies(inbox, c.visit, line)
        if not pieces and not attached:
            return
        now: Conversation = await self._hub.look("conversation", c.id)
        left = delivery.left(now, self._hub.now())
        if isinstance(line.content, NoticeContent) and left is not None and left <= RESERVE:
            return
        sent, failed = await self._all(inbox, c.visit.contact, line, pieces, attached)
        report = i.DeliveryReported(line=line.id, messages=sent, failed=failed)
        try:
            await self._hub.send(Envelope(stream("conversation", c.id), report, f"k:sent:{line.seq}"))
        except Refused as refused:
            if refused.code is ErrorCode.BUSY:
                raise

    def _bodies(self, inbox: KefuInbox, visit: Visit, line: Item) -> list[Body]:
        form = self._links.form(inbox.id, visit.contact)
        return bodies(line.id, line.content, lambda n: notice(visit.locale, n), form)

    async def _all(
        self, inbox: KefuInbox, contact: str, line: Item, pieces: list[Body], attached: Attachment | None
    ) -> tuple[int, Undelivered | None]:
        """(messages that WeChat took, why the rest did not go)."""
        bound = self._corps.find(inbox.corp)
        if bound is None:
            return 0, Undelivered.REJECTED
        _, user = user_of(contact)
        if attached:
            try:
                pieces = [await uploaded(bound.api, self._files, attached, self._links.file(attached.url))]
            except ApiError as failure:
                _log.warning("an attachment was not delivered", extra={"code": failure.code, "seq": line.seq})
                return 0, Undelivered.UNREACHABLE if failure.code in BUSY else Undelivered.REJECTED
        for n, piece in enumerate(pieces):
            to = {"touser": user, "open_kfid": inbox.open_kfid, "msgid": msgid(line.seq, n, self._mark)}
            failed = await self._piece(bound.api, {**to, **piece}, line.seq <= self._before)
            if failed:
                return n, failed
        return len(pieces), None

    async def _piece(self, api: WeCom, body: Body, perhaps_sent: bool) -> Undelivered | None:
        """None when WeChat has it."""
        code = 0
        for wait in (*TRIES, None):
            try:
                await api.post("kf/send_msg", body)
                return None
            except ApiError as failure:
                code = failure.code
            if code == SAID_BEFORE and perhaps_sent:
                return None
            if code not in BUSY or wait is None:
                break
            perhaps_sent = True
            await self._hub.clock.sleep_until(self._hub.now() + timedelta(seconds=wait), asyncio.Event())
        _log.warning("a message was not delivered", extra={"code": code, "msgid": body["msgid"]})
        if code in CLOSED:
            return Undelivered.WINDOW
        return Undelivered.UNREACHABLE if code in BUSY else Undelivered.REJECTED

