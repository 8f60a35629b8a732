"""What can come in to a conversation, by who speaks. Ids are made by whoever sends."""

from collections.abc import Mapping

from chatserver.conversation.contact import LeftAnswer
from chatserver.conversation.content import Said, TextContent
from chatserver.conversation.model import Face, FlowRef, Line, QueueExit, Quote, TurnedAwayFor, Undelivered, Visit
from chatserver.kernel.machine import Input


class Opening(Input, frozen=True, kw_only=True):
    """How to begin, should the conversation be new: who visits, on which flow, and who served last time."""

    visit: Visit
    flow: FlowRef
    last_agent: str | None = None


class VisitorCame(Input, frozen=True, kw_only=True):
    """The visitor opened the window."""

    opening: Opening


class VisitorSpoke(Input, frozen=True, kw_only=True):
    """The visitor wrote. `opening` lets a message begin a conversation."""

    id: str
    content: Said
    opening: Opening | None = None
    quote: Quote | None = None


class VisitorRecalled(Input, frozen=True, kw_only=True):
    """撤回: the visitor takes a line back. `done`: the channel has done it already, whatever our own rules say."""

    line: Line
    done: bool = False


class VisitorChose(Input, frozen=True, kw_only=True):
    """The visitor tapped the option `option` of the menu `item`."""

    id: str
    item: str
    option: str


class VisitorSubmitted(Input, frozen=True, kw_only=True):
    """The visitor sent the leave-a-message form, by field key."""

    id: str
    values: dict[str, str]


class VisitorQuit(Input, frozen=True, kw_only=True):
    """客户退出排队: the visitor does not want to stand and wait any longer."""

    mode: QueueExit = QueueExit.DROP


class VisitorEnded(Input, frozen=True, kw_only=True):
    """The visitor ends the conversation."""


class VisitorRated(Input, frozen=True, kw_only=True):
    """The visitor answered the survey `item`."""

    id: str
    item: str
    score: int
    tags: tuple[str, ...] = ()
    comment: str = ""


class VisitorSaw(Input, frozen=True, kw_only=True):
    """The visitor has seen everything up to `upto` (a seq)."""

    upto: int


class AgentSpoke(Input, frozen=True, kw_only=True):
    """An agent wrote to the visitor."""

    id: str
    agent: str
    face: Face
    content: Said
    quote: Quote | None = None


class AgentNoted(Input, frozen=True, kw_only=True):
    """备注: an agent wrote a line for colleagues, or as a `whisper` for the one who serves."""

    id: str
    agent: str
    face: Face
    content: TextContent
    mentions: tuple[str, ...] = ()
    whisper: bool = False


class AgentEdited(Input, frozen=True, kw_only=True):
    """编辑: the agent wants the line to read so."""

    agent: str
    line: Line
    content: TextContent


class AgentRecalled(Input, frozen=True, kw_only=True):
    """撤回: the agent takes a line back."""

    agent: str
    line: Line


class AgentTransferred(Input, frozen=True, kw_only=True):
    """转接: to the agent `to_agent`, or else to the group `to_group`; `to_name` is how colleagues call it. 接管: a
    supervisor `takes_over`, and nobody is asked."""

    id: str
    by: Face
    to_name: str
    to_agent: str | None = None
    to_group: str | None = None
    note: str = ""
    takes_over: bool = False


class HelperInvited(Input, frozen=True, kw_only=True):
    """邀请协助: `by` asks the colleague `agent` to speak as well."""

    agent: str
    face: Face
    by: Face


class HelperLeft(Input, frozen=True, kw_only=True):
    """The colleague `agent` goes, or is asked to."""

    agent: str
    face: Face


class AgentHeld(Input, frozen=True, kw_only=True):
    """挂起: the agent puts the visitor on hold, or is back."""

    agent: str
    on: bool


class AgentTagged(Input, frozen=True, kw_only=True):
    """打标签: the conversation carries these tags and no others."""

    agent: str
    tags: tuple[str, ...]


class AgentSummarised(Input, frozen=True, kw_only=True):
    """服务小结: what the agent wrote into a form template, checked by whoever keeps templates. `labels` are those of
    its fields, by their keys."""

    agent: str
    template: str
    version: int
    values: dict[str, str]
    face: Face = Face(name="")
    labels: Mapping[str, str] = {}


class AgentAnswered(Input, frozen=True, kw_only=True):
    """The agent accepts or declines what was offered."""

    agent: str
    face: Face
    accepts: bool
    welcome: str = ""


class AgentEnded(Input, frozen=True, kw_only=True):
    """An agent, or someone allowed to, ends the conversation; `asks`: for a rating, where that is switched on."""

    agent: str
    asks: bool = True


class AgentInvited(Input, frozen=True, kw_only=True):
    """邀评: the serving agent asks for a rating."""

    agent: str


class AgentSaw(Input, frozen=True, kw_only=True):
    """The serving agent has seen everything up to `upto` (a seq)."""

    agent: str
    upto: int


class AgentGiven(Input, frozen=True, kw_only=True):
    """The floor has found an agent."""

    agent: str
    face: Face
    taken: bool = False
    welcome: str = ""


class AgentAsked(Input, frozen=True, kw_only=True):
    """The floor asks an agent, for `seconds`, whether to serve."""

    agent: str
    seconds: int


class AgentLost(Input, frozen=True, kw_only=True):
    """The agent is gone for longer than the grace, or has logged out; `for_good`: does not come back."""

    agent: str
    for_good: bool = False


class PositionGiven(Input, frozen=True, kw_only=True):
    """The floor has given a place in the queue: `ahead` others are served first."""

    ahead: int


class QueueMoved(Input, frozen=True, kw_only=True):
    """The floor has moved the visitor to the queue of `group`."""

    group: str


class QueueRefused(Input, frozen=True, kw_only=True):
    """The floor keeps no place for this visitor."""

    reason: TurnedAwayFor


class DeliveryReported(Input, frozen=True, kw_only=True):
    """The channel sent the line `line` as so many `messages`; `failed` says why it did not arrive."""

    line: str
    messages: int
    failed: Undelivered | None = None


class BotAnswered(Input, frozen=True, kw_only=True):
    """The bot's answer to the turn `asked`."""

    asked: str
    text: str = ""
    suggestions: tuple[str, ...] = ()
    understood: bool = True
    handoff: bool = False


class WebhookAnswered(Input, frozen=True, kw_only=True):
    """The server's answer to the call `asked`: the values that the webhook keeps, by their keys."""

    asked: str
    values: Mapping[str, str]


class NotAnswered(Input, frozen=True, kw_only=True):
    """Whoever was asked cannot answer."""

    asked: str


class TagsGone(Input, frozen=True, kw_only=True):
    """These tags were deleted, by whom."""

    tags: tuple[str, ...]
    by: str


class AnswerSaid(Input, frozen=True, kw_only=True):
    """What the visitor once left was answered, and there is a conversation to say it in."""

    answer: LeftAnswer


class Ticked(Input, frozen=True, kw_only=True):
    """Time has passed: whatever is due by now is done now."""


VisitorWords = VisitorCame | VisitorSpoke | VisitorChose | VisitorSubmitted | VisitorRated
VisitorInput = VisitorWords | VisitorRecalled | VisitorQuit | VisitorEnded | VisitorSaw
AgentWords = AgentSpoke | AgentNoted | AgentEdited | AgentRecalled | AgentSaw
AgentHandover = AgentAnswered | AgentTransferred | HelperInvited | HelperLeft
AgentInput = AgentWords | AgentHandover | AgentHeld | AgentInvited | AgentTagged | AgentSummarised | AgentEnded
FloorInput = AgentGiven | AgentAsked | AgentLost | PositionGiven | QueueMoved | QueueRefused
OutsideInput = BotAnswered | WebhookAnswered | NotAnswered
AnyInput = VisitorInput | AgentInput | FloorInput | OutsideInput | TagsGone | AnswerSaid | DeliveryReported | Ticked
