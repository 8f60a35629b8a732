"""What visitors do in WeChat, as inputs of the hub. Each input carries WeChat's own id, so it counts once."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence

import msgspec

from chatserver.channels.wechat_kefu.bodies import CHOICE, RATING, cut, tapped
from chatserver.channels.wechat_kefu.corps import Corps
from chatserver.channels.wechat_kefu.files import Files, fetched
from chatserver.channels.wechat_kefu.items import AnyInbound, Entered, NotReceived, Sent, TookBack, Wrote
from chatserver.channels.wechat_kefu.msgids import seq_of
from chatserver.channels.wechat_kefu.settings import CHANNEL, KefuInbox, contact_of
from chatserver.channels.wechat_kefu.wecom import ApiError, WeCom
from chatserver.conversation import inputs as i
from chatserver.conversation import reopen
from chatserver.conversation.contact import Contact, admit, returns_to
from chatserver.conversation.content import Said, TextContent
from chatserver.conversation.events import VisitorMessage
from chatserver.conversation.model import Conversation, FlowRef, Line, Undelivered, Visit, conversation_of
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.machines import kind_of
from chatserver.hub.step import Address, Envelope, OpenConversationOf
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.sentences import sentence
from chatserver.protocol.timeline import item

_log = logging.getLogger("chatserver.wechat")

WELCOME_WITHIN = 18
"""Seconds: a welcome code is good for twenty."""

KNOWN_FOR_MS = 24 * 3_600_000
"""How long a visitor's name is remembered before it is asked for again."""

WHY = {4: Undelivered.WINDOW, 5: Undelivered.WINDOW, 6: Undelivered.WINDOW, 10: Undelivered.REFUSED}
"""`fail_type` of a message that did not arrive; any other is a rejection."""


IN_ONE_STEP = 50
"""Events among which a message is looked for: what opens a conversation comes before the first word in it."""

TOO_LATE = (ErrorCode.ALREADY_RATED, ErrorCode.RATING_EXPIRED)
"""A tap on a survey that does not ask any more is no word to anybody: it opens no conversation."""


class Arrivals:
    """`take` returns when all of a page is durable; what the rules refuse is left out, and logged."""

    def __init__(self, hub: Hub, corps: Corps, files: Files) -> None:
        self._hub = hub
        self._corps = corps
        self._files = files

    async def take(self, inbox: KefuInbox, items: Sequence[AnyInbound]) -> None:
        """In order for each visitor; visitors do not wait for each other."""
        by_user: dict[str, list[AnyInbound]] = {}
        for inbound in items:
            by_user.setdefault(inbound.user, []).append(inbound)
        await asyncio.gather(*(self._visitor(inbox, each) for each in by_user.values()))

    async def _visitor(self, inbox: KefuInbox, items: Sequence[AnyInbound]) -> None:
        for inbound in items:
            try:
                await self._one(inbox, inbound)
            except Refused as refused:
                if refused.code in (ErrorCode.BUSY, ErrorCode.INTERNAL):
                    raise
                _log.info("refused", extra={"code": refused.code.value, "event": type(inbound).__name__})

    async def _one(self, inbox: KefuInbox, inbound: AnyInbound) -> None:
        """Whoever is banned does nothing here; what did not arrive is WeChat's word, not the visitor's."""
        if not isinstance(inbound, NotReceived):
            admit(await self._hub.look("contact", contact_of(inbox.id, inbound.user)), self._hub.now())
        match inbound:
            case Wrote():
                await self._wrote(inbox, inbound)
            case Sent():
                await self._sent(inbox, inbound)
            case Entered():
                await self._welcome(inbox, inbound)
            case NotReceived():
                await self._not_received(inbound)
            case TookBack():
                await self._took_back(inbox, inbound)

    async def _sent(self, inbox: KefuInbox, sent: Sent) -> None:
        """Not fetched again when its page is read again."""
        bound = self._corps.find(inbox.corp)
        if bound is None or await self._hub.store.answered(_input_id(inbox, sent)):
            return
        owner = f"visitor:{contact_of(inbox.id, sent.user)}"
        await self._say(inbox, sent, await fetched(bound.api, self._files, sent, owner))

    async def _wrote(self, inbox: KefuInbox, said: Wrote) -> None:
        """A tap is what it says on the entry, unless the line that it answers still asks."""
        tap = tapped(said.menu)
        contact: Contact = await self._hub.look("contact", contact_of(inbox.id, said.user))
        if tap is None or contact.conversation is None:
            return await self._say(inbox, said, TextContent(text=said.text))
        kind, line, key = tap
        to, answer = contact.conversation, _answer(said, kind, line, key)
        if kind == RATING and await self._asked(line, contact):
            to = conversation_of(line)
        try:
            await self._send(inbox, stream("conversation", to), answer, said)
        except Refused as refused:
            if refused.code in (ErrorCode.BUSY, ErrorCode.INTERNAL):
                raise
            if refused.code in TOO_LATE:
                return await self._tell(inbox, said, refused)
            await self._say(inbox, said, TextContent(text=said.text))

    async def _asked(self, line: str, contact: Contact) -> bool:
        """Whether it is a line of this contact's, however many conversations ago."""
        c: Conversation = await self._hub.look("conversation", conversation_of(line))
        return c.visit is not None and c.visit.contact == contact.id

    async def _tell(self, inbox: KefuInbox, said: Wrote, refused: Refused) -> None:
        """Why a tap counts for nothing: said to the visitor alone, as a web page would, and no line of any
        conversation."""
        bound = self._corps.find(inbox.corp)
        if bound is None:
            return
        text = sentence(inbox.locale, f"error.{refused.code.value}", refused.data)
        body = {"touser": said.user, "open_kfid": inbox.open_kfid, "msgid": _line(said)[:32]}
        try:
            await bound.api.post("kf/send_msg", {**body, "msgtype": "text", "text": {"content": text}})
        except ApiError as failure:
            _log.info("a refusal was not said", extra={"inbox": inbox.id, "code": failure.code})

    async def _say(self, inbox: KefuInbox, inbound: Wrote | Sent, content: Said) -> None:
        if isinstance(content, TextContent) and not content.text.strip():
            return
        spoke = i.VisitorSpoke(id=_line(inbound), content=content, opening=await self._opening(inbox, inbound))
        after = reopen.since(self._hub.held("workspace", "main").conversation(inbox.id), self._hub.now())
        own = OpenConversationOf(contact_of(inbox.id, inbound.user), new_id(), after)
        await self._send(inbox, own, spoke, inbound)

    async def _send(self, inbox: KefuInbox, to: Address, input: i.VisitorInput, inbound: AnyInbound) -> None:
        await self._hub.send(Envelope(to, input, _input_id(inbox, inbound)))

    async def _opening(self, inbox: KefuInbox, inbound: AnyInbound) -> i.Opening:
        contact: Contact = await self._hub.look("contact", contact_of(inbox.id, inbound.user))
        flows = self._hub.held("workspace", "main").settings.flows
        flow = next(f for f in flows if f.id == inbox.flow)
        visit = Visit(
            contact=contact.id,
            visits=contact.visits + 1,
            vip=contact.vip,
            fields=contact.fields,
            inbox=inbox.id,
            channel=CHANNEL,
            name=await self._name(inbox, inbound.user),
            locale=inbox.locale,
        )
        within = self._hub.held("workspace", "main").conversation(inbox.id).returning_within
        last = returns_to(contact, within, self._hub.now())
        return i.Opening(visit=visit, flow=FlowRef(id=flow.id, version=flow.version), last_agent=last)

    async def _name(self, inbox: KefuInbox, user: str) -> str:
        """The nickname, asked for once a day; a visitor without one is no reason to wait."""
        kept = await self._hub.store.get_document("wechat_name", contact_of(inbox.id, user))
        if kept is not None:
            return kept.decode()
        bound = self._corps.find(inbox.corp)
        name = await _nickname(bound.api, user) if bound else ""
        expires = epoch_ms(self._hub.now()) + KNOWN_FOR_MS
        await self._hub.store.put_document("wechat_name", contact_of(inbox.id, user), name.encode(), expires)
        return name

    async def _welcome(self, inbox: KefuInbox, entered: Entered) -> None:
        """One greeting to whoever comes for the first time in two days; too late is not at all."""
        age = self._hub.now().timestamp() - entered.at
        bound = self._corps.find(inbox.corp)
        if not entered.code or not inbox.welcome or bound is None or age > WELCOME_WITHIN:
            return
        body = {"code": entered.code, "msgtype": "text", "text": {"content": cut(inbox.welcome, 2000)}}
        try:
            await bound.api.post("kf/send_msg_on_event", body)
        except ApiError as failure:
            _log.info("no welcome was said", extra={"inbox": inbox.id, "code": failure.code})

    async def _took_back(self, inbox: KefuInbox, recalled: TookBack) -> None:
        """What the visitor has taken back on the phone is not shown to agents either. A tap was no line of its own."""
        taken = await self._hub.store.answered(f"k:{inbox.open_kfid}:{recalled.msgid}")
        records = await self._hub.store.read_log(taken.seq - 1, IN_ONE_STEP) if taken else []
        for record in records:
            said = self._hub.event(record)
            if isinstance(said, VisitorMessage) and said.id == _line_of(recalled.msgid):
                line = Line(id=said.id, at=said.at, by="visitor", content=said.content)
                return await self._send(inbox, record.stream, i.VisitorRecalled(line=line, done=True), recalled)
        _log.info("a visitor took back what is no message here", extra={"inbox": inbox.id})

    async def _not_received(self, told: NotReceived) -> None:
        """WeChat took a message of ours, and says later that it did not arrive."""
        seq = seq_of(told.msgid)
        records = await self._hub.store.read_log(seq - 1, 1) if seq else []
        if not records or kind_of(records[0].stream) != "conversation":
            return
        record = records[0]
        line = item(record.seq, id_of(record.stream), record.version, self._hub.event(record), "visitor")
        if line is None:
            return
        reported = i.DeliveryReported(line=line.id, messages=0, failed=WHY.get(told.why, Undelivered.REJECTED))
        await self._hub.send(Envelope(record.stream, reported, f"k:{told.user}:{told.id}"))


async def _nickname(api: WeCom, user: str) -> str:
    try:
        async with asyncio.timeout(3):
            answer = await api.post("kf/customer/batchget", {"external_userid_list": [user]})
        found = msgspec.convert(answer.get("customer_list"), list[dict[str, object]])
    except (ApiError, TimeoutError, msgspec.ValidationError):
        return ""
    return next((str(c.get("nickname") or "")[:200] for c in found if c.get("external_userid") == user), "")


def _answer(said: Wrote, kind: str, line: str, key: str) -> i.VisitorInput:
    if kind == CHOICE:
        return i.VisitorChose(id=_line(said), item=line, option=key)
    return i.VisitorRated(id=_line(said), item=line, score=int(key) if key.isdecimal() else 0)


def _input_id(inbox: KefuInbox, inbound: AnyInbound) -> str:
    return f"k:{inbox.open_kfid}:{inbound.id}"


def _line(inbound: AnyInbound) -> str:
    """The id of the line that it becomes."""
    return _line_of(inbound.id)


def _line_of(msgid: str) -> str:
    """A line's id: short, whatever WeChat's is."""
    return f"kf-{hashlib.sha256(msgid.encode()).hexdigest()[:32]}"
