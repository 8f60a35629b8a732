"""The agents' door: what a console may ask. Every object is reached through `access`, never by its id alone."""

from collections import Counter
from functools import partial

import msgspec

from chatserver.access import permissions as p
from chatserver.access.check import Actor, Target, actor, require
from chatserver.access.permissions import Permission
from chatserver.agents import inputs as ai
from chatserver.agents.model import Agent
from chatserver.api import limits, sync
from chatserver.api.auth import Session
from chatserver.api.commands import Command, Commands, Gateway
from chatserver.api.desks import Desks, sees
from chatserver.api.history import page
from chatserver.conversation import inputs as i
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Conversation, Face, Phase
from chatserver.dispatch.inputs import Take
from chatserver.hub.hub import FLOOR, Hub, stream
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol import agent as wire
from chatserver.protocol.visitor import PeerTyping
from chatserver.protocol.wire import Ack, Page
from chatserver.settings.workspace import Workspace

NAMESPACE = "/agent"

CAUGHT_UP = 1_000
"""Records that a returning console is told one by one; after more it starts from a snapshot."""


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
        found: Agent | None = self.hub.at_hand("agent", self.agent)
        if found is None or found.profile is None:
            raise Refused(ErrorCode.UNAUTHENTICATED)
        return found

    @property
    def actor(self) -> Actor:
        profile = self.state.profile
        assert profile
        return actor(self.agent, profile.groups, profile.roles)

    @property
    def face(self) -> Face:
        profile = self.state.profile
        assert profile
        return Face(name=profile.nickname, avatar=profile.avatar)

    def allow(self, permission: Permission | None) -> None:
        if permission is not None:
            require(self.actor, permission)

    def __str__(self) -> str:
        return f"agent {self.agent}"


class AgentDoor:
    """Handlers of the namespace `/agent`."""

    def __init__(self, hub: Hub, gateway: Gateway, desks: Desks) -> None:
        self._hub = hub
        self._gateway = gateway
        self._desks = desks
        self._devices: Counter[tuple[str, str]] = Counter()
        self._inputs = limits.Buckets(limits.AGENT_INPUTS, hub.clock)
        self._signals = limits.Buckets(limits.SIGNALS, hub.clock)
        self.commands: Commands = {
            "hello": Command(wire.AgentHello, p.CONVERSATION_READ, self.hello),
            "send": Command(wire.Send, p.CONVERSATION_REPLY, self.send),
            "note": Command(wire.Note, p.CONVERSATION_REPLY, self.note),
            "take": Command(wire.Act, p.CONVERSATION_TAKE, self.take),
            "accept": Command(wire.Act, p.CONVERSATION_REPLY, partial(self.answer_offer, accepts=True)),
            "decline": Command(wire.Act, p.CONVERSATION_REPLY, partial(self.answer_offer, accepts=False)),
            "transfer": Command(wire.Transfer, p.CONVERSATION_TRANSFER, self.transfer),
            "invite_rating": Command(wire.Act, p.CONVERSATION_REPLY, self.invite_rating),
            "close": Command(wire.Act, p.CONVERSATION_CLOSE, self.close),
            "status": Command(wire.ChooseStatus, p.AGENT_STATUS, self.status),
            "typing": Command(wire.AgentTyping, p.CONVERSATION_REPLY, self.typing),
            "read": Command(wire.AgentRead, p.CONVERSATION_READ, self.read),
            "history": Command(wire.AgentHistory, p.CONVERSATION_READ, self.history),
        }

    async def connect(self, sid: str, login: Session, key: str, device: str) -> AgentSession:
        """The login was checked; now the agent has one more device. `key` names the login."""
        s = AgentSession(
            sid=sid, agent=login.agent, device=device, login=key, expires_at=login.expires_at, hub=self._hub
        )
        self._desks.enter(s.actor)
        self._devices[s.agent, device] += 1
        try:
            await self._gateway.enter(NAMESPACE, sid, room(s.agent))
            await self._gateway.enter(NAMESPACE, sid, login_room(key))
            await self._hub.send(Envelope(stream("agent", s.agent), ai.DeviceConnected(device=device)))
        except BaseException:
            self._left(s)
            raise
        return s

    async def disconnect(self, s: AgentSession) -> None:
        if self._left(s):
            await self._hub.send(Envelope(stream("agent", s.agent), ai.DeviceLost(device=s.device)))

    def _left(self, s: AgentSession) -> bool:
        """False while the device has another connection: one that came back before the old one was known as dead."""
        self._desks.leave(s.agent)
        self._devices[s.agent, s.device] -= 1
        if self._devices[s.agent, s.device] > 0:
            return False
        del self._devices[s.agent, s.device]
        return True

    async def hello(self, s: AgentSession, m: wire.AgentHello) -> wire.AgentWelcome:
        self._inputs.take(s.sid)
        behind = self._hub.head - m.after
        if m.after and 0 <= behind <= CAUGHT_UP:
            missed = await self._hub.store.read_log(m.after, CAUGHT_UP) if behind else []
            for event, view in await sync.mend(self._hub, s.actor, missed):
                await self._gateway.emit(NAMESPACE, event, view, [s.sid])
            records = sync.records(self._hub, s.actor, missed)
            return wire.AgentWelcome(seq=self._hub.head, snapshot=None, records=records)
        # Nothing is awaited from here on, so that no push can slip between the snapshot and its answer.
        return wire.AgentWelcome(seq=self._hub.head, snapshot=sync.snapshot(self._hub, s.state, s.actor), records=[])

    async def send(self, s: AgentSession, m: wire.Send) -> Ack:
        await self._reach(s, m.conversation, p.CONVERSATION_REPLY)
        said = i.AgentSpoke(id=m.id, agent=s.agent, face=s.face, content=_text(m.text))
        return await self._send(s, stream("conversation", m.conversation), said, m.id)

    async def note(self, s: AgentSession, m: wire.Note) -> Ack:
        await self._reach(s, m.conversation, p.CONVERSATION_READ)
        noted = i.AgentNoted(id=m.id, agent=s.agent, face=s.face, content=_text(m.text))
        return await self._send(s, stream("conversation", m.conversation), noted, m.id)

    async def take(self, s: AgentSession, m: wire.Act) -> Ack:
        await self._reach(s, m.conversation, p.CONVERSATION_TAKE)
        return await self._send(s, FLOOR, Take(agent=s.agent, conversation=m.conversation), m.id)

    async def answer_offer(self, s: AgentSession, m: wire.Act, accepts: bool) -> Ack:
        await self._reach(s, m.conversation, p.CONVERSATION_READ)
        answered = i.AgentAnswered(agent=s.agent, face=s.face, accepts=accepts)
        return await self._send(s, stream("conversation", m.conversation), answered, m.id)

    async def transfer(self, s: AgentSession, m: wire.Transfer) -> Ack:
        await self._reach(s, m.conversation, p.CONVERSATION_TRANSFER)
        moved = i.AgentTransferred(
            id=m.id, by=s.face, to_name=self._name_of(m), to_agent=m.agent, to_group=None if m.agent else m.group
        )
        return await self._send(s, stream("conversation", m.conversation), moved, m.id)

    async def invite_rating(self, s: AgentSession, m: wire.Act) -> Ack:
        await self._reach(s, m.conversation, p.CONVERSATION_REPLY)
        return await self._send(s, stream("conversation", m.conversation), i.AgentInvited(agent=s.agent), m.id)

    async def close(self, s: AgentSession, m: wire.Act) -> Ack:
        await self._reach(s, m.conversation, p.CONVERSATION_CLOSE)
        return await self._send(s, stream("conversation", m.conversation), i.AgentEnded(agent=s.agent), m.id)

    async def status(self, s: AgentSession, m: wire.ChooseStatus) -> Ack:
        require(s.actor, p.AGENT_STATUS, Target(owner=s.agent))
        return await self._send(s, stream("agent", s.agent), ai.StatusChosen(status=m.status), m.id)

    async def read(self, s: AgentSession, m: wire.AgentRead) -> Ack:
        await self._reach(s, m.conversation, p.CONVERSATION_READ)
        saw = i.AgentSaw(agent=s.agent, upto=min(m.seq, self._hub.head))
        return await self._send(s, stream("conversation", m.conversation), saw, m.id)

    async def typing(self, s: AgentSession, m: wire.AgentTyping) -> Ack:
        """Passed on to the visitor, never stored; only from the agent who serves."""
        self._signals.take(s.sid)
        c = await self._reach(s, m.conversation, p.CONVERSATION_REPLY)
        if c.phase is Phase.SERVING and c.agent == s.agent and c.visit:
            await self._gateway.emit("/visitor", "typing", PeerTyping(on=m.on), [f"visitor:{c.visit.contact}"])
        return Ack(seq=self._hub.head, at=epoch_ms(self._hub.now()), conversation=c.id)

    async def history(self, s: AgentSession, m: wire.AgentHistory) -> Page:
        self._inputs.take(s.sid)
        c = await self._reach(s, m.conversation, p.CONVERSATION_READ)
        return await page(self._hub, c.id, m.before, m.limit, "agent")

    def _name_of(self, m: wire.Transfer) -> str:
        """How colleagues call the target; one of the two must be named, and exist."""
        if (m.agent is None) == (m.group is None):
            raise Refused(ErrorCode.BAD_REQUEST, path="$.group", reason="Expected either `agent` or `group`")
        if m.agent:
            agent: Agent | None = self._hub.at_hand("agent", m.agent)
            if agent is None or agent.profile is None:
                raise Refused(ErrorCode.AGENT_UNKNOWN, agent=m.agent)
            return agent.profile.nickname
        group = next((g for g in self._workspace().settings.groups if g.id == m.group), None)
        if group is None:
            raise Refused(ErrorCode.NOT_FOUND, group=m.group)
        return group.name

    async def _reach(self, s: AgentSession, id: str, permission: Permission) -> Conversation:
        """The conversation, if this agent may do that to it; what one may not see does not exist for one."""
        c: Conversation = await self._hub.look("conversation", id)
        if c.phase is Phase.NEW or not sees(s.actor, c):
            raise Refused(ErrorCode.NOT_FOUND, conversation=id)
        if permission is not p.CONVERSATION_READ:
            require(s.actor, permission, target(c))
        return c

    async def _send(self, s: AgentSession, to: str, input: msgspec.Struct, id: str) -> Ack:
        self._inputs.take(s.sid)
        receipt = await self._hub.send(Envelope(to, input, f"a:{s.agent}:{id}"))
        kind, _, name = receipt.stream.partition("/")
        return Ack(seq=receipt.seq, at=receipt.at, conversation=name if kind == "conversation" else "")

    def _workspace(self) -> Workspace:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace


def room(agent: str) -> str:
    """All consoles of one agent."""
    return f"agent:{agent}"


def login_room(login: str) -> str:
    """All consoles of one login."""
    return f"login:{login}"


def target(c: Conversation) -> Target:
    return Target(owner=c.agent, group=c.group)


def _text(text: str) -> TextContent:
    if not text.strip():
        raise Refused(ErrorCode.MESSAGE_EMPTY, path="$.text")
    return TextContent(text=text)
