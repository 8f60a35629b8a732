"""⟂ A conversation as a row: what lists show and ask for, taken from its state."""

from collections.abc import Iterator
from itertools import product

from chatserver.conversation.model import Conversation, Phase
from chatserver.hub.tables import Row, Table
from chatserver.kernel.instants import epoch_ms

NAME = "conversations"
"""Of the subscriber."""


class ConversationRow(Row, frozen=True, kw_only=True):
    """`tags` are ids, with spaces between. `visitor_lines` and `agent_lines` count messages. Instants are epoch ms."""

    id: str
    phase: str
    inbox: str
    channel: str
    contact: str
    contact_name: str
    verified: bool
    name_verified: bool
    vip: int
    locale: str
    opened_at: int
    group: str | None = None
    agent: str | None = None
    queued_at: int | None = None
    assigned_at: int | None = None
    closed_at: int | None = None
    closed_by: str | None = None
    rating: int | None = None
    tags: str = ""
    last_by: str | None = None
    last_text: str = ""
    last_kind: str = ""
    last_at: int | None = None
    visitor_lines: int = 0
    agent_lines: int = 0


class MarkedRow(ConversationRow, frozen=True, kw_only=True):
    """The same row once more for each of its marks, so that what a conversation has many of is found by an index."""

    mark: str


CONVERSATIONS = Table(
    name="conversation",
    row=ConversationRow,
    key=("id",),
    # Of two that would do, the first is walked: what has fewer conversations stands before what has more.
    indexes=(
        ("contact", "opened_at"),
        ("agent", "opened_at"),
        ("group", "opened_at"),
        ("inbox", "opened_at"),
        ("phase", "opened_at"),
        ("opened_at",),
    ),
)
MARKED = Table(name="conversation_mark", row=MarkedRow, key=("id", "mark"), indexes=(("mark", "opened_at"),))

TABLES = {CONVERSATIONS: NAME, MARKED: NAME}


def mark(tag: str = "", called: str = "") -> str:
    """What is looked for: a tag, an agent who was called to help or by name, or both at once."""
    return f"{tag}@{called}"


def marks(c: Conversation) -> Iterator[str]:
    """Every mark under which the conversation is found."""
    for tag, agent in product(("", *c.tags), ("", *dict.fromkeys((*c.helpers, *c.mentioned)))):
        if tag or agent:
            yield mark(tag, agent)


def row(c: Conversation, visitor_lines: int, agent_lines: int) -> ConversationRow:
    """The row of a conversation that has been opened."""
    assert c.visit and c.opened_at and c.phase is not Phase.NEW
    return ConversationRow(
        id=c.id,
        phase=c.phase.value,
        inbox=c.visit.inbox,
        channel=c.visit.channel,
        contact=c.visit.contact,
        contact_name=c.visit.name,
        verified=c.visit.verified,
        name_verified=c.visit.name_verified,
        vip=c.visit.vip,
        locale=c.visit.locale,
        opened_at=epoch_ms(c.opened_at),
        group=c.group,
        agent=c.agent,
        queued_at=epoch_ms(c.queued_at) if c.queued_at else None,
        assigned_at=epoch_ms(c.assigned_at) if c.assigned_at else None,
        closed_at=epoch_ms(c.closed_at) if c.closed_at else None,
        closed_by=c.closed_by.value if c.closed_by else None,
        rating=c.rating.score if c.rating else None,
        tags=" ".join(c.tags),
        last_by=c.last.by if c.last else None,
        last_text=c.last.text if c.last else "",
        last_kind=c.last.kind if c.last else "",
        last_at=epoch_ms(c.last.at) if c.last else None,
        visitor_lines=visitor_lines,
        agent_lines=agent_lines,
    )


def marked(row: ConversationRow, mark: str) -> MarkedRow:
    return MarkedRow(mark=mark, **{field: getattr(row, field) for field in row.__struct_fields__})
