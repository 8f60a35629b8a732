"""Stretches of a conversation for a screen, of either side."""

from chatserver.conversation.model import Conversation
from chatserver.hub.hub import Hub, stream
from chatserver.protocol.timeline import Audience, item
from chatserver.protocol.wire import Item, Page

RECORDS = 100
"""Records read at a time: most of them are lines, so one read mostly fills a page."""


async def page(hub: Hub, conversation: str, before: int, limit: int, audience: Audience) -> Page:
    """The newest `limit` lines with `seq < before` (0: no bound), oldest first.

    Lines stand as they read now. Records that nobody reads (read marks, moves in the flow) do not count, so that a
    page that says `more` is never empty, and the next one can be asked for from its first line.
    """
    found: list[Item] = []
    before = min(before, hub.head + 1)  # no store counts further
    while True:
        records = await hub.store.history(stream("conversation", conversation), before, RECORDS)
        c: Conversation = await hub.look("conversation", conversation)
        for r in reversed(records):
            line = item(r.seq, conversation, r.version, hub.event(r), audience, c.changed)
            # A change is no line of its own here: what it changed is shown as it reads now.
            if line is None or line.replaces:
                continue
            if len(found) == limit:
                return Page(items=found[::-1], more=True)
            found.append(line)
        if not records or records[0].version == 1:
            return Page(items=found[::-1], more=False)
        before = records[0].seq
