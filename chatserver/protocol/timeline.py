"""Events -> the lines that people see. One function, two audiences; what a visitor must not know has no line."""

from typing import Literal

from chatserver.conversation import events as e
from chatserver.conversation.content import AnyContent, NoticeContent, TextContent
from chatserver.conversation.model import Face, Speaker, line_id
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.wire import Item

Audience = Literal["visitor", "agent"]

SYSTEM = Face(name="")


def item(seq: int, conversation: str, version: int, event: e.AnyEvent, audience: Audience) -> Item | None:
    """The line that `event`, at `seq` of the log and `version` of its conversation, adds for `audience`."""
    match event:
        case e.VisitorMessage() | e.OptionChosen() | e.FormSubmitted():
            return _line(seq, conversation, event.id, event, "visitor", _said(event))
        case e.AgentMessage():
            return _line(seq, conversation, event.id, event, "agent", event.content, event.face)
        case e.NoteAdded() if audience == "agent":
            return _line(seq, conversation, event.id, event, "agent", event.content, event.face, note=True)
        case e.BotMessage() | e.FormShown() | e.RatingAsked():
            return _line(seq, conversation, line_id(conversation, version), event, "bot", event.content)
        case _:
            notice = _notice(event, audience)
            if notice is None:
                return None
            return _line(seq, conversation, line_id(conversation, version), event, "system", notice)


def _said(event: e.VisitorMessage | e.OptionChosen | e.FormSubmitted) -> AnyContent:
    match event:
        case e.VisitorMessage():
            return event.content
        case e.OptionChosen():
            return TextContent(text=event.label)
        case e.FormSubmitted():
            return event.answers


def _notice(event: e.AnyEvent, audience: Audience) -> NoticeContent | None:
    """What the system says about the conversation itself; None for events that nobody needs to read."""
    match event:
        case e.Opened() if audience == "agent":
            return NoticeContent(code="opened")
        case e.AnswerRejected():
            return NoticeContent(code="answer_not_valid", data={"label": event.label}, text=event.text)
        case e.PositionTold():
            return NoticeContent(code="queued", data={"ahead": event.ahead})
        case e.Transferred():
            if audience == "visitor":
                return NoticeContent(code="transferring")
            return NoticeContent(code="transferred", data={"by": event.by.name, "to": event.to_name})
        case e.ReturnedToQueue():
            return NoticeContent(code="returned_to_queue")
        case e.TurnedAway():
            return NoticeContent(code=f"turned_away_{event.reason.value}")
        case e.QueueLeft():
            return NoticeContent(code="queue_left")
        case e.Assigned():
            return NoticeContent(code="assigned", data={"agent": event.face.name})
        case e.Rated():
            if audience == "visitor":
                return NoticeContent(code="rated_thanks")
            return NoticeContent(code="rated", data={"label": event.label, "score": event.score})
        case e.Soothed():
            return NoticeContent(code="soothed", text=event.text)
        case e.IdleWarned():
            return NoticeContent(code="idle_warned", text=event.text)
        case e.DeliveryReported() if event.failed and audience == "agent":
            return NoticeContent(code="not_delivered", data={"reason": event.failed})
        case e.Closed():
            return NoticeContent(code=f"closed_{event.by.value}", text=event.text)
        case _:
            return None


def _line(
    seq: int,
    conversation: str,
    id: str,
    event: e.AnyEvent,
    by: Speaker,
    content: AnyContent,
    face: Face = SYSTEM,
    note: bool = False,
) -> Item:
    return Item(
        seq=seq,
        id=id,
        at=epoch_ms(event.at),
        conversation=conversation,
        by=by,
        content=content,
        name=face.name,
        avatar=face.avatar,
        note=note,
    )
