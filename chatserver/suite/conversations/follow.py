"""Keeps the rows: the log says which conversations changed, their states say how they stand."""

from collections import Counter
from collections.abc import Sequence

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Phase
from chatserver.hub.hub import Hub, id_of
from chatserver.hub.machines import kind_of
from chatserver.hub.relay import Entry
from chatserver.hub.tables import Ask, Drop, Is, Put, Rows, Told
from chatserver.suite.conversations.tables import (
    CONVERSATIONS,
    MARKED,
    NAME,
    ConversationRow,
    marked,
    marks,
    row,
)

VISITOR_LINES = (e.VisitorMessage, e.OptionChosen, e.FormSubmitted)

MOST = 1_300
"""Marks of one conversation: one of twenty tags or none, with one of sixty agents or none. All of them are read."""


class Follower:
    """`handle` is the subscriber. A state may be newer than the event that is told; what made it so is told next."""

    def __init__(self, hub: Hub, rows: Rows) -> None:
        self._hub = hub
        self._rows = rows

    async def handle(self, entries: Sequence[Entry]) -> None:
        said: Counter[tuple[str, str]] = Counter()
        ids: dict[str, None] = {}
        for _, happened in entries:
            if kind_of(happened.stream) != "conversation":
                continue
            id = id_of(happened.stream)
            ids[id] = None
            if isinstance(happened.event, VISITOR_LINES):
                said[id, "visitor"] += 1
            elif isinstance(happened.event, e.AgentMessage):
                said[id, "agent"] += 1
        if ids:
            await self._rows.write(await self._changes(tuple(ids), said), Told(NAME, entries[-1][0]))

    async def _changes(self, ids: tuple[str, ...], said: Counter[tuple[str, str]]) -> list[Put | Drop]:
        had = Ask(table=CONVERSATIONS, where=(Is("id", ids),), order="id", limit=len(ids))
        before: dict[str, ConversationRow] = {r.id: r for r in await self._rows.rows(had)}
        bore = Ask(table=MARKED, where=(Is("id", ids),), order="id", limit=len(ids) * MOST)
        changes: list[Put | Drop] = [Drop(MARKED, (r.id, r.mark)) for r in await self._rows.rows(bore)]
        for id in ids:
            c: Conversation = await self._hub.look("conversation", id)
            if c.phase is Phase.NEW:
                continue
            old = before.get(id)
            visitor = (old.visitor_lines if old else 0) + said[id, "visitor"]
            agent = (old.agent_lines if old else 0) + said[id, "agent"]
            new = row(c, visitor, agent)
            changes.append(Put(CONVERSATIONS, new))
            changes += [Put(MARKED, marked(new, m)) for m in marks(c)]
        return changes
