"""THE TABLE of what subscribers can be told: a public name, and how the payload is made of a record of the log.

Payloads are a language of their own, in versions: an event of the log is never sent as it is. A line is told as it
reads at the moment of telling, so that what was recalled is not told any more.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, TypeVar

import msgspec

from chatserver.agents import events as a
from chatserver.conversation import events as e
from chatserver.conversation.content import Answer
from chatserver.conversation.model import Conversation
from chatserver.hub.step import Happened
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.timeline import item
from chatserver.protocol.wire import Item

VERSION = 1
"""Of all payloads. Fields are added without a new one; receivers ignore what they do not know."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what a payload's `data` can be."""


class Opened(Told, frozen=True, kw_only=True):
    name: str
    verified: bool
    name_verified: bool
    visits: int
    vip: int
    locale: str
    page_url: str
    page_title: str
    referrer: str


class Queued(Told, frozen=True, kw_only=True):
    """The visitor waits for `group`; `agent` is who had the conversation until now, if somebody did."""

    group: str
    agent: str | None = None


class Assigned(Told, frozen=True, kw_only=True):
    agent: str
    taken: bool


class Transferred(Told, frozen=True, kw_only=True):
    """`agent` hands over to `to_agent`, or to the queue of `group`."""

    agent: str
    to_agent: str | None
    group: str
    note: str


class Closed(Told, frozen=True, kw_only=True):
    by: Literal["agent", "visitor", "idle", "flow"]
    agent: str | None


class Tagged(Told, frozen=True, kw_only=True):
    """`tags` are the conversation's tags now, by their ids."""

    tags: list[str]
    agent: str


class Summarised(Told, frozen=True, kw_only=True):
    template: str
    version: int
    values: dict[str, str]
    agent: str


class Message(Told, frozen=True, kw_only=True):
    """A line as colleagues see it; `agent` is the id of the agent who wrote it."""

    message: Item
    agent: str | None


class Recalled(Told, frozen=True, kw_only=True):
    """`message` is the id of the line that was taken back."""

    message: str
    by: Literal["visitor", "agent", "bot", "system"]
    agent: str | None


class Rated(Told, frozen=True, kw_only=True):
    """`agent` is the one who was rated, whoever has the conversation now."""

    score: int
    label: str
    tags: list[str]
    comment: str
    agent: str | None


class Left(Told, frozen=True, kw_only=True):
    """What the visitor wrote into the form, and who is to answer. `id` leads to it under `/leave_messages/{id}`; it is
    null for what was left before letters said so."""

    id: str | None
    group: str | None
    answers: list[Answer]


class StatusChanged(Told, frozen=True, kw_only=True):
    agent: str
    status: str
    before: str
    cause: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation that a payload is about, as it is at the moment of telling."""

    id: str
    inbox: str
    channel: str
    contact: str
    group: str | None
    agent: str | None


T = TypeVar("T")


class Payload(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What is posted. `id` is the same however often it comes; `seq` is the place in the log, `at` in epoch ms."""

    id: str
    kind: str
    version: int
    at: int
    seq: int
    conversation: About | None
    data: T


Record = tuple[int, Happened]
"""(seq, what happened)."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One row: the public name, what it means, the type of its data, how that is made, and by which filters it can be
    told: what is of no group is never told to a subscription with `groups`."""

    name: str
    means: str
    data: type[Told]
    of: Mapping[type[Any], Callable[[Record, Any, Any], Told]]
    of_inbox: bool = True
    of_group: bool = True


def _opened(record: Record, x: e.Opened, c: Any) -> Told:
    v = x.visit
    return Opened(
        name=v.name, verified=v.verified, name_verified=v.name_verified, visits=v.visits, vip=v.vip, locale=v.locale,
        page_url=v.page_url, page_title=v.page_title, referrer=v.referrer,
    )  # fmt: skip


def _transferred(record: Record, x: e.Transferred, c: Any) -> Told:
    return Transferred(agent=x.agent, to_agent=x.to_agent, group=x.group, note=x.note)


def _closed(record: Record, x: e.Closed, c: Any) -> Told:
    return Closed(by=x.by.value, agent=x.agent)


def _message(record: Record, x: Any, c: Conversation) -> Told:
    seq, happened = record
    line = item(seq, c.id, happened.version, x, "agent", c.changed)
    assert line, "every kind of line has one"
    return Message(message=line, agent=getattr(x, "agent", None))


def _rated(record: Record, x: e.Rated, c: Conversation) -> Told:
    asked = c.rating.agent if c.rating else None
    return Rated(score=x.score, label=x.label, tags=list(x.tags), comment=x.comment, agent=asked or c.agent)


def _left(record: Record, x: e.FormSubmitted, c: Any) -> Told:
    return Left(id=x.leave_message or None, group=x.group, answers=list(x.answers.items))


def _summarised(record: Record, x: e.Summarised, c: Any) -> Told:
    return Summarised(template=x.template, version=x.version, values=x.values, agent=x.agent)


def _status(record: Record, x: a.StatusChanged, c: Any) -> Told:
    agent = record[1].stream.partition("/")[2]
    return StatusChanged(agent=agent, status=x.status, before=x.before, cause=x.cause.value)


SAID = (e.VisitorMessage, e.OptionChosen, e.AgentMessage, e.Welcomed, e.BotMessage, e.AnswerDelivered)

KINDS: tuple[Kind, ...] = (
    Kind(
        name="conversation.opened", means="A visitor begins a conversation.", data=Opened,
        of={e.Opened: _opened}, of_group=False,
    ),
    Kind(
        name="conversation.queued", means="The visitor waits for an agent of a group, for the first time or again.",
        data=Queued,
        of={
            e.Queued: lambda r, x, c: Queued(group=x.group),
            e.HandoverReturned: lambda r, x, c: Queued(group=x.group, agent=x.agent),
            e.ReturnedToQueue: lambda r, x, c: Queued(group=x.group, agent=x.agent),
            e.Overflowed: lambda r, x, c: Queued(group=x.group),
        },
    ),
    Kind(
        name="conversation.assigned", means="An agent serves from now on.", data=Assigned,
        of={e.Assigned: lambda r, x, c: Assigned(agent=x.agent, taken=x.taken)},
    ),
    Kind(
        name="conversation.transferred", means="An agent hands over to a colleague or to a group.", data=Transferred,
        of={e.Transferred: _transferred},
    ),
    Kind(
        name="conversation.closed", means="The conversation has ended.", data=Closed,
        of={e.Closed: _closed},
    ),
    Kind(
        name="conversation.reopened", means="The visitor came back soon after the end, and waits again.", data=Queued,
        of={e.Reopened: lambda r, x, c: Queued(group=x.group, agent=x.agent)},
    ),
    Kind(
        name="conversation.tagged", means="An agent changed the tags.", data=Tagged,
        of={e.Tagged: lambda r, x, c: Tagged(tags=list(x.tags), agent=x.agent)},
    ),
    Kind(
        name="conversation.summarised", means="An agent recorded the service in a form.", data=Summarised,
        of={e.Summarised: _summarised},
    ),
    Kind(
        name="message.created", means="The visitor, an agent or the flow said something.", data=Message,
        of=dict.fromkeys(SAID, _message),
    ),
    Kind(
        name="message.edited", means="An agent changed a line; `message.replaces` names it.", data=Message,
        of={e.MessageEdited: _message},
    ),
    Kind(
        name="message.recalled", means="A line was taken back.", data=Recalled,
        of={e.MessageRecalled: lambda r, x, c: Recalled(message=x.line, by=x.by, agent=x.agent)},
    ),
    Kind(
        name="note.created", means="An agent wrote a note that visitors never see.", data=Message,
        of={e.NoteAdded: _message},
    ),
    Kind(
        name="rating.created", means="The visitor rated the service.", data=Rated,
        of={e.Rated: _rated},
    ),
    Kind(
        name="leave_message.created", means="The visitor left a message.", data=Left,
        of={e.FormSubmitted: _left},
    ),
    Kind(
        name="agent.status_changed", means="An agent has another status.", data=StatusChanged,
        of={a.StatusChanged: _status}, of_inbox=False, of_group=False,
    ),
)  # fmt: skip

BY_NAME = {kind.name: kind for kind in KINDS}
BY_EVENT = {event: kind for kind in KINDS for event in kind.of}

LETTERS = {kind.name: (kind.means, Payload[kind.data]) for kind in KINDS}  # type: ignore[name-defined]
"""For the description of the API: name -> what it means, and the type of what is posted."""


def payload(webhook: str, record: Record, c: Conversation | None) -> Payload[Told]:
    """What a subscriber is told of a record whose event is in the table."""
    seq, happened = record
    kind = BY_EVENT[type(happened.event)]
    return Payload(
        id=delivery_id(webhook, seq),
        kind=kind.name,
        version=VERSION,
        at=epoch_ms(happened.event.at),
        seq=seq,
        conversation=about(c) if c else None,
        data=kind.of[type(happened.event)](record, happened.event, c),
    )


def about(c: Conversation) -> About:
    assert c.visit
    return About(
        id=c.id, inbox=c.visit.inbox, channel=c.visit.channel, contact=c.visit.contact, group=c.group, agent=c.agent
    )


def delivery_id(webhook: str, seq: int) -> str:
    """One for each record and subscription: a receiver knows by it what it has had before."""
    return f"{webhook}-{seq}"
