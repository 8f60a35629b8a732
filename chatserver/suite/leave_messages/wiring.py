"""How messages come into the inbox, and how answers go out: by the contact, who has them told when there is a talk."""

from collections.abc import Mapping
from typing import Any

from chatserver.conversation import contact
from chatserver.conversation import events as c
from chatserver.conversation.content import Answer, AnswersContent, preview
from chatserver.conversation.model import Conversation, Quote
from chatserver.flow.form import FormField, taken
from chatserver.hub.hub import stream
from chatserver.hub.wiring import Look, Row, Sent
from chatserver.suite.leave_messages import model as m
from chatserver.suite.leave_messages.model import KIND, LeaveMessage

NAMES = ("name", "姓名", "称呼")
"""Keys and words in labels by which a form asks for a name."""

_TEL = FormField(key="tel", label="tel", kind="tel")


def submitted(name: str, event: c.FormSubmitted, look: Look) -> Sent:
    conversation: Conversation = look(name)
    visit, answers = conversation.visit, event.answers.items
    assert visit, "whoever fills a form has come"
    left = m.Leave(
        contact=visit.contact,
        inbox=visit.inbox,
        conversation=conversation.id,
        line=event.id,
        name=name_in(answers) or visit.name,
        phone=phone_in(answers),
        answers=answers,
        group=event.group,
    )
    return [(stream(KIND, event.leave_message), left)]


def answered(name: str, event: m.MessageAnswered, look: Look) -> Sent:
    """With what was left, because the visitor may have forgotten it."""
    s: LeaveMessage = look(name)
    said = preview(AnswersContent(items=s.answers), 200)
    answer = contact.LeftAnswer(
        id=event.id,
        leave_message=s.id,
        agent=event.agent,
        face=event.face,
        content=event.content,
        quote=Quote(item=s.line, by="visitor", name=s.name, text=said, kind="answers"),
    )
    return [(stream("contact", event.contact), contact.KeepAnswer(answer=answer))]


def arrived(name: str, event: contact.AnswerTaken, look: Look) -> Sent:
    told = m.Arrived(answer=event.answer, conversation=event.conversation)
    return [(stream(KIND, event.leave_message), told)]


def name_in(answers: tuple[Answer, ...]) -> str:
    return next((a.value for a in answers if a.key in NAMES or any(word in a.label for word in NAMES)), "")


def phone_in(answers: tuple[Answer, ...]) -> str:
    """The first answer that is a telephone number, as digits."""
    found = next((a.value for a in answers if taken(_TEL, a.value)), "")
    return "".join(char for char in found if char.isdecimal())


WIRING: Mapping[type[Any], Row] = {
    c.FormSubmitted: submitted,
    m.MessageAnswered: answered,
    contact.AnswerTaken: arrived,
}
