"""Walks a flow from one place of rest to the next. Says what the visitor is told, never how it is shown or stored.

A walk rests where somebody is waited for: the visitor, a bot, a server, a group; or at the end. So every `Step` closes
with exactly one output that says so. A flow that `validate.problems` accepts always comes to rest.
"""

from collections.abc import Mapping
from typing import TypeVar, assert_never

import msgspec
from msgspec.structs import replace

from chatserver.flow.condition import ANSWER, all_hold, clock
from chatserver.flow.form import FormField, taken
from chatserver.flow.model import (
    AnyNode,
    Ask,
    Bot,
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
    Webhook,
)
from chatserver.flow.step import (
    Answered,
    AnyOutput,
    BotAsked,
    BotListens,
    Ended,
    Facts,
    FormAsked,
    GroupAsked,
    MenuAsked,
    Rejected,
    Said,
    Step,
    Suggested,
    ValueAsked,
    WebhookAsked,
)
from chatserver.flow.words import bare, meant
from chatserver.hours.rule import is_open

N = TypeVar("N", Bot, Webhook, ToGroup, LeaveMessage)
Rest = Menu | Ask | Bot | Webhook | ToGroup | LeaveMessage | End


ALONE = 2
"""Characters of a keyword that is only heard when it stands alone: 人工智能 is not a wish for a person."""


class FlowBroken(AssertionError):
    """The flow was never proved by `validate.problems`, or the caller stands at a node that does not ask this.

    A bug of the program and not of a visitor, hence no `Refused`.
    """


class BotReply(msgspec.Struct, frozen=True, kw_only=True):
    """What a bot came back with; not `understood`: it had no answer to the question. `handoff`: it wants a person."""

    text: str = ""
    suggestions: tuple[str, ...] = ()
    understood: bool = True
    handoff: bool = False


def enter(flow: Flow, facts: Facts, words: str = "") -> Step:
    """A visitor comes in: walk from the start. Raises `FlowBroken` for a flow that was not proved.

    `words` with which the visitor comes are nobody's answer, but a question to the bot that the walk leads to.
    """
    start = next((node for node in flow.nodes if isinstance(node, Start)), None)
    if start is None:
        raise FlowBroken(f"flow {flow.id} has no start")
    step = _walk(flow, start.id, facts)
    if not words or not step.listens:
        return step
    after = answer(flow, step.node, words, facts)
    through = step.through if after.node == step.node else (*step.through, step.node, *after.through)
    return replace(_behind(step.outputs[:-1], after), through=through)


def answer(flow: Flow, node: str, text: str, facts: Facts, misses: int = 0, turns: int = 0) -> Step:
    """The visitor answered the menu or question `node` in words, or wrote to its bot; `misses` and `turns` are the last
    step's counts.

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
        case Bot() if wants_person(asks, text):
            return _walk(flow, asks.handoff, facts)
        case Bot():
            return Step(asks.id, misses, (BotAsked(asks.bot, text, asks.timeout),), turns=turns)
        case _:
            raise FlowBroken(f"flow {flow.id}: {node!r} asks nothing")
    misses += 1
    if asks.missed is not None and misses >= asks.max_misses:
        return _walk(flow, asks.missed, facts)
    return Step(asks.id, misses, again)


def bot_answered(flow: Flow, node: str, reply: BotReply, facts: Facts, misses: int = 0, turns: int = 0) -> Step:
    """The bot at `node` came back: say it, then listen again, or hand over; the counts are the last step's."""
    bot = _standing(flow, node, Bot)
    said = _words(reply)
    misses, turns = 0 if reply.understood else misses + 1, turns + 1
    if reply.handoff or misses >= bot.max_misses or turns >= bot.max_turns:
        return _behind(said, _walk(flow, bot.handoff, facts))
    return Step(bot.id, misses, (*said, BotListens()), turns=turns)


def webhook_answered(flow: Flow, node: str, values: Mapping[str, str], facts: Facts) -> Step:
    """The server at `node` answered: keep those of the `values`, by key, that the node asks for, and go on."""
    webhook = _standing(flow, node, Webhook)
    kept = [Answered(s.key, s.label or s.key, values[s.key]) for s in webhook.save if values.get(s.key)]
    return _knowing(flow, webhook.next, facts, *kept)


def failed(flow: Flow, node: str, facts: Facts) -> Step:
    """Nobody answered at `node`, a bot or a webhook: walk the edge for that."""
    asked = flow.node(node)
    if isinstance(asked, Bot):
        return _walk(flow, asked.handoff if asked.failed is None else asked.failed, facts)
    return _walk(flow, _standing(flow, node, Webhook).failed, facts)


def wants_person(bot: Bot, text: str) -> bool:
    """Whether the visitor asks for a person: by a keyword, a short one only when nothing else is said."""
    said = bare(text)
    keywords = [word for keyword in bot.keywords if (word := bare(keyword))]
    return any(word == said or (len(word) > ALONE and word in said) for word in keywords)


def turned_away(flow: Flow, node: str, facts: Facts) -> Step:
    """The queue of the group at `node` did not take the visitor, or lost it: walk its `otherwise` edge."""
    return _walk(flow, _standing(flow, node, ToGroup).otherwise, facts)


def submitted(flow: Flow, node: str, facts: Facts) -> Step:
    """The visitor left a message at `node`: thank, then go on, or end where nothing follows."""
    form = _standing(flow, node, LeaveMessage)
    thanks = (Said(form.thanks),) if form.thanks else ()
    if form.next is None:
        return Step(form.id, 0, (*thanks, Ended("")))
    return _behind(thanks, _walk(flow, form.next, facts))


def chosen(menu: Menu, text: str) -> Option | None:
    """The option that `text` means: its key, else its label, else its number from 1, else its whole line (1. 售前);
    None when it is none of them.

    Blanks around it, letter case and full-width forms (２ for 2) do not count, nor does punctuation around it (1、)
    where nothing is written so.
    """
    at = meant(text, [option.key for option in menu.options], [option.label for option in menu.options])
    return None if at is None else menu.options[at]


def question(node: AnyNode | None) -> MenuAsked | ValueAsked | None:
    """What is asked at `node`; None where a visitor's words answer no question."""
    return _asked(node) if isinstance(node, Menu | Ask) else None


def choices(node: AnyNode | None) -> tuple[tuple[str, str], ...]:
    """The (key, label) that can be tapped at `node`: those of a menu, or of a question for one of several."""
    match node:
        case Menu():
            return tuple((option.key, option.label) for option in node.options)
        case Ask() if node.field.kind == "select":
            # A blank in a label counts no more than in what is typed, and a number is quick to type.
            return numbered(node.field.options)
        case _:
            return ()


def numbered(labels: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The labels as choices by number."""
    return tuple((str(number), " ".join(label.split())) for number, label in enumerate(labels, 1))


def _value(field: FormField, text: str) -> str | None:
    """The value that `text` means. Of several, the words themselves go before a number: some options are numbers."""
    if field.kind != "select":
        return taken(field, text)
    labels = [" ".join(option.split()) for option in field.options]
    at = meant(" ".join(text.split()), labels)
    return None if at is None else labels[at]


def _answered(flow: Flow, ask: Ask, value: str, facts: Facts) -> Step:
    return _knowing(flow, ask.next, facts, Answered(ask.field.key, ask.field.label, value))


def _knowing(flow: Flow, to: str, facts: Facts, *answered: Answered) -> Step:
    """The way on, which knows the values already."""
    visit = {**facts.visit, **{ANSWER + kept.key: kept.value for kept in answered}}
    return replace(_walk(flow, to, replace(facts, visit=visit)), answered=answered)


def _behind(said: tuple[AnyOutput, ...], step: Step) -> Step:
    """`step`, after something else was said."""
    return replace(step, outputs=(*said, *step.outputs))


def _words(reply: BotReply) -> tuple[AnyOutput, ...]:
    if not reply.text:
        return ()
    return (Suggested(reply.text, numbered(reply.suggestions)) if reply.suggestions else Said(reply.text),)


def _walk(flow: Flow, to: str, facts: Facts) -> Step:
    said: list[AnyOutput] = []
    through: list[str] = []
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
            case Menu() | Ask() | Bot() | Webhook() | ToGroup() | LeaveMessage() | End():
                return Step(node.id, 0, (*said, *_rest(node, facts)), through=tuple(through))
            case _:
                assert_never(node)
        through.append(node.id)
    raise FlowBroken(f"flow {flow.id} goes round without asking, last to {to!r}")


def _is_open(node: Hours, facts: Facts) -> bool:
    # A calendar that was removed while a conversation ran under this flow: closed promises nobody an agent.
    calendar = facts.calendars.get(node.calendar)
    return calendar is not None and is_open(calendar, facts.now)


def _branch(node: Condition, facts: Facts) -> str:
    known = {**facts.visit, **clock(facts.now, node.timezone)}
    return next((branch.next for branch in node.branches if all_hold(branch.when, known)), node.otherwise)


def _rest(node: Rest, facts: Facts) -> tuple[AnyOutput, ...]:
    match node:
        case Menu() | Ask():
            return (_asked(node),)
        case Bot():
            return (Said(node.text), BotListens()) if node.text.strip() else (BotListens(),)
        case Webhook():
            return (WebhookAsked(node.timeout),)
        case ToGroup():
            return (GroupAsked(node.group, node.priority + facts.ahead.get(node.group, 0)),)
        case LeaveMessage():
            return (FormAsked(node.text, node.fields),)
        case End():
            return (Ended(node.text),)
    assert_never(node)


def _asked(node: Menu | Ask) -> MenuAsked | ValueAsked:
    asked = MenuAsked if isinstance(node, Menu) else ValueAsked
    return asked(node.text, choices(node))


def _standing(flow: Flow, id: str, kind: type[N]) -> N:
    node = flow.node(id)
    if not isinstance(node, kind):
        raise FlowBroken(f"flow {flow.id}: {id!r} is no {kind.__name__}")
    return node
