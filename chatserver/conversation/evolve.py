"""What an event makes of a conversation. Folding the log with this gives the state, always."""

from typing import assert_never

from msgspec.structs import replace

from chatserver.conversation import delivery
from chatserver.conversation import events as e
from chatserver.conversation.content import Answer, AnyContent, MenuContent, TextContent, preview
from chatserver.conversation.model import Conversation, Idle, Last, OfferTo, Phase, Rating, Soothing, Speaker, line_id
from chatserver.conversation.transitions import after


def evolve(c: Conversation, event: e.AnyEvent) -> Conversation:
    phase = after(c.phase, event)
    c = replace(c, version=c.version + 1, phase=phase)
    match event:
        case e.Opened() | e.VisitorMessage() | e.OptionChosen() | e.FormSubmitted():
            return by_visitor(c, event)
        case e.Rated() | e.QueueLeft() | e.VisitorRead():
            return by_visitor(c, event)
        case e.AgentMessage() | e.NoteAdded() | e.Transferred() | e.AgentRead():
            return by_agent(c, event)
        case _:
            return by_system(c, event)


def by_visitor(c: Conversation, event: e.VisitorEvent) -> Conversation:
    match event:
        case e.Opened():
            return replace(
                c,
                visit=event.visit,
                flow=event.flow,
                last_agent=event.last_agent,
                opened_at=event.at,
                heard_at=event.at,
            )
        case e.VisitorMessage():
            return heard(c, event, event.content)
        case e.OptionChosen():
            return replace(heard(c, event, TextContent(text=event.label)), asks=None)
        case e.FormSubmitted():
            return replace(heard(c, event, event.answers), asks=None)
        case e.Rated():
            assert c.rating, "only what was asked is answered"
            return replace(c, rating=replace(c.rating, score=event.score))
        case e.QueueLeft():
            return replace(out_of_queue(c), heard_at=event.at)
        case e.VisitorRead():
            return replace(c, visitor_read=event.upto)
        case _:
            assert_never(event)


def by_agent(c: Conversation, event: e.AgentEvent) -> Conversation:
    match event:
        case e.AgentMessage():
            c = replace(c, idle=Idle(since=event.at), soothing=Soothing(), unread=0)
            return replace(c, last=last("agent", event, event.content))
        case e.NoteAdded():
            return c
        case e.Transferred():
            return replace(waits_again(c, event), handed_over_by=event.agent)
        case e.AgentRead():
            return replace(c, agent_read=event.upto, unread=0)
        case _:
            assert_never(event)


def by_system(c: Conversation, event: e.SystemEvent) -> Conversation:
    match event:
        case e.NodeReached():
            return replace(c, place=event.place, asks=None)
        case e.FieldAnswered():
            others = tuple(answer for answer in c.answers if answer.key != event.key)
            return replace(c, answers=(*others, Answer(key=event.key, label=event.label, value=event.value)))
        case e.AnswerRejected():
            return c
        case e.BotMessage():
            asks = line_id(c.id, c.version) if isinstance(event.content, MenuContent) else c.asks
            return replace(c, asks=asks, last=last("bot", event, event.content))
        case e.FormShown():
            return replace(c, asks=line_id(c.id, c.version), last=last("bot", event, event.content))
        case e.Queued():
            c = replace(c, group=event.group, priority=event.priority, queued_at=event.at, place_since=event.at)
            return replace(c, ahead=None, soothing=Soothing(since=event.at))
        case e.OfferedTo():
            return replace(c, offer=OfferTo(agent=event.agent, until=event.until), ahead=None)
        case e.OfferMissed():
            return replace(c, offer=None, passed=event.agent)
        case e.OfferAccepted():
            return replace(c, offer=None, passed=None)
        case e.ReturnedToQueue():
            return waits_again(c, event)
        case e.PositionTold():
            return replace(c, ahead=event.ahead)
        case e.TurnedAway():
            return replace(out_of_queue(c), heard_at=event.at)
        case e.Assigned():
            c = replace(c, agent=event.agent, face=event.face, assigned_at=event.at, ahead=None, handed_over_by=None)
            return replace(c, idle=Idle())
        case e.Soothed():
            return replace(c, soothing=replace(c.soothing, told=event.stage))
        case e.IdleWarned():
            return replace(c, idle=replace(c.idle, warned=True))
        case e.DeliveryReported():
            return replace(c, window=delivery.counted(c.window, event))
        case e.RatingAsked():
            return replace(c, rating=Rating(asked_at=event.at, scene=event.scene, line=line_id(c.id, c.version)))
        case e.Closed():
            c = replace(c, offer=None, closed_at=event.at, closed_by=event.by, asks=None, ahead=None)
            return replace(c, idle=Idle(), soothing=Soothing())
        case _:
            assert_never(event)


def heard(c: Conversation, event: e.AnyEvent, content: AnyContent) -> Conversation:
    """The visitor said something: silence is over, and a wait for a person begins unless one is under way."""
    waits = c.phase in (Phase.QUEUED, Phase.SERVING)
    soothing = c.soothing if c.soothing.since or not waits else Soothing(since=event.at)
    c = replace(c, idle=Idle(), soothing=soothing, heard_at=event.at, window=delivery.begins(c, event.at))
    return replace(c, unread=c.unread + 1, last=last("visitor", event, content))


def waits_again(c: Conversation, event: e.Transferred | e.ReturnedToQueue) -> Conversation:
    """Without an agent, back in a queue, on the place that was had before."""
    c = replace(c, agent=None, face=None, group=event.group, queued_at=event.at, place_since=event.since, ahead=None)
    return replace(c, offer=None, passed=None, idle=Idle(), soothing=Soothing(since=event.at))


def out_of_queue(c: Conversation) -> Conversation:
    c = replace(c, group=None, priority=0, queued_at=None, place_since=None, ahead=None)
    return replace(c, handed_over_by=None, offer=None, passed=None, soothing=Soothing())


def last(by: Speaker, event: e.AnyEvent, content: AnyContent) -> Last:
    return Last(by=by, text=preview(content), at=event.at)
