"""Turns a step of the flow into events: the only file of this package that knows what the flow can say."""

from datetime import datetime, timedelta
from typing import assert_never

from chatserver.conversation import events as e
from chatserver.conversation.content import Answer, FormContent, MenuContent, MenuOption, TextContent
from chatserver.conversation.model import ClosedBy, Conversation, Place, Visit
from chatserver.conversation.settings import ConversationRules
from chatserver.flow import step as flow
from chatserver.flow.condition import ANSWER, CONTACT, Fact
from chatserver.flow.interpreter import question
from chatserver.flow.model import Flow
from chatserver.kernel.errors import ErrorCode, Refused


def facts(rules: ConversationRules, now: datetime, visit: Visit, answers: tuple[Answer, ...]) -> flow.Facts:
    """What the flow may know: where the visitor came from, and what the visitor answered."""
    known: dict[str, Fact] = {
        "channel": visit.channel,
        "inbox": visit.inbox,
        "locale": visit.locale,
        "page_url": visit.page_url,
        "referrer": visit.referrer,
        "verified": visit.verified,
        "visits": visit.visits,
        "vip": visit.vip,
    }
    known |= {CONTACT + field.key: field.value for field in visit.fields}
    known |= {ANSWER + answer.key: answer.value for answer in answers}
    ahead = {g: visit.vip * queue.vip_weight for g, queue in rules.queues.items() if visit.vip and queue.vip_weight}
    return flow.Facts(now=now, calendars=rules.calendars, visit=known, ahead=ahead)


def facts_of(c: Conversation, rules: ConversationRules, now: datetime) -> flow.Facts:
    """The facts of a conversation that is under way."""
    assert c.visit is not None, "a conversation that is under way has been opened"
    return facts(rules, now, c.visit, c.answers)


def flow_of(rules: ConversationRules) -> Flow:
    """The conversation's flow. It is missing only when somebody deleted history by hand."""
    if rules.flow is None:
        raise Refused(ErrorCode.FLOW_INVALID, path="$.flow")
    return rules.flow


def place(c: Conversation) -> Place:
    assert c.place is not None, "a guided conversation rests at a node"
    return c.place


def follow(step: flow.Step, now: datetime, line: str = "") -> list[e.AnyEvent]:
    """What the step says, in its order; the new place comes before what it shows, so that `asks` can name a line.
    `line` is that of the visitor to which it answers."""
    kept = [e.FieldAnswered(at=now, key=k.key, label=k.label, value=k.value, line=line) for k in step.answered]
    said = [event for output in step.outputs if (event := _said(output, now))]
    if not step.moves:
        return said
    rests = Place(node=step.node, misses=step.misses, turns=step.turns)
    return [*kept, e.NodeReached(at=now, place=rests, through=step.through), *said]


def again(flow_: Flow, node: str, now: datetime) -> list[e.AnyEvent]:
    """The question at `node` once more; nothing where a bot listens."""
    asked = question(flow_.node(node))
    return [e.BotMessage(at=now, content=_question(asked))] if asked else []


def _said(output: flow.AnyOutput, now: datetime) -> e.AnyEvent | None:
    match output:
        case flow.Said():
            return e.BotMessage(at=now, content=TextContent(text=output.text))
        case flow.Suggested():
            return e.BotMessage(at=now, content=_menu(output.text, output.options))
        case flow.BotListens():
            return None
        case flow.BotAsked():
            return e.BotAsked(at=now, bot=output.bot, text=output.text, until=now + timedelta(seconds=output.seconds))
        case flow.WebhookAsked():
            return e.WebhookAsked(at=now, until=now + timedelta(seconds=output.seconds))
        case flow.Rejected():
            return e.AnswerRejected(at=now, label=output.label, text=output.text)
        case flow.MenuAsked() | flow.ValueAsked():
            return e.BotMessage(at=now, content=_question(output))
        case flow.GroupAsked():
            return e.Queued(at=now, group=output.group, priority=output.priority)
        case flow.FormAsked():
            return e.FormShown(at=now, content=FormContent(text=output.text, fields=output.fields))
        case flow.Ended():
            return e.Closed(at=now, by=ClosedBy.FLOW, text=output.text)
        case _:
            assert_never(output)


def _question(asked: flow.MenuAsked | flow.ValueAsked) -> TextContent | MenuContent:
    """A value that is free to write is asked for in words alone."""
    if isinstance(asked, flow.ValueAsked) and not asked.options:
        return TextContent(text=asked.text)
    return _menu(asked.text, asked.options)


def _menu(text: str, options: tuple[tuple[str, str], ...]) -> MenuContent:
    return MenuContent(text=text, options=tuple(MenuOption(key=key, label=label) for key, label in options))
