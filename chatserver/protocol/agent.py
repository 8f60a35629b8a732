"""What the agents' console and the server say to each other, on the Socket.IO namespace `/agent`."""

from typing import Annotated, Literal

from msgspec import Meta, field

from chatserver.conversation.content import MAX_TEXT, Answer
from chatserver.conversation.model import Phase
from chatserver.protocol.wire import Ack, Id, Item, LineAt, Page, Sent, Seq, Struct

Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
MaybeText = Annotated[str, Meta(max_length=MAX_TEXT)]


class AgentAuth(Struct, frozen=True, kw_only=True):
    """The `auth` of the Socket.IO CONNECT; the login session itself comes as a cookie."""

    csrf: Annotated[str, Meta(max_length=200)]
    device: Id


class AgentHello(Struct, frozen=True, kw_only=True):
    """First word after connecting; `after` is the last seq that this console folded, 0 for none."""

    after: Seq = 0


class Send(Struct, frozen=True, kw_only=True):
    """A reply to the visitor: a `text`, or an uploaded `media`. `quote`: the line that it answers. Sending the same
    `id` again gives the same acknowledgement."""

    id: Id
    conversation: Id
    text: MaybeText = ""
    media: Id | None = None
    quote: LineAt | None = None


class Note(Struct, frozen=True, kw_only=True):
    """备注: a line that only agents see. Whoever is in `mentions` can read the conversation from then on. 密语: a
    `whisper` is meant for the agent who serves."""

    id: Id
    conversation: Id
    text: Text
    mentions: Annotated[tuple[Id, ...], Meta(max_length=10)] = ()
    whisper: bool = False


class Edit(Struct, frozen=True, kw_only=True):
    """编辑: my line at `seq` of the log reads so from now on."""

    id: Id
    conversation: Id
    seq: Seq
    text: Text


class Recall(Struct, frozen=True, kw_only=True):
    """撤回: my line at `seq` of the log is taken back."""

    id: Id
    conversation: Id
    seq: Seq


class Act(Struct, frozen=True, kw_only=True):
    """`take`: serve a waiting visitor now. `accept`, `decline`: what was offered or is to be handed over to me; whoever
    asked a colleague withdraws it by `decline`. `take_over`: serve instead of a colleague. `invite_rating`: ask for a
    rating. `close`: end the conversation."""

    id: Id
    conversation: Id


class Transfer(Struct, frozen=True, kw_only=True):
    """转接: to a colleague (`agent`) or to a group's queue (`group`), one of the two, with a `note` for whoever serves
    next. Where the workspace lets colleagues accept first, the conversation stays until the colleague has."""

    id: Id
    conversation: Id
    agent: Id | None = None
    group: Id | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class Invite(Struct, frozen=True, kw_only=True):
    """邀请协助: the colleague `agent` sees the conversation and may write in it, until it ends."""

    id: Id
    conversation: Id
    agent: Id


class Leave(Struct, frozen=True, kw_only=True):
    """I help no longer; or `agent` does not, by the word of whoever may invite."""

    id: Id
    conversation: Id
    agent: Id | None = None


class Hold(Struct, frozen=True, kw_only=True):
    """挂起: the visitor is asked to wait, or `on` is false and the agent is back."""

    id: Id
    conversation: Id
    on: bool


class Tag(Struct, frozen=True, kw_only=True):
    """打标签: these tags, by their ids, and no others."""

    id: Id
    conversation: Id
    tags: Annotated[tuple[Id, ...], Meta(max_length=20)]


class Summarise(Struct, frozen=True, kw_only=True):
    """服务小结: a form template, in the version that was filled, and the values by field key."""

    id: Id
    conversation: Id
    template: Id
    version: Annotated[int, Meta(ge=1)]
    values: Annotated[dict[str, Annotated[str, Meta(max_length=MAX_TEXT)]], Meta(max_length=100)]


class Ban(Struct, frozen=True, kw_only=True):
    """拉黑: end the conversation and keep its visitor out for `seconds`, or for good (null)."""

    id: Id
    conversation: Id
    seconds: Annotated[int, Meta(ge=60, le=315_360_000)] | None
    reason: Annotated[str, Meta(max_length=200)] = ""


class ChooseStatus(Struct, frozen=True, kw_only=True):
    """座席状态: `ready`, `busy`, `rest`, `offline`, or the key of a custom status."""

    id: Id
    status: Id


class AgentTyping(Struct, frozen=True, kw_only=True):
    conversation: Id
    on: bool


class AgentRead(Struct, frozen=True, kw_only=True):
    """This agent has seen everything of the conversation up to `seq`."""

    id: Id
    conversation: Id
    seq: Seq


class AgentHistory(Struct, frozen=True, kw_only=True):
    """Lines of a conversation before `before` (0: the newest); fewer than `limit` where they are long."""

    conversation: Id
    before: Seq = 0
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class ContactCard(Sent, frozen=True, kw_only=True):
    """联系身份: who writes. `verified`: the site vouches for the identity, and `name_verified`: for the name as well;
    else that is the visitor's own word. `fields` are what was remembered of earlier conversations."""

    id: str
    name: str
    verified: bool
    name_verified: bool
    locale: str
    page_url: str
    page_title: str
    referrer: str
    fields: list[Answer] = field(default_factory=list)


class LastLine(Sent, frozen=True, kw_only=True):
    """`kind` is that of its content: a picture has no `text`, and a line that was recalled none any more."""

    by: Literal["visitor", "agent", "bot", "system"]
    text: str
    at: int
    kind: str = "text"


class OfferCard(Sent, frozen=True, kw_only=True):
    """待接入: `agent` is asked until `until` (epoch ms). Where a colleague hands over, `sender` is that one's name."""

    agent: str
    until: int
    sender: str = ""
    note: str = ""


class SummaryCard(Sent, frozen=True, kw_only=True):
    """服务小结, as it was filled last."""

    template: str
    version: int
    values: dict[str, str]
    by: str
    at: int


class Card(Sent, frozen=True, kw_only=True):
    """A conversation in a list: the whole of what a list shows, so that the newest `version` simply wins.

    Times are epoch ms; `waiting_since` is since when the visitor waits for an answer or an agent; `answers` are the
    values that the flow asked for. `helpers` write as well, `mentioned` read as well. `held_since`: on hold. `away`:
    the visitor keeps a place in the queue, and is perhaps not there. `can` is what the channel can do, such as `edit`
    and `recall`.
    """

    id: str
    version: int
    phase: Phase
    inbox: str
    contact: ContactCard
    group: str | None
    agent: str | None
    opened_at: int
    queued_at: int | None
    closed_at: int | None
    waiting_since: int | None
    last: LastLine | None
    unread: int
    visitor_read: int
    rating: int | None = None
    rating_asked: bool = False
    answers: list[Answer] = field(default_factory=list)
    offer: OfferCard | None = None
    helpers: list[str] = field(default_factory=list)
    mentioned: list[str] = field(default_factory=list)
    held_since: int | None = None
    away: bool = False
    tags: list[str] = field(default_factory=list)
    summary: SummaryCard | None = None
    can: list[str] = field(default_factory=list)


class AgentCard(Sent, frozen=True, kw_only=True):
    """座席 as colleagues see one."""

    id: str
    name: str
    avatar: str
    groups: list[str]
    status: str
    status_since: int
    load: int
    max: int


class Named(Sent, frozen=True, kw_only=True):
    id: str
    name: str


class StatusChoice(Sent, frozen=True, kw_only=True):
    """A status that an agent may choose; `name` is empty for the built-in ones (the client knows their words)."""

    key: str
    name: str
    takes_new: bool


class Me(Sent, frozen=True, kw_only=True):
    """The agent of this login; `permissions` maps a permission's key to its scope."""

    id: str
    account: str
    name: str
    nickname: str
    avatar: str
    roles: list[str]
    permissions: dict[str, Literal["own", "group", "all"]]


class Snapshot(Sent, frozen=True, kw_only=True):
    """All that a console needs to start."""

    me: Me
    conversations: list[Card]
    agents: list[AgentCard]
    groups: list[Named]
    inboxes: list[Named]
    statuses: list[StatusChoice]


class ConversationRecord(Sent, frozen=True, kw_only=True):
    """Something happened in a conversation: its card now, and the line it added, if a person sees one."""

    seq: int
    card: Card
    item: Item | None


class AgentWelcome(Sent, frozen=True, kw_only=True):
    """Answer to `hello`: either `snapshot` (forget everything) or the `records` since `after`."""

    seq: int
    snapshot: Snapshot | None
    records: list[ConversationRecord]


class Gone(Sent, frozen=True, kw_only=True):
    """This conversation is no longer yours to see."""

    seq: int
    conversation: str


class LeaveMessageNews(Sent, frozen=True, kw_only=True):
    """留言: the message `id` was `left`, or that is what was done with it, told to whoever may read it, or could until
    now. It is with `agent`, or with nobody in particular of `group`. What it says, and how many there are, is asked for
    over HTTP."""

    seq: int
    id: str
    what: Literal["left", "assigned", "answered", "closed", "reopened"]
    group: str | None
    agent: str | None


class VisitorWriting(Sent, frozen=True, kw_only=True):
    """The visitor is writing, perhaps the `text`, which is not sent yet; the client lets it fade after 6 s without
    news."""

    conversation: str
    on: bool
    text: str = ""


class SignedOut(Sent, frozen=True, kw_only=True):
    """The login ended: show the login page."""

    cause: Literal["logout", "expired", "disabled"]


AGENT_UP: dict[str, tuple[type[Struct], type[Sent]]] = {
    "hello": (AgentHello, AgentWelcome),
    "send": (Send, Ack),
    "note": (Note, Ack),
    "edit": (Edit, Ack),
    "recall": (Recall, Ack),
    "take": (Act, Ack),
    "accept": (Act, Ack),
    "decline": (Act, Ack),
    "transfer": (Transfer, Ack),
    "invite": (Invite, Ack),
    "leave": (Leave, Ack),
    "take_over": (Act, Ack),
    "hold": (Hold, Ack),
    "tag": (Tag, Ack),
    "summarise": (Summarise, Ack),
    "ban": (Ban, Ack),
    "invite_rating": (Act, Ack),
    "close": (Act, Ack),
    "status": (ChooseStatus, Ack),
    "typing": (AgentTyping, Ack),
    "read": (AgentRead, Ack),
    "history": (AgentHistory, Page),
}
"""Event name -> (what the console sends, what the acknowledgement holds when it is not `Failed`)."""

AGENT_DOWN: dict[str, type[Sent]] = {
    "record": ConversationRecord,
    "gone": Gone,
    "agent": AgentCard,
    "leave_message": LeaveMessageNews,
    "typing": VisitorWriting,
    "signed_out": SignedOut,
}
"""Event name -> what the server pushes."""


class Login(Struct, frozen=True, kw_only=True):
    """`POST /api/login`."""

    account: Annotated[str, Meta(min_length=1, max_length=128)]
    password: Annotated[str, Meta(min_length=1, max_length=256)]


class LoggedIn(Sent, frozen=True, kw_only=True):
    """Answer to `/api/login` and `/api/session`; `csrf` goes into the `X-CSRF-Token` header and the CONNECT."""

    csrf: str
    agent: str
    name: str
