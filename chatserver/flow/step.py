"""What a walk through a flow may know of the world, and what it brings about, as data. Nothing walks here."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from chatserver.flow.condition import Fact
from chatserver.flow.form import FormField
from chatserver.hours.model import Calendar
from chatserver.kernel.machine import snake


class Facts(msgspec.Struct, frozen=True):
    """What a walk may know of the world: the instant (aware), the service hours by id, the `visit` by fact.

    The facts of a visit are those of `condition.KINDS` but the clock's, and `answer:` with a field's key for each value
    that was asked for. `ahead`: by group, how much the visitor's level adds to the priority of a node.
    """

    now: datetime
    calendars: Mapping[str, Calendar]
    visit: Mapping[str, Fact] = {}
    ahead: Mapping[str, int] = {}


class Output(msgspec.Struct, frozen=True, tag=snake, tag_field="type"):
    """Base of what a step brings about, in order."""


class Said(Output, frozen=True):
    """A text for the visitor."""

    text: str


class MenuAsked(Output, frozen=True):
    """At rest: the visitor chooses. `options` are (key, label); wait for `answer`."""

    text: str
    options: tuple[tuple[str, str], ...]


class ValueAsked(Output, frozen=True):
    """At rest: the visitor writes a value, or chooses one where there are `options` (key, label); wait for `answer`."""

    text: str
    options: tuple[tuple[str, str], ...]


class Rejected(Output, frozen=True):
    """The field `label` cannot take the answer; an empty text is the built-in sentence. The question follows again."""

    label: str
    text: str


class GroupAsked(Output, frozen=True):
    """At rest: the visitor is handed to the group's queue; wait for an agent or `turned_away`."""

    group: str
    priority: int


class FormAsked(Output, frozen=True):
    """At rest: the visitor fills the form; check it with `form.check_answers`, then `submitted`."""

    text: str
    fields: tuple[FormField, ...]


class Ended(Output, frozen=True):
    """At rest for good; an empty text ends silently."""

    text: str


class Suggested(Output, frozen=True):
    """The bot's words, with questions (key, label) that the visitor may ask next."""

    text: str
    options: tuple[tuple[str, str], ...]


class BotListens(Output, frozen=True):
    """At rest: the visitor writes to a bot; wait for `answer`."""


class BotAsked(Output, frozen=True):
    """At rest: the bot is asked; wait for `bot_answered`, or after `seconds` for `failed`."""

    bot: str
    text: str
    seconds: int


class WebhookAsked(Output, frozen=True):
    """At rest: a server is asked; wait for `webhook_answered`, or after `seconds` for `failed`."""

    seconds: int


AnyOutput = (
    Said
    | Suggested
    | Rejected
    | MenuAsked
    | ValueAsked
    | BotListens
    | BotAsked
    | WebhookAsked
    | GroupAsked
    | FormAsked
    | Ended
)


class Answered(msgspec.Struct, frozen=True):
    """A value that was asked for, of the visitor or of a server, as it is kept."""

    key: str
    label: str
    value: str


class Step(msgspec.Struct, frozen=True):
    """The id of the node at which the walk rests, the misses (and a bot's turns) at it so far, what to tell on the way,
    the values that set the walk going, if any did, and the nodes that it went through."""

    node: str
    misses: int
    outputs: tuple[AnyOutput, ...]
    answered: tuple[Answered, ...] = ()
    turns: int = 0
    through: tuple[str, ...] = ()

    @property
    def listens(self) -> bool:
        """Whether it rests with a bot that waits for the visitor's words."""
        return isinstance(self.outputs[-1], BotListens)

    @property
    def moves(self) -> bool:
        """Whether the place is another now: a bot is asked where it stands."""
        return bool(self.through) or not isinstance(self.outputs[0], BotAsked)
