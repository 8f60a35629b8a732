"""Stretches of a conversation for a screen, of either side."""

from chatserver.hub.hub import Hub, stream
from chatserver.protocol.timeline import Audience, item
from chatserver.protocol.wire import Item, Page

RECORDS = 100
"""Records read at a time: most of them are lines, so one read mostly fills a page."""


async def page(hub: Hub, conversation: str, before: int, limit: int, audience: Audience) -> Page:
    """The newest `limit` lines with `seq < before` (0: no bound), oldest first.

    Records that nobody reads (read marks, moves in the flow) do not count, so that a page that says `more` is never
    empty, and the next one can be asked for from its first line.
    """
    found: list[Item] = []
    while True:
        records = await hub.store.history(stream("conversation", conversation), before, RECORDS)
        for r in reversed(records):
            line = item(r.seq, conversation, r.version, hub.event(r), audience)
            if line and len(found) == limit:
                return Page(items=found[::-1], more=True)
            found += [line] if line else []
        if not records or records[0].version == 1:
            return Page(items=found[::-1], more=False)
        before = records[0].seq
