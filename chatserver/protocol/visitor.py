"""What a visitor's page and the server say to each other, on the Socket.IO namespace `/visitor`."""

from typing import Annotated, Literal

from msgspec import Meta

from chatserver.conversation.content import MAX_TEXT
from chatserver.conversation.model import Phase, QueueExit
from chatserver.protocol.wire import Ack, Id, Item, LineAt, Page, Sent, Seq, Struct

Short = Annotated[str, Meta(max_length=200)]
Url = Annotated[str, Meta(max_length=2000)]


class Identity(Struct, frozen=True, kw_only=True):
    """Who the visitor is, by the word of the site that embeds the widget.

    `signature` is the hex HMAC-SHA256 under the inbox's identity key of `id`, or of `id`, a line break and `name`: then
    the site vouches for the name too, which else is the visitor's own word. Without a right one the whole identity is
    refused.
    """

    id: Annotated[str, Meta(min_length=1, max_length=128)]
    signature: Annotated[str, Meta(min_length=64, max_length=64)]
    name: Short = ""


class VisitorAuth(Struct, frozen=True, kw_only=True):
    """The `auth` of the Socket.IO CONNECT."""

    inbox: Id
    token: Annotated[str, Meta(max_length=1000)] = ""
    identity: Identity | None = None
    locale: Annotated[str, Meta(max_length=35)] = ""


class VisitedPage(Struct, frozen=True, kw_only=True):
    """Where the visitor is."""

    url: Url = ""
    title: Short = ""
    referrer: Url = ""


class VisitorHello(Struct, frozen=True, kw_only=True):
    """First word after connecting. `conversation` and `after` say what the page already shows."""

    conversation: Id | None = None
    after: Seq = 0


class Open(Struct, frozen=True, kw_only=True):
    """The visitor opened the window: start a conversation, unless one is open."""

    id: Id
    page: VisitedPage = VisitedPage()


class Say(Struct, frozen=True, kw_only=True):
    """A message: a `text`, or an uploaded `media`. `quote`: the line that it answers. Sending the same `id` again
    gives the same acknowledgement."""

    id: Id
    text: Annotated[str, Meta(max_length=MAX_TEXT)] = ""
    media: Id | None = None
    quote: LineAt | None = None


class VisitorRecall(Struct, frozen=True, kw_only=True):
    """撤回: my line at `seq` of the log is taken back."""

    id: Id
    seq: Seq


class Choose(Struct, frozen=True, kw_only=True):
    """A tap on an option of the menu `item`."""

    id: Id
    item: Id
    option: Annotated[str, Meta(min_length=1, max_length=32)]


class Submit(Struct, frozen=True, kw_only=True):
    """The filled leave-a-message form, by field key."""

    id: Id
    values: Annotated[dict[str, Annotated[str, Meta(max_length=MAX_TEXT)]], Meta(max_length=40)]


class Rate(Struct, frozen=True, kw_only=True):
    """满意度: the answer to the survey `item`; `tags` are of the chosen level."""

    id: Id
    item: Id
    score: Annotated[int, Meta(ge=1, le=10)]
    tags: Annotated[tuple[Annotated[str, Meta(max_length=32)], ...], Meta(max_length=20)] = ()
    comment: Annotated[str, Meta(max_length=500)] = ""


class LeaveQueue(Struct, frozen=True, kw_only=True):
    """退出排队. `drop`: give the place up and go on in the flow. `keep`: keep the place while away. `call_back`: leave
    a message instead."""

    id: Id
    mode: QueueExit = QueueExit.DROP


class Quit(Struct, frozen=True, kw_only=True):
    """The visitor ends the conversation."""

    id: Id


class VisitorTyping(Struct, frozen=True, kw_only=True):
    """The visitor is writing: the `text` only where the inbox asks for it (`typing_preview`)."""

    on: bool
    text: Annotated[str, Meta(max_length=500)] = ""


class VisitorRead(Struct, frozen=True, kw_only=True):
    """The visitor has seen everything up to `seq`."""

    seq: Seq


class VisitorHistory(Struct, frozen=True, kw_only=True):
    """Older lines of the current conversation; fewer than `limit` where they are long."""

    before: Seq
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Theme(Sent, frozen=True, kw_only=True):
    """样式: colours are `#rrggbb`."""

    brand: str = "#1668dc"
    brand_text: str = "#ffffff"
    side: Literal["left", "right"] = "right"
    logo: str = ""


class InboxView(Sent, frozen=True, kw_only=True):
    """What a page needs to draw itself. `typing_preview`: agents are shown what is being written. `recall_within`: the
    seconds in which visitors may take a line back."""

    title: str
    subtitle: str
    locale: Literal["zh-CN", "en"]
    theme: Theme
    typing_preview: bool = False
    recall_within: int = 0


class AgentFace(Sent, frozen=True, kw_only=True):
    """An agent as visitors see one: the public nickname, never the account."""

    name: str
    avatar: str = ""


class WaitTime(Sent, frozen=True, kw_only=True):
    """An honest guess at `at` (epoch ms): from `low` to `high` seconds from then, as it held for four of the last five
    who waited."""

    low: int
    high: int
    at: int


class VisitorConversation(Sent, frozen=True, kw_only=True):
    """The state of the visitor's conversation.

    `ahead` counts those who wait in front (null unless queued), `wait` is how long that may take (null where too little
    is known); `asks` is the id of the menu or form that awaits an
    answer, `rates` that of a survey which can be answered. `agent_read` is the seq up to which an agent has seen the
    visitor's lines. `held`: the agent has asked the visitor to wait. `away`: the place in the queue is kept.
    """

    id: str
    phase: Phase
    agent: AgentFace | None
    ahead: int | None
    asks: str | None
    rates: str | None = None
    agent_read: int
    held: bool = False
    away: bool = False
    wait: WaitTime | None = None


class Welcome(Sent, frozen=True, kw_only=True):
    """Answer to `hello`. `reset`: forget the lines shown so far, `items` is the end of the conversation."""

    token: str
    visitor: str
    seq: int
    inbox: InboxView
    conversation: VisitorConversation | None
    items: list[Item]
    more: bool
    reset: bool


class PeerTyping(Sent, frozen=True, kw_only=True):
    """The agent is writing; the client lets it fade after 6 s without news."""

    on: bool


VISITOR_UP: dict[str, tuple[type[Struct], type[Sent]]] = {
    "hello": (VisitorHello, Welcome),
    "open": (Open, Ack),
    "say": (Say, Ack),
    "choose": (Choose, Ack),
    "submit": (Submit, Ack),
    "rate": (Rate, Ack),
    "recall": (VisitorRecall, Ack),
    "leave_queue": (LeaveQueue, Ack),
    "close": (Quit, Ack),
    "typing": (VisitorTyping, Ack),
    "read": (VisitorRead, Ack),
    "history": (VisitorHistory, Page),
}
"""Event name -> (what the client sends, what the acknowledgement holds when it is not `Failed`)."""

VISITOR_DOWN: dict[str, type[Sent]] = {
    "item": Item,
    "conversation": VisitorConversation,
    "typing": PeerTyping,
}
"""Event name -> what the server pushes."""
