"""访客等待安抚语: what a visitor hears who waits for a person, in the queue or for a reply.

The wait begins with the visitor's first unanswered word (or with queueing) and ends with an agent's message.
"""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.settings import ConversationSettings


def wake_at(c: Conversation, s: ConversationSettings) -> datetime | None:
    """When the next soothing reply of this wait is due."""
    if c.phase not in (Phase.QUEUED, Phase.SERVING) or c.soothing.since is None:
        return None
    if c.soothing.told >= len(s.soothing):
        return None
    return c.soothing.since + timedelta(seconds=s.soothing[c.soothing.told].after)


def due(c: Conversation, s: ConversationSettings, now: datetime) -> list[e.AnyEvent]:
    """At most one: replies that became due together (the server slept) are said as the latest of them."""
    stage = c.soothing.told
    while (
        stage < len(s.soothing)
        and c.soothing.since
        and now >= c.soothing.since + timedelta(seconds=s.soothing[stage].after)
    ):
        stage += 1
    if stage == c.soothing.told or wake_at(c, s) is None:
        return []
    return [e.Soothed(at=now, stage=stage, text=s.soothing[stage - 1].text)]
