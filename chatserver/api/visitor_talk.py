"""What a visitor says and does in the conversation."""

from chatserver.access.permissions import PUBLIC
from chatserver.api import lines
from chatserver.api.commands import Command, Commands, Gateway
from chatserver.api.desks import Desks
from chatserver.api.ports import Media
from chatserver.api.visitor_session import VisitorSession, Way, room
from chatserver.conversation import capabilities, reopen
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Conversation, Phase, Quote
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol import visitor as wire
from chatserver.protocol.agent import VisitorWriting
from chatserver.protocol.wire import Ack


class VisitorTalk:
    """Handlers of the namespace `/visitor`."""

    def __init__(self, way: Way, gateway: Gateway, desks: Desks, media: Media) -> None:
        self._way = way
        self._gateway = gateway
        self._desks = desks
        self._media = media
        self.commands: Commands = {
            "say": Command(wire.Say, PUBLIC, self.say),
            "recall": Command(wire.VisitorRecall, PUBLIC, self.recall),
            "choose": Command(wire.Choose, PUBLIC, self.choose),
            "submit": Command(wire.Submit, PUBLIC, self.submit),
            "rate": Command(wire.Rate, PUBLIC, self.rate),
            "leave_queue": Command(wire.LeaveQueue, PUBLIC, self.leave_queue),
            "close": Command(wire.Quit, PUBLIC, self.close),
            "typing": Command(wire.VisitorTyping, PUBLIC, self.typing),
            "read": Command(wire.VisitorRead, PUBLIC, self.read),
        }

    async def say(self, s: VisitorSession, p: wire.Say) -> Ack:
        content = await lines.content(self._media, p, room(s.contact))
        quote = await self._quoted(s, p)
        said = i.VisitorSpoke(id=p.id, content=content, opening=await self._way.opening(s), quote=quote)
        return await self._way.send(s, self._way.own(s, takes_up=True), said, p.id)

    async def recall(self, s: VisitorSession, p: wire.VisitorRecall) -> Ack:
        c = await self._way.newest(s)
        if c is None:
            raise Refused(ErrorCode.CONVERSATION_NOT_STARTED)
        line = await lines.message(self._way.hub, c, p.seq)
        return await self._way.tell(s, i.VisitorRecalled(line=line), p.id)

    async def choose(self, s: VisitorSession, p: wire.Choose) -> Ack:
        return await self._way.tell(s, i.VisitorChose(id=p.id, item=p.item, option=p.option), p.id)

    async def submit(self, s: VisitorSession, p: wire.Submit) -> Ack:
        return await self._way.tell(s, i.VisitorSubmitted(id=p.id, values=p.values), p.id)

    async def rate(self, s: VisitorSession, p: wire.Rate) -> Ack:
        rated = i.VisitorRated(id=p.id, item=p.item, score=p.score, tags=p.tags, comment=p.comment)
        return await self._way.tell(s, rated, p.id)

    async def leave_queue(self, s: VisitorSession, p: wire.LeaveQueue) -> Ack:
        return await self._way.tell(s, i.VisitorQuit(mode=p.mode), p.id)

    async def close(self, s: VisitorSession, p: wire.Quit) -> Ack:
        return await self._way.tell(s, i.VisitorEnded(), p.id)

    async def read(self, s: VisitorSession, p: wire.VisitorRead) -> Ack:
        return await self._way.tell(s, i.VisitorSaw(upto=min(p.seq, self._way.hub.head)), None)

    async def typing(self, s: VisitorSession, p: wire.VisitorTyping) -> Ack:
        """Passed on to those who speak there, never stored; what is being written only where the workspace says so."""
        self._way.signal(s)
        hub = self._way.hub
        c = await self._way.newest(s)
        if c and c.phase is Phase.SERVING and c.visit and capabilities.of(c).typing:
            await self._pass_on(c, p)
        return Ack(seq=hub.head, at=epoch_ms(hub.now()))

    async def _pass_on(self, c: Conversation, p: wire.VisitorTyping) -> None:
        assert c.visit and c.agent, "somebody serves a visitor"
        settings = self._way.settings(c.visit.inbox)
        readers = {c.agent, *c.helpers}
        text = p.text if settings.typing_preview else ""
        if text:
            readers |= self._desks.overseers((c.group,) if c.group else ())
        if text or settings.typing_sign:
            writing = VisitorWriting(conversation=c.id, on=p.on, text=text)
            await self._gateway.emit("/agent", "typing", writing, [f"agent:{agent}" for agent in sorted(readers)])

    async def _quoted(self, s: VisitorSession, p: wire.Say) -> Quote | None:
        """A line of the conversation in which this is said; where a new one begins, there is nothing to quote."""
        c = await self._way.newest(s)
        hub = self._way.hub
        after = reopen.since(self._way.settings(s.inbox), hub.now())
        if c is None or (c.phase is Phase.CLOSED and not reopen.goes_on(c, after)):
            return None
        return await lines.quoted(hub, c, p.quote)
