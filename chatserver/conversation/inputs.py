"""What can come in to a conversation, by who speaks. Ids are made by whoever sends."""

from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Face, FlowRef, TurnedAwayFor, Visit
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
    content: TextContent
    opening: Opening | None = None


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
    """客户退出排队: the visitor does not want to wait any longer."""


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
    content: TextContent


class AgentNoted(Input, frozen=True, kw_only=True):
    """备注: an agent wrote a line for colleagues."""

    id: str
    agent: str
    face: Face
    content: TextContent


class AgentTransferred(Input, frozen=True, kw_only=True):
    """转接: to the agent `to_agent`, or else to the group `to_group`; `to_name` is how colleagues call it."""

    id: str
    by: Face
    to_name: str
    to_agent: str | None = None
    to_group: str | None = None


class AgentAnswered(Input, frozen=True, kw_only=True):
    """The agent accepts or declines what was offered."""

    agent: str
    face: Face
    accepts: bool


class AgentEnded(Input, frozen=True, kw_only=True):
    """An agent, or someone allowed to, ends the conversation."""

    agent: str


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


class AgentAsked(Input, frozen=True, kw_only=True):
    """The floor asks an agent, for `seconds`, whether to serve."""

    agent: str
    seconds: int


class AgentLost(Input, frozen=True, kw_only=True):
    """The agent is gone for longer than the grace, or has logged out."""

    agent: str


class PositionGiven(Input, frozen=True, kw_only=True):
    """The floor has given a place in the queue: `ahead` others are served first."""

    ahead: int


class QueueRefused(Input, frozen=True, kw_only=True):
    """The floor keeps no place for this visitor."""

    reason: TurnedAwayFor


class DeliveryReported(Input, frozen=True, kw_only=True):
    """The channel sent the line `line` as so many `messages`; `failed` says why it did not arrive."""

    line: str
    messages: int
    failed: str = ""


class Ticked(Input, frozen=True, kw_only=True):
    """Time has passed: whatever is due by now is done now."""


VisitorWords = VisitorCame | VisitorSpoke | VisitorChose | VisitorSubmitted | VisitorRated
VisitorInput = VisitorWords | VisitorQuit | VisitorEnded | VisitorSaw
AgentInput = AgentSpoke | AgentNoted | AgentInvited | AgentAnswered | AgentTransferred | AgentEnded | AgentSaw
FloorInput = AgentGiven | AgentAsked | AgentLost | PositionGiven | QueueRefused
AnyInput = VisitorInput | AgentInput | FloorInput | DeliveryReported | Ticked
