"""机器人 and webhooks as the conversation sees them: it asks, waits for a while, and goes on without an answer.

An answer counts once, and only while it is waited for: whatever comes late, twice, or to another question is passed
over. What the visitor says meanwhile is kept for the next turn.
"""

from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from chatserver.conversation import astray
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.content import MAX_OPTIONS, MAX_TEXT, Said, words
from chatserver.conversation.guide import facts_of, flow_of, follow, place
from chatserver.conversation.model import Asking, Conversation, Phase, line_id
from chatserver.conversation.settings import ConversationRules
from chatserver.flow import interpreter as flow
from chatserver.flow.model import Bot, Webhook
from chatserver.flow.words import trimmed
from chatserver.kernel.machine import Env

Rules = Env[ConversationRules]
Events = list[e.AnyEvent]


def wake_at(c: Conversation) -> datetime | None:
    """When it has been waited long enough."""
    return c.asking.until if c.phase is Phase.GUIDED and c.asking else None


def due(c: Conversation, env: Rules) -> Events:
    if (at := wake_at(c)) and env.now >= at:
        return failed(c, env, timed_out=True)
    return []


def decide(c: Conversation, input: i.OutsideInput, env: Rules) -> Events:
    """Conversations end and flows go on while somebody thinks: that is no error of whoever answers."""
    if c.phase is not Phase.GUIDED or c.asking is None or c.asking.id != input.asked:
        return []
    if astray.is_astray(c, env):
        return astray.back(c, env, c.asking.text)
    if not fits(c, input, env):
        return []
    match input:
        case i.BotAnswered():
            return bot_answered(c, input, env)
        case i.WebhookAnswered():
            known, node = facts_of(c, env.settings, env.now), place(c).node
            step = flow.webhook_answered(flow_of(env.settings), node, input.values, known)
            return [e.WebhookReplied(at=env.now), *follow(step, env.now)]
        case i.NotAnswered():
            return failed(c, env, timed_out=False)
        case _:
            assert_never(input)


def fits(c: Conversation, input: i.OutsideInput, env: Rules) -> bool:
    """Whether the answer is of the kind that was asked for."""
    kind = Bot if isinstance(input, i.BotAnswered) else Webhook
    return isinstance(input, i.NotAnswered) or isinstance(flow_of(env.settings).node(place(c).node), kind)


def bot_answered(c: Conversation, input: i.BotAnswered, env: Rules) -> Events:
    """Whatever the visitor wrote meanwhile is the next question."""
    assert c.asking, "only what was asked is answered"
    at, known = place(c), facts_of(c, env.settings, env.now)
    suggestions = tuple(label[:100] for s in input.suggestions if (label := s.strip()))[:MAX_OPTIONS]
    reply = flow.BotReply(
        text=input.text.strip()[:MAX_TEXT],
        suggestions=suggestions,
        understood=input.understood,
        handoff=input.handoff,
    )
    step = flow.bot_answered(flow_of(env.settings), at.node, reply, known, at.misses, at.turns)
    events = [e.BotReplied(at=env.now, understood=input.understood, handoff=input.handoff), *follow(step, env.now)]
    if step.listens and c.asking.more:
        again = flow.answer(flow_of(env.settings), step.node, c.asking.more, known, step.misses, step.turns)
        events += follow(again, env.now)
    return events


def heard(c: Conversation, words: str, env: Rules) -> Events:
    """The visitor goes on writing while an answer is waited for: only a wish for a person is heard at once."""
    node = flow_of(env.settings).node(place(c).node)
    if not isinstance(node, Bot) or not flow.wants_person(node, words):
        return []
    at = place(c)
    step = flow.answer(flow_of(env.settings), node.id, words, facts_of(c, env.settings, env.now), at.misses, at.turns)
    return follow(step, env.now)


def failed(c: Conversation, env: Rules, *, timed_out: bool) -> Events:
    if astray.is_astray(c, env):
        return astray.back(c, env)
    step = flow.failed(flow_of(env.settings), place(c).node, facts_of(c, env.settings, env.now))
    return [e.AskingFailed(at=env.now, timed_out=timed_out), *follow(step, env.now)]


def asks_more(c: Conversation, content: Said) -> Conversation:
    """Words that come while an answer is waited for are put together for the next turn; of very many, the newest."""
    if c.asking is None:
        return c
    more = f"{c.asking.more} {words(content)}".strip()
    return replace(c, asking=replace(c.asking, more=more[-MAX_TEXT:]))


def remembered(c: Conversation, event: e.OutsideEvent) -> Conversation:
    match event:
        case e.BotAsked():
            asking = Asking(id=line_id(c.id, c.version), until=event.until, text=event.text)
            return replace(c, asking=asking, asks=None, suggested=())
        case e.WebhookAsked():
            return replace(c, asking=Asking(id=line_id(c.id, c.version), until=event.until))
        case e.BotReplied() | e.WebhookReplied() | e.AskingFailed():
            return replace(c, asking=None)
        case _:
            assert_never(event)


def meant(c: Conversation, words: str, env: Rules) -> str:
    """The suggestion of the bot whose number was typed, else the words themselves."""
    if words in c.suggested or not isinstance(flow_of(env.settings).node(place(c).node), Bot):
        return words
    return dict(flow.numbered(c.suggested)).get(trimmed(words), words)
