"""留言: one that a visitor left, as a machine: open → assigned → answered → closed, and open again.

What was said about it stands in the log; the state has only what a list or a rule needs.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from chatserver.conversation.content import Answer, TextContent
from chatserver.conversation.model import Face
from chatserver.kernel.machine import Event, Input

KIND = "leave_message"


class Status(StrEnum):
    """处理状态."""

    OPEN = "open"  # 待处理: nobody has it
    ASSIGNED = "assigned"  # 处理中
    ANSWERED = "answered"  # 已回复
    CLOSED = "closed"  # 已关闭


class LeaveMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The state. `line` is the one in the conversation; `name` and `phone` are found among the answers; the visitor got
    the last answer at `delivered_at`.

    Nothing was left while `left_at` is None.
    """

    id: str
    version: int = 0
    status: Status = Status.OPEN
    group: str | None = None
    assignee: str | None = None
    contact: str = ""
    inbox: str = ""
    conversation: str = ""
    line: str = ""
    name: str = ""
    phone: str = ""
    answers: tuple[Answer, ...] = ()
    last_answer: str | None = None
    left_at: datetime | None = None
    answered_at: datetime | None = None
    delivered_at: datetime | None = None
    closed_at: datetime | None = None


class Leave(Input, frozen=True, kw_only=True):
    """The visitor has sent the form; `group` is to answer."""

    contact: str
    inbox: str
    conversation: str
    line: str
    name: str
    phone: str
    answers: tuple[Answer, ...]
    group: str | None


class Assign(Input, frozen=True, kw_only=True):
    """To an agent, or to a group with nobody in particular."""

    agent: str | None
    group: str | None
    by: str


class AnswerBack(Input, frozen=True, kw_only=True):
    """Words for the visitor. `agent` is None where it was no agent who wrote."""

    id: str
    agent: str | None
    face: Face
    content: TextContent
    by: str


class Note(Input, frozen=True, kw_only=True):
    """备注: words for colleagues."""

    text: str
    by: str


class Close(Input, frozen=True, kw_only=True):
    by: str


class Reopen(Input, frozen=True, kw_only=True):
    by: str


class Arrived(Input, frozen=True, kw_only=True):
    """The visitor was told the answer, in `conversation`."""

    answer: str
    conversation: str


class MessageLeft(Event, frozen=True, kw_only=True):
    """留言: something was left, and belongs to `group`."""

    contact: str
    inbox: str
    conversation: str
    line: str
    name: str
    phone: str
    answers: tuple[Answer, ...]
    group: str | None


class MessageAssigned(Event, frozen=True, kw_only=True):
    """`from_agent` and `from_group` had it until now."""

    agent: str | None
    group: str | None
    by: str
    from_agent: str | None = None
    from_group: str | None = None


class MessageAnswered(Event, frozen=True, kw_only=True):
    """The answer is written; the visitor gets it now, or on the next visit."""

    id: str
    agent: str | None
    face: Face
    content: TextContent
    contact: str
    by: str


class AnswerArrived(Event, frozen=True, kw_only=True):
    """The visitor was told, in `conversation`."""

    answer: str
    conversation: str


class MessageNoted(Event, frozen=True, kw_only=True):
    text: str
    by: str


class MessageClosed(Event, frozen=True, kw_only=True):
    by: str


class MessageReopened(Event, frozen=True, kw_only=True):
    by: str


AnyInput = Leave | Assign | AnswerBack | Note | Close | Reopen | Arrived
AnyEvent = (
    MessageLeft | MessageAssigned | MessageAnswered | AnswerArrived | MessageNoted | MessageClosed | MessageReopened
)
