"""Proves a flow before it is published: all its mistakes at once, in the order of its nodes. Changes nothing."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never
from zoneinfo import available_timezones

import msgspec

from chatserver.flow import condition
from chatserver.flow.condition import ANSWER, Clause
from chatserver.flow.form import FormField
from chatserver.flow.interpreter import choices
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
    Say,
    Start,
    ToGroup,
    edges,
)
from chatserver.flow.paths import Paths
from chatserver.flow.words import plain


class ProblemCode(StrEnum):
    """Stable names; the sentence belongs to whoever shows it."""

    NO_START = "no_start"
    MANY_STARTS = "many_starts"
    ID_REPEATED = "id_repeated"
    EDGE_UNSET = "edge_unset"  # the edge is not drawn yet
    EDGE_UNKNOWN = "edge_unknown"  # it leads to a node that does not exist
    UNREACHABLE = "unreachable"  # no visitor can ever come here
    DEAD_END = "dead_end"  # here some visitor meets neither a group, nor a form, nor the end, whatever they answer
    LOOP = "loop"  # it comes back to itself without asking the visitor anything
    GROUP_AGAIN = "group_again"  # whom the group turned away is led to the same group without being asked
    GROUP_UNKNOWN = "group_unknown"
    CALENDAR_UNKNOWN = "calendar_unknown"
    TEXT_EMPTY = "text_empty"
    NO_OPTIONS = "no_options"
    OPTION_EMPTY = "option_empty"
    OPTION_REPEATED = "option_repeated"  # an earlier option answers to the same word
    NO_FIELDS = "no_fields"
    FIELD_EMPTY = "field_empty"
    FIELD_REPEATED = "field_repeated"
    SELECT_WITHOUT_OPTIONS = "select_without_options"
    TOO_MANY_OPTIONS = "too_many_options"  # more choices than a menu shows
    TIMEZONE_UNKNOWN = "timezone_unknown"
    NO_BRANCHES = "no_branches"
    FACT_UNKNOWN = "fact_unknown"
    ANSWER_UNKNOWN = "answer_unknown"  # no question of the flow asks for it
    OP_NOT_FIT = "op_not_fit"  # the fact is of a kind that the relation does not suit
    VALUE_NOT_FIT = "value_not_fit"  # the fact can never have such a value, or the relation needs another
    BRANCH_NEVER = "branch_never"  # it contradicts itself, or where it holds an earlier branch holds too


class Problem(msgspec.Struct, frozen=True):
    """One mistake: its place, like "$.nodes[3].options[1].next", and the id of the node ("" for the whole flow)."""

    path: str
    code: ProblemCode
    node: str = ""


class Known(msgspec.Struct, frozen=True):
    """The ids to which a flow may refer."""

    groups: frozenset[str]
    calendars: frozenset[str]


MAX_CHOICES = 20
"""Choices that a question shows: as many as a menu node may have."""

Finding = tuple[str, ProblemCode]
"""A mistake in one node: the field ("" for the node itself), and the code."""


def problems(flow: Flow, known: Known) -> list[Problem]:
    """Everything that must be mended before `flow` may be published; an empty list is a sound flow.

    A dead end that only follows from an edge not drawn, or from a loop, is not reported besides.
    """
    found = list(_starts(flow))
    paths = Paths(flow)
    asked = frozenset(ANSWER + node.field.key for node in flow.nodes if isinstance(node, Ask))
    seen: set[str] = set()
    for index, node in enumerate(flow.nodes):
        findings = [*_own(node, known, asked), *_edges(node, paths)]
        if node.id in seen:
            findings.insert(0, ("id", ProblemCode.ID_REPEATED))
        else:
            findings += _way(node, paths)
        seen.add(node.id)
        found += (Problem(f"$.nodes[{index}]{f'.{at}' if at else ''}", code, node.id) for at, code in findings)
    return found


def _starts(flow: Flow) -> Iterator[Problem]:
    starts = [index for index, node in enumerate(flow.nodes) if isinstance(node, Start)]
    if not starts:
        yield Problem("$.nodes", ProblemCode.NO_START)
    for index in starts[1:]:
        yield Problem(f"$.nodes[{index}]", ProblemCode.MANY_STARTS, flow.nodes[index].id)


def _own(node: AnyNode, known: Known, asked: frozenset[str]) -> Iterator[Finding]:
    """What is wrong with a node wherever it stands; `asked` are the facts that the flow's questions give."""
    match node:
        case Hours():
            if node.calendar not in known.calendars:
                yield "calendar", ProblemCode.CALENDAR_UNKNOWN
        case Menu():
            yield from _text(node)
            yield from _options(node)
        case Ask():
            yield from _text(node)
            yield from _field("field", node.field)
            yield from _choices(node)
        case Condition():
            yield from _branches(node, asked)
        case Say():
            yield from _text(node)
        case ToGroup():
            if node.group not in known.groups:
                yield "group", ProblemCode.GROUP_UNKNOWN
        case LeaveMessage():
            yield from _text(node)
            yield from _fields(node.fields)
        case Start() | Jump() | End():
            return
        case _:
            assert_never(node)


def _text(node: Menu | Ask | Say | LeaveMessage) -> Iterator[Finding]:
    if not node.text.strip():
        yield "text", ProblemCode.TEXT_EMPTY


def _options(menu: Menu) -> Iterator[Finding]:
    if not menu.options:
        yield "options", ProblemCode.NO_OPTIONS
    taken: set[str] = set()
    for index, option in enumerate(menu.options):
        words = {"key": plain(option.key), "label": plain(option.label)}
        for field, word in words.items():
            if not word:
                yield f"options[{index}].{field}", ProblemCode.OPTION_EMPTY
            elif word in taken:
                yield f"options[{index}].{field}", ProblemCode.OPTION_REPEATED
        taken.update(words.values())


def _fields(fields: tuple[FormField, ...]) -> Iterator[Finding]:
    if not fields:
        yield "fields", ProblemCode.NO_FIELDS
    keys: set[str] = set()
    for index, field in enumerate(fields):
        yield from _field(f"fields[{index}]", field)
        if field.key in keys:
            yield f"fields[{index}].key", ProblemCode.FIELD_REPEATED
        keys.add(field.key)


def _field(at: str, field: FormField) -> Iterator[Finding]:
    for name, word in (("key", field.key), ("label", field.label)):
        if not word.strip():
            yield f"{at}.{name}", ProblemCode.FIELD_EMPTY
    if field.kind == "select" and not any(option.strip() for option in field.options):
        yield f"{at}.options", ProblemCode.SELECT_WITHOUT_OPTIONS


def _choices(ask: Ask) -> Iterator[Finding]:
    """A form may have a blank or a doubled option; in a menu nobody could tell which was meant."""
    labels = [plain(label) for _, label in choices(ask)]
    if len(labels) > MAX_CHOICES:
        yield "field.options", ProblemCode.TOO_MANY_OPTIONS
    if any(labels):
        for index, label in enumerate(labels):
            if not label:
                yield f"field.options[{index}]", ProblemCode.OPTION_EMPTY
            elif label in labels[:index]:
                yield f"field.options[{index}]", ProblemCode.OPTION_REPEATED


def _branches(node: Condition, asked: frozenset[str]) -> Iterator[Finding]:
    if node.timezone not in available_timezones():
        yield "timezone", ProblemCode.TIMEZONE_UNKNOWN
    if not node.branches:
        yield "branches", ProblemCode.NO_BRANCHES
    earlier: list[frozenset[object]] = []
    for index, branch in enumerate(node.branches):
        at = f"branches[{index}]"
        wrong = [(f"{at}.when[{i}].{f}", code) for i, c in enumerate(branch.when) for f, code in _clause(c, asked)]
        yield from wrong
        if wrong:
            continue
        demands = condition.core(branch.when)
        if demands is None or any(fewer <= demands for fewer in earlier):
            yield at, ProblemCode.BRANCH_NEVER
        if demands is not None:
            earlier.append(demands)
    if frozenset() in earlier:
        yield "otherwise", ProblemCode.BRANCH_NEVER


def _clause(clause: Clause, asked: frozenset[str]) -> Iterator[Finding]:
    kind = condition.kind(clause.fact)
    if kind is None:
        yield "fact", ProblemCode.FACT_UNKNOWN
    elif clause.fact.startswith(ANSWER) and clause.fact not in asked:
        yield "fact", ProblemCode.ANSWER_UNKNOWN
    elif clause.op not in kind.ops:
        yield "op", ProblemCode.OP_NOT_FIT
    elif not condition.fits(clause, kind):
        yield "value", ProblemCode.VALUE_NOT_FIT


def _edges(node: AnyNode, paths: Paths) -> Iterator[Finding]:
    for edge in edges(node):
        if not edge.to:
            yield edge.path, ProblemCode.EDGE_UNSET
        elif edge.to not in paths.nodes:
            yield edge.path, ProblemCode.EDGE_UNKNOWN


def _way(node: AnyNode, paths: Paths) -> Iterator[Finding]:
    """What is wrong with the way to `node` and the ways on from it."""
    if node.id not in paths.reached:
        yield "", ProblemCode.UNREACHABLE
    if node.id in paths.looping:
        yield "", ProblemCode.LOOP
    if node.id in paths.trapped:
        yield "", ProblemCode.DEAD_END
    if node.id in paths.again:
        yield "otherwise", ProblemCode.GROUP_AGAIN
