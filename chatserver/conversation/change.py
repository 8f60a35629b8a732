"""编辑 and 撤回: a line that was said is changed or taken back, while that is allowed.

The log keeps what was said. The conversation remembers which lines read otherwise now, so that every page shows them as
they are. What was taken back stops being shown; a flow that it answered has gone on, but keeps nothing of it.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from chatserver.conversation import capabilities
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.content import Said, TextContent, preview
from chatserver.conversation.model import Change, Conversation, Line, Phase
from chatserver.conversation.settings import ConversationRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

MAX_CHANGED = 100
"""Changed lines of one conversation: they are part of its state, which is written again with each step."""

MAX_CHANGED_TEXT = 20_000
"""Characters of all changed lines together, for the same reason."""


def edited(c: Conversation, input: i.AgentEdited, env: Env[ConversationRules]) -> list[e.AnyEvent]:
    if c.phase not in (Phase.SERVING, Phase.CLOSED):
        raise Refused(ErrorCode.NOT_SERVED)
    if not isinstance(input.line.content, TextContent):
        raise Refused(ErrorCode.BAD_REQUEST, path="$.seq", reason="Only text can be edited")
    capabilities.check(c, capabilities.of(c).edit)
    _check(c, input.line, input.agent, env.settings.settings.edit_within, env.now)
    if newest(c, input.line) == input.content:
        return []
    _room(c, input.line, input.content.text)
    return [
        e.MessageEdited(at=env.now, line=input.line.id, agent=input.agent, face=input.line.face, content=input.content)
    ]


def recalled_by_agent(c: Conversation, input: i.AgentRecalled, env: Env[ConversationRules]) -> list[e.AnyEvent]:
    return _recalled(c, input.line, input.agent, env.settings.settings.recall_within, env.now)


def recalled_by_visitor(c: Conversation, input: i.VisitorRecalled, env: Env[ConversationRules]) -> list[e.AnyEvent]:
    within = None if input.done else env.settings.settings.visitor_recall_within
    return _recalled(c, input.line, None, within, env.now)


def _recalled(c: Conversation, line: Line, agent: str | None, within: int | None, now: datetime) -> list[e.AnyEvent]:
    """Taking back twice is no error: the second click of two. Without `within` it is gone, and nobody is asked."""
    if any(x.line == line.id and x.text is None for x in c.changed):
        return []
    if within is not None:
        capabilities.check(c, capabilities.of(c).recall)
        _check(c, line, agent, within, now)
    _room(c, line, "")
    said = newest(c, line)
    answers = tuple(answer for answer in c.answers if c.answered.get(answer.key) == line.id)
    return [
        e.MessageRecalled(at=now, line=line.id, by=line.by, agent=agent, face=line.face, content=said, answers=answers)
    ]


def _check(c: Conversation, line: Line, agent: str | None, within: int, now: datetime) -> None:
    """One's own line, still there, and not too old."""
    if line.by != ("agent" if agent else "visitor") or line.agent != agent:
        raise Refused(ErrorCode.NOT_YOUR_LINE)
    if any(x.line == line.id and x.text is None for x in c.changed):
        raise Refused(ErrorCode.LINE_UNKNOWN)
    if now >= line.at + timedelta(seconds=within):
        raise Refused(ErrorCode.TOO_LATE_TO_CHANGE, seconds=within)


def _room(c: Conversation, line: Line, text: str) -> None:
    others = [x for x in c.changed if x.line != line.id]
    if len(others) >= MAX_CHANGED:
        raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_CHANGED)
    if sum(len(x.text or "") for x in others) + len(text) > MAX_CHANGED_TEXT:
        raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_CHANGED_TEXT)


def newest(c: Conversation, line: Line) -> Said:
    """What the line says now."""
    text = next((x.text for x in c.changed if x.line == line.id), None)
    return line.content if text is None else TextContent(text=text)


def remembered(c: Conversation, event: e.MessageEdited | e.MessageRecalled) -> Conversation:
    """The conversation that knows of the change, in its lists as well."""
    text = event.content.text if isinstance(event, e.MessageEdited) else None
    others = tuple(x for x in c.changed if x.line != event.line)
    c = replace(c, changed=(*others, Change(line=event.line, text=text)))
    if isinstance(event, e.MessageRecalled):
        c = replace(c, answers=tuple(answer for answer in c.answers if answer not in event.answers))
    if c.last is None or c.last.line != event.line:
        return c
    if text is None:
        return replace(c, last=replace(c.last, text="", kind="notice"))
    return replace(c, last=replace(c.last, text=preview(TextContent(text=text))))
