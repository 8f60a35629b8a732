"""What is wrong with a node wherever it stands in a flow. The ways between nodes are `validate.py`'s."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from chatserver.flow import condition
from chatserver.flow.condition import ANSWER, Clause, Kind
from chatserver.flow.form import FormField
from chatserver.flow.interpreter import choices
from chatserver.flow.model import (
    AnyNode,
    Ask,
    Bot,
    Condition,
    End,
    Hours,
    Jump,
    LeaveMessage,
    Menu,
    Say,
    Start,
    ToGroup,
    Webhook,
)
from chatserver.flow.problem import Finding, Known, ProblemCode
from chatserver.flow.words import plain
from chatserver.kernel.urls import is_web_address
from chatserver.kernel.zones import zones

MAX_CHOICES = 20
"""Choices that a question shows: as many as a menu node may have."""


def own(node: AnyNode, known: Known, asked: Mapping[str, Kind]) -> Iterator[Finding]:
    """What is wrong with a node wherever it stands; `asked` are the facts that the flow's questions give."""
    match node:
        case Hours():
            if node.calendar not in known.calendars:
                yield "calendar", ProblemCode.CALENDAR_UNKNOWN
            elif node.calendar in known.constant:
                always = known.constant[node.calendar]
                yield "calendar", ProblemCode.ALWAYS_OPEN if always else ProblemCode.NEVER_OPEN
        case Menu():
            yield from _text(node)
            yield from _options(node)
        case Ask():
            yield from _text(node)
            yield from _field("field", node.field)
            yield from _choices(node)
        case Condition():
            yield from _branches(node, asked)
            yield from _names(node, known)
        case Bot():
            if node.bot not in known.bots:
                yield "bot", ProblemCode.BOT_UNKNOWN
        case Webhook():
            yield from _webhook(node)
        case Say():
            yield from _text(node)
        case ToGroup():
            if node.group not in known.groups:
                yield "group", ProblemCode.GROUP_UNKNOWN
            elif node.group in known.without_chat:
                yield "group", ProblemCode.GROUP_WITHOUT_CHAT
            elif known.staffed is not None and node.group not in known.staffed:
                yield "group", ProblemCode.GROUP_UNSTAFFED
        case LeaveMessage():
            yield from _text(node)
            if node.group and node.group not in known.groups:
                yield "group", ProblemCode.GROUP_UNKNOWN
            elif node.group and known.staffed is not None and node.group not in known.staffed:
                yield "group", ProblemCode.GROUP_UNSTAFFED
            yield from form_findings(node.fields)
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


def form_findings(fields: tuple[FormField, ...]) -> Iterator[Finding]:
    """The mistakes of any form that people fill, wherever it stands."""
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
    elif any(labels):
        taken: set[str] = set()
        for index, label in enumerate(labels):
            if not label:
                yield f"field.options[{index}]", ProblemCode.OPTION_EMPTY
            elif label in taken:
                yield f"field.options[{index}]", ProblemCode.OPTION_REPEATED
            taken.add(label)


def _branches(node: Condition, asked: Mapping[str, Kind]) -> Iterator[Finding]:
    if node.timezone not in zones():
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


def _names(node: Condition, known: Known) -> Iterator[Finding]:
    """What a clause compares with a name as a whole must be one that there is."""
    named = {
        "inbox": (known.inboxes, ProblemCode.INBOX_UNKNOWN),
        "channel": (known.channels, ProblemCode.CHANNEL_UNKNOWN),
    }
    for index, branch in enumerate(node.branches):
        for place, clause in enumerate(branch.when):
            names, code = named.get(clause.fact, (None, None))
            if code is None or names is None or clause.op not in ("is", "is_not", "one_of"):
                continue
            values = clause.value if isinstance(clause.value, tuple) else (clause.value,)
            if not set(map(plain, names)).issuperset(plain(str(value)) for value in values):
                yield f"branches[{index}].when[{place}].value", code


def _webhook(node: Webhook) -> Iterator[Finding]:
    if not is_web_address(node.url):
        yield "url", ProblemCode.URL_INVALID
    keys: set[str] = set()
    for index, saved in enumerate(node.save):
        for name, word in (("path", saved.path), ("key", saved.key)):
            if not word.strip():
                yield f"save[{index}].{name}", ProblemCode.FIELD_EMPTY
        if saved.key in keys:
            yield f"save[{index}].key", ProblemCode.KEY_REPEATED
        keys.add(saved.key)


def _clause(clause: Clause, asked: Mapping[str, Kind]) -> Iterator[Finding]:
    kind = asked.get(clause.fact) or condition.kind(clause.fact)
    if kind is None:
        yield "fact", ProblemCode.FACT_UNKNOWN
    elif clause.fact.startswith(ANSWER) and clause.fact not in asked:
        yield "fact", ProblemCode.ANSWER_UNKNOWN
    elif clause.op not in kind.ops:
        yield "op", ProblemCode.OP_NOT_FIT
    elif not condition.fits(clause, kind):
        yield "value", ProblemCode.VALUE_NOT_FIT
