"""Turns a step of the flow into events: the only file of this package that knows what the flow can say."""

from datetime import datetime
from typing import assert_never

from chatserver.conversation import events as e
from chatserver.conversation.content import Answer, FormContent, MenuContent, MenuOption, TextContent
from chatserver.conversation.model import ClosedBy, Conversation, Place, Visit
from chatserver.conversation.settings import ConversationRules
from chatserver.flow import interpreter as flow
from chatserver.flow.condition import ANSWER, Fact
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
    }
    known |= {ANSWER + answer.key: answer.value for answer in answers}
    return flow.Facts(now=now, calendars=rules.calendars, visit=known)


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


def follow(step: flow.Step, now: datetime) -> list[e.AnyEvent]:
    """What the step says, in its order; the new place comes before what it shows, so that `asks` can name a line."""
    events: list[e.AnyEvent] = []
    if kept := step.answered:
        events.append(e.FieldAnswered(at=now, key=kept.key, label=kept.label, value=kept.value))
    events.append(e.NodeReached(at=now, place=Place(node=step.node, misses=step.misses)))
    events += [_said(output, now) for output in step.outputs]
    return events


def _said(output: flow.AnyOutput, now: datetime) -> e.AnyEvent:
    match output:
        case flow.Said():
            return e.BotMessage(at=now, content=TextContent(text=output.text))
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
    return MenuContent(text=asked.text, options=tuple(MenuOption(key=key, label=label) for key, label in asked.options))
