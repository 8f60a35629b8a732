"""A message as a client names it: what is said, and the line of the log that it answers, changes or takes back.

What stands in the log comes from the log: a client says where, never what.
"""

from typing import Any

from chatserver.api.ports import Media
from chatserver.conversation import events as e
from chatserver.conversation.content import Said, TextContent
from chatserver.conversation.model import Conversation, Line, Quote
from chatserver.hub.hub import Hub, stream
from chatserver.hub.ports import LogRecord
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.protocol.timeline import item, quote
from chatserver.protocol.wire import LineAt


def words(text: str) -> TextContent:
    if not text.strip():
        raise Refused(ErrorCode.MESSAGE_EMPTY, path="$.text")
    return TextContent(text=text)


async def content(media: Media, asked: Any, owner: str) -> Said:
    """Of a `Say` or a `Send`: one of the two, a text or a media."""
    if asked.media is None:
        if not asked.text:
            raise Refused(ErrorCode.BAD_REQUEST, path="$.text", reason="Expected either `text` or `media`")
        return words(asked.text)
    if asked.text:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.media", reason="Expected either `text` or `media`")
    return await media.content(asked.media, owner)


async def quoted(hub: Hub, c: Conversation, at: LineAt | None) -> Quote | None:
    """What stands above an answer: only what the visitor may see, whoever answers, for both sides see the answer."""
    if at is None:
        return None
    record = await _record(hub, c, at.seq)
    line = item(record.seq, c.id, record.version, hub.event(record), "visitor", c.changed)
    if line is None or line.by == "system" or line.replaces:
        raise Refused(ErrorCode.LINE_UNKNOWN, seq=at.seq)
    return quote(line)


async def message(hub: Hub, c: Conversation, seq: int) -> Line:
    """What a person said, for whoever wants to change it."""
    record = await _record(hub, c, seq)
    match said := hub.event(record):
        case e.AgentMessage():
            return Line(id=said.id, at=said.at, by="agent", content=said.content, agent=said.agent, face=said.face)
        case e.VisitorMessage():
            return Line(id=said.id, at=said.at, by="visitor", content=said.content)
        case _:
            raise Refused(ErrorCode.NOT_YOUR_LINE)


async def _record(hub: Hub, c: Conversation, seq: int) -> LogRecord:
    found = await hub.store.history(stream("conversation", c.id), seq + 1, 1) if seq <= hub.head else []
    if not found or found[-1].seq != seq:
        raise Refused(ErrorCode.LINE_UNKNOWN, seq=seq)
    return found[-1]
