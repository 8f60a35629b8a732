"""Messages that were left, as they go over HTTP. Instants are epoch milliseconds."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chatserver.conversation.content import MAX_TEXT, Answer
from chatserver.hub.paging import Paged
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.leave_messages import model as m
from chatserver.suite.leave_messages.model import Status
from chatserver.suite.leave_messages.rows import Left

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class LeaveMessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One message as a list shows it; `delivered_at` is when the visitor got the last answer."""

    id: str
    status: Status
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


What = Literal["left", "assigned", "answered", "delivered", "noted", "closed", "reopened"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a message, and by whom; `text` is an answer or a note."""

    what: What
    at: int
    by: str = ""
    text: str = ""
    agent: str | None = None
    group: str | None = None


class LeaveMessageDetail(LeaveMessageView, frozen=True, kw_only=True):
    """One message with all that was written into the form, and what has happened to it, the newest last."""

    answers: tuple[Answer, ...]
    history: list[Entry]


class LeaveMessageCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Of the messages that one may see: by status; and `mine`, those that wait for one's own answer."""

    open: int
    assigned: int
    answered: int
    mine: int


class LeaveMessageQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`q` is how the name begins, or the telephone number."""

    status: Status | None = None
    assignee: Id | None = None
    group: Id | None = None
    inbox: Id | None = None
    contact: Id | None = None
    q: Annotated[str, Meta(max_length=64)] = ""


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom it goes. A group without an agent has it with nobody in particular; an agent null takes it back."""

    agent: Id | UnsetType | None = UNSET
    group: Id | UnsetType = UNSET


class AnswerText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the visitor is told."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]


class NoteText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What colleagues shall know."""

    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


def listed(row: Left) -> LeaveMessageView:
    return LeaveMessageView(**shown(row))


def shown(row: Left) -> dict[str, Any]:
    """A row's columns, as a view has them."""
    return msgspec.structs.asdict(row) | {"status": Status(row.status)}


def entry(event: m.AnyEvent) -> Entry:
    at = event.at
    match event:
        case m.MessageLeft():
            return _entry("left", at, group=event.group)
        case m.MessageAssigned():
            return _entry("assigned", at, by=event.by, agent=event.agent, group=event.group)
        case m.MessageAnswered():
            return _entry("answered", at, by=event.by, text=event.content.text, agent=event.agent)
        case m.AnswerArrived():
            return _entry("delivered", at)
        case m.MessageNoted():
            return _entry("noted", at, by=event.by, text=event.text)
        case m.MessageClosed():
            return _entry("closed", at, by=event.by)
        case m.MessageReopened():
            return _entry("reopened", at, by=event.by)


def _entry(what: What, at: datetime, **more: Any) -> Entry:
    return Entry(what=what, at=epoch_ms(at), **more)
