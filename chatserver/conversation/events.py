"""What can have happened in a conversation. These are the lines of the log: never renamed, only added."""

from datetime import datetime

from chatserver.conversation.content import AnswersContent, FormContent, MenuContent, RatingContent, TextContent
from chatserver.conversation.model import ClosedBy, Face, FlowRef, Place, Scene, TurnedAwayFor, Visit
from chatserver.kernel.machine import Event


class Opened(Event, frozen=True, kw_only=True):
    """会话开始."""

    visit: Visit
    flow: FlowRef
    last_agent: str | None = None


class VisitorMessage(Event, frozen=True, kw_only=True):
    """The visitor's words; a chosen menu option counts as its label."""

    id: str
    content: TextContent


class OptionChosen(Event, frozen=True, kw_only=True):
    """The visitor tapped `label` on the menu `item`."""

    id: str
    item: str
    option: str
    label: str


class FormSubmitted(Event, frozen=True, kw_only=True):
    """留言: the visitor has left a message."""

    id: str
    answers: AnswersContent


class Rated(Event, frozen=True, kw_only=True):
    """满意度评价: the visitor's answer to the survey, with the words of the chosen level."""

    id: str
    score: int
    label: str
    tags: tuple[str, ...] = ()
    comment: str = ""


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
    content: TextContent


class NoteAdded(Event, frozen=True, kw_only=True):
    """备注: seen by agents only."""

    id: str
    agent: str
    face: Face
    content: TextContent


class Transferred(Event, frozen=True, kw_only=True):
    """转接: `by` hands over to an agent, or to a group's queue; the place there counts from `since`."""

    by: Face
    to_name: str
    group: str
    since: datetime
    agent: str
    to_agent: str | None = None


class AgentRead(Event, frozen=True, kw_only=True):
    """The serving agent has seen everything up to `upto`."""

    agent: str
    upto: int


class NodeReached(Event, frozen=True, kw_only=True):
    """The flow moved on and rests at `place`."""

    place: Place


class BotMessage(Event, frozen=True, kw_only=True):
    """The flow's words: a sentence or a menu."""

    content: TextContent | MenuContent


class FieldAnswered(Event, frozen=True, kw_only=True):
    """提问: the visitor gave a value that the flow asked for; it is kept as `key`."""

    key: str
    label: str
    value: str


class AnswerRejected(Event, frozen=True, kw_only=True):
    """The field `label` cannot take what the visitor gave; an empty `text` means the built-in sentence."""

    label: str
    text: str = ""


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
    failed: str = ""


class Closed(Event, frozen=True, kw_only=True):
    """会话结束; an empty `text` means the built-in sentence."""

    by: ClosedBy
    agent: str | None = None
    text: str = ""


VisitorEvent = Opened | VisitorMessage | OptionChosen | FormSubmitted | Rated | QueueLeft | VisitorRead
AgentEvent = AgentMessage | NoteAdded | Transferred | AgentRead
FlowEvent = NodeReached | FieldAnswered | AnswerRejected | BotMessage | FormShown | Queued
OfferEvent = OfferedTo | OfferMissed | OfferAccepted
QueueEvent = PositionTold | OfferEvent | ReturnedToQueue | TurnedAway | Assigned
SystemEvent = FlowEvent | QueueEvent | Soothed | IdleWarned | RatingAsked | DeliveryReported | Closed
AnyEvent = VisitorEvent | AgentEvent | SystemEvent
