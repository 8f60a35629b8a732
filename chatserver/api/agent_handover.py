"""Who serves: taking, accepting, handing over, helping out, taking over, ending, and keeping somebody out."""

from datetime import timedelta
from functools import partial

from chatserver.access import permissions as p
from chatserver.api.agent_session import AgentSession, Reach, face_of
from chatserver.api.commands import Command, Commands
from chatserver.conversation import inputs as i
from chatserver.conversation.contact import Ban, SetBan
from chatserver.conversation.model import Conversation
from chatserver.dispatch.inputs import Take
from chatserver.hub.hub import FLOOR, stream
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.protocol import agent as wire
from chatserver.protocol.wire import Ack


class AgentHandover:
    """Handlers of the namespace `/agent`."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.commands: Commands = {
            "take": Command(wire.Act, p.CONVERSATION_TAKE, self.take),
            "accept": Command(wire.Act, p.CONVERSATION_REPLY, partial(self.answer_offer, accepts=True)),
            "decline": Command(wire.Act, p.CONVERSATION_REPLY, partial(self.answer_offer, accepts=False)),
            "transfer": Command(wire.Transfer, p.CONVERSATION_TRANSFER, self.transfer),
            "take_over": Command(wire.Act, p.CONVERSATION_TAKE_OVER, self.take_over),
            "invite": Command(wire.Invite, p.CONVERSATION_TRANSFER, self.invite),
            "leave": Command(wire.Leave, p.CONVERSATION_READ, self.leave),
            "close": Command(wire.Act, p.CONVERSATION_CLOSE, self.close),
            "ban": Command(wire.Ban, p.VISITOR_BAN, self.ban),
        }

    async def take(self, s: AgentSession, m: wire.Act) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_TAKE)
        return await self._reach.send(s, FLOOR, Take(agent=s.agent, conversation=c.id), m.id)

    async def answer_offer(self, s: AgentSession, m: wire.Act, accepts: bool) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_READ)
        answered = i.AgentAnswered(agent=s.agent, face=s.face, accepts=accepts, welcome=s.profile.welcome)
        return await self._reach.tell(s, c.id, answered, m.id)

    async def transfer(self, s: AgentSession, m: wire.Transfer) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_TRANSFER)
        moved = i.AgentTransferred(
            id=m.id, by=s.face, to_name=self._name_of(m), to_agent=m.agent, to_group=m.group, note=m.note.strip()
        )
        return await self._reach.tell(s, c.id, moved, m.id)

    async def take_over(self, s: AgentSession, m: wire.Act) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_TAKE_OVER)
        face = s.face
        taken = i.AgentTransferred(id=m.id, by=face, to_name=face.name, to_agent=s.agent, takes_over=True)
        return await self._reach.tell(s, c.id, taken, m.id)

    async def invite(self, s: AgentSession, m: wire.Invite) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_TRANSFER)
        face = face_of(self._reach.colleague(m.agent, p.CONVERSATION_READ, p.CONVERSATION_REPLY))
        return await self._reach.tell(s, c.id, i.HelperInvited(agent=m.agent, face=face, by=s.face), m.id)

    async def leave(self, s: AgentSession, m: wire.Leave) -> Ack:
        """Oneself, always; somebody else, whoever may invite."""
        goes = m.agent or s.agent
        wanted = p.CONVERSATION_READ if goes == s.agent else p.CONVERSATION_TRANSFER
        c = await self._reach.conversation(s, m.conversation, wanted)
        left = i.HelperLeft(agent=goes, face=face_of(self._reach.colleague(goes)))
        return await self._reach.tell(s, c.id, left, m.id)

    async def close(self, s: AgentSession, m: wire.Act) -> Ack:
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_CLOSE)
        return await self._reach.tell(s, c.id, i.AgentEnded(agent=s.agent), m.id)

    async def ban(self, s: AgentSession, m: wire.Ban) -> Ack:
        """The contact is kept out; what that means for the conversation follows by itself."""
        c: Conversation = await self._reach.conversation(s, m.conversation, p.VISITOR_BAN)
        assert c.visit
        until = self._reach.hub.now() + timedelta(seconds=m.seconds) if m.seconds else None
        ban = SetBan(ban=Ban(by=s.agent, reason=m.reason.strip(), until=until))
        return await self._reach.send(s, stream("contact", c.visit.contact), ban, m.id)

    def _name_of(self, m: wire.Transfer) -> str:
        """How colleagues call the target; one of the two must be named, and be there."""
        if (m.agent is None) == (m.group is None):
            raise Refused(ErrorCode.BAD_REQUEST, path="$.group", reason="Expected either `agent` or `group`")
        if m.agent:
            name = self._reach.colleague(m.agent).nickname
            seat = self._reach.hub.memory.floor().seats.get(m.agent)
            if seat is None or not seat.on_duty:
                raise Refused(ErrorCode.SEAT_NOT_ELIGIBLE)
            return name
        group = next((g for g in self._reach.workspace().settings.groups if g.id == m.group), None)
        if group is None or "chat" not in group.serves:
            raise Refused(ErrorCode.NOT_FOUND, group=m.group)
        return group.name
