"""Walks a flow from one place of rest to the next. Says what the visitor is told, never how it is shown or stored.

A walk rests at a menu, a group, a form or the end, so every `Step` closes with exactly one of `MenuAsked`,
`GroupAsked`, `FormAsked`, `Ended`. A flow that `validate.problems` accepts always comes to rest.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar, assert_never

import msgspec

from chatserver.flow.form import FormField
from chatserver.flow.model import End, Flow, Hours, LeaveMessage, Menu, Option, Say, Start, ToGroup
from chatserver.hours.model import Calendar
from chatserver.hours.rule import is_open
from chatserver.kernel.machine import snake

N = TypeVar("N", Menu, ToGroup, LeaveMessage)


class FlowBroken(AssertionError):
    """The flow was never proved by `validate.problems`, or the caller stands at a node that does not ask this.

    A bug of the program and not of a visitor, hence no `Refused`.
    """


class Facts(msgspec.Struct, frozen=True):
    """What a walk may know of the world: the instant (aware) and the service hours by id."""

    now: datetime
    calendars: Mapping[str, Calendar]


class Output(msgspec.Struct, frozen=True, tag=snake, tag_field="type"):
    """Base of what a step brings about, in order."""


class Said(Output, frozen=True):
    """A text for the visitor."""

    text: str


class MenuAsked(Output, frozen=True):
    """At rest: the visitor chooses. `options` are (key, label); wait for `answer`."""

    text: str
    options: tuple[tuple[str, str], ...]


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


AnyOutput = Said | MenuAsked | GroupAsked | FormAsked | Ended


class Step(msgspec.Struct, frozen=True):
    """The id of the node at which the walk rests, the misses at it so far, and what to tell on the way."""

    node: str
    misses: int
    outputs: tuple[AnyOutput, ...]


def enter(flow: Flow, facts: Facts) -> Step:
    """A visitor comes in: walk from the start. Raises `FlowBroken` for a flow that was not proved."""
    start = next((node for node in flow.nodes if isinstance(node, Start)), None)
    if start is None:
        raise FlowBroken(f"flow {flow.id} has no start")
    return _walk(flow, start.id, facts)


def answer(flow: Flow, node: str, text: str, facts: Facts, misses: int = 0) -> Step:
    """The visitor answered the menu `node` with an option's key or with words; `misses` is the last step's count.

    Words that fit no option ask the menu again with one miss more, or after `max_misses` walk the `missed` edge.
    """
    menu = _standing(flow, node, Menu)
    if option := chosen(menu, text):
        return _walk(flow, option.next, facts)
    misses += 1
    if menu.missed is not None and misses >= menu.max_misses:
        return _walk(flow, menu.missed, facts)
    return Step(menu.id, misses, (_asked(menu),))


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


def plain(text: str) -> str:
    """`text` as menus compare it: NFKC, case folded, trimmed."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


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
            case Hours():
                to = node.open if _is_open(node, facts) else node.closed
            case Menu() | ToGroup() | LeaveMessage() | End():
                return Step(node.id, 0, (*said, _rest(node)))
            case _:
                assert_never(node)
    raise FlowBroken(f"flow {flow.id} goes round without asking, last to {to!r}")


def _is_open(node: Hours, facts: Facts) -> bool:
    # A calendar that was removed while a conversation ran under this flow: closed promises nobody an agent.
    calendar = facts.calendars.get(node.calendar)
    return calendar is not None and is_open(calendar, facts.now)


def _rest(node: Menu | ToGroup | LeaveMessage | End) -> AnyOutput:
    match node:
        case Menu():
            return _asked(node)
        case ToGroup():
            return GroupAsked(node.group, node.priority)
        case LeaveMessage():
            return FormAsked(node.text, node.fields)
        case End():
            return Ended(node.text)
    assert_never(node)


def _asked(menu: Menu) -> MenuAsked:
    return MenuAsked(menu.text, tuple((option.key, option.label) for option in menu.options))


def _standing(flow: Flow, id: str, kind: type[N]) -> N:
    node = flow.node(id)
    if not isinstance(node, kind):
        raise FlowBroken(f"flow {flow.id}: {id!r} is no {kind.__name__}")
    return node
