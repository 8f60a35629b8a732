"""The log -> the screens: a subscriber that asks of each record who may see it, and tells them.

The only way by which anything reaches a browser unasked. Cards are the newest durable ones; a client keeps the
one with the highest version, so that being told twice, or late, does no harm.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from chatserver.agents.model import Agent
from chatserver.api.commands import Gateway
from chatserver.api.desks import Desks
from chatserver.api.members import actor_of
from chatserver.api.waits import Waits
from chatserver.conversation.events import MessageRecalled
from chatserver.conversation.model import Conversation
from chatserver.dispatch import events as f
from chatserver.hub.hub import Hub, id_of
from chatserver.hub.machines import kind_of
from chatserver.hub.plug import News, Tell
from chatserver.hub.relay import Entry, Subscriber
from chatserver.hub.step import Happened
from chatserver.kernel.tasks import spawn, stop
from chatserver.protocol.agent import ConversationRecord, Gone
from chatserver.protocol.timeline import item
from chatserver.protocol.views import agent_card, card, visitor_conversation
from chatserver.protocol.visitor import VisitorConversation

PATIENCE = 200
"""Waiting visitors of one group up to which each move of the queue is told at once; above, once a second."""


class Push:
    """Subscribes to everything; knows what it told whom, and nothing else."""

    def __init__(
        self, hub: Hub, gateway: Gateway, desks: Desks, waits: Waits, news: Mapping[str, Tell] = MappingProxyType({})
    ) -> None:
        self._hub = hub
        self._gateway = gateway
        self._desks = desks
        self._waits = waits
        self._news = news
        self._watched: dict[str, frozenset[str]] = {}
        self._told: dict[str, VisitorConversation] = {}
        self._moved: set[str] = set()
        self._queues_moved = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self.lag: deque[float] = deque(maxlen=1000)
        self.subscriber = Subscriber("push", self.handle)

    def start(self) -> None:
        self._task = spawn(self._tell_queues(), "queue positions")

    async def stop(self) -> None:
        await stop(self._task)

    async def handle(self, entries: Sequence[Entry]) -> None:
        agents: set[str] = set()
        loads: set[str] = set()
        if any(kind_of(happened.stream) == "workspace" for _, happened in entries):
            self._roles_may_have_changed()
        newest = {happened.stream: seq for seq, happened in entries}
        for seq, happened in entries:
            match kind_of(happened.stream):
                case "conversation":
                    await self._conversation(seq, happened, newest[happened.stream] == seq)
                case "agent":
                    agents.add(id_of(happened.stream))
                case "floor":
                    loads |= self._floor(happened.event)
                case kind if tell := self._news.get(kind):
                    await self._tell(await tell(seq, happened))
                case _:
                    pass
        for agent in sorted(agents | loads):
            await self._agent(agent, everybody=agent in agents)
        self.lag.append(max(0.0, (self._hub.now() - entries[-1][1].event.at).total_seconds()))

    async def _conversation(self, seq: int, happened: Happened, newest: bool) -> None:
        """Lines go out one by one; the state that they lead to once, with the newest of these events."""
        id = id_of(happened.stream)
        c: Conversation = await self._hub.look("conversation", id)
        if line := item(seq, id, happened.version, happened.event, "visitor", c.changed):
            await self._gateway.emit("/visitor", "item", line, _visitor(c))
        if newest:
            await self._state(c, self._hub.ahead(id))
        watchers = self._desks.watchers(c)
        if gone := self._watched.get(id, frozenset()) - watchers:
            await self._gateway.emit("/agent", "gone", Gone(seq=seq, conversation=id), _rooms(gone))
        line = item(seq, id, happened.version, happened.event, "agent", c.changed)
        if watchers and (line or newest):
            record = ConversationRecord(seq=seq, card=card(c), item=line)
            await self._record(seq, happened, c, record, watchers)
        if c.closed_at is None:
            self._watched[id] = watchers
        else:
            self._watched.pop(id, None)
            self._told.pop(id, None)

    async def _record(
        self, seq: int, happened: Happened, c: Conversation, record: ConversationRecord, watchers: frozenset[str]
    ) -> None:
        """What was taken back, those still learn who may know it."""
        told = frozenset[str]()
        if isinstance(happened.event, MessageRecalled) and (told := self._desks.who_see_recalled(watchers, c)):
            line = item(seq, c.id, happened.version, happened.event, "overseer", c.changed)
            await self._gateway.emit("/agent", "record", replace(record, item=line), _rooms(told))
        if others := watchers - told:
            await self._gateway.emit("/agent", "record", record, _rooms(others))

    async def _state(self, c: Conversation, ahead: int | None) -> None:
        """Tell the visitor how the conversation stands, unless the page knows already."""
        view = visitor_conversation(c, ahead, self._waits.told(c.id, ahead))
        if self._told.get(c.id) != view:
            self._told[c.id] = view
            await self._gateway.emit("/visitor", "conversation", view, _visitor(c))

    async def _tell(self, news: News | None) -> None:
        """What contexts have to say."""
        if news and (readers := self._desks.who_may(news.requires, news.targets)):
            await self._gateway.emit("/agent", news.event, news.data, _rooms(readers))

    def _floor(self, event: f.AnyEvent) -> set[str]:
        """Notes which queues moved; returns the agents whose load changed."""
        match event:
            case f.Matched() | f.Offered() | f.OfferEnded():
                self._queue_moved(event.group)
                return {event.agent}
            case f.SeatReleased():
                return {event.agent}
            case f.Left() | f.TurnedAway():
                self._queue_moved(event.group)
                return set()
            case f.Overflowed():
                self._queue_moved(event.group)
                self._queue_moved(event.waiting.group)
                return set()
            case f.Joined():
                self._queue_moved(event.waiting.group)
                return set()
            case _:
                return set()

    def _queue_moved(self, group: str) -> None:
        self._moved.add(group)
        self._queues_moved.set()

    async def _agent(self, id: str, everybody: bool) -> None:
        """A status concerns all colleagues, a load only the agent and whoever sees the whole group."""
        agent: Agent | None = self._hub.at_hand("agent", id)
        if agent is None or agent.profile is None:
            return
        if everybody:
            self._desks.update(actor_of(self._hub, agent))
        groups = agent.profile.groups
        seen_by = self._desks.colleagues(groups) if everybody else self._desks.overseers(groups) | {id}
        view = agent_card(agent, self._hub.memory.floor().seats.get(id))
        await self._gateway.emit("/agent", "agent", view, _rooms(seen_by))

    def _roles_may_have_changed(self) -> None:
        """From here on everybody is shown what the roles of now allow."""
        for id in self._desks:
            agent: Agent | None = self._hub.at_hand("agent", id)
            if agent is not None and agent.profile is not None:
                self._desks.update(actor_of(self._hub, agent))

    async def _tell_queues(self) -> None:
        """排队位置: everybody whose place has changed is told the new one."""
        while True:
            await self._queues_moved.wait()
            self._queues_moved.clear()
            moved, self._moved = self._moved, set()
            crowded = False
            for group in sorted(moved):
                waiting = self._hub.waiting(group)
                crowded = crowded or len(waiting) > PATIENCE
                for ahead, id in enumerate(waiting):
                    c: Conversation | None = self._hub.at_hand("conversation", id)
                    if c is not None:
                        await self._state(c, ahead)
            if crowded:
                await asyncio.sleep(1.0)


def _visitor(c: Conversation) -> list[str]:
    assert c.visit, "what is pushed has been opened"
    return [f"visitor:{c.visit.contact}"]


def _rooms(agents: frozenset[str]) -> list[str]:
    return [f"agent:{agent}" for agent in sorted(agents)]


