"""Conversation 会话: what is known about one. Messages live in the log, not here: this stays small for ever."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from chatserver.conversation.content import Answer, RatingLevel, Said
from chatserver.flow.form import FormField

Speaker = Literal["visitor", "agent", "bot", "system"]


class Phase(StrEnum):
    """Where a conversation stands; `transitions.py` is the table of how it moves."""

    NEW = "new"  # 未开始: nothing happened yet
    GUIDED = "guided"  # 流程/机器人接待
    QUEUED = "queued"  # 排队中
    SERVING = "serving"  # 人工接待中
    LEAVING_MESSAGE = "leaving_message"  # 留言中
    CLOSED = "closed"  # 已结束


class ClosedBy(StrEnum):
    """Why a conversation ended."""

    AGENT = "agent"
    VISITOR = "visitor"
    IDLE = "idle"  # 访客超时自动结束
    FLOW = "flow"


class TurnedAwayFor(StrEnum):
    """Why a queue did not keep a visitor."""

    FULL = "full"  # the queue's limit is reached
    NOBODY = "nobody"  # no agent of the group is on duty
    TIMEOUT = "timeout"  # waited longer than the group allows


class QueueExit(StrEnum):
    """退出排队: what becomes of the place of a visitor who does not want to stand and wait."""

    DROP = "drop"  # 放弃: the flow goes on
    KEEP = "keep"  # 保留位置: away, but still in the queue
    CALL_BACK = "call_back"  # 留言等回复


class HandoverEnd(StrEnum):
    """Why a colleague did not take what was to be handed over."""

    DECLINED = "declined"
    TIMEOUT = "timeout"
    WITHDRAWN = "withdrawn"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """联系身份 and where it came from, as known when the conversation opened. `verified`: the site vouches for it, and
    `name_verified`: for the name as well; else that is the visitor's own word.

    `visits` counts the contact's conversations, this one included; `channel` is the kind of adapter it came by; `vip`
    is the contact's level, 0 for none; `fields` are the values that earlier conversations have learnt; `test`: somebody
    of our own tries the inbox, and reports do not count it.
    """

    contact: str
    inbox: str
    name: str
    channel: str = "web"
    visits: int = 1
    vip: int = 0
    verified: bool = False
    locale: str = "zh-CN"
    page_url: str = ""
    page_title: str = ""
    referrer: str = ""
    fields: tuple[Answer, ...] = ()
    test: bool = False
    name_verified: bool = False


class FlowRef(msgspec.Struct, frozen=True, kw_only=True):
    """The version of the flow that this conversation started with, and keeps."""

    id: str
    version: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in its flow a conversation rests; `misses` counts answers that the menu or question there did not take, and
    questions in a row that the bot there could not answer; `turns` all of them. `words_wanted`: the visitor was told
    that only words are heard there."""

    node: str
    misses: int = 0
    turns: int = 0
    words_wanted: bool = False


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A bot (the `text`) or a server is asked, and has until `until`; `more` is what the visitor wrote since."""

    id: str
    until: datetime
    text: str = ""
    more: str = ""


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as visitors see one: the public nickname, never the account."""

    name: str
    avatar: str = ""


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor's silence: it begins with an agent's message and ends with any word of the visitor."""

    since: datetime | None = None
    warned: bool = False


class Soothing(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor's wait for a person: `told` counts the soothing replies of this wait, the last of them in `phase`."""

    since: datetime | None = None
    told: int = 0
    phase: Phase | None = None


class Scene(StrEnum):
    """评价场景: what a rating was asked for."""

    INVITED = "invited"  # 座席邀评
    CLOSED = "closed"  # 会话结束
    IDLE = "idle"  # 超时结束


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """满意度: the one survey of a conversation. `line` is the id of the line that asks, `levels` what it offers,
    `agent` whom it is about; `score` and what follows are the answer."""

    asked_at: datetime
    scene: Scene
    line: str
    agent: str | None = None
    levels: tuple[RatingLevel, ...] = ()
    score: int | None = None
    label: str = ""
    tags: tuple[str, ...] = ()
    comment: str = ""


class OfferTo(msgspec.Struct, frozen=True, kw_only=True):
    """待接入: an agent is asked, until `until`, whether to serve."""

    agent: str
    until: datetime


class Undelivered(StrEnum):
    """Why a line did not arrive."""

    WINDOW = "window"  # too many messages, or too late after the visitor's last word
    REFUSED = "refused"  # the visitor takes no messages
    REJECTED = "rejected"  # the channel did not take it
    UNREACHABLE = "unreachable"  # the channel did not answer


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """待对方接手: a colleague is asked, until `until`, whether to take over; meanwhile the agent `by` serves on."""

    by: Face
    to_agent: str
    to_name: str
    until: datetime
    note: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it stands in the log, for whoever wants to change it."""

    id: str
    at: datetime
    by: Speaker
    content: Said
    agent: str | None = None
    face: Face = Face(name="")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the line `line`: its newest text, or None once it was recalled."""

    line: str
    text: str | None = None


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """引用: the line `item` as it read when somebody answered to it. `kind` is that of its content."""

    item: str
    by: Speaker
    name: str
    text: str
    kind: str = "text"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """服务小结: what an agent wrote into a form template, in the `version` that it had, with its fields' `labels`."""

    template: str
    version: int
    values: dict[str, str]
    by: str
    at: datetime
    labels: Mapping[str, str] = {}


class ReplyWindow(msgspec.Struct, frozen=True, kw_only=True):
    """下发窗口: since the visitor's last word; `used` counts the messages that the channel has taken since."""

    since: datetime
    used: int = 0


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """The newest line, for lists; `kind` is that of its content."""

    by: Speaker
    text: str
    at: datetime
    line: str = ""
    kind: str = "text"


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """The state that `evolve` folds. `version` counts the events; `asks` is the line that awaits an answer.

    `asked_group` is the group that was asked for last, in vain or not. `queued_at` is when this wait began,
    `place_since` what the place in the queue counts from: whoever lost an agent comes back to the old place.
    `overflowed`: in this wait it has gone on to the overflow group; `overflow_sought` is when that was last tried.
    `ahead` is the queue position last told; `unread` counts the visitor's lines that no agent has seen; `answers` are
    the values that the flow asked for, the newest of each key, and `answered` in which lines; `suggested` are the
    questions of the line that asks, if they are a bot's; `form` are the fields of the form that is shown, which
    outlives its flow; `agent_read` and `visitor_read` are seqs of the log.

    `helpers` 协助 may speak as well; `mentioned` may read. `held_at`: the agent has put the visitor on hold. `away`:
    the visitor waits, but perhaps not in front of the page. `welcomed` is the agent who greeted last, `prefers` the one
    whom the visitor comes back to. `changed` are the lines that do not read as they did in the log.
    """

    id: str
    version: int = 0
    phase: Phase = Phase.NEW
    visit: Visit | None = None
    flow: FlowRef | None = None
    place: Place | None = None
    asks: str | None = None
    asking: Asking | None = None
    suggested: tuple[str, ...] = ()
    form: tuple[FormField, ...] = ()
    answers: tuple[Answer, ...] = ()
    answered: Mapping[str, str] = {}
    group: str | None = None
    priority: int = 0
    asked_group: str | None = None
    last_agent: str | None = None
    handed_over_by: str | None = None
    handed_over_from: str | None = None
    overflowed: bool = False
    overflow_sought: datetime | None = None
    offer: OfferTo | None = None
    missed: tuple[str, ...] = ()
    agent: str | None = None
    face: Face | None = None
    ahead: int | None = None
    opened_at: datetime | None = None
    queued_at: datetime | None = None
    place_since: datetime | None = None
    assigned_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: ClosedBy | None = None
    heard_at: datetime | None = None
    idle: Idle = Idle()
    soothing: Soothing = Soothing()
    rating: Rating | None = None
    window: ReplyWindow | None = None
    last: Last | None = None
    unread: int = 0
    agent_read: int = 0
    visitor_read: int = 0
    helpers: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    handover: Handover | None = None
    held_at: datetime | None = None
    away: bool = False
    welcomed: str | None = None
    prefers: str | None = None
    changed: tuple[Change, ...] = ()
    tags: tuple[str, ...] = ()
    summary: Summary | None = None


def line_id(conversation: str, version: int) -> str:
    """The id of a line that nobody's client made: unique, and the same whenever the log is folded again."""
    return f"{conversation}:{version}"


def conversation_of(line: str) -> str:
    """Whose line it is, of an id that `line_id` made."""
    return line.rpartition(":")[0]
