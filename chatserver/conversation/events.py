"""What can have happened in a conversation. These are the lines of the log: never renamed, only added."""

from collections.abc import Mapping
from datetime import datetime

from chatserver.conversation.content import (
    Answer,
    AnswersContent,
    FormContent,
    MenuContent,
    RatingContent,
    Said,
    TextContent,
)
from chatserver.conversation.model import (
    ClosedBy,
    Face,
    FlowRef,
    HandoverEnd,
    Place,
    Quote,
    Scene,
    Speaker,
    TurnedAwayFor,
    Undelivered,
    Visit,
)
from chatserver.kernel.machine import Event


class Opened(Event, frozen=True, kw_only=True):
    """会话开始."""

    visit: Visit
    flow: FlowRef
    last_agent: str | None = None


class VisitorMessage(Event, frozen=True, kw_only=True):
    """The visitor's words; a chosen menu option counts as its label."""

    id: str
    content: Said
    quote: Quote | None = None


class OptionChosen(Event, frozen=True, kw_only=True):
    """The visitor tapped `label` on the menu `item`."""

    id: str
    item: str
    option: str
    label: str


class FormSubmitted(Event, frozen=True, kw_only=True):
    """留言: the visitor has left a message, for the `group` that the flow names, or that was asked for, or that gets
    what is left for none. `leave_message` is its id in the inbox."""

    id: str
    answers: AnswersContent
    group: str | None = None
    leave_message: str = ""


class Rated(Event, frozen=True, kw_only=True):
    """满意度评价: the visitor's answer to the survey, with the words of the chosen level."""

    id: str
    score: int
    label: str
    tags: tuple[str, ...] = ()
    comment: str = ""


class PlaceKept(Event, frozen=True, kw_only=True):
    """保留位置: the visitor waits on, but not in front of the page."""


class Reopened(Event, frozen=True, kw_only=True):
    """会话续接: the visitor comes back soon after the end, and waits for `group`, best for the `agent` who served."""

    group: str
    agent: str


class QueueLeft(Event, frozen=True, kw_only=True):
    """The visitor stopped waiting."""


class VisitorRead(Event, frozen=True, kw_only=True):
    """The visitor has seen everything up to `upto`."""

    upto: int


class AgentMessage(Event, frozen=True, kw_only=True):
    """An agent's words to the visitor."""

    id: str
    agent: str
    face: Face
    content: Said
    quote: Quote | None = None


class NoteAdded(Event, frozen=True, kw_only=True):
    """备注: seen by agents only; the `mentions` may read on. 密语: a `whisper` is for the agent who serves."""

    id: str
    agent: str
    face: Face
    content: TextContent
    mentions: tuple[str, ...] = ()
    whisper: bool = False


class MessageEdited(Event, frozen=True, kw_only=True):
    """编辑: the agent's line `line` reads so from now on."""

    line: str
    agent: str
    face: Face
    content: TextContent


class MessageRecalled(Event, frozen=True, kw_only=True):
    """撤回: the line `line` is taken back by whoever said it. `content` is what it said, for those who may know;
    `answers` are the values that the flow has from it, and keeps no longer."""

    line: str
    by: Speaker
    content: Said
    agent: str | None = None
    face: Face = Face(name="")
    answers: tuple[Answer, ...] = ()


class Transferred(Event, frozen=True, kw_only=True):
    """转接: `by` hands over to an agent, or to a group's queue; the place there counts from `since`."""

    by: Face
    to_name: str
    group: str
    since: datetime
    agent: str
    to_agent: str | None = None
    note: str = ""
    takes_over: bool = False


class HandoverAsked(Event, frozen=True, kw_only=True):
    """The colleague `to_agent` is asked, until `until`, to take over; `agent` serves on meanwhile."""

    by: Face
    to_name: str
    agent: str
    to_agent: str
    until: datetime
    note: str = ""


class HandoverEnded(Event, frozen=True, kw_only=True):
    """The colleague does not take over: the conversation stays with `agent`."""

    agent: str
    to_agent: str
    to_name: str
    reason: HandoverEnd


class HelperJoined(Event, frozen=True, kw_only=True):
    """邀请协助: `by` asked this colleague to speak as well."""

    agent: str
    face: Face
    by: Face


class HelperLeft(Event, frozen=True, kw_only=True):
    """The colleague helps no longer."""

    agent: str
    face: Face


class PutOnHold(Event, frozen=True, kw_only=True):
    """挂起: the agent asks the visitor to wait."""

    agent: str


class HoldEnded(Event, frozen=True, kw_only=True):
    """The agent is back."""

    agent: str


class Tagged(Event, frozen=True, kw_only=True):
    """打标签: these tags, by their ids, and no others."""

    tags: tuple[str, ...]
    agent: str


class Summarised(Event, frozen=True, kw_only=True):
    """服务小结: the agent filled the template `template` in this version, whose fields had these `labels` then."""

    template: str
    version: int
    values: dict[str, str]
    agent: str
    face: Face = Face(name="")
    labels: Mapping[str, str] = {}


class AgentRead(Event, frozen=True, kw_only=True):
    """The serving agent has seen everything up to `upto`, which the visitor may be `shown`."""

    agent: str
    upto: int
    shown: bool = True


class NodeReached(Event, frozen=True, kw_only=True):
    """The flow moved on, through nodes that ask nobody, and rests at `place`."""

    place: Place
    through: tuple[str, ...] = ()


class FlowRestarted(Event, frozen=True, kw_only=True):
    """The version of the flow that the conversation was in is not kept any more: it begins again in this one."""

    flow: FlowRef


class WordsWanted(Event, frozen=True, kw_only=True):
    """The visitor sent a picture or a file where the flow hears words alone; agents will see it."""


class BotMessage(Event, frozen=True, kw_only=True):
    """The flow's words: a sentence or a menu."""

    content: TextContent | MenuContent


class FieldAnswered(Event, frozen=True, kw_only=True):
    """提问: the visitor, in the line `line`, or a webhook gave a value that the flow asked for; it is kept as `key`."""

    key: str
    label: str
    value: str
    line: str = ""


class AnswerRejected(Event, frozen=True, kw_only=True):
    """The field `label` cannot take what the visitor gave; an empty `text` means the built-in sentence."""

    label: str
    text: str = ""


class BotAsked(Event, frozen=True, kw_only=True):
    """The bot is asked, and has until `until` to answer. The line id of this event is the turn's id."""

    bot: str
    text: str
    until: datetime


class BotReplied(Event, frozen=True, kw_only=True):
    """The bot answered in time; not `understood`: it knew nothing to say to it. `handoff`: it wants a person."""

    understood: bool = True
    handoff: bool = False


class WebhookAsked(Event, frozen=True, kw_only=True):
    """A server of the workspace's own is asked by the webhook at which the flow rests."""

    until: datetime


class WebhookReplied(Event, frozen=True, kw_only=True):
    """The server answered in time; what is kept of it follows, field by field."""


class AskingFailed(Event, frozen=True, kw_only=True):
    """The bot or the server that was asked gave no answer, or none in time."""

    timed_out: bool


class FormShown(Event, frozen=True, kw_only=True):
    """留言板: the visitor is asked to leave a message."""

    content: FormContent


class Queued(Event, frozen=True, kw_only=True):
    """转人工: the visitor wants an agent of `group`."""

    group: str
    priority: int = 0


class PositionTold(Event, frozen=True, kw_only=True):
    """The visitor waits, and was told that `ahead` others come first."""

    ahead: int


class OfferedTo(Event, frozen=True, kw_only=True):
    """待接入: `agent` is asked until `until`; the visitor waits on."""

    agent: str
    until: datetime


class OfferMissed(Event, frozen=True, kw_only=True):
    """The agent did not answer in time, or `declined`."""

    agent: str
    declined: bool = False


class OfferAccepted(Event, frozen=True, kw_only=True):
    """The agent takes what was offered."""

    agent: str


class OverflowSought(Event, frozen=True, kw_only=True):
    """The wait has become long: the floor is asked whether the overflow group can take the visitor."""


class Overflowed(Event, frozen=True, kw_only=True):
    """溢出: the visitor waits for `group` from now on, on the place that was had before."""

    group: str


class AgentAway(Event, frozen=True, kw_only=True):
    """The agent is gone, and the group keeps the conversation until the agent comes back."""

    agent: str


class HandoverReturned(Event, frozen=True, kw_only=True):
    """转接超时退回: the other group did not take over in time, or nobody is left there. The visitor waits in `group`
    again, and goes to `agent`, who handed over, first."""

    agent: str
    group: str
    since: datetime


class ReturnedToQueue(Event, frozen=True, kw_only=True):
    """The agent is gone: the visitor waits again, on a place that counts from `since`."""

    agent: str
    group: str
    since: datetime


class TurnedAway(Event, frozen=True, kw_only=True):
    """The queue does not keep the visitor; the flow goes on elsewhere."""

    reason: TurnedAwayFor


class Assigned(Event, frozen=True, kw_only=True):
    """分配: an agent serves from now on; `taken` when the agent took the visitor by hand."""

    agent: str
    face: Face
    taken: bool = False


class Welcomed(Event, frozen=True, kw_only=True):
    """欢迎语, in the name of the agent who was just assigned."""

    agent: str
    face: Face
    text: str


class AnswerDelivered(Event, frozen=True, kw_only=True):
    """回复留言: words about what the visitor once left, the `quote`. `agent` is None where no agent wrote it."""

    id: str
    leave_message: str
    agent: str | None
    face: Face
    content: TextContent
    quote: Quote


class Soothed(Event, frozen=True, kw_only=True):
    """安抚语 number `stage` (from 1) of this wait; an empty `text` means the built-in sentence."""

    stage: int
    text: str = ""


class IdleWarned(Event, frozen=True, kw_only=True):
    """即将关闭提示; an empty `text` means the built-in sentence."""

    text: str = ""


class RatingAsked(Event, frozen=True, kw_only=True):
    """The visitor is asked to rate the agent."""

    scene: Scene
    content: RatingContent


class DeliveryReported(Event, frozen=True, kw_only=True):
    """The channel sent the line `line` as so many `messages`; `failed` says why it did not arrive."""

    line: str
    messages: int
    failed: Undelivered | None = None


class Closed(Event, frozen=True, kw_only=True):
    """会话结束; an empty `text` means the built-in sentence."""

    by: ClosedBy
    agent: str | None = None
    text: str = ""


QuitEvent = QueueLeft | PlaceKept
VisitorEvent = Opened | VisitorMessage | OptionChosen | FormSubmitted | Rated | QuitEvent | VisitorRead | Reopened
ChangeEvent = MessageEdited | MessageRecalled
HandoverEvent = Transferred | HandoverAsked | HandoverEnded | HandoverReturned | HelperJoined | HelperLeft
RecordEvent = Tagged | Summarised
AgentEvent = AgentMessage | NoteAdded | AgentRead | PutOnHold | HoldEnded | RecordEvent
OutsideEvent = BotAsked | BotReplied | WebhookAsked | WebhookReplied | AskingFailed
FlowEvent = NodeReached | FlowRestarted | FieldAnswered | AnswerRejected | WordsWanted | BotMessage | FormShown | Queued
OfferEvent = OfferedTo | OfferMissed | OfferAccepted
OverflowEvent = OverflowSought | Overflowed
QueueEvent = PositionTold | OfferEvent | OverflowEvent | AgentAway | ReturnedToQueue | TurnedAway | Assigned | Welcomed
SystemEvent = FlowEvent | AnswerDelivered | Soothed | IdleWarned | RatingAsked | DeliveryReported | Closed
AnyEvent = VisitorEvent | AgentEvent | ChangeEvent | HandoverEvent | OutsideEvent | QueueEvent | SystemEvent
