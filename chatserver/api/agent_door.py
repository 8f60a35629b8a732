"""The agents' door: what a console may ask. Every object is reached through `access`, never by its id alone."""

from chatserver.access import permissions as p
from chatserver.access.check import Target, allowed, require
from chatserver.agents import inputs as ai
from chatserver.api import sync
from chatserver.api.agent_handover import AgentHandover
from chatserver.api.agent_session import AgentSession, Reach, login_room, room
from chatserver.api.agent_talk import AgentTalk
from chatserver.api.auth import Session
from chatserver.api.commands import Command, Commands, Gateway
from chatserver.api.desks import Desks
from chatserver.api.devices import Devices
from chatserver.api.ports import NO_LABELS, NO_MEDIA, Labels, Media
from chatserver.conversation.sight import target
from chatserver.hub.history import page
from chatserver.hub.hub import Hub, stream
from chatserver.hub.step import Envelope
from chatserver.protocol import agent as wire
from chatserver.protocol.wire import Ack, Page

NAMESPACE = "/agent"

CAUGHT_UP = 1_000
"""Records that a returning console is told one by one; after more it starts from a snapshot."""


class AgentDoor:
    """Handlers of the namespace `/agent`: who comes and goes, what they start from, and the parts of the door."""

    def __init__(
        self,
        hub: Hub,
        gateway: Gateway,
        desks: Desks,
        devices: Devices,
        media: Media = NO_MEDIA,
        labels: Labels = NO_LABELS,
    ) -> None:
        self._hub = hub
        self._gateway = gateway
        self._desks = desks
        self._devices = devices
        self._reach = Reach(hub)
        self.commands: Commands = {
            "hello": Command(wire.AgentHello, p.CONVERSATION_READ, self.hello),
            "status": Command(wire.ChooseStatus, p.AGENT_STATUS, self.status),
            "history": Command(wire.AgentHistory, p.CONVERSATION_READ, self.history),
            **AgentTalk(self._reach, gateway, media, labels).commands,
            **AgentHandover(self._reach).commands,
        }

    async def connect(self, sid: str, login: Session, key: str, device: str) -> AgentSession:
        """The login was checked; now the agent has one more device. `key` names the login."""
        s = AgentSession(
            sid=sid, agent=login.agent, device=device, login=key, expires_at=login.expires_at, hub=self._hub
        )
        self._desks.enter(s.actor)
        self._devices.enter((s.agent, s.device))
        try:
            await self._gateway.enter(NAMESPACE, sid, room(s.agent))
            await self._gateway.enter(NAMESPACE, sid, login_room(key))
            await self._hub.send(Envelope(stream("agent", s.agent), ai.DeviceConnected(device=device)))
        except BaseException:
            if self._left(s):
                self._devices.owe((s.agent, s.device))
            raise
        return s

    async def disconnect(self, s: AgentSession) -> None:
        if self._left(s):
            await self._devices.lost((s.agent, s.device))

    def _left(self, s: AgentSession) -> bool:
        """Whether the device has no other connection."""
        self._desks.leave(s.agent)
        return self._devices.leave((s.agent, s.device))

    async def hello(self, s: AgentSession, m: wire.AgentHello) -> wire.AgentWelcome:
        self._reach.take(s)
        behind = self._hub.head - m.after
        if m.after and 0 <= behind <= CAUGHT_UP:
            missed = await self._hub.store.read_log(m.after, CAUGHT_UP) if behind else []
            for event, view in await sync.mend(self._hub, s.actor, missed):
                await self._gateway.emit(NAMESPACE, event, view, [s.sid])
            records = sync.records(self._hub, s.actor, missed)
            return wire.AgentWelcome(seq=self._hub.head, snapshot=None, records=records)
        # Nothing is awaited from here on, so that no push can slip between the snapshot and its answer.
        return wire.AgentWelcome(seq=self._hub.head, snapshot=sync.snapshot(self._hub, s.state, s.actor), records=[])

    async def status(self, s: AgentSession, m: wire.ChooseStatus) -> Ack:
        require(s.actor, p.AGENT_STATUS, Target(owner=s.agent))
        return await self._reach.send(s, stream("agent", s.agent), ai.StatusChosen(status=m.status), m.id)

    async def history(self, s: AgentSession, m: wire.AgentHistory) -> Page:
        self._reach.take(s)
        c = await self._reach.conversation(s, m.conversation, p.CONVERSATION_READ)
        knows_all = allowed(s.actor, p.CONVERSATION_READ_RECALLED, target(c))
        return await page(self._hub, c.id, m.before, m.limit, "overseer" if knows_all else "agent")
