"""THE TABLE: an event of one machine -> inputs of others. What happens after `Closed`? It stands here.

Inputs that an event leads to belong to the same step and so to the same commit: there is no moment at which a
conversation is matched but not told.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from chatserver.agents import events as a
from chatserver.agents import inputs as ai
from chatserver.agents.model import Cause
from chatserver.conversation import contact
from chatserver.conversation import events as c
from chatserver.conversation import inputs as ci
from chatserver.conversation.model import Conversation, Face, TurnedAwayFor
from chatserver.dispatch import events as f
from chatserver.dispatch import inputs as fi
from chatserver.hub.machines import FLOOR, id_of, stream

Look = Callable[[str], Any]
"""The state of a stream, as it is in the middle of this step."""

Sent = list[tuple[str, Any]]
"""(stream, input)."""

Row = Callable[[str, Any, Look], Sent]
"""(stream of the event, event, look) -> what is sent where."""


def opened(name: str, event: c.Opened, look: Look) -> Sent:
    return [(stream("contact", event.visit.contact), contact.Visited(conversation=id_of(name)))]


def queued(name: str, event: c.Queued, look: Look) -> Sent:
    return [(FLOOR, _waiting(look(name)))]


def transferred(name: str, event: c.Transferred, look: Look) -> Sent:
    """The old seat is free before the new one is looked for, all in one step."""
    waiting = replace(_waiting(look(name)), only=event.to_agent)
    return [(FLOOR, fi.SeatFreed(agent=event.agent, conversation=id_of(name))), (FLOOR, waiting)]


def returned(name: str, event: c.ReturnedToQueue, look: Look) -> Sent:
    return [(FLOOR, fi.SeatFreed(agent=event.agent, conversation=id_of(name))), (FLOOR, _waiting(look(name)))]


def _waiting(conversation: Conversation) -> fi.VisitorWaiting:
    """A place in the queue is what the conversation says of it, so that it is the same after a restart
    (`hub/memory.py` builds it from the same fields)."""
    assert conversation.group and conversation.place_since, "whoever waits waits for a group"
    return fi.VisitorWaiting(
        conversation=conversation.id,
        group=conversation.group,
        since=conversation.place_since,
        priority=conversation.priority,
        last_agent=conversation.last_agent,
        excluded=conversation.handed_over_by,
    )


def gone(name: str, event: Any, look: Look) -> Sent:
    return [(FLOOR, fi.VisitorGone(conversation=id_of(name)))]


def assigned(name: str, event: c.Assigned, look: Look) -> Sent:
    conversation: Conversation = look(name)
    assert conversation.visit
    return [(stream("contact", conversation.visit.contact), contact.Served(agent=event.agent))]


def closed(name: str, event: c.Closed, look: Look) -> Sent:
    """Whoever served has a seat free; whoever waited waits no longer."""
    conversation: Conversation = look(name)
    if conversation.agent is None:
        return gone(name, event, look)
    return [(FLOOR, fi.SeatFreed(agent=conversation.agent, conversation=conversation.id))]


def placed(name: str, event: f.Placed, look: Look) -> Sent:
    return [(stream("conversation", event.conversation), ci.PositionGiven(ahead=event.ahead))]


def turned_away(name: str, event: f.TurnedAway, look: Look) -> Sent:
    return [(stream("conversation", event.conversation), ci.QueueRefused(reason=TurnedAwayFor(event.reason)))]


def matched(name: str, event: f.Matched, look: Look) -> Sent:
    agent = look(stream("agent", event.agent))
    face = Face(name=agent.profile.nickname, avatar=agent.profile.avatar)
    given = ci.AgentGiven(agent=event.agent, face=face, taken=event.reason.rule == "taken")
    return [(stream("conversation", event.conversation), given)]


def offered(name: str, event: f.Offered, look: Look) -> Sent:
    return [(stream("conversation", event.conversation), ci.AgentAsked(agent=event.agent, seconds=event.seconds))]


def offer_missed(name: str, event: c.OfferMissed, look: Look) -> Sent:
    """First the agent, whose status may change, then the floor, which looks for the next one."""
    return [(stream("agent", event.agent), ai.Missed(conversation=id_of(name)))]


def miss_counted(name: str, event: a.OfferMissCounted, look: Look) -> Sent:
    return [(FLOOR, fi.OfferAnswered(agent=id_of(name), conversation=event.conversation, accepted=False))]


def offer_accepted(name: str, event: c.OfferAccepted, look: Look) -> Sent:
    answered = fi.OfferAnswered(agent=event.agent, conversation=id_of(name), accepted=True)
    return [(FLOOR, answered), (stream("agent", event.agent), ai.Answered())]


def abandoned(name: str, event: f.Abandoned, look: Look) -> Sent:
    return [(stream("conversation", event.conversation), ci.AgentLost(agent=event.agent))]


def status_changed(name: str, event: a.StatusChanged, look: Look) -> Sent:
    """Choosing to be offline keeps one's conversations; being gone does not."""
    lost = event.cause in (Cause.CONNECTION_LOST, Cause.SIGNED_OUT)
    return [*seat(name, event, look), *([(FLOOR, fi.AgentGone(agent=id_of(name)))] if lost else [])]


def seat(name: str, event: Any, look: Look) -> Sent:
    """The floor learns of an agent's groups, limits and status by one input, whichever of them changed."""
    agent = look(name)
    settings = look("workspace/main").settings.agents
    p = agent.profile
    seat_set = fi.SeatSet(
        agent=agent.id,
        groups=frozenset(p.groups),
        min=p.min,
        max=p.max,
        ready=settings.takes_new(agent.status),
        on_duty=agent.status != "offline",
    )
    return [(FLOOR, seat_set)]


WIRING: Mapping[type[Any], Row] = {
    c.Opened: opened,
    c.Queued: queued,
    c.OfferMissed: offer_missed,
    c.OfferAccepted: offer_accepted,
    c.Transferred: transferred,
    c.ReturnedToQueue: returned,
    c.QueueLeft: gone,
    c.TurnedAway: gone,
    c.Assigned: assigned,
    c.Closed: closed,
    f.Placed: placed,
    f.TurnedAway: turned_away,
    f.Matched: matched,
    f.Offered: offered,
    f.Abandoned: abandoned,
    a.OfferMissCounted: miss_counted,
    a.ProfileSaved: seat,
    a.StatusChanged: status_changed,
}
