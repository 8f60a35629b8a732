"""Events -> the lines that people see. One function for all audiences; what a visitor must not know has no line.

A line that was changed is shown as it reads now, wherever it is shown: hence whoever asks for lines says what was
changed in their conversation (`changed` of its state).
"""

from collections.abc import Iterable
from typing import Literal

from msgspec.structs import replace

from chatserver.conversation import events as e
from chatserver.conversation.content import AnyContent, NoticeContent, TextContent, kind, preview
from chatserver.conversation.model import Change, Face, Quote, Speaker, line_id
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.wire import Item

Audience = Literal["visitor", "agent", "overseer"]
"""An overseer is an agent who may also know what a line said before it was taken back."""

QUOTED = 200
"""Characters of a line that stand above the answer to it."""

SYSTEM = Face(name="")

CHANGEABLE = (e.VisitorMessage, e.AgentMessage, e.MessageEdited, e.MessageRecalled)
"""What people said. Only such a line is ever shown otherwise than it was, whatever else bears its id."""


def item(
    seq: int,
    conversation: str,
    version: int,
    event: e.AnyEvent,
    audience: Audience,
    changed: Iterable[Change] = (),
) -> Item | None:
    """The line that `event`, at `seq` of the log and `version` of its conversation, adds for `audience`."""
    line = _added(seq, conversation, version, event, audience)
    now = {change.line: change for change in changed}
    return line and _as_it_reads(line, now, audience, isinstance(event, CHANGEABLE))


def quote(line: Item) -> Quote:
    """The line, above an answer to it."""
    text = preview(line.content, QUOTED)
    return Quote(item=line.replaces or line.id, by=line.by, name=line.name, text=text, kind=kind(line.content))


def _added(seq: int, conversation: str, version: int, event: e.AnyEvent, audience: Audience) -> Item | None:
    match event:
        case e.VisitorMessage() | e.OptionChosen() | e.FormSubmitted():
            line = _line(seq, conversation, event.id, event, "visitor", _said(event))
            return replace(line, quote=getattr(event, "quote", None))
        case e.AgentMessage() | e.AnswerDelivered():
            line = _line(seq, conversation, event.id, event, "agent", event.content, event.face)
            return replace(line, quote=event.quote)
        case e.Welcomed():
            said = TextContent(text=event.text)
            return _line(seq, conversation, line_id(conversation, version), event, "agent", said, event.face)
        case e.NoteAdded() if audience != "visitor":
            line = _line(seq, conversation, event.id, event, "agent", event.content, event.face)
            return replace(line, note=True, whisper=event.whisper, mentions=list(event.mentions))
        case e.MessageEdited() | e.MessageRecalled():
            by: Speaker = "agent" if isinstance(event, e.MessageEdited) else event.by
            line = _line(seq, conversation, line_id(conversation, version), event, by, event.content, event.face)
            return replace(line, replaces=event.line)
        case e.BotMessage() | e.FormShown() | e.RatingAsked():
            return _line(seq, conversation, line_id(conversation, version), event, "bot", event.content)
        case _:
            notice = _notice(event, audience)
            if notice is None:
                return None
            return _line(seq, conversation, line_id(conversation, version), event, "system", notice)


def _as_it_reads(line: Item, changed: dict[str, Change], audience: Audience, own: bool) -> Item:
    """The newest text in place of the first; of what was recalled, that it was, and to whom it is quoted nothing."""
    if line.quote and (now := changed.get(line.quote.item)):
        newest = preview(TextContent(text=now.text), QUOTED) if now.text else ""
        line = replace(line, quote=replace(line.quote, text=newest, kind="text" if now.text else "notice"))
    change = changed.get(line.replaces or line.id) if own else None
    if change is None:
        return line
    if change.text is not None:
        return replace(line, content=TextContent(text=change.text), edited=True)
    original = line.content if audience == "overseer" else None
    return replace(line, by="system", content=_recalled(line, audience), quote=None, original=original)


def _recalled(line: Item, audience: Audience) -> NoticeContent:
    if line.by == "agent":
        return NoticeContent(code="recalled_agent", data={"agent": line.name})
    return NoticeContent(code="recalled_own") if audience == "visitor" else NoticeContent(code="recalled_visitor")


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
        case e.Opened() if audience != "visitor":
            return NoticeContent(code="opened")
        case e.AnswerRejected():
            return NoticeContent(code="answer_not_valid", data={"label": event.label}, text=event.text)
        case e.WordsWanted():
            return NoticeContent(code="words_wanted")
        case e.PositionTold():
            return NoticeContent(code="queued", data={"ahead": event.ahead})
        case e.Transferred():
            return NoticeContent(code="transferring") if audience == "visitor" else _transferred(event)
        case e.HandoverAsked() | e.HandoverEnded() | e.HelperLeft():
            return None if audience == "visitor" else _among_agents(event)
        case e.HelperJoined():
            return NoticeContent(code="helper_joined", data={"agent": event.face.name})
        case e.PutOnHold():
            return NoticeContent(code="held")
        case e.HoldEnded():
            return NoticeContent(code="hold_ended")
        case e.PlaceKept():
            return NoticeContent(code="place_kept")
        case e.Reopened():
            return NoticeContent(code="reopened")
        case e.Overflowed():
            return NoticeContent(code="overflowed")
        case e.AgentAway():
            return NoticeContent(code="agent_away")
        case e.ReturnedToQueue() | e.HandoverReturned() if audience == "visitor":
            return NoticeContent(code="returned_to_queue")
        case e.HandoverReturned():
            return NoticeContent(code="handover_returned")
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
            return _rated(event)
        case e.Soothed():
            return NoticeContent(code="soothed", text=event.text)
        case e.IdleWarned():
            return NoticeContent(code="idle_warned", text=event.text)
        case e.Summarised() if audience != "visitor":
            filled = " / ".join(f"{event.labels.get(key, key)}: {value}" for key, value in event.values.items())
            return NoticeContent(code="summarised", data={"agent": event.face.name or event.agent, "summary": filled})
        case e.DeliveryReported() if event.failed and audience != "visitor":
            return NoticeContent(code=f"not_delivered_{event.failed.value}")
        case e.Closed():
            return NoticeContent(code=f"closed_{event.by.value}", text=event.text)
        case _:
            return None


def _rated(event: e.Rated) -> NoticeContent:
    data: dict[str, str | int] = {"label": event.label, "score": event.score}
    why = " / ".join(word for word in (*event.tags, event.comment) if word)
    return NoticeContent(code="rated_why", data={**data, "why": why}) if why else NoticeContent(code="rated", data=data)


def _transferred(event: e.Transferred) -> NoticeContent:
    if event.takes_over:
        return NoticeContent(code="taken_over", data={"by": event.by.name})
    who: dict[str, str | int] = {"by": event.by.name, "to": event.to_name}
    if event.note:
        return NoticeContent(code="transferred_with_note", data={**who, "note": event.note})
    return NoticeContent(code="transferred", data=who)


def _among_agents(event: e.HandoverAsked | e.HandoverEnded | e.HelperLeft) -> NoticeContent:
    match event:
        case e.HandoverAsked() if event.note:
            data: dict[str, str | int] = {"by": event.by.name, "to": event.to_name, "note": event.note}
            return NoticeContent(code="handover_asked_with_note", data=data)
        case e.HandoverAsked():
            return NoticeContent(code="handover_asked", data={"by": event.by.name, "to": event.to_name})
        case e.HandoverEnded():
            return NoticeContent(code=f"handover_{event.reason.value}", data={"to": event.to_name})
        case e.HelperLeft():
            return NoticeContent(code="helper_left", data={"agent": event.face.name})


def _line(
    seq: int,
    conversation: str,
    id: str,
    event: e.AnyEvent,
    by: Speaker,
    content: AnyContent,
    face: Face = SYSTEM,
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
    )
