"""THE TABLE: an event of one machine -> inputs of others. What happens after `Closed`? It stands here.

Inputs that an event leads to belong to the same step and so to the same commit: there is no moment at which a
conversation is matched but not told.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from chatserver.agents import events as a
from chatserver.agents import inputs as ai
from chatserver.agents.account import Claimed, Released, key_of
from chatserver.agents.model import BUILT_IN, Cause
from chatserver.conversation import contact
from chatserver.conversation import events as c
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import Answer
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


def queued(name: str, event: c.Queued | c.Reopened, look: Look) -> Sent:
    return [(FLOOR, _waiting(look(name)))]


def transferred(name: str, event: c.Transferred, look: Look) -> Sent:
    """The old seat is free before the new one is looked for, all in one step."""
    waiting = replace(_waiting(look(name)), only=event.to_agent, taken_over=event.takes_over)
    return [(FLOOR, fi.SeatFreed(agent=event.agent, conversation=id_of(name))), (FLOOR, waiting)]


def handover_returned(name: str, event: c.HandoverReturned, look: Look) -> Sent:
    """Out of the one queue, unless that was what the floor said, and into the other."""
    return [(FLOOR, fi.VisitorGone(conversation=id_of(name))), (FLOOR, _waiting(look(name)))]


def returned(name: str, event: c.ReturnedToQueue, look: Look) -> Sent:
    return [(FLOOR, fi.SeatFreed(agent=event.agent, conversation=id_of(name))), (FLOOR, _waiting(look(name)))]


def _waiting(conversation: Conversation) -> fi.VisitorWaiting:
    """A place in the queue is what the conversation says of it, so that it is the same after a restart
    (`hub/memory.py` builds it from the same fields)."""
    visit = conversation.visit
    assert visit and conversation.group and conversation.place_since, "whoever waits waits for a group"
    return fi.VisitorWaiting(
        conversation=conversation.id,
        group=conversation.group,
        since=conversation.place_since,
        channel=visit.channel,
        priority=conversation.priority,
        vip=visit.vip,
        last_agent=conversation.last_agent,
        excluded=conversation.handed_over_by,
        prefers=conversation.prefers,
    )


def overflow_sought(name: str, event: c.OverflowSought, look: Look) -> Sent:
    return [(FLOOR, fi.WaitedLong(conversation=id_of(name)))]


def field_answered(name: str, event: c.FieldAnswered, look: Look) -> Sent:
    return _learnt(look(name), (Answer(key=event.key, label=event.label, value=event.value),))


def form_submitted(name: str, event: c.FormSubmitted, look: Look) -> Sent:
    return _learnt(look(name), event.answers.items)


def recalled(name: str, event: c.MessageRecalled, look: Look) -> Sent:
    if not event.answers:
        return []
    conversation: Conversation = look(name)
    assert conversation.visit
    return [(stream("contact", conversation.visit.contact), contact.Forget(fields=event.answers))]


def _learnt(conversation: Conversation, fields: tuple[Answer, ...]) -> Sent:
    assert conversation.visit
    return [(stream("contact", conversation.visit.contact), contact.Learn(fields=fields))]


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
    if look(stream("agent", conversation.agent)).profile.wrap_up:
        return [(stream("agent", conversation.agent), ai.Finished(conversation=conversation.id))]
    return [(FLOOR, fi.SeatFreed(agent=conversation.agent, conversation=conversation.id))]


def work_finished(name: str, event: a.WorkFinished, look: Look) -> Sent:
    return [(FLOOR, fi.SeatFreed(agent=id_of(name), conversation=event.conversation))]


def banned(name: str, event: contact.Banned, look: Look) -> Sent:
    """The conversation is over; nobody is asked how it was."""
    newest = look(name).conversation
    return [(stream("conversation", newest), ci.AgentEnded(agent=event.by, asks=False))] if newest else []


def answer_kept(name: str, event: contact.AnswerKept, look: Look) -> Sent:
    """To the newest conversation: if it is over, the answer goes on waiting for the next."""
    newest = look(name).conversation
    return [(stream("conversation", newest), ci.AnswerSaid(answer=event.answer))] if newest else []


def answer_delivered(name: str, event: c.AnswerDelivered, look: Look) -> Sent:
    taken = contact.TakeAnswer(answer=event.id, conversation=id_of(name))
    return [(stream("contact", look(name).visit.contact), taken)]


def placed(name: str, event: f.Placed, look: Look) -> Sent:
    return [(stream("conversation", event.conversation), ci.PositionGiven(ahead=event.ahead))]


def overflowed(name: str, event: f.Overflowed, look: Look) -> Sent:
    return [(stream("conversation", event.conversation), ci.QueueMoved(group=event.waiting.group))]


def turned_away(name: str, event: f.TurnedAway, look: Look) -> Sent:
    return [(stream("conversation", event.conversation), ci.QueueRefused(reason=TurnedAwayFor(event.reason)))]


def matched(name: str, event: f.Matched, look: Look) -> Sent:
    agent = look(stream("agent", event.agent))
    face = Face(name=agent.profile.nickname, avatar=agent.profile.avatar)
    taken = event.reason.rule == "taken"
    given = ci.AgentGiven(agent=event.agent, face=face, taken=taken, welcome=agent.profile.welcome)
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
    lost = ci.AgentLost(agent=event.agent, for_good=event.for_good)
    return [(stream("conversation", event.conversation), lost)]


def status_changed(name: str, event: a.StatusChanged, look: Look) -> Sent:
    """Choosing to be offline keeps one's conversations; being gone does not, whatever the status was."""
    lost = event.cause in (Cause.CONNECTION_LOST, Cause.SIGNED_OUT)
    return [*seat(name, event, look), *([(FLOOR, fi.AgentGone(agent=id_of(name)))] if lost else [])]


def seat(name: str, event: Any, look: Look) -> Sent:
    """The floor learns of an agent's groups, limits, status and presence by one input, whichever of them changed."""
    agent = look(name)
    settings = look("workspace/main").settings.agents
    p = agent.profile
    seat_set = fi.SeatSet(
        agent=agent.id,
        groups=frozenset(p.groups) if p.active else frozenset(),
        min=p.min,
        max=p.max,
        channels=None if p.auto_channels is None else frozenset(p.auto_channels),
        channel_max=p.channel_max,
        ready=settings.takes_new(agent.status),
        on_duty=agent.status != "offline",
        status_since=agent.status_since,
        present=p.active and agent.present,
    )
    return [(FLOOR, seat_set)]


def profile_saved(name: str, event: a.ProfileSaved, look: Look) -> Sent:
    """Nobody is left with an agent who was deactivated, whatever the group says of those who come back."""
    gone = fi.AgentGone(agent=id_of(name), for_good=True)
    return [*account(name, event), *seat(name, event, look), *([] if event.profile.active else [(FLOOR, gone)])]


def account(name: str, event: a.ProfileSaved) -> Sent:
    """An account belongs to one agent: whoever comes second is refused, and nothing of the step has happened."""
    owner = id_of(name)
    given = (stream("account", key_of(event.profile.account)), Claimed(agent=owner))
    if event.before in ("", event.profile.account):
        return [given]
    return [(stream("account", key_of(event.before)), Released(agent=owner)), given]


def kept_statuses(look: Look) -> Sent:
    """Settings were changed: what a status of the workspace's own means acts at once on whoever is in it."""
    agents = sorted(look(FLOOR).seats)
    own = (stream("agent", id) for id in agents if look(stream("agent", id)).status not in BUILT_IN)
    return [sent for name in own for sent in seat(name, None, look)]


def joined(*tables: Mapping[type[Any], Row]) -> Mapping[type[Any], Row]:
    """One table of several: where two say what follows from an event, both do, in their order."""
    rows: dict[type[Any], tuple[Row, ...]] = {}
    for table in tables:
        for event, row in table.items():
            rows[event] = (*rows.get(event, ()), row)
    return {event: _all_of(each) for event, each in rows.items()}


def _all_of(rows: tuple[Row, ...]) -> Row:
    if len(rows) == 1:
        return rows[0]
    return lambda name, event, look: [sent for row in rows for sent in row(name, event, look)]


WIRING: Mapping[type[Any], Row] = {
    c.Opened: opened,
    c.FieldAnswered: field_answered,
    c.FormSubmitted: form_submitted,
    c.MessageRecalled: recalled,
    c.Queued: queued,
    c.Reopened: queued,
    c.OfferMissed: offer_missed,
    c.OfferAccepted: offer_accepted,
    c.Transferred: transferred,
    c.HandoverReturned: handover_returned,
    c.ReturnedToQueue: returned,
    c.OverflowSought: overflow_sought,
    c.QueueLeft: gone,
    c.TurnedAway: gone,
    c.Assigned: assigned,
    c.AnswerDelivered: answer_delivered,
    contact.AnswerKept: answer_kept,
    contact.Banned: banned,
    c.Closed: closed,
    f.Placed: placed,
    f.Overflowed: overflowed,
    f.TurnedAway: turned_away,
    f.Matched: matched,
    f.Offered: offered,
    f.Abandoned: abandoned,
    a.OfferMissCounted: miss_counted,
    a.WorkFinished: work_finished,
    a.ProfileSaved: profile_saved,
    a.StatusChanged: status_changed,
    a.DeviceJoined: seat,
    a.DeviceLeft: seat,
    a.DevicesForgotten: seat,
}
