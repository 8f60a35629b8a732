"""What an event makes of a conversation. Folding the log with this gives the state, always."""

from typing import assert_never

from msgspec.structs import replace

from chatserver.conversation import asking, change, delivery
from chatserver.conversation import events as e
from chatserver.conversation.content import (
    Answer,
    AnyContent,
    MenuContent,
    TextContent,
    kind,
    preview,
)
from chatserver.conversation.model import (
    Conversation,
    Handover,
    Idle,
    Last,
    OfferTo,
    Phase,
    Rating,
    Soothing,
    Speaker,
    Summary,
    line_id,
)
from chatserver.conversation.transitions import after


def evolve(c: Conversation, event: e.AnyEvent) -> Conversation:
    phase = after(c.phase, event)
    c = replace(c, version=c.version + 1, phase=phase)
    match event:
        case e.Opened() | e.VisitorMessage() | e.OptionChosen() | e.FormSubmitted():
            return by_visitor(c, event)
        case e.Rated() | e.QueueLeft() | e.PlaceKept() | e.VisitorRead() | e.Reopened():
            return by_visitor(c, event)
        case e.AgentMessage() | e.NoteAdded() | e.AgentRead() | e.PutOnHold() | e.HoldEnded():
            return by_agent(c, event)
        case e.Tagged() | e.Summarised():
            return by_agent(c, event)
        case e.BotAsked() | e.BotReplied() | e.WebhookAsked() | e.WebhookReplied() | e.AskingFailed():
            return asking.remembered(c, event)
        case e.MessageEdited() | e.MessageRecalled():
            return change.remembered(c, event)
        case e.Transferred() | e.HandoverAsked() | e.HandoverEnded() | e.HandoverReturned():
            return by_handover(c, event)
        case e.HelperJoined() | e.HelperLeft():
            return by_handover(c, event)
        case e.PositionTold() | e.OverflowSought() | e.Overflowed() | e.TurnedAway():
            return by_queue(c, event)
        case e.OfferedTo() | e.OfferMissed() | e.OfferAccepted() | e.Assigned() | e.Welcomed():
            return by_queue(c, event)
        case e.AgentAway() | e.ReturnedToQueue():
            return by_queue(c, event)
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
            return heard(asking.asks_more(c, event.content), event, event.content)
        case e.OptionChosen():
            return replace(heard(c, event, TextContent(text=event.label)), asks=None)
        case e.FormSubmitted():
            return replace(heard(c, event, event.answers), asks=None, form=())
        case e.Rated():
            assert c.rating, "only what was asked is answered"
            said = {"score": event.score, "label": event.label, "tags": event.tags, "comment": event.comment}
            return replace(c, rating=replace(c.rating, **said))
        case e.QueueLeft():
            return replace(out_of_queue(c), heard_at=event.at)
        case e.PlaceKept():
            return replace(c, away=True)
        case e.VisitorRead():
            return replace(c, visitor_read=event.upto)
        case e.Reopened():
            return reopened(c, event)
        case _:
            assert_never(event)


def by_agent(c: Conversation, event: e.AgentEvent) -> Conversation:
    match event:
        case e.AgentMessage():
            c = replace(c, idle=Idle(since=event.at), soothing=Soothing(), unread=0)
            return replace(c, last=last(c, "agent", event, event.content))
        case e.NoteAdded():
            return replace(c, mentioned=tuple(dict.fromkeys((*c.mentioned, *event.mentions))))
        case e.AgentRead():
            return replace(c, agent_read=event.upto if event.shown else c.agent_read, unread=0)
        case e.PutOnHold():
            return replace(c, held_at=event.at, idle=Idle(), soothing=Soothing(since=event.at))
        case e.HoldEnded():
            return replace(c, held_at=None, soothing=Soothing(since=event.at))
        case e.Tagged():
            return replace(c, tags=event.tags)
        case e.Summarised():
            return replace(c, summary=filed(event))
        case _:
            assert_never(event)


def by_handover(c: Conversation, event: e.HandoverEvent) -> Conversation:
    match event:
        case e.Transferred():
            return replace(waits_again(c, event), handed_over_by=event.agent, handed_over_from=c.group)
        case e.HandoverReturned():
            return replace(waits_again(c, event), handed_over_by=None, handed_over_from=None, prefers=event.agent)
        case e.HandoverAsked():
            return replace(c, handover=asked(event))
        case e.HandoverEnded():
            return replace(c, handover=None)
        case e.HelperJoined():
            return replace(c, helpers=(*c.helpers, event.agent))
        case e.HelperLeft():
            return replace(c, helpers=tuple(h for h in c.helpers if h != event.agent))
        case _:
            assert_never(event)


def by_system(c: Conversation, event: e.SystemEvent) -> Conversation:
    match event:
        case e.NodeReached():
            return replace(c, place=event.place, asks=None, asking=None, suggested=())
        case e.FieldAnswered():
            others = tuple(answer for answer in c.answers if answer.key != event.key)
            c = replace(c, answered={**c.answered, event.key: event.line})
            return replace(c, answers=(*others, Answer(key=event.key, label=event.label, value=event.value)))
        case e.FlowRestarted():
            return replace(c, flow=event.flow, place=None, asks=None, asking=None, suggested=(), form=())
        case e.AnswerRejected():
            return c
        case e.WordsWanted():
            return replace(c, place=c.place and replace(c.place, words_wanted=True))
        case e.BotMessage():
            if isinstance(event.content, MenuContent):
                labels = tuple(option.label for option in event.content.options)
                c = replace(c, asks=line_id(c.id, c.version), suggested=labels)
            return replace(c, last=last(c, "bot", event, event.content))
        case e.FormShown():
            c = replace(c, form=event.content.fields)
            return replace(c, asks=line_id(c.id, c.version), last=last(c, "bot", event, event.content))
        case e.Queued():
            c = replace(c, group=event.group, priority=event.priority, queued_at=event.at, place_since=event.at)
            c = replace(c, asked_group=event.group)
            return replace(new_wait(c), ahead=None, soothing=Soothing(since=event.at))
        case e.AnswerDelivered():
            return replace(c, last=last(c, "agent", event, event.content))
        case e.Soothed():
            return replace(c, soothing=replace(c.soothing, told=event.stage, phase=c.phase))
        case e.IdleWarned():
            return replace(c, idle=replace(c.idle, warned=True))
        case e.DeliveryReported():
            return replace(c, window=delivery.counted(c.window, event))
        case e.RatingAsked():
            return replace(c, rating=surveyed(c, event))
        case e.Closed():
            c = replace(c, offer=None, closed_at=event.at, closed_by=event.by, asks=None, asking=None, ahead=None)
            c = replace(c, handover=None, helpers=(), held_at=None, away=False, prefers=None, form=())
            return replace(c, idle=Idle(), soothing=Soothing())
        case _:
            assert_never(event)


def by_queue(c: Conversation, event: e.QueueEvent) -> Conversation:
    match event:
        case e.OfferedTo():
            return replace(c, offer=OfferTo(agent=event.agent, until=event.until), ahead=None)
        case e.OfferMissed():
            return replace(c, offer=None, missed=(*(a for a in c.missed if a != event.agent), event.agent))
        case e.OfferAccepted():
            return replace(c, offer=None, missed=())
        case e.OverflowSought():
            return replace(c, overflow_sought=event.at)
        case e.Overflowed():
            return replace(c, group=event.group, queued_at=event.at, ahead=None, missed=(), overflowed=True)
        case e.AgentAway():
            return c
        case e.ReturnedToQueue():
            return waits_again(c, event)
        case e.PositionTold():
            return replace(c, ahead=event.ahead)
        case e.TurnedAway():
            return replace(out_of_queue(c), heard_at=event.at)
        case e.Assigned():
            c = replace(c, agent=event.agent, face=event.face, assigned_at=event.at, ahead=None)
            c = replace(c, handed_over_by=None, handed_over_from=None)
            return replace(c, idle=Idle(), prefers=None, helpers=tuple(h for h in c.helpers if h != event.agent))
        case e.Welcomed():
            said = last(c, "agent", event, TextContent(text=event.text))
            return replace(c, welcomed=event.agent, last=said)
        case _:
            assert_never(event)


def surveyed(c: Conversation, event: e.RatingAsked) -> Rating:
    line, levels = line_id(c.id, c.version), event.content.levels
    return Rating(asked_at=event.at, scene=event.scene, line=line, agent=c.agent, levels=levels)


def filed(event: e.Summarised) -> Summary:
    return Summary(
        template=event.template,
        version=event.version,
        values=event.values,
        by=event.agent,
        at=event.at,
        labels=event.labels,
    )


def asked(event: e.HandoverAsked) -> Handover:
    return Handover(
        by=event.by, to_agent=event.to_agent, to_name=event.to_name, until=event.until, note=event.note
    )


def reopened(c: Conversation, event: e.Reopened) -> Conversation:
    """As if just queued; what was said, filed and rated before stays."""
    c = replace(c, agent=None, face=None, last_agent=event.agent, prefers=event.agent, closed_at=None, closed_by=None)
    c = replace(c, group=event.group, queued_at=event.at, place_since=event.at)
    return replace(new_wait(c), ahead=None, soothing=Soothing(since=event.at))


def heard(c: Conversation, event: e.AnyEvent, content: AnyContent) -> Conversation:
    """The visitor said something: silence is over, and a wait for a person begins unless one is under way."""
    waits = c.phase in (Phase.QUEUED, Phase.SERVING)
    soothing = c.soothing if not waits or (c.soothing.since and not c.away) else Soothing(since=event.at)
    c = replace(c, idle=Idle(), soothing=soothing, heard_at=event.at, window=delivery.begins(c, event.at))
    return replace(c, unread=c.unread + 1, away=False, last=last(c, "visitor", event, content))


def waits_again(c: Conversation, event: e.Transferred | e.HandoverReturned | e.ReturnedToQueue) -> Conversation:
    """Without an agent, back in a queue, on the place that was had before."""
    c = replace(c, agent=None, face=None, group=event.group, queued_at=event.at, place_since=event.since, ahead=None)
    return replace(new_wait(c), handover=None, held_at=None, idle=Idle(), soothing=Soothing(since=event.at))


def out_of_queue(c: Conversation) -> Conversation:
    c = replace(c, group=None, priority=0, queued_at=None, place_since=None, ahead=None)
    c = replace(c, handed_over_by=None, handed_over_from=None)
    return replace(new_wait(c), away=False, prefers=None, soothing=Soothing())


def new_wait(c: Conversation) -> Conversation:
    """Nobody is asked, nobody has missed it, and it has not been sent on."""
    return replace(c, offer=None, missed=(), overflowed=False, overflow_sought=None)


def last(c: Conversation, by: Speaker, event: e.AnyEvent, content: AnyContent) -> Last:
    line = getattr(event, "id", None) or line_id(c.id, c.version)
    return Last(by=by, text=preview(content), at=event.at, line=line, kind=kind(content))
