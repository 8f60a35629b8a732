"""服务记录: what an agent files about a conversation, while it goes on and after it. Which tags and templates there
are is known elsewhere."""

from datetime import datetime

from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Conversation, Phase
from chatserver.kernel.errors import ErrorCode, Refused


def tagged(c: Conversation, input: i.AgentTagged, now: datetime) -> list[e.AnyEvent]:
    """打标签: the whole set, so that two who tag at once leave one set and not a mixture."""
    _check(c)
    tags = tuple(dict.fromkeys(input.tags))
    return [] if tags == c.tags else [e.Tagged(at=now, tags=tags, agent=input.agent)]


def without(c: Conversation, input: i.TagsGone, now: datetime) -> list[e.AnyEvent]:
    """Tags that exist no longer are on nothing, wherever the conversation stands."""
    left = tuple(tag for tag in c.tags if tag not in input.tags)
    return [] if left == c.tags else [e.Tagged(at=now, tags=left, agent=input.by)]


def summarised(c: Conversation, input: i.AgentSummarised, now: datetime) -> list[e.AnyEvent]:
    _check(c)
    return [
        e.Summarised(
            at=now,
            template=input.template,
            version=input.version,
            values=input.values,
            agent=input.agent,
            face=input.face,
            labels=input.labels,
        )
    ]


def _check(c: Conversation) -> None:
    if c.phase not in (Phase.SERVING, Phase.CLOSED):
        raise Refused(ErrorCode.NOT_SERVED)
