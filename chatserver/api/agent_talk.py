"""What an agent says in a conversation, changes of it, and files about it."""

from chatserver.access import permissions as p
from chatserver.api import limits, lines
from chatserver.api.agent_session import AgentSession, Reach, room
from chatserver.api.commands import Command, Commands, Gateway
from chatserver.api.ports import Labels, Media
from chatserver.conversation import capabilities
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Phase
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol import agent as wire
from chatserver.protocol.visitor import PeerTyping
from chatserver.protocol.wire import Ack


class AgentTalk:
    """Handlers of the namespace `/agent`."""

    def __init__(self, reach: Reach, gateway: Gateway, media: Media, labels: Labels) -> None:
        self._reach = reach
        self._gateway = gateway
        self._media = media
        self._labels = labels
        self._signals = limits.Buckets(limits.SIGNALS, reach.hub.clock)
        self.commands: Commands = {
            "send": Command(wire.Send, p.CONVERSATION_REPLY, self.send),
            "note": Command(wire.Note, p.CONVERSATION_REPLY, self.note),
            "edit": Command(wire.Edit, p.CONVERSATION_REPLY, self.edit),
            "recall": Command(wire.Recall, p.CONVERSATION_REPLY, self.recall),
            "invite_rating": Command(wire.Act, p.CONVERSATION_REPLY, self.invite_rating),
            "hold": Command(wire.Hold, p.CONVERSATION_REPLY, self.hold),
            "tag": Command(wire.Tag, p.CONVERSATION_RECORD, self.tag),
            "summarise": Command(wire.Summarise, p.CONVERSATION_RECORD, self.summarise),
            "typing": Command(wire.AgentTyping, p.CONVERSATION_REPLY, self.typing),
            "read": Command(wire.AgentRead, p.CONVERSATION_READ, self.read),
        }

    async def send(self, s: AgentSession, m: wire.Send) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_REPLY)
        said = await lines.content(self._media, m, room(s.agent))
        quote = await lines.quoted(self._reach.hub, c, m.quote)
        spoke = i.AgentSpoke(id=m.id, agent=s.agent, face=s.face, content=said, quote=quote)
        return await self._reach.say(s, c, spoke, m.id)

    async def note(self, s: AgentSession, m: wire.Note) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_READ)
        for colleague in m.mentions:
            self._reach.colleague(colleague, p.CONVERSATION_READ)
        text = lines.words(m.text)
        noted = i.AgentNoted(id=m.id, agent=s.agent, face=s.face, content=text, mentions=m.mentions, whisper=m.whisper)
        return await self._reach.say(s, c, noted, m.id)

    async def edit(self, s: AgentSession, m: wire.Edit) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_READ)
        line = await lines.message(self._reach.hub, c, m.seq)
        edited = i.AgentEdited(agent=s.agent, line=line, content=lines.words(m.text))
        return await self._reach.tell(s, c.id, edited, m.id)

    async def recall(self, s: AgentSession, m: wire.Recall) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_READ)
        line = await lines.message(self._reach.hub, c, m.seq)
        return await self._reach.tell(s, c.id, i.AgentRecalled(agent=s.agent, line=line), m.id)

    async def invite_rating(self, s: AgentSession, m: wire.Act) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_REPLY)
        return await self._reach.tell(s, c.id, i.AgentInvited(agent=s.agent), m.id)

    async def hold(self, s: AgentSession, m: wire.Hold) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_REPLY)
        return await self._reach.tell(s, c.id, i.AgentHeld(agent=s.agent, on=m.on), m.id)

    async def tag(self, s: AgentSession, m: wire.Tag) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_RECORD)
        if unfit := self._labels.unfit(m.tags, c.tags):
            raise Refused(ErrorCode.NOT_FOUND, tags=list(unfit))
        return await self._reach.tell(s, c.id, i.AgentTagged(agent=s.agent, tags=m.tags), m.id)

    async def summarise(self, s: AgentSession, m: wire.Summarise) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_RECORD)
        rows = self._labels.filled(m.template, m.version, m.values)
        filed = i.AgentSummarised(
            agent=s.agent,
            face=s.face,
            template=m.template,
            version=m.version,
            values={row.key: row.value for row in rows},
            labels={row.key: row.label for row in rows},
        )
        return await self._reach.tell(s, c.id, filed, m.id)

    async def typing(self, s: AgentSession, m: wire.AgentTyping) -> Ack:
        """Passed on to the visitor, never stored; only from who speaks there, and where both sides may know."""
        self._signals.take(s.sid)
        hub = self._reach.hub
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_REPLY)
        speaks = c.phase is Phase.SERVING and s.agent in (c.agent, *c.helpers)
        if speaks and c.visit and capabilities.of(c).typing:
            if self._reach.workspace().conversation(c.visit.inbox).typing_sign:
                await self._gateway.emit("/visitor", "typing", PeerTyping(on=m.on), [f"visitor:{c.visit.contact}"])
        return Ack(seq=hub.head, at=epoch_ms(hub.now()), conversation=c.id)

    async def read(self, s: AgentSession, m: wire.AgentRead) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_READ)
        saw = i.AgentSaw(agent=s.agent, upto=min(m.seq, self._reach.hub.head))
        return await self._reach.tell(s, c.id, saw, m.id)
