"""The agents' door: what a console may ask. Every object is reached through `access`, never by its id alone."""

from collections.abc import Sequence

import msgspec

from chatserver.access import permissions as p
from chatserver.access.check import Actor, Target, actor, allowed, require
from chatserver.access.permissions import Permission
from chatserver.agents import inputs as ai
from chatserver.agents.model import BUSY, OFFLINE, READY, REST, Agent
from chatserver.api import limits
from chatserver.api.commands import Command, Commands, Gateway
from chatserver.api.desks import Desks, sees
from chatserver.conversation import inputs as i
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Conversation, Face, Phase
from chatserver.dispatch.inputs import Take
from chatserver.hub.hub import FLOOR, Hub, stream
from chatserver.hub.ports import LogRecord
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol import agent as wire
from chatserver.protocol.timeline import item
from chatserver.protocol.views import agent_card, card
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
        self._inputs = limits.Buckets(limits.AGENT_INPUTS, hub.clock)
        self._signals = limits.Buckets(limits.SIGNALS, hub.clock)
        self.commands: Commands = {
            "hello": Command(wire.AgentHello, p.CONVERSATION_READ, self.hello),
            "send": Command(wire.Send, p.CONVERSATION_REPLY, self.send),
            "note": Command(wire.Note, p.CONVERSATION_REPLY, self.note),
            "take": Command(wire.Act, p.CONVERSATION_TAKE, self.take),
            "invite_rating": Command(wire.Act, p.CONVERSATION_REPLY, self.invite_rating),
            "close": Command(wire.Act, p.CONVERSATION_CLOSE, self.close),
            "status": Command(wire.ChooseStatus, p.AGENT_STATUS, self.status),
            "typing": Command(wire.AgentTyping, p.CONVERSATION_REPLY, self.typing),
            "read": Command(wire.AgentRead, p.CONVERSATION_READ, self.read),
            "history": Command(wire.AgentHistory, p.CONVERSATION_READ, self.history),
        }

    async def connect(self, sid: str, agent: str, device: str) -> AgentSession:
        """The login was checked; now the agent has one more device."""
        session = AgentSession(sid=sid, agent=agent, device=device, hub=self._hub)
        self._desks.enter(session.actor)
        await self._gateway.enter(NAMESPACE, sid, room(agent))
        await self._hub.send(Envelope(stream("agent", agent), ai.DeviceConnected(device=device)))
        return session

    async def disconnect(self, s: AgentSession) -> None:
        self._desks.leave(s.agent)
        await self._hub.send(Envelope(stream("agent", s.agent), ai.DeviceLost(device=s.device)))

    async def hello(self, s: AgentSession, m: wire.AgentHello) -> wire.AgentWelcome:
        self._inputs.take(s.sid)
        behind = self._hub.head - m.after
        if m.after and 0 <= behind <= CAUGHT_UP:
            missed = await self._hub.store.read_log(m.after, CAUGHT_UP) if behind else []
            return wire.AgentWelcome(seq=self._hub.head, snapshot=None, records=self._records(s.actor, missed))
        # Nothing is awaited from here on, so that no push can slip between the snapshot and its answer.
        return wire.AgentWelcome(seq=self._hub.head, snapshot=self._snapshot(s), records=[])

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
        records = await self._hub.store.history(stream("conversation", c.id), m.before, m.limit)
        lines = (item(r.seq, c.id, r.version, self._hub.event(r), "agent") for r in records)
        return Page(items=[line for line in lines if line], more=bool(records) and records[0].version > 1)

    async def _reach(self, s: AgentSession, id: str, permission: Permission) -> Conversation:
        """The conversation, if this agent may do that to it; what one may not see does not exist for one."""
        c: Conversation = await self._hub.look("conversation", id)
        if c.phase is Phase.NEW:
            raise Refused(ErrorCode.NOT_FOUND, conversation=id)
        if permission is p.CONVERSATION_READ and sees(s.actor, c):
            return c
        require(s.actor, permission, target(c))
        return c

    async def _send(self, s: AgentSession, to: str, input: msgspec.Struct, id: str) -> Ack:
        self._inputs.take(s.sid)
        receipt = await self._hub.send(Envelope(to, input, f"a:{s.agent}:{id}"))
        kind, _, name = receipt.stream.partition("/")
        return Ack(seq=receipt.seq, at=receipt.at, conversation=name if kind == "conversation" else "")

    def _records(self, who: Actor, missed: Sequence[LogRecord]) -> list[wire.ConversationRecord]:
        """What this agent may see of a stretch of the log, with each conversation's card as it is now."""
        found: list[wire.ConversationRecord] = []
        for r in missed:
            kind, _, id = r.stream.partition("/")
            c: Conversation | None = self._hub.at_hand("conversation", id) if kind == "conversation" else None
            if c is not None and sees(who, c):
                line = item(r.seq, id, r.version, self._hub.event(r), "agent")
                found.append(wire.ConversationRecord(seq=r.seq, card=card(c), item=line))
        return found

    def _snapshot(self, s: AgentSession) -> wire.Snapshot:
        who, workspace = s.actor, self._workspace()
        floor = self._hub.memory.floor()
        agents: list[Agent] = [a for a in self._hub.agents() if a.profile and self._knows(who, a)]
        conversations: list[Conversation] = [
            c for c in self._hub.memory.of_kind("conversation") if c.visit and sees(who, c)
        ]
        return wire.Snapshot(
            me=_me(s.state, who),
            conversations=[card(c) for c in sorted(conversations, key=lambda c: c.id)],
            agents=[agent_card(a, floor.seats.get(a.id)) for a in sorted(agents, key=lambda a: a.id)],
            groups=[wire.Named(id=g.id, name=g.name) for g in workspace.settings.groups],
            inboxes=[wire.Named(id=x.id, name=x.name) for x in workspace.settings.inboxes],
            statuses=_statuses(workspace),
        )

    def _knows(self, who: Actor, a: Agent) -> bool:
        groups = a.profile.groups if a.profile else ()
        return a.id == who.agent or any(allowed(who, p.AGENT_READ, Target(group=g)) for g in groups or (None,))

    def _workspace(self) -> Workspace:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace


def room(agent: str) -> str:
    """All consoles of one agent."""
    return f"agent:{agent}"


def target(c: Conversation) -> Target:
    return Target(owner=c.agent, group=c.group)


def _text(text: str) -> TextContent:
    if not text.strip():
        raise Refused(ErrorCode.MESSAGE_EMPTY, path="$.text")
    return TextContent(text=text)


def _me(a: Agent, who: Actor) -> wire.Me:
    assert a.profile
    return wire.Me(
        id=a.id,
        account=a.profile.account,
        name=a.profile.name,
        nickname=a.profile.nickname,
        avatar=a.profile.avatar,
        roles=list(a.profile.roles),
        permissions={key: scope.name.lower() for key, scope in who.grants.items()},  # type: ignore[misc]
    )


def _statuses(workspace: Workspace) -> list[wire.StatusChoice]:
    built_in = [wire.StatusChoice(key=k, name="", takes_new=k == READY) for k in (READY, BUSY, REST, OFFLINE)]
    own = workspace.settings.agents.statuses
    return built_in + [wire.StatusChoice(key=s.key, name=s.name, takes_new=s.takes_new) for s in own]
