"""Which conversations carry a tag: a table, kept from the log, for the warning before a tag is deleted, and to take it
from them when it is."""

import asyncio
from collections.abc import Sequence

from chatserver.conversation import events as c
from chatserver.conversation.inputs import TagsGone
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.relay import Entry
from chatserver.hub.step import Envelope
from chatserver.hub.tables import Ask, Drop, Is, Put, Row, Rows, Table, Tally, Told
from chatserver.suite.fields.tags import TagsDeleted

NAME = "fields.uses"
"""Of the subscriber."""

PAGE = 500


class TagUse(Row, frozen=True, kw_only=True):
    """A conversation carries a tag."""

    tag: str
    conversation: str


TABLE = Table(name="tag_use", row=TagUse, key=("tag", "conversation"), indexes=(("conversation",),))


def counted(tags: Sequence[str]) -> Tally:
    return Tally(table=TABLE, where=(Is("tag", tuple(tags)),))


def of(conversation: str) -> Ask:
    return Ask(table=TABLE, where=(Is("conversation", (conversation,)),), order="conversation", limit=PAGE)


def carriers(tag: str) -> Ask:
    return Ask(table=TABLE, where=(Is("tag", (tag,)),), order="tag", limit=PAGE)


QUESTIONS: dict[str, Ask | Tally] = {
    "uses of tags": counted(("t1", "t2")),
    "tags of a conversation": of("c1"),
    "conversations with a tag": carriers("t1"),
}


class Uses:
    """Follows the log; `handle` is the subscriber."""

    def __init__(self, hub: Hub, rows: Rows) -> None:
        self._hub = hub
        self._rows = rows

    async def count(self, tags: Sequence[str]) -> int:
        """How often conversations carry one of them."""
        lines = await self._rows.tally(counted(tags))
        return sum(line["rows"] for line in lines)

    async def handle(self, entries: Sequence[Entry]) -> None:
        """The last word on each conversation counts; what was deleted meanwhile is taken from it after that."""
        carried: dict[str, tuple[str, ...]] = {}
        gone: dict[str, TagsDeleted] = {}
        for _, happened in entries:
            if isinstance(happened.event, c.Tagged):
                carried[id_of(happened.stream)] = happened.event.tags
            elif isinstance(happened.event, TagsDeleted):
                gone |= dict.fromkeys(happened.event.ids, happened.event)
        told = Told(NAME, entries[-1][0])
        if carried:
            changes = [x for id, tags in carried.items() for x in await self._changed(id, set(tags))]
            await self._rows.write(changes, None if gone else told)
        for tag, deleted in gone.items():
            await self._forget(tag, deleted)
        if gone:
            await self._rows.write((), told)

    async def _changed(self, conversation: str, tags: set[str]) -> list[Put | Drop]:
        had = {use.tag for use in await self._rows.rows(of(conversation))}
        taken: list[Put | Drop] = [Drop(TABLE, (tag, conversation)) for tag in sorted(had - tags)]
        return taken + [Put(TABLE, TagUse(tag=tag, conversation=conversation)) for tag in sorted(tags - had)]

    async def _forget(self, tag: str, deleted: TagsDeleted) -> None:
        """Page by page: a tag can be on very many."""
        gone = TagsGone(tags=deleted.ids, by=deleted.by)
        while found := await self._rows.rows(carriers(tag)):
            names = [stream("conversation", use.conversation) for use in found]
            await asyncio.gather(*(self._hub.send(Envelope(name, gone)) for name in names))
            await self._rows.write([Drop(TABLE, (tag, use.conversation)) for use in found])
