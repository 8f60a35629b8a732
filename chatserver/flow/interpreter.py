"""Walks a flow from one place of rest to the next. Says what the visitor is told, never how it is shown or stored.

A walk rests at a menu, a question, a group, a form or the end, so every `Step` closes with exactly one of `MenuAsked`,
`ValueAsked`, `GroupAsked`, `FormAsked`, `Ended`. A flow that `validate.problems` accepts always comes to rest.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar, assert_never

import msgspec

from chatserver.flow.condition import ANSWER, Fact, all_hold, clock
from chatserver.flow.form import FormField, taken
from chatserver.flow.model import (
    AnyNode,
    Ask,
    Condition,
    End,
    Flow,
    Hours,
    Jump,
    LeaveMessage,
    Menu,
    Option,
    Say,
    Start,
    ToGroup,
)
from chatserver.flow.words import plain
from chatserver.hours.model import Calendar
from chatserver.hours.rule import is_open
from chatserver.kernel.machine import snake

N = TypeVar("N", ToGroup, LeaveMessage)
Rest = Menu | Ask | ToGroup | LeaveMessage | End


class FlowBroken(AssertionError):
    """The flow was never proved by `validate.problems`, or the caller stands at a node that does not ask this.

    A bug of the program and not of a visitor, hence no `Refused`.
    """


class Facts(msgspec.Struct, frozen=True):
    """What a walk may know of the world: the instant (aware), the service hours by id, the `visit` by fact.

    The facts of a visit are those of `condition.KINDS` but the clock's, and `answer:` with a field's key for each value
    that was asked for.
    """

    now: datetime
    calendars: Mapping[str, Calendar]
    visit: Mapping[str, Fact] = {}


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


AnyOutput = Said | Rejected | MenuAsked | ValueAsked | GroupAsked | FormAsked | Ended


class Answered(msgspec.Struct, frozen=True):
    """A value that was asked for, as it is kept."""

    key: str
    label: str
    value: str


class Step(msgspec.Struct, frozen=True):
    """The id of the node at which the walk rests, the misses at it so far, what to tell on the way, and the value that
    set the walk going, if one did."""

    node: str
    misses: int
    outputs: tuple[AnyOutput, ...]
    answered: Answered | None = None


def enter(flow: Flow, facts: Facts) -> Step:
    """A visitor comes in: walk from the start. Raises `FlowBroken` for a flow that was not proved."""
    start = next((node for node in flow.nodes if isinstance(node, Start)), None)
    if start is None:
        raise FlowBroken(f"flow {flow.id} has no start")
    return _walk(flow, start.id, facts)


def answer(flow: Flow, node: str, text: str, facts: Facts, misses: int = 0) -> Step:
    """The visitor answered the menu or question `node` in words; `misses` is the last step's count.

    Words that do not fit ask again with one miss more, or after `max_misses` walk the `missed` edge.
    """
    asks = flow.node(node)
    match asks:
        case Menu():
            if option := chosen(asks, text):
                return _walk(flow, option.next, facts)
            again: tuple[AnyOutput, ...] = (_asked(asks),)
        case Ask():
            if value := _value(asks.field, text):
                return _answered(flow, asks, value, facts)
            again = (Rejected(asks.field.label, asks.wrong), _asked(asks))
        case _:
            raise FlowBroken(f"flow {flow.id}: {node!r} asks nothing")
    misses += 1
    if asks.missed is not None and misses >= asks.max_misses:
        return _walk(flow, asks.missed, facts)
    return Step(asks.id, misses, again)


def turned_away(flow: Flow, node: str, facts: Facts) -> Step:
    """The queue of the group at `node` did not take the visitor, or lost it: walk its `otherwise` edge."""
    return _walk(flow, _standing(flow, node, ToGroup).otherwise, facts)


def submitted(flow: Flow, node: str, facts: Facts) -> Step:
    """The visitor left a message at `node`: thank, then go on, or end where nothing follows."""
    form = _standing(flow, node, LeaveMessage)
    thanks = (Said(form.thanks),) if form.thanks else ()
    if form.next is None:
        return Step(form.id, 0, (*thanks, Ended("")))
    after = _walk(flow, form.next, facts)
    return msgspec.structs.replace(after, outputs=(*thanks, *after.outputs))


def chosen(menu: Menu, text: str) -> Option | None:
    """The option that `text` means: its key, else its label, else its number from 1; None when it is none of them.

    Blanks around it, letter case and full-width forms (２ for 2) do not count.
    """
    said = plain(text)
    by_key = (option for option in menu.options if plain(option.key) == said)
    by_label = (option for option in menu.options if plain(option.label) == said)
    by_number = (option for number, option in enumerate(menu.options, 1) if str(number) == said)
    return next((option for found in (by_key, by_label, by_number) for option in found), None)


def choices(node: AnyNode | None) -> tuple[tuple[str, str], ...]:
    """The (key, label) that can be tapped at `node`: those of a menu, or of a question for one of several."""
    match node:
        case Menu():
            return tuple((option.key, option.label) for option in node.options)
        case Ask() if node.field.kind == "select":
            # A blank in a label counts no more than in what is typed, and a number is quick to type.
            return tuple((str(number), " ".join(o.split())) for number, o in enumerate(node.field.options, 1))
        case _:
            return ()


def _value(field: FormField, text: str) -> str | None:
    """The value that `text` means. Of several, the words themselves go before a number: some options are numbers."""
    if field.kind != "select":
        return taken(field, text)
    said = plain(" ".join(text.split()))
    labels = [" ".join(option.split()) for option in field.options]
    by_label = (label for label in labels if plain(label) == said)
    by_number = (label for number, label in enumerate(labels, 1) if str(number) == said)
    return next((label for found in (by_label, by_number) for label in found), None)


def _answered(flow: Flow, ask: Ask, value: str, facts: Facts) -> Step:
    """The way on, which knows the value already."""
    visit = {**facts.visit, ANSWER + ask.field.key: value}
    after = _walk(flow, ask.next, msgspec.structs.replace(facts, visit=visit))
    return msgspec.structs.replace(after, answered=Answered(ask.field.key, ask.field.label, value))


def _walk(flow: Flow, to: str, facts: Facts) -> Step:
    said: list[AnyOutput] = []
    # Without a visitor's answer a sound flow visits each node at most once.
    for _ in flow.nodes:
        node = flow.node(to)
        match node:
            case None:
                raise FlowBroken(f"flow {flow.id} leads to {to!r}, which does not exist")
            case Start():
                to = node.next
            case Say():
                said.append(Said(node.text))
                to = node.next
            case Jump():
                to = node.node
            case Hours():
                to = node.open if _is_open(node, facts) else node.closed
            case Condition():
                to = _branch(node, facts)
            case Menu() | Ask() | ToGroup() | LeaveMessage() | End():
                return Step(node.id, 0, (*said, _rest(node)))
            case _:
                assert_never(node)
    raise FlowBroken(f"flow {flow.id} goes round without asking, last to {to!r}")


def _is_open(node: Hours, facts: Facts) -> bool:
    # A calendar that was removed while a conversation ran under this flow: closed promises nobody an agent.
    calendar = facts.calendars.get(node.calendar)
    return calendar is not None and is_open(calendar, facts.now)


def _branch(node: Condition, facts: Facts) -> str:
    known = {**facts.visit, **clock(facts.now, node.timezone)}
    return next((branch.next for branch in node.branches if all_hold(branch.when, known)), node.otherwise)


def _rest(node: Rest) -> AnyOutput:
    match node:
        case Menu() | Ask():
            return _asked(node)
        case ToGroup():
            return GroupAsked(node.group, node.priority)
        case LeaveMessage():
            return FormAsked(node.text, node.fields)
        case End():
            return Ended(node.text)
    assert_never(node)


def _asked(node: Menu | Ask) -> MenuAsked | ValueAsked:
    asked = MenuAsked if isinstance(node, Menu) else ValueAsked
    return asked(node.text, choices(node))


def _standing(flow: Flow, id: str, kind: type[N]) -> N:
    node = flow.node(id)
    if not isinstance(node, kind):
        raise FlowBroken(f"flow {flow.id}: {id!r} is no {kind.__name__}")
    return node
