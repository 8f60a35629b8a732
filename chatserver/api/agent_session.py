"""A connected console, and its way to a conversation: through `access`, and at a measured pace."""

import msgspec

from chatserver.access import permissions as p
from chatserver.access.check import Actor, require
from chatserver.access.permissions import Permission
from chatserver.agents.model import Agent, Profile
from chatserver.api import limits
from chatserver.api.members import actor_of, member
from chatserver.conversation.model import Conversation, Face, Phase
from chatserver.conversation.sight import may_write, sees, target
from chatserver.hub.hub import Hub, stream
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.protocol.wire import Ack
from chatserver.settings.workspace import Workspace


class AgentSession(msgspec.Struct, kw_only=True):
    """A connected console. Permissions are read from the agent's state each time: a changed role acts at once."""

    sid: str
    agent: str
    device: str
    login: str
    expires_at: int
    hub: Hub

    @property
    def state(self) -> Agent:
        return member(self.hub, self.agent)

    @property
    def actor(self) -> Actor:
        return actor_of(self.hub, self.state)

    @property
    def profile(self) -> Profile:
        profile = self.state.profile
        assert profile
        return profile

    @property
    def face(self) -> Face:
        return face_of(self.profile)

    def allow(self, permission: Permission | None) -> None:
        if permission is not None:
            require(self.actor, permission)

    def __str__(self) -> str:
        return f"agent {self.agent}"


class Reach:
    """What all parts of the agents' door share."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._inputs = limits.Buckets(limits.AGENT_INPUTS, hub.clock)

    def take(self, s: AgentSession) -> None:
        """One input more from this console; raises `Refused(rate_limited)`."""
        self._inputs.take(s.sid)

    async def conversation(self, s: AgentSession, id: str, permission: Permission) -> Conversation:
        """The conversation, if this agent may do that to it; what one may not see does not exist for one."""
        c: Conversation = await self.hub.look("conversation", id)
        if c.phase is Phase.NEW or not sees(s.actor, c):
            raise Refused(ErrorCode.NOT_FOUND, conversation=id)
        writes = permission is p.CONVERSATION_REPLY and may_write(s.actor, c)
        if permission is not p.CONVERSATION_READ and not writes:
            require(s.actor, permission, target(c))
        return c

    async def send(self, s: AgentSession, to: str, input: msgspec.Struct, id: str, line_of: str = "") -> Ack:
        """`line_of`: the visitor to whose lines it adds one. Those of both sides have ids of one kind, so that nobody
        makes a line that is taken for somebody else's."""
        self.take(s)
        receipt = await self.hub.send(Envelope(to, input, f"v:{line_of}:{id}" if line_of else f"a:{s.agent}:{id}"))
        kind, _, name = receipt.stream.partition("/")
        return Ack(seq=receipt.seq, at=receipt.at, conversation=name if kind == "conversation" else "")

    async def tell(self, s: AgentSession, conversation: str, input: msgspec.Struct, id: str) -> Ack:
        """`send`, to a conversation that was reached."""
        return await self.send(s, stream("conversation", conversation), input, id)

    async def say(self, s: AgentSession, c: Conversation, input: msgspec.Struct, id: str) -> Ack:
        """`tell`, of what is a line there."""
        assert c.visit, "what was reached has been opened"
        return await self.send(s, stream("conversation", c.id), input, id, c.visit.contact)

    def colleague(self, id: str, *permissions: Permission) -> Profile:
        """Somebody who works here (whoever was deactivated does not) and holds these permissions at any scope."""
        agent: Agent | None = self.hub.at_hand("agent", id)
        if agent is None or agent.profile is None or not agent.profile.active:
            raise Refused(ErrorCode.AGENT_UNKNOWN, agent=id)
        if lacks := [x.key for x in permissions if x.key not in actor_of(self.hub, agent).grants]:
            raise Refused(ErrorCode.FORBIDDEN, agent=id, permission=lacks[0])
        return agent.profile

    def workspace(self) -> Workspace:
        workspace: Workspace = self.hub.held("workspace", "main")
        return workspace


def face_of(profile: Profile) -> Face:
    return Face(name=profile.nickname, avatar=profile.avatar)


def room(agent: str) -> str:
    """All consoles of one agent."""
    return f"agent:{agent}"


def login_room(login: str) -> str:
    """All consoles of one login."""
    return f"login:{login}"
