"""Conversation 会话: what is known about one. Messages live in the log, not here: this stays small for ever."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from chatserver.conversation.content import Answer

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


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """联系身份 and where it came from, as known when the conversation opened. `verified`: the site vouches for it.

    `visits` counts the contact's conversations, this one included; `channel` is the kind of adapter it came by.
    """

    contact: str
    inbox: str
    name: str
    channel: str = "web"
    visits: int = 1
    verified: bool = False
    locale: str = "zh-CN"
    page_url: str = ""
    page_title: str = ""
    referrer: str = ""


class FlowRef(msgspec.Struct, frozen=True, kw_only=True):
    """The version of the flow that this conversation started with, and keeps."""

    id: str
    version: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in its flow a conversation rests; `misses` counts answers that the menu or question there did not take."""

    node: str
    misses: int = 0


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as visitors see one: the public nickname, never the account."""

    name: str
    avatar: str = ""


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor's silence: it begins with an agent's message and ends with any word of the visitor."""

    since: datetime | None = None
    warned: bool = False


class Soothing(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor's wait for a person: `told` counts the soothing replies of this wait."""

    since: datetime | None = None
    told: int = 0


class Scene(StrEnum):
    """评价场景: what a rating was asked for."""

    INVITED = "invited"  # 座席邀评
    CLOSED = "closed"  # 会话结束
    IDLE = "idle"  # 超时结束


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """满意度: the one survey of a conversation. `line` is the id of the line that asks; `score` once it is answered."""

    asked_at: datetime
    scene: Scene
    line: str
    score: int | None = None


class OfferTo(msgspec.Struct, frozen=True, kw_only=True):
    """待接入: an agent is asked, until `until`, whether to serve."""

    agent: str
    until: datetime


class ReplyWindow(msgspec.Struct, frozen=True, kw_only=True):
    """下发窗口: since the visitor's last word; `used` counts the messages that the channel has taken since."""

    since: datetime
    used: int = 0


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """The newest line, for lists."""

    by: Speaker
    text: str
    at: datetime


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """The state that `evolve` folds. `version` counts the events; `asks` is the line that awaits an answer.

    `queued_at` is when this wait began, `place_since` what the place in the queue counts from: whoever lost an agent
    comes back to the old place. `ahead` is the queue position last told; `unread` counts the visitor's lines that no
    agent has seen; `answers` are the values that the flow asked for, the newest of each key; `agent_read` and
    `visitor_read` are seqs of the log.
    """

    id: str
    version: int = 0
    phase: Phase = Phase.NEW
    visit: Visit | None = None
    flow: FlowRef | None = None
    place: Place | None = None
    asks: str | None = None
    answers: tuple[Answer, ...] = ()
    group: str | None = None
    priority: int = 0
    last_agent: str | None = None
    handed_over_by: str | None = None
    offer: OfferTo | None = None
    passed: str | None = None
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


def line_id(conversation: str, version: int) -> str:
    """The id of a line that nobody's client made: unique, and the same whenever the log is folded again."""
    return f"{conversation}:{version}"
