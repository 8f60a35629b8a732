"""访客等待安抚语: what a visitor hears who waits for a person, in the queue, for a reply, or on hold.

The wait begins with the visitor's first unanswered word (or with queueing, or being put on hold) and ends with an
agent's message. Whoever keeps a place while away hears nothing.
"""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.settings import ConversationSettings, SoothingReply


def replies(c: Conversation, s: ConversationSettings) -> tuple[SoothingReply, ...]:
    """The list that counts where the conversation stands."""
    if c.held_at:
        return s.hold_soothing
    return s.queue_soothing if c.phase is Phase.QUEUED and s.queue_soothing is not None else s.soothing


def begun(c: Conversation, s: ConversationSettings) -> tuple[datetime | None, int]:
    """(since when this wait counts, how many replies it had). A queue with its own list is a wait of its own."""
    since, told = c.soothing.since, c.soothing.told
    if s.queue_soothing is None or since is None or c.phase is not Phase.SERVING:
        return since, told
    return max(since, c.assigned_at or since), told if c.soothing.phase is c.phase else 0


def wake_at(c: Conversation, s: ConversationSettings) -> datetime | None:
    """When the next soothing reply of this wait is due."""
    since, told = begun(c, s)
    if c.phase not in (Phase.QUEUED, Phase.SERVING) or since is None or c.away:
        return None
    stages = replies(c, s)
    return since + timedelta(seconds=stages[told].after) if told < len(stages) else None


def due(c: Conversation, s: ConversationSettings, now: datetime) -> list[e.AnyEvent]:
    """At most one: replies that became due together (the server slept) are said as the latest of them."""
    since, told = begun(c, s)
    if wake_at(c, s) is None or since is None:
        return []
    stages = replies(c, s)
    stage = told
    while stage < len(stages) and now >= since + timedelta(seconds=stages[stage].after):
        stage += 1
    return [e.Soothed(at=now, stage=stage, text=stages[stage - 1].text)] if stage > told else []
