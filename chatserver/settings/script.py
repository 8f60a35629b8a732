"""The script of a rehearsal and what came of it, as data: who does what, and when. Nothing is played here."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chatserver.conversation.content import MAX_TEXT
from chatserver.conversation.model import Phase
from chatserver.protocol.wire import Item

INVENTED = "rehearsal"
"""The id of the visitor, of the conversation and of the agent: nobody real has it."""

MAX_ACTS = 200
LATEST = 4_102_444_800_000
"""The year 2100: nobody tries a flow later than that."""

Words = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
Status = Literal["ready", "busy", "offline"]
"""Somebody is free; all are busy; nobody is on duty."""


class Act(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag=str.lower, forbid_unknown_fields=True):
    """Base of what can be played; the tag is the field `do`."""


class Says(Act, frozen=True, kw_only=True):
    """The visitor writes."""

    text: Words


class Taps(Act, frozen=True, kw_only=True):
    """The visitor taps an option of the menu that asks, by its key."""

    option: str


class Submits(Act, frozen=True, kw_only=True):
    """The visitor sends the form, by field key."""

    values: dict[str, str]


class Leaves(Act, frozen=True, kw_only=True):
    """The visitor leaves the queue, or ends the conversation."""

    what: Literal["queue", "conversation"]


class Waits(Act, frozen=True, kw_only=True):
    """Time passes."""

    seconds: Annotated[int, Meta(ge=1, le=31_622_400)]


class Agents(Act, frozen=True, kw_only=True):
    """From now on the agents of all groups are free, busy, or not there."""

    are: Status


class Agent(Act, frozen=True, kw_only=True):
    """The agent who serves writes, or without a `text` ends the conversation."""

    text: Annotated[str, Meta(max_length=MAX_TEXT)] = ""


class Accepts(Act, frozen=True, kw_only=True):
    """The agent who is asked first (接入确认) takes the visitor."""


class Declines(Act, frozen=True, kw_only=True):
    """The agent who is asked first does not take the visitor. To miss it, let time pass."""


class Answers(Act, frozen=True, kw_only=True):
    """The bot that is asked says this."""

    text: Annotated[str, Meta(max_length=MAX_TEXT)]
    suggestions: tuple[str, ...] = ()
    understood: bool = True
    handoff: bool = False


class Returns(Act, frozen=True, kw_only=True):
    """The server that is asked sends this JSON."""

    body: Any


class Fails(Act, frozen=True, kw_only=True):
    """The bot or the server that is asked breaks."""


VisitorAct = Says | Taps | Submits | Leaves
AgentAct = Agents | Agent | Accepts | Declines
OutsideAct = Answers | Returns | Fails
AnyAct = VisitorAct | Waits | AgentAct | OutsideAct


class InventedVisitor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What conditions may find out about the visitor; `fields` by key, as earlier conversations have learnt them."""

    inbox: str = ""
    name: str = ""
    channel: str = "web"
    visits: int = 1
    vip: int = 0
    verified: bool = False
    locale: str = "zh-CN"
    page_url: str = ""
    referrer: str = ""
    fields: dict[str, str] = {}


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visitor comes at the instant `at`, with `words` or without, and then the acts are played in their order.

    Rule bots answer by themselves, unless they are played `by_hand`. An agent never does: where a group has a time to
    accept in (`offer_for`), nobody serves before one `accepts`.
    """

    at: Annotated[int, Meta(ge=0, le=LATEST, description="Epoch milliseconds.")]
    words: Annotated[str, Meta(max_length=MAX_TEXT)] = ""
    visitor: InventedVisitor = InventedVisitor()
    agents: Status = "ready"
    by_hand: bool = False
    acts: Annotated[tuple[AnyAct, ...], Meta(max_length=MAX_ACTS)] = ()


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, at an instant (epoch ms), `after` seconds from the start.

    `act` counts the acts, from 0 for the coming; `node` is where the flow rests after it, `through` the nodes passed on
    the way there; `line` is what the visitor sees.
    """

    act: int
    at: int
    after: int
    kind: str
    node: str = ""
    through: tuple[str, ...] = ()
    line: Item | None = None
    data: dict[str, Any] = {}


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """`asking`: who is asked and has not answered: `agent`, where a group lets its agents accept first.

    `wakes_at`: when (epoch ms) something happens next, if nobody does anything.
    """

    effects: list[Effect]
    phase: Phase
    node: str
    asking: Literal["bot", "webhook", "agent"] | None
    wakes_at: int | None
