"""The context of the assignments as the hub runs it."""

from collections.abc import Sequence

from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened, Plug, Site
from chatserver.hub.relay import Entry, Subscriber
from chatserver.hub.tables import Rows, Told
from chatserver.suite.assignments.door import Door
from chatserver.suite.assignments.tables import DECISIONS, NAME, QUESTIONS, put


class Follower:
    """`handle` is the subscriber."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def handle(self, entries: Sequence[Entry]) -> None:
        changes = [row for seq, happened in entries if (row := put(seq, happened.event))]
        if changes:
            await self._rows.write(changes, Told(NAME, entries[-1][0]))


def open(hub: Hub, rows: Rows, site: Site) -> Opened:
    follower = Subscriber(NAME, Follower(rows).handle, durable=True, tells=True)
    return Opened(operations=Door(hub, rows).operations, subscribers=(follower,))


PLUG = Plug(name="assignments", open=open, tables={DECISIONS: NAME}, questions=QUESTIONS)
