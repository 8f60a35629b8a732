"""Looking back along the log of one stream; and stretches of a conversation for a screen, of either side."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from chatserver.conversation.model import Conversation
from chatserver.hub.hub import Hub, stream
from chatserver.protocol.timeline import Audience, item
from chatserver.protocol.wire import Item, Page

RECORDS = 100
"""Records read at a time: most of them are lines, so one read mostly fills a page."""

PAGE_BYTES = 64_000
"""Bytes of a page's lines: a hundred usual ones are a third of that, a hundred of the longest would be 1.2 MB."""


def weight(lines: Sequence[Item]) -> int:
    """Bytes on the wire."""
    return len(msgspec.json.encode(lines))


async def backwards(hub: Hub, name: str, before: int = 0) -> AsyncIterator[tuple[int, Any]]:
    """(seq, event) of a stream, the newest first, from in front of the record `before` on (0: from its end)."""
    while records := await hub.store.history(name, before, RECORDS):
        for record in reversed(records):
            yield record.seq, hub.event(record)
        before = records[0].seq


async def page(
    hub: Hub, conversation: str, before: int, limit: int, audience: Audience, most: int | None = PAGE_BYTES
) -> Page:
    """The newest `limit` lines with `seq < before` (0: no bound), oldest first; fewer where they are long.

    Lines stand as they read now. Records that nobody reads (read marks, moves in the flow) do not count, so that a
    page that says `more` is never empty, and the next one can be asked for from its first line.
    """
    found: list[Item] = []
    weighs = 0
    before = min(before, hub.head + 1)  # no store counts further
    while True:
        records = await hub.store.history(stream("conversation", conversation), before, RECORDS)
        c: Conversation = await hub.look("conversation", conversation)
        for r in reversed(records):
            line = item(r.seq, conversation, r.version, hub.event(r), audience, c.changed)
            # A change is no line of its own here: what it changed is shown as it reads now.
            if line is None or line.replaces:
                continue
            weighs += weight([line]) if most else 0
            if len(found) == limit or (found and most and weighs > most):
                return Page(items=found[::-1], more=True)
            found.append(line)
        if not records or records[0].version == 1:
            return Page(items=found[::-1], more=False)
        before = records[0].seq
