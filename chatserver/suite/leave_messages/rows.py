"""The inbox as a list: a table, kept from the log. A row is what the message's state says."""

from collections.abc import Sequence

from chatserver.conversation.content import AnswersContent, preview
from chatserver.hub.hub import Hub, id_of
from chatserver.hub.machines import kind_of
from chatserver.hub.relay import Entry
from chatserver.hub.tables import Put, Row, Rows, Table, Told
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.leave_messages.model import KIND, LeaveMessage

NAME = "leave_messages"
"""Of the subscriber."""


class Left(Row, frozen=True, kw_only=True):
    """One message. Instants are epoch milliseconds; `preview` is how it begins."""

    id: str
    status: str
    group: str | None
    assignee: str | None
    inbox: str
    contact: str
    conversation: str
    name: str
    phone: str
    preview: str
    left_at: int
    answered_at: int | None
    delivered_at: int | None
    closed_at: int | None


TABLE = Table(
    name="leave_message",
    row=Left,
    key=("id",),
    # Of two that would do, the first is walked: what has fewer messages stands before what has more.
    indexes=(
        ("contact", "left_at"),
        ("assignee", "status", "left_at"),
        ("assignee", "left_at"),
        ("group", "status", "left_at"),
        ("group", "left_at"),
        ("inbox", "left_at"),
        ("status", "left_at"),
        ("left_at",),
    ),
)


class Inbox:
    """Follows the log; `handle` is the subscriber."""

    def __init__(self, hub: Hub, rows: Rows) -> None:
        self._hub = hub
        self._rows = rows

    async def handle(self, entries: Sequence[Entry]) -> None:
        """The state may be ahead of the entries: then the row is too, and is written again in a moment."""
        ids = dict.fromkeys(id_of(h.stream) for _, h in entries if kind_of(h.stream) == KIND)
        if ids:
            puts = [Put(TABLE, row(await self._hub.look(KIND, id))) for id in ids]
            await self._rows.write(puts, Told(NAME, entries[-1][0]))


def row(s: LeaveMessage) -> Left:
    assert s.left_at, "what is in the log has been left"
    return Left(
        id=s.id,
        status=s.status.value,
        group=s.group,
        assignee=s.assignee,
        inbox=s.inbox,
        contact=s.contact,
        conversation=s.conversation,
        name=s.name,
        phone=s.phone,
        preview=preview(AnswersContent(items=s.answers)),
        left_at=epoch_ms(s.left_at),
        answered_at=epoch_ms(s.answered_at) if s.answered_at else None,
        delivered_at=epoch_ms(s.delivered_at) if s.delivered_at else None,
        closed_at=epoch_ms(s.closed_at) if s.closed_at else None,
    )
